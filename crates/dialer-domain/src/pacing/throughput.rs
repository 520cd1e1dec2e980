//! How many people will still answer before the window ends.

use serde::{Deserialize, Serialize};

/// Conversations an agent can be given in an hour, before anything was seen, and the hours that belief weighs.
const FIRST_RATE: f64 = 20.0 / 3600.0;
const FIRST_SECONDS: f64 = 1800.0;
/// Agent seconds over which the rate is remembered, for each agent: half an hour.
const MEMORY: f64 = 1800.0;

/// Live answers for each second that an agent is signed in, lately.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Throughput {
    answers: f64,
    agent_seconds: f64,
    counted_to: Option<f64>,
}

impl Throughput {
    pub(super) fn answered(&mut self) {
        self.answers += 1.0;
    }

    /// As it was, with the time from now to the next count left out.
    pub(super) fn paused(self) -> Self {
        Self { counted_to: None, ..self }
    }

    /// Time went by with so many agents signed in.
    pub(super) fn count(&mut self, now: f64, signed_in: f64) {
        let passed = (now - self.counted_to.unwrap_or(now)).max(0.0);
        self.counted_to = Some(now);
        let keep = (-passed / MEMORY).exp();
        self.answers *= keep;
        self.agent_seconds = self.agent_seconds * keep + passed * signed_in;
    }

    /// Live answers expected of so many agents in so many seconds.
    pub(super) fn expected(&self, signed_in: f64, seconds: f64) -> f64 {
        let rate = (self.answers + FIRST_RATE * FIRST_SECONDS) / (self.agent_seconds + FIRST_SECONDS);
        rate * signed_in * seconds.max(0.0)
    }
}
