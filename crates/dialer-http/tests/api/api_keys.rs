use dialer_domain::identity::Role;
use reqwest::Method;
use serde_json::{Value, json};
use time::Duration;

use crate::desk::{Desk, OWNER, STRANGER, answer, id, wrong};

async fn made(desk: &Desk, body: &Value) -> (Value, String) {
    let (status, answer) = desk.post("/api-keys", body).await;
    assert_eq!(status, 201, "{answer}");
    (answer["api_key"].clone(), answer["key"].as_str().unwrap().to_owned())
}

fn with_key(desk: &Desk, key: &str, method: Method, path: &str) -> reqwest::RequestBuilder {
    desk.anonymous(method, &format!("/api/dialer{path}")).bearer_auth(key)
}

#[tokio::test]
async fn a_key_is_shown_once_and_then_only_by_its_beginning() {
    let desk = Desk::open();
    let body = json!({ "name": " CRM ", "role": "agent", "scopes": ["calls:write", "calls:read"],
                       "expires_at": "2026-03-03T10:00:00Z" });
    let response = desk.request(Method::POST, "/api-keys").json(&body).send().await.unwrap();
    assert_eq!((response.status().as_u16(), &response.headers()["cache-control"]), (201, &"no-store".parse().unwrap()));
    let answered: Value = response.json().await.unwrap();
    let (row, key) = (&answered["api_key"], answered["key"].as_str().unwrap());
    let expected = json!({
        "id": row["id"],
        "user_id": OWNER,
        "name": "CRM",
        "prefix": &key[..11],
        "role": "agent",
        "scopes": ["calls:read", "calls:write"],
        "expires_at": "2026-03-03T10:00:00Z",
        "last_used_at": null,
        "revoked_at": null,
        "created_at": "2026-03-02T10:00:00Z",
    });
    assert_eq!(row, &expected);
    let (_, list) = desk.get("/api-keys").await;
    assert_eq!(list, json!({ "api_keys": [expected], "total": 1 }));
    let (_, one) = desk.get(&format!("/api-keys/{}", id(row))).await;
    assert_eq!(one["api_key"], expected);
    assert!(!list.to_string().contains(key) && !one.to_string().contains("hash"));
}

#[tokio::test]
async fn a_key_acts_for_its_maker_with_its_own_role() {
    let desk = Desk::open();
    let (_, key) = made(&desk, &json!({ "name": "CRM", "role": "agent" })).await;
    let campaign = desk.campaign(&json!({ "name": "A", "type": "power" })).await;
    let (status, seen) = answer(with_key(&desk, &key, Method::GET, "/campaigns")).await;
    assert_eq!((status.as_u16(), id(&seen["campaigns"][0])), (200, id(&campaign)));
    let refused = with_key(&desk, &key, Method::POST, "/campaigns").json(&json!({ "name": "B", "type": "power" }));
    assert_eq!(answer(refused).await.1["code"], "role_too_small");
    let elsewhere = desk.anonymous(Method::GET, "/api/dialer/campaigns").header("X-API-Key", &key);
    assert_eq!(answer(elsewhere).await.0, 200);
    let token = desk.token(OWNER, Role::Admin);
    let token_elsewhere = desk.anonymous(Method::GET, "/api/dialer/campaigns").header("X-API-Key", token);
    assert_eq!(answer(token_elsewhere).await.1["code"], "unauthenticated");
}

#[tokio::test]
async fn everything_that_is_wrong_with_a_new_key_is_named() {
    let desk = Desk::open();
    let body = json!({ "name": "", "role": "admin", "scopes": [], "expires_at": "2026-03-02T10:00:00Z" });
    let (status, problem) = desk.post("/api-keys", &body).await;
    assert_eq!(status, 422);
    let named =
        [("name", "required"), ("role", "role_too_large"), ("scopes", "required"), ("expires_at", "in_the_past")];
    assert_eq!(wrong(&problem), named);
    let body = json!({ "role": "emperor", "scopes": ["*", "calls"], "expires_at": "soon" });
    let (status, problem) = desk.post("/api-keys", &body).await;
    assert_eq!(status, 422);
    let named =
        [("name", "required"), ("role", "not_one_of"), ("scopes[1]", "not_one_of"), ("expires_at", "not_an_instant")];
    assert_eq!(wrong(&problem), named);
    assert_eq!(desk.post("/api-keys", &json!({ "name": "A", "user_id": STRANGER })).await.0, 422);
    assert_eq!(desk.get("/api-keys").await.1["total"], 0);
}

#[tokio::test]
async fn a_revoked_key_is_refused_at_once_and_stays_in_the_list() {
    let desk = Desk::open();
    let (row, key) = made(&desk, &json!({ "name": "CRM" })).await;
    assert_eq!(answer(with_key(&desk, &key, Method::GET, "/calls")).await.0, 200);
    let path = format!("/api-keys/{}", id(&row));
    assert_eq!(desk.delete(&path).await.0, 204);
    let (status, problem) = answer(with_key(&desk, &key, Method::GET, "/calls")).await;
    assert_eq!((status.as_u16(), &problem["code"]), (401, &json!("invalid_token")));
    desk.clock.advance(Duration::MINUTE);
    assert_eq!(desk.delete(&path).await.0, 204, "a second time changes nothing");
    let (_, list) = desk.get("/api-keys").await;
    assert_eq!(list["api_keys"][0]["revoked_at"], "2026-03-02T10:00:00Z");
    assert_eq!(list["api_keys"][0]["last_used_at"], "2026-03-02T10:00:00Z");
}

#[tokio::test]
async fn a_key_ends_at_its_time() {
    let desk = Desk::open();
    let (_, key) = made(&desk, &json!({ "name": "CRM", "expires_at": "2026-03-02T10:00:05Z" })).await;
    assert_eq!(answer(with_key(&desk, &key, Method::GET, "/calls")).await.0, 200);
    desk.clock.advance(Duration::seconds(5));
    assert_eq!(answer(with_key(&desk, &key, Method::GET, "/calls")).await.1["code"], "token_expired");
}

#[tokio::test]
async fn a_key_asked_for_twice_is_made_once_and_its_secret_is_kept_nowhere() {
    let desk = Desk::open();
    let ask =
        || desk.request(Method::POST, "/api-keys").header("Idempotency-Key", "once").json(&json!({ "name": "A" }));
    let (status, first) = answer(ask()).await;
    assert_eq!((status.as_u16(), first["key"].is_string()), (201, true));
    let (status, again) = answer(ask()).await;
    assert_eq!((status.as_u16(), &again["api_key"], &again["key"]), (201, &first["api_key"], &Value::Null));
    assert_eq!(desk.get("/api-keys").await.1["total"], 1);
}
