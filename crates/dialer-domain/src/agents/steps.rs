//! The steps that lead from one state to the next.

use time::{Duration, OffsetDateTime};

use super::offers::Offer;
use super::{AgentState, Doing, PauseCode, Presence, Standing};
use crate::calls::{Call, CallOutcome, CallStatus};
use crate::ids::{CallId, ContactId};

/// Something that happens to an agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AgentStep {
    /// The agent wants to be ready, to pause, or to go. During a call it holds from the end of the call on; wrap-up ends
    /// at once.
    Stand(Standing),
    /// A contact is offered.
    Reserve(Offer),
    /// The agent does not take the offer.
    Skip,
    /// The offer is taken back: its campaign halts, or its contact may not be called any more.
    Withdraw,
    /// A call is placed, `contact` being whom it is to.
    Dial {
        /// The call.
        call: CallId,
        /// The contact.
        contact: Option<ContactId>,
    },
    /// The customer of the call answered.
    Answer {
        /// The call.
        call: CallId,
    },
    /// The call is over.
    End {
        /// The call.
        call: CallId,
        /// Whether there was a conversation to write up.
        talked: bool,
        /// How long the agent may write it up.
        wrap_up: Duration,
    },
    /// The call was never placed, because the agent's phone could not be reached.
    Unreachable {
        /// The call.
        call: CallId,
    },
    /// Writing up is done.
    FinishWrapUp,
    /// Time has passed: an offer or a wrap-up may be over.
    Wait,
    /// The agent's client has not been heard of for too long.
    Lose,
}

/// What a call's change means for its agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallStep {
    /// Customer and agent talk.
    Answered,
    /// The call is over.
    Over {
        /// Whether there was a conversation.
        talked: bool,
    },
}

impl CallStep {
    /// What the change from `before` to `after` means.
    #[must_use]
    pub fn of(before: &Call, after: &Call) -> Option<Self> {
        if before.status.is_final() {
            None
        } else if after.status.is_final() {
            Some(Self::Over { talked: after.outcome == Some(CallOutcome::Completed) })
        } else {
            let talk =
                |call: &Call| call.status == CallStatus::Answered && (!call.ahead || call.connected_at.is_some());
            (talk(after) && !talk(before)).then_some(Self::Answered)
        }
    }

    /// The step that an agent takes who may write up a conversation for `wrap_up`.
    #[must_use]
    pub const fn step(self, call: CallId, wrap_up: Duration) -> AgentStep {
        match self {
            Self::Answered => AgentStep::Answer { call },
            Self::Over { talked } => AgentStep::End { call, talked, wrap_up },
        }
    }
}

/// A step that the agent's state does not allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the agent is {state}, so this is not possible now")]
pub struct NotNow {
    /// What the agent is doing.
    pub state: AgentState,
}

impl Presence {
    /// The state after `step` at `now`; `None` when the step changes nothing: news of another call, a timer that has not
    /// run out.
    ///
    /// # Errors
    /// [`NotNow`] for what an agent, or whoever wants to give them a call, cannot do in this state.
    pub fn after(&self, step: &AgentStep, now: OffsetDateTime) -> Result<Option<Self>, NotNow> {
        let refused = Err(NotNow { state: self.state() });
        let next = match (step, &self.doing) {
            // Whoever looks at a contact is ready for it.
            (AgentStep::Stand(Standing::Ready), Doing::Reserved(_)) => return Ok(None),
            (AgentStep::Stand(standing), Doing::Standing(_) | Doing::Reserved(_) | Doing::WrapUp { .. }) => {
                self.standing(standing, now)
            }
            (AgentStep::Stand(standing), Doing::Ringing(_) | Doing::Talking(_)) => self.wanting(standing),

            (AgentStep::Reserve(offer), Doing::Standing(Standing::Ready)) => {
                self.doing(Doing::Reserved(offer.clone()), now)
            }
            (AgentStep::Skip | AgentStep::Withdraw, Doing::Reserved(_))
            | (AgentStep::FinishWrapUp, Doing::WrapUp { .. }) => self.standing(&self.then, now),
            (AgentStep::Reserve(_) | AgentStep::Skip | AgentStep::FinishWrapUp, _) => return refused,

            (AgentStep::Dial { call, contact }, doing) => match doing {
                Doing::Ringing(_) | Doing::Talking(_) => return refused,
                Doing::Reserved(offer) if *contact != Some(offer.contact_id) => return refused,
                Doing::Standing(_) | Doing::Reserved(_) | Doing::WrapUp { .. } => {
                    self.doing(Doing::Ringing(*call), now)
                }
            },
            (AgentStep::Answer { call }, Doing::Ringing(on)) if on == call => self.doing(Doing::Talking(*call), now),
            (AgentStep::End { call, talked, wrap_up }, Doing::Ringing(on) | Doing::Talking(on)) if on == call => {
                if *talked && wrap_up.is_positive() {
                    self.doing(Doing::WrapUp { call: *call, until: now + *wrap_up }, now)
                } else {
                    self.standing(&self.then, now)
                }
            }
            (AgentStep::Unreachable { call }, Doing::Ringing(on)) if on == call => match &self.then {
                Standing::Ready => self.standing(&Standing::Paused(PauseCode::phone_unreachable()), now),
                other => self.standing(other, now),
            },

            (AgentStep::Wait, Doing::WrapUp { until, .. }) if *until <= now => self.standing(&self.then, now),
            (AgentStep::Wait, Doing::Reserved(offer)) if offer.until <= now => {
                self.standing(&Standing::Paused(PauseCode::missed_offer()), now)
            }

            (AgentStep::Lose, Doing::Standing(_) | Doing::Reserved(_) | Doing::WrapUp { .. }) => {
                self.standing(&Standing::Offline, now)
            }
            // A live call goes on without the agent's client.
            (AgentStep::Lose, Doing::Ringing(_) | Doing::Talking(_)) => self.wanting(&Standing::Offline),

            (
                AgentStep::Withdraw
                | AgentStep::Answer { .. }
                | AgentStep::End { .. }
                | AgentStep::Unreachable { .. }
                | AgentStep::Wait,
                _,
            ) => return Ok(None),
        };
        Ok((next != *self).then_some(next))
    }

    fn standing(&self, standing: &Standing, now: OffsetDateTime) -> Self {
        let next = self.wanting(standing);
        let doing = Doing::Standing(standing.clone());
        if doing == self.doing { next } else { next.doing(doing, now) }
    }

    fn doing(&self, doing: Doing, now: OffsetDateTime) -> Self {
        Self { doing, since: now.max(self.since), ..self.clone() }
    }

    fn wanting(&self, standing: &Standing) -> Self {
        Self { then: standing.clone(), ..self.clone() }
    }
}
