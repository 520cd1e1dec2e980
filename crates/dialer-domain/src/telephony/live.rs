//! Calls in progress, as a provider lists them.

use std::fmt;

use time::OffsetDateTime;

use super::{AgentLine, ProviderCallId};
use crate::calls::Direction;
use crate::words::words;

words! {
    /// How far a live call has come.
    LiveState ("live state") {
        /// The first leg is being reached.
        Initial = "initial",
        /// The customer's phone rings.
        Ringing = "ringing",
        /// Both parties talk.
        Connected = "connected",
        /// Connected, and put on hold.
        OnHold = "on-hold",
        /// Over, and about to leave the list.
        HangUp = "hang-up",
        /// A word of the provider that we do not know; nothing is concluded from it.
        Unknown = "unknown",
    }
}

/// A call that is in progress, or one leg of it. `Debug` shows no number.
#[derive(Clone, PartialEq, Eq)]
pub struct LiveCall {
    /// The provider's id.
    pub id: ProviderCallId,
    /// The leg that this one came from.
    pub parent: Option<ProviderCallId>,
    /// How far it has come.
    pub state: LiveState,
    /// Who called whom, where the provider says.
    pub direction: Option<Direction>,
    /// The agent on it.
    pub agent: Option<AgentLine>,
    /// Digits of the caller, without `+`; an extension for an internal party.
    pub from_digits: Option<String>,
    /// Digits of the number called, without `+`; an extension for an internal party.
    pub to_digits: Option<String>,
    /// When it was placed.
    pub started_at: Option<OffsetDateTime>,
    /// When both parties were connected.
    pub connected_at: Option<OffsetDateTime>,
}

impl fmt::Debug for LiveCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LiveCall")
            .field("id", &self.id)
            .field("parent", &self.parent)
            .field("state", &self.state)
            .field("direction", &self.direction)
            .field("agent", &self.agent)
            .field("started_at", &self.started_at)
            .field("connected_at", &self.connected_at)
            .finish_non_exhaustive()
    }
}
