//! `Idempotency-Key`.

use dialer_domain::identity::Role;
use dialer_domain::suppression::SuppressionStore;
use dialer_domain::telephony::TelephonyError;
use dialer_testkit::builders;
use reqwest::{Method, Response};
use rstest::rstest;
use serde_json::{Value, json};
use time::Duration;

use crate::desk::{Desk, NOWHERE, OWNER, STRANGER, id, number, read};

async fn post(desk: &Desk, key: &str, path: &str, body: &Value) -> Response {
    desk.request(Method::POST, path).header("Idempotency-Key", key).json(body).send().await.unwrap()
}

fn replayed(response: &Response) -> bool {
    response.headers().get("idempotency-replayed").is_some_and(|value| value == "true")
}

fn to(n: u32) -> Value {
    json!({ "to": number(n).as_e164() })
}

#[tokio::test]
async fn a_campaign_that_is_sent_again_is_made_once_and_answered_the_same() {
    let desk = Desk::open();
    let body = json!({ "name": "Spring", "type": "power" });
    let first = post(&desk, "one", "/campaigns", &body).await;
    assert!(!replayed(&first));
    let again = post(&desk, "one", "/campaigns", &body).await;
    assert!(replayed(&again));
    assert_eq!(first.headers()["content-type"], again.headers()["content-type"]);
    let (first, again) = (read(first).await, read(again).await);
    assert_eq!(first.0, 201);
    assert_eq!(first, again);
    assert_eq!(desk.get("/campaigns").await.1["total"], 1);
    assert_eq!(read(post(&desk, "two", "/campaigns", &body).await).await.0, 201);
    assert_eq!(desk.get("/campaigns").await.1["total"], 2);
}

#[tokio::test]
async fn contacts_that_are_sent_again_are_added_once_and_reported_the_same() {
    let desk = Desk::open();
    let campaign = desk.campaign(&json!({ "name": "Spring", "type": "power" })).await;
    let path = format!("/campaigns/{}/contacts", id(&campaign));
    let body = json!({ "contacts": [{ "phone_number": number(1).as_e164() }, { "phone_number": "1" }] });
    let first = read(post(&desk, "one", &path, &body).await).await;
    let again = read(post(&desk, "one", &path, &body).await).await;
    assert_eq!((first.0.as_u16(), &first.1["added"]), (201, &json!(1)));
    assert_eq!(first, again);
}

#[rstest]
#[case::another_body("/campaigns", json!({ "name": "Summer", "type": "power" }))]
#[case::another_path("/calls", json!({ "to": "+447700900101" }))]
#[tokio::test]
async fn a_key_of_another_request_is_refused(#[case] path: &str, #[case] body: Value) {
    let desk = Desk::open();
    let first = json!({ "name": "Spring", "type": "power" });
    assert_eq!(read(post(&desk, "one", "/campaigns", &first).await).await.0, 201);
    let (status, problem) = read(post(&desk, "one", path, &body).await).await;
    assert_eq!((status.as_u16(), &problem["code"]), (422, &json!("idempotency_key_reused")));
    assert!(desk.telephony.placed().is_empty());
}

#[tokio::test]
async fn a_refusal_is_not_remembered() {
    let desk = Desk::open();
    desk.store.suppress(&builders::suppression(OWNER, &number(1))).await.unwrap();
    let (status, problem) = read(post(&desk, "one", "/calls", &to(1)).await).await;
    assert_eq!((status.as_u16(), &problem["code"]), (409, &json!("dnc_internal")));
    let nobodys = json!({ "contacts": [{ "phone_number": number(1).as_e164() }] });
    let path = format!("/campaigns/{NOWHERE}/contacts");
    assert_eq!(read(post(&desk, "one", &path, &nobodys).await).await.0, 404);
    assert_eq!(read(post(&desk, "one", "/calls", &json!({ "to": "1" })).await).await.0, 422);
    desk.store.lift(OWNER, &number(1), None, None, builders::T0).await.unwrap();
    let response = post(&desk, "one", "/calls", &to(1)).await;
    assert!(!replayed(&response));
    assert_eq!(read(response).await.0, 201);
}

#[rstest]
#[case::empty("")]
#[case::of_two_words("one two")]
#[case::too_long(&"x".repeat(256))]
#[tokio::test]
async fn what_cannot_be_a_key_is_refused(#[case] key: &str) {
    let desk = Desk::open();
    let response = post(&desk, key, "/campaigns", &json!({ "name": "Spring", "type": "power" })).await;
    let (status, problem) = read(response).await;
    assert_eq!((status.as_u16(), &problem["code"]), (400, &json!("invalid_idempotency_key")));
    let longest = post(&desk, &"x".repeat(255), "/campaigns", &json!({ "name": "Spring", "type": "power" })).await;
    assert_eq!(longest.status(), 201);
}

#[tokio::test]
async fn two_keys_are_none() {
    let desk = Desk::open();
    let request = desk.request(Method::POST, "/campaigns").header("Idempotency-Key", "one");
    let body = json!({ "name": "Spring", "type": "power" });
    let response = request.header("Idempotency-Key", "two").json(&body).send().await.unwrap();
    assert_eq!(response.status(), 400);
}

#[tokio::test]
async fn a_stranger_s_key_is_their_own() {
    let desk = Desk::open();
    let body = json!({ "name": "Spring", "type": "power" });
    let mine = read(post(&desk, "one", "/campaigns", &body).await).await.1;
    let request = desk.as_user(STRANGER, Role::Supervisor, Method::POST, "/campaigns");
    let theirs = request.header("Idempotency-Key", "one").json(&body).send().await.unwrap();
    assert!(!replayed(&theirs));
    assert_ne!(read(theirs).await.1["campaign"]["id"], mine["campaign"]["id"]);
}

#[tokio::test]
async fn a_key_is_forgotten_after_a_day() {
    let desk = Desk::open();
    let body = json!({ "name": "Spring", "type": "power" });
    let first = read(post(&desk, "one", "/campaigns", &body).await).await.1;
    desk.clock.advance(Duration::hours(24));
    let again = read(post(&desk, "one", "/campaigns", &body).await).await.1;
    assert_ne!(again["campaign"]["id"], first["campaign"]["id"]);
}

#[tokio::test]
async fn a_call_that_is_sent_again_is_dialled_once() {
    let desk = Desk::open();
    desk.telephony.next_dial_is("4200000001");
    let first = read(post(&desk, "one", "/calls", &to(1)).await).await;
    let again = post(&desk, "one", "/calls", &to(1)).await;
    assert!(replayed(&again));
    assert_eq!((first.0.as_u16(), &first.1["callId"]), (201, &json!("4200000001")));
    assert_eq!(first, read(again).await);
    assert_eq!(desk.telephony.placed().len(), 1);
    assert_eq!(desk.get("/calls").await.1["total"], 1);
}

#[tokio::test]
async fn a_call_that_is_sent_again_while_the_provider_is_asked_is_accepted_and_not_dialled() {
    let desk = Desk::open();
    let held = desk.telephony.hold_next_dial();
    let request = desk.request(Method::POST, "/calls").header("Idempotency-Key", "one");
    let first = request.header("Prefer", "respond-async").json(&to(1)).send().await.unwrap();
    assert_eq!(first.headers()["preference-applied"], "respond-async");
    let first = read(first).await;
    let (status, meanwhile) = read(post(&desk, "one", "/calls", &to(1)).await).await;
    assert_eq!((status.as_u16(), &meanwhile["call"]["id"]), (202, &first.1["call"]["id"]));
    held.take("4200000001");
    let mut answer = (status, meanwhile);
    while answer.0 == 202 {
        answer = read(post(&desk, "one", "/calls", &to(1)).await).await;
    }
    assert_eq!((answer.0.as_u16(), &answer.1["callId"]), (201, &json!("4200000001")));
    assert_eq!(desk.telephony.placed().len(), 1);
}

#[tokio::test]
async fn what_the_provider_refused_stays_refused() {
    let desk = Desk::open();
    let throttled =
        TelephonyError::Throttled { reason: "slow down".to_owned(), retry_after: Some(Duration::seconds(9)) };
    desk.telephony.next_dial_fails(throttled);
    let first = post(&desk, "one", "/calls", &to(1)).await;
    assert_eq!(first.headers()["retry-after"], "9");
    let first = read(first).await;
    let again = post(&desk, "one", "/calls", &to(1)).await;
    assert!(replayed(&again));
    assert_eq!(again.headers()["retry-after"], "9");
    assert_eq!(again.headers()["content-type"], "application/problem+json");
    assert_eq!(first, read(again).await);
    assert_eq!((first.0.as_u16(), desk.telephony.placed().len()), (503, 1));
}

#[tokio::test]
async fn a_file_that_is_sent_again_is_read_once_and_another_file_is_told() {
    let desk = Desk::open();
    let send = async |file: String| {
        let request = desk.request(Method::POST, "/suppressions/import").header("Idempotency-Key", "one");
        request.header("Content-Type", "text/csv").body(file).send().await.unwrap()
    };
    let file = format!("phone_number\n{}\n", number(1).as_e164());
    let first = read(send(file.clone()).await).await;
    assert_eq!(first.0, 201, "{first:?}");
    let again = send(file.clone()).await;
    assert!(replayed(&again));
    assert_eq!(read(again).await, first);
    let (status, problem) = read(send(file.replace("phone_number", "phone")).await).await;
    assert_eq!((status.as_u16(), &problem["code"]), (422, &json!("idempotency_key_reused")));
}
