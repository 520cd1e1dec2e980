use dialer_domain::Role;
use dialer_tests::{Customer, Db, TestApp};
use rstest::rstest;
use serde_json::json;

async fn campaign(me: &Customer) -> String {
    let made = me.post("/campaigns", &json!({"name": "Spring", "type": "power"})).await.unwrap().expect(201);
    format!("/campaigns/{}", made["campaign"]["id"].as_str().unwrap())
}

#[rstest]
#[case::sqlite(Db::Sqlite)]
#[case::postgres(Db::Postgres)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_called_is_reported_and_the_rest_is_stored_and_counted(#[case] db: Db) {
    let app = TestApp::on(db).start().await.unwrap();
    let me = app.customer(Role::Supervisor).unwrap();
    let path = campaign(&me).await;
    let list = json!({"contacts": [
        {"phone_number": "+44 7700 900123", "first_name": "Zoë", "metadata": {"tier": 2}},
        {"phone_number": "nonsense"},
        {"phone_number": "+447700900123"},
        {"phone_number": "+447700900124", "company": "株式会社"},
    ]});
    let added = me.post(&format!("{path}/contacts"), &list).await.unwrap().expect(201);
    assert_eq!(added["added"], 2);
    assert_eq!(added["contacts"][0]["phone_number"], "+447700900123");
    assert_eq!(added["contacts"][0]["metadata"], json!({"tier": 2}));
    let reasons: Vec<_> =
        added["skipped"].as_array().unwrap().iter().map(|row| (&row["index"], &row["reason"])).collect();
    assert_eq!(reasons, [(&json!(1), &json!("invalid_number")), (&json!(2), &json!("duplicate_in_file"))]);

    let again = me.post(&format!("{path}/contacts"), &list).await.unwrap().expect(201);
    assert_eq!((&again["added"], &again["skipped"][0]["reason"]), (&json!(0), &json!("duplicate_in_campaign")));

    let listed = me.get(&format!("{path}/contacts?status=pending&limit=1&offset=1")).await.unwrap().expect(200);
    assert_eq!((&listed["total"], &listed["contacts"][0]["company"]), (&json!(2), &json!("株式会社")));
    let stats = me.get(&path).await.unwrap().expect(200)["campaign"]["stats"].clone();
    assert_eq!((&stats["total"], &stats["pending"], &stats["failed"]), (&json!(2), &json!(2), &json!(0)));
    app.stop().await;
}

#[rstest]
#[case::sqlite(Db::Sqlite)]
#[case::postgres(Db::Postgres)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_campaign_is_dialled_and_its_contacts_calls_and_counts_agree(#[case] db: Db) {
    let app = TestApp::on(db).start().await.unwrap();
    let me = app.customer(Role::Supervisor).unwrap();
    let path = campaign(&me).await;
    let list =
        json!({"contacts": (100..105).map(|n| json!({"phone_number": format!("+447700900{n}")})).collect::<Vec<_>>()});
    me.post(&format!("{path}/contacts"), &list).await.unwrap().expect(201);
    me.patch(&path, &json!({"status": "active"})).await.unwrap().expect(200);
    loop {
        let row = me.get(&path).await.unwrap().expect(200)["campaign"].clone();
        if row["status"] == "completed" {
            assert_eq!((&row["stats"]["completed"], &row["stats"]["calling"]), (&json!(5), &json!(0)));
            break;
        }
        app.pass(time::Duration::seconds(10)).await;
    }
    let calls = me.get("/calls?status=completed").await.unwrap().expect(200);
    assert_eq!(calls["total"], 5);
    for call in calls["calls"].as_array().unwrap() {
        assert_eq!(call["campaign_id"].as_str().unwrap(), path.trim_start_matches("/campaigns/"));
        assert_eq!((&call["direction"], &call["attempt"]), (&json!("outbound"), &json!(1)));
        assert!(call["answered_at"].is_string() && call["ended_at"].is_string());
    }
    assert!(app.provider.ledger().overlapping_attempts().is_empty());
    // The log outlives the campaign.
    me.delete(&path).await.unwrap().expect(204);
    let kept = me.get("/calls").await.unwrap().expect(200);
    assert_eq!((&kept["total"], &kept["calls"][0]["campaign_id"]), (&json!(5), &json!(null)));
    app.stop().await;
}
