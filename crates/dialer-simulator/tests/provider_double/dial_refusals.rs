//! `POST /calls` that is not carried out, and in which order its flaws are found.

use dialer_simulator::{CarrierSettings, DialRefusal, OutcomeShares};
use reqwest::Method;
use rstest::rstest;
use serde_json::{Value, json};

use crate::common::{
    AGENT_RINGS, INACTIVE, NUMBER, OTHER_NUMBER, TestBench, UNREGISTERED, bench, bench_with, exact, read,
};

fn wrong_fields(body: &Value) -> Vec<&str> {
    body["errors"].as_array().unwrap().iter().map(|error| error["field"].as_str().unwrap()).collect()
}

#[rstest]
#[case::no_number(json!({ "from": "10001" }), &["to"])]
#[case::a_plus(json!({ "to": "+447700900101" }), &["to"])]
#[case::letters(json!({ "to": "phone" }), &["to"])]
#[case::a_leading_zero(json!({ "to": "07700900101" }), &["to"])]
#[case::not_a_text(json!({ "to": 447_700_900_101_u64 }), &["to"])]
#[case::an_unknown_user(json!({ "to": NUMBER, "from": "99999" }), &["from"])]
#[case::a_queue(json!({ "to": NUMBER, "from": "20001" }), &["from"])]
#[case::a_number_as_user(json!({ "to": NUMBER, "from": NUMBER }), &["from"])]
#[case::an_inactive_user(json!({ "to": NUMBER, "from": INACTIVE.to_string() }), &["from"])]
#[case::a_caller_id_with_letters(json!({ "to": NUMBER, "caller_id": "private" }), &["caller_id"])]
#[case::everything(json!({ "to": "", "from": "", "caller_id": "" }), &["to", "from", "caller_id"])]
#[tokio::test]
async fn a_field_that_is_not_valid_is_named(#[case] body: Value, #[case] fields: &[&str]) {
    let bench = bench();

    let (status, answer) = bench.send(Method::POST, "/calls", &body).await;

    assert_eq!(status, 400);
    assert_eq!(wrong_fields(&answer), fields);
    assert_eq!(bench.double.ledger().calls(), []);
}

#[tokio::test]
async fn the_token_is_checked_before_the_body_and_the_body_before_the_phone() {
    let bench = bench();
    let url = format!("{}/calls", bench.double.base_url());

    let no_token = crate::common::client().post(&url).body("not JSON").send().await.unwrap();
    assert_eq!(read(no_token).await.0, 401);
    let not_json = bench.request(Method::POST, "/calls").body("not JSON").send().await.unwrap();
    assert_eq!(read(not_json).await.0, 400);
    let body = json!({ "to": "+1", "from": UNREGISTERED.to_string() });
    assert_eq!(bench.send(Method::POST, "/calls", &body).await.0, 400, "at once: the clock stands still");
}

#[tokio::test]
async fn a_user_without_a_phone_is_found_out_after_ten_seconds() {
    let bench = bench();
    let dial = bench.begin_dial(json!({ "to": NUMBER, "from": UNREGISTERED.to_string() })).await;

    bench.clock.advance(9);
    bench.get("/ping").await;
    assert!(!dial.is_finished());
    bench.clock.advance(1);

    let (status, body) = dial.await.unwrap().unwrap();
    assert_eq!(status, 412);
    assert_eq!(body["message"], "Unable to make a call with no VoIP clients registered");
    assert_eq!(bench.double.ledger().calls(), []);
}

#[tokio::test]
async fn an_agent_who_does_not_pick_up_is_given_up_when_the_time_out_is_reached() {
    let never = CarrierSettings { agent_misses_share: 1.0, ..exact(OutcomeShares::PERSON) };
    for (turned_to, expected) in [(412, 412), (500, 500)] {
        let bench = bench_with(never.clone(), |knobs| knobs.agent_no_answer_status = turned_to);
        let dial = bench.begin_dial(json!({ "to": NUMBER })).await;
        bench.clock.advance(30);

        assert_eq!(dial.await.unwrap().unwrap().0, expected);
        let call = &bench.double.ledger().calls()[0];
        assert_eq!(call.agent_answered_at, None, "the customer's phone never rang");
    }
}

#[tokio::test]
async fn an_agent_on_a_call_cannot_be_given_a_second_one() {
    let bench = bench();
    bench.dial(10_001, NUMBER).await;
    let second = json!({ "to": OTHER_NUMBER, "from": "10001" });

    assert_eq!(bench.send(Method::POST, "/calls", &second).await.0, 409);
    bench.double.knobs().set(|knobs| knobs.agent_busy_status = 412);
    assert_eq!(bench.send(Method::POST, "/calls", &second).await.0, 412);
    assert_eq!(bench.double.ledger().calls().len(), 1);

    bench.dial(10_002, OTHER_NUMBER).await;
    bench.let_it_end();
    bench.dial(10_001, "447700900103").await;
}

#[tokio::test]
async fn an_agent_whose_phone_still_rings_cannot_be_given_a_second_call() {
    let bench = bench();
    let first = bench.begin_dial(json!({ "to": NUMBER, "from": "10001" })).await;

    let second = json!({ "to": OTHER_NUMBER, "from": "10001" });
    assert_eq!(bench.send(Method::POST, "/calls", &second).await.0, 409);

    bench.clock.advance(AGENT_RINGS);
    assert_eq!(first.await.unwrap().unwrap().0, 201);
}

async fn dial_at_once(bench: &TestBench, body: Value) -> (u16, Value) {
    bench.send(Method::POST, "/calls", &body).await
}

#[tokio::test]
async fn an_account_may_not_be_set_up_for_caller_ids() {
    let bench = bench_with(exact(OutcomeShares::PERSON), |knobs| knobs.caller_id_allowed = false);

    let (status, body) = dial_at_once(&bench, json!({ "to": NUMBER, "caller_id": "442079460001" })).await;

    assert_eq!((status, &body["message"]), (400, &json!("No CLI prefix set")));
}

#[tokio::test]
async fn an_account_without_balance_refuses_every_dial() {
    let bench = bench_with(exact(OutcomeShares::PERSON), |knobs| {
        knobs.refuse_dials = Some(DialRefusal { status: 402, message: "No balance".to_owned() });
    });

    let (status, body) = dial_at_once(&bench, json!({ "to": NUMBER })).await;

    assert_eq!((status, &body["message"]), (402, &json!("No balance")));
    assert_eq!(bench.double.ledger().calls(), []);
}

#[tokio::test]
async fn the_status_for_an_inactive_user_can_be_turned() {
    let bench = bench_with(exact(OutcomeShares::PERSON), |knobs| knobs.agent_inactive_status = 403);

    let (status, _) = dial_at_once(&bench, json!({ "to": NUMBER, "from": INACTIVE.to_string() })).await;

    assert_eq!(status, 403);
}
