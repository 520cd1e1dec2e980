//! Reading what the provider tells: which live call, call record or event belongs to which of our calls, and what it says.

use std::collections::BTreeSet;

use time::{Duration, OffsetDateTime};

use super::causes::CauseCode;
use super::merge::{CallEvent, Ending};
use super::{Call, CallOutcome, CallStatus, Direction, Evidence};
use crate::telephony::{AgentLine, CallRecord, LegNews, LiveCall, LiveState, ProviderCallId, RecordResult};

/// How far the provider's clock, cut to seconds, may be behind ours for the same call.
const CLOCK_SKEW: Duration = Duration::seconds(5);

/// What the list of live calls tells about `call`, which the provider has named. `list_at` is the instant at which
/// the list was *asked for*: a call placed after that cannot be missing from it.
///
/// A leg is the call's when it carries the call's id, or its agent and number: whether a provider lists a call under the
/// id that it gave when placing it is not always certain, and a call that is taken for over too early would be
/// dialled again.
#[must_use]
pub fn read_live(call: &Call, live: &[LiveCall], list_at: OffsetDateTime) -> Option<CallEvent> {
    let id = call.provider_call_id.as_ref()?;
    let ours = |leg: &&LiveCall| leg.id == *id || leg.parent.as_ref() == Some(id) || same_parties(call, leg);
    let found = live.iter().filter(ours).any(|leg| leg.state != LiveState::HangUp);
    let connected: Vec<&LiveCall> =
        live.iter().filter(ours).filter(|leg| matches!(leg.state, LiveState::Connected | LiveState::OnHold)).collect();
    let told = |legs: &[&LiveCall]| legs.iter().find_map(|leg| leg.connected_at).unwrap_or(list_at);
    if !connected.is_empty() && matches!(call.status, CallStatus::Initiated | CallStatus::Ringing) {
        return Some(CallEvent::Answered { at: told(&connected) });
    }
    let agent_s: Vec<&LiveCall> =
        connected.into_iter().filter(|leg| leg.agent.is_some() && leg.agent == call.agent).collect();
    if awaits_agent(call) && !agent_s.is_empty() {
        return Some(CallEvent::Connected { at: told(&agent_s) });
    }
    (!found && call.updated_at < list_at).then_some(CallEvent::Gone { at: list_at })
}

/// Whether a customer has answered, and the agent to whom they were handed is not on the line yet.
fn awaits_agent(call: &Call) -> bool {
    call.ahead && call.status == CallStatus::Answered && call.agent.is_some() && call.connected_at.is_none()
}

/// The leg under which the list of live calls has `call`: the one with its id, else one of its agent and number.
#[must_use]
pub fn leg_of<'a>(call: &Call, live: &'a [LiveCall]) -> Option<&'a LiveCall> {
    let named = live.iter().find(|leg| call.provider_call_id.as_ref() == Some(&leg.id));
    named.or_else(|| live.iter().find(|leg| same_parties(call, leg)))
}

fn same_parties(call: &Call, leg: &LiveCall) -> bool {
    call.direction == Direction::Outbound
        && may_be_agent_of(call, leg.agent.as_ref())
        && leg.to_digits.as_deref() == Some(call.to_number.digits())
}

/// Whether a leg with this agent may be the call's. A call ahead of agents is told by its number alone: no two calls of one
/// number are on at once.
fn may_be_agent_of(call: &Call, agent: Option<&AgentLine>) -> bool {
    call.ahead || (agent.is_some() && agent == call.agent.as_ref())
}

/// What the call records tell about how `call` ended. `None` while only a leg between provider and agent is
/// recorded: the customer's leg decides.
///
/// Records that name the call count; where none does, one of the same agent and number that began while the call was on,
/// since it is not certain that records carry the id that the provider gave when the call was placed.
#[must_use]
pub fn read_records(call: &Call, records: &[CallRecord]) -> Option<CallEvent> {
    let id = call.provider_call_id.as_ref()?;
    // Whoever calls in has one leg or several, and each is between them and us.
    let came_in = call.direction == Direction::Inbound;
    let of_customer = |record: &&CallRecord| came_in || record.to_digits.as_deref() == Some(call.to_number.digits());
    let by_id = records
        .iter()
        .filter(|record| record.call_ids.contains(id))
        .filter(of_customer)
        .max_by_key(|record| (record.result == RecordResult::Connected, record.talk_seconds));
    let record = by_id.or_else(|| {
        if came_in {
            return None;
        }
        let over_at = call.ended_at.or(call.gone_at)?;
        let in_time = |record: &&CallRecord| {
            record.started_at >= call.started_at - CLOCK_SKEW && record.started_at <= over_at + CLOCK_SKEW
        };
        let same_agent = |record: &&CallRecord| may_be_agent_of(call, record.agent.as_ref());
        let same = records.iter().filter(of_customer).filter(same_agent).filter(in_time);
        same.min_by_key(|record| (record.started_at - call.started_at).abs())
    })?;
    Some(recorded_end(record))
}

/// What the records tell of a call whose answer was lost and that the provider keeps under no id that we could follow: the
/// record of the same agent and number that began within `window` of our asking.
#[must_use]
pub fn read_lost_records(call: &Call, records: &[CallRecord], window: Duration) -> Option<CallEvent> {
    let ours = |record: &&CallRecord| {
        record.to_digits.as_deref() == Some(call.to_number.digits())
            && may_be_agent_of(call, record.agent.as_ref())
            && record.call_ids.is_empty()
            && record.started_at >= call.started_at - CLOCK_SKEW
            && record.started_at <= call.started_at + window
    };
    records.iter().filter(ours).min_by_key(|record| record.started_at).map(recorded_end)
}

fn recorded_end(record: &CallRecord) -> CallEvent {
    let ended_at = record.started_at + Duration::seconds(i64::from(record.total_seconds));
    let talk = Duration::seconds(i64::from(record.talk_seconds));
    let outcome = outcome_of(record.result);
    CallEvent::Ended(Ending {
        outcome,
        evidence: Evidence::Record,
        at: ended_at,
        answered_at: (record.result == RecordResult::Connected).then(|| ended_at - talk),
        talk_seconds: Some(record.talk_seconds),
        cause: record.cause.clone(),
        cause_code: Some(CauseCode::of_end(outcome, record.cause.as_deref())),
    })
}

/// What a call whose leg to the customer ended so came to.
const fn outcome_of(result: RecordResult) -> CallOutcome {
    match result {
        RecordResult::Connected => CallOutcome::Completed,
        RecordResult::NoAnswer => CallOutcome::NoAnswer,
        RecordResult::Busy => CallOutcome::Busy,
        RecordResult::Canceled => CallOutcome::Canceled,
        RecordResult::InvalidNumber => CallOutcome::InvalidNumber,
        RecordResult::Failed => CallOutcome::Failed,
    }
}

/// How an event's leg belongs to one of our calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kinship {
    /// It carries the id that the provider gave the call.
    ById,
    /// It is of the same agent and number, and began when the call did.
    ByParties,
    /// The call has no id yet, and this may be it.
    Perhaps,
}

/// Whether the leg that an event tells of, at `at` by our clock, belongs to `call`. `window` is how long after it was
/// written down a call may still appear at the provider.
#[must_use]
pub fn kinship(call: &Call, news: &LegNews, at: OffsetDateTime, window: Duration) -> Option<Kinship> {
    if let Some(id) = &call.provider_call_id
        && (news.leg == *id || news.root.as_ref() == Some(id))
    {
        return Some(Kinship::ById);
    }
    let began = news.started_at.unwrap_or(at);
    let in_time = began >= call.started_at - CLOCK_SKEW && began <= call.started_at + window;
    if call.direction != Direction::Outbound || news.direction == Some(Direction::Inbound) || !in_time {
        return None;
    }
    let agent = news.agent.as_ref().zip(call.agent.as_ref()).map(|(theirs, ours)| theirs == ours);
    let number = news.to_digits.as_deref().map(|digits| digits == call.to_number.digits());
    match (&call.provider_call_id, agent, number) {
        (Some(_), Some(true), Some(true)) => Some(Kinship::ByParties),
        (Some(_), _, Some(true)) if call.ahead => Some(Kinship::ByParties),
        // A leg to the agent's own extension says nothing about the number.
        (None, Some(true), _) | (None, None, Some(true)) => Some(Kinship::Perhaps),
        _ => None,
    }
}

/// What an event tells about a call to which its leg belongs. `now` is when we read it.
///
/// Only the customer's leg tells that somebody answered, and how the call ended; that of a leg which merely looks like the
/// call's is for the records to say.
#[must_use]
pub fn read_news(call: &Call, news: &LegNews, kinship: Kinship, now: OffsetDateTime) -> Option<CallEvent> {
    let customer_s = match news.to_digits.as_deref() {
        _ if call.direction == Direction::Inbound => true,
        Some(digits) => digits == call.to_number.digits(),
        None => call.provider_call_id.as_ref() == Some(&news.leg),
    };
    match news.state {
        // Without a time it may be the agent's phone that is connected, while the customer's still rings.
        LiveState::Connected | LiveState::OnHold if awaits_agent(call) && news.agent == call.agent => {
            Some(CallEvent::Connected { at: news.connected_at.unwrap_or(now) })
        }
        LiveState::Connected | LiveState::OnHold if customer_s => {
            news.connected_at.map(|at| CallEvent::Answered { at })
        }
        LiveState::HangUp if news.last != Some(false) => {
            let alone = news.root.as_ref().is_none_or(|root| *root == news.leg);
            match news.result {
                Some(result) if customer_s && kinship == Kinship::ById && (alone || news.last.is_some()) => {
                    Some(CallEvent::Ended(heard_end(call, news, result, now)))
                }
                _ => Some(CallEvent::Gone { at: now }),
            }
        }
        _ => None,
    }
}

fn heard_end(call: &Call, news: &LegNews, result: RecordResult, now: OffsetDateTime) -> Ending {
    let outcome = outcome_of(result);
    let talked = outcome == CallOutcome::Completed;
    let length = news.talk_seconds.map(|seconds| Duration::seconds(i64::from(seconds)));
    let told = news.connected_at.zip(length).map(|(from, length)| from + length);
    Ending {
        outcome,
        evidence: Evidence::Event,
        at: told.filter(|_| talked).unwrap_or(now).max(call.started_at),
        answered_at: news.connected_at.filter(|_| talked),
        talk_seconds: news.talk_seconds.filter(|_| talked),
        cause: news.cause.clone(),
        cause_code: Some(CauseCode::of_end(outcome, news.cause.as_deref())),
    }
}

/// Finds a call whose answer was lost: same agent, same number, placed within `window` of our asking, and not
/// `known` to be another of ours. The earliest match wins.
#[must_use]
pub fn find_lost(
    call: &Call,
    live: &[LiveCall],
    records: &[CallRecord],
    known: &BTreeSet<ProviderCallId>,
    window: Duration,
) -> Option<ProviderCallId> {
    let to = call.to_number.digits();
    let in_time = |at: OffsetDateTime| at >= call.started_at - CLOCK_SKEW && at <= call.started_at + window;
    let same_agent = |agent: Option<&_>| match (agent, call.agent.as_ref().filter(|_| !call.ahead)) {
        (Some(theirs), Some(ours)) => theirs == ours,
        _ => true,
    };
    let in_live = live
        .iter()
        .filter(|leg| leg.to_digits.as_deref() == Some(to) && same_agent(leg.agent.as_ref()))
        .filter_map(|leg| {
            let at = leg.started_at.unwrap_or(call.started_at);
            let id = leg.parent.as_ref().unwrap_or(&leg.id);
            (in_time(at) && !known.contains(id) && !known.contains(&leg.id)).then_some((at, id))
        });
    let in_records = records
        .iter()
        .filter(|record| record.to_digits.as_deref() == Some(to) && same_agent(record.agent.as_ref()))
        .filter(|record| in_time(record.started_at) && record.call_ids.iter().all(|id| !known.contains(id)))
        .filter_map(|record| record.call_ids.first().map(|id| (record.started_at, id)));
    in_live.chain(in_records).min_by_key(|(at, _)| *at).map(|(_, id)| id.clone())
}
