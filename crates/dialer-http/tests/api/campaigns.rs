use dialer_domain::identity::Role;
use reqwest::Method;
use rstest::rstest;
use serde_json::{Value, json};

use crate::desk::{Desk, NOWHERE, STRANGER, answer, id, wrong};

#[tokio::test]
async fn a_campaign_is_made_with_the_contract_s_defaults() {
    let desk = Desk::open();
    let (status, answer) = desk.post("/campaigns", &json!({ "name": " Spring ", "type": "power" })).await;
    assert_eq!(status, 201);
    let campaign = &answer["campaign"];
    let expected = json!({
        "id": campaign["id"],
        "user_id": "0195d3f0-0000-7000-8000-0000000000a1",
        "name": "Spring",
        "description": null,
        "type": "power",
        "status": "draft",
        "purpose": "informational",
        "callee": "consumer",
        "caller_id": null,
        "script": null,
        "max_attempts": 3,
        "retry_interval": 3600,
        "active_hours": { "start": "09:00", "end": "17:00" },
        "timezone": "Europe/London",
        "stats": { "total": 0, "pending": 0, "calling": 0, "completed": 0, "failed": 0, "callback": 0, "do-not-call": 0 },
        "pause_reason": null,
        "created_at": "2026-03-02T10:00:00Z",
        "updated_at": "2026-03-02T10:00:00Z",
    });
    assert_eq!(campaign, &expected);
    assert_eq!(desk.get(&format!("/campaigns/{}", id(campaign))).await, (reqwest::StatusCode::OK, answer.clone()));
}

#[tokio::test]
async fn every_field_of_a_campaign_can_be_set() {
    let desk = Desk::open();
    let campaign = desk
        .campaign(&json!({
            "name": "Spring", "description": "About spring", "type": "predictive", "caller_id": "020 7946 0001",
            "script": "Hello", "max_attempts": 5, "retry_interval": 60,
            "active_hours": { "start": "10:30", "end": "24:00" }, "timezone": "America/New_York",
        }))
        .await;
    assert_eq!(campaign["caller_id"], "+442079460001");
    assert_eq!(campaign["active_hours"], json!({ "start": "10:30", "end": "24:00" }));
    assert_eq!((&campaign["timezone"], &campaign["max_attempts"]), (&json!("America/New_York"), &json!(5)));
}

#[tokio::test]
async fn one_answer_names_everything_that_is_wrong_with_a_campaign() {
    let desk = Desk::open();
    let body = json!({
        "name": "  ", "type": "turbo", "caller_id": "ring me", "max_attempts": 0, "retry_interval": -1,
        "active_hours": { "start": "17:00", "end": "09:00" }, "timezone": "Mars/Olympus",
        "description": "x".repeat(20_001),
    });
    let (status, problem) = desk.post("/campaigns", &body).await;
    assert_eq!(status, 422);
    let mut found = wrong(&problem);
    found.sort_unstable();
    assert_eq!(
        found,
        [
            ("active_hours", "reversed"),
            ("caller_id", "invalid_number"),
            ("description", "too_long"),
            ("max_attempts", "out_of_range"),
            ("name", "required"),
            ("retry_interval", "out_of_range"),
            ("timezone", "unknown_zone"),
            ("type", "not_one_of"),
        ]
    );
    assert!(problem.to_string().contains("use one of: manual, power, predictive, preview"), "{problem}");
    assert!(!problem.to_string().contains("ring me"), "values do not come back");
}

#[rstest]
#[case(json!({}), &[("name", "required"), ("type", "required")])]
#[case(json!({ "name": null, "type": "power" }), &[("name", "required")])]
#[case(json!({ "name": "A", "type": "power", "active_hours": { "start": "9:00" } }), &[("active_hours.end", "required")])]
#[case(json!({ "name": "A", "type": "power", "active_hours": { "start": "9:00", "end": "17:00" } }), &[("active_hours", "not_a_time")])]
#[case(json!({ "name": "A", "type": "power", "colour": "red" }), &[("colour", "unknown_field")])]
#[case(json!({ "name": "A", "type": "power", "active_hours": { "from": "9:00" } }), &[("active_hours.from", "unknown_field")])]
#[case(json!({ "name": 7, "type": "power" }), &[("name", "wrong_type")])]
#[case(json!({ "name": "A", "type": "power", "max_attempts": "three" }), &[("max_attempts", "wrong_type")])]
#[case(json!({ "name": "A", "type": "power", "max_attempts": 2.5 }), &[("max_attempts", "wrong_type")])]
#[case(json!({ "name": "A", "type": "power", "max_attempts": 5_000_000_000_i64 }), &[("max_attempts", "out_of_range")])]
#[case(json!({ "name": "A\u{0}", "type": "power" }), &[("name", "not_storable")])]
#[case(json!({ "name": "A", "type": "power", "active_hours": ["09:00", "17:00"] }), &[("active_hours", "wrong_type")])]
#[case(json!(["A", null, "power"]), &[("body", "wrong_type")])]
#[tokio::test]
async fn a_body_of_the_wrong_shape_is_refused_field_by_field(#[case] body: Value, #[case] expected: &[(&str, &str)]) {
    let desk = Desk::open();
    let (status, problem) = desk.post("/campaigns", &body).await;
    assert_eq!((status.as_u16(), wrong(&problem).as_slice()), (422, expected), "{problem}");
    assert_eq!(desk.get("/campaigns").await.1["total"], 0);
}

#[tokio::test]
async fn a_patch_changes_what_it_names_removes_what_is_null_and_keeps_the_rest() {
    let desk = Desk::open();
    let body =
        json!({ "name": "A", "type": "power", "description": "old", "script": "old", "caller_id": "+442079460001" });
    let campaign = desk.campaign(&body).await;
    let path = format!("/campaigns/{}", id(&campaign));
    let (status, changed) =
        desk.patch(&path, &json!({ "description": "new", "script": null, "max_attempts": 4 })).await;
    assert_eq!(status, 200);
    let changed = &changed["campaign"];
    assert_eq!((&changed["description"], &changed["script"]), (&json!("new"), &Value::Null));
    assert_eq!((&changed["caller_id"], &changed["max_attempts"]), (&json!("+442079460001"), &json!(4)));
}

#[tokio::test]
async fn what_cannot_be_removed_and_what_is_out_of_range_is_named_together() {
    let desk = Desk::open();
    let campaign = desk.campaign(&json!({ "name": "A", "type": "power" })).await;
    let path = format!("/campaigns/{}", id(&campaign));
    let body = json!({ "name": null, "timezone": "Mars", "max_attempts": 51, "status": "asleep", "type": null });
    let (status, problem) = desk.patch(&path, &body).await;
    assert_eq!(status, 422);
    let mut found = wrong(&problem);
    found.sort_unstable();
    assert_eq!(
        found,
        [
            ("max_attempts", "out_of_range"),
            ("name", "not_nullable"),
            ("status", "not_one_of"),
            ("timezone", "unknown_zone"),
            ("type", "not_nullable"),
        ]
    );
}

#[tokio::test]
async fn a_status_change_that_is_not_allowed_is_a_conflict() {
    let desk = Desk::open();
    let campaign = desk.campaign(&json!({ "name": "A", "type": "power" })).await;
    let path = format!("/campaigns/{}", id(&campaign));
    let (status, problem) = desk.patch(&path, &json!({ "status": "paused" })).await;
    assert_eq!((status.as_u16(), &problem["code"]), (409, &json!("conflict")));
    assert_eq!(problem["detail"], "a campaign that is draft cannot become paused");
    assert_eq!(desk.patch(&path, &json!({ "status": "active" })).await.1["campaign"]["status"], "active");
}

#[tokio::test]
async fn campaigns_are_listed_by_status_and_type_a_page_at_a_time() {
    let desk = Desk::open();
    for (name, kind) in [("A", "power"), ("B", "manual"), ("C", "power")] {
        let campaign = desk.campaign(&json!({ "name": name, "type": kind })).await;
        if name != "B" {
            desk.patch(&format!("/campaigns/{}", id(&campaign)), &json!({ "status": "active" })).await;
        }
    }
    let names = |answer: &Value| -> Vec<String> {
        let rows = answer["campaigns"].as_array().unwrap();
        rows.iter().map(|row| row["name"].as_str().unwrap().to_owned()).collect()
    };
    let (_, all) = desk.get("/campaigns").await;
    assert_eq!((names(&all).len(), &all["total"]), (3, &json!(3)));
    assert_eq!(names(&desk.get("/campaigns?type=manual").await.1), ["B"]);
    assert_eq!(names(&desk.get("/campaigns?status=active&type=").await.1).len(), 2);
    let (_, page) = desk.get("/campaigns?limit=1&offset=1&status=active").await;
    assert_eq!((names(&page).len(), &page["total"]), (1, &json!(2)));
}

#[rstest]
#[case("status=asleep", &[("status", "not_one_of")])]
#[case("limit=0", &[("limit", "out_of_range")])]
#[case("limit=501", &[("limit", "out_of_range")])]
#[case("limit=ten&offset=-1", &[("offset", "out_of_range"), ("limit", "out_of_range")])]
#[case("offset=9223372036854775808", &[("offset", "out_of_range")])]
#[case("statsu=active", &[("statsu", "unknown_parameter")])]
#[case("status=draft&status=active", &[("status", "repeated")])]
#[tokio::test]
async fn a_query_that_is_not_understood_is_refused(#[case] query: &str, #[case] expected: &[(&str, &str)]) {
    let desk = Desk::open();
    let (status, problem) = desk.get(&format!("/campaigns?{query}")).await;
    assert_eq!((status.as_u16(), wrong(&problem).as_slice()), (422, expected), "{problem}");
}

#[tokio::test]
async fn somebody_else_s_campaign_is_not_there() {
    let desk = Desk::open();
    let campaign = desk.campaign(&json!({ "name": "A", "type": "power" })).await;
    let path = format!("/campaigns/{}", id(&campaign));
    let ask = |method| desk.as_user(STRANGER, Role::Admin, method, &path);
    assert_eq!(answer(ask(Method::GET)).await.0, 404);
    assert_eq!(answer(ask(Method::PATCH).json(&json!({ "name": "Mine" }))).await.0, 404);
    assert_eq!(answer(ask(Method::DELETE)).await.0, 404);
    let list = answer(desk.as_user(STRANGER, Role::Supervisor, Method::GET, "/campaigns")).await.1;
    assert_eq!(list, json!({ "campaigns": [], "total": 0 }));
    assert_eq!(desk.get(&path).await.1["campaign"]["name"], "A");
}

#[tokio::test]
async fn a_deleted_campaign_is_gone() {
    let desk = Desk::open();
    let campaign = desk.campaign(&json!({ "name": "A", "type": "power" })).await;
    let path = format!("/campaigns/{}", id(&campaign));
    assert_eq!(desk.delete(&path).await, (reqwest::StatusCode::NO_CONTENT, Value::Null));
    assert_eq!(desk.get(&path).await.0, 404);
    assert_eq!(desk.delete(&path).await.0, 404);
    assert_eq!(desk.delete(&format!("/campaigns/{NOWHERE}")).await.0, 404);
}
