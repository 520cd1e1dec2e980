//! The calls that are up.

use serde::{Deserialize, Serialize};

use super::answering::Answering;
use super::event::{Ending, Lead};
use super::ringing::{RingOutlook, Ringing};
use super::settings::PacingSettings;
use super::whole::{short, size, whole};

/// Calls that ring, and people who answered and wait.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Lines {
    ringing: Vec<Ring>,
    /// Calls that left in a second of ringing that is not over for all who rang as long: counted with those who
    /// ring on, or the second would seem deadly.
    leaving: Vec<(Ring, bool)>,
    waiting: Vec<u64>,
    /// Dials so far, up to as many as tell something.
    dialled: u32,
    /// When enough dials were placed to tell something.
    telling_from: Option<f64>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Ring {
    key: u64,
    pub(super) since: f64,
    pub(super) lead: Lead,
    /// Seconds of ringing that were counted.
    counted: u32,
}

/// What the end of a call was news of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Over {
    /// A person had answered.
    pub(super) answered: bool,
    /// They were lost for want of an agent.
    pub(super) abandoned: bool,
}

/// What is learned from calls.
pub(super) struct Learning<'a> {
    pub(super) ringing: &'a mut Ringing,
    pub(super) answering: &'a mut Answering,
    pub(super) outlook: &'a RingOutlook,
    pub(super) settings: &'a PacingSettings,
}

impl Lines {
    pub(super) fn dialled(&mut self, at: f64, key: u64, lead: Lead, settings: &PacingSettings) {
        if self.ringing.iter().any(|ring| ring.key == key) {
            return;
        }
        self.ringing.push(Ring { key, since: at, lead, counted: 0 });
        if self.telling_from.is_none() {
            self.dialled += 1;
            if self.dialled >= settings.cold_dials {
                self.telling_from = Some(at);
            }
        }
    }

    /// Without any call, and with what was learned of when there were enough.
    pub(super) fn emptied(self) -> Self {
        let telling_from = self.telling_from.map(|_| f64::MIN);
        Self { ringing: Vec::new(), leaving: Vec::new(), waiting: Vec::new(), telling_from, ..self }
    }

    /// A person answered. False when that call does not ring: told twice, or after its end.
    pub(super) fn answered(&mut self, at: f64, key: u64, learning: &mut Learning<'_>) -> bool {
        let fresh = self.leave(at, key, true, learning);
        if fresh {
            self.waiting.push(key);
        }
        fresh
    }

    /// A call is over.
    pub(super) fn ended(&mut self, at: f64, key: u64, how: Ending, learning: &mut Learning<'_>) -> Over {
        // Whoever was lost or talked was answered first, even if nobody told.
        let answered = matches!(how, Ending::Abandoned | Ending::Completed);
        let rang = self.leave(at, key, answered, learning);
        let waited = self.waiting.iter().position(|waiting| *waiting == key);
        if let Some(index) = waited {
            self.waiting.remove(index);
        }
        Over { answered: rang && answered, abandoned: how == Ending::Abandoned && (rang || waited.is_some()) }
    }

    /// An agent took a caller.
    pub(super) fn connected(&mut self, key: Option<u64>) {
        let index = key.map_or(Some(0), |key| self.waiting.iter().position(|waiting| *waiting == key));
        if let Some(index) = index.filter(|index| *index < self.waiting.len()) {
            self.waiting.remove(index);
        }
    }

    /// Counts the seconds that calls rang through by now.
    pub(super) fn count(&mut self, now: f64, learning: &mut Learning<'_>) {
        for ring in &mut self.ringing {
            ring.count(now, learning);
        }
        self.leaving.retain(|(ring, answered)| {
            let still = whole(now - ring.since) <= size(ring.counted);
            if !still {
                learning.second(ring.lead, size(ring.counted), *answered);
                learning.ringing.left(size(ring.counted), *answered);
            }
            still
        });
    }

    pub(super) fn ringing(&self) -> &[Ring] {
        &self.ringing
    }

    pub(super) fn waiting(&self) -> u32 {
        short(self.waiting.len())
    }

    fn leave(&mut self, at: f64, key: u64, answered: bool, learning: &mut Learning<'_>) -> bool {
        let Some(index) = self.ringing.iter().position(|ring| ring.key == key) else { return false };
        let mut ring = self.ringing.swap_remove(index);
        ring.count(at, learning);
        self.leaving.push((ring, answered));
        true
    }

    /// Whether enough dials are old enough to tell how people answer.
    pub(super) fn tell(&self, now: f64, settings: &PacingSettings) -> bool {
        settings.cold_dials == 0 || self.telling_from.is_some_and(|from| now - from >= settings.cold_age)
    }
}

impl Ring {
    fn count(&mut self, now: f64, learning: &mut Learning<'_>) {
        while size(self.counted) < whole(now - self.since) {
            learning.second(self.lead, size(self.counted), false);
            learning.ringing.passed(size(self.counted));
            self.counted += 1;
        }
    }
}

impl Learning<'_> {
    fn second(&mut self, lead: Lead, step: usize, answered: bool) {
        self.answering.observe(lead, step, answered, self.outlook, self.settings);
    }
}
