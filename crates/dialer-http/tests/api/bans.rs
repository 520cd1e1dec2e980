use dialer_domain::{Duration, Role};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::desk::{Desk, OWNER, STRANGER, answer, id, wrong};

fn louisiana() -> Value {
    json!({
        "jurisdiction": "US-LA", "starts_at": "2026-03-03T00:00:00-06:00", "ends_at": "2026-03-17T00:00:00-06:00",
        "reason": "PSC order",
    })
}

#[tokio::test]
async fn a_ban_is_ordered_ended_and_kept() {
    let desk = Desk::open();
    let (status, made) = desk.post("/rules/bans", &louisiana()).await;
    assert_eq!(status, 201, "{made}");
    let ban = &made["ban"];
    assert_eq!((&ban["user_id"], &ban["standing"]), (&json!(OWNER.to_string()), &json!(true)));
    assert_eq!((&ban["starts_at"], &ban["ends_at"]), (&json!("2026-03-03T06:00:00Z"), &json!("2026-03-17T06:00:00Z")));
    let path = format!("/rules/bans/{}", id(ban));
    assert_eq!(desk.get(&path).await, (StatusCode::OK, json!({ "ban": ban })));
    assert_eq!(desk.get("/rules/bans?standing=true").await.1["bans"], json!([ban]));

    assert_eq!(desk.delete(&path).await.0, 204);
    assert_eq!(desk.get("/rules/bans?standing=true").await.1["total"], 0);
    let (_, all) = desk.get("/rules/bans").await;
    assert_eq!((&all["total"], &all["bans"][0]["standing"]), (&json!(1), &json!(false)));
    assert_eq!(all["bans"][0]["ended_by"], json!(OWNER.to_string()));
    assert_eq!(all["bans"][0]["ends_at"], ban["ends_at"], "as it was ordered");
}

#[tokio::test]
async fn a_ban_is_over_when_its_time_is() {
    let desk = Desk::open();
    desk.post("/rules/bans", &json!({ "jurisdiction": "FR", "ends_at": "2026-03-02T11:00:00Z" })).await;
    assert_eq!(desk.get("/rules/bans?standing=true").await.1["total"], 1);
    desk.clock.advance(Duration::hours(1));
    assert_eq!(desk.get("/rules/bans?standing=true").await.1["total"], 0);
    assert_eq!(desk.get("/rules/bans").await.1["total"], 1);
}

#[tokio::test]
async fn only_an_admin_binds_and_frees_everybody() {
    let desk = Desk::open();
    let mut everybody = louisiana();
    everybody["everybody"] = json!(true);
    let order = |role| answer(desk.as_user(OWNER, role, Method::POST, "/rules/bans").json(&everybody));
    let (status, problem) = order(Role::Supervisor).await;
    assert_eq!((status.as_u16(), wrong(&problem)), (422, vec![("everybody", "role_too_small")]));
    let (status, made) = order(Role::Admin).await;
    assert_eq!((status.as_u16(), &made["ban"]["user_id"]), (201, &Value::Null), "{made}");

    let path = format!("/rules/bans/{}", id(&made["ban"]));
    let (_, seen) = answer(desk.as_user(STRANGER, Role::Agent, Method::GET, "/rules/bans")).await;
    assert_eq!(seen["bans"], json!([made["ban"]]), "whom it binds sees it");
    let (status, problem) = answer(desk.as_user(STRANGER, Role::Supervisor, Method::DELETE, &path)).await;
    assert_eq!((status.as_u16(), &problem["code"]), (409, &json!("conflict")), "{problem}");
    assert_eq!(answer(desk.as_user(STRANGER, Role::Admin, Method::DELETE, &path)).await.0, 204);
    assert_eq!(desk.get("/rules/bans?standing=true").await.1["total"], 0);
}

#[tokio::test]
async fn what_is_wrong_with_a_ban_is_named() {
    let desk = Desk::open();
    for (body, field, code) in [
        (json!({ "ends_at": "2026-03-17T00:00:00Z" }), "jurisdiction", "required"),
        (
            json!({ "jurisdiction": "Louisiana", "ends_at": "2026-03-17T00:00:00Z" }),
            "jurisdiction",
            "not_a_jurisdiction",
        ),
        (json!({ "jurisdiction": "US-LA" }), "ends_at", "required"),
        (json!({ "jurisdiction": "US-LA", "ends_at": "2026-03-17" }), "ends_at", "not_an_instant"),
        (json!({ "jurisdiction": "US-LA", "ends_at": "2026-03-02T10:00:00Z" }), "ends_at", "reversed"),
        (
            json!({ "jurisdiction": "US-LA", "starts_at": "2026-03-01T00:00:00Z", "ends_at": "2026-03-02T10:00:00Z" }),
            "ends_at",
            "in_the_past",
        ),
    ] {
        let (status, problem) = desk.post("/rules/bans", &body).await;
        assert_eq!((status.as_u16(), wrong(&problem)), (422, vec![(field, code)]), "{body}");
    }
}
