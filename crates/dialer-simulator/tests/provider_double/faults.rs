//! What goes wrong on purpose, and what the double remembers of requests.

use std::net::TcpListener;
use std::sync::Arc;

use dialer_simulator::{
    CarrierSettings, FaultScope, Faults, OutcomeShares, ProviderDouble, ProviderDoubleSettings, RateLimitAnswer,
    ScaledClock, StartError,
};
use reqwest::Method;
use rstest::rstest;
use serde_json::json;
use time::Duration;

use crate::common::{AGENT_RINGS, NUMBER, START, TestBench, bench, client};

fn turn_faults(bench: &TestBench, faults: Faults) {
    bench.double.knobs().set(|knobs| knobs.faults = Faults { on: FaultScope::Dials, ..faults });
}

#[tokio::test]
async fn a_server_error_does_nothing() {
    let bench = bench();
    turn_faults(&bench, Faults { server_error: 1.0, server_error_status: 502, ..Faults::default() });

    assert_eq!(bench.send(Method::POST, "/calls", &json!({ "to": NUMBER })).await.0, 502);

    assert_eq!(bench.double.ledger().calls(), []);
    assert_eq!(bench.get("/ping").await.0, 200, "only dials are affected");
}

#[tokio::test]
async fn a_lost_answer_is_a_closed_connection_and_a_call() {
    let bench = bench();
    turn_faults(&bench, Faults { lost_answer: 1.0, ..Faults::default() });

    let dial = bench.begin_dial(json!({ "to": NUMBER })).await;
    bench.clock.advance(AGENT_RINGS);

    let error = dial.await.unwrap().unwrap_err();
    assert!(error.is_request() && !error.is_timeout() && !error.is_connect(), "{error:?}");
    assert_eq!(bench.rows("/calls").await[0]["state"], "RINGING");
    let dials: Vec<_> = bench.double.requests().into_iter().filter(|request| request.method == "POST").collect();
    assert_eq!(dials.len(), 1, "the client did not send it twice");
    assert_eq!(dials[0].status, None);
}

#[tokio::test]
async fn a_gateway_that_gave_up_hides_a_call_too() {
    let bench = bench();
    turn_faults(&bench, Faults { lost_answer: 1.0, lost_answer_status: Some(504), ..Faults::default() });

    let dial = bench.begin_dial(json!({ "to": NUMBER })).await;
    bench.clock.advance(AGENT_RINGS);

    assert_eq!(dial.await.unwrap().unwrap().0, 504);
    assert_eq!(bench.rows("/calls").await.len(), 1);
}

#[tokio::test]
async fn a_stalled_answer_comes_late() {
    let bench = bench();
    turn_faults(&bench, Faults { stall: 1.0, stall_for: Duration::seconds(90), ..Faults::default() });

    let dial = bench.begin_dial(json!({ "to": NUMBER })).await;
    bench.clock.advance(AGENT_RINGS);
    // The worker takes up the picked-up dial before or after this request, never during the next one.
    while bench.rows("/calls").await[0]["state"] != "RINGING" {}
    bench.get("/ping").await;
    assert!(!dial.is_finished());
    while !dial.is_finished() {
        bench.clock.advance(90);
        bench.get("/ping").await;
    }
    assert_eq!(dial.await.unwrap().unwrap().0, 201);
}

#[rstest]
#[case(RateLimitAnswer::TooManyRequests { retry_after_seconds: Some(17) }, 429)]
#[case(RateLimitAnswer::TooManyRequests { retry_after_seconds: None }, 429)]
#[case(RateLimitAnswer::BadRequest, 400)]
#[tokio::test]
async fn requests_over_the_limit_are_refused_for_the_rest_of_the_minute(
    #[case] answer: RateLimitAnswer,
    #[case] status: u16,
) {
    let bench = bench();
    bench.double.knobs().set(|knobs| {
        knobs.rate_limit_per_minute = Some(2);
        knobs.rate_limit_answer = answer;
    });

    assert_eq!(bench.get("/ping").await.0, 200);
    assert_eq!(bench.get("/ping").await.0, 200);
    let refused = bench.request(Method::GET, "/ping").send().await.unwrap();
    assert_eq!(refused.status().as_u16(), status);
    let retry_after = refused.headers().get("retry-after").map(|value| value.to_str().unwrap().to_owned());
    let expected = match answer {
        RateLimitAnswer::TooManyRequests { retry_after_seconds } => retry_after_seconds.map(|s| s.to_string()),
        _ => None,
    };
    assert_eq!(retry_after, expected);
    bench.clock.advance(60);
    assert_eq!(bench.get("/ping").await.0, 200);
    assert_eq!(bench.double.busiest_minute(), 3, "refused ones count as sent");
}

#[rstest]
#[case(RateLimitAnswer::MalformedHeaders)]
#[case(RateLimitAnswer::ClosedConnection)]
#[tokio::test]
async fn a_refusal_may_not_even_be_http(#[case] answer: RateLimitAnswer) {
    let bench = bench();
    bench.double.knobs().set(|knobs| {
        knobs.rate_limit_per_minute = Some(0);
        knobs.rate_limit_answer = answer;
    });

    let error = bench.request(Method::POST, "/calls").json(&json!({ "to": NUMBER })).send().await.unwrap_err();

    assert_eq!(error.status(), None);
    assert!(!error.is_connect() && !error.is_timeout(), "{error:?}");
    bench.double.knobs().set(|knobs| knobs.rate_limit_per_minute = None);
    assert_eq!(bench.get("/ping").await.0, 200, "the next connection works");
    assert_eq!(bench.double.ledger().calls(), []);
}

#[tokio::test]
async fn a_key_can_expire_in_the_middle_of_a_run() {
    let bench = bench();
    assert_eq!(bench.get("/ping").await.0, 200);

    bench.double.knobs().set(|knobs| knobs.api_keys_expired = true);

    assert_eq!(bench.get("/ping").await.0, 401);
}

#[tokio::test]
async fn every_request_is_remembered_with_its_answer() {
    let bench = bench();
    bench.get("/ping").await;
    bench.clock.advance(5);
    bench.get("/calls/1?x=y").await;

    let log = bench.double.requests();

    let seen: Vec<_> = log.iter().map(|entry| (entry.method.as_str(), entry.path.as_str(), entry.status)).collect();
    assert_eq!(seen, [("GET", "/ping", Some(200)), ("GET", "/calls/1", Some(404))]);
    assert_eq!((log[0].at, log[1].at), (START, START + Duration::seconds(5)));
}

#[tokio::test]
async fn a_stopped_double_cannot_be_reached_and_its_ledger_stays() {
    let bench = bench();
    bench.dial(10_001, NUMBER).await;
    let (url, ledger) = (bench.double.base_url(), bench.double.ledger());

    bench.double.stop().await;

    let error = client().get(format!("{url}/ping")).send().await.unwrap_err();
    assert!(error.is_connect(), "{error:?}");
    assert_eq!(ledger.calls().len(), 1);
}

#[tokio::test]
async fn a_dial_that_waits_for_the_agent_loses_its_answer_when_the_double_stops() {
    let bench = bench();
    let dial = bench.begin_dial(json!({ "to": NUMBER })).await;
    let ledger = bench.double.ledger();

    bench.double.stop().await;

    assert!(dial.await.unwrap().is_err());
    bench.clock.advance(AGENT_RINGS);
    assert!(ledger.calls()[0].agent_answered_at.is_some(), "the call goes on");
}

#[tokio::test]
async fn a_double_that_cannot_start_says_why() {
    let clock = || Arc::new(ScaledClock::new(START, 1.0));
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();

    let settings = ProviderDoubleSettings { bind: address, ..ProviderDoubleSettings::default() };
    let error = ProviderDouble::start(settings, clock()).err().unwrap();
    assert_eq!(error.to_string(), format!("cannot listen on {address}"));

    let carrier =
        CarrierSettings { outcomes: OutcomeShares { person: -1.0, ..OutcomeShares::PERSON }, ..Default::default() };
    let settings = ProviderDoubleSettings { carrier, ..ProviderDoubleSettings::default() };
    assert!(matches!(ProviderDouble::start(settings, clock()), Err(StartError::Settings(_))));

    let settings = ProviderDoubleSettings { users: Vec::new(), ..ProviderDoubleSettings::default() };
    assert!(matches!(ProviderDouble::start(settings, clock()), Err(StartError::Settings(_))));
}
