//! How events fare on their way to the receivers of webhooks.

use std::collections::{BTreeMap, BTreeSet};
use std::net::TcpListener;

use dialer_simulator::{AgentLegShows, OutcomeShares, SimulatedWebhook, WebhookKnobs, WebhookOutcome};
use serde_json::{Value, json};
use time::Duration;

use crate::common::{CUSTOMER_RINGS, NUMBER, START, TestBench, bench_of, exact, settings};
use crate::receiver::{bench_told, names, receiver, told, turn_webhooks, whole_call};

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
