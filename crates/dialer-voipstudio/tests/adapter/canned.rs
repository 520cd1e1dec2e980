//! What is asked of the provider, and how its answers are read.

use dialer_domain::telephony::{
    AgentLine, DialRequest, LegOrder, LiveState, ProviderCallId, RecordResult, Telephony, TelephonyError,
};
use dialer_voipstudio::VoipStudioSettings;
use rstest::rstest;
use serde_json::{Value, json};
use time::Duration;
use wiremock::matchers::{body_json, header, method, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::{CUSTOMER_DIGITS, KEY, T0, adapter, answering, code, dial, html, id, json, settings};

fn page(rows: &[Value], total: usize) -> ResponseTemplate {
    json(200, json!({ "data": rows, "total": total }))
}

#[tokio::test]
async fn a_dial_names_customer_agent_and_caller_id_in_digits_and_returns_the_new_call() {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path("/v1.2/voipstudio/calls"))
        .and(header("x-auth-token", KEY))
        .and(body_json(json!({ "to": CUSTOMER_DIGITS, "from": "10021", "caller_id": "442079460001" })))
        .respond_with(json(201, json!({ "data": { "id": 5_100_000_017_i64, "state": "RINGING" } })))
        .expect(1)
        .mount(&server)
        .await;
    let adapter = adapter(settings(format!("{}/v1.2/voipstudio", server.uri())));
    assert_eq!(adapter.originate(dial()).await.unwrap(), id("5100000017"));
}

#[tokio::test]
async fn a_dial_leaves_out_what_it_does_not_name() {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path("/calls"))
        .and(body_json(json!({ "to": CUSTOMER_DIGITS })))
        .respond_with(json(201, json!({ "data": { "id": "17" } })))
        .mount(&server)
        .await;
    let bare = DialRequest { agent: None, caller_id: None, ..dial() };
    assert_eq!(adapter(settings(server.uri() + "/")).originate(bare).await.unwrap(), id("17"));
}

#[tokio::test]
async fn the_provider_dials_agents_first_one_call_each() {
    let capabilities = adapter(settings("http://localhost:1")).capabilities();
    assert_eq!((capabilities.leg_order, capabilities.lines_per_agent), (LegOrder::AgentFirst, 1));
}

#[test]
fn a_provider_close_by_needs_no_root_certificates() {
    // They are found through the environment, so this takes a process of its own.
    let test = "canned::the_provider_dials_agents_first_one_call_each";
    let mut alone = std::process::Command::new(std::env::current_exe().unwrap());
    alone.args(["--exact", test]).env("SSL_CERT_FILE", "/nowhere").env("SSL_CERT_DIR", "/nowhere");
    let ran = alone.output().unwrap();
    let told = String::from_utf8_lossy(&ran.stdout);
    assert!(ran.status.success() && told.contains("1 passed"), "{told}");
}

#[tokio::test]
async fn live_calls_are_read_with_their_states() {
    let row = |id: u64, state: &str| json!({ "id": id, "state": state, "src_id": "10021", "dst": CUSTOMER_DIGITS });
    let (_server, adapter) = answering(page(&[row(1, "RINGING"), row(2, "ON_HOLD"), row(3, "NEW_WORD")], 3)).await;
    let calls = adapter.live_calls().await.unwrap();
    let states: Vec<_> = calls.iter().map(|call| (call.id.as_str(), call.state)).collect();
    assert_eq!(states, [("1", LiveState::Ringing), ("2", LiveState::OnHold), ("3", LiveState::Unknown)]);
    assert!(calls.iter().all(|call| call.agent == Some(AgentLine::new("10021"))));
}

#[rstest]
#[case::a_row_without_an_id(json!({ "data": [{ "id": 1 }, { "state": "RINGING" }], "total": 2 }))]
#[case::fewer_rows_than_told(json!({ "data": [{ "id": 1 }], "total": 30 }))]
#[case::no_list_at_all(json!({ "message": "hello" }))]
#[case::nothing_where_a_list_should_be(json!({ "data": null }))]
#[tokio::test]
async fn a_list_of_live_calls_with_holes_is_no_list(#[case] body: Value) {
    let (_server, adapter) = answering(json(200, body)).await;
    assert_eq!(code(&adapter.live_calls().await), "provider_unavailable");
}

#[tokio::test]
async fn a_live_call_is_shown_while_it_lasts_and_not_after() {
    let server = MockServer::start().await;
    Mock::given(path("/calls/17"))
        .respond_with(json(200, json!({ "data": { "id": 17, "state": "CONNECTED" }, "links": {} })))
        .mount(&server)
        .await;
    let adapter = adapter(settings(server.uri()));
    assert_eq!(adapter.call(&id("17")).await.unwrap().unwrap().state, LiveState::Connected);
    assert_eq!(adapter.call(&id("18")).await.unwrap(), None);
}

#[rstest]
#[case("..")]
#[case("1,2,3")]
#[case("17?x=1")]
#[case("")]
#[tokio::test]
async fn an_id_that_the_provider_cannot_have_given_is_never_sent(#[case] odd: &str) {
    let (server, adapter) = answering(ResponseTemplate::new(204)).await;
    assert_eq!(adapter.call(&id(odd)).await.unwrap(), None);
    assert!(matches!(adapter.hang_up(&id(odd)).await, Err(TelephonyError::NoSuchCall)));
    assert!(server.received_requests().await.unwrap().is_empty());
}

#[rstest]
#[case(ResponseTemplate::new(204), "ok")]
#[case(html(200, "<p>done"), "ok")]
#[case(json(404, json!({ "message": "Not found" })), "no_such_call")]
#[case(json(400, json!({ "message": "Only connected calls" })), "provider_refused")]
#[case(json(409, json!({ "message": "The call rings" })), "provider_refused")]
#[tokio::test]
async fn a_hang_up_is_done_refused_or_too_late(#[case] answer: ResponseTemplate, #[case] expected: &str) {
    let (server, adapter) = answering(answer).await;
    assert_eq!(code(&adapter.hang_up(&id("17")).await), expected);
    let sent = server.received_requests().await.unwrap();
    assert_eq!((sent[0].method.as_str(), sent[0].url.path()), ("DELETE", "/calls/17"));
}

fn cdr(id: u64, calldate: &str) -> Value {
    json!({
        "id": id, "live_id": 5_000 + id, "calldate": calldate, "dst": CUSTOMER_DIGITS, "src_id": "10021",
        "duration": 31, "billsec": 20, "disposition": "CONNECTED", "t_cause": "Normal Clearing",
    })
}

#[tokio::test]
async fn call_records_are_asked_for_since_an_instant_page_by_page_and_come_oldest_first() {
    let server = MockServer::start().await;
    let filter = r#"[{"property":"calldate","operator":"gte","value":"2026-03-02 10:00:00"}]"#;
    let rows = [cdr(1, "2026-03-02 10:00:40"), cdr(2, "2026-03-02 10:00:05"), cdr(3, "2026-03-02 10:01:00")];
    // A row moved to the next page while the list was read.
    for (number, rows) in [("1", &rows[..2]), ("2", &rows[1..])] {
        Mock::given(method("GET"))
            .and(path("/cdrs"))
            .and(query_param("page", number))
            .and(query_param("limit", "2"))
            .and(query_param("sort", "id"))
            .and(query_param("dir", "ASC"))
            .and(query_param("filter", filter))
            .respond_with(page(rows, 3))
            .expect(1)
            .mount(&server)
            .await;
    }
    let adapter = adapter(VoipStudioSettings { cdr_page_limit: 2, ..settings(server.uri()) });
    let records = adapter.call_records_since(T0 + Duration::milliseconds(900)).await.unwrap();
    let ids: Vec<_> = records.iter().map(|record| record.id.as_str()).collect();
    assert_eq!(ids, ["2", "1", "3"]);
    assert_eq!(records[1].call_ids, [ProviderCallId::new("5001")]);
    assert_eq!((records[1].result, records[1].talk_seconds), (RecordResult::Connected, 20));
}

#[rstest]
#[case::shorter_pages_than_asked_for(Some(3), 3)]
#[case::a_total_that_is_missing(None, 2)]
#[tokio::test]
async fn a_list_is_read_to_its_end(#[case] total: Option<usize>, #[case] pages: usize) {
    let server = MockServer::start().await;
    // Without a total, the first page that is not full is the last.
    let full = if total.is_some() { 1 } else { 2 };
    let rows: Vec<_> = (1..=3).map(|id| cdr(id, "2026-03-02 10:00:00")).collect();
    for (index, rows) in rows.chunks(full).enumerate() {
        Mock::given(query_param("page", (index + 1).to_string()))
            .respond_with(json(200, json!({ "data": rows, "total": total })))
            .mount(&server)
            .await;
    }
    let adapter = adapter(VoipStudioSettings { cdr_page_limit: 2, ..settings(server.uri()) });
    assert_eq!(adapter.call_records_since(T0).await.unwrap().len(), 3);
    assert_eq!(server.received_requests().await.unwrap().len(), pages);
}

#[tokio::test]
async fn a_provider_that_gives_the_same_page_again_and_again_is_not_asked_for_ever() {
    let (server, adapter) = answering(page(&[cdr(1, "2026-03-02 10:00:00")], 1_000_000)).await;
    assert_eq!(adapter.call_records_since(T0).await.unwrap().len(), 1);
    assert_eq!(server.received_requests().await.unwrap().len(), 2);
}

#[tokio::test]
async fn one_broken_call_record_does_not_hide_the_others() {
    let rows = [json!("odd"), json!({ "id": 2 }), cdr(3, "2026-03-02 10:00:00")];
    let (_server, adapter) = answering(page(&rows, 3)).await;
    let records = adapter.call_records_since(T0).await.unwrap();
    assert_eq!(records.iter().map(|record| record.id.as_str()).collect::<Vec<_>>(), ["3"]);
}

#[tokio::test]
async fn users_are_listed_with_the_line_that_rings() {
    let rows = [
        json!({ "id": 10021, "first_name": "Ada", "last_name": "Example", "active": true, "nb_sip_locations": 1 }),
        json!({ "id": 10022, "first_name": "Bo", "active": false }),
    ];
    let (_server, adapter) = answering(page(&rows, 2)).await;
    let users = adapter.users().await.unwrap();
    assert_eq!((users[0].line.as_str(), users[0].name.as_str(), users[0].devices), ("10021", "Ada Example", Some(1)));
    assert!(users[0].active && !users[1].active);
}

#[rstest]
#[case(json(200, json!({ "data": { "response": "Pong" } })), "ok")]
#[case(html(200, "<h1>Welcome</h1>"), "provider_unavailable")]
#[case(ResponseTemplate::new(204), "provider_unavailable")]
#[case(ResponseTemplate::new(401), "provider_unauthorized")]
#[case(html(404, "<h1>Not found</h1>"), "provider_misconfigured")]
#[case(ResponseTemplate::new(301).insert_header("location", "https://example.com/"), "provider_misconfigured")]
#[case(ResponseTemplate::new(500), "provider_unavailable")]
#[tokio::test]
async fn the_health_check_says_what_is_wrong(#[case] answer: ResponseTemplate, #[case] expected: &str) {
    let (server, adapter) = answering(answer).await;
    assert_eq!(code(&adapter.health().await), expected);
    assert_eq!(server.received_requests().await.unwrap()[0].url.path(), "/ping");
}

#[tokio::test]
async fn the_adapter_prints_itself_without_its_key() {
    let settings = settings("http://localhost:1");
    for shown in [format!("{settings:?}"), format!("{:?}", adapter(settings.clone()))] {
        assert!(!shown.contains(KEY), "{shown}");
        assert!(shown.contains("http://localhost:1"), "{shown}");
    }
}
