//! How much more or less people answer at present than over the long memory.

use serde::{Deserialize, Serialize};

use super::ringing::{RingOutlook, STEPS};

/// Answers that must have been seen to count as much as the long memory.
pub(super) const PRIOR: f64 = 6.0;

/// Answers seen lately against answers expected by the long memory of the seconds that calls rang lately, whether
/// they still ring or have ended.
///
/// The difference of the two is a martingale when the expectation is right, so their ratio needs no ring timeout
/// to pass before it tells that people answer more or less than they did. What is kept is how many calls rang
/// through each second, not what was expected of them then: when the long memory learns better, or from the same
/// calls, nothing is counted twice.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Level {
    seen: f64,
    expected: f64,
    rang: Vec<f64>,
    /// What an entry of `rang` is worth by now.
    worth: f64,
}

impl Default for Level {
    fn default() -> Self {
        Self { seen: 0.0, expected: 0.0, rang: vec![0.0; STEPS], worth: 1.0 }
    }
}

impl Level {
    /// Present answers for each that the long memory expects.
    pub(super) fn factor(&self) -> f64 {
        (self.seen + PRIOR) / (self.expected + PRIOR)
    }

    /// How far the factor may be off, as a share of it: one standard error.
    pub(super) fn doubt(&self) -> f64 {
        1.0 / (self.expected + PRIOR).sqrt()
    }

    /// A call went through one second of ringing and was, or was not, answered in it.
    pub(super) fn observe(&mut self, step: usize, answered: bool, outlook: &RingOutlook, memory: f64) {
        let step = step.min(STEPS - 1);
        let expected = outlook.answers_in(step, outlook.answer);
        let keep = (-expected / memory).exp();
        self.seen = self.seen * keep + if answered { 1.0 } else { 0.0 };
        self.expected = self.expected * keep + expected;
        self.worth *= keep;
        self.rang[step] += 1.0 / self.worth;
    }

    /// The long memory has changed: what it expects of the same calls.
    pub(super) fn reckon(&mut self, outlook: &RingOutlook) {
        self.expected = 0.0;
        for (step, rang) in self.rang.iter_mut().enumerate() {
            *rang *= self.worth;
            self.expected += *rang * outlook.answers_in(step, outlook.answer);
        }
        self.worth = 1.0;
    }
}
