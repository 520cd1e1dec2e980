//! Statuses and texts, and what each means for the next step.

use super::*;
use reqwest::header::HeaderValue;
use rstest::rstest;
use time::macros::datetime;

const HTML: &str = "<html><body>Bad gateway</body></html>";
const FIELD_TO: &str =
    r#"{"message":"Validation error","errors":[{"field":"to","message":"This value is not valid.","code":"SF0010"}]}"#;
const FIELD_FROM: &str = r#"{"errors":[{"field":"from","message":"This value is not valid.","code":"SF0010"}]}"#;
const FIELD_CALLER_ID: &str = r#"{"errors":[{"field":"caller_id","message":"This value is not valid."}]}"#;
const FIELD_BOTH: &str = r#"{"errors":[{"field":"to","message":"No."},{"field":"from","message":"No."}]}"#;
const NO_CLI: &str = r#"{"message":"No CLI prefix set"}"#;
const NO_DEVICE: &str = r#"{"message":"Unable to make a call with no VoIP clients registered"}"#;
const CALL_RATE: &str =
    r#"{"errors":[{"field":"to","message":"Maximum per minute call rate exceeded for 447700900123"}]}"#;
const SOMETHING: &str = r#"{"message":"Something went wrong"}"#;

fn code(effect: Effect, status: u16, body: &str) -> &'static str {
    let status = StatusCode::from_u16(status).unwrap();
    Refusal { effect, status, retry_after: None, body: body.as_bytes() }.into_error().code()
}

#[rstest]
#[case(400, FIELD_TO, "provider_refused")]
#[case(422, FIELD_TO, "provider_refused")]
#[case(400, FIELD_FROM, "provider_misconfigured")]
#[case(400, FIELD_CALLER_ID, "provider_misconfigured")]
#[case(400, FIELD_BOTH, "provider_misconfigured")]
#[case(400, NO_CLI, "provider_misconfigured")]
#[case(400, r#"{"message":"DDI not found"}"#, "provider_misconfigured")]
#[case(400, r#"{"message":"Destination not allowed"}"#, "provider_refused")]
#[case(400, SOMETHING, "provider_misconfigured")]
#[case(400, CALL_RATE, "provider_throttled")]
#[case(400, HTML, "provider_unavailable")]
#[case(400, "", "provider_unavailable")]
#[case(401, "", "provider_unauthorized")]
#[case(401, SOMETHING, "provider_unauthorized")]
#[case(402, SOMETHING, "provider_misconfigured")]
#[case(403, SOMETHING, "provider_misconfigured")]
#[case(403, "<html>You are being rate limited</html>", "provider_throttled")]
#[case(404, HTML, "provider_misconfigured")]
#[case(404, SOMETHING, "agent_unreachable")]
#[case(408, "", "outcome_unknown")]
#[case(409, SOMETHING, "agent_unreachable")]
#[case(412, NO_DEVICE, "agent_unreachable")]
#[case(412, "", "agent_unreachable")]
#[case(480, "", "agent_unreachable")]
#[case(429, "", "provider_throttled")]
#[case(301, "", "outcome_unknown")]
#[case(308, "", "provider_misconfigured")]
#[case(500, SOMETHING, "outcome_unknown")]
#[case(502, HTML, "outcome_unknown")]
#[case(503, "Too Many Requests", "outcome_unknown")]
fn a_refused_dial_says_what_to_do_next(#[case] status: u16, #[case] body: &str, #[case] expected: &str) {
    assert_eq!(code(Effect::Dials, status, body), expected);
}

#[rstest]
#[case("from", 400, FIELD_FROM, "provider_refused")]
#[case("from", 400, FIELD_TO, "provider_misconfigured")]
#[case("to", 400, FIELD_TO, "provider_refused")]
#[case("to", 400, FIELD_CALLER_ID, "provider_misconfigured")]
#[case("from", 404, SOMETHING, "provider_misconfigured")]
#[case("to", 410, SOMETHING, "provider_misconfigured")]
#[case("from", 412, NO_DEVICE, "agent_unreachable")]
#[case("from", 500, SOMETHING, "outcome_unknown")]
fn a_refused_customer_first_dial_says_what_to_do_next(
    #[case] customer_in: &'static str,
    #[case] status: u16,
    #[case] body: &str,
    #[case] expected: &str,
) {
    assert_eq!(code(Effect::DialsCustomerFirst { customer_in }, status, body), expected);
}

#[rstest]
#[case(404, "no_such_call")]
#[case(410, "no_such_call")]
#[case(400, "provider_refused")]
#[case(403, "provider_refused")]
#[case(409, "provider_refused")]
#[case(412, "provider_refused")]
#[case(401, "provider_unauthorized")]
#[case(402, "provider_misconfigured")]
#[case(429, "provider_throttled")]
#[case(500, "outcome_unknown")]
fn a_refused_act_on_a_call_says_what_to_do_next(#[case] status: u16, #[case] expected: &str) {
    assert_eq!(code(Effect::ActsOnCall, status, SOMETHING), expected);
}

#[rstest]
#[case(400, r#"{"message":"Filtration error"}"#, "provider_misconfigured")]
#[case(400, HTML, "provider_unavailable")]
#[case(401, "", "provider_unauthorized")]
#[case(402, "", "provider_misconfigured")]
#[case(403, "", "provider_misconfigured")]
#[case(404, HTML, "provider_misconfigured")]
#[case(302, "", "provider_misconfigured")]
#[case(409, SOMETHING, "provider_unavailable")]
#[case(412, SOMETHING, "provider_unavailable")]
#[case(429, SOMETHING, "provider_throttled")]
#[case(500, SOMETHING, "provider_unavailable")]
#[case(503, HTML, "provider_unavailable")]
fn a_refused_reading_says_what_to_do_next(#[case] status: u16, #[case] body: &str, #[case] expected: &str) {
    assert_eq!(code(Effect::Reads, status, body), expected);
}

#[rstest]
#[case(400, r#"{"errors":[{"field":"message","message":"Too long"}]}"#, "provider_refused")]
#[case(400, FIELD_TO, "provider_refused")]
#[case(422, SOMETHING, "provider_refused")]
#[case(400, FIELD_FROM, "provider_misconfigured")]
#[case(400, HTML, "provider_unavailable")]
#[case(401, "", "provider_unauthorized")]
#[case(402, SOMETHING, "provider_misconfigured")]
#[case(403, SOMETHING, "provider_misconfigured")]
#[case(404, SOMETHING, "provider_misconfigured")]
#[case(409, SOMETHING, "provider_refused")]
#[case(412, SOMETHING, "provider_refused")]
#[case(429, "", "provider_throttled")]
#[case(301, "", "outcome_unknown")]
#[case(307, "", "provider_misconfigured")]
#[case(502, HTML, "outcome_unknown")]
fn a_refused_change_says_what_to_do_next(#[case] status: u16, #[case] body: &str, #[case] expected: &str) {
    assert_eq!(code(Effect::Writes, status, body), expected);
}

#[rstest]
#[case(Effect::Dials, 429, "", None, Some(Fewer::Requests))]
#[case(Effect::Dials, 429, CALL_RATE, None, Some(Fewer::Requests))]
#[case(Effect::Dials, 503, "", Some(Duration::SECOND), Some(Fewer::Requests))]
#[case(Effect::Dials, 503, "", None, None)]
#[case(Effect::Dials, 403, "<h1>Too many requests</h1>", None, Some(Fewer::Requests))]
#[case(Effect::Dials, 400, CALL_RATE, None, Some(Fewer::CallsToOneNumber))]
#[case(Effect::Reads, 400, CALL_RATE, None, Some(Fewer::Requests))]
#[case(Effect::Dials, 412, NO_DEVICE, None, None)]
fn only_answers_about_a_limit_slow_anything(
    #[case] effect: Effect,
    #[case] status: u16,
    #[case] body: &str,
    #[case] retry_after: Option<Duration>,
    #[case] fewer: Option<Fewer>,
) {
    let status = StatusCode::from_u16(status).unwrap();
    let refusal = Refusal { effect, status, retry_after, body: body.as_bytes() };
    assert_eq!(refusal.asks_for_fewer(), fewer);
}

#[rstest]
#[case(FIELD_TO, "the provider refuses this call: HTTP 400, to: This value is not valid.")]
#[case(CALL_RATE, "the provider asks for fewer requests: HTTP 400, to: Maximum per minute call rate exceeded for ***")]
fn the_provider_s_words_are_told_without_numbers(#[case] body: &str, #[case] shown: &str) {
    let status = StatusCode::BAD_REQUEST;
    let refusal = Refusal { effect: Effect::Dials, status, retry_after: None, body: body.as_bytes() };
    assert_eq!(refusal.into_error().to_string(), shown);
}

#[rstest]
#[case("30", Some(30))]
#[case(" 0 ", Some(0))]
#[case("Mon, 02 Mar 2026 10:01:30 GMT", Some(90))]
#[case("Mon, 02 Mar 2026 09:00:00 GMT", Some(0))]
#[case("soon", None)]
#[case("-5", None)]
fn retry_after_is_seconds_or_a_date(#[case] text: &str, #[case] seconds: Option<i64>) {
    let now = datetime!(2026-03-02 10:00 UTC);
    let mut headers = HeaderMap::new();
    headers.insert(RETRY_AFTER, HeaderValue::from_str(text).unwrap());
    assert_eq!(retry_after(&headers, now), seconds.map(Duration::seconds));
}

#[test]
fn a_retry_date_is_read_by_the_provider_s_own_clock() {
    let mut headers = HeaderMap::new();
    headers.insert(RETRY_AFTER, HeaderValue::from_static("Mon, 02 Mar 2026 10:00:30 GMT"));
    headers.insert(DATE, HeaderValue::from_static("Mon, 02 Mar 2026 10:00:00 GMT"));
    assert_eq!(retry_after(&headers, datetime!(2031-01-01 0:00 UTC)), Some(Duration::seconds(30)));
    assert_eq!(retry_after(&HeaderMap::new(), datetime!(2031-01-01 0:00 UTC)), None);
}
