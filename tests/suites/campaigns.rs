use dialer_domain::Role;
use dialer_tests::{Db, TestApp};
use rstest::rstest;
use serde_json::json;

#[rstest]
#[case::sqlite(Db::Sqlite)]
#[case::postgres(Db::Postgres)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_campaign_is_made_read_changed_listed_and_deleted(#[case] db: Db) {
    let app = TestApp::on(db).start().await.unwrap();
    let me = app.customer(Role::Supervisor).unwrap();
    let made = me.post("/campaigns", &json!({"name": "Spring", "type": "power"})).await.unwrap().expect(201);
    let made = &made["campaign"];
    let id = made["id"].as_str().unwrap();
    assert_eq!(made["user_id"], json!(me.user.to_string()));
    assert_eq!((&made["status"], &made["type"]), (&json!("draft"), &json!("power")));
    assert_eq!((&made["max_attempts"], &made["retry_interval"]), (&json!(3), &json!(3600)));
    assert_eq!(made["active_hours"], json!({"start": "09:00", "end": "17:00"}));
    assert_eq!(made["stats"]["total"], json!(0));
    assert!(made["created_at"].as_str().unwrap().ends_with('Z'));

    let change = json!({"status": "active", "name": "Summer", "caller_id": "+44 20 7946 0001", "script": null});
    let changed = me.patch(&format!("/campaigns/{id}"), &change).await.unwrap().expect(200);
    assert_eq!(changed["campaign"]["status"], "active");
    assert_eq!(changed["campaign"]["caller_id"], "+442079460001");
    assert_eq!(me.get(&format!("/campaigns/{id}")).await.unwrap().expect(200)["campaign"]["name"], "Summer");

    me.post("/campaigns", &json!({"name": "Winter", "type": "preview"})).await.unwrap().expect(201);
    let all = me.get("/campaigns").await.unwrap().expect(200);
    assert_eq!((&all["total"], all["campaigns"].as_array().unwrap().len()), (&json!(2), 2));
    let active = me.get("/campaigns?status=active&type=power").await.unwrap().expect(200);
    assert_eq!((&active["total"], &active["campaigns"][0]["name"]), (&json!(1), &json!("Summer")));

    me.delete(&format!("/campaigns/{id}")).await.unwrap().expect(204);
    me.get(&format!("/campaigns/{id}")).await.unwrap().expect(404);
    app.stop().await;
}

#[rstest]
#[case::sqlite(Db::Sqlite)]
#[case::postgres(Db::Postgres)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stranger_finds_none_of_it(#[case] db: Db) {
    let app = TestApp::on(db).start().await.unwrap();
    let me = app.customer(Role::Supervisor).unwrap();
    let made = me.post("/campaigns", &json!({"name": "Mine", "type": "manual"})).await.unwrap().expect(201);
    let path = format!("/campaigns/{}", made["campaign"]["id"].as_str().unwrap());
    let stranger = app.customer(Role::Admin).unwrap();
    stranger.get(&path).await.unwrap().expect(404);
    stranger.patch(&path, &json!({"name": "Theirs"})).await.unwrap().expect(404);
    stranger.delete(&path).await.unwrap().expect(404);
    stranger.get(&format!("{path}/contacts")).await.unwrap().expect(404);
    let contacts = json!({"contacts": [{"phone_number": "+447700900123"}]});
    stranger.post(&format!("{path}/contacts"), &contacts).await.unwrap().expect(404);
    assert_eq!(stranger.get("/campaigns").await.unwrap().expect(200)["total"], 0);
    assert_eq!(me.get(&path).await.unwrap().expect(200)["campaign"]["name"], "Mine");
    app.stop().await;
}

#[rstest]
#[case::sqlite(Db::Sqlite)]
#[case::postgres(Db::Postgres)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_status_that_cannot_follow_is_a_conflict(#[case] db: Db) {
    let app = TestApp::on(db).start().await.unwrap();
    let me = app.customer(Role::Supervisor).unwrap();
    let made = me.post("/campaigns", &json!({"name": "Spring", "type": "power"})).await.unwrap().expect(201);
    let path = format!("/campaigns/{}", made["campaign"]["id"].as_str().unwrap());
    let problem = me.patch(&path, &json!({"status": "paused"})).await.unwrap().expect(409);
    assert!(problem["detail"].as_str().unwrap().contains("draft cannot become paused"));
    app.stop().await;
}
