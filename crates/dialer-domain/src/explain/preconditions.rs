//! What must hold for a campaign to dial.

use crate::words::words;

words! {
    /// What must hold for a campaign to dial, in the order in which it is asked. The codes are stable.
    PreconditionCode ("precondition") {
        /// The campaign is active.
        CampaignStatus = "campaign_status",
        /// The engine dials campaigns of this type.
        DialingMode = "dialing_mode",
        /// Now is inside the active hours.
        ActiveHours = "active_hours",
        /// An agent is free.
        Agents = "agents",
        /// A contact is due.
        DueContacts = "due_contacts",
        /// The engine runs.
        Engine = "engine",
        /// The provider lets us dial.
        Provider = "provider",
        /// A request may be sent.
        RequestBudget = "request_budget",
        /// Somebody paces the campaign.
        Pacer = "pacer",
    }
}

words! {
    /// Whether a precondition holds.
    PreconditionState ("precondition state") {
        /// It holds.
        Ok = "ok",
        /// It does not.
        Not = "not",
        /// That cannot be known from here.
        Unknown = "unknown",
    }
}

/// A precondition as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Precondition {
    /// Which.
    pub code: PreconditionCode,
    /// Whether it holds.
    pub state: PreconditionState,
    /// The same in words.
    pub words: String,
    /// What a person can do about it.
    pub advice: Option<String>,
}

/// What is said where only the running program knows.
const ASK_THE_SERVER: &str = "ask the running program: GET /api/dialer/campaigns/{id}/status";

impl Precondition {
    pub(super) fn ok(code: PreconditionCode, words: impl Into<String>) -> Self {
        Self { code, state: PreconditionState::Ok, words: words.into(), advice: None }
    }

    pub(super) fn not(code: PreconditionCode, words: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { code, state: PreconditionState::Not, words: words.into(), advice: Some(advice.into()) }
    }

    pub(super) fn unknown(code: PreconditionCode, words: impl Into<String>) -> Self {
        Self { code, state: PreconditionState::Unknown, words: words.into(), advice: Some(ASK_THE_SERVER.to_owned()) }
    }
}
