//! What a provider keeps of calls that are over.

use std::fmt;

use time::OffsetDateTime;

use super::{AgentLine, ProviderCallId};
use crate::calls::Direction;
use crate::words::words;

words! {
    /// How a leg ended, in a provider's call record.
    RecordResult ("call record result") {
        /// Somebody or something answered.
        Connected = "connected",
        /// It rang out.
        NoAnswer = "no-answer",
        /// The line was busy.
        Busy = "busy",
        /// The caller gave up.
        Canceled = "canceled",
        /// The network says that there is no such number.
        InvalidNumber = "invalid-number",
        /// It failed for another reason, or one that we do not know.
        Failed = "failed",
    }
}

/// What a provider keeps of one leg that is over. `Debug` shows no number.
#[derive(Clone, PartialEq, Eq)]
pub struct CallRecord {
    /// The record's own id.
    pub id: String,
    /// Every call id that the record names: its own live id, its parent's and its root's.
    pub call_ids: Vec<ProviderCallId>,
    /// Who called whom, where the provider says.
    pub direction: Option<Direction>,
    /// The agent on it.
    pub agent: Option<AgentLine>,
    /// Digits of the caller, without `+`; an extension for an internal party.
    pub from_digits: Option<String>,
    /// Digits of the number called, without `+`; an extension for an internal party.
    pub to_digits: Option<String>,
    /// How it ended.
    pub result: RecordResult,
    /// When it was placed.
    pub started_at: OffsetDateTime,
    /// Whole length in seconds, ringing included.
    pub total_seconds: u32,
    /// Seconds of talk; 0 when nobody answered.
    pub talk_seconds: u32,
    /// The provider's words for why it ended.
    pub cause: Option<String>,
}

impl fmt::Debug for CallRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallRecord")
            .field("id", &self.id)
            .field("call_ids", &self.call_ids)
            .field("direction", &self.direction)
            .field("agent", &self.agent)
            .field("result", &self.result)
            .field("started_at", &self.started_at)
            .field("total_seconds", &self.total_seconds)
            .field("talk_seconds", &self.talk_seconds)
            .field("cause", &self.cause)
            .finish_non_exhaustive()
    }
}
