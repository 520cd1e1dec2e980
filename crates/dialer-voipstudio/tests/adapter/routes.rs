//! What the account offers, found out without calling anybody; and the routes that call the customer first.

use dialer_domain::telephony::{DialRequest, LegOrder, Telephony};
use dialer_voipstudio::{CallRoute, ConnectTo, VoipStudio, VoipStudioSettings};
use rstest::rstest;
use serde_json::{Value, json};
use wiremock::matchers::{body_json, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::{CUSTOMER_DIGITS, adapter, code, dial, id, json, settings};

const CALLER_DIGITS: &str = "442079460001";

fn web(connect_to: ConnectTo) -> CallRoute {
    CallRoute::WebCall { connect_to }
}

fn queue() -> CallRoute {
    web(ConnectTo::Extension("600".to_owned()))
}

fn lead() -> CallRoute {
    CallRoute::LeadCall { text: "Somebody will call you.".to_owned() }
}

fn provider(server: &MockServer, route: CallRoute) -> VoipStudio {
    adapter(VoipStudioSettings { route, ..settings(server.uri()) })
}

fn list(rows: &Value) -> ResponseTemplate {
    json(200, json!({ "data": rows }))
}

fn missing(fields: &[&str]) -> ResponseTemplate {
    let errors: Vec<Value> = fields.iter().map(|field| json!({ "field": field, "message": "Missing" })).collect();
    json(400, json!({ "message": "Validation error", "errors": errors }))
}

async fn answer(server: &MockServer, verb: &str, at: &str, answer: ResponseTemplate) {
    Mock::given(method(verb)).and(path(at)).respond_with(answer).mount(server).await;
}

/// An account that has everything.
async fn rich() -> MockServer {
    let server = MockServer::start().await;
    answer(&server, "GET", "/ddis", list(&json!([{ "e164": CALLER_DIGITS }, { "number": "+442079460002" }, {}]))).await;
    answer(&server, "GET", "/monitors", list(&json!([]))).await;
    answer(&server, "GET", "/sms", list(&json!([]))).await;
    answer(&server, "GET", "/users", list(&json!([{ "id": 10021, "ext": "1001" }, { "id": 10022 }]))).await;
    server
}

async fn sent(server: &MockServer, at: &str) -> usize {
    server.received_requests().await.unwrap().iter().filter(|request| request.url.path() == at).count()
}

#[tokio::test]
async fn a_probe_finds_what_the_account_offers_and_places_no_call() {
    let server = rich().await;
    let provider = provider(&server, CallRoute::AgentFirst);
    let before = provider.capabilities();
    assert_eq!((before.recording, before.sms, before.caller_id), (false, false, true));
    let found = provider.probe().await.unwrap();
    assert_eq!((found.recording, found.sms, found.caller_id), (true, true, true));
    assert_eq!((found.leg_order, found.lines_per_agent), (LegOrder::AgentFirst, 1));
    assert!(found.ring_reporting && !found.machine_detection);
    assert_eq!(provider.capabilities(), found);
    let requests = server.received_requests().await.unwrap();
    assert!(requests.iter().all(|request| request.method.as_str() == "GET"), "nothing is posted");
}

#[tokio::test]
async fn an_account_without_numbers_recordings_and_messages_is_known_as_one() {
    let server = MockServer::start().await;
    answer(&server, "GET", "/ddis", list(&json!([]))).await;
    answer(&server, "GET", "/monitors", json(403, json!({ "message": "Forbidden" }))).await;
    let found = provider(&server, CallRoute::AgentFirst).probe().await.unwrap();
    assert_eq!((found.recording, found.sms, found.caller_id), (false, false, false));
}

#[tokio::test]
async fn what_cannot_be_asked_stays_as_it_was_known() {
    let server = rich().await;
    let provider = provider(&server, CallRoute::AgentFirst);
    let rich = provider.probe().await.unwrap();
    server.reset().await;
    answer(&server, "GET", "/ddis", list(&json!([]))).await;
    answer(&server, "GET", "/monitors", ResponseTemplate::new(500)).await;
    answer(&server, "GET", "/sms", ResponseTemplate::new(503)).await;
    let found = provider.probe().await.unwrap();
    assert_eq!((found.recording, found.sms, found.caller_id), (rich.recording, rich.sms, false));
}

#[rstest]
#[case::dead(500, "provider_unavailable", 3)]
#[case::wrong_key(401, "provider_unauthorized", 1)]
#[tokio::test]
async fn a_probe_that_learns_nothing_says_why(#[case] status: u16, #[case] expected: &str, #[case] requests: usize) {
    let (server, provider) = crate::support::answering(ResponseTemplate::new(status)).await;
    let before = provider.capabilities();
    assert_eq!(code(&provider.probe().await), expected);
    assert_eq!(provider.capabilities(), before);
    assert_eq!(server.received_requests().await.unwrap().len(), requests);
}

#[tokio::test]
async fn a_customer_first_call_waits_for_the_probe() {
    let server = rich().await;
    let provider = provider(&server, queue());
    assert_eq!(provider.capabilities().leg_order, LegOrder::CustomerFirst);
    assert_eq!(code(&provider.originate(dial()).await), "provider_unavailable");
    assert!(server.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_web_call_dials_the_customer_and_connects_a_queue() {
    let server = rich().await;
    Mock::given(path("/webcalls"))
        .and(body_json(json!({ "from": CUSTOMER_DIGITS, "to": "600" })))
        .respond_with(json(201, json!({ "data": { "id": 77 } })))
        .expect(1)
        .mount(&server)
        .await;
    answer(&server, "POST", "/webcalls", missing(&["from", "to"])).await;
    let provider = provider(&server, queue());
    let found = provider.probe().await.unwrap();
    assert_eq!((found.leg_order, found.caller_id, found.ring_reporting), (LegOrder::CustomerFirst, false, false));
    assert_eq!(provider.originate(dial()).await.unwrap(), id("77"));
    let bodies: Vec<Value> = server
        .received_requests()
        .await
        .unwrap()
        .iter()
        .filter(|request| request.url.path() == "/webcalls")
        .map(|request| request.body_json().unwrap())
        .collect();
    assert_eq!(bodies[0], json!({}), "the probe names nobody who could be called");
}

#[tokio::test]
async fn a_web_call_for_an_agent_connects_the_agent_s_extension() {
    let server = rich().await;
    Mock::given(path("/webcalls"))
        .and(body_json(json!({ "from": CUSTOMER_DIGITS, "to": "1001" })))
        .respond_with(json(201, json!({ "data": { "id": 77 } })))
        .mount(&server)
        .await;
    answer(&server, "POST", "/webcalls", missing(&["from"])).await;
    let provider = provider(&server, web(ConnectTo::Agent));
    provider.probe().await.unwrap();
    assert_eq!(provider.originate(dial()).await.unwrap(), id("77"));
    let calls = sent(&server, "/webcalls").await;
    let without = DialRequest { agent: Some(dialer_domain::telephony::AgentLine::new("10022")), ..dial() };
    assert_eq!(code(&provider.originate(without).await), "agent_unreachable");
    assert_eq!(sent(&server, "/webcalls").await, calls, "nobody was called");
}

#[rstest]
#[case::not_there(json(404, json!({ "message": "Not found" })), "does not have it")]
#[case::shut(json(403, json!({ "message": "Web calls are not part of your plan" })), "not part of your plan")]
#[case::more_fields(missing(&["from", "to", "button_id"]), "button_id")]
#[case::always_too_many(
    json(400, json!({ "message": "Maximum per minute call rate exceeded for 447700900123" })),
    "support"
)]
#[tokio::test]
async fn a_route_that_cannot_be_used_is_refused_with_the_reason(
    #[case] probed: ResponseTemplate,
    #[case] reason: &str,
    #[values(queue(), lead())] route: CallRoute,
) {
    let server = rich().await;
    let at = if route == lead() { "/leadcalls" } else { "/webcalls" };
    answer(&server, "POST", at, probed).await;
    let provider = provider(&server, route);
    provider.probe().await.unwrap();
    let error = provider.originate(dial()).await.unwrap_err();
    assert_eq!(error.code(), "provider_misconfigured");
    assert!(error.to_string().contains(reason), "{error}");
    assert!(!error.to_string().contains(CUSTOMER_DIGITS));
    assert_eq!(sent(&server, at).await, 1, "only the probe was sent");
}

#[tokio::test]
async fn a_route_that_is_enabled_later_is_found_by_the_next_probe() {
    let server = rich().await;
    let provider = provider(&server, queue());
    provider.probe().await.unwrap();
    assert_eq!(code(&provider.originate(dial()).await), "provider_misconfigured");
    Mock::given(path("/webcalls"))
        .and(body_json(json!({})))
        .respond_with(missing(&["from", "to"]))
        .mount(&server)
        .await;
    answer(&server, "POST", "/webcalls", json(201, json!({ "data": { "id": 77 } }))).await;
    provider.probe().await.unwrap();
    assert_eq!(provider.originate(dial()).await.unwrap(), id("77"));
}

#[tokio::test]
async fn a_lead_call_speaks_a_text_and_shows_a_number_of_the_account() {
    let server = rich().await;
    Mock::given(path("/leadcalls"))
        .and(body_json(json!({ "caller_id": CALLER_DIGITS, "to": CUSTOMER_DIGITS, "tts": "Somebody will call you." })))
        .respond_with(json(201, json!({ "data": { "id": "78" } })))
        .mount(&server)
        .await;
    answer(&server, "POST", "/leadcalls", json(400, json!({ "message": "DDI not found" }))).await;
    let provider = provider(&server, lead());
    provider.probe().await.unwrap();
    assert_eq!(provider.originate(dial()).await.unwrap(), id("78"));
    let calls = sent(&server, "/leadcalls").await;
    for caller_id in [None, Some("+442079460099".parse().unwrap())] {
        assert_eq!(code(&provider.originate(DialRequest { caller_id, ..dial() }).await), "provider_misconfigured");
    }
    assert_eq!(sent(&server, "/leadcalls").await, calls);
}

#[rstest]
#[case::the_customer(missing(&["from"]), "provider_refused")]
#[case::the_extension(missing(&["to"]), "provider_misconfigured")]
#[case::gone(ResponseTemplate::new(502), "outcome_unknown")]
#[tokio::test]
async fn of_a_web_call_the_customer_s_number_is_in_from(#[case] refusal: ResponseTemplate, #[case] expected: &str) {
    let server = rich().await;
    Mock::given(path("/webcalls")).and(body_json(json!({}))).respond_with(missing(&["from"])).mount(&server).await;
    answer(&server, "POST", "/webcalls", refusal).await;
    let provider = provider(&server, queue());
    provider.probe().await.unwrap();
    assert_eq!(code(&provider.originate(dial()).await), expected);
}

#[tokio::test]
async fn an_account_that_refuses_every_web_call_as_one_too_many_is_told_as_not_set_up() {
    let server = rich().await;
    Mock::given(path("/webcalls")).and(body_json(json!({}))).respond_with(missing(&["from"])).mount(&server).await;
    let refusal = json(400, json!({ "message": "Maximum per minute call rate exceeded for 447700900123" }));
    answer(&server, "POST", "/webcalls", refusal).await;
    let provider = provider(&server, queue());
    provider.probe().await.unwrap();
    let mut told = Vec::new();
    for _ in 0..3 {
        told.push(code(&provider.originate(dial()).await));
    }
    assert_eq!(told, ["provider_throttled", "provider_throttled", "provider_misconfigured"]);
}
