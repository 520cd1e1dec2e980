use dialer_domain::identity::Role;
use reqwest::Method;
use serde_json::{Value, json};
use time::Duration;

use crate::desk::{Desk, NOWHERE, OWNER, answer, read};

/// Every address of the API, with a body that would do.
fn routes() -> Vec<(Method, String, Option<Value>, Role)> {
    let campaign = json!({ "name": "A", "type": "power" });
    let contacts = json!({ "contacts": [{ "phone_number": "+447700900101" }] });
    let disposition = json!({ "call_id": NOWHERE, "disposition": "interested" });
    vec![
        (Method::GET, "/calls".to_owned(), None, Role::Agent),
        (Method::POST, "/calls".to_owned(), Some(json!({ "to": "+447700900101" })), Role::Agent),
        (Method::GET, format!("/calls/{NOWHERE}"), None, Role::Agent),
        (Method::PATCH, format!("/calls/{NOWHERE}"), Some(json!({ "notes": "A" })), Role::Agent),
        (Method::DELETE, format!("/calls/{NOWHERE}"), None, Role::Agent),
        (Method::GET, "/campaigns".to_owned(), None, Role::Agent),
        (Method::POST, "/campaigns".to_owned(), Some(campaign), Role::Supervisor),
        (Method::GET, format!("/campaigns/{NOWHERE}"), None, Role::Agent),
        (Method::PATCH, format!("/campaigns/{NOWHERE}"), Some(json!({ "name": "A" })), Role::Supervisor),
        (Method::DELETE, format!("/campaigns/{NOWHERE}"), None, Role::Supervisor),
        (Method::GET, format!("/campaigns/{NOWHERE}/contacts"), None, Role::Agent),
        (Method::POST, format!("/campaigns/{NOWHERE}/contacts"), Some(contacts), Role::Supervisor),
        (Method::GET, format!("/campaigns/{NOWHERE}/queue"), None, Role::Agent),
        (
            Method::PATCH,
            format!("/campaigns/{NOWHERE}/queue/{NOWHERE}"),
            Some(json!({ "priority": 1 })),
            Role::Supervisor,
        ),
        (Method::POST, format!("/campaigns/{NOWHERE}/queue/{NOWHERE}/skip"), Some(json!({})), Role::Supervisor),
        (Method::GET, format!("/campaigns/{NOWHERE}/agents"), None, Role::Agent),
        (Method::POST, format!("/campaigns/{NOWHERE}/agents"), Some(json!({ "user_id": NOWHERE })), Role::Supervisor),
        (Method::DELETE, format!("/campaigns/{NOWHERE}/agents/{NOWHERE}"), None, Role::Supervisor),
        (Method::GET, "/dispositions".to_owned(), None, Role::Agent),
        (Method::POST, "/dispositions".to_owned(), Some(disposition), Role::Agent),
        (Method::GET, "/follow-ups".to_owned(), None, Role::Agent),
        (Method::PATCH, format!("/follow-ups/{NOWHERE}"), Some(json!({ "status": "done" })), Role::Agent),
        (Method::GET, "/analytics".to_owned(), None, Role::Agent),
    ]
}

#[tokio::test]
async fn without_a_token_every_address_answers_401() {
    let desk = Desk::open();
    for (method, path, body, _) in routes() {
        let request = desk.anonymous(method.clone(), &format!("/api/dialer{path}"));
        let request = if let Some(body) = &body { request.json(body) } else { request };
        let response = request.send().await.unwrap();
        assert_eq!(response.headers()["www-authenticate"], "Bearer realm=\"dialer\"", "{method} {path}");
        let (status, problem) = read(response).await;
        assert_eq!((status.as_u16(), &problem["code"]), (401, &json!("unauthenticated")), "{method} {path}");
    }
}

#[tokio::test]
async fn each_address_is_open_from_its_role_upwards() {
    let desk = Desk::open();
    for (method, path, body, needs) in routes() {
        for role in Role::ALL {
            let request = desk.as_user(OWNER, *role, method.clone(), &path);
            let request = if let Some(body) = &body { request.json(body) } else { request };
            let (status, problem) = answer(request).await;
            if *role < needs {
                let expected = (403, &json!("role_too_small"));
                assert_eq!((status.as_u16(), &problem["code"]), expected, "{role} {method} {path}");
            } else {
                assert!(![401, 403].contains(&status.as_u16()), "{role} {method} {path}: {status}");
            }
        }
    }
}

#[tokio::test]
async fn whoever_may_not_is_told_so_before_the_body_is_looked_at() {
    let desk = Desk::open();
    let (status, _) = answer(desk.anonymous(Method::POST, "/api/dialer/campaigns").body("not JSON")).await;
    assert_eq!(status, 401);
    let request = desk.as_user(OWNER, Role::Agent, Method::POST, "/campaigns").body("not JSON");
    assert_eq!(answer(request).await.0, 403);
}

#[tokio::test]
async fn a_token_that_is_not_accepted_says_why() {
    let desk = Desk::open();
    let ask =
        |authorization: String| desk.anonymous(Method::GET, "/api/dialer/calls").header("authorization", authorization);
    let token = desk.token(OWNER, Role::Agent);
    assert_eq!(answer(ask(format!("bearer  {token}"))).await.0, 200, "the scheme's case does not matter");
    assert_eq!(answer(ask(format!("Basic {token}"))).await.0, 401);
    assert_eq!(answer(ask("Bearer ".to_owned())).await.1["code"], "unauthenticated");
    assert_eq!(answer(ask("Bearer a.b.c".to_owned())).await.1["code"], "invalid_token");
    desk.clock.advance(Duration::hours(13));
    let response = ask(format!("Bearer {token}")).send().await.unwrap();
    assert!(response.headers()["www-authenticate"].to_str().unwrap().starts_with("Bearer error=\"invalid_token\""));
    assert_eq!(read(response).await.1["code"], "token_expired");
}
