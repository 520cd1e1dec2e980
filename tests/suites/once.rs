//! `Idempotency-Key`, on both databases.

use dialer_domain::Role;
use dialer_tests::{Answer, Customer, Db, TestApp};
use reqwest::Method;
use rstest::rstest;
use serde_json::{Value, json};

async fn post(me: &Customer, key: &str, path: &str, body: &Value) -> Answer {
    me.send(me.request(Method::POST, path).header("Idempotency-Key", key).json(body)).await.unwrap()
}

#[rstest]
#[case::sqlite(Db::Sqlite)]
#[case::postgres(Db::Postgres)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_sent_again_is_carried_out_once(#[case] db: Db) {
    let app = TestApp::on(db).start().await.unwrap();
    let me = app.customer(Role::Supervisor).unwrap();
    let spring = json!({"name": "Spring", "type": "manual"});
    let made = post(&me, "campaign", "/campaigns", &spring).await.expect(201);
    assert_eq!(post(&me, "campaign", "/campaigns", &spring).await.expect(201), made);
    assert_eq!(me.get("/campaigns").await.unwrap().expect(200)["total"], 1);

    let path = format!("/campaigns/{}/contacts", made["campaign"]["id"].as_str().unwrap());
    let contacts = json!({"contacts": [{"phone_number": "+447700900123", "first_name": "Žofie"}]});
    let added = post(&me, "contacts", &path, &contacts).await.expect(201);
    let again = post(&me, "contacts", &path, &contacts).await;
    assert_eq!(again.headers["idempotency-replayed"], "true");
    assert_eq!(again.expect(201), added);
    assert_eq!(added["added"], 1);

    let call = json!({"to": "+447700900124"});
    let placed = post(&me, "call", "/calls", &call).await.expect(201);
    assert_eq!(post(&me, "call", "/calls", &call).await.expect(201), placed);
    assert_eq!(me.get("/calls").await.unwrap().expect(200)["total"], 1);
    let said = json!({"call_id": placed["call"]["id"], "disposition": "do-not-call"});
    let recorded = post(&me, "disposition", "/dispositions", &said).await.expect(201);
    assert_eq!(post(&me, "disposition", "/dispositions", &said).await.expect(201), recorded);
    assert_eq!(me.get("/dispositions").await.unwrap().expect(200)["total"], 1);
    let problem = post(&me, "call", "/calls", &json!({"to": "+447700900125"})).await.expect(422);
    assert_eq!(problem["code"], "idempotency_key_reused");
    app.stop().await;
}

#[rstest]
#[case::sqlite(Db::Sqlite)]
#[case::postgres(Db::Postgres)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_sent_many_times_at_once_is_carried_out_once(#[case] db: Db) {
    let app = TestApp::on(db).start().await.unwrap();
    let me = app.customer(Role::Supervisor).unwrap();
    let mut senders = tokio::task::JoinSet::new();
    for _ in 0..6 {
        let me = me.clone();
        senders.spawn(async move { post(&me, "call", "/calls", &json!({"to": "+447700900124"})).await });
    }
    let answers = senders.join_all().await;
    assert!(answers.iter().all(|answer| answer.status.is_success()), "{answers:?}");
    let id = &answers[0].body["call"]["id"];
    assert!(answers.iter().all(|answer| answer.body["call"]["id"] == *id));
    assert_eq!(me.get("/calls").await.unwrap().expect(200)["total"], 1);
    app.stop().await;
}

#[rstest]
#[case::sqlite(Db::Sqlite)]
#[case::postgres(Db::Postgres)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_that_is_sent_again_is_imported_once_and_undone_once(#[case] db: Db) {
    let app = TestApp::on(db).start().await.unwrap();
    let me = app.customer(Role::Supervisor).unwrap();
    let made = me.post("/campaigns", &json!({"name": "Spring", "type": "power"})).await.unwrap().expect(201);
    let campaign = format!("/campaigns/{}", made["campaign"]["id"].as_str().unwrap());
    let path = format!("{campaign}/imports");
    let send = async |boundary: &str, column: &str| {
        let part = |about: &str, content: &str| {
            format!("--{boundary}\r\nContent-Disposition: form-data; {about}\r\n\r\n{content}\r\n")
        };
        let mut form = part("name=\"mapping\"", &format!("phone_number:{column}"));
        form.push_str(&part("name=\"file\"; filename=\"a.csv\"", "a,b\n+447700900123,+447700900124\n"));
        form.push_str(&format!("--{boundary}--\r\n"));
        let request = me.request(Method::POST, &path).header("Idempotency-Key", "list");
        let kind = format!("multipart/form-data; boundary={boundary}");
        me.send(request.header("Content-Type", kind).body(form)).await.unwrap()
    };
    let queued = send("one", "a").await.expect(202);
    // Whoever sends a form again makes up another boundary.
    let again = send("two", "a").await;
    assert_eq!(again.headers["idempotency-replayed"], "true");
    assert_eq!(again.expect(202), queued);
    assert_eq!(send("one", "b").await.expect(422)["code"], "idempotency_key_reused");
    assert_eq!(me.get(&path).await.unwrap().expect(200)["total"], 1);

    let import = format!("/imports/{}", queued["import"]["id"].as_str().unwrap());
    while me.get(&import).await.unwrap().expect(200)["import"]["status"] != "completed" {
        tokio::task::yield_now().await;
    }
    let undone = post(&me, "undo", &format!("{import}/undo"), &json!({})).await.expect(200);
    assert_eq!((&undone["import"]["status"], &undone["import"]["removed"]), (&json!("undone"), &json!(1)));
    assert_eq!(post(&me, "undo", &format!("{import}/undo"), &json!({})).await.expect(200), undone);
    app.stop().await;
}
