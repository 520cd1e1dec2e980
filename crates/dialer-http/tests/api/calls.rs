use dialer_domain::identity::Role;
use dialer_domain::suppression::SuppressionStore;
use dialer_domain::telephony::{LiveState, TelephonyError};
use dialer_testkit::builders;
use dialer_testkit::telephony::Query;
use reqwest::Method;
use rstest::rstest;
use serde_json::{Value, json};
use time::Duration;

use crate::desk::{Desk, NOWHERE, OWNER, STRANGER, answer, id, number, read, wrong};

fn to(n: u32) -> Value {
    json!({ "to": number(n).as_e164() })
}

#[tokio::test]
async fn a_call_is_placed_and_answered_with_the_provider_s_id() {
    let desk = Desk::open();
    desk.telephony.next_dial_is("4200000001");
    let body = json!({
        "to": "07700 900101", "from": "+442079460001", "leadId": "lead-7", "metadata": { "source": "crm" },
    });
    let (status, answer) = desk.post("/calls", &body).await;
    assert_eq!(status, 201, "{answer}");
    let expected = json!({
        "success": true,
        "callId": "4200000001",
        "call": {
            "id": answer["call"]["id"],
            "user_id": OWNER,
            "call_id": "4200000001",
            "direction": "outbound",
            "from_number": "+442079460001",
            "to_number": "+447700900101",
            "status": "ringing",
            "duration": 0,
            "recording_url": null,
            "notes": null,
            "lead_id": "lead-7",
            "campaign_id": null,
            "contact_id": null,
            "agent": "10001",
            "agent_id": OWNER,
            "attempt": null,
            "outcome": null,
            "disposition": null,
            "cause": null,
            "metadata": { "source": "crm" },
            "started_at": "2026-03-02T10:00:00Z",
            "answered_at": null,
            "ahead": false,
            "connected_at": null,
            "abandoned_at": null,
            "ended_at": null,
            "created_at": "2026-03-02T10:00:00Z",
            "updated_at": "2026-03-02T10:00:00Z",
        },
    });
    assert_eq!(answer, expected);
    let placed = desk.telephony.placed();
    assert_eq!((placed.len(), placed[0].to.as_e164()), (1, "+447700900101"));
}

#[tokio::test]
async fn snake_case_is_understood_too() {
    let desk = Desk::open();
    let campaign = desk.campaign(&json!({ "name": "A", "type": "manual" })).await;
    desk.patch(&format!("/campaigns/{}", id(&campaign)), &json!({ "status": "active" })).await;
    let body = json!({ "to": number(1).as_e164(), "campaign_id": id(&campaign), "lead_id": "lead-7" });
    let (status, answer) = desk.post("/calls", &body).await;
    assert_eq!((status.as_u16(), &answer["call"]["campaign_id"]), (201, &campaign["id"]));
    assert_eq!(answer["call"]["lead_id"], "lead-7");
    let both = json!({ "to": number(1).as_e164(), "campaign_id": id(&campaign), "campaignId": id(&campaign) });
    assert_eq!(desk.post("/calls", &both).await.0, 422, "the same field twice");
}

#[tokio::test]
async fn one_answer_names_everything_that_is_wrong_with_a_call() {
    let desk = Desk::open();
    let body = json!({ "to": "ring me", "from": "+1", "campaignId": "seven", "leadId": "x".repeat(256) });
    let (status, problem) = desk.post("/calls", &body).await;
    assert_eq!(status, 422);
    let mut found = wrong(&problem);
    found.sort_unstable();
    assert_eq!(
        found,
        [("campaignId", "not_an_id"), ("from", "invalid_number"), ("leadId", "too_long"), ("to", "invalid_number")]
    );
    assert_eq!(wrong(&desk.post("/calls", &json!({})).await.1), [("to", "required")]);
    assert_eq!(wrong(&desk.post("/calls", &json!({ "to": "" })).await.1), [("to", "no_number")]);
    assert!(desk.telephony.placed().is_empty());
    assert_eq!(desk.get("/calls").await.1["total"], 0);
}

#[rstest]
#[case("respond-async")]
#[case("Respond-Async, wait=10")]
#[tokio::test]
async fn whoever_does_not_want_to_wait_gets_an_answer_at_once(#[case] prefer: &str) {
    let desk = Desk::open();
    let held = desk.telephony.hold_next_dial();
    let response = desk.request(Method::POST, "/calls").header("prefer", prefer).json(&to(1)).send().await.unwrap();
    assert_eq!(response.headers()["preference-applied"], "respond-async");
    let (status, answer) = read(response).await;
    assert_eq!((status.as_u16(), &answer["success"], &answer["callId"]), (202, &json!(true), &Value::Null));
    assert_eq!(answer["call"]["status"], "initiated");
    held.take("4200000001");
}

#[tokio::test]
async fn a_lost_answer_is_not_called_a_failure() {
    let desk = Desk::open();
    desk.telephony.next_dial_fails(TelephonyError::OutcomeUnknown { reason: "time-out".to_owned() });
    let (status, answer) = desk.post("/calls", &to(1)).await;
    assert_eq!((status.as_u16(), &answer["callId"]), (202, &Value::Null));
    let (_, detail) = desk.get(&format!("/calls/{}", id(&answer["call"]))).await;
    assert_eq!(detail["call"]["status"], "initiated");
}

#[tokio::test]
async fn a_call_that_was_not_placed_is_in_the_log_with_its_reason() {
    let desk = Desk::open();
    desk.telephony.next_dial_fails(TelephonyError::AgentUnreachable { reason: "no phone is switched on".to_owned() });
    let (status, problem) = desk.post("/calls", &to(1)).await;
    assert_eq!((status.as_u16(), &problem["code"]), (409, &json!("agent_unreachable")));
    assert!(problem["detail"].as_str().unwrap().contains("no phone is switched on"));
    let (_, detail) = desk.get(&format!("/calls/{}", problem["call_log_id"].as_str().unwrap())).await;
    assert_eq!((&detail["call"]["status"], &detail["call"]["outcome"]), (&json!("failed"), &json!("not-placed")));
}

#[tokio::test]
async fn a_throttled_provider_says_when_to_come_back() {
    let desk = Desk::open();
    let throttled =
        TelephonyError::Throttled { reason: "slow down".to_owned(), retry_after: Some(Duration::seconds(9)) };
    desk.telephony.next_dial_fails(throttled);
    let response = desk.request(Method::POST, "/calls").json(&to(1)).send().await.unwrap();
    assert_eq!(response.headers()["retry-after"], "9");
    assert_eq!(read(response).await.0, 503);
}

#[tokio::test]
async fn a_number_on_the_do_not_call_list_is_refused() {
    let desk = Desk::open();
    SuppressionStore::suppress(&desk.store, &builders::suppression(OWNER, &number(1))).await.unwrap();
    let (status, problem) = desk.post("/calls", &to(1)).await;
    assert_eq!((status.as_u16(), &problem["code"]), (409, &json!("dnc_internal")));
    assert!(desk.telephony.placed().is_empty());
}

#[tokio::test]
async fn outside_a_campaign_s_hours_the_answer_says_when_they_begin() {
    let desk = Desk::open();
    let body = json!({ "name": "A", "type": "manual", "active_hours": { "start": "11:00", "end": "12:00" } });
    let campaign = desk.campaign(&body).await;
    desk.patch(&format!("/campaigns/{}", id(&campaign)), &json!({ "status": "active" })).await;
    let body = json!({ "to": number(1).as_e164(), "campaignId": id(&campaign) });
    let (status, problem) = desk.post("/calls", &body).await;
    assert_eq!((status.as_u16(), &problem["code"]), (409, &json!("before_window")));
    assert_eq!(problem["retry_not_before"], "2026-03-02T11:00:00Z");
    let elsewhere = json!({ "to": number(1).as_e164(), "campaignId": NOWHERE });
    assert_eq!(desk.post("/calls", &elsewhere).await.0, 404);
}

#[tokio::test]
async fn one_call_is_told_with_its_live_state() {
    let desk = Desk::open();
    desk.telephony.next_dial_is("4200000001");
    let (_, placed) = desk.post("/calls", &to(1)).await;
    let path = format!("/calls/{}", id(&placed["call"]));
    assert_eq!(desk.get(&path).await.1["call"]["voip_status"], Value::Null);
    desk.telephony.set_live(vec![builders::live_call("4200000001", LiveState::Connected)]);
    let (status, detail) = desk.get(&path).await;
    assert_eq!(status, 200);
    let live = &detail["call"]["voip_status"];
    assert_eq!((&live["id"], &live["state"]), (&json!("4200000001"), &json!("connected")));
    assert!(["agent", "started_at", "connected_at"].iter().all(|key| live.as_object().unwrap().contains_key(*key)));
    assert_eq!(detail["call"]["to_number"], number(1).as_e164());
    desk.telephony.fail_next(Query::Call, TelephonyError::Unavailable { reason: "down".to_owned() });
    let (status, detail) = desk.get(&path).await;
    assert_eq!((status.as_u16(), &detail["call"]["voip_status"]), (200, &Value::Null));
}

#[tokio::test]
async fn calls_are_listed_by_status_direction_and_campaign() {
    let desk = Desk::open();
    let campaign = desk.campaign(&json!({ "name": "A", "type": "manual" })).await;
    desk.patch(&format!("/campaigns/{}", id(&campaign)), &json!({ "status": "active" })).await;
    desk.post("/calls", &to(1)).await;
    desk.telephony.next_dial_fails(TelephonyError::Refused { reason: "barred".to_owned() });
    desk.post("/calls", &to(2)).await;
    desk.post("/calls", &json!({ "to": number(3).as_e164(), "campaignId": id(&campaign) })).await;
    let total = async |query: &str| desk.get(&format!("/calls?{query}")).await.1["total"].as_u64().unwrap();
    assert_eq!(total("").await, 3);
    assert_eq!(total("status=failed").await, 1);
    assert_eq!(total("direction=outbound&status=ringing").await, 2);
    assert_eq!(total("direction=inbound").await, 0);
    assert_eq!(total(&format!("campaign_id={}", id(&campaign))).await, 1);
    let (_, page) = desk.get("/calls?limit=1&offset=2").await;
    assert_eq!((page["calls"].as_array().unwrap().len(), &page["total"]), (1, &json!(3)));
    assert_eq!(answer(desk.as_user(STRANGER, Role::Agent, Method::GET, "/calls")).await.1["total"], 0);
    let (status, problem) = desk.get("/calls?status=gone&direction=up").await;
    assert_eq!((status.as_u16(), wrong(&problem)), (422, vec![("status", "not_one_of"), ("direction", "not_one_of")]));
}

#[tokio::test]
async fn the_log_of_a_call_can_be_corrected() {
    let desk = Desk::open();
    let (_, placed) = desk.post("/calls", &to(1)).await;
    let path = format!("/calls/{}", id(&placed["call"]));
    let body = json!({
        "status": "completed", "duration": 65, "answered_at": "2026-03-02T11:00:05+01:00",
        "ended_at": "2026-03-02T10:01:10Z", "notes": "Call back in May", "recording_url": "https://files.example/1.wav",
        "metadata": { "mood": "good" },
    });
    let (status, answer) = desk.patch(&path, &body).await;
    assert_eq!(status, 200, "{answer}");
    let call = &answer["call"];
    assert_eq!((&call["status"], &call["duration"]), (&json!("completed"), &json!(65)));
    assert_eq!(
        (&call["answered_at"], &call["ended_at"]),
        (&json!("2026-03-02T10:00:05Z"), &json!("2026-03-02T10:01:10Z"))
    );
    assert_eq!((&call["notes"], &call["metadata"]), (&json!("Call back in May"), &json!({ "mood": "good" })));
    let (_, answer) = desk.patch(&path, &json!({ "notes": null, "recording_url": null, "metadata": null })).await;
    let call = &answer["call"];
    assert_eq!((&call["notes"], &call["recording_url"], &call["metadata"]), (&Value::Null, &Value::Null, &json!({})));
    assert_eq!(call["duration"], 65);
    let (status, problem) = desk.patch(&path, &json!({ "status": "ringing" })).await;
    assert_eq!((status.as_u16(), &problem["detail"]), (409, &json!("a call that is completed cannot become ringing")));
}

#[tokio::test]
async fn one_answer_names_everything_that_is_wrong_with_a_correction() {
    let desk = Desk::open();
    let (_, placed) = desk.post("/calls", &to(1)).await;
    let path = format!("/calls/{}", id(&placed["call"]));
    let body = json!({
        "status": "gone", "duration": -1, "answered_at": null, "ended_at": "yesterday", "notes": "x".repeat(20_001),
        "recording_url": "files/1.wav",
    });
    let (status, problem) = desk.patch(&path, &body).await;
    assert_eq!(status, 422);
    let mut found = wrong(&problem);
    found.sort_unstable();
    assert_eq!(
        found,
        [
            ("answered_at", "not_nullable"),
            ("duration", "out_of_range"),
            ("ended_at", "not_an_instant"),
            ("notes", "too_long"),
            ("recording_url", "not_a_url"),
            ("status", "not_one_of"),
        ]
    );
    assert_eq!(
        wrong(&desk.patch(&path, &json!({ "to_number": "+447700900102" })).await.1),
        [("to_number", "unknown_field")]
    );
}

#[tokio::test]
async fn a_deleted_call_is_hung_up_and_leaves_the_lists() {
    let desk = Desk::open();
    desk.telephony.next_dial_is("4200000001");
    let (_, placed) = desk.post("/calls", &to(1)).await;
    let path = format!("/calls/{}", id(&placed["call"]));
    assert_eq!(desk.delete(&path).await, (reqwest::StatusCode::NO_CONTENT, Value::Null));
    assert_eq!(desk.telephony.hung_up().len(), 1);
    assert_eq!(desk.get(&path).await.0, 404);
    assert_eq!(desk.get("/calls").await.1["total"], 0);
    assert_eq!(desk.delete(&path).await.0, 404);
}

#[tokio::test]
async fn somebody_else_s_call_is_not_there() {
    let desk = Desk::open();
    let (_, placed) = desk.post("/calls", &to(1)).await;
    let path = format!("/calls/{}", id(&placed["call"]));
    let ask = |method| desk.as_user(STRANGER, Role::Admin, method, &path);
    assert_eq!(answer(ask(Method::GET)).await.0, 404);
    assert_eq!(answer(ask(Method::PATCH).json(&json!({ "notes": "mine" }))).await.0, 404);
    assert_eq!(answer(ask(Method::DELETE)).await.0, 404);
    assert!(desk.telephony.hung_up().is_empty());
}
