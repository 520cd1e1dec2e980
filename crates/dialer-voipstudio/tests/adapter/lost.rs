//! Answers that are late, broken, or never come. What matters is whether the request had left.

use dialer_domain::telephony::{Telephony, TelephonyError};
use dialer_voipstudio::VoipStudioSettings;
use rstest::rstest;
use serde_json::json;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::raw::{Then, says};
use crate::support::{adapter, answering, code, dial, id, impatient, json, settings};

/// What becomes of a dial, a hang-up and a reading, each as the first request of its adapter.
async fn outcomes(settings: VoipStudioSettings) -> [&'static str; 3] {
    let fresh = || adapter(settings.clone());
    [code(&fresh().originate(dial()).await), code(&fresh().hang_up(&id("17")).await), code(&fresh().live_calls().await)]
}

const LOST: [&str; 3] = ["outcome_unknown", "outcome_unknown", "provider_unavailable"];
const NEVER_LEFT: [&str; 3] = ["provider_unavailable"; 3];

#[rstest]
#[case::closed_without_a_word(b"")]
#[case::broke_off_in_the_head(b"HTTP/1.1 201 Created\r\nContent-")]
#[case::broke_off_in_the_body(b"HTTP/1.1 500 Oops\r\nContent-Length: 500\r\n\r\n{\"data\":{\"id\":51")]
#[case::malformed_headers(b"HTTP/1.1 200 OK\r\nthis is no header\r\n\r\n{}")]
#[case::not_http_at_all(b"rate limit exceeded\r\n\r\n")]
#[tokio::test]
async fn a_broken_answer_leaves_open_what_happened(#[case] answer: &'static [u8]) {
    assert_eq!(outcomes(settings(says(answer, Then::Close).await)).await, LOST);
}

#[tokio::test]
async fn a_success_whose_text_broke_off_is_a_success_only_for_a_hang_up() {
    let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{\"data\":{\"id\":51";
    let outcomes = outcomes(settings(says(answer, Then::Close).await)).await;
    assert_eq!(outcomes, ["outcome_unknown", "ok", "provider_unavailable"]);
}

#[tokio::test]
async fn a_refusal_whose_text_broke_off_is_still_a_refusal() {
    let answer = b"HTTP/1.1 412 Precondition Failed\r\nContent-Length: 500\r\n\r\n{\"mess";
    assert_eq!(code(&adapter(settings(says(answer, Then::Close).await)).originate(dial()).await), "agent_unreachable");
}

#[rstest]
#[case::malformed_headers(b"HTTP/1.1 200 OK\r\nthis is no header\r\n\r\n{}", true)]
#[case::closed_without_a_word(b"", false)]
#[tokio::test]
async fn two_answers_that_are_not_http_slow_the_adapter_down(#[case] answer: &'static [u8], #[case] slows: bool) {
    let adapter = adapter(settings(says(answer, Then::Close).await));
    assert!(adapter.live_calls().await.is_err());
    assert_eq!(adapter.budget().paused_until, None, "one may be a fault");
    assert!(adapter.live_calls().await.is_err());
    assert_eq!(adapter.budget().paused_until.is_some(), slows);
}

#[tokio::test]
async fn a_slow_answer_leaves_open_what_happened() {
    let server = MockServer::start().await;
    let late = json(200, json!({ "data": [], "total": 0 })).set_delay(Duration::from_secs(30));
    Mock::given(any()).respond_with(late).mount(&server).await;
    assert_eq!(outcomes(impatient(server.uri())).await, LOST);
}

#[tokio::test]
async fn a_dial_may_take_longer_than_other_requests() {
    let server = MockServer::start().await;
    let held = json(201, json!({ "data": { "id": 17 } })).set_delay(Duration::from_millis(400));
    Mock::given(any()).respond_with(held).mount(&server).await;
    let settings = VoipStudioSettings { dial_timeout: Duration::from_secs(30), ..impatient(server.uri()) };
    assert_eq!(adapter(settings).originate(dial()).await.unwrap(), id("17"));
}

#[tokio::test]
async fn a_provider_that_is_not_there_was_never_asked() {
    // A port that was free a moment ago.
    let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    assert_eq!(outcomes(settings(format!("http://127.0.0.1:{port}"))).await, NEVER_LEFT);
}

#[tokio::test]
async fn a_host_that_has_no_address_was_never_asked() {
    assert_eq!(outcomes(settings("https://provider.invalid")).await, NEVER_LEFT);
}

#[tokio::test]
async fn a_host_that_does_not_speak_tls_was_never_asked() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
            let _ = stream.shutdown().await;
        }
    });
    assert_eq!(outcomes(settings(url)).await, NEVER_LEFT);
}

#[tokio::test]
async fn a_connection_that_takes_too_long_was_never_used() {
    // Accepts and stays silent, so that the TLS handshake never ends.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    let settings = VoipStudioSettings {
        request_timeout: Duration::from_secs(30),
        dial_timeout: Duration::from_secs(30),
        ..impatient(url)
    };
    assert_eq!(outcomes(settings).await, NEVER_LEFT);
}

#[tokio::test]
async fn an_answer_of_endless_size_is_not_read_to_its_end() {
    let (_server, adapter) = answering(ResponseTemplate::new(201).set_body_bytes(vec![b' '; 5 * 1024 * 1024])).await;
    let error = adapter.originate(dial()).await.unwrap_err();
    assert!(matches!(&error, TelephonyError::OutcomeUnknown { reason } if reason.contains("larger")), "{error}");
    assert_eq!(code(&adapter.live_calls().await), "provider_unavailable");
}
