//! What becomes of calls that are not wanted any more, because their campaign is stopped at once or their number was put on the
//! do-not-call list: those that ring are hung up, those in which a customer talks are spared.

use time::OffsetDateTime;

use super::causes::CauseCode;
use super::evidence::{leg_of, read_live};
use super::merge::{CallEvent, Ending};
use super::{Call, CallOutcome, CallStatus, Evidence};
use crate::telephony::{LiveCall, LiveState, ProviderCallId};

/// Why a call is not wanted any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unwanted {
    /// Its campaign was stopped.
    Stopped,
    /// Its number was put on the do-not-call list.
    Suppressed,
}

impl Unwanted {
    const fn cause(self) -> (&'static str, CauseCode) {
        match self {
            Self::Stopped => ("hung up because the campaign was stopped", CauseCode::Stopped),
            Self::Suppressed => ("hung up because the number was put on the do-not-call list", CauseCode::Suppressed),
        }
    }
}

/// What to do with a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stop {
    /// Somebody talks: let it be.
    Spare,
    /// Hang this leg up; with it ends a call that came to `outcome`.
    HangUp {
        /// The leg, by the provider's name.
        leg: ProviderCallId,
        /// What the call comes to by that.
        outcome: CallOutcome,
    },
    /// The provider has not named it and does not list it: there is nothing to hang up yet.
    Unknown,
}

/// What to do with a call that is not over, by the provider's live calls, which were asked for at `list_at`.
///
/// A call whose agent is still being reached has not been near the customer: it was not placed, and its attempt does not
/// count. One that rings at the customer's was given up.
#[must_use]
pub fn stop(call: &Call, live: &[LiveCall], list_at: OffsetDateTime) -> Stop {
    let leg = leg_of(call, live);
    let talks = |leg: &LiveCall| matches!(leg.state, LiveState::Connected | LiveState::OnHold);
    let answered = matches!(read_live(call, live, list_at), Some(CallEvent::Answered { .. }));
    if call.status == CallStatus::Answered || answered || leg.is_some_and(talks) {
        return Stop::Spare;
    }
    let agent_only =
        !call.ahead && call.status == CallStatus::Initiated && leg.is_some_and(|leg| leg.state == LiveState::Initial);
    let outcome = if agent_only { CallOutcome::NotPlaced } else { CallOutcome::Canceled };
    match leg.map(|leg| &leg.id).or(call.provider_call_id.as_ref()) {
        Some(leg) => Stop::HangUp { leg: leg.clone(), outcome },
        None => Stop::Unknown,
    }
}

/// The end of a call that the provider has hung up for us because it was not wanted any more. Its record still corrects it, should somebody have answered at
/// that very moment.
#[must_use]
pub fn hung_up(why: Unwanted, outcome: CallOutcome, at: OffsetDateTime) -> CallEvent {
    let (cause, code) = why.cause();
    CallEvent::Ended(Ending {
        outcome,
        evidence: Evidence::Answer,
        at,
        answered_at: None,
        talk_seconds: None,
        cause: Some(cause.to_owned()),
        cause_code: Some(code),
    })
}
