//! The provider delivers its events: to the right address, as often as it likes.

#![expect(clippy::unwrap_used, reason = "a test whose scene cannot be set up has to fail")]

use dialer_domain::telephony::inbox::{EventFate, ProviderInbox, ReadEvent};
use dialer_domain::telephony::{ProviderEvent, ProviderNews};
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};

use crate::desk::{Desk, answer};

const SECRET: &str = "0123456789-abcdef_0123456789";
const SET: (&str, &str) = ("VOIPSTUDIO_WEBHOOK_SECRET", SECRET);

fn to(desk: &Desk, secret: &str) -> RequestBuilder {
    desk.anonymous(Method::POST, &format!("/webhooks/voipstudio/{secret}"))
}

/// The provider tells `id`, which the adapter reads as an event of that id.
fn event(desk: &Desk, id: &str) -> Value {
    let news = ProviderNews::Other { name: "call.dtmf".to_owned() };
    desk.telephony.set_event(id, ProviderEvent { id: Some(id.to_owned()), at: None, news });
    json!({ "id": id, "event_name": "call.dtmf" })
}

async fn delivered(desk: &Desk, body: &Value) -> StatusCode {
    to(desk, SECRET).json(body).send().await.unwrap().status()
}

async fn waiting(desk: &Desk) -> Vec<String> {
    desk.store.waiting(10).await.unwrap().into_iter().map(|event| event.event_id).collect()
}

#[tokio::test]
async fn an_event_is_stored_once_however_often_it_comes() {
    let desk = Desk::with(&[SET]);
    let body = event(&desk, "uk001.1");
    for _ in 0..2 {
        assert_eq!(delivered(&desk, &body).await, 204);
    }
    assert_eq!(desk.store.waiting(10).await.unwrap()[0].body, body);
    assert_eq!(waiting(&desk).await, ["uk001.1"]);
    let read = ReadEvent { event_id: "uk001.1".to_owned(), fate: EventFate::PassedOver, call: None };
    desk.store.settle(&[read]).await.unwrap();
    assert_eq!(delivered(&desk, &body).await, 204);
    assert!(waiting(&desk).await.is_empty());
}

#[tokio::test]
async fn an_event_without_an_id_is_known_by_what_it_says() {
    let desk = Desk::with(&[SET]);
    let news = ProviderNews::Other { name: "call.dtmf".to_owned() };
    desk.telephony.set_event("", ProviderEvent { id: None, at: None, news });
    for n in [1, 1, 2] {
        assert_eq!(delivered(&desk, &json!({ "id": "", "n": n })).await, 204);
    }
    let ids = waiting(&desk).await;
    assert_eq!(ids.len(), 2);
    assert!(ids.iter().all(|id| id.starts_with("sha256:")), "{ids:?}");
}

#[tokio::test]
async fn whoever_does_not_know_the_address_finds_nothing_there() {
    for desk in [Desk::with(&[SET]), Desk::open()] {
        let body = event(&desk, "a");
        for secret in ["wrong", "0123456789-abcdef_012345678", ""] {
            let (status, problem) = answer(to(&desk, secret).json(&body)).await;
            assert_eq!((status.as_u16(), &problem["code"]), (404, &json!("unknown_route")), "{secret}");
        }
        assert!(waiting(&desk).await.is_empty());
    }
    let unset = Desk::open();
    assert_eq!(delivered(&unset, &event(&unset, "a")).await, 404);
}

#[tokio::test]
async fn a_name_and_password_are_asked_for_where_they_are_set() {
    let credentials = [
        ("DIALER__TELEPHONY__VOIPSTUDIO__WEBHOOK__USERNAME", "provider"),
        ("VOIPSTUDIO_WEBHOOK_PASSWORD", "pass:word"),
    ];
    let desk = Desk::with(&[SET, credentials[0], credentials[1]]);
    let body = event(&desk, "a");
    assert_eq!(delivered(&desk, &body).await, 404);
    for (name, word) in [("provider", "wrong"), ("somebody", "pass:word"), ("provider", "")] {
        let status = to(&desk, SECRET).basic_auth(name, Some(word)).json(&body).send().await.unwrap().status();
        assert_eq!(status, 404, "{name}:{word}");
    }
    let status = to(&desk, SECRET).basic_auth("provider", Some("pass:word")).json(&body).send().await.unwrap().status();
    assert_eq!(status, 204);
    assert_eq!(waiting(&desk).await, ["a"]);
}

#[tokio::test]
async fn what_is_no_event_is_not_asked_for_again_and_not_stored() {
    let desk = Desk::with(&[SET]);
    for body in ["", "hello", "[1, 2", "[]", "null", "{\"some\": \"thing\"}", "\u{0}\u{0}"] {
        let status = to(&desk, SECRET).body(body).send().await.unwrap().status();
        assert_eq!(status, 204, "{body:?}");
    }
    assert!(waiting(&desk).await.is_empty());
}

#[tokio::test]
async fn an_event_is_taken_whatever_its_content_type_says() {
    let desk = Desk::with(&[SET]);
    let body = event(&desk, "a").to_string();
    let sent = to(&desk, SECRET).header("content-type", "text/plain").body(body).send().await.unwrap();
    assert_eq!(sent.status(), 204);
    assert_eq!(waiting(&desk).await, ["a"]);
}

#[tokio::test]
async fn a_delivery_longer_than_any_event_is_refused() {
    let desk = Desk::with(&[SET]);
    let (status, problem) = answer(to(&desk, SECRET).body(vec![b' '; 64 * 1024 + 1])).await;
    assert_eq!((status.as_u16(), &problem["code"]), (413, &json!("too_large")));
}

#[tokio::test]
async fn guessing_the_address_comes_to_an_end() {
    let desk = Desk::with(&[SET, ("DIALER__LIMITS__ADDRESS_BURST", "3")]);
    let mut answers = Vec::new();
    for n in 0..5 {
        answers.push(to(&desk, &format!("guess-{n}")).body("{}").send().await.unwrap().status().as_u16());
    }
    assert_eq!(answers, [404, 404, 404, 429, 429]);
    assert_eq!(delivered(&desk, &event(&desk, "a")).await, 204, "who knows the address is let in");
}
