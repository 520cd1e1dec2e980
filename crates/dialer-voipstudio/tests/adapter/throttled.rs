//! A provider that asks for fewer requests.

use std::sync::Arc;

use dialer_domain::clock::Clock;
use dialer_domain::telephony::{Advice, Telephony, TelephonyError};
use dialer_testkit::FakeClock;
use dialer_voipstudio::{VoipStudio, VoipStudioSettings};
use rstest::rstest;
use serde_json::json;
use time::Duration;
use wiremock::ResponseTemplate;

use crate::support::{T0, answering, code, dial, html, json, settings};

fn slow_down(retry_after: &str) -> ResponseTemplate {
    ResponseTemplate::new(429).insert_header("retry-after", retry_after)
}

#[rstest]
#[case("40", 40)]
#[case("Mon, 02 Mar 2026 10:00:40 GMT", 40)]
#[tokio::test]
async fn the_provider_s_word_for_when_to_come_back_is_passed_on(#[case] header: &str, #[case] seconds: i64) {
    let answer = slow_down(header).insert_header("date", "Mon, 02 Mar 2026 10:00:00 GMT");
    let (_server, adapter) = answering(answer).await;
    let error = adapter.originate(dial()).await.unwrap_err();
    assert_eq!(error.advice(), Advice::RetryAfter(Duration::seconds(seconds)));
}

#[tokio::test]
async fn nothing_more_is_sent_until_then_and_whoever_asks_is_told_so() {
    let (server, adapter) = answering(slow_down("120")).await;
    assert_eq!(code(&adapter.live_calls().await), "provider_throttled");
    let error = adapter.originate(dial()).await.unwrap_err();
    assert!(matches!(error, TelephonyError::Throttled { retry_after: Some(wait), .. } if wait == Duration::minutes(2)));
    assert_eq!(server.received_requests().await.unwrap().len(), 1);
    assert_eq!(adapter.budget().paused_until, Some(T0 + Duration::minutes(2)));
}

#[rstest]
#[case(slow_down("1"))]
#[case(ResponseTemplate::new(503).insert_header("retry-after", "1"))]
#[case(html(200, "<h1>Too many requests</h1>"))]
#[tokio::test]
async fn however_it_asks_the_adapter_goes_slower(#[case] answer: ResponseTemplate) {
    let (_server, adapter) = answering(answer).await;
    let before = adapter.budget().rate_per_minute;
    assert!(adapter.live_calls().await.is_err());
    let after = adapter.budget().rate_per_minute;
    assert!(after <= before / 2 + 1, "{after} of {before}");
}

#[tokio::test]
async fn the_adapter_recovers_by_itself() {
    let (server, _) = answering(slow_down("5")).await;
    let clock = FakeClock::new(T0);
    let adapter = VoipStudio::new(settings(server.uri()), Arc::new(clock.clone())).unwrap();
    let full = adapter.budget().rate_per_minute;
    assert_eq!(code(&adapter.health().await), "provider_throttled");
    clock.advance(Duration::minutes(5));
    assert_eq!(adapter.budget().rate_per_minute, full);
}

#[tokio::test]
async fn requests_beyond_the_budget_wait_for_their_turn() {
    let (server, _) = answering(ResponseTemplate::new(200).set_body_string(r#"{"data":{}}"#)).await;
    let clock = FakeClock::new(T0);
    let settings = VoipStudioSettings { requests_per_minute: 100, ..settings(server.uri()) };
    let adapter = VoipStudio::new(settings, Arc::new(clock.clone())).unwrap();
    while adapter.budget().available_now > 4 {
        adapter.health().await.unwrap();
    }
    let waiting = tokio::spawn({
        let adapter = adapter.clone();
        async move { adapter.health().await }
    });
    // One sleep for its turn, one for the longest wait.
    clock.until_sleeping(2).await;
    assert_eq!(adapter.budget().waiting, 1);
    let sent = server.received_requests().await.unwrap().len();
    clock.set(clock.next_wake().unwrap());
    waiting.await.unwrap().unwrap();
    assert_eq!(server.received_requests().await.unwrap().len(), sent + 1);
    assert!(clock.now() < T0 + Duration::seconds(1));
}

fn too_many_to_that_number() -> ResponseTemplate {
    json(400, json!({ "message": "Maximum per minute call rate exceeded for 447700900123" }))
}

#[rstest]
#[case::soon_after_each_other(20, true)]
#[case::far_apart(40, false)]
#[tokio::test]
async fn a_number_called_too_often_slows_the_others_down_only_if_it_is_not_alone(
    #[case] apart: i64,
    #[case] slows: bool,
) {
    let (server, _) = answering(too_many_to_that_number()).await;
    let clock = FakeClock::new(T0);
    let adapter = VoipStudio::new(settings(server.uri()), Arc::new(clock.clone())).unwrap();
    let full = adapter.budget().rate_per_minute;
    for _ in 0..2 {
        assert_eq!(code(&adapter.originate(dial()).await), "provider_throttled");
        assert_eq!((adapter.budget().rate_per_minute, adapter.budget().paused_until), (full, None));
        clock.advance(Duration::seconds(apart));
    }
    assert_eq!(code(&adapter.originate(dial()).await), "provider_throttled");
    assert_eq!(adapter.budget().paused_until.is_some(), slows);
}

#[tokio::test]
async fn the_same_words_in_answer_to_a_reading_are_about_requests() {
    let (_server, adapter) = answering(too_many_to_that_number()).await;
    assert_eq!(code(&adapter.live_calls().await), "provider_throttled");
    assert!(adapter.budget().paused_until.is_some());
}
