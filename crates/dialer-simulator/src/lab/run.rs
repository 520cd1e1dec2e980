//! What a run came to.

use serde::{Deserialize, Serialize};

use super::world::Standing;

/// The counts of one run.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Run {
    /// Dials placed.
    pub dials: u32,
    /// Calls answered by a person, the abandoned ones included.
    pub answered: u32,
    /// Of those, without an agent in time.
    pub abandoned: u32,
    /// Of those, with an agent.
    pub conversations: u32,
    /// People taken for machines; counted nowhere else.
    pub mistaken: u32,
    /// Agent seconds talking.
    pub talk_seconds: f64,
    /// Agent seconds talking or writing up.
    pub busy_seconds: f64,
    /// Agent seconds signed in and not out.
    pub signed_in_seconds: f64,
}

impl Run {
    /// Share of the signed-in time that agents were busy, in percent.
    #[must_use]
    pub fn occupancy(&self) -> f64 {
        percent(self.busy_seconds, self.signed_in_seconds)
    }

    /// Share of live answers that were abandoned, in percent.
    #[must_use]
    pub fn abandonment(&self) -> f64 {
        percent(f64::from(self.abandoned), f64::from(self.answered))
    }

    /// Talking minutes of an agent's hour.
    #[must_use]
    pub fn talk_minutes(&self) -> f64 {
        0.6 * percent(self.talk_seconds, self.signed_in_seconds)
    }

    /// Dials for each conversation: what it costs of the list.
    #[must_use]
    pub fn dials_per_conversation(&self) -> f64 {
        0.01 * percent(f64::from(self.dials), f64::from(self.conversations))
    }

    /// Seconds an agent waits for each conversation.
    #[must_use]
    pub fn idle_per_conversation(&self) -> f64 {
        0.01 * percent(self.signed_in_seconds - self.busy_seconds, f64::from(self.conversations))
    }
}

fn percent(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { 100.0 * part / whole } else { 0.0 }
}

/// Counts while a run goes on.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) run: Run,
}

impl Tally {
    pub(super) fn pass(&mut self, seconds: f64, standing: &Standing) {
        let talking = f64::from(standing.talking);
        let busy = talking + f64::from(standing.wrapping);
        self.run.talk_seconds += seconds * talking;
        self.run.busy_seconds += seconds * busy;
        self.run.signed_in_seconds += seconds * (busy + f64::from(standing.idle));
    }

    pub(super) const fn dialled(&mut self) {
        self.run.dials += 1;
    }

    pub(super) const fn answered(&mut self) {
        self.run.answered += 1;
    }

    pub(super) const fn abandoned(&mut self) {
        self.run.abandoned += 1;
    }

    pub(super) const fn connected(&mut self) {
        self.run.conversations += 1;
    }

    pub(super) fn mistaken(&mut self, mistaken: bool) {
        self.run.mistaken += u32::from(mistaken);
    }

    pub(super) const fn close(self) -> Run {
        self.run
    }
}
