//! Reading the provider's lists: which live call or call record belongs to which of our calls, and what it tells.

use std::collections::BTreeSet;

use time::{Duration, OffsetDateTime};

use super::merge::{CallEvent, Ending};
use super::{Call, CallOutcome, CallStatus, Evidence};
use crate::telephony::{CallRecord, LiveCall, LiveState, ProviderCallId, RecordResult};

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
    let mut found = false;
    let mut connected = false;
    let mut connected_at = None;
    let same_parties = |leg: &LiveCall| {
        leg.agent.is_some() && leg.agent == call.agent && leg.to_digits.as_deref() == Some(call.to_number.digits())
    };
    for leg in live.iter().filter(|leg| leg.id == *id || leg.parent.as_ref() == Some(id) || same_parties(leg)) {
        found |= leg.state != LiveState::HangUp;
        if matches!(leg.state, LiveState::Connected | LiveState::OnHold) {
            connected = true;
            connected_at = connected_at.or(leg.connected_at);
        }
    }
    if connected && matches!(call.status, CallStatus::Initiated | CallStatus::Ringing) {
        return Some(CallEvent::Answered { at: connected_at.unwrap_or(list_at) });
    }
    (!found && call.updated_at < list_at).then_some(CallEvent::Gone { at: list_at })
}

/// What the call records tell about how `call` ended. `None` while only a leg between provider and agent is
/// recorded: the customer's leg decides.
#[must_use]
pub fn read_records(call: &Call, records: &[CallRecord]) -> Option<CallEvent> {
    let id = call.provider_call_id.as_ref()?;
    let record = records
        .iter()
        .filter(|record| record.call_ids.contains(id))
        .filter(|record| record.to_digits.as_deref() == Some(call.to_number.digits()))
        .max_by_key(|record| (record.result == RecordResult::Connected, record.talk_seconds))?;
    let outcome = match record.result {
        RecordResult::Connected => CallOutcome::Completed,
        RecordResult::NoAnswer => CallOutcome::NoAnswer,
        RecordResult::Busy => CallOutcome::Busy,
        RecordResult::Canceled => CallOutcome::Canceled,
        RecordResult::InvalidNumber => CallOutcome::InvalidNumber,
        RecordResult::Failed => CallOutcome::Failed,
    };
    let ended_at = record.started_at + Duration::seconds(i64::from(record.total_seconds));
    let talk = Duration::seconds(i64::from(record.talk_seconds));
    Some(CallEvent::Ended(Ending {
        outcome,
        evidence: Evidence::Record,
        at: ended_at,
        answered_at: (outcome == CallOutcome::Completed).then(|| ended_at - talk),
        talk_seconds: Some(record.talk_seconds),
        cause: record.cause.clone(),
    }))
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
    let same_agent = |agent: Option<&_>| match (agent, call.agent.as_ref()) {
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
