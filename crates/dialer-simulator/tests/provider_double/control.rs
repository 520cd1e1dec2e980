//! The double asked about itself, apart from the provider that it plays.

use dialer_simulator::Knobs;
use reqwest::Method;
use serde_json::{Value, json};

use crate::common::{CUSTOMER_RINGS, NUMBER, TALK, TOKEN, TestBench, bench, client, read};

async fn ask(bench: &TestBench, method: Method, path: &str, body: &Value) -> (u16, Value) {
    let url = format!("{}{path}", bench.double.control_url());
    read(client().request(method, url).header("X-Auth-Token", TOKEN).json(body).send().await.unwrap()).await
}

#[tokio::test]
async fn the_ledger_tells_the_truth_of_every_call() {
    let bench = bench();
    let id = bench.dial(10_001, NUMBER).await;
    bench.clock.advance(CUSTOMER_RINGS);
    let passed_on = bench.send(Method::PATCH, &format!("/calls/{id}"), &json!({ "dst": "2002" })).await;
    assert_eq!((passed_on.0, &passed_on.1["data"]["referred_by"]), (200, &json!("10001")));
    bench.clock.advance(TALK);

    let (status, ledger) = ask(&bench, Method::GET, "/ledger", &json!({})).await;
    assert_eq!(status, 200);
    let call = &ledger["calls"][0];
    assert_eq!((&call["id"], &call["kind"], &call["number"]), (&json!(id), &json!("agent_first"), &json!(NUMBER)));
    assert_eq!((&call["agent_leg_id"], &call["customer_leg_id"]), (&json!(id), &json!(id + 1)));
    assert_eq!((&call["result"], &call["talk_seconds"]), (&json!("person"), &json!(TALK)));
    assert_eq!((&call["transferred_to"], &call["transferred_at"]), (&json!("2002"), &json!("2026-03-02T09:00:14Z")));
    assert_eq!(
        (&call["placed_at"], &call["ended_at"]),
        (&json!("2026-03-02T09:00:00Z"), &json!("2026-03-02T09:01:14Z"))
    );
    let expected = json!({ "state": "hang-up", "at": "2026-03-02T09:01:14Z" });
    assert_eq!(call["states"].as_array().unwrap().last(), Some(&expected));
    assert_eq!(bench.double.requests().iter().filter(|request| request.path.contains("ledger")).count(), 0);
}

#[tokio::test]
async fn a_customer_passed_on_to_a_user_takes_that_user_s_line() {
    let bench = bench();
    let id = bench.dial(10_001, NUMBER).await;
    bench.clock.advance(CUSTOMER_RINGS);
    bench.send(Method::PATCH, &format!("/calls/{id}"), &json!({ "dst": "2002" })).await;
    let busy = json!({ "to": "447700900199", "from": "10002" });
    assert_eq!(bench.send(Method::POST, "/calls", &busy).await.0, 409);
    bench.dial(10_001, "447700900198").await;
}

#[tokio::test]
async fn knobs_are_read_and_turned_while_the_double_runs() {
    let bench = bench();
    let (_, knobs) = ask(&bench, Method::GET, "/knobs", &json!({})).await;
    assert_eq!(serde_json::from_value::<Knobs>(knobs).unwrap(), Knobs::default());

    let change = json!({ "gone_status": 410, "webhooks": { "lost": 0.5 }, "cdr_delay_seconds": 0.5 });
    let (status, turned) = ask(&bench, Method::PATCH, "/knobs", &change).await;
    assert_eq!((status, &turned["webhooks"]["lost"], &turned["webhooks"]["retries"]), (200, &json!(0.5), &json!(3)));
    assert_eq!(bench.get("/calls/1").await.0, 410);

    for (change, problem) in [
        (json!({ "gone_stauts": 410 }), "gone_stauts"),
        (json!({ "faults": { "stall": 2 } }), "`faults.stall` must be from 0 to 1"),
        (json!([]), "not a JSON object"),
    ] {
        let (status, body) = ask(&bench, Method::PATCH, "/knobs", &change).await;
        assert_eq!(status, 400);
        assert!(body["message"].as_str().unwrap().contains(problem), "{body}");
    }
    assert_eq!(bench.double.knobs().get().gone_status, 410, "as it was");
}

#[tokio::test]
async fn only_who_holds_a_token_of_the_double_may_ask_it_also_when_the_provider_calls_it_expired() {
    let bench = bench();
    bench.double.knobs().set(|knobs| knobs.api_keys_expired = true);
    assert_eq!(bench.get("/ping").await.0, 401);
    assert_eq!(ask(&bench, Method::GET, "/ledger", &json!({})).await.0, 200);
    let url = format!("{}/ledger", bench.double.control_url());
    assert_eq!(read(client().get(&url).send().await.unwrap()).await.0, 401);
    let (status, body) = ask(&bench, Method::GET, "/nothing", &json!({})).await;
    assert_eq!(status, 404);
    assert!(body["message"].as_str().unwrap().contains("/_double/ledger"));
}

#[tokio::test]
async fn calls_and_messages_are_let_in_by_request() {
    let bench = bench();
    let (status, call) = ask(&bench, Method::POST, "/calls", &json!({ "from": "447700900150", "user": 10_002 })).await;
    assert_eq!(status, 201);
    assert_eq!(bench.rows("/calls").await[0]["id"], call["id"]);
    let sms = json!({ "from": "447700900150", "to": "442079460001", "text": "Hello" });
    assert_eq!(ask(&bench, Method::POST, "/sms", &sms).await.0, 204);
    assert_eq!(bench.rows("/sms").await.len(), 1);
    let voice = json!({ "from": "447700900150", "to": "442079460001", "seconds": 9 });
    assert_eq!(ask(&bench, Method::POST, "/voicemessages", &voice).await.0, 201);
    assert_eq!(bench.rows("/voicemessages").await[0]["duration"], 9);
    for (path, body) in [
        ("/calls", json!({ "from": "447700900150", "user": 1 })),
        ("/calls", json!({ "from": "me", "user": 10_002 })),
        ("/calls", json!({})),
        ("/sms", json!({ "from": "447700900150" })),
        ("/voicemessages", json!({ "seconds": -1 })),
    ] {
        assert_eq!(ask(&bench, Method::POST, path, &body).await.0, 400, "{path} {body}");
    }
}

#[tokio::test]
async fn without_webhooks_nothing_is_told() {
    let bench = bench();
    bench.dial(10_001, NUMBER).await;
    bench.double.deliver_all().await;
    assert_eq!(ask(&bench, Method::GET, "/webhooks", &json!({})).await, (200, json!({ "deliveries": [] })));
}
