use dialer_domain::eligibility::{Refusal, RefusalCode};
use dialer_domain::store::StoreError;
use dialer_domain::telephony::TelephonyError;
use rstest::rstest;
use serde_json::{Value, json};
use time::Duration;
use time::macros::datetime;
use uuid::uuid;

use super::*;

fn document(error: &ApiError) -> Value {
    let response = error.error_response();
    serde_json::to_value(response.extensions().get::<Problem>().unwrap()).unwrap()
}

fn header(error: &ApiError, name: &str) -> Option<String> {
    error.error_response().headers().get(name).map(|value| value.to_str().unwrap().to_owned())
}

fn dial_failed(source: TelephonyError) -> ApiError {
    let call = CallId::new(uuid!("0195d3f0-0000-7000-8000-00000000000c"));
    UseCaseError::Telephony { call, source }.into()
}

fn reason() -> String {
    "because".to_owned()
}

fn stored(error: StoreError) -> ApiError {
    UseCaseError::Store(error).into()
}

#[test]
fn a_refusal_tells_its_code_and_when_to_ask_again() {
    let refusal = Refusal::until(RefusalCode::BeforeWindow, Some(datetime!(2026-03-02 09:00 UTC)));
    assert_eq!(
        document(&UseCaseError::Refused(refusal).into()),
        json!({
            "type": "urn:dialer:problem:before_window",
            "title": "Call not allowed now",
            "status": 409,
            "detail": "this number may not be called: before_window",
            "code": "before_window",
            "retry_not_before": "2026-03-02T09:00:00Z",
        })
    );
}

#[test]
fn wrong_fields_are_listed() {
    let errors = vec![FieldError::new("name", "required", "give the campaign a name")];
    let document = document(&ApiError::Invalid(errors));
    assert_eq!((&document["status"], &document["code"]), (&json!(422), &json!("invalid_request")));
    assert_eq!(
        document["errors"],
        json!([{ "field": "name", "code": "required", "message": "give the campaign a name" }])
    );
}

#[rstest]
#[case(dial_failed(TelephonyError::Refused { reason: reason() }), 409, "provider_refused")]
#[case(dial_failed(TelephonyError::AgentUnreachable { reason: reason() }), 409, "agent_unreachable")]
#[case(dial_failed(TelephonyError::Throttled { reason: reason(), retry_after: None }), 503, "provider_throttled")]
#[case(dial_failed(TelephonyError::Unavailable { reason: reason() }), 503, "provider_unavailable")]
#[case(dial_failed(TelephonyError::Unauthorized { reason: reason() }), 502, "provider_unauthorized")]
#[case(dial_failed(TelephonyError::Misconfigured { reason: reason() }), 502, "provider_misconfigured")]
#[case(dial_failed(TelephonyError::OutcomeUnknown { reason: reason() }), 504, "outcome_unknown")]
#[case(stored(StoreError::Unavailable { source: "secret".into() }), 503, "database_unavailable")]
#[case(stored(StoreError::Duplicate { what: "call" }), 409, "duplicate")]
#[case(stored(StoreError::Stale { what: "campaign" }), 409, "stale")]
#[case(stored(StoreError::MissingReference { what: "campaign" }), 409, "missing_reference")]
#[case(UseCaseError::NotFound("call").into(), 404, "not_found")]
#[case(UseCaseError::Conflict(reason()).into(), 409, "conflict")]
#[case(ApiError::RoleTooSmall { has: Role::Agent, needs: Role::Supervisor }, 403, "role_too_small")]
#[case(ApiError::ScopeMissing { needs: reason() }, 403, "scope_missing")]
#[case(ApiError::NotWithAKey, 403, "not_with_a_key")]
#[case(ApiError::RateLimited { seconds: 3 }, 429, "rate_limited")]
fn each_failure_has_its_status_and_code(#[case] error: ApiError, #[case] status: u16, #[case] code: &str) {
    let document = document(&error);
    assert_eq!(error.error_response().status().as_u16(), status);
    assert_eq!((&document["status"], &document["code"]), (&json!(status), &json!(code)));
    assert!(!document.to_string().contains("secret"));
}

#[test]
fn a_failed_dial_names_its_entry_in_the_log() {
    let document = document(&dial_failed(TelephonyError::AgentUnreachable { reason: reason() }));
    assert_eq!(document["call_log_id"], json!("0195d3f0-0000-7000-8000-00000000000c"));
    assert_eq!(document["detail"], json!("the agent's phone cannot be reached: because"));
}

#[test]
fn what_went_wrong_inside_is_not_told() {
    let corrupt = StoreError::Corrupt { table: "call_logs", id: "7".to_owned(), source: "secret".into() };
    let document = document(&stored(corrupt)).to_string();
    assert!(document.contains("\"internal\"") && !document.contains("call_logs") && !document.contains("secret"));
}

#[test]
fn one_who_should_come_back_later_is_told_when() {
    let throttled = |retry_after| dial_failed(TelephonyError::Throttled { reason: reason(), retry_after });
    assert_eq!(header(&throttled(Some(Duration::seconds(7))), "retry-after").as_deref(), Some("7"));
    assert_eq!(header(&throttled(Some(Duration::milliseconds(7100))), "retry-after").as_deref(), Some("8"));
    assert_eq!(header(&throttled(None), "retry-after").as_deref(), Some("5"));
    assert_eq!(header(&stored(StoreError::Unavailable { source: "".into() }), "retry-after").as_deref(), Some("5"));
}

#[test]
fn a_challenge_says_what_is_wrong_with_the_token() {
    assert_eq!(header(&AuthError::Missing.into(), "www-authenticate").as_deref(), Some("Bearer realm=\"dialer\""));
    let expired = header(&AuthError::Expired.into(), "www-authenticate").unwrap();
    assert!(
        expired.starts_with("Bearer error=\"invalid_token\", error_description=\"the token has expired"),
        "{expired}"
    );
}

#[test]
fn a_wrong_method_is_told_the_right_ones() {
    let error = ApiError::MethodNotAllowed { allowed: "GET, POST" };
    assert_eq!((error.status_code().as_u16(), header(&error, "allow").as_deref()), (405, Some("GET, POST")));
}

#[test]
fn the_committed_list_of_codes_is_the_table_and_no_code_is_there_twice() {
    let committed = include_str!("../../../../docs/problems.md");
    assert!(
        committed == markdown(),
        "docs/problems.md is out of date; write it anew: cargo run -- openapi --problems > docs/problems.md"
    );
    let mut codes: Vec<_> = table::rows().into_iter().map(|(kind, _)| kind.code).collect();
    let all = codes.len();
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), all);
}
