//! A call from `POST /calls` to its end.

use dialer_simulator::{AgentLegShows, CallResult, DialAnswer, Legs, OutcomeShares, Party};
use reqwest::Method;
use serde_json::json;
use time::Duration;

use crate::common::{AGENT_RINGS, CUSTOMER_RINGS, NUMBER, START, TALK, bench, bench_with, exact};

#[tokio::test]
async fn the_answer_to_a_dial_waits_until_the_agent_picks_up() {
    let bench = bench();

    let dial = bench.begin_dial(json!({ "to": NUMBER, "from": "10003", "caller_id": "442079460002" })).await;
    let live = bench.rows("/calls").await;
    assert_eq!(live.len(), 1);
    assert_eq!(live[0]["state"], "INITIAL");
    bench.clock.advance(AGENT_RINGS - 1);
    bench.get("/ping").await;
    assert!(!dial.is_finished());

    bench.clock.advance(1);
    let (status, body) = dial.await.unwrap().unwrap();
    assert_eq!(status, 201);
    let call = &body["data"];
    assert!(call["id"].as_u64().unwrap() > 4_200_000_000, "ids need 64 bits");
    assert_eq!(call["state"], "RINGING");
    assert_eq!(call["src_id"], "10003", "a string");
    assert_eq!(call["src_name"], "Cleo Placeholder");
    assert_eq!(call["dst"], NUMBER);
    assert_eq!(call["clid"], "\"+442079460002\" <+442079460002>");
    assert_eq!(call["start_time"], START.unix_timestamp());
}

#[tokio::test]
async fn a_live_call_rings_is_connected_and_is_gone_when_it_is_over() {
    let bench = bench();
    let id = bench.dial(10_001, NUMBER).await;
    let path = format!("/calls/{id}");

    let (status, ringing) = bench.get(&path).await;
    assert_eq!((status, &ringing["data"]["state"]), (200, &json!("RINGING")));
    assert!(ringing["data"].get("connected_at").is_none(), "not before the answer");
    assert_eq!(ringing["data"]["destination"], "out");

    bench.clock.advance(CUSTOMER_RINGS);
    let (_, connected) = bench.get(&path).await;
    assert_eq!(connected["data"]["state"], "CONNECTED");
    let connected_at = START + Duration::seconds(AGENT_RINGS + CUSTOMER_RINGS);
    assert_eq!(connected["data"]["connected_at"], connected_at.unix_timestamp());

    bench.clock.advance(TALK);
    assert_eq!(bench.get(&path).await.0, 404);
    assert_eq!(bench.rows("/calls").await, Vec::<serde_json::Value>::new());
    let truth = bench.double.ledger().call(id).unwrap();
    assert_eq!(truth.result, Some(CallResult::Person));
    assert_eq!(i64::from(truth.talk_seconds), TALK);
}

#[tokio::test]
async fn a_dial_that_names_no_user_rings_the_user_of_the_token() {
    let bench = bench();

    bench.begin_dial(json!({ "to": NUMBER })).await;

    assert_eq!(bench.rows("/calls").await[0]["src_id"], "10001");
}

#[tokio::test]
async fn a_dial_answered_at_once_shows_the_agents_leg_first() {
    let bench = bench_with(exact(OutcomeShares::PERSON), |knobs| knobs.dial_answer = DialAnswer::AtOnce);

    let (status, body) = bench.send(Method::POST, "/calls", &json!({ "to": NUMBER, "from": 10_002 })).await;

    assert_eq!((status, &body["data"]["state"]), (201, &json!("INITIAL")));
    bench.clock.advance(AGENT_RINGS);
    assert_eq!(bench.rows("/calls").await[0]["state"], "RINGING");
}

#[tokio::test]
async fn the_agents_ringing_phone_may_look_like_the_customers() {
    let bench = bench_with(exact(OutcomeShares::PERSON), |knobs| knobs.agent_leg_shows = AgentLegShows::Ringing);

    bench.begin_dial(json!({ "to": NUMBER })).await;

    assert_eq!(bench.rows("/calls").await[0]["state"], "RINGING");
    assert!(bench.double.ledger().calls()[0].agent_answered_at.is_none());
}

#[tokio::test]
async fn a_call_may_show_as_two_legs_and_ends_by_either() {
    let bench = bench_with(exact(OutcomeShares::PERSON), |knobs| knobs.live_legs = Legs::Two);
    let id = bench.dial(10_001, NUMBER).await;

    let legs = bench.rows("/calls").await;
    assert_eq!(legs.len(), 2);
    assert_eq!((legs[0]["id"].as_u64(), &legs[0]["parent_id"]), (Some(id), &json!(null)));
    assert_eq!(legs[1]["parent_id"].as_u64(), Some(id));

    let customer_leg = legs[1]["id"].as_u64().unwrap();
    assert_eq!(bench.get(&format!("/calls/{customer_leg}")).await.0, 200);
    assert_eq!(bench.delete(&format!("/calls/{customer_leg}")).await.0, 204);
    assert_eq!(bench.get(&format!("/calls/{id}")).await.0, 404);
}

#[tokio::test]
async fn hanging_up_ends_a_connected_call_at_once() {
    let bench = bench();
    let id = bench.dial(10_001, NUMBER).await;
    bench.clock.advance(CUSTOMER_RINGS + 20);

    let (status, body) = bench.delete(&format!("/calls/{id}")).await;

    assert_eq!((status, body), (204, json!(null)));
    assert_eq!(bench.get(&format!("/calls/{id}")).await.0, 404);
    let truth = bench.double.ledger().call(id).unwrap();
    assert_eq!((truth.result, truth.ended_by), (Some(CallResult::Person), Some(Party::Request)));
    assert_eq!(truth.talk_seconds, 20);
    assert_eq!(bench.delete(&format!("/calls/{id}")).await.0, 404, "it is over already");
}

#[tokio::test]
async fn hanging_up_while_the_customers_phone_rings_cancels_the_call() {
    let bench = bench();
    let id = bench.dial(10_001, NUMBER).await;

    assert_eq!(bench.delete(&format!("/calls/{id}")).await.0, 204);

    assert_eq!(bench.double.ledger().call(id).unwrap().result, Some(CallResult::Canceled));
}

#[tokio::test]
async fn where_ringing_calls_cannot_be_cancelled_hanging_up_is_refused_until_the_answer() {
    let bench = bench_with(exact(OutcomeShares::PERSON), |knobs| knobs.cancel_while_ringing = false);
    let id = bench.dial(10_001, NUMBER).await;

    assert_eq!(bench.delete(&format!("/calls/{id}")).await.0, 400);
    assert_eq!(bench.get(&format!("/calls/{id}")).await.0, 200, "it rings on");
    bench.clock.advance(CUSTOMER_RINGS);
    assert_eq!(bench.delete(&format!("/calls/{id}")).await.0, 204);
}

#[tokio::test]
async fn hanging_up_while_the_agents_phone_rings_answers_the_waiting_dial() {
    let bench = bench();
    let dial = bench.begin_dial(json!({ "to": NUMBER })).await;
    let id = bench.rows("/calls").await[0]["id"].as_u64().unwrap();

    assert_eq!(bench.delete(&format!("/calls/{id}")).await.0, 204);

    assert_eq!(dial.await.unwrap().unwrap().0, 412);
    assert_eq!(bench.double.ledger().call(id).unwrap().agent_answered_at, None);
}

#[tokio::test]
async fn unknown_calls_are_not_found() {
    let bench = bench();

    for id in ["1", "5100000017", "99999999999999999999999", "mine"] {
        assert_eq!(bench.get(&format!("/calls/{id}")).await.0, 404, "{id}");
        assert_eq!(bench.delete(&format!("/calls/{id}")).await.0, 404, "{id}");
        let transfer = bench.send(Method::PATCH, &format!("/calls/{id}"), &json!({ "dst": "6001" })).await;
        assert_eq!(transfer.0, 404, "{id}");
    }
}

#[tokio::test]
async fn a_connected_call_can_be_passed_on_which_frees_the_agent() {
    let bench = bench();
    let id = bench.dial(10_001, NUMBER).await;
    let path = format!("/calls/{id}");
    let target = json!({ "dst": "447700900199" });

    assert_eq!(bench.send(Method::PATCH, &path, &target).await.0, 400, "not while it rings");
    bench.clock.advance(CUSTOMER_RINGS);
    assert_eq!(bench.send(Method::PATCH, &path, &json!({ "dst": "+44" })).await.0, 400);
    let (status, body) = bench.send(Method::PATCH, &path, &target).await;
    assert_eq!((status, body["data"]["id"].as_u64()), (200, Some(id)));

    bench.dial(10_001, "447700900103").await;
    assert_eq!(bench.rows("/calls").await.len(), 2, "the customer talks on");
}

#[tokio::test]
async fn a_call_goes_on_when_the_client_gives_up_waiting() {
    let bench = bench();
    let dial = bench.begin_dial(json!({ "to": NUMBER })).await;

    dial.abort();
    assert!(dial.await.unwrap_err().is_cancelled());
    bench.clock.advance(AGENT_RINGS + CUSTOMER_RINGS);

    assert_eq!(bench.rows("/calls").await[0]["state"], "CONNECTED");
}
