//! Answers that stop in the middle, cannot be read, or are none.

use dialer_simulator::{FaultScope, Faults, Malformed, OutcomeShares, RateLimitAnswer};
use reqwest::Method;
use rstest::rstest;
use serde_json::{Value, json};
use time::Duration;

use crate::common::{AGENT_RINGS, NUMBER, TestBench, bench, bench_with, exact};

fn broken(faults: Faults) -> TestBench {
    bench_with(exact(OutcomeShares::PERSON), |knobs| knobs.faults = faults)
}

#[rstest]
#[case(Malformed::TruncatedJson, "application/json", 200)]
#[case(Malformed::HtmlPage, "text/html; charset=utf-8", 200)]
#[case(Malformed::WrongContentType, "text/html; charset=utf-8", 200)]
#[case(Malformed::Empty, "application/json", 200)]
#[case(Malformed::OtherShape, "application/json", 200)]
#[tokio::test]
async fn an_answer_can_be_malformed_in_every_way(
    #[case] malformed_as: Malformed,
    #[case] content_type: &str,
    #[case] status: u16,
) {
    let bench = broken(Faults { malformed: 1.0, malformed_as, ..Faults::default() });
    let answer = bench.request(Method::GET, "/ping").send().await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.headers()["content-type"].to_str().unwrap()), (status, content_type));
    let text = answer.text().await.unwrap();
    let right = json!({ "data": { "response": "Pong" }, "links": {} });
    match malformed_as {
        Malformed::TruncatedJson => assert!(right.to_string().starts_with(&text) && !text.is_empty()),
        Malformed::HtmlPage => assert!(text.starts_with("<!DOCTYPE html>")),
        Malformed::WrongContentType => assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), right),
        Malformed::Empty => assert_eq!(text, ""),
        Malformed::OtherShape => assert!(serde_json::from_str::<Value>(&text).unwrap().is_array()),
    }
}

#[tokio::test]
async fn a_dial_with_an_unreadable_answer_was_carried_out() {
    let faults =
        Faults { malformed: 1.0, malformed_as: Malformed::HtmlPage, on: FaultScope::Dials, ..Faults::default() };
    let bench = broken(faults);
    let request = bench.request(Method::POST, "/calls").json(&json!({ "to": NUMBER }));
    let dial = tokio::spawn(request.send());
    while bench.double.ledger().calls().is_empty() {
        bench.get("/ping").await;
    }
    bench.get("/ping").await;
    bench.clock.advance(AGENT_RINGS);
    let answer = dial.await.unwrap().unwrap();
    assert_eq!(answer.status().as_u16(), 200, "and not 201");
    assert!(answer.text().await.unwrap().contains("<html>"));
    assert!(bench.double.ledger().calls()[0].agent_answered_at.is_some());
}

#[tokio::test]
async fn a_body_can_stop_in_the_middle() {
    let bench = broken(Faults { stall_mid_body: 1.0, stall_for: Duration::seconds(40), ..Faults::default() });
    let mut answer = bench.request(Method::GET, "/ping").send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 200, "the head is there");
    let promised = answer.content_length().unwrap();
    let first = answer.chunk().await.unwrap().unwrap();
    assert_eq!(u64::try_from(first.len()).unwrap(), promised / 2);
    assert_eq!(bench.double.requests()[0].status, Some(200));
    let rest = async { answer.chunk().await.unwrap().unwrap() };
    tokio::pin!(rest);
    let turn = async {
        loop {
            bench.clock.advance(40);
            tokio::task::yield_now().await;
        }
    };
    let rest = tokio::select! {
        rest = &mut rest => rest,
        () = turn => unreachable!(),
    };
    let whole = [first, rest].concat();
    assert_eq!(serde_json::from_slice::<Value>(&whole).unwrap()["data"]["response"], "Pong");
}

#[rstest]
#[case(Faults { broken_headers: 1.0, ..Faults::default() }, false)]
#[case(Faults { broken_headers: 1.0, broken_headers_after_work: true, ..Faults::default() }, true)]
#[case(Faults { closed: 1.0, ..Faults::default() }, false)]
#[tokio::test]
async fn a_request_may_get_no_http_at_all_and_be_carried_out_or_not(#[case] faults: Faults, #[case] done: bool) {
    let bench = broken(faults);
    let body = json!({ "first_name": "Ada" });
    let error = bench.request(Method::POST, "/contacts").json(&body).send().await.unwrap_err();
    assert!(error.status().is_none() && !error.is_connect() && !error.is_timeout(), "{error:?}");
    bench.double.knobs().set(|knobs| knobs.faults = Faults::default());
    assert_eq!(bench.rows("/contacts").await.len(), usize::from(done));
}

#[rstest]
#[case(400)]
#[case(401)]
#[case(403)]
#[case(404)]
#[case(408)]
#[case(409)]
#[case(412)]
#[case(429)]
#[case(500)]
#[case(502)]
#[case(504)]
#[tokio::test]
async fn any_status_can_be_answered_without_doing_anything(#[case] status: u16) {
    let bench = broken(Faults { server_error: 1.0, server_error_status: status, ..Faults::default() });
    assert_eq!(bench.send(Method::POST, "/calls", &json!({ "to": NUMBER })).await.0, status);
    assert_eq!(bench.double.ledger().calls(), []);
}

#[tokio::test]
async fn a_rate_limit_may_be_told_by_a_page() {
    let bench = bench();
    bench.double.knobs().set(|knobs| {
        (knobs.rate_limit_per_minute, knobs.rate_limit_answer) = (Some(0), RateLimitAnswer::Page);
    });
    let answer = bench.request(Method::GET, "/ping").send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 200);
    assert!(answer.text().await.unwrap().contains("Too many requests"));
}
