//! Rows as the provider sends them, and what is read of them.

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
fn a_call_that_comes_in_shows_who_calls() {
    let row =
        json!({ "id": 7, "src": "447700900123", "src_id": "0", "dst_id": "10021", "dst": "6001", "destination": "in" });
    let call = read_live(row).unwrap();
    assert_eq!((call.direction, call.from_digits.as_deref()), (Some(Direction::Inbound), Some("447700900123")));
    let outbound = read_live(json!({ "id": 7, "dst": "447700900123", "destination": "out" })).unwrap();
    assert_eq!((outbound.direction, outbound.from_digits), (Some(Direction::Outbound), None));
}

#[rstest]
#[case(json!({ "type": "I" }), Some(Direction::Inbound))]
#[case(json!({ "type": "M" }), Some(Direction::Inbound))]
#[case(json!({ "type": "M", "destination": "out" }), Some(Direction::Outbound))]
#[case(json!({ "type": "O", "destination": "in" }), Some(Direction::Outbound))]
#[case(json!({ "destination": "in" }), Some(Direction::Inbound))]
#[case(json!({}), None)]
fn a_record_says_who_called_whom_by_its_type(#[case] of: Value, #[case] direction: Option<Direction>) {
    let mut row = json!({ "id": 9, "calldate": "2026-03-02 10:00:00", "src": "447700900123" });
    row.as_object_mut().unwrap().extend(of.as_object().unwrap().clone());
    let record = read_record(row).unwrap();
    assert_eq!((record.direction, record.from_digits.as_deref()), (direction, Some("447700900123")));
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
