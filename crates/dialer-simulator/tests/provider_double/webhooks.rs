//! Events as the account's webhooks tell them.

use std::collections::BTreeSet;

use dialer_simulator::{Legs, LiveIds, OutcomeShares, RecordingKnobs, WebhookKnobs};
use reqwest::Method;
use rstest::rstest;
use serde_json::{Value, json};

use crate::common::{AGENT_RINGS, CUSTOMER_RINGS, NUMBER, OTHER_NUMBER, TALK, UNREGISTERED};
use crate::receiver::{bench_told, names, receiver, told, turn_webhooks, whole_call};

#[tokio::test]
async fn every_state_of_a_call_is_told_and_the_first_while_the_dial_still_waits() {
    let receiver = receiver(200).await;
    let bench = bench_told(&receiver, OutcomeShares::PERSON, |_| {});

    let dial = bench.begin_dial(json!({ "to": NUMBER, "from": "10003" })).await;
    bench.double.deliver_due().await;
    assert_eq!(names(&told(&receiver).await), ["call.initial"]);
    assert!(!dial.is_finished());
    for seconds in [AGENT_RINGS, CUSTOMER_RINGS, TALK] {
        bench.clock.advance(seconds);
        bench.double.deliver_due().await;
    }

    let id = dial.await.unwrap().unwrap().1["data"]["id"].clone();
    let events = told(&receiver).await;
    assert_eq!(names(&events), ["call.initial", "call.ringing", "call.connected", "call.hangup"]);
    let ids: BTreeSet<_> = events.iter().map(|event| event["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), 4, "each has an id of its own");
    assert!(events.iter().all(|event| event["call_id"] == id && event["root_call_id"] == id));
    let ringing = &events[1];
    assert_eq!(
        (&ringing["connected_at"], &ringing["duration"], &ringing["final"]),
        (&json!(null), &json!(0), &json!(false))
    );
    let mut end = events[3].clone();
    for unknown in ["id", "src_hash"] {
        end.as_object_mut().unwrap().remove(unknown);
    }
    let expected = json!({
        "event_time": "2026-03-02 09:01:14", "event_name": "call.hangup", "call_id": id, "root_call_id": id,
        "state": "HANGUP", "start_time": "2026-03-02 09:00:00", "connected_at": "2026-03-02 09:00:14",
        "duration": 60, "context": "LOCAL_USER", "destination": "out",
        "src": "442079460001", "src_id": "10003", "src_name": "Cleo Placeholder",
        "dst": NUMBER, "dst_id": "0", "dst_name": "United Kingdom Mobile",
        "t_cause": "Normal Clearing", "terminated_by": end["terminated_by"], "final": true,
    });
    assert_eq!(end, expected);
    assert!(["caller", "callee"].contains(&end["terminated_by"].as_str().unwrap()));
}

#[rstest]
#[case(OutcomeShares::BUSY, "User Busy")]
#[case(OutcomeShares::NO_ANSWER, "No Answer")]
#[case(OutcomeShares::INVALID_NUMBER, "Unallocated Number")]
#[tokio::test]
async fn a_call_that_nobody_answered_ends_with_its_cause(#[case] outcomes: OutcomeShares, #[case] cause: &str) {
    let receiver = receiver(200).await;
    let bench = bench_told(&receiver, outcomes, |_| {});
    whole_call(&bench, NUMBER).await;

    let events = told(&receiver).await;
    let end = events.last().unwrap();
    assert_eq!((&end["event_name"], &end["t_cause"]), (&json!("call.hangup"), &json!(cause)));
    assert_eq!((&end["connected_at"], &end["duration"], &end["final"]), (&json!(null), &json!(0), &json!(true)));
    assert_eq!(end["terminated_by"], "system");

    turn_webhooks(&bench, WebhookKnobs { unanswered_is_missed: true, ..WebhookKnobs::default() });
    whole_call(&bench, OTHER_NUMBER).await;
    let missed = told(&receiver).await.pop().unwrap();
    assert_eq!((&missed["event_name"], &missed["state"]), (&json!("call.missed"), &json!("MISSED")));
}

#[tokio::test]
async fn with_two_legs_both_tell_their_states_and_only_the_last_is_final() {
    let receiver = receiver(200).await;
    let bench = bench_told(&receiver, OutcomeShares::PERSON, |knobs| knobs.live_legs = Legs::Two);
    let id = whole_call(&bench, NUMBER).await;

    let truth = bench.double.ledger().call(id).unwrap();
    let (agent, customer) = (truth.agent_leg_id.unwrap(), truth.customer_leg_id.unwrap());
    let short = |event: &Value| {
        let name = event["event_name"].as_str().unwrap().strip_prefix("call.").unwrap().to_owned();
        (event["call_id"].as_u64().unwrap(), name, event["final"].as_bool().unwrap())
    };
    let events = told(&receiver).await;
    let expected = [
        (agent, "initial", false),
        (agent, "ringing", false),
        (agent, "connected", false),
        (customer, "initial", false),
        (customer, "ringing", false),
        (customer, "connected", false),
        (customer, "hangup", false),
        (agent, "hangup", true),
    ];
    let expected = expected.map(|(leg, name, last)| (leg, name.to_owned(), last));
    assert_eq!(events.iter().map(short).collect::<Vec<_>>(), expected);
    assert!(events.iter().all(|event| event["root_call_id"] == id));
    let (to_agent, to_customer) = (&events[0], &events[3]);
    assert_eq!((&to_agent["dst_id"], &to_agent["dst"]), (&json!("10001"), &json!("2001")));
    assert_eq!((&to_customer["src_id"], &to_customer["dst"]), (&json!("10001"), &json!(NUMBER)));
}

#[tokio::test]
async fn a_call_that_goes_by_another_id_is_told_under_that_one() {
    let receiver = receiver(200).await;
    let bench = bench_told(&receiver, OutcomeShares::PERSON, |knobs| knobs.live_ids = LiveIds::Others);
    let id = whole_call(&bench, NUMBER).await;

    let truth = bench.double.ledger().call(id).unwrap();
    assert_ne!(truth.live_id, id);
    assert!(told(&receiver).await.iter().all(|event| event["call_id"] == truth.live_id));
}

#[tokio::test]
async fn a_recording_is_told_when_it_can_be_had() {
    let receiver = receiver(200).await;
    let bench = bench_told(&receiver, OutcomeShares::PERSON, |knobs| {
        knobs.recordings = RecordingKnobs { on: true, ..RecordingKnobs::default() };
    });
    let id = whole_call(&bench, NUMBER).await;

    let ready = told(&receiver).await.pop().unwrap();
    assert_eq!(ready["event_name"], "monitor.audio_ready");
    assert_eq!((&ready["call_id"], &ready["user_id"], &ready["dst"]), (&json!(id), &json!(10_001), &json!(NUMBER)));
    let row = &bench.rows("/monitors").await[0];
    assert_eq!((&ready["monitor_id"], &ready["size"], &ready["duration"]), (&row["id"], &row["size"], &json!(TALK)));
}

#[tokio::test]
async fn calls_from_outside_are_told_answered_or_missed() {
    let receiver = receiver(200).await;
    let bench = bench_told(&receiver, OutcomeShares::BUSY, |_| {});
    let id = bench.double.receive_call("447700900150", 10_001).unwrap();
    for seconds in [AGENT_RINGS, TALK] {
        bench.double.deliver_due().await;
        bench.clock.advance(seconds);
    }
    bench.double.deliver_due().await;
    let events = told(&receiver).await;
    assert_eq!(names(&events), ["call.initial", "call.ringing", "call.connected", "call.hangup"]);
    let end = &events[3];
    assert_eq!((&end["call_id"], &end["destination"], &end["final"]), (&json!(id), &json!("in"), &json!(true)));
    assert_eq!((&end["src"], &end["src_id"]), (&json!("447700900150"), &json!("0")));
    assert_eq!((&end["dst_id"], &end["duration"]), (&json!("10001"), &json!(TALK)));

    // Nobody's phone rings long enough where there is none.
    bench.double.receive_call("447700900151", UNREGISTERED).unwrap();
    bench.clock.advance(30);
    bench.double.deliver_due().await;
    let missed = told(&receiver).await.pop().unwrap();
    assert_eq!((&missed["event_name"], &missed["final"]), (&json!("call.missed"), &json!(true)));
    assert_eq!(bench.double.receive_call("447700900151", 1).unwrap_err().to_string(), "there is no user 1");
}

#[tokio::test]
async fn a_text_message_from_outside_is_told_and_listed() {
    let receiver = receiver(200).await;
    let bench = bench_told(&receiver, OutcomeShares::PERSON, |_| {});
    bench.double.receive_sms("447700900160", "442079460001", "Call me back");
    bench.double.deliver_due().await;
    let sms = told(&receiver).await.pop().unwrap();
    assert_eq!((&sms["event_name"], &sms["text"]), (&json!("sms.received"), &json!("Call me back")));
    assert_eq!((&sms["from_no"], &sms["to_no"]), (&json!("447700900160"), &json!("442079460001")));
    let rows = bench.rows("/sms").await;
    assert_eq!((&rows[0]["type"], &rows[0]["from"]), (&json!("I"), &json!("447700900160")));
}

#[tokio::test]
async fn putting_a_customer_on_hold_and_back_is_told() {
    let receiver = receiver(200).await;
    let bench = bench_told(&receiver, OutcomeShares::PERSON, |_| {});
    let id = bench.dial(10_001, NUMBER).await;
    assert!(bench.double.set_on_hold(id, true).is_err(), "not while it rings");
    bench.clock.advance(CUSTOMER_RINGS + 5);
    bench.double.set_on_hold(id, true).unwrap();
    assert_eq!(bench.rows("/calls").await[0]["state"], "ON_HOLD");
    bench.clock.advance(5);
    bench.double.set_on_hold(id, false).unwrap();
    bench.double.deliver_due().await;
    let expected = ["call.initial", "call.ringing", "call.connected", "call.on_hold", "call.connected"];
    assert_eq!(names(&told(&receiver).await), expected);
    assert_eq!(bench.send(Method::PATCH, &format!("/calls/{id}"), &json!({ "state": "HANGUP" })).await.0, 200);
    bench.double.deliver_due().await;
    assert_eq!(told(&receiver).await.pop().unwrap()["terminated_by"], "system");
}
