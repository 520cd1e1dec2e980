//! What is true of a call, given news that comes late, twice, or in the wrong order.
//!
//! [`merge`] is monotonic: a call only ever moves forward (initiated → ringing → answered → final), and a final
//! state changes only when stronger [`Evidence`] corrects it. Feeding the same news again changes nothing.

use time::{Duration, OffsetDateTime};

use super::causes::CauseCode;
use super::{Call, CallOutcome, CallPatch, CallPatchError, CallStatus, Evidence};
use crate::telephony::{ProviderCallId, TelephonyError};

/// News of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallEvent {
    /// The provider has taken the call and named it; the customer's phone begins to ring.
    Placed {
        /// The provider's id.
        provider_call_id: ProviderCallId,
        /// When we learned of it.
        at: OffsetDateTime,
    },
    /// The customer answered.
    Answered {
        /// When they did.
        at: OffsetDateTime,
    },
    /// An agent came on the line of a customer who waited for one.
    Connected {
        /// When they did.
        at: OffsetDateTime,
    },
    /// No agent came within the connect deadline: the customer is given up.
    GivenUp {
        /// When that was decided.
        at: OffsetDateTime,
    },
    /// The provider no longer lists the call as live. How it ended is still to be told.
    Gone {
        /// When that was seen.
        at: OffsetDateTime,
    },
    /// It is over.
    Ended(Ending),
}

/// How a call ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ending {
    /// What it came to.
    pub outcome: CallOutcome,
    /// How we know.
    pub evidence: Evidence,
    /// When it was over.
    pub at: OffsetDateTime,
    /// When the customer answered, where the source tells.
    pub answered_at: Option<OffsetDateTime>,
    /// Seconds of talk, where the source tells.
    pub talk_seconds: Option<u32>,
    /// Why, in words.
    pub cause: Option<String>,
    /// Why, where that is known.
    pub cause_code: Option<CauseCode>,
}

impl Ending {
    /// A call that never left, because of `error`: nobody was called.
    #[must_use]
    pub fn never_left(outcome: CallOutcome, at: OffsetDateTime, error: &TelephonyError) -> CallEvent {
        CallEvent::Ended(Self {
            outcome,
            evidence: Evidence::Answer,
            at,
            answered_at: None,
            talk_seconds: None,
            cause: Some(error.to_string()),
            cause_code: Some(CauseCode::of_error(error)),
        })
    }
}

/// The call after `event`, or `None` when the event tells nothing new.
#[must_use]
pub fn merge(call: &Call, event: &CallEvent) -> Option<Call> {
    let mut next = call.clone();
    match event {
        CallEvent::Placed { provider_call_id, .. } => {
            if next.provider_call_id.is_none() {
                next.provider_call_id = Some(provider_call_id.clone());
            }
            if next.status == CallStatus::Initiated {
                next.status = CallStatus::Ringing;
            }
        }
        CallEvent::Answered { at } => {
            if matches!(next.status, CallStatus::Initiated | CallStatus::Ringing) {
                next.status = CallStatus::Answered;
            }
            if next.status == CallStatus::Answered && next.answered_at.is_none_or(|known| *at < known) {
                next.answered_at = Some((*at).max(next.started_at));
            }
        }
        CallEvent::Connected { at } => {
            let waits = next.ahead && next.agent.is_some() && !next.status.is_final();
            if waits && next.connected_at.is_none_or(|known| *at < known) {
                next.status = CallStatus::Answered;
                let answered_at = *next.answered_at.get_or_insert((*at).max(next.started_at));
                next.connected_at = Some((*at).max(answered_at));
            }
        }
        CallEvent::GivenUp { at } => {
            if next.waits_for_agent() {
                next.abandoned_at = Some(*at);
            }
        }
        CallEvent::Gone { at } => {
            if next.is_open() && next.gone_at.is_none() {
                next.gone_at = Some(*at);
            }
        }
        CallEvent::Ended(ending) => {
            if next.evidence.is_none_or(|known| ending.evidence > known) {
                end(&mut next, ending);
            }
            next.unconfirmed = false;
        }
    }
    (next != *call).then_some(next)
}

fn end(call: &mut Call, ending: &Ending) {
    // Whoever was seen talking was reached, whatever a record of another leg says.
    let answered = call.status == CallStatus::Answered
        || matches!(call.outcome, Some(CallOutcome::Completed | CallOutcome::Abandoned))
        || ending.outcome == CallOutcome::Completed;
    let outcome = match (answered, call.ahead && call.connected_at.is_none()) {
        (true, true) => CallOutcome::Abandoned,
        (true, false) => CallOutcome::Completed,
        (false, _) => ending.outcome,
    };
    let ended_at = ending.at.max(call.started_at);
    call.outcome = Some(outcome);
    call.status = outcome.status();
    call.evidence = Some(ending.evidence);
    call.ended_at = Some(ended_at);
    call.cause.clone_from(&ending.cause);
    call.cause_code = match outcome {
        CallOutcome::Abandoned => Some(CauseCode::Abandoned),
        _ if outcome == ending.outcome => ending.cause_code,
        _ => Some(CauseCode::HungUp),
    };
    if let (CallOutcome::Completed, true, Some(connected_at)) = (outcome, call.ahead, call.connected_at) {
        // The provider's talk begins with the answer, ours when there is somebody to talk to.
        let answered_at = call.answered_at.unwrap_or(connected_at).min(ended_at);
        let connected_at = connected_at.clamp(answered_at, ended_at);
        (call.answered_at, call.connected_at) = (Some(answered_at), Some(connected_at));
        call.duration = seconds_between(connected_at, ended_at);
    } else if outcome == CallOutcome::Completed {
        let told = ending.talk_seconds.map(|talk| ended_at - Duration::seconds(i64::from(talk)));
        let answered_at = ending.answered_at.or(call.answered_at).or(told).unwrap_or(ended_at);
        let answered_at = answered_at.clamp(call.started_at, ended_at);
        call.answered_at = Some(answered_at);
        call.duration = ending
            .talk_seconds
            .filter(|talk| *talk > 0 || ending.outcome == CallOutcome::Completed)
            .unwrap_or_else(|| seconds_between(answered_at, ended_at));
    } else {
        let answered_at = ending.answered_at.or(call.answered_at).unwrap_or(ended_at).clamp(call.started_at, ended_at);
        call.answered_at = (outcome == CallOutcome::Abandoned).then_some(answered_at);
        call.duration = 0;
    }
}

fn seconds_between(from: OffsetDateTime, to: OffsetDateTime) -> u32 {
    u32::try_from((to - from).whole_seconds()).unwrap_or(0)
}

/// The end assumed for a call of which nothing more was heard within the bound.
///
/// A call seen talking was completed; one that the provider took has failed and counts as an attempt; one that
/// the provider never named was not placed, and the attempt is given back.
#[must_use]
pub fn assume_ended(call: &Call, now: OffsetDateTime) -> CallEvent {
    let no_end = ("the provider told no end of this call", CauseCode::NoEndTold);
    let (outcome, (cause, code)) = match (call.status, &call.provider_call_id) {
        (CallStatus::Answered, _) => (CallOutcome::Completed, no_end),
        (_, Some(_)) => (CallOutcome::Failed, no_end),
        (_, None) => (CallOutcome::NotPlaced, ("the provider has no trace of this call", CauseCode::AnswerLost)),
    };
    CallEvent::Ended(Ending {
        outcome,
        evidence: Evidence::Bound,
        at: call.gone_at.unwrap_or(now),
        answered_at: None,
        talk_seconds: None,
        cause: Some(cause.to_owned()),
        cause_code: Some(code),
    })
}

/// The call after a person's change, or why it cannot be made. Status words go through [`merge`], as any
/// other news does. A call that a person ends stays open ([`Call::is_open`]) until the provider's word, or the bound on
/// waiting for it, confirms that nobody's phone rings any more.
///
/// # Errors
/// [`CallPatchError`] when the call cannot come to that status, times contradict each other, or the patch's condition does
/// not hold.
pub fn patch(call: &Call, patch: &CallPatch, now: OffsetDateTime) -> Result<Call, CallPatchError> {
    if !patch.condition.holds(&call.tag()) {
        return Err(CallPatchError::Changed);
    }
    let mut next = call.clone();
    if let Some(to) = patch.status.filter(|to| *to != call.status) {
        next = report_status(call, to, patch, now)?;
    }
    if let Some(at) = patch.answered_at {
        next.answered_at = Some(at);
    }
    if let Some(at) = patch.ended_at {
        if !next.status.is_final() {
            return Err(CallPatchError::Times { field: "ended_at" });
        }
        next.ended_at = Some(at);
    }
    if let Some(duration) = patch.duration {
        next.duration = duration;
    }
    if next.answered_at.is_some_and(|at| at < next.started_at) {
        return Err(CallPatchError::Times { field: "answered_at" });
    }
    if next.ended_at.is_some_and(|at| at < next.answered_at.unwrap_or(next.started_at)) {
        return Err(CallPatchError::Times { field: "ended_at" });
    }
    if let Some(notes) = &patch.notes {
        next.notes.clone_from(notes);
    }
    if let Some(url) = &patch.recording_url {
        next.recording_url.clone_from(url);
    }
    if let Some(lead) = &patch.lead_id {
        next.lead_id.clone_from(lead);
    }
    if let Some(metadata) = &patch.metadata {
        next.metadata.clone_from(metadata);
    }
    Ok(next)
}

fn report_status(call: &Call, to: CallStatus, patch: &CallPatch, now: OffsetDateTime) -> Result<Call, CallPatchError> {
    let refused = CallPatchError::Transition { from: call.status, to };
    let outcome = match to {
        CallStatus::Ringing if call.status == CallStatus::Initiated => {
            return Ok(Call { status: CallStatus::Ringing, ..call.clone() });
        }
        CallStatus::Initiated | CallStatus::Ringing => return Err(refused),
        CallStatus::Answered => {
            let at = patch.answered_at.unwrap_or(now);
            return merge(call, &CallEvent::Answered { at }).filter(|next| next.status == to).ok_or(refused);
        }
        CallStatus::Completed => CallOutcome::Completed,
        CallStatus::Failed => CallOutcome::Failed,
        CallStatus::Busy => CallOutcome::Busy,
        CallStatus::NoAnswer => CallOutcome::NoAnswer,
        CallStatus::Canceled => CallOutcome::Canceled,
    };
    let ending = Ending {
        outcome,
        evidence: Evidence::Reported,
        at: patch.ended_at.unwrap_or(now),
        answered_at: patch.answered_at,
        talk_seconds: patch.duration,
        cause: None,
        cause_code: Some(CauseCode::Reported),
    };
    let ended = merge(call, &CallEvent::Ended(ending)).filter(|next| next.status == to).ok_or(refused)?;
    Ok(Call { unconfirmed: call.is_open(), ..ended })
}
