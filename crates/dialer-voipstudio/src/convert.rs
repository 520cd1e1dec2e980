//! From the provider's words to the dialer's. Unknown words become `Unknown` or `Failed`, never an error.

use dialer_domain::telephony::{
    AgentLine, CallRecord, LiveCall, LiveState, ProviderCallId, ProviderUser, RecordResult,
};
use time::format_description::BorrowedFormatItem;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{OffsetDateTime, PrimitiveDateTime, UtcOffset};

use crate::text::safe;
use crate::wire;

/// How history stamps are spelt; they are UTC.
const STAMP: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day] [hour]:[minute]:[second]");

/// A live call; `None` when it has no id.
pub(crate) fn live_call(call: wire::Call) -> Option<LiveCall> {
    Some(LiveCall {
        id: ProviderCallId::new(call.id?),
        parent: call.parent_id.map(ProviderCallId::new),
        state: call.state.as_deref().map_or(LiveState::Unknown, live_state),
        agent: call.src_id.or(call.dst_id).map(AgentLine::new),
        to_digits: call.dst.as_deref().and_then(digits),
        started_at: call.start_time.as_deref().and_then(instant),
        connected_at: call.connected_at.as_deref().and_then(instant),
    })
}

/// A call record; `None` when it has no id or no start.
pub(crate) fn call_record(cdr: wire::Cdr) -> Option<CallRecord> {
    let talk_seconds = seconds(cdr.billsec);
    let result = record_result(cdr.disposition.as_deref(), cdr.t_cause.as_deref(), talk_seconds);
    let mut call_ids: Vec<ProviderCallId> = Vec::with_capacity(4);
    for id in [cdr.live_id, cdr.call_id, cdr.parent_live_id, cdr.root_live_id].into_iter().flatten() {
        let id = ProviderCallId::new(id);
        if !call_ids.contains(&id) {
            call_ids.push(id);
        }
    }
    Some(CallRecord {
        id: cdr.id?,
        call_ids,
        agent: cdr.src_id.or(cdr.user_id).or(cdr.dst_id).map(AgentLine::new),
        to_digits: cdr.dst.as_deref().and_then(digits),
        result,
        started_at: cdr.calldate.as_deref().and_then(instant)?,
        total_seconds: seconds(cdr.duration),
        talk_seconds: if result == RecordResult::Connected { talk_seconds } else { 0 },
        cause: cdr.t_cause.as_deref().map(safe).filter(|cause| !cause.is_empty()),
    })
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
fn live_state(word: &str) -> LiveState {
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
    let by_cause = || cause.and_then(|cause| result_of_cause(&normal(cause)));
    match told {
        Some(result @ (RecordResult::Connected | RecordResult::Busy | RecordResult::Canceled)) => result,
        Some(result) => by_cause().unwrap_or(result),
        None if talk_seconds > 0 => RecordResult::Connected,
        None => by_cause().unwrap_or(RecordResult::Failed),
    }
}

/// Termination causes in the words of ITU-T Q.850, as switches print them. Causes that leave open whether the
/// number exists are not listed: a number is given up for good only when the network is sure.
fn result_of_cause(cause: &str) -> Option<RecordResult> {
    const INVALID: [&str; 5] = ["unallocated", "unassigned", "invalid number", "number changed", "address incomplete"];
    const NO_ANSWER: [&str; 4] = ["no answer", "no user response", "no user responding", "subscriber absent"];
    const CANCELED: [&str; 3] = ["originator cancel", "canceled", "cancelled"];
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

/// A word in lower case, with single spaces for whatever stands between its parts.
fn normal(word: &str) -> String {
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

fn seconds(seconds: Option<i64>) -> u32 {
    seconds.map_or(0, |seconds| u32::try_from(seconds.max(0)).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::{Value, from_value, json};
    use time::macros::datetime;

    #[rstest]
    #[case("INITIAL", LiveState::Initial)]
    #[case("RINGING", LiveState::Ringing)]
    #[case("CONNECTED", LiveState::Connected)]
    #[case("ON_HOLD", LiveState::OnHold)]
    #[case("on hold", LiveState::OnHold)]
    #[case("HANGUP", LiveState::HangUp)]
    #[case("HUNGUP", LiveState::HangUp)]
    #[case("MISSED", LiveState::HangUp)]
    #[case("DTMF_RECEIVED", LiveState::Unknown)]
    #[case("ACCEPTED", LiveState::Unknown)]
    #[case("3", LiveState::Unknown)]
    #[case("", LiveState::Unknown)]
    fn every_documented_state_has_its_meaning(#[case] word: &str, #[case] state: LiveState) {
        assert_eq!(live_state(word), state);
    }

    #[rstest]
    #[case("CONNECTED", RecordResult::Connected)]
    #[case("NO ANSWER", RecordResult::NoAnswer)]
    #[case("NO_ANSWER", RecordResult::NoAnswer)]
    #[case("BUSY", RecordResult::Busy)]
    #[case("FAILED", RecordResult::Failed)]
    #[case("CANCELED", RecordResult::Canceled)]
    #[case("CANCELLED", RecordResult::Canceled)]
    #[case("SOMETHING NEW", RecordResult::Failed)]
    fn every_documented_disposition_has_its_meaning(#[case] word: &str, #[case] result: RecordResult) {
        assert_eq!(record_result(Some(word), Some("Normal Clearing"), 0), result);
        assert_eq!(record_result(Some(word), None, 0), result);
    }

    #[rstest]
    #[case("Unallocated number", RecordResult::InvalidNumber)]
    #[case("UNALLOCATED_NUMBER", RecordResult::InvalidNumber)]
    #[case("Unallocated (unassigned) number", RecordResult::InvalidNumber)]
    #[case("Invalid number format", RecordResult::InvalidNumber)]
    #[case("Number changed", RecordResult::InvalidNumber)]
    #[case("User busy", RecordResult::Busy)]
    #[case("No Answer", RecordResult::NoAnswer)]
    #[case("No user responding", RecordResult::NoAnswer)]
    #[case("Originator cancel", RecordResult::Canceled)]
    #[case("No route to destination", RecordResult::Failed)]
    #[case("Destination out of order", RecordResult::Failed)]
    #[case("Call Rejected", RecordResult::Failed)]
    #[case("Normal temporary failure", RecordResult::Failed)]
    #[case("Normal Clearing", RecordResult::Failed)]
    fn the_cause_tells_why_a_leg_failed(#[case] cause: &str, #[case] result: RecordResult) {
        assert_eq!(record_result(Some("FAILED"), Some(cause), 0), result);
        assert_eq!(record_result(None, Some(cause), 0), result);
    }

    #[rstest]
    #[case(Some("CONNECTED"), Some("User busy"), 0, RecordResult::Connected)]
    #[case(Some("BUSY"), Some("No Answer"), 0, RecordResult::Busy)]
    #[case(Some("NO ANSWER"), Some("Originator Cancel"), 0, RecordResult::Canceled)]
    #[case(None, None, 12, RecordResult::Connected)]
    #[case(None, None, 0, RecordResult::Failed)]
    fn disposition_cause_and_talk_are_weighed(
        #[case] disposition: Option<&str>,
        #[case] cause: Option<&str>,
        #[case] talk: u32,
        #[case] result: RecordResult,
    ) {
        assert_eq!(record_result(disposition, cause, talk), result);
    }

    fn read_live(row: Value) -> Option<LiveCall> {
        live_call(from_value(row).unwrap())
    }

    fn read_record(row: Value) -> Option<CallRecord> {
        call_record(from_value(row).unwrap())
    }

    #[test]
    fn a_live_call_is_read_with_its_agent_number_and_times() {
        let call = read_live(json!({
            "id": 5_100_000_018_i64, "parent_id": 5_100_000_017_i64, "state": "CONNECTED", "src_id": "10021",
            "dst_id": "0", "dst": "+447700900123", "start_time": 1_772_445_600, "connected_at": 1_772_445_611,
        }))
        .unwrap();
        assert_eq!((call.id.as_str(), call.parent.unwrap().as_str()), ("5100000018", "5100000017"));
        assert_eq!(call.agent, Some(AgentLine::new("10021")));
        assert_eq!(call.to_digits.as_deref(), Some("447700900123"));
        assert_eq!(call.started_at, Some(datetime!(2026-03-02 10:00:00 UTC)));
        assert_eq!(call.connected_at, Some(datetime!(2026-03-02 10:00:11 UTC)));
    }

    #[test]
    fn a_bare_live_call_is_read_and_one_without_an_id_is_not() {
        let call = read_live(json!({ "id": "7", "connected_at": 0, "parent_id": null })).unwrap();
        assert_eq!((call.state, call.agent, call.to_digits, call.connected_at), (LiveState::Unknown, None, None, None));
        assert!(read_live(json!({ "state": "RINGING" })).is_none());
    }

    #[test]
    fn an_inbound_call_shows_the_agent_who_is_called() {
        let call = read_live(json!({ "id": 7, "src_id": "0", "dst_id": "10021", "dst": "6001" })).unwrap();
        assert_eq!((call.agent, call.to_digits), (Some(AgentLine::new("10021")), Some("6001".to_owned())));
    }

    #[test]
    fn a_record_names_its_own_live_call_first_and_none_twice() {
        let record = read_record(json!({
            "id": 9, "call_id": 44, "live_id": "5100000018", "parent_live_id": 5_100_000_017_i64,
            "root_live_id": 5_100_000_017_i64, "calldate": "2026-03-02 10:00:00", "duration": 31, "billsec": 20,
            "disposition": "CONNECTED", "t_cause": "Normal Clearing", "dst": "447700900123", "user_id": 10021,
        }))
        .unwrap();
        let ids: Vec<_> = record.call_ids.iter().map(ProviderCallId::as_str).collect();
        assert_eq!(ids, ["5100000018", "44", "5100000017"]);
        assert_eq!((record.total_seconds, record.talk_seconds), (31, 20));
        assert_eq!(record.started_at, datetime!(2026-03-02 10:00:00 UTC));
        assert_eq!(record.agent, Some(AgentLine::new("10021")));
        assert_eq!(record.cause.as_deref(), Some("Normal Clearing"));
    }

    #[test]
    fn a_record_without_ids_of_calls_names_none() {
        let record = read_record(json!({
            "id": 9, "live_id": 0, "parent_live_id": null, "root_live_id": "0", "calldate": "2026-03-02T10:00:00Z",
            "disposition": "BUSY", "billsec": 3, "duration": -1,
        }))
        .unwrap();
        assert_eq!((record.call_ids.len(), record.talk_seconds, record.total_seconds), (0, 0, 0));
    }

    #[test]
    fn a_record_without_a_start_is_not_read() {
        assert!(read_record(json!({ "id": 9, "disposition": "BUSY" })).is_none());
        assert!(read_record(json!({ "id": 9, "calldate": "0000-00-00 00:00:00" })).is_none());
    }

    #[test]
    fn a_cause_that_names_a_number_does_not_show_it() {
        let row = json!({ "id": 9, "calldate": "2026-03-02 10:00:00", "t_cause": "447700900123 not in service" });
        assert_eq!(read_record(row).unwrap().cause.as_deref(), Some("*** not in service"));
    }

    #[rstest]
    #[case(json!({ "id": 10021, "first_name": "Ana", "last_name": "Ruiz", "active": true, "nb_sip_locations": 2 }), "Ana Ruiz", true, Some(2))]
    #[case(json!({ "id": "10021", "last_name": "Ruiz", "active": 0 }), "Ruiz", false, None)]
    #[case(json!({ "id": 10021 }), "", true, None)]
    fn a_user_is_read(#[case] row: Value, #[case] name: &str, #[case] active: bool, #[case] devices: Option<u32>) {
        let line = AgentLine::new("10021");
        assert_eq!(user(from_value(row).unwrap()), Some(ProviderUser { line, name: name.to_owned(), active, devices }));
    }

    #[test]
    fn a_filter_stamp_is_in_utc_and_cut_to_seconds() {
        assert_eq!(stamp(datetime!(2026-03-02 11:00:00.9 +1)), "2026-03-02 10:00:00");
    }
}
