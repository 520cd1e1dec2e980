//! Events as the account's webhooks tell them.

use std::collections::{BTreeMap, BTreeSet};
use std::net::TcpListener;

use dialer_simulator::{
    AgentLegShows, Knobs, Legs, LiveIds, OutcomeShares, RecordingKnobs, SimulatedWebhook, WebhookKnobs, WebhookOutcome,
};
use reqwest::Method;
use rstest::rstest;
use serde_json::{Value, json};
use time::Duration;
use wiremock::matchers::method;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::common::{
    AGENT_RINGS, CUSTOMER_RINGS, NUMBER, OTHER_NUMBER, START, TALK, TestBench, bench_of, exact, settings,
};

/// A receiver that answers with `status`.
async fn receiver(status: u16) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(method("POST")).respond_with(ResponseTemplate::new(status)).mount(&server).await;
    server
}

/// Everything that `receiver` was told, in the order of arrival.
async fn told(receiver: &MockServer) -> Vec<Value> {
    let requests = receiver.received_requests().await.unwrap();
    requests.iter().map(|request| serde_json::from_slice(&request.body).unwrap()).collect()
}

fn names(events: &[Value]) -> Vec<&str> {
    events.iter().map(|event| event["event_name"].as_str().unwrap()).collect()
}

/// A double that tells `receiver` everything.
fn bench_told(receiver: &MockServer, outcomes: OutcomeShares, turn: impl FnOnce(&mut Knobs)) -> TestBench {
    let mut settings = settings(exact(outcomes));
    settings.webhooks = vec![SimulatedWebhook::new(format!("{}/hook", receiver.uri()))];
    turn(&mut settings.knobs);
    bench_of(settings)
}

fn turn_webhooks(bench: &TestBench, webhooks: WebhookKnobs) {
    bench.double.knobs().set(|knobs| knobs.webhooks = webhooks);
}

/// One call from its dialling to its end, one event after the other.
async fn whole_call(bench: &TestBench, number: &str) -> u64 {
    let dial = bench.begin_dial(json!({ "to": number })).await;
    bench.double.deliver_due().await;
    bench.clock.advance(AGENT_RINGS);
    let id = dial.await.unwrap().unwrap().1["data"]["id"].as_u64().unwrap();
    for seconds in [CUSTOMER_RINGS, TALK, 30] {
        bench.double.deliver_due().await;
        bench.clock.advance(seconds);
    }
    bench.double.deliver_due().await;
    id
}

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
async fn credentials_in_the_url_are_sent_as_basic_authentication_and_each_webhook_has_its_events() {
    let (everything, ends) = (receiver(200).await, receiver(200).await);
    let mut settings = settings(exact(OutcomeShares::PERSON));
    let address = ends.uri().replace("http://", "http://dialer:p%40ss@");
    settings.webhooks = vec![
        SimulatedWebhook::new(everything.uri()),
        SimulatedWebhook { url: format!("{address}/a/b?c=d"), events: vec!["call.hangup".to_owned()] },
    ];
    assert!(!format!("{:?}", settings.webhooks).contains("p%40ss"));
    let bench = bench_of(settings);
    whole_call(&bench, NUMBER).await;

    assert_eq!(told(&everything).await.len(), 4);
    let requests = ends.received_requests().await.unwrap();
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0].headers["authorization"], "Basic ZGlhbGVyOnBAc3M=");
    assert_eq!((requests[0].url.path(), requests[0].url.query()), ("/a/b", Some("c=d")));
    assert_eq!(requests[0].headers["content-type"], "application/json");
}

#[tokio::test]
async fn an_event_that_is_not_answered_2xx_is_sent_again_until_it_is_given_up() {
    let receiver = receiver(503).await;
    let knobs = WebhookKnobs { retries: 2, retry_after: Duration::seconds(300), ..WebhookKnobs::default() };
    let bench = bench_told(&receiver, OutcomeShares::PERSON, |all| all.webhooks = knobs);
    bench.begin_dial(json!({ "to": NUMBER })).await;
    bench.double.deliver_due().await;
    assert_eq!(told(&receiver).await.len(), 1);
    let outcome = || bench.double.webhook_deliveries()[0].outcome;
    assert_eq!(outcome(), WebhookOutcome::Waiting);
    let initials = async || {
        let events = told(&receiver).await;
        let of_initial = events.iter().filter(|event| event["event_name"] == "call.initial");
        of_initial.map(|event| event["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    for tries in [2, 3] {
        bench.clock.advance(299);
        bench.double.deliver_due().await;
        assert_eq!(initials().await.len(), tries - 1, "not before its time");
        bench.clock.advance(1);
        bench.double.deliver_due().await;
        assert_eq!(initials().await.len(), tries);
    }
    assert_eq!(outcome(), WebhookOutcome::GivenUp);
    assert_eq!(BTreeSet::from_iter(initials().await).len(), 1, "under the same id");
    assert_eq!(bench.double.webhook_deliveries()[0].last_status, Some(503));
}

/// A double that tells the receiver at `uri` everything.
fn bench_told_at(uri: String) -> TestBench {
    let mut settings = settings(exact(OutcomeShares::PERSON));
    settings.knobs.webhooks.retries = 0;
    settings.webhooks = vec![SimulatedWebhook::new(uri)];
    bench_of(settings)
}

#[tokio::test]
async fn a_receiver_that_does_not_answer_has_failed_when_the_time_is_up() {
    // Connections are taken by the system, and nobody reads from them.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let bench = bench_told_at(format!("http://{}", silent.local_addr().unwrap()));
    bench.begin_dial(json!({ "to": NUMBER })).await;
    let first = || bench.double.webhook_deliveries().into_iter().next();
    while first().is_none_or(|first| first.outcome == WebhookOutcome::Waiting) {
        // Turned again where the double had not begun to wait.
        bench.clock.advance(10);
        bench.get("/ping").await;
    }
    let first = first().unwrap();
    assert_eq!((first.outcome, first.last_status, first.attempts), (WebhookOutcome::GivenUp, None, 1));
}

#[tokio::test]
async fn a_receiver_that_is_down_holds_up_no_call() {
    // Nothing listens there.
    let bench = bench_told_at("http://127.0.0.1:1".to_owned());
    let id = bench.dial(10_001, NUMBER).await;
    bench.let_it_end();
    assert_eq!(bench.rows("/cdrs").await[0]["live_id"], id);
    bench.double.deliver_due().await;
    let log = bench.double.webhook_deliveries();
    assert_eq!(log.len(), 4);
    assert!(log.iter().all(|sent| (sent.outcome, sent.last_status) == (WebhookOutcome::GivenUp, None)));
}

#[tokio::test]
async fn chance_loses_doubles_and_reorders_the_same_events_in_every_run() {
    let run = async || {
        let receiver = receiver(200).await;
        let webhooks = WebhookKnobs { lost: 0.2, doubled: 0.2, reordered: 0.3, ..WebhookKnobs::default() };
        let bench = bench_told(&receiver, OutcomeShares::PERSON, |knobs| knobs.webhooks = webhooks);
        for nth in 0..15 {
            whole_call(&bench, &format!("44770090{nth:04}")).await;
        }
        bench.clock.advance(60);
        bench.double.deliver_all().await;
        let events = told(&receiver).await;
        let short = |event: &Value| (event["dst"].to_string(), event["event_name"].to_string());
        (events.iter().map(short).collect::<Vec<_>>(), bench.double.webhook_deliveries())
    };
    let ((first, log), (second, _)) = (run().await, run().await);
    assert_eq!(first, second);
    let mut times: BTreeMap<_, u32> = BTreeMap::new();
    for event in &first {
        *times.entry(event.clone()).or_default() += 1;
    }
    let lost = log.iter().filter(|event| event.outcome == WebhookOutcome::Lost).count();
    assert!((4..=24).contains(&lost), "{lost} of 60 lost");
    assert_eq!(times.len() + lost, 60);
    let doubled = times.values().filter(|times| **times == 2).count();
    assert!((4..=24).contains(&doubled), "{doubled} of 60 doubled");
    let ranks = ["\"call.initial\"", "\"call.ringing\"", "\"call.connected\"", "\"call.hangup\""];
    let rank = |event: &(String, String)| ranks.iter().position(|name| *name == event.1).unwrap();
    let overtaken = first.windows(2).filter(|pair| pair[0].0 == pair[1].0 && rank(&pair[0]) > rank(&pair[1])).count();
    assert!(overtaken > 3, "{overtaken} came after a later one");
}

#[tokio::test]
async fn events_may_come_late_in_other_types_and_among_unheard_of_ones() {
    let receiver = receiver(200).await;
    let webhooks = WebhookKnobs {
        delay: Duration::seconds(3),
        wrong_types: 1.0,
        unknown_names: 1.0,
        unix_times: true,
        ..WebhookKnobs::default()
    };
    let bench = bench_told(&receiver, OutcomeShares::PERSON, |knobs| knobs.webhooks = webhooks);
    bench.begin_dial(json!({ "to": NUMBER })).await;
    bench.double.deliver_due().await;
    assert_eq!(told(&receiver).await.len(), 0);
    bench.clock.advance(3);
    bench.double.deliver_due().await;

    let events = told(&receiver).await;
    assert_eq!(names(&events), ["call.simulated_novelty", "call.initial"]);
    let initial = &events[1];
    assert!(initial["call_id"].is_string() && initial["src_id"].is_u64() && initial["final"] == 0, "{initial}");
    assert_eq!(initial["event_time"], START.unix_timestamp().to_string());
}

#[tokio::test]
async fn a_repeated_event_may_have_another_id() {
    let receiver = receiver(200).await;
    let knobs = WebhookKnobs { doubled: 1.0, repeats_keep_id: false, tells_initial: false, ..WebhookKnobs::default() };
    let bench = bench_told(&receiver, OutcomeShares::PERSON, |all| {
        all.webhooks = knobs;
        all.agent_leg_shows = AgentLegShows::Ringing;
    });
    bench.dial(10_001, NUMBER).await;
    bench.double.deliver_due().await;
    let events = told(&receiver).await;
    assert_eq!(names(&events), ["call.ringing", "call.ringing"]);
    assert_ne!(events[0]["id"], events[1]["id"]);
    turn_webhooks(&bench, WebhookKnobs { doubled: 1.0, ..WebhookKnobs::default() });
    bench.clock.advance(CUSTOMER_RINGS);
    bench.double.deliver_due().await;
    let events = told(&receiver).await;
    assert_eq!(events[2]["id"], events[3]["id"]);
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
    bench.double.receive_call("447700900151", crate::common::UNREGISTERED).unwrap();
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
