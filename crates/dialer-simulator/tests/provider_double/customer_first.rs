//! Calls that ring the customer first, and those that ring nobody else.

use dialer_simulator::{
    CallKind, CallResult, CarrierSettings, CustomerFirstAccount, CustomerFirstAnswer, Legs, OutcomeShares, Party,
};
use reqwest::Method;
use rstest::rstest;
use serde_json::{Value, json};
use time::Duration;

use crate::common::{AGENT_RINGS, CDR_DELAY, CUSTOMER_RINGS, NUMBER, START, TALK, TestBench, bench, bench_with, exact};

/// The extension of user 10001.
const EXTENSION: &str = "2001";

async fn web_call(bench: &TestBench, to: &str) -> (u16, Value) {
    bench.send(Method::POST, "/webcalls", &json!({ "from": NUMBER, "to": to })).await
}

#[tokio::test]
async fn the_customer_s_phone_rings_and_then_the_agent_s() {
    let bench = bench();
    let (status, body) = web_call(&bench, EXTENSION).await;
    assert_eq!((status, &body["data"]["state"], &body["data"]["dst"]), (201, &json!("INITIAL"), &json!(NUMBER)));
    let id = body["data"]["id"].as_u64().unwrap();
    let state = async || bench.rows("/calls").await[0]["state"].clone();

    bench.clock.advance(CUSTOMER_RINGS);
    assert_eq!(state().await, "RINGING", "the agent's phone");
    bench.clock.advance(AGENT_RINGS);
    assert_eq!(state().await, "CONNECTED");
    bench.clock.advance(TALK + CDR_DELAY);

    let truth = bench.double.ledger().call(id).unwrap();
    let after = |seconds| Some(START + Duration::seconds(seconds));
    assert_eq!((truth.kind, truth.agent, truth.result), (CallKind::CustomerFirst, 10_001, Some(CallResult::Person)));
    assert_eq!(truth.customer_answered_at, after(CUSTOMER_RINGS));
    assert_eq!(truth.agent_answered_at, after(CUSTOMER_RINGS + AGENT_RINGS));
    assert_eq!(truth.connected_at, truth.agent_answered_at);
    assert_eq!((truth.customer_leg_id, truth.agent_leg_id), (Some(id), Some(id + 1)));
    let cdr = &bench.rows("/cdrs").await[0];
    assert_eq!((&cdr["live_id"], &cdr["billsec"], &cdr["dst"]), (&json!(id), &json!(TALK), &json!(NUMBER)));
}

#[tokio::test]
async fn a_customer_who_does_not_answer_rings_no_agent() {
    let bench = bench_with(exact(OutcomeShares::NO_ANSWER), |knobs| knobs.cdr_legs = Legs::Two);
    let id = web_call(&bench, EXTENSION).await.1["data"]["id"].as_u64().unwrap();
    bench.clock.advance(60);

    let truth = bench.double.ledger().call(id).unwrap();
    assert_eq!((truth.result, truth.ended_by), (Some(CallResult::NoAnswer), Some(Party::Network)));
    assert_eq!((truth.agent_answered_at, truth.agent_leg_id), (None, None));
    let cdrs = bench.rows("/cdrs").await;
    assert_eq!((cdrs.len(), &cdrs[0]["disposition"]), (1, &json!("NO ANSWER")));
}

#[tokio::test]
async fn an_agent_who_lets_it_ring_abandons_the_customer() {
    let carrier = CarrierSettings { agent_misses_share: 1.0, ..exact(OutcomeShares::PERSON) };
    let bench = bench_with(carrier, |knobs| knobs.cdr_legs = Legs::Two);
    let id = web_call(&bench, EXTENSION).await.1["data"]["id"].as_u64().unwrap();
    bench.clock.advance(CUSTOMER_RINGS + 30 + CDR_DELAY);

    let truth = bench.double.ledger().call(id).unwrap();
    assert_eq!(truth.result, Some(CallResult::AgentDidNotAnswer));
    assert!(truth.customer_answered_at.is_some() && truth.connected_at.is_none());
    let cdrs = bench.rows("/cdrs?sort=id").await;
    let short: Vec<_> = cdrs.iter().map(|cdr| (cdr["disposition"].as_str().unwrap(), cdr["is_root"] == true)).collect();
    assert_eq!(short, [("CONNECTED", true), ("NO ANSWER", false)]);
}

#[tokio::test]
async fn the_first_free_member_of_a_queue_is_rung() {
    let bench = bench();
    bench.dial(10_001, "447700900199").await;
    bench.send(Method::PATCH, "/queues/20001", &json!({ "users": [{ "id": 10_002, "status": false }] })).await;

    let (status, body) = web_call(&bench, "600").await;

    assert_eq!(status, 201);
    let truth = bench.double.ledger().call(body["data"]["id"].as_u64().unwrap()).unwrap();
    assert_eq!(truth.agent, 10_003, "10001 talks and 10002 has left");
}

#[tokio::test]
async fn a_customer_may_be_connected_to_somebody_outside() {
    let bench = bench();
    let (status, body) = web_call(&bench, "447700900188").await;
    assert_eq!(status, 201);
    bench.clock.advance(CUSTOMER_RINGS + AGENT_RINGS);
    let truth = bench.double.ledger().call(body["data"]["id"].as_u64().unwrap()).unwrap();
    assert!(truth.connected_at.is_some());
    bench.dial(10_001, "447700900177").await;
}

#[rstest]
#[case(json!({ "to": EXTENSION }), "from")]
#[case(json!({ "from": NUMBER }), "to")]
#[case(json!({ "from": NUMBER, "to": "9999" }), "to")]
#[case(json!({ "from": EXTENSION, "to": EXTENSION }), "from")]
#[tokio::test]
async fn what_is_wrong_with_a_web_call_is_named(#[case] body: Value, #[case] field: &str) {
    let bench = bench();
    let (status, answer) = bench.send(Method::POST, "/webcalls", &body).await;
    assert_eq!((status, &answer["errors"][0]["field"]), (400, &json!(field)));
    assert_eq!(bench.double.ledger().calls(), []);
}

#[rstest]
#[case(CustomerFirstAccount::RateRefused, 400, "Maximum per minute call rate exceeded for 447700900101")]
#[case(CustomerFirstAccount::NotFound, 404, "Not found")]
#[tokio::test]
async fn an_account_may_have_no_such_calls(
    #[case] account: CustomerFirstAccount,
    #[case] status: u16,
    #[case] message: &str,
    #[values(("/webcalls", json!({ "from": NUMBER, "to": EXTENSION })), ("/leadcalls", lead_call(NUMBER)))] request: (
        &str,
        Value,
    ),
) {
    let bench = bench_with(exact(OutcomeShares::PERSON), |knobs| knobs.customer_first = account);
    let (answered, body) = bench.send(Method::POST, request.0, &request.1).await;
    assert_eq!((answered, &body["message"]), (status, &json!(message)));
}

fn lead_call(to: &str) -> Value {
    json!({ "caller_id": "442079460001", "to": to, "tts": "Good morning" })
}

#[tokio::test]
async fn a_lead_call_speaks_its_text_to_the_customer_and_rings_nobody_else() {
    let bench = bench();
    let (status, body) = bench.send(Method::POST, "/leadcalls", &lead_call(NUMBER)).await;
    assert_eq!(status, 201);
    let id = body["data"]["id"].as_u64().unwrap();
    bench.clock.advance(CUSTOMER_RINGS);
    let live = &bench.rows("/calls").await[0];
    assert_eq!(
        (&live["state"], &live["src"], &live["src_id"]),
        (&json!("CONNECTED"), &json!("442079460001"), &json!("0"))
    );
    bench.clock.advance(1);
    let truth = bench.double.ledger().call(id).unwrap();
    assert_eq!((truth.kind, truth.result), (CallKind::Announcement, Some(CallResult::Person)));
    assert_eq!((truth.agent_leg_id, truth.agent_answered_at), (None, None));
    assert_eq!((truth.ended_at.unwrap() - truth.connected_at.unwrap()).whole_milliseconds(), 12 * 70);
}

#[tokio::test]
async fn a_lead_call_shows_an_active_number_of_the_account_or_is_refused() {
    let bench = bench();
    for caller_id in [json!("442079460999"), json!("anonymous"), json!(null)] {
        let body = json!({ "caller_id": caller_id, "to": NUMBER, "tts": "Good morning" });
        let (status, answer) = bench.send(Method::POST, "/leadcalls", &body).await;
        assert_eq!((status, &answer["message"]), (400, &json!("DDI not found")), "{caller_id}");
    }
}

#[tokio::test]
async fn the_answer_to_a_customer_first_call_may_wait_for_the_customer() {
    let bench = bench_with(exact(OutcomeShares::PERSON), |knobs| {
        knobs.customer_first_answer = CustomerFirstAnswer::WhenCustomerAnswers;
    });
    let call = web_call(&bench, EXTENSION);
    tokio::pin!(call);
    let turn = async {
        while bench.double.ledger().calls().is_empty() {
            bench.get("/ping").await;
        }
        bench.get("/ping").await;
        bench.clock.advance(CUSTOMER_RINGS);
    };
    let ((status, body), ()) = tokio::join!(call, turn);
    assert_eq!((status, &body["data"]["state"]), (201, &json!("RINGING")));
}
