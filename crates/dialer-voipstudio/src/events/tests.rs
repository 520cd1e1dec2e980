//! Webhook bodies, and what is read of them.

use super::*;
use dialer_domain::calls::Direction;
use proptest::prelude::*;
use rstest::rstest;
use serde_json::json;
use time::macros::datetime;

/// The documented sample of an ended call, with invented values.
fn hangup() -> Value {
    json!({
        "id": "uk001.69a55fbf0a1b2.12345678", "event_time": "2026-03-02 10:00:31", "event_name": "call.hangup",
        "call_id": 5_100_000_018_i64, "root_call_id": 5_100_000_017_i64, "state": "HANGUP",
        "start_time": "2026-03-02 10:00:00", "connected_at": "2026-03-02 10:00:11", "duration": 20,
        "context": "LOCAL_USER", "destination": "out", "src": "442079460001", "src_id": "10021",
        "src_name": "Ana Ruiz", "src_hash": "0123456789abcdef0123456789abcdef01234567", "dst": "447700900123",
        "dst_id": "0", "dst_name": "United Kingdom Mobile", "t_cause": "Normal Clearing", "terminated_by": "callee",
        "final": true,
    })
}

fn with(changes: &Value) -> Value {
    let mut body = hangup();
    body.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    body
}

fn leg_of(body: &Value) -> LegNews {
    match read(body).unwrap().news {
        ProviderNews::Leg(leg) => leg,
        other => panic!("{other:?} is no news of a leg"),
    }
}

#[test]
fn the_documented_sample_is_read_whole() {
    let event = read(&hangup()).unwrap();
    assert_eq!(event.id.as_deref(), Some("uk001.69a55fbf0a1b2.12345678"));
    assert_eq!(event.at, Some(datetime!(2026-03-02 10:00:31 UTC)));
    let expected = LegNews {
        leg: ProviderCallId::new("5100000018"),
        root: Some(ProviderCallId::new("5100000017")),
        state: LiveState::HangUp,
        last: Some(true),
        direction: Some(Direction::Outbound),
        agent: Some(AgentLine::new("10021")),
        from_digits: Some("442079460001".to_owned()),
        to_digits: Some("447700900123".to_owned()),
        started_at: Some(datetime!(2026-03-02 10:00:00 UTC)),
        connected_at: Some(datetime!(2026-03-02 10:00:11 UTC)),
        talk_seconds: Some(20),
        result: Some(RecordResult::Connected),
        cause: Some("Normal Clearing".to_owned()),
    };
    assert!(event.news == ProviderNews::Leg(expected), "{event:?}");
}

#[rstest]
#[case("call.initial", LiveState::Initial, None)]
#[case("call.ringing", LiveState::Ringing, None)]
#[case("call.connected", LiveState::Connected, None)]
#[case("CALL.CONNECTED", LiveState::Connected, None)]
#[case("call.on_hold", LiveState::OnHold, None)]
#[case("call.hangup", LiveState::HangUp, Some(RecordResult::Connected))]
#[case("call.missed", LiveState::HangUp, Some(RecordResult::NoAnswer))]
fn each_name_is_a_state(#[case] name: &str, #[case] state: LiveState, #[case] result: Option<RecordResult>) {
    let leg = leg_of(&with(&json!({ "event_name": name })));
    assert_eq!((leg.state, leg.result), (state, result));
}

#[rstest]
#[case("MISSED", Some(RecordResult::NoAnswer))]
#[case("HANGUP", Some(RecordResult::Connected))]
#[case("RINGING", None)]
fn without_a_name_the_state_tells(#[case] state: &str, #[case] result: Option<RecordResult>) {
    assert_eq!(leg_of(&with(&json!({ "event_name": null, "state": state }))).result, result);
}

#[rstest]
#[case("Normal Clearing", None)]
#[case("No Answer", Some(RecordResult::NoAnswer))]
#[case("User busy", Some(RecordResult::Busy))]
#[case("UNALLOCATED_NUMBER", Some(RecordResult::InvalidNumber))]
#[case("Originator cancel", Some(RecordResult::Canceled))]
#[case("Something new", None)]
fn of_a_leg_that_was_never_connected_the_cause_tells(#[case] cause: &str, #[case] result: Option<RecordResult>) {
    let never = with(&json!({ "connected_at": null, "duration": 0, "t_cause": cause }));
    assert_eq!(leg_of(&never).result, result);
}

#[test]
fn a_length_alone_tells_that_a_leg_was_connected() {
    let leg = leg_of(&with(&json!({ "connected_at": "odd", "t_cause": "User busy" })));
    assert_eq!((leg.connected_at, leg.result), (None, Some(RecordResult::Connected)));
}

#[rstest]
#[case(json!("2026-03-02 10:00:11"))]
#[case(json!(1_772_445_611))]
#[case(json!("1772445611"))]
#[case(json!("2026-03-02T11:00:11+01:00"))]
fn a_time_is_a_stamp_unix_seconds_or_rfc_3339(#[case] given: Value) {
    let leg = leg_of(&with(&json!({ "connected_at": given })));
    assert_eq!(leg.connected_at, Some(datetime!(2026-03-02 10:00:11 UTC)));
}

#[rstest]
#[case(json!(true), Some(true))]
#[case(json!(0), Some(false))]
#[case(json!("1"), Some(true))]
#[case(json!("False"), Some(false))]
#[case(json!(null), None)]
#[case(json!("perhaps"), None)]
#[case(json!([true]), None)]
fn whether_it_is_the_last_may_be_spelt_in_many_ways(#[case] given: Value, #[case] last: Option<bool>) {
    assert_eq!(leg_of(&with(&json!({ "final": given }))).last, last);
}

#[test]
fn an_inbound_leg_shows_the_agent_who_is_called() {
    let body = with(&json!({ "src_id": "0", "dst_id": 10022, "destination": "in", "context": "RG-12" }));
    let leg = leg_of(&body);
    assert_eq!((leg.agent, leg.direction), (Some(AgentLine::new("10022")), Some(Direction::Inbound)));
}

#[test]
fn a_recording_that_is_ready_is_told_with_its_call() {
    let ready = |call: Value| {
        let body = json!({ "id": "e1", "event_name": "monitor.audio_ready", "monitor_id": "41", "call_id": call });
        read(&body).unwrap().news
    };
    let recording = ProviderRecordingId::new("41");
    let call = Some(ProviderCallId::new("17"));
    assert_eq!(ready(json!(17)), ProviderNews::RecordingReady { recording: recording.clone(), call });
    assert_eq!(ready(json!(null)), ProviderNews::RecordingReady { recording, call: None });
}

#[rstest]
#[case(json!({ "event_name": "call.dtmf", "call_id": 17, "state": "DTMF_RECEIVED", "dtmf_tag": "5" }), "call.dtmf")]
#[case(json!({ "event_name": "sms.received", "from_no": "447700900123", "text": "Hi" }), "sms.received")]
#[case(json!({ "event_name": "queue.wrap_up", "call_id": 17, "state": "CONNECTED" }), "queue.wrap_up")]
#[case(json!({ "event_name": "call.hangup" }), "call.hangup")]
#[case(json!({ "event_name": "monitor.audio_ready", "call_id": 17 }), "monitor.audio_ready")]
#[case(json!({ "event_name": "odd 447700900123" }), "odd ***")]
#[case(json!({ "id": 7 }), "")]
fn what_the_dialer_does_not_act_on_is_passed_over(#[case] body: Value, #[case] name: &str) {
    assert_eq!(read(&body).unwrap().news, ProviderNews::Other { name: name.to_owned() });
}

#[rstest]
#[case(json!({}))]
#[case(json!({ "call_id": 17, "state": "HANGUP" }))]
#[case(json!({ "id": null, "event_name": ["call.hangup"] }))]
#[case(json!([hangup()]))]
#[case(json!("call.hangup"))]
#[case(json!(null))]
fn a_body_without_an_id_and_a_name_is_no_event(#[case] body: Value) {
    assert_eq!(read(&body), None);
}

#[test]
fn news_prints_no_number_and_no_name() {
    let shown = format!("{:?}", read(&with(&json!({ "t_cause": "447700900123 busy" }))));
    for secret in ["447700900123", "442079460001", "Ana Ruiz"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

/// Any JSON, some levels deep.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(|number| json!(number)),
        "\\PC{0,30}".prop_map(Value::from),
        "[0-9: -]{0,20}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map("[a-z_]{1,12}", inner, 0..6)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

fn field_names() -> Vec<String> {
    hangup().as_object().unwrap().keys().cloned().collect()
}

proptest! {
    #[test]
    fn no_json_at_all_is_too_much(body in any_json()) {
        let _ = read(&body);
    }

    #[test]
    fn no_value_of_a_known_field_is_too_much(
        fields in prop::collection::vec((prop::sample::select(field_names()), any_json()), 0..24),
    ) {
        let _ = read(&Value::Object(fields.into_iter().collect()));
    }

    #[test]
    fn whatever_else_is_broken_the_leg_is_known_by_its_id(
        fields in prop::collection::vec((prop::sample::select(field_names()), prop::option::of(any_json())), 0..12),
    ) {
        let mut body = hangup();
        for (name, value) in fields.into_iter().filter(|(name, _)| name != "call_id" && name != "event_name") {
            match value {
                Some(value) => body[&name] = value,
                None => { body.as_object_mut().unwrap().remove(&name); }
            }
        }
        prop_assert_eq!(leg_of(&body).leg, ProviderCallId::new("5100000018"));
    }
}
