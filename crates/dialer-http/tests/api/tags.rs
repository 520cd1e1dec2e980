//! `ETag` and `If-Match`.

use reqwest::Method;
use reqwest::header::{ETAG, IF_MATCH};
use rstest::rstest;
use serde_json::{Value, json};

use crate::desk::{Desk, NOWHERE, id, number, read};

/// A row of the owner's: its path, and the tag that it was answered with when it was made.
async fn made(desk: &Desk, what: &str) -> (String, String) {
    let body = match what {
        "campaigns" => json!({ "name": "Spring", "type": "power" }),
        _ => json!({ "to": number(1).as_e164() }),
    };
    let response = desk.request(Method::POST, &format!("/{what}")).json(&body).send().await.unwrap();
    let tag = response.headers()[ETAG].to_str().unwrap().to_owned();
    let answer = read(response).await.1;
    let row = answer.get("campaign").or(answer.get("call")).unwrap();
    (format!("/{what}/{}", id(row)), tag)
}

fn change(what: &str, n: u32) -> Value {
    match what {
        "campaigns" => json!({ "name": format!("Spring {n}") }),
        _ => json!({ "notes": format!("note {n}") }),
    }
}

async fn tag_of(desk: &Desk, path: &str) -> String {
    let response = desk.request(Method::GET, path).send().await.unwrap();
    response.headers()[ETAG].to_str().unwrap().to_owned()
}

async fn patch(desk: &Desk, path: &str, condition: &str, body: &Value) -> (u16, String, Value) {
    let request = desk.request(Method::PATCH, path).header(IF_MATCH, condition);
    let response = request.json(body).send().await.unwrap();
    let tag = response.headers().get(ETAG).map(|tag| tag.to_str().unwrap().to_owned()).unwrap_or_default();
    let (status, answer) = read(response).await;
    (status.as_u16(), tag, answer)
}

#[rstest]
#[tokio::test]
async fn a_change_is_made_to_what_was_read_and_to_nothing_else(#[values("campaigns", "calls")] what: &str) {
    let desk = Desk::open();
    let (path, first) = made(&desk, what).await;
    assert_eq!(tag_of(&desk, &path).await, first);
    let (status, second, _) = patch(&desk, &path, &first, &change(what, 1)).await;
    assert_eq!(status, 200);
    assert_ne!(second, first);
    assert_eq!(tag_of(&desk, &path).await, second);
    let (status, _, problem) = patch(&desk, &path, &first, &change(what, 2)).await;
    assert_eq!((status, &problem["code"]), (412, &json!("precondition_failed")));
    assert_eq!(tag_of(&desk, &path).await, second, "nothing was changed");
    assert_eq!(patch(&desk, &path, &format!("\"x\", {second}"), &change(what, 3)).await.0, 200);
}

#[rstest]
#[tokio::test]
async fn an_asterisk_stands_for_whatever_is_there(#[values("campaigns", "calls")] what: &str) {
    let desk = Desk::open();
    let (path, _) = made(&desk, what).await;
    assert_eq!(patch(&desk, &path, "*", &change(what, 1)).await.0, 200);
    assert_eq!(patch(&desk, &format!("/{what}/{NOWHERE}"), "*", &change(what, 1)).await.0, 404);
}

#[rstest]
#[tokio::test]
async fn a_weak_tag_never_matches(#[values("campaigns", "calls")] what: &str) {
    let desk = Desk::open();
    let (path, tag) = made(&desk, what).await;
    assert_eq!(patch(&desk, &path, &format!("W/{tag}"), &change(what, 1)).await.0, 412);
}

#[tokio::test]
async fn a_condition_that_is_none_is_refused() {
    let desk = Desk::open();
    let (path, _) = made(&desk, "campaigns").await;
    let (status, _, problem) = patch(&desk, &path, "yesterday", &change("campaigns", 1)).await;
    assert_eq!((status, &problem["code"]), (400, &json!("invalid_if_match")));
}

#[rstest]
#[tokio::test]
async fn without_a_condition_a_change_is_made_as_ever(#[values("campaigns", "calls")] what: &str) {
    let desk = Desk::open();
    let (path, _) = made(&desk, what).await;
    assert_eq!(desk.patch(&path, &change(what, 1)).await.0, 200);
}
