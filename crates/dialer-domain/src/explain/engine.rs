//! What the engine knows and the database does not.

use time::OffsetDateTime;

use crate::telephony::{Capabilities, RequestBudget};
use crate::words::words;

words! {
    /// What the engine is doing.
    EnginePhase ("engine phase") {
        /// Not running yet.
        Starting = "starting",
        /// Dialling whatever is due.
        Running = "running",
        /// Not dialling until a person mends something; it looks every minute whether that has happened.
        Halted = "halted",
        /// Not running any more.
        Stopped = "stopped",
    }
}

/// The agents who take campaign calls, each counted once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AgentCounts {
    /// Free for a call.
    pub ready: usize,
    /// On a call, or their phone rings.
    pub busy: usize,
    /// Left alone for a while: writing up a call, pausing, or because their phone could not be reached.
    pub resting: usize,
    /// Not at work.
    pub away: usize,
}

impl AgentCounts {
    /// All who are at work.
    #[must_use]
    pub const fn all(self) -> usize {
        self.ready + self.busy + self.resting
    }
}

/// The engine of one process, as it stood after its last round.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngineSight {
    /// What it is doing.
    pub phase: EnginePhase,
    /// Why it is halted.
    pub reason: Option<String>,
    /// Until when it starts no call, because the provider asked for a pause or could not be reached.
    pub closed_until: Option<OffsetDateTime>,
    /// The agents who take campaign calls.
    pub agents: AgentCounts,
    /// What the provider can do.
    pub capabilities: Capabilities,
    /// How the request budget stands; `None` for a provider without one.
    pub budget: Option<RequestBudget>,
}

/// Who starts the calls of a campaign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pacer {
    /// Cannot be known from here.
    Unknown,
    /// Nobody at present.
    Nobody,
    /// The program that was asked.
    ThisProgram,
    /// Another program on the same database.
    Another {
        /// What it is called.
        name: String,
    },
}
