//! What an agent is doing, since when, and what comes after it.

use time::OffsetDateTime;

use super::offers::Offer;
use super::{AgentState, PauseCode};
use crate::ids::CallId;

/// How an agent stands when no contact and no call keeps them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// Not at work.
    Offline,
    /// Waiting for a call.
    Ready,
    /// Not to be called.
    Paused(PauseCode),
}

/// What an agent is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Doing {
    /// Nothing that concerns a contact.
    Standing(Standing),
    /// Looking at a contact.
    Reserved(Offer),
    /// A call is being placed.
    Ringing(CallId),
    /// Talking.
    Talking(CallId),
    /// Writing up a call.
    WrapUp {
        /// The call that is over.
        call: CallId,
        /// When the time for it is over.
        until: OffsetDateTime,
    },
}

/// An agent's state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Presence {
    /// What the agent is doing.
    pub doing: Doing,
    /// Since when.
    pub since: OffsetDateTime,
    /// How the agent will stand after the offer, call or wrap-up; of one who stands, the same as what they do.
    pub then: Standing,
    /// When the agent's client was last heard of.
    pub seen_at: OffsetDateTime,
}

impl Presence {
    /// An agent who has never been at work.
    #[must_use]
    pub const fn offline(now: OffsetDateTime) -> Self {
        Self { doing: Doing::Standing(Standing::Offline), since: now, then: Standing::Offline, seen_at: now }
    }

    /// The state.
    #[must_use]
    pub const fn state(&self) -> AgentState {
        self.doing.state()
    }

    /// Whether an agent who comes from here to `next` turns away from the contact they had.
    #[must_use]
    pub fn lets_go(&self, next: &Self) -> bool {
        let stood = matches!(self.doing, Doing::Standing(_));
        let stands = matches!(next.doing, Doing::Standing(_));
        let other_call = self.doing.call().is_some_and(|call| next.doing.call() != Some(call));
        !stood && (stands || other_call)
    }
}

impl Standing {
    /// The state of an agent who stands so.
    #[must_use]
    pub const fn state(&self) -> AgentState {
        match self {
            Self::Offline => AgentState::Offline,
            Self::Ready => AgentState::Ready,
            Self::Paused(_) => AgentState::Paused,
        }
    }
}

impl Doing {
    /// The state.
    #[must_use]
    pub const fn state(&self) -> AgentState {
        match self {
            Self::Standing(standing) => standing.state(),
            Self::Reserved(_) => AgentState::Reserved,
            Self::Ringing(_) => AgentState::Ringing,
            Self::Talking(_) => AgentState::Talking,
            Self::WrapUp { .. } => AgentState::WrapUp,
        }
    }

    /// The contact that the agent looks at.
    #[must_use]
    pub const fn offer(&self) -> Option<&Offer> {
        match self {
            Self::Reserved(offer) => Some(offer),
            Self::Standing(_) | Self::Ringing(_) | Self::Talking(_) | Self::WrapUp { .. } => None,
        }
    }

    /// The call that the agent is on, or writes up.
    #[must_use]
    pub const fn call(&self) -> Option<CallId> {
        match self {
            Self::Ringing(call) | Self::Talking(call) | Self::WrapUp { call, .. } => Some(*call),
            Self::Standing(_) | Self::Reserved(_) => None,
        }
    }

    /// The call that is not over.
    #[must_use]
    pub const fn live_call(&self) -> Option<CallId> {
        match self {
            Self::Ringing(call) | Self::Talking(call) => Some(*call),
            Self::Standing(_) | Self::Reserved(_) | Self::WrapUp { .. } => None,
        }
    }

    /// Why the agent is paused.
    #[must_use]
    pub const fn pause_code(&self) -> Option<&PauseCode> {
        match self {
            Self::Standing(Standing::Paused(code)) => Some(code),
            Self::Standing(_) | Self::Reserved(_) | Self::Ringing(_) | Self::Talking(_) | Self::WrapUp { .. } => None,
        }
    }

    /// When the state ends by itself.
    #[must_use]
    pub const fn until(&self) -> Option<OffsetDateTime> {
        match self {
            Self::Reserved(offer) => Some(offer.until),
            Self::WrapUp { until, .. } => Some(*until),
            Self::Standing(_) | Self::Ringing(_) | Self::Talking(_) => None,
        }
    }
}
