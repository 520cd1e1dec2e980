use dialer_domain::Role;
use dialer_simulator::SimulatedUser;
use dialer_tests::{Db, TestApp};
use reqwest::Method;
use rstest::rstest;
use serde_json::json;

#[rstest]
#[case::sqlite(Db::Sqlite)]
#[case::postgres(Db::Postgres)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_s_call_is_placed_shown_live_annotated_and_removed(#[case] db: Db) {
    // A conversation that outlasts the test.
    let app = TestApp::on(db).carrier(|carrier| carrier.short_talk.median_seconds = 90_000.0);
    let app = app.carrier(|carrier| carrier.long_talk_share = 0.0).start().await.unwrap();
    let me = app.customer(Role::Agent).unwrap();
    let wanted = json!({"to": "+447700900123", "leadId": "crm-7", "metadata": {"source": "web"}});
    let placed = me.post("/calls", &wanted).await.unwrap().expect(201);
    assert_eq!((&placed["success"], &placed["call"]["call_id"]), (&json!(true), &placed["callId"]));
    assert_eq!((&placed["call"]["lead_id"], &placed["call"]["status"]), (&json!("crm-7"), &json!("ringing")));
    let path = format!("/calls/{}", placed["call"]["id"].as_str().unwrap());

    let live = loop {
        let call = me.get(&path).await.unwrap().expect(200)["call"].clone();
        if call["status"] == "answered" {
            break call;
        }
        app.pass(time::Duration::seconds(5)).await;
    };
    assert_eq!(live["voip_status"]["state"], "connected");

    let notes = me.patch(&path, &json!({"notes": "asked for a brochure"})).await.unwrap().expect(200);
    assert_eq!(notes["call"]["notes"], "asked for a brochure");
    app.customer(Role::Admin).unwrap().get(&path).await.unwrap().expect(404);

    me.delete(&path).await.unwrap().expect(204);
    me.get(&path).await.unwrap().expect(404);
    assert!(app.provider.ledger().calls()[0].ended_at.is_some(), "a live call is hung up");
    app.stop().await;
}

#[rstest]
#[case::sqlite(Db::Sqlite)]
#[case::postgres(Db::Postgres)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_without_a_phone_is_told_so_and_the_attempt_is_in_the_log(#[case] db: Db) {
    let mut users = SimulatedUser::crew(1);
    users[0].registered = false;
    let app = TestApp::on(db).users(users).start().await.unwrap();
    let me = app.customer(Role::Agent).unwrap();
    let problem = me.post("/calls", &json!({"to": "+447700900123"})).await.unwrap().expect(409);
    assert_eq!(problem["code"], "agent_unreachable");
    let calls = me.get("/calls").await.unwrap().expect(200);
    assert_eq!((&calls["total"], &calls["calls"][0]["status"]), (&json!(1), &json!("failed")));
    assert!(calls["calls"][0]["cause"].as_str().unwrap().contains("no VoIP clients registered"));
    app.stop().await;
}

#[rstest]
#[case::sqlite(Db::Sqlite)]
#[case::postgres(Db::Postgres)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_does_not_want_to_wait_gets_the_entry_at_once_and_the_name_later(#[case] db: Db) {
    let app = TestApp::on(db).start().await.unwrap();
    let me = app.customer(Role::Agent).unwrap();
    let request = me.request(Method::POST, "/calls").header("Prefer", "respond-async");
    let accepted = me.send(request.json(&json!({"to": "+447700900123"}))).await.unwrap();
    assert!(accepted.headers.contains_key("preference-applied"));
    let accepted = accepted.expect(202);
    assert_eq!((&accepted["callId"], &accepted["call"]["status"]), (&json!(null), &json!("initiated")));
    let path = format!("/calls/{}", accepted["call"]["id"].as_str().unwrap());
    while me.get(&path).await.unwrap().expect(200)["call"]["call_id"].is_null() {
        app.pass(time::Duration::seconds(2)).await;
    }
    app.stop().await;
}
