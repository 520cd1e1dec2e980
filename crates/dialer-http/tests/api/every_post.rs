//! `Idempotency-Key` on every POST of the table of routes.

use dialer_domain::identity::Role;
use reqwest::header::HeaderValue;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::desk::{Desk, OWNER, answer};
use crate::every_route::{Rows, moment, scene, tell};
use crate::route_table::{Route, table};

fn posts() -> Vec<Route> {
    let posts: Vec<_> = table().into_iter().filter(|route| route.method == Method::POST).collect();
    assert!(posts.len() > 15, "the table of routes is not what it was");
    posts
}

/// The route with this key, and a body that would do.
fn with_key(desk: &Desk, rows: &Rows, route: &Route, key: &str) -> RequestBuilder {
    let request = desk.as_user(OWNER, Role::Admin, Method::POST, &rows.path(route));
    rows.with_body(request.header("Idempotency-Key", key), route)
}

/// Everything that was ever written down, as far as it is told.
async fn everything(desk: &Desk, rows: &Rows) -> Vec<Value> {
    let mut told = Vec::new();
    for route in table().iter().filter(|route| route.method == Method::GET) {
        told.push(tell(desk.as_user(OWNER, Role::Admin, Method::GET, &rows.path(route))).await.1);
    }
    told
}

#[tokio::test]
async fn a_post_with_a_key_is_carried_out_once_and_answered_the_same_again() {
    let (desk, rows) = scene().await;
    for route in posts() {
        moment(&desk, &route).await;
        let first = with_key(&desk, &rows, &route, route.path).send().await.unwrap();
        assert!(first.headers().get("idempotency-replayed").is_none(), "{}", route.path);
        let (status, headers) = (first.status(), first.headers().clone());
        let body = first.text().await.unwrap();
        assert!(status.is_success(), "{}: {status} {body}", route.path);
        let before = (everything(&desk, &rows).await, std::fs::read_dir(desk.spool.path()).unwrap().count());

        let again = with_key(&desk, &rows, &route, route.path).send().await.unwrap();
        assert_eq!(
            again.headers().get("idempotency-replayed").map(HeaderValue::as_bytes),
            Some(&b"true"[..]),
            "{}",
            route.path
        );
        assert_eq!(again.status(), status, "{}", route.path);
        for name in ["content-type", "etag", "location"] {
            assert_eq!(again.headers().get(name), headers.get(name), "{name} of {}", route.path);
        }
        // A key that was made is shown once.
        if route.path != "/api-keys" {
            assert_eq!(again.text().await.unwrap(), body, "{}", route.path);
        }
        let after = (everything(&desk, &rows).await, std::fs::read_dir(desk.spool.path()).unwrap().count());
        assert_eq!(after, before, "{} did something again", route.path);
    }
}

#[tokio::test]
async fn another_request_with_a_key_that_was_used_is_refused_on_every_post() {
    let (desk, rows) = scene().await;
    let used = desk.request(Method::POST, "/suppressions").header("Idempotency-Key", "one");
    let used = answer(used.json(&json!({ "phone_number": "+447700900120" }))).await;
    assert_eq!(used.0, 201, "{}", used.1);
    for route in posts() {
        let (status, problem) = tell(with_key(&desk, &rows, &route, "one")).await;
        let told = (status.as_u16(), &problem["code"]);
        assert_eq!(told, (422, &json!("idempotency_key_reused")), "{}: {problem}", route.path);
    }
}

#[tokio::test]
async fn another_body_with_a_key_that_was_used_is_refused_on_every_post_that_has_one() {
    let (desk, rows) = scene().await;
    let with_bodies = posts().into_iter().filter_map(|route| Some((rows.body(&route)?, route)));
    for ((kind, body), route) in with_bodies {
        moment(&desk, &route).await;
        let first = tell(with_key(&desk, &rows, &route, route.path)).await;
        assert!(first.0.is_success(), "{}: {first:?}", route.path);
        // One that says the same in other bytes would do as well.
        let other = if kind == "application/json" { format!(" {body}") } else { format!("{body}\n") };
        let request = desk.as_user(OWNER, Role::Admin, Method::POST, &rows.path(&route));
        let request = request.header("Idempotency-Key", route.path).header("Content-Type", kind).body(other);
        let (status, problem) = tell(request).await;
        let told = (status.as_u16(), &problem["code"]);
        assert_eq!(told, (422, &json!("idempotency_key_reused")), "{}: {problem}", route.path);
    }
}
