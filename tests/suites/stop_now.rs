//! A campaign that runs on the real parts: its status while it dials, and what a stop makes of its calls.

use dialer_domain::Role;
use dialer_simulator::{OutcomeShares, SimulatedUser};
use dialer_tests::{Customer, Db, TestApp};
use rstest::rstest;
use serde_json::{Value, json};

/// A dialer whose one agent calls somebody whose phone rings for long.
async fn ringing(db: Db) -> (TestApp, Customer, String, Value) {
    let app = TestApp::on(db).users(SimulatedUser::crew(1)).carrier(|carrier| {
        carrier.outcomes = OutcomeShares::NO_ANSWER;
        carrier.ring_timeout_seconds = 3_000.0;
    });
    let app = app.start().await.unwrap();
    let me = app.customer(Role::Supervisor).unwrap();
    let new = json!({ "name": "Spring", "type": "power", "active_hours": { "start": "00:00", "end": "24:00" } });
    let made = me.post("/campaigns", &new).await.unwrap().expect(201);
    let path = format!("/campaigns/{}", made["campaign"]["id"].as_str().unwrap());
    let contacts = json!({ "contacts": [{ "phone_number": "+447700900123" }, { "phone_number": "+447700900124" }] });
    me.post(&format!("{path}/contacts"), &contacts).await.unwrap().expect(201);
    me.post(&format!("{path}/actions/start"), &Value::Null).await.unwrap().expect(200);
    let call = loop {
        let calls = me.get("/calls?status=ringing").await.unwrap().expect(200);
        if calls["total"] == 1 {
            break calls["calls"][0].clone();
        }
        app.pass(time::Duration::seconds(2)).await;
    };
    (app, me, path, call)
}

#[rstest]
#[case::sqlite(Db::Sqlite)]
#[case::postgres(Db::Postgres)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_campaign_that_rings_is_stopped_and_its_call_counts_as_canceled(#[case] db: Db) {
    let (app, me, path, call) = ringing(db).await;
    let status = me.get(&format!("{path}/status")).await.unwrap().expect(200)["status"].clone();
    assert_eq!((&status["blocked_by"], &status["agents"]["busy"]), (&json!("agents"), &json!(1)), "{status}");
    assert_eq!(status["contacts"]["refused"]["attempt_live"], 1);
    assert_eq!(status["request_budget"]["limit_per_minute"], 100);
    assert_eq!(status["pacer"]["holder"], "this-program");

    let stopped = me.post(&format!("{path}/actions/stop-now"), &Value::Null).await.unwrap().expect(200);
    assert_eq!((&stopped["hung_up"], &stopped["spared"], &stopped["unknown"]), (&json!(1), &json!(0), &json!(0)));
    assert!(app.provider.ledger().calls()[0].ended_at.is_some(), "the customer's phone is silent");
    let call = format!("/calls/{}", call["id"].as_str().unwrap());
    assert_eq!(me.get(&call).await.unwrap().expect(200)["call"]["status"], "canceled");

    // The provider's record says the same, and nobody is dialled any more.
    loop {
        let told = me.get(&format!("{call}/explain")).await.unwrap().expect(200)["explanation"].clone();
        if told["verdict"]["evidence"].as_str().unwrap().contains("record") {
            assert_eq!(told["verdict"]["outcome"], "canceled", "{told}");
            break;
        }
        app.pass(time::Duration::seconds(10)).await;
    }
    app.pass(time::Duration::minutes(1)).await;
    assert_eq!(me.get("/calls").await.unwrap().expect(200)["total"], 1);
    let contacts = me.get(&format!("{path}/contacts?status=failed")).await.unwrap().expect(200);
    assert_eq!((&contacts["total"], &contacts["contacts"][0]["attempts"]), (&json!(1), &json!(1)));
    assert!(!contacts["contacts"][0]["next_attempt_at"].is_null(), "it is tried again by rule");
    app.stop().await;
}

#[rstest]
#[case::sqlite(Db::Sqlite)]
#[case::postgres(Db::Postgres)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_that_lets_nobody_hang_up_while_it_rings_says_so(#[case] db: Db) {
    let (app, me, path, call) = ringing(db).await;
    app.provider.knobs().set(|knobs| knobs.cancel_while_ringing = false);
    let stopped = me.post(&format!("{path}/actions/stop-now"), &Value::Null).await.unwrap().expect(200);
    assert_eq!((&stopped["hung_up"], &stopped["refused"]), (&json!(0), &json!(1)), "{stopped}");
    assert_eq!((&stopped["campaign"]["status"], &stopped["calls"][0]["call_id"]), (&json!("paused"), &call["id"]));
    assert!(!stopped["calls"][0]["reason"].is_null());
    app.stop().await;
}
