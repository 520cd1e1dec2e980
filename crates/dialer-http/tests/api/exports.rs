use std::sync::Arc;

use async_trait::async_trait;
use dialer_domain::calls::store::CallStore;
use dialer_domain::dispositions::RecordedDisposition;
use dialer_domain::dispositions::store::DispositionFilter;
use dialer_domain::exports::{CallExportFilter, Cursor, ExportReader};
use dialer_domain::ids::DispositionId;
use dialer_domain::{Call, CallId, Duration, Role, Scope, StoreError};
use dialer_testkit::builders;
use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::desk::{Desk, OWNER, STRANGER, T0, answer, id, wrong};

/// Calls of the owner's, a minute apart; the notes of each begin like a formula.
async fn calls(desk: &Desk, count: i64) -> Vec<Call> {
    let mut calls = Vec::new();
    for n in 0..count {
        let number = builders::number(u32::try_from(n).unwrap());
        let call = builders::call().owner(OWNER).to(number).notes("=1+1, \"quoted\"\nand more");
        let call = call.started_at(T0 + Duration::minutes(n)).build();
        desk.store.add(&call).await.unwrap();
        calls.insert(0, call);
    }
    calls
}

async fn export(desk: &Desk, path: &str) -> Response {
    let response = desk.request(Method::GET, path).send().await.unwrap();
    assert_eq!(response.status(), 200);
    response
}

fn parsed(csv: &str) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(csv.as_bytes());
    reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
}

#[tokio::test]
async fn every_call_is_in_the_file_once_and_in_the_order_of_the_list() {
    let desk = Desk::open();
    let calls = calls(&desk, 1_201).await;
    let response = export(&desk, "/calls/export").await;
    assert!(response.headers()["content-type"].to_str().unwrap().starts_with("text/csv"));
    assert_eq!(response.headers()["content-disposition"], "attachment; filename=\"calls.csv\"");
    let text = response.text().await.unwrap();
    let rows = parsed(&text);
    assert_eq!((rows[0][0].as_str(), rows.len()), ("id", 1_202));
    let ids: Vec<&str> = rows[1..].iter().map(|row| row[0].as_str()).collect();
    assert_eq!(ids, calls.iter().map(|call| call.id.to_string()).collect::<Vec<_>>());
    let column = |name: &str| rows[0].iter().position(|column| column == name).unwrap();
    assert_eq!(rows[1][column("to_number")], calls[0].to_number.as_e164(), "a number is no formula");
    assert_eq!(rows[1][column("notes")], "'=1+1, \"quoted\"\nand more");
    assert!(
        text.starts_with("id,user_id,call_id,direction,from_number,to_number,status,duration,recording_url,notes,")
    );
}

#[tokio::test]
async fn lines_of_json_are_the_rows_of_the_list() {
    let desk = Desk::open();
    calls(&desk, 3).await;
    let text = export(&desk, "/calls/export?format=jsonl").await.text().await.unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(desk.get("/calls").await.1["calls"], json!(lines));
}

#[tokio::test]
async fn the_header_of_calls_names_every_field_of_the_row() {
    let desk = Desk::open();
    calls(&desk, 1).await;
    let csv = export(&desk, "/calls/export").await.text().await.unwrap();
    let mut header: Vec<String> = parsed(&csv)[0].clone();
    header.sort();
    let row: Value = export(&desk, "/calls/export?format=jsonl").await.json().await.unwrap();
    let mut fields: Vec<String> = row.as_object().unwrap().keys().cloned().collect();
    fields.sort();
    assert_eq!(header, fields);
}

#[tokio::test]
async fn calls_are_filtered_as_the_list_is_and_by_when_they_started() {
    let desk = Desk::open();
    calls(&desk, 5).await;
    let count = |query: &str| {
        let path = format!("/calls/export?{query}");
        let request = desk.request(Method::GET, &path);
        async move { parsed(&request.send().await.unwrap().text().await.unwrap()).len() - 1 }
    };
    assert_eq!(count("status=initiated&direction=outbound").await, 5);
    assert_eq!(count("status=completed").await, 0);
    assert_eq!(count("start_date=2026-03-02T10:01:00Z&end_date=2026-03-02T10:03:00Z").await, 2);
    assert_eq!(count("start_date=2026-03-02&end_date=2026-03-02").await, 5, "a day is inside as a whole");
    assert_eq!(count("end_date=2026-03-01").await, 0);
    let (status, problem) = desk.get("/calls/export?start_date=2026-03-02&end_date=2026-03-01").await;
    assert_eq!((status.as_u16(), wrong(&problem)), (422, vec![("end_date", "before_start")]));
    let (status, problem) = desk.get("/calls/export?format=xlsx&colour=red").await;
    assert_eq!((status.as_u16(), wrong(&problem).len()), (422, 2));
}

#[tokio::test]
async fn an_empty_list_is_a_header() {
    let desk = Desk::open();
    calls(&desk, 2).await;
    let request = desk.as_user(STRANGER, Role::Supervisor, Method::GET, "/calls/export");
    assert_eq!(request.send().await.unwrap().text().await.unwrap().lines().count(), 1);
    let request = desk.as_user(STRANGER, Role::Supervisor, Method::GET, "/calls/export?format=jsonl");
    assert_eq!(request.send().await.unwrap().text().await.unwrap(), "");
}

#[tokio::test]
async fn the_contacts_of_a_campaign_are_a_file_by_status_too() {
    let desk = Desk::open();
    let campaign = desk.campaign(&json!({"name": "Spring", "type": "power"})).await;
    let path = format!("/campaigns/{}/contacts", id(&campaign));
    let contacts: Vec<Value> = (0..700)
        .map(|n| json!({"phone_number": builders::number(n).as_e164(), "first_name": "@Ada", "metadata": {"n": n}}))
        .collect();
    assert_eq!(desk.post(&path, &json!({"contacts": contacts})).await.0, 201);
    let rows = parsed(&export(&desk, &format!("{path}/export")).await.text().await.unwrap());
    assert_eq!(rows.len(), 701);
    assert_eq!(rows[1][2..4], ["+447700900000", "'@Ada"]);
    let none = export(&desk, &format!("{path}/export?status=completed&format=csv")).await;
    assert_eq!(parsed(&none.text().await.unwrap()).len(), 1);
    let strange = desk.as_user(STRANGER, Role::Admin, Method::GET, &format!("{path}/export"));
    assert_eq!(answer(strange).await.0, 404, "before a file is begun");
}

#[tokio::test]
async fn dispositions_are_a_file() {
    let desk = Desk::open();
    let calls = calls(&desk, 2).await;
    for (call, word) in calls.iter().zip(["interested", "qualified"]) {
        let said = json!({"call_id": call.id, "disposition": word, "notes": "-5 %"});
        assert_eq!(desk.post("/dispositions", &said).await.0, 201);
    }
    let rows = parsed(&export(&desk, "/dispositions/export").await.text().await.unwrap());
    assert_eq!((rows.len(), rows[1][4].as_str()), (3, "'-5 %"));
    let path = format!("/dispositions/export?format=jsonl&call_id={}", calls[1].id);
    let row: Value = export(&desk, &path).await.json().await.unwrap();
    assert_eq!(row["disposition"], "qualified");
}

/// Reads one page, and then fails.
struct Failing(Arc<dyn ExportReader>);

#[async_trait]
impl ExportReader for Failing {
    async fn calls_after(
        &self,
        scope: Scope,
        filter: &CallExportFilter,
        after: Option<Cursor<CallId>>,
        limit: u16,
    ) -> Result<Vec<Call>, StoreError> {
        if after.is_some() {
            return Err(StoreError::Unavailable { source: "gone".into() });
        }
        self.0.calls_after(scope, filter, after, limit).await
    }

    async fn dispositions_after(
        &self,
        _: Scope,
        _: DispositionFilter,
        _: Option<Cursor<DispositionId>>,
        _: u16,
    ) -> Result<Vec<RecordedDisposition>, StoreError> {
        Err(StoreError::Unavailable { source: "gone".into() })
    }
}

#[tokio::test]
async fn a_file_that_cannot_be_ended_is_never_taken_for_a_whole_one() {
    let desk = Desk::open_with(|mut ports| {
        ports.stores.exports = Arc::new(Failing(ports.stores.exports.clone()));
        ports
    });
    calls(&desk, 600).await;
    let response = export(&desk, "/calls/export").await;
    assert!(response.bytes().await.is_err(), "the answer breaks off");
    let (status, problem) = desk.get("/dispositions/export").await;
    assert_eq!((status.as_u16(), &problem["code"]), (503, &json!("database_unavailable")), "before it is begun");
}
