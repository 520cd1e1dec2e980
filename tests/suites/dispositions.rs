use dialer_domain::{Duration, Role};
use dialer_tests::{Customer, Db, TestApp};
use rstest::rstest;
use serde_json::{Value, json};

/// An active power campaign with these numbers.
async fn campaign(me: &Customer, numbers: &[&str]) -> String {
    let made = me.post("/campaigns", &json!({"name": "Spring", "type": "power"})).await.unwrap().expect(201);
    let path = format!("/campaigns/{}", made["campaign"]["id"].as_str().unwrap());
    let contacts: Vec<Value> = numbers.iter().map(|number| json!({"phone_number": number})).collect();
    me.post(&format!("{path}/contacts"), &json!({"contacts": contacts})).await.unwrap().expect(201);
    me.patch(&path, &json!({"status": "active"})).await.unwrap().expect(200);
    path
}

/// The first call of the user's, once it has this status.
async fn call_that_is(app: &TestApp, me: &Customer, status: &str) -> Value {
    loop {
        let calls = me.get(&format!("/calls?status={status}")).await.unwrap().expect(200);
        if let Some(call) = calls["calls"].get(0) {
            return call.clone();
        }
        app.pass(Duration::seconds(2)).await;
    }
}

async fn contact(me: &Customer, campaign: &str, number: &str) -> Value {
    let listed = me.get(&format!("{campaign}/contacts")).await.unwrap().expect(200);
    let mut contacts = listed["contacts"].as_array().unwrap().iter();
    contacts.find(|contact| contact["phone_number"] == number).unwrap().clone()
}

#[rstest]
#[case::sqlite(Db::Sqlite)]
#[case::postgres(Db::Postgres)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_do_not_call_disposition_stops_the_number_in_every_campaign_of_the_owner_at_once(#[case] db: Db) {
    let app = TestApp::on(db).start().await.unwrap();
    let me = app.customer(Role::Supervisor).unwrap();
    let unwilling = "+447700900123";
    let first = campaign(&me, &[unwilling]).await;
    let call = call_that_is(&app, &me, "answered").await;
    let said = json!({"call_id": call["id"], "disposition": "do-not-call", "notes": "was clear about it"});
    let said = me.post("/dispositions", &said).await.unwrap().expect(201);
    assert_eq!(said["disposition"]["user_id"], json!(me.user.to_string()));

    let second = campaign(&me, &["+447700900124"]).await;
    let listed = json!({"contacts": [{"phone_number": unwilling}]});
    let skipped = me.post(&format!("{second}/contacts"), &listed).await.unwrap().expect(201);
    assert_eq!(skipped["skipped"][0]["reason"], "dnc_internal");
    let refused = me.post("/calls", &json!({"to": unwilling})).await.unwrap().expect(409);
    assert_eq!(refused["code"], "dnc_internal");
    for path in [&first, &second] {
        while me.get(path).await.unwrap().expect(200)["campaign"]["status"] != "completed" {
            app.pass(Duration::seconds(10)).await;
        }
    }
    let closed = contact(&me, &first, unwilling).await;
    assert_eq!((&closed["status"], &closed["next_attempt_at"]), (&json!("do-not-call"), &Value::Null));
    let calls = app.provider.ledger().calls();
    assert_eq!(calls.iter().filter(|call| call.number == unwilling.trim_start_matches('+')).count(), 1);
    app.stop().await;
}

#[rstest]
#[case::sqlite(Db::Sqlite)]
#[case::postgres(Db::Postgres)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_callback_promised_while_the_call_is_live_survives_its_end_and_is_followed_up(#[case] db: Db) {
    // A conversation that outlasts the test.
    let app = TestApp::on(db).carrier(|carrier| carrier.short_talk.median_seconds = 90_000.0);
    let app = app.carrier(|carrier| carrier.long_talk_share = 0.0).start().await.unwrap();
    let me = app.customer(Role::Supervisor).unwrap();
    let number = "+447700900123";
    let path = campaign(&me, &[number]).await;
    let call = call_that_is(&app, &me, "answered").await;
    let promise = json!({
        "call_id": call["id"], "disposition": "callback", "follow_up_date": "2026-03-05T11:00:00.5+01:00",
    });
    let said = me.post("/dispositions", &promise).await.unwrap().expect(201);
    let due = json!("2026-03-05T10:00:00.5Z");
    assert_eq!(said["disposition"]["follow_up_date"], due);

    let call_path = format!("/calls/{}", call["id"].as_str().unwrap());
    let over = me.patch(&call_path, &json!({"status": "completed"})).await.unwrap().expect(200);
    assert_eq!((&over["call"]["status"], &over["call"]["disposition"]), (&json!("completed"), &json!("callback")));
    let waiting = contact(&me, &path, number).await;
    assert_eq!((&waiting["status"], &waiting["next_attempt_at"]), (&json!("callback"), &due));
    let stats = me.get(&path).await.unwrap().expect(200)["campaign"]["stats"].clone();
    assert_eq!((&stats["callback"], &stats["completed"]), (&json!(1), &json!(0)));

    let open = me.get("/follow-ups?status=upcoming").await.unwrap().expect(200);
    let follow_up = &open["follow_ups"][0];
    assert_eq!((&open["total"], &follow_up["due_at"], &follow_up["phone_number"]), (&json!(1), &due, &json!(number)));
    assert_eq!((&follow_up["contact_id"], &follow_up["status"]), (&waiting["id"], &json!("upcoming")));
    assert_eq!(me.get("/follow-ups?status=due").await.unwrap().expect(200)["total"], 0);
    let other = app.customer(Role::Admin).unwrap();
    assert_eq!(other.get("/follow-ups").await.unwrap().expect(200)["total"], 0);

    let done = format!("/follow-ups/{}", follow_up["disposition_id"].as_str().unwrap());
    other.patch(&done, &json!({"status": "done"})).await.unwrap().expect(404);
    let cleared = me.patch(&done, &json!({"status": "done"})).await.unwrap().expect(200);
    assert_eq!(cleared["follow_up"]["status"], "done");
    assert_eq!(me.get("/follow-ups").await.unwrap().expect(200)["total"], 0);
    assert_eq!(contact(&me, &path, number).await["status"], "completed");
    app.stop().await;
}

#[rstest]
#[case::sqlite(Db::Sqlite)]
#[case::postgres(Db::Postgres)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_promised_callback_is_made_when_it_is_due_and_is_then_no_longer_open(#[case] db: Db) {
    let app = TestApp::on(db).start().await.unwrap();
    let me = app.customer(Role::Supervisor).unwrap();
    campaign(&me, &["+447700900123"]).await;
    let call = call_that_is(&app, &me, "answered").await;
    let due = app.clock.now() + Duration::minutes(4);
    let due = due.format(&time::format_description::well_known::Rfc3339).unwrap();
    let promise = json!({"call_id": call["id"], "disposition": "callback", "follow_up_date": due});
    me.post("/dispositions", &promise).await.unwrap().expect(201);
    assert_eq!(me.get("/follow-ups").await.unwrap().expect(200)["total"], 1);
    while me.get("/follow-ups").await.unwrap().expect(200)["total"] != 0 {
        app.pass(Duration::seconds(10)).await;
    }
    let calls = me.get("/calls").await.unwrap().expect(200);
    assert_eq!((&calls["total"], &calls["calls"][0]["attempt"]), (&json!(2), &json!(2)));
    let of_call = format!("/dispositions?call_id={}", call["id"].as_str().unwrap());
    assert_eq!(me.get(&of_call).await.unwrap().expect(200)["total"], 1, "what was said stays on record");
    app.stop().await;
}
