//! The contract with the clients that speak this API already, line by line: paths, parameters, words, keys.

use dialer_domain::Role;
use dialer_tests::{Answer, Customer, Db, TestApp};
use reqwest::Method;
use rstest::rstest;
use serde_json::{Value, json};

const CALL: &[&str] = &[
    "id",
    "user_id",
    "call_id",
    "direction",
    "from_number",
    "to_number",
    "status",
    "duration",
    "recording_url",
    "notes",
    "lead_id",
    "campaign_id",
    "metadata",
    "started_at",
    "answered_at",
    "ended_at",
    "created_at",
    "updated_at",
];
const CAMPAIGN: &[&str] = &[
    "id",
    "user_id",
    "name",
    "description",
    "type",
    "status",
    "caller_id",
    "script",
    "max_attempts",
    "retry_interval",
    "active_hours",
    "timezone",
    "stats",
    "created_at",
    "updated_at",
];
const CONTACT: &[&str] = &[
    "id",
    "campaign_id",
    "phone_number",
    "first_name",
    "last_name",
    "email",
    "company",
    "status",
    "attempts",
    "last_attempt_at",
    "next_attempt_at",
    "last_call_id",
    "metadata",
    "created_at",
    "updated_at",
];
const DISPOSITION: &[&str] = &["id", "call_id", "user_id", "disposition", "notes", "follow_up_date", "created_at"];
const CALL_STATUSES: [&str; 8] =
    ["initiated", "ringing", "answered", "completed", "failed", "busy", "no-answer", "canceled"];
const CAMPAIGN_STATUSES: [&str; 5] = ["draft", "active", "paused", "completed", "archived"];
const CONTACT_STATUSES: [&str; 6] = ["pending", "calling", "completed", "failed", "do-not-call", "callback"];
const DISPOSITIONS: [&str; 9] = [
    "interested",
    "not-interested",
    "callback",
    "wrong-number",
    "no-answer",
    "voicemail",
    "do-not-call",
    "qualified",
    "not-qualified",
];

#[track_caller]
fn is_row(row: &Value, columns: &[&str]) {
    let row = row.as_object().unwrap_or_else(|| panic!("no row: {row}"));
    for column in columns {
        let value = row.get(*column).unwrap_or_else(|| panic!("no {column} in {row:?}"));
        if column.ends_with("_at") && !value.is_null() {
            assert!(value.as_str().unwrap().ends_with('Z'), "{column} is {value}");
        }
    }
}

#[track_caller]
fn has_exactly(answer: &Value, keys: &[&str]) {
    let mut found: Vec<&str> = answer.as_object().unwrap().keys().map(String::as_str).collect();
    let mut wanted = keys.to_vec();
    found.sort_unstable();
    wanted.sort_unstable();
    assert_eq!(found, wanted);
}

#[track_caller]
fn is_refused(answer: Answer, status: u16, field: &str) {
    let problem = answer.expect(status);
    let fields: Vec<&str> =
        problem["errors"].as_array().unwrap().iter().map(|error| error["field"].as_str().unwrap()).collect();
    assert_eq!(fields, [field], "{problem}");
}

async fn get(me: &Customer, path: &str) -> Value {
    me.get(path).await.unwrap().expect(200)
}

async fn post(me: &Customer, path: &str, body: Value) -> Value {
    me.post(path, &body).await.unwrap().expect(201)
}

fn id(row: &Value) -> &str {
    row["id"].as_str().unwrap()
}

#[rstest]
#[case::sqlite(Db::Sqlite)]
#[case::postgres(Db::Postgres)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_are_as_the_contract_says(#[case] db: Db) {
    let app = TestApp::on(db).start().await.unwrap();
    let me = app.customer(Role::Supervisor).unwrap();
    let wanted = json!({"to": "+447700900123", "from": "+442079460001", "leadId": "L-1", "metadata": {"a": 1}});
    let placed = post(&me, "/calls", wanted).await;
    has_exactly(&placed, &["success", "call", "callId"]);
    is_row(&placed["call"], CALL);
    assert_eq!(placed["success"], true);
    assert_eq!((&placed["callId"], &placed["call"]["direction"]), (&placed["call"]["call_id"], &json!("outbound")));
    assert!(placed["callId"].is_string());
    assert_eq!(placed["call"]["from_number"], "+442079460001");
    let path = format!("/calls/{}", id(&placed["call"]));

    let listed = get(&me, "/calls").await;
    has_exactly(&listed, &["calls", "total"]);
    is_row(&listed["calls"][0], CALL);
    for status in CALL_STATUSES {
        get(&me, &format!("/calls?status={status}&direction=outbound&limit=500&offset=0")).await;
    }
    assert_eq!(get(&me, "/calls?direction=inbound").await["total"], 0);
    assert_eq!(get(&me, "/calls?offset=1").await, json!({"calls": [], "total": 1}));
    is_refused(me.get("/calls?status=ended").await.unwrap(), 422, "status");
    is_refused(me.get("/calls?direction=up").await.unwrap(), 422, "direction");
    is_refused(me.get("/calls?limit=0").await.unwrap(), 422, "limit");

    let one = get(&me, &path).await;
    has_exactly(&one, &["call"]);
    is_row(&one["call"], CALL);
    assert!(one["call"].as_object().unwrap().contains_key("voip_status"));

    let changed = me.patch(&path, &json!({"notes": "a note", "lead_id": null})).await.unwrap().expect(200);
    has_exactly(&changed, &["call"]);
    assert_eq!((&changed["call"]["notes"], &changed["call"]["lead_id"]), (&json!("a note"), &Value::Null));
    is_refused(me.patch(&path, &json!({"color": "red"})).await.unwrap(), 422, "color");
    assert_eq!(me.delete(&path).await.unwrap().expect(204), Value::Null);
    me.get(&path).await.unwrap().expect(404);

    // Snake case is spoken as well.
    let snake = post(&me, "/calls", json!({"to": "+447700900124", "lead_id": "L-2"})).await;
    assert_eq!(snake["call"]["lead_id"], "L-2");
    let waitless = me.request(Method::POST, "/calls").header("Prefer", "respond-async");
    let accepted = me.send(waitless.json(&json!({"to": "+447700900125"}))).await.unwrap().expect(202);
    assert_eq!(accepted["callId"], Value::Null);
    app.stop().await;
}

#[rstest]
#[case::sqlite(Db::Sqlite)]
#[case::postgres(Db::Postgres)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn campaigns_and_contacts_are_as_the_contract_says(#[case] db: Db) {
    let app = TestApp::on(db).start().await.unwrap();
    let me = app.customer(Role::Supervisor).unwrap();
    for kind in ["manual", "power", "predictive", "preview"] {
        let made = post(&me, "/campaigns", json!({"name": kind, "type": kind})).await;
        has_exactly(&made, &["campaign"]);
        is_row(&made["campaign"], CAMPAIGN);
        assert_eq!((&made["campaign"]["max_attempts"], &made["campaign"]["retry_interval"]), (&json!(3), &json!(3600)));
        assert_eq!(get(&me, &format!("/campaigns?type={kind}")).await["total"], 1);
    }
    let full = json!({
        "name": "Full", "description": "d", "type": "power", "caller_id": "+442079460001", "script": "Hello",
        "max_attempts": 5, "retry_interval": 60, "active_hours": {"start": "08:30", "end": "20:00"},
        "timezone": "Europe/Paris",
    });
    let made = post(&me, "/campaigns", full.clone()).await["campaign"].clone();
    for (key, value) in full.as_object().unwrap() {
        assert_eq!(&made[key], value);
    }
    for status in CAMPAIGN_STATUSES {
        let listed = get(&me, &format!("/campaigns?status={status}")).await;
        has_exactly(&listed, &["campaigns", "total"]);
    }
    is_refused(me.get("/campaigns?status=running").await.unwrap(), 422, "status");
    let path = format!("/campaigns/{}", id(&made));
    has_exactly(&get(&me, &path).await, &["campaign"]);
    let patched = me.patch(&path, &json!({"name": "Fuller"})).await.unwrap().expect(200);
    assert_eq!(patched["campaign"]["name"], "Fuller");

    let rows = json!({"contacts": [
        {"phone_number": "+447700900123", "first_name": "A", "last_name": "B", "email": "a@example.org", "company": "C",
         "metadata": {"tier": 1}},
        {"phone_number": "+447700900123"}, {"phone_number": "12"},
    ]});
    let added = post(&me, &format!("{path}/contacts"), rows).await;
    has_exactly(&added, &["contacts", "added", "skipped"]);
    is_row(&added["contacts"][0], CONTACT);
    assert_eq!(added["added"], 1);
    for (skipped, (index, reason)) in
        added["skipped"].as_array().unwrap().iter().zip([(1, "duplicate_in_file"), (2, "invalid_number")])
    {
        assert_eq!((&skipped["index"], &skipped["reason"]), (&json!(index), &json!(reason)));
        assert!(skipped["phone_number"].is_string());
    }
    for status in CONTACT_STATUSES {
        let listed = get(&me, &format!("{path}/contacts?status={status}")).await;
        has_exactly(&listed, &["contacts", "total"]);
    }
    assert_eq!(get(&me, &path).await["campaign"]["stats"]["pending"], 1);
    is_refused(me.get(&format!("{path}/contacts?status=new")).await.unwrap(), 422, "status");

    // A campaign goes with its contacts; the log of its calls stays. In a manual one the engine takes no agent away.
    let hours = json!({"start": "00:00", "end": "24:00"});
    let manual = json!({"name": "By hand", "type": "manual", "active_hours": hours});
    let made = post(&me, "/campaigns", manual).await["campaign"].clone();
    let path = format!("/campaigns/{}", id(&made));
    me.patch(&path, &json!({"status": "active"})).await.unwrap().expect(200);
    let call = me.post("/calls", &json!({"to": "+447700900126", "campaignId": id(&made)})).await.unwrap().expect(201);
    assert_eq!(call["call"]["campaign_id"], made["id"]);
    assert_eq!(me.delete(&path).await.unwrap().expect(204), Value::Null);
    me.get(&path).await.unwrap().expect(404);
    let call = get(&me, &format!("/calls/{}", id(&call["call"]))).await;
    assert_eq!(call["call"]["campaign_id"], Value::Null);
    app.stop().await;
}

#[rstest]
#[case::sqlite(Db::Sqlite)]
#[case::postgres(Db::Postgres)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dispositions_and_analytics_are_as_the_contract_says(#[case] db: Db) {
    let app = TestApp::on(db).start().await.unwrap();
    let me = app.customer(Role::Supervisor).unwrap();
    let placed = post(&me, "/calls", json!({"to": "+447700900123"})).await;
    let call = id(&placed["call"]).to_owned();
    for disposition in DISPOSITIONS {
        let made = post(&me, "/dispositions", json!({"call_id": call, "disposition": disposition, "notes": "n"})).await;
        has_exactly(&made, &["disposition"]);
        is_row(&made["disposition"], DISPOSITION);
        assert_eq!(made["disposition"]["user_id"], json!(me.user.to_string()));
    }
    let dated = json!({"call_id": call, "disposition": "callback", "follow_up_date": "2026-03-04T15:00:00Z"});
    let dated = post(&me, "/dispositions", dated).await;
    assert_eq!(dated["disposition"]["follow_up_date"], "2026-03-04T15:00:00Z");
    is_refused(
        me.post("/dispositions", &json!({"call_id": call, "disposition": "happy"})).await.unwrap(),
        422,
        "disposition",
    );
    let listed = get(&me, &format!("/dispositions?call_id={call}")).await;
    has_exactly(&listed, &["dispositions", "total"]);
    assert_eq!(listed["total"], 10);
    assert_eq!(get(&me, "/dispositions").await["total"], 10);

    let report = get(&me, "/analytics?start_date=2026-03-01&end_date=2026-03-02").await;
    has_exactly(&report, &["analytics"]);
    let report = &report["analytics"];
    has_exactly(report, &["overview", "distribution", "recentCalls"]);
    has_exactly(
        &report["overview"],
        &[
            "totalCalls",
            "answeredCalls",
            "completedCalls",
            "failedCalls",
            "busyCalls",
            "noAnswerCalls",
            "totalDuration",
            "avgDuration",
            "answerRate",
            "completionRate",
        ],
    );
    has_exactly(&report["distribution"], &["byHour", "byStatus"]);
    has_exactly(&report["distribution"]["byStatus"], &CALL_STATUSES);
    assert_eq!(report["distribution"]["byHour"].as_array().unwrap().len(), 24);
    assert_eq!(report["overview"]["totalCalls"], 1);
    is_row(&report["recentCalls"][0], CALL);
    let empty = get(&me, "/analytics?start_date=2025-01-01T00:00:00Z&end_date=2025-01-02T00:00:00Z").await;
    assert_eq!(empty["analytics"]["overview"]["answerRate"], 0.0);
    is_refused(me.get("/analytics?start_date=yesterday").await.unwrap(), 422, "start_date");
    app.stop().await;
}
