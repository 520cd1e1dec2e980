//! How busy agents have been lately.

use serde::{Deserialize, Serialize};

/// Seconds over which it is remembered: a quarter of an hour.
const MEMORY: f64 = 900.0;

/// Share of the signed-in time that agents were busy, fading.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Occupancy {
    share: f64,
    counted_to: Option<f64>,
}

impl Occupancy {
    /// Time went by with this share of agents busy.
    pub(super) fn count(&mut self, now: f64, busy: f64) {
        let passed = (now - self.counted_to.unwrap_or(now)).max(0.0);
        self.counted_to = Some(now);
        let keep = (-passed / MEMORY).exp();
        self.share = self.share * keep + busy * (1.0 - keep);
    }

    /// Whether agents were busier than they may be.
    pub(super) fn over(&self, ceiling: f64) -> bool {
        ceiling < 1.0 && self.share > ceiling
    }
}
