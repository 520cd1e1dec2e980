//! What an agent did and for how long.

use time::{Duration, OffsetDateTime};

use super::{AgentState, PauseCode};
use crate::ids::{AgentId, CallId};

/// A stretch of time in one state. The stretches of an agent follow each other without a gap, so every second is in
/// exactly one of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateSpan {
    /// The agent.
    pub agent_id: AgentId,
    /// The state.
    pub state: AgentState,
    /// Why the agent was paused.
    pub pause_code: Option<PauseCode>,
    /// The call of the state.
    pub call_id: Option<CallId>,
    /// When it began.
    pub from: OffsetDateTime,
    /// When it ended; `None` while it lasts.
    pub to: Option<OffsetDateTime>,
}

impl StateSpan {
    /// The part of it between two instants, counting a state that lasts as lasting until `end`.
    #[must_use]
    pub fn within(&self, begin: OffsetDateTime, end: OffsetDateTime) -> Duration {
        let to = self.to.unwrap_or(end).min(end);
        (to - self.from.max(begin)).max(Duration::ZERO)
    }
}
