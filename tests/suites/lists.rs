use dialer_domain::contacts::store::ContactStore;
use dialer_domain::contacts::{Contact, Person};
use dialer_domain::leases::LeaseStore;
use dialer_domain::queue::store::DialQueue;
use dialer_domain::{CampaignId, ContactId, PhoneNumber, QueueEntryId, Role, Scope};
use dialer_testkit::builders::id;
use dialer_testkit::pacing;
use dialer_tests::{Customer, Db, TestApp};
use rstest::rstest;
use serde_json::{Value, json};

/// A draft with `count` contacts in line, and its queue.
async fn line(app: &TestApp, me: &Customer, count: u32) -> (String, Vec<Value>) {
    let made = me.post("/campaigns", &json!({"name": "Spring", "type": "power"})).await.unwrap().expect(201);
    let path = format!("/campaigns/{}", made["campaign"]["id"].as_str().unwrap());
    let contacts: Vec<_> = (0..count).map(|n| json!({"phone_number": format!("+447700900{}", 100 + n)})).collect();
    me.post(&format!("{path}/contacts"), &json!({"contacts": contacts})).await.unwrap().expect(201);
    let ids = (0..count).map(|_| id(QueueEntryId::new)).collect();
    let (database, campaign) = (app.database(), campaign_of(&path));
    let lease = pacing(database, campaign).await;
    database.plan(campaign, &lease, ids, app.clock.now()).await.unwrap();
    assert!(database.release(&lease).await.unwrap());
    let listed = me.get(&format!("{path}/queue?status=queued")).await.unwrap().expect(200);
    assert_eq!(listed["total"], count);
    (path, listed["queue"].as_array().unwrap().clone())
}

fn campaign_of(path: &str) -> CampaignId {
    path.rsplit('/').next().unwrap().parse().unwrap()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

/// The numbers that were called until `count` calls are over, first call first.
async fn called(app: &TestApp, me: &Customer, count: usize) -> Vec<String> {
    loop {
        let answer = me.get("/calls").await.unwrap().expect(200);
        let calls = answer["calls"].as_array().unwrap();
        if calls.iter().filter(|call| call["ended_at"].is_string()).count() >= count {
            return calls.iter().rev().map(|call| text(&call["to_number"]).to_owned()).collect();
        }
        app.pass(time::Duration::seconds(10)).await;
    }
}

#[rstest]
#[case::sqlite(Db::Sqlite)]
#[case::postgres(Db::Postgres)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whom_a_person_moves_goes_first_and_whom_they_skip_is_not_dialled(#[case] db: Db) {
    let app = TestApp::on(db).start().await.unwrap();
    let me = app.customer(Role::Supervisor).unwrap();
    let (path, line) = line(&app, &me, 4).await;
    let last = format!("{path}/queue/{}", text(&line[3]["id"]));
    let moved = me.patch(&last, &json!({"priority": 500})).await.unwrap().expect(200);
    assert_eq!(moved["entry"]["priority"], 500);
    let skip = format!("{path}/queue/{}/skip", text(&line[1]["id"]));
    let skipped = me.post(&skip, &json!({"reason": "on holiday"})).await.unwrap().expect(200);
    assert_eq!(skipped["entry"]["status"], "skipped");
    assert_eq!(me.post(&skip, &json!({})).await.unwrap().expect(409)["code"], "conflict");

    me.patch(&path, &json!({"status": "active"})).await.unwrap().expect(200);
    let expected: Vec<_> = [3, 0, 2].map(|place: usize| text(&line[place]["phone_number"]).to_owned()).into();
    assert_eq!(called(&app, &me, 3).await, expected);
    let contact = format!("/contacts/{}", text(&line[1]["contact_id"]));
    let resting = me.get(&contact).await.unwrap().expect(200);
    assert_eq!((&resting["contact"]["status"], &resting["contact"]["attempts"]), (&json!("pending"), &json!(0)));
    let over = me.get(&format!("{path}/queue?status=completed")).await.unwrap().expect(200);
    assert_eq!(over["total"], 3);
    assert_eq!(me.patch(&last, &json!({"priority": 1})).await.unwrap().expect(409)["code"], "conflict");
    app.stop().await;
}

#[rstest]
#[case::sqlite(Db::Sqlite)]
#[case::postgres(Db::Postgres)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_number_suppressed_while_its_contact_waits_in_line_is_not_dialled(#[case] db: Db) {
    let app = TestApp::on(db).start().await.unwrap();
    let me = app.customer(Role::Supervisor).unwrap();
    let (path, line) = line(&app, &me, 3).await;
    me.post("/suppressions", &json!({"phone_number": line[0]["phone_number"]})).await.unwrap().expect(201);
    me.patch(&path, &json!({"status": "active"})).await.unwrap().expect(200);
    let expected: Vec<_> = [1, 2].map(|place: usize| text(&line[place]["phone_number"]).to_owned()).into();
    assert_eq!(called(&app, &me, 2).await, expected);
    let skipped = me.get(&format!("{path}/queue?status=skipped")).await.unwrap().expect(200);
    assert_eq!((&skipped["total"], &skipped["queue"][0]["id"]), (&json!(1), &line[0]["id"]));
    let contact = format!("/contacts/{}", text(&line[0]["contact_id"]));
    assert_eq!(me.get(&contact).await.unwrap().expect(200)["contact"]["status"], "do-not-call");
    app.stop().await;
}

#[rstest]
#[case::sqlite(Db::Sqlite)]
#[case::postgres(Db::Postgres)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_assigned_agent_reads_the_campaign_and_the_contact_reserved_for_them(#[case] db: Db) {
    let app = TestApp::on(db).start().await.unwrap();
    let (me, agent) = (app.customer(Role::Supervisor).unwrap(), app.customer(Role::Agent).unwrap());
    let (path, line) = line(&app, &me, 1).await;
    let number = PhoneNumber::parse("+447700900199", None).unwrap();
    let id = id(ContactId::new);
    let fresh = Contact::fresh(id, campaign_of(&path), Person::with_number(number), app.clock.now());
    let reserved = Contact { reserved_for: Some(agent.user), ..fresh };
    app.database().import(Scope::Service, campaign_of(&path), vec![reserved]).await.unwrap();
    let mine = me.get(&path).await.unwrap().expect(200);

    agent.get(&path).await.unwrap().expect(404);
    agent.get(&format!("/contacts/{id}")).await.unwrap().expect(404);
    let agents = format!("{path}/agents");
    me.post(&agents, &json!({"user_id": agent.user})).await.unwrap().expect(201);
    me.post(&agents, &json!({"user_id": agent.user})).await.unwrap().expect(200);
    assert_eq!(agent.get(&path).await.unwrap().expect(200), mine);
    let listed = agent.get("/campaigns").await.unwrap().expect(200);
    assert_eq!((&listed["total"], &listed["campaigns"][0]), (&json!(1), &mine["campaign"]));
    let shown = agent.get(&format!("/contacts/{id}")).await.unwrap().expect(200);
    assert_eq!(shown["contact"]["phone_number"], "+447700900199");
    agent.get(&format!("/contacts/{}", text(&line[0]["contact_id"]))).await.unwrap().expect(404);
    for part in ["contacts", "queue", "agents"] {
        agent.get(&format!("{path}/{part}")).await.unwrap().expect(404);
    }
    let call = json!({"to": "+447700900199", "campaignId": campaign_of(&path)});
    agent.post("/calls", &call).await.unwrap().expect(404);
    assert_eq!(me.get("/calls").await.unwrap().expect(200)["total"], 0);

    me.delete(&format!("{agents}/{}", agent.user)).await.unwrap().expect(204);
    agent.get(&path).await.unwrap().expect(404);
    agent.get(&format!("/contacts/{id}")).await.unwrap().expect(404);
    app.stop().await;
}
