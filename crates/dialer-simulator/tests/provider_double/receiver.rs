//! Receivers of webhooks, and a double that tells them.

use dialer_simulator::{Knobs, OutcomeShares, SimulatedWebhook, WebhookKnobs};
use serde_json::{Value, json};
use wiremock::matchers::method;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::common::{AGENT_RINGS, CUSTOMER_RINGS, TALK, TestBench, bench_of, exact, settings};

/// A receiver that answers with `status`.
pub(crate) async fn receiver(status: u16) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(method("POST")).respond_with(ResponseTemplate::new(status)).mount(&server).await;
    server
}

/// Everything that `receiver` was told, in the order of arrival.
pub(crate) async fn told(receiver: &MockServer) -> Vec<Value> {
    let requests = receiver.received_requests().await.unwrap();
    requests.iter().map(|request| serde_json::from_slice(&request.body).unwrap()).collect()
}

pub(crate) fn names(events: &[Value]) -> Vec<&str> {
    events.iter().map(|event| event["event_name"].as_str().unwrap()).collect()
}

/// A double that tells `receiver` everything.
pub(crate) fn bench_told(receiver: &MockServer, outcomes: OutcomeShares, turn: impl FnOnce(&mut Knobs)) -> TestBench {
    let mut settings = settings(exact(outcomes));
    settings.webhooks = vec![SimulatedWebhook::new(format!("{}/hook", receiver.uri()))];
    turn(&mut settings.knobs);
    bench_of(settings)
}

pub(crate) fn turn_webhooks(bench: &TestBench, webhooks: WebhookKnobs) {
    bench.double.knobs().set(|knobs| knobs.webhooks = webhooks);
}

/// One call from its dialling to its end, one event after the other.
pub(crate) async fn whole_call(bench: &TestBench, number: &str) -> u64 {
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
