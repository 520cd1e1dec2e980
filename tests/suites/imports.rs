use dialer_domain::Role;
use dialer_tests::{Customer, Db, TestApp};
use reqwest::Method;
use rstest::rstest;
use serde_json::{Value, json};

async fn campaign(me: &Customer) -> String {
    let made = me.post("/campaigns", &json!({"name": "Spring", "type": "power"})).await.unwrap().expect(201);
    format!("/campaigns/{}", made["campaign"]["id"].as_str().unwrap())
}

async fn send(me: &Customer, path: &str, list: String) -> String {
    let request = me.request(Method::POST, &format!("{path}/imports")).header("Content-Type", "text/csv").body(list);
    let made = me.send(request).await.unwrap().expect(202);
    format!("/imports/{}", made["import"]["id"].as_str().unwrap())
}

/// The import once this is true of it.
async fn until(me: &Customer, import: &str, right: impl Fn(&Value) -> bool) -> Value {
    loop {
        let job = me.get(import).await.unwrap().expect(200)["import"].clone();
        if right(&job) {
            return job;
        }
        tokio::task::yield_now().await;
    }
}

fn is_over(job: &Value) -> bool {
    !["queued", "running"].contains(&job["status"].as_str().unwrap())
}

/// A number of North America, different for every `n`.
fn number(n: usize) -> String {
    dialer_testkit::builders::number(u32::try_from(n).unwrap()).as_e164().to_owned()
}

#[rstest]
#[case::sqlite(Db::Sqlite)]
#[case::postgres(Db::Postgres)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_twenty_thousand_rows_every_bad_one_is_reported_at_its_line(#[case] db: Db) {
    const ROWS: usize = 20_000;
    let app = TestApp::on(db).setting("DIALER__IMPORTS__BATCH_ROWS", "3000").start().await.unwrap();
    let me = app.customer(Role::Supervisor).unwrap();
    let path = campaign(&me).await;
    let listed = json!({"contacts": [{"phone_number": number(54_100)}]});
    me.post(&format!("{path}/contacts"), &listed).await.unwrap().expect(201);
    suppress(&app, &me, &number(54_101)).await;

    let mut list = "phone,first name,note\n".to_owned();
    let mut expected = Vec::new();
    let mut line = 2;
    for n in 0..ROWS {
        let (row, reason) = match n % 1_000 {
            // In the same batch, and in all of those after the first.
            117 => (format!("{},x,\n", number(n - 1)), Some("duplicate_in_file")),
            200 if n > 1_000 => (format!("{},x,\n", number(7)), Some("duplicate_in_file")),
            300 => (format!("{},x,\n", number(54_100)), Some("duplicate_in_campaign")),
            400 => (format!("{},x,\n", number(54_101)), Some("dnc_internal")),
            500 => ("ring me,x,\n".to_owned(), Some("invalid_number")),
            600 => (",x,\n".to_owned(), Some("no_number")),
            700 => (format!("{}\n", number(n)), Some("wrong_field_count")),
            800 => (format!("{},{},\n", number(n), "x".repeat(400)), Some("invalid_field")),
            850 => (format!("{},\"x\ny\",\n", number(n)), Some("unclosed_quote")),
            900 => (format!("{},x,\"a\nb\"\n", number(n)), None),
            _ => (format!("{},Zoë,\n", number(n)), None),
        };
        if let Some(reason) = reason {
            expected.push(format!("{line},{reason}"));
        }
        line += row.matches('\n').count();
        list += &row;
    }
    let import = send(&me, &path, list).await;
    let job = until(&me, &import, is_over).await;
    assert_eq!((&job["status"], &job["percent"]), (&json!("completed"), &json!(100)), "{job}");
    assert_eq!((&job["read_rows"], &job["skipped"]), (&json!(ROWS), &json!(expected.len())));
    assert_eq!(job["added"], json!(ROWS - expected.len()));
    let file =
        me.request(Method::GET, &format!("{import}/rows?format=csv")).send().await.unwrap().text().await.unwrap();
    let reported: Vec<String> = file
        .lines()
        .skip(1)
        .map(|row| {
            let fields: Vec<&str> = row.split(',').collect();
            format!("{},{}", fields[0], fields[2])
        })
        .collect();
    assert_eq!(reported, expected);
    let stats = me.get(&path).await.unwrap().expect(200)["campaign"]["stats"].clone();
    assert_eq!(stats["total"], json!(ROWS - expected.len() + 1));
    app.stop().await;
}

async fn suppress(app: &TestApp, me: &Customer, number: &str) {
    let entry = dialer_domain::suppression::Suppression {
        id: dialer_domain::ids::SuppressionId::new(uuid::Uuid::from_u128(7)),
        user_id: me.user,
        phone_number: number.parse().unwrap(),
        campaign_id: None,
        reason: None,
        source: None,
        created_by: None,
        created_at: app.clock.now(),
    };
    app.server.ports().stores.suppressions.suppress(&entry).await.unwrap();
}

#[rstest]
#[case::sqlite(Db::Sqlite)]
#[case::postgres(Db::Postgres)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_import_shows_its_progress_and_can_be_canceled_in_the_middle(#[case] db: Db) {
    let app = TestApp::on(db).setting("DIALER__IMPORTS__BATCH_ROWS", "50").start().await.unwrap();
    let me = app.customer(Role::Supervisor).unwrap();
    let path = campaign(&me).await;
    let rows = (0..50_000).map(number).collect::<Vec<_>>().join("\n");
    let import = send(&me, &path, format!("phone\n{rows}")).await;
    let running = until(&me, &import, |job| job["added"].as_u64().unwrap() > 0).await;
    assert_eq!(running["status"], "running");
    assert!(running["read_bytes"].as_u64().unwrap() < running["total_bytes"].as_u64().unwrap());
    let canceled = me.post(&format!("{import}/cancel"), &json!(null)).await.unwrap().expect(200)["import"].clone();
    assert_eq!(canceled["status"], "canceled");
    let added = canceled["added"].as_u64().unwrap();
    assert!((50..50_000).contains(&added), "{added} were added");

    // The next import of the campaign runs only after the canceled one has let go.
    let next = send(&me, &path, format!("phone\n{}\n", number(54_000))).await;
    until(&me, &next, is_over).await;
    let after = me.get(&import).await.unwrap().expect(200)["import"].clone();
    assert_eq!((&after["status"], &after["added"]), (&json!("canceled"), &json!(added)));
    let stats = me.get(&path).await.unwrap().expect(200)["campaign"]["stats"].clone();
    assert_eq!(stats["total"], json!(added + 1));

    let undone = me.post(&format!("{import}/undo"), &json!(null)).await.unwrap().expect(200)["import"].clone();
    assert_eq!((&undone["status"], &undone["removed"]), (&json!("undone"), &json!(added)));
    let contacts = me.get(&format!("{path}/contacts")).await.unwrap().expect(200);
    assert_eq!((&contacts["total"], &contacts["contacts"][0]["phone_number"]), (&json!(1), &json!(number(54_000))));
    app.stop().await;
}

#[rstest]
#[case::sqlite(Db::Sqlite)]
#[case::postgres(Db::Postgres)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_import_that_is_undone_leaves_those_who_were_called(#[case] db: Db) {
    let app = TestApp::on(db).start().await.unwrap();
    let me = app.customer(Role::Supervisor).unwrap();
    let path = campaign(&me).await;
    let rows = (0..200).map(number).collect::<Vec<_>>().join("\n");
    let import = send(&me, &path, format!("phone\n{rows}")).await;
    until(&me, &import, is_over).await;
    me.patch(&path, &json!({"status": "active"})).await.unwrap().expect(200);
    while me.get("/calls?status=completed").await.unwrap().expect(200)["total"] == json!(0) {
        app.pass(time::Duration::seconds(5)).await;
    }
    me.patch(&path, &json!({"status": "paused"})).await.unwrap().expect(200);
    let undone = me.post(&format!("{import}/undo"), &json!(null)).await.unwrap().expect(200)["import"].clone();
    let (removed, kept) = (undone["removed"].as_u64().unwrap(), undone["kept"].as_u64().unwrap());
    assert!(removed + kept == 200 && (1..200).contains(&kept), "{removed} were removed and {kept} kept");
    let left = me.get(&format!("{path}/contacts?limit=500")).await.unwrap().expect(200);
    assert_eq!(left["total"], json!(kept));
    assert!(left["contacts"].as_array().unwrap().iter().all(|row| !row["last_call_id"].is_null()));
    app.stop().await;
}
