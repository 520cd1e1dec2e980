//! Every error of the provider, over HTTP, to what the dialer does next.

use dialer_domain::telephony::{Advice, Telephony};
use rstest::rstest;
use serde_json::{Value, json};
use wiremock::ResponseTemplate;

use crate::support::{answering, code, dial, html, id, json};

fn field(name: &str) -> Value {
    json!({
        "message": "Validation error",
        "errors": [{ "field": name, "message": "This value is not valid.", "code": "SF0010" }],
    })
}

fn message(text: &str) -> Value {
    json!({ "message": text })
}

#[rstest]
#[case::bad_number(json(400, field("to")), "provider_refused")]
#[case::not_a_user_id(json(400, field("from")), "provider_misconfigured")]
#[case::bad_caller_id(json(400, field("caller_id")), "provider_misconfigured")]
#[case::caller_id_not_set_up(json(400, message("No CLI prefix set")), "provider_misconfigured")]
#[case::number_called_too_often(
    json(400, message("Maximum per minute call rate exceeded for 447700900123")),
    "provider_throttled"
)]
#[case::a_400_about_something_else(json(400, message("Something went wrong")), "provider_misconfigured")]
#[case::a_400_that_is_a_page(html(400, "<h1>Bad request</h1>"), "provider_unavailable")]
#[case::wrong_key(ResponseTemplate::new(401), "provider_unauthorized")]
#[case::no_balance(json(402, message("Insufficient funds")), "provider_misconfigured")]
#[case::not_allowed(json(403, message("Forbidden")), "provider_misconfigured")]
#[case::wrong_base_url(html(404, "<h1>Not found</h1>"), "provider_misconfigured")]
#[case::device_not_found(json(404, message("Endpoint not found")), "agent_unreachable")]
#[case::agent_busy(json(409, message("User is busy")), "agent_unreachable")]
#[case::no_device(json(412, message("Unable to make a call with no VoIP clients registered")), "agent_unreachable")]
#[case::device_rejected(json(480, message("Temporarily unavailable")), "agent_unreachable")]
#[case::too_many_requests(ResponseTemplate::new(429), "provider_throttled")]
#[case::redirected(ResponseTemplate::new(308).insert_header("location", "https://example.com/"), "provider_misconfigured")]
#[case::moved_after_the_fact(ResponseTemplate::new(303), "outcome_unknown")]
#[case::server_error(json(500, message("Oops")), "outcome_unknown")]
#[case::gateway_timeout(html(504, "<h1>Gateway time-out</h1>"), "outcome_unknown")]
#[case::no_id(json(201, json!({ "data": { "state": "RINGING" } })), "outcome_unknown")]
#[case::an_id_of_zero(json(201, json!({ "data": { "id": 0 } })), "outcome_unknown")]
#[case::no_content(ResponseTemplate::new(204), "outcome_unknown")]
#[case::a_page_with_200(html(200, "<h1>Too many requests</h1>"), "outcome_unknown")]
#[case::broken_json(ResponseTemplate::new(201).set_body_string(r#"{"data":{"id":51000"#), "outcome_unknown")]
#[tokio::test]
async fn a_dial(#[case] answer: ResponseTemplate, #[case] expected: &str) {
    let (server, adapter) = answering(answer).await;
    assert_eq!(code(&adapter.originate(dial()).await), expected);
    assert_eq!(server.received_requests().await.unwrap().len(), 1, "a dial is sent once, whatever comes back");
}

#[rstest]
#[case::bad_filter(json(400, message("Filtration error")), "provider_misconfigured")]
#[case::wrong_key(ResponseTemplate::new(401), "provider_unauthorized")]
#[case::not_allowed(json(403, message("Forbidden")), "provider_misconfigured")]
#[case::wrong_base_url(html(404, "<h1>Not found</h1>"), "provider_misconfigured")]
#[case::too_many_requests(ResponseTemplate::new(429), "provider_throttled")]
#[case::a_page_about_limits_with_200(html(200, "<h1>Rate limit exceeded</h1>"), "provider_throttled")]
#[case::a_page_with_200(html(200, "<h1>Maintenance</h1>"), "provider_unavailable")]
#[case::broken_json(ResponseTemplate::new(200).set_body_string(r#"{"data":["#), "provider_unavailable")]
#[case::server_error(json(500, message("Oops")), "provider_unavailable")]
#[case::maintenance(ResponseTemplate::new(503), "provider_unavailable")]
#[tokio::test]
async fn a_reading(#[case] answer: ResponseTemplate, #[case] expected: &str) {
    let (_server, adapter) = answering(answer).await;
    assert_eq!(code(&adapter.live_calls().await), expected);
}

#[rstest]
#[case::server_error(ResponseTemplate::new(500), "outcome_unknown")]
#[case::wrong_key(ResponseTemplate::new(401), "provider_unauthorized")]
#[case::too_many_requests(ResponseTemplate::new(429), "provider_throttled")]
#[tokio::test]
async fn a_hang_up(#[case] answer: ResponseTemplate, #[case] expected: &str) {
    let (_server, adapter) = answering(answer).await;
    assert_eq!(code(&adapter.hang_up(&id("17")).await), expected);
}

#[tokio::test]
async fn an_agent_without_a_phone_is_told_in_the_provider_s_words() {
    let words = "Unable to make a call with no VoIP clients registered";
    let (_server, adapter) = answering(json(412, message(words))).await;
    let error = adapter.originate(dial()).await.unwrap_err();
    assert!(error.to_string().contains(words), "{error}");
    assert_eq!(error.advice(), Advice::RestAgent);
}
