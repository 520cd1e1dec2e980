//! `ETag` and `If-Match` on every PATCH of the table of routes.

use dialer_domain::identity::Role;
use reqwest::header::{ETAG, IF_MATCH};
use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::desk::{Desk, OWNER, read};
use crate::every_route::{Rows, scene};
use crate::route_table::{Route, table};

fn patches() -> Vec<Route> {
    let patches: Vec<_> = table().into_iter().filter(|route| route.method == Method::PATCH).collect();
    assert!(patches.len() > 6, "the table of routes is not what it was");
    patches
}

async fn get(desk: &Desk, rows: &Rows, route: &Route) -> (String, Value) {
    let request = desk.as_user(OWNER, Role::Admin, Method::GET, &rows.path(route));
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 200, "GET {}", route.path);
    (tag_of(&response, route), read(response).await.1)
}

async fn patch(desk: &Desk, rows: &Rows, route: &Route, condition: &str) -> Response {
    let request = desk.as_user(OWNER, Role::Admin, Method::PATCH, &rows.path(route));
    rows.with_body(request.header(IF_MATCH, condition), route).send().await.unwrap()
}

fn tag_of(response: &Response, route: &Route) -> String {
    let tag = response.headers().get(ETAG).unwrap_or_else(|| panic!("{} has no ETag", route.path));
    tag.to_str().unwrap().to_owned()
}

async fn refused(response: Response) -> (u16, Value) {
    let (status, problem) = read(response).await;
    (status.as_u16(), problem["code"].clone())
}

#[tokio::test]
async fn a_change_to_what_was_read_is_made_and_one_to_what_it_was_before_changes_nothing() {
    let (desk, rows) = scene().await;
    for route in patches() {
        let first = get(&desk, &rows, &route).await;
        for stale in ["\"x\"", "\"x\", \"y\"", &format!("W/{}", first.0)] {
            let told = refused(patch(&desk, &rows, &route, stale).await).await;
            assert_eq!(told, (412, json!("precondition_failed")), "{} with {stale}", route.path);
        }
        assert_eq!(get(&desk, &rows, &route).await, first, "{} was changed", route.path);

        let changed = patch(&desk, &rows, &route, &format!("\"x\", {}", first.0)).await;
        assert_eq!(changed.status(), 200, "{}", route.path);
        let second = tag_of(&changed, &route);
        assert_ne!(second, first.0, "{} has the same tag as before", route.path);
        let after = get(&desk, &rows, &route).await;
        assert_eq!(after.0, second, "{} is read with another tag than it was changed with", route.path);
        let told = refused(patch(&desk, &rows, &route, &first.0).await).await;
        assert_eq!(told, (412, json!("precondition_failed")), "{}", route.path);
        assert_eq!(get(&desk, &rows, &route).await, after, "{} was changed", route.path);
    }
}

#[tokio::test]
async fn an_asterisk_stands_for_whatever_is_there() {
    let (desk, rows) = scene().await;
    for route in patches() {
        assert_eq!(patch(&desk, &rows, &route, "*").await.status(), 200, "{}", route.path);
    }
}

#[tokio::test]
async fn a_condition_that_is_none_is_refused_and_nothing_is_changed() {
    let (desk, rows) = scene().await;
    for route in patches() {
        let before = get(&desk, &rows, &route).await;
        for garbage in ["yesterday", "\"open", ""] {
            let told = refused(patch(&desk, &rows, &route, garbage).await).await;
            assert_eq!(told, (400, json!("invalid_if_match")), "{} with {garbage}", route.path);
        }
        assert_eq!(get(&desk, &rows, &route).await, before, "{} was changed", route.path);
    }
}
