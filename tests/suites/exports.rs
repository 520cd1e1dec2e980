use dialer_domain::Role;
use dialer_tests::{Customer, Db, TestApp};
use reqwest::Method;
use rstest::rstest;
use serde_json::{Value, json};

async fn lines(me: &Customer, path: &str) -> Vec<String> {
    let response = me.request(Method::GET, path).send().await.unwrap();
    assert_eq!(response.status(), 200);
    response.text().await.unwrap().lines().map(str::to_owned).collect()
}

#[rstest]
#[case::sqlite(Db::Sqlite)]
#[case::postgres(Db::Postgres)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_contacts_and_dispositions_leave_as_files(#[case] db: Db) {
    let app = TestApp::on(db).start().await.unwrap();
    let me = app.customer(Role::Supervisor).unwrap();
    let made = me.post("/campaigns", &json!({"name": "Spring", "type": "power"})).await.unwrap().expect(201);
    let campaign = made["campaign"]["id"].as_str().unwrap();
    let contacts: Vec<Value> =
        (0..999).map(|n| json!({"phone_number": format!("+447700900{n:03}"), "first_name": "=cmd"})).collect();
    let path = format!("/campaigns/{campaign}/contacts");
    me.post(&path, &json!({"contacts": contacts})).await.unwrap().expect(201);
    let file = lines(&me, &format!("{path}/export?status=pending")).await;
    assert_eq!(file.len(), 1_000);
    assert!(file[1].contains(",+447700900000,'=cmd,"), "{}", file[1]);

    let placed = me.post("/calls", &json!({"to": "+447700900999"})).await.unwrap().expect(201);
    let call = &placed["call"]["id"];
    let said = json!({"call_id": call, "disposition": "qualified"});
    me.post("/dispositions", &said).await.unwrap().expect(201);
    let calls = lines(&me, "/calls/export?direction=outbound&start_date=2026-03-02&format=jsonl").await;
    assert_eq!(calls.len(), 1);
    assert_eq!(serde_json::from_str::<Value>(&calls[0]).unwrap()["id"], *call);
    assert_eq!(lines(&me, &format!("/calls/export?campaign_id={campaign}")).await.len(), 1);
    let dispositions = lines(&me, "/dispositions/export?format=jsonl").await;
    assert_eq!(serde_json::from_str::<Value>(&dispositions[0]).unwrap()["disposition"], "qualified");

    let stranger = app.customer(Role::Admin).unwrap();
    stranger.get(&format!("{path}/export")).await.unwrap().expect(404);
    assert_eq!(lines(&stranger, "/calls/export").await.len(), 1);
    assert_eq!(lines(&stranger, "/dispositions/export").await.len(), 1);
    app.stop().await;
}
