//! Agents: who they are, what they are doing, and what they may do next.
//!
//! The provider knows no presence, so it is ours. An agent is always in exactly one [`AgentState`]; a step that the agent,
//! a call or time takes leads to the next one ([`Presence::after`]), or is refused.

pub mod history;
pub mod offers;
pub mod presence;
mod steps;
pub mod store;

use serde_json::json;
use time::{Duration, OffsetDateTime};

use crate::events::{EventKind, NewEvent, data};
use crate::identity::Scope;
use crate::ids::{AgentId, UserId};
use crate::store::{Changed, Precondition};
use crate::tag::tag_of;
use crate::telephony::AgentLine;
use crate::words::words;
pub use presence::{Doing, Presence, Standing};
pub use steps::{AgentStep, CallStep, NotNow};

words! {
    /// What an agent is doing.
    AgentState ("agent state") {
        /// Not at work.
        Offline = "offline",
        /// Waiting for a call.
        Ready = "ready",
        /// Looking at the contact that was offered.
        Reserved = "reserved",
        /// A call is being placed: the agent's phone rings, or the customer's.
        Ringing = "ringing",
        /// Talking to a customer.
        Talking = "talking",
        /// Writing up the call that is over.
        WrapUp = "wrap-up",
        /// At work and not to be called.
        Paused = "paused",
    }
}

impl AgentState {
    /// Whether an agent in this state may come into `next`. Staying is no transition.
    #[must_use]
    pub const fn may_become(self, next: Self) -> bool {
        use AgentState::{Offline, Paused, Ready, Reserved, Ringing, Talking, WrapUp};
        match self {
            // A person may place a call of their own whatever they are doing, unless it is another call.
            Offline => matches!(next, Ready | Paused | Ringing),
            Ready => matches!(next, Offline | Paused | Reserved | Ringing),
            Paused => matches!(next, Offline | Ready | Ringing),
            Reserved => matches!(next, Ready | Paused | Offline | Ringing),
            Ringing => matches!(next, Talking | WrapUp | Ready | Paused | Offline),
            Talking => matches!(next, WrapUp | Ready | Paused | Offline),
            WrapUp => matches!(next, Ready | Paused | Offline | Ringing),
        }
    }

    /// Whether the agent is at work: every state but [`Self::Offline`].
    #[must_use]
    pub const fn signed_in(self) -> bool {
        !matches!(self, Self::Offline)
    }
}

/// Why an agent is paused: a short word of the installation's own.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(transparent)]
pub struct PauseCode(String);

impl PauseCode {
    /// The longest code, in characters.
    pub const LONGEST: usize = 40;

    /// Reads a code: 1 to [`Self::LONGEST`] of `a` to `z`, `0` to `9` and `-`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let fits = (1..=Self::LONGEST).contains(&text.len());
        let plain = text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        (fits && plain).then(|| Self(text.to_owned()))
    }

    /// The pause of an agent who let an offer run out.
    #[must_use]
    pub fn missed_offer() -> Self {
        Self("missed-offer".to_owned())
    }

    /// The pause of an agent whose phone could not be reached.
    #[must_use]
    pub fn phone_unreachable() -> Self {
        Self("phone-unreachable".to_owned())
    }

    /// The code.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for PauseCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// An agent, a row of `agents`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agent {
    /// Its id.
    pub id: AgentId,
    /// Who made the profile and runs the agent.
    pub owner_id: UserId,
    /// The agent's own login. Nobody has two profiles.
    pub user_id: UserId,
    /// What the agent is called.
    pub display_name: String,
    /// Whose phone rings. No two agents share one.
    pub line: AgentLine,
    /// How long the agent may write up a call, 0 to [`Self::LONGEST_WRAP_UP`].
    pub wrap_up: Duration,
    /// What the agent is doing.
    pub presence: Presence,
    /// When the profile was made.
    pub created_at: OffsetDateTime,
    /// When the profile last changed. What the agent is doing is no change of it.
    pub updated_at: OffsetDateTime,
}

/// A change of a profile. `None` leaves a field as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AgentPatch {
    /// What the agent is called.
    pub display_name: Option<String>,
    /// Whose phone rings.
    pub line: Option<AgentLine>,
    /// How long the agent may write up a call.
    pub wrap_up: Option<Duration>,
    /// What the profile has to be.
    pub condition: Precondition,
}

impl Agent {
    /// The longest name, in characters.
    pub const LONGEST_NAME: usize = 100;
    /// The longest wrap-up.
    pub const LONGEST_WRAP_UP: Duration = Duration::HOUR;

    /// Whether a reader in `scope` may see the agent: the owner, and the agent.
    #[must_use]
    pub fn visible_in(&self, scope: Scope) -> bool {
        scope.covers(self.owner_id) || scope.covers(self.user_id)
    }

    /// Tells this state of the profile from every other one, whatever the agent is doing.
    #[must_use]
    pub fn tag(&self) -> String {
        tag_of(&(self.id, &self.display_name, self.line.as_str(), self.wrap_up.whole_seconds()))
    }

    /// The profile after a change.
    ///
    /// # Errors
    /// [`Changed`] when it is not what the change was meant for.
    pub fn patched(&self, patch: &AgentPatch, now: OffsetDateTime) -> Result<Self, Changed> {
        patch.condition.require(&self.tag(), "agent")?;
        let after = Self {
            display_name: patch.display_name.clone().unwrap_or_else(|| self.display_name.clone()),
            line: patch.line.clone().unwrap_or_else(|| self.line.clone()),
            wrap_up: patch.wrap_up.unwrap_or(self.wrap_up),
            ..self.clone()
        };
        let changed = after != *self;
        Ok(Self { updated_at: if changed { now } else { self.updated_at }, ..after })
    }

    /// The agent after `step` at `now` ([`Presence::after`]), of whom something was heard at the same time when `heard`.
    ///
    /// # Errors
    /// [`NotNow`] when the agent's state does not allow it.
    pub fn stepped(&self, step: &AgentStep, heard: bool, now: OffsetDateTime) -> Result<Self, NotNow> {
        let next = self.presence.after(step, now)?.unwrap_or_else(|| self.presence.clone());
        let seen_at = if heard { now.max(next.seen_at) } else { next.seen_at };
        Ok(Self { presence: Presence { seen_at, ..next }, ..self.clone() })
    }

    /// The step that time takes for the agent: those at work who were not heard of since `silent_since` are lost.
    #[must_use]
    pub fn step_of_time(&self, silent_since: Option<OffsetDateTime>) -> AgentStep {
        let silent = silent_since.is_some_and(|since| self.presence.seen_at < since);
        if silent && self.presence.state().signed_in() { AgentStep::Lose } else { AgentStep::Wait }
    }

    /// The event of a step in the profile's life.
    #[must_use]
    pub fn event(&self, kind: EventKind, at: OffsetDateTime) -> NewEvent {
        NewEvent {
            kind,
            user_id: self.owner_id,
            campaign_id: None,
            contact_id: None,
            call_id: None,
            at,
            data: data([("agent_id", json!(self.id)), ("user_id", json!(self.user_id))]),
        }
    }

    /// The event of a change of what the agent is doing, from what was before.
    #[must_use]
    pub fn state_event(&self, before: &Presence) -> NewEvent {
        let Presence { doing, since, .. } = &self.presence;
        let seconds = (*since - before.since).whole_seconds();
        let mut event = self.event(EventKind::AgentState, *since);
        event.campaign_id = doing.offer().map(|offer| offer.campaign_id);
        event.contact_id = doing.offer().map(|offer| offer.contact_id);
        event.call_id = doing.call();
        event.data.extend(data([
            ("from", json!(before.doing.state())),
            ("to", json!(doing.state())),
            ("pause_code", json!(doing.pause_code())),
            ("seconds_before", json!(seconds)),
        ]));
        event
    }
}
