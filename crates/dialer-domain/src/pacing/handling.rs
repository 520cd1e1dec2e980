//! When agents come free.

use serde::{Deserialize, Serialize};

use super::HORIZONS;
use super::hazards::{Curve, Hazards, edge, steps};
use super::settings::PacingSettings;
use super::whole::{float, whole};

/// Furthest second ahead that is looked at.
const LONGEST: usize = 180;

/// How long agents talk and how long they write up, kept apart.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Handling {
    pub(super) talk: Hazards,
    pub(super) wrap: Hazards,
}

impl Handling {
    /// Beliefs before the first conversation: weak, and wide enough for a survey as for a sale.
    pub(super) fn believed(settings: &PacingSettings) -> Self {
        Self {
            talk: Hazards::believed(60.0, 1.2, settings.prior_weight),
            wrap: Hazards::believed(15.0, 1.0, settings.prior_weight),
        }
    }

    /// Lets old conversations fade.
    pub(super) fn forget(&mut self, memory: f64) {
        self.talk.forget(memory);
        self.wrap.forget(memory);
    }

    /// Probabilities to be free `grid` seconds and the connect deadline from now, by how long agents are at it.
    pub(super) fn outlook(&self, grid: &[f64; HORIZONS], settings: &PacingSettings) -> HandlingOutlook {
        let (talk, wrap) = (self.talk.curve(true), self.wrap.curve(false));
        let ahead = grid.map(|instant| instant + settings.connect_deadline - settings.breath);
        HandlingOutlook { talking: talking(&talk, &wrap, &ahead), wrapping: wrapping(&wrap, &ahead) }
    }
}

/// By step of elapsed time, the probability to be free by each instant of the grid and the deadline after it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct HandlingOutlook {
    pub(super) talking: Vec<[f64; HORIZONS]>,
    pub(super) wrapping: Vec<[f64; HORIZONS]>,
}

fn middle(step: usize) -> f64 {
    0.5 * (edge(step) + edge(step + 1))
}

/// Talking ends within a second of the time ahead, and writing up takes no longer than the rest of it.
fn talking(talk: &Curve, wrap: &Curve, ahead: &[f64; HORIZONS]) -> Vec<[f64; HORIZONS]> {
    let longest = whole(ahead.iter().fold(0.0, |most: f64, instant| most.max(*instant))).min(LONGEST) + 1;
    let written: Vec<[f64; HORIZONS]> =
        (0..longest).map(|second| ahead.map(|instant| wrap.by(instant - float(second) - 0.5))).collect();
    (0..steps())
        .map(|step| {
            let elapsed = middle(step);
            let before = talk.by(elapsed);
            let left = (1.0 - before).max(1e-9);
            let mut free = [0.0; HORIZONS];
            let mut from = before;
            for (second, written) in written.iter().enumerate() {
                let to = talk.by(elapsed + float(second + 1));
                let ends = to - from;
                from = to;
                for index in 0..HORIZONS {
                    free[index] += ends * written[index];
                }
            }
            free.map(|share: f64| (share / left).clamp(0.0, 1.0))
        })
        .collect()
}

fn wrapping(wrap: &Curve, ahead: &[f64; HORIZONS]) -> Vec<[f64; HORIZONS]> {
    (0..steps())
        .map(|step| {
            let elapsed = middle(step);
            let before = wrap.by(elapsed);
            let left = 1.0 - before;
            ahead.map(|instant| {
                if left < 1e-6 {
                    // Longer than anything seen: as likely to end as not.
                    0.5
                } else {
                    ((wrap.by(elapsed + instant.max(0.0)) - before) / left).clamp(0.0, 1.0)
                }
            })
        })
        .collect()
}
