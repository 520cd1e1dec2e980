//! From the provider's words to the dialer's. Unknown words become `Unknown` or `Failed`, never an error.

mod recordings;

use dialer_domain::calls::Direction;
use dialer_domain::phone::PhoneNumber;
use dialer_domain::telephony::{
    AgentLine, CallRecord, LiveCall, LiveState, ProviderCallId, ProviderUser, RecordResult,
};
use time::format_description::BorrowedFormatItem;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{OffsetDateTime, PrimitiveDateTime, UtcOffset};

use crate::text::safe;
use crate::wire;

pub(crate) use recordings::recording;

/// How history stamps are spelt; they are UTC.
const STAMP: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day] [hour]:[minute]:[second]");

/// A live call; `None` when it has no id.
pub(crate) fn live_call(call: wire::Call) -> Option<LiveCall> {
    Some(LiveCall {
        id: ProviderCallId::new(call.id?),
        parent: call.parent_id.map(ProviderCallId::new),
        state: call.state.as_deref().map_or(LiveState::Unknown, live_state),
        direction: call.destination.as_deref().and_then(direction),
        agent: call.src_id.or(call.dst_id).map(AgentLine::new),
        from_digits: call.src.as_deref().and_then(digits),
        to_digits: call.dst.as_deref().and_then(digits),
        started_at: call.start_time.as_deref().and_then(instant),
        connected_at: call.connected_at.as_deref().and_then(instant),
    })
}

/// A call record; `None` when it has no id or no start.
pub(crate) fn call_record(cdr: wire::Cdr) -> Option<CallRecord> {
    let talk_seconds = seconds(cdr.billsec);
    let result = record_result(cdr.disposition.as_deref(), cdr.t_cause.as_deref(), talk_seconds);
    Some(CallRecord {
        id: cdr.id?,
        call_ids: call_ids([cdr.live_id, cdr.call_id, cdr.parent_live_id, cdr.root_live_id]),
        direction: record_direction(cdr.r#type.as_deref(), cdr.destination.as_deref()),
        agent: cdr.src_id.or(cdr.user_id).or(cdr.dst_id).map(AgentLine::new),
        from_digits: cdr.src.as_deref().and_then(digits),
        to_digits: cdr.dst.as_deref().and_then(digits),
        result,
        started_at: cdr.calldate.as_deref().and_then(instant)?,
        total_seconds: seconds(cdr.duration),
        talk_seconds: if result == RecordResult::Connected { talk_seconds } else { 0 },
        cause: cdr.t_cause.as_deref().and_then(cause),
    })
}

/// The ids of calls that a row names, each once.
fn call_ids<const N: usize>(given: [Option<String>; N]) -> Vec<ProviderCallId> {
    let mut ids: Vec<ProviderCallId> = Vec::with_capacity(N);
    for id in given.into_iter().flatten().map(ProviderCallId::new) {
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    ids
}

/// The provider's words for why a leg ended, safe to show.
pub(crate) fn cause(words: &str) -> Option<String> {
    Some(safe(words)).filter(|cause| !cause.is_empty())
}

/// A number of the account; `None` when it is no whole number, such as an extension.
pub(crate) fn number(ddi: wire::Ddi) -> Option<PhoneNumber> {
    let digits = digits(&ddi.e164.or(ddi.number)?)?;
    PhoneNumber::recorded(&format!("+{digits}")).ok()
}

/// A user; `None` without an id.
pub(crate) fn user(user: wire::User) -> Option<ProviderUser> {
    let names: Vec<String> = [user.first_name, user.last_name].into_iter().flatten().collect();
    Some(ProviderUser {
        line: AgentLine::new(user.id?),
        name: names.join(" "),
        active: user.active.unwrap_or(true),
        devices: user.nb_sip_locations.and_then(|devices| u32::try_from(devices).ok()),
    })
}

/// A stamp as the provider's filters want it, cut to seconds.
pub(crate) fn stamp(at: OffsetDateTime) -> String {
    // Every field of the format is one that a date and time has.
    at.to_offset(UtcOffset::UTC).format(STAMP).unwrap_or_default()
}

/// The documented states, and the spellings that other clients have seen.
pub(crate) fn live_state(word: &str) -> LiveState {
    match normal(word).as_str() {
        "initial" => LiveState::Initial,
        "ringing" => LiveState::Ringing,
        "connected" => LiveState::Connected,
        "on hold" => LiveState::OnHold,
        "hangup" | "hungup" | "hang up" | "missed" => LiveState::HangUp,
        _ => LiveState::Unknown,
    }
}

/// How a leg ended. A connected leg is connected whatever ended it; of the others the termination cause tells
/// more than the disposition.
fn record_result(disposition: Option<&str>, cause: Option<&str>, talk_seconds: u32) -> RecordResult {
    let told = disposition.map(normal).and_then(|word| match word.as_str() {
        "connected" | "answered" => Some(RecordResult::Connected),
        "no answer" | "noanswer" => Some(RecordResult::NoAnswer),
        "busy" => Some(RecordResult::Busy),
        "canceled" | "cancelled" | "cancel" => Some(RecordResult::Canceled),
        "failed" => Some(RecordResult::Failed),
        _ => None,
    });
    let by_cause = || cause.and_then(result_of_cause);
    match told {
        Some(result @ (RecordResult::Connected | RecordResult::Busy | RecordResult::Canceled)) => result,
        Some(result) => by_cause().unwrap_or(result),
        None => leg_result(talk_seconds > 0, cause).unwrap_or(RecordResult::Failed),
    }
}

/// How a leg ended that nothing is told of but whether it was answered, and the cause; `None` when that leaves it open.
pub(crate) fn leg_result(answered: bool, cause: Option<&str>) -> Option<RecordResult> {
    if answered { Some(RecordResult::Connected) } else { cause.and_then(result_of_cause) }
}

/// Termination causes in the words of ITU-T Q.850, as switches print them. Causes that leave open whether the
/// number exists are not listed: a number is given up for good only when the network is sure.
fn result_of_cause(cause: &str) -> Option<RecordResult> {
    const INVALID: [&str; 5] = ["unallocated", "unassigned", "invalid number", "number changed", "address incomplete"];
    const NO_ANSWER: [&str; 4] = ["no answer", "no user response", "no user responding", "subscriber absent"];
    const CANCELED: [&str; 3] = ["originator cancel", "canceled", "cancelled"];
    let cause = normal(cause);
    let speaks_of = |words: &[&str]| words.iter().any(|word| cause.contains(word));
    if speaks_of(&INVALID) {
        Some(RecordResult::InvalidNumber)
    } else if cause.contains("user busy") || cause == "busy" {
        Some(RecordResult::Busy)
    } else if speaks_of(&NO_ANSWER) {
        Some(RecordResult::NoAnswer)
    } else if speaks_of(&CANCELED) {
        Some(RecordResult::Canceled)
    } else {
        None
    }
}

/// Whether something came or was sent, as the account sees it.
pub(crate) fn direction(word: &str) -> Option<Direction> {
    match normal(word).as_str() {
        "in" | "i" | "inbound" | "incoming" | "received" => Some(Direction::Inbound),
        "out" | "o" | "outbound" | "outgoing" | "sent" => Some(Direction::Outbound),
        _ => None,
    }
}

/// Who called whom in a record: by its type, where `M` is a call that came in and was missed, else by its word.
fn record_direction(type_letter: Option<&str>, word: Option<&str>) -> Option<Direction> {
    let by_word = word.and_then(direction);
    match type_letter.map(normal).as_deref() {
        Some("m" | "missed") => by_word.or(Some(Direction::Inbound)),
        Some(letter) => direction(letter).or(by_word),
        None => by_word,
    }
}

/// A word in lower case, with single spaces for whatever stands between its parts.
pub(crate) fn normal(word: &str) -> String {
    let spaced = word.replace(['_', '-'], " ").to_ascii_lowercase();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Digits of a number or an extension, without `+`; `None` for anything else, such as a SIP address.
pub(crate) fn digits(party: &str) -> Option<String> {
    let digits = party.trim().trim_start_matches('+');
    (!digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())).then(|| digits.to_owned())
}

/// An instant, from Unix seconds (0 stands for "never"), a stamp in UTC, or RFC 3339.
pub(crate) fn instant(text: &str) -> Option<OffsetDateTime> {
    if let Ok(seconds) = text.parse::<i64>() {
        return if seconds > 0 { OffsetDateTime::from_unix_timestamp(seconds).ok() } else { None };
    }
    let stamp = PrimitiveDateTime::parse(text, STAMP).map(PrimitiveDateTime::assume_utc);
    stamp.or_else(|_| OffsetDateTime::parse(text, &Rfc3339)).ok()
}

pub(crate) fn seconds(seconds: Option<i64>) -> u32 {
    seconds.map_or(0, |seconds| u32::try_from(seconds.max(0)).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests;
