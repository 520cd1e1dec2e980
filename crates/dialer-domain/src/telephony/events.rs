//! What a provider tells by itself, while calls happen.
//!
//! Events come late, twice, in any order, or not at all, and name calls that we may not know yet. They hasten what the
//! lists of live calls and the call records tell anyway; nothing rests on them alone.

use std::fmt;

use time::OffsetDateTime;

use super::{AgentLine, LiveState, ProviderCallId, ProviderRecordingId, RecordResult};
use crate::calls::Direction;

/// One event, read as far as it could be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderEvent {
    /// The provider's id of the event: what comes with the same id again is the same event. `None` where events have none.
    pub id: Option<String>,
    /// When it happened, by the provider's clock.
    pub at: Option<OffsetDateTime>,
    /// What happened.
    pub news: ProviderNews,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProviderNews {
    /// A leg of a call has come to a state.
    Leg(LegNews),
    /// A recording can be fetched.
    RecordingReady {
        /// Which.
        recording: ProviderRecordingId,
        /// The call that was recorded, where the event names one.
        call: Option<ProviderCallId>,
    },
    /// Nothing that the dialer acts on, or nothing that we can read.
    Other {
        /// The provider's word for it.
        name: String,
    },
}

/// News of one leg. `Debug` shows no number.
#[derive(Clone, PartialEq, Eq)]
pub struct LegNews {
    /// The leg's own id.
    pub leg: ProviderCallId,
    /// The id that all legs of the call share; the leg's own where it is the only one.
    pub root: Option<ProviderCallId>,
    /// How far the leg has come.
    pub state: LiveState,
    /// Whether the whole call is over with it. `None` where the provider does not say.
    pub last: Option<bool>,
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
    /// When both parties were connected; `None` as long as they were not.
    pub connected_at: Option<OffsetDateTime>,
    /// Seconds of talk so far.
    pub talk_seconds: Option<u32>,
    /// How it ended, as far as the event tells; `None` while it lasts, or where the words are not known.
    pub result: Option<RecordResult>,
    /// The provider's words for why it ended.
    pub cause: Option<String>,
}

impl fmt::Debug for LegNews {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LegNews")
            .field("leg", &self.leg)
            .field("root", &self.root)
            .field("state", &self.state)
            .field("last", &self.last)
            .field("direction", &self.direction)
            .field("agent", &self.agent)
            .field("started_at", &self.started_at)
            .field("connected_at", &self.connected_at)
            .field("talk_seconds", &self.talk_seconds)
            .field("result", &self.result)
            .field("cause", &self.cause)
            .finish_non_exhaustive()
    }
}
