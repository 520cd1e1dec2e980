use dialer_domain::identity::Role;
use reqwest::Method;
use rstest::rstest;
use serde_json::json;

use crate::desk::{Desk, OWNER, answer, read};

#[rstest]
#[case(Method::GET, "/")]
#[case(Method::GET, "/api/dialer")]
#[case(Method::GET, "/api/dialer/nothing")]
#[case(Method::POST, "/api/dialer/calls/1/2")]
#[case(Method::DELETE, "/elsewhere")]
#[tokio::test]
async fn an_unknown_address_is_a_problem_document(#[case] method: Method, #[case] path: &str) {
    let desk = Desk::open();
    let response = desk.anonymous(method, path).send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "application/problem+json");
    let request_id = response.headers()["x-request-id"].to_str().unwrap().to_owned();
    let (status, problem) = read(response).await;
    assert_eq!(status, 404);
    let expected = json!({
        "type": "urn:dialer:problem:unknown_route",
        "title": "No such address",
        "status": 404,
        "detail": "there is nothing at this address; the API is below /api/dialer",
        "code": "unknown_route",
        "request_id": request_id,
    });
    assert_eq!(problem, expected);
}

#[rstest]
#[case(Method::PUT, "/api/dialer/calls", "GET, HEAD, POST")]
#[case(Method::POST, "/api/dialer/calls/0195d3f0-0000-7000-8000-0000000000ff", "GET, HEAD, PATCH, DELETE")]
#[case(Method::DELETE, "/api/dialer/campaigns", "GET, HEAD, POST")]
#[case(Method::PUT, "/api/dialer/campaigns/1", "GET, HEAD, PATCH, DELETE")]
#[case(Method::PATCH, "/api/dialer/campaigns/1/contacts", "GET, HEAD, POST")]
#[case(Method::POST, "/healthz", "GET, HEAD")]
#[tokio::test]
async fn a_wrong_method_is_told_the_right_ones(#[case] method: Method, #[case] path: &str, #[case] allow: &str) {
    let desk = Desk::open();
    let response = desk.anonymous(method, path).send().await.unwrap();
    assert_eq!(response.headers()["allow"], allow);
    let (status, problem) = read(response).await;
    assert_eq!((status.as_u16(), &problem["code"]), (405, &json!("method_not_allowed")));
}

#[tokio::test]
async fn head_is_answered_like_get_without_the_body() {
    let desk = Desk::open();
    let response = desk.request(Method::HEAD, "/campaigns").send().await.unwrap();
    assert_eq!((response.status().as_u16(), response.text().await.unwrap().as_str()), (200, ""));
}

#[rstest]
#[case("{\"name\": \"A\"", "malformed_json")]
#[case("name=A", "malformed_json")]
#[case("", "malformed_json")]
#[case("{\"name\": \"A\", \"type\": \"power\"} {}", "malformed_json")]
#[tokio::test]
async fn what_is_not_json_is_a_bad_request(#[case] body: &'static str, #[case] code: &str) {
    let desk = Desk::open();
    let request = desk.request(Method::POST, "/campaigns").header("content-type", "application/json").body(body);
    let (status, problem) = answer(request).await;
    assert_eq!((status.as_u16(), &problem["code"]), (400, &json!(code)), "{problem}");
}

#[rstest]
#[case(Some("text/plain"), 415)]
#[case(Some("application/x-www-form-urlencoded"), 415)]
#[case(None, 415)]
#[case(Some("application/json; charset=utf-8"), 201)]
#[case(Some("APPLICATION/JSON"), 201)]
#[case(Some("application/merge-patch+json"), 201)]
#[tokio::test]
async fn a_body_must_say_that_it_is_json(#[case] content_type: Option<&str>, #[case] expected: u16) {
    let desk = Desk::open();
    let mut request = desk.request(Method::POST, "/campaigns").body(r#"{"name":"A","type":"power"}"#);
    if let Some(content_type) = content_type {
        request = request.header("content-type", content_type);
    }
    assert_eq!(answer(request).await.0.as_u16(), expected);
}

#[rstest]
#[case("/campaigns", 300 * 1024)]
#[case("/campaigns", 20 * 1024 * 1024)]
#[case("/campaigns/0195d3f0-0000-7000-8000-0000000000ff/contacts", 9 * 1024 * 1024)]
#[tokio::test]
async fn a_body_that_is_too_large_is_refused_whether_or_not_it_is_announced(#[case] path: &str, #[case] size: usize) {
    let desk = Desk::open();
    let body = vec![b' '; size];
    let request = || desk.request(Method::POST, path).header("content-type", "application/json");
    let (status, problem) = answer(request().body(body.clone())).await;
    assert_eq!((status.as_u16(), &problem["code"]), (413, &json!("too_large")));
    let pieces: Vec<Result<Vec<u8>, std::io::Error>> = body.chunks(64 * 1024).map(|piece| Ok(piece.to_vec())).collect();
    let stream = reqwest::Body::wrap_stream(futures_util::stream::iter(pieces));
    assert_eq!(answer(request().body(stream)).await.0, 413);
}

#[tokio::test]
async fn a_small_body_that_unpacks_into_a_large_one_is_refused() {
    let desk = Desk::open();
    // 1 MiB of spaces, packed with gzip level 9.
    let packed = packed_spaces();
    assert!(packed.len() < 8_000);
    let request = desk
        .request(Method::POST, "/campaigns")
        .header("content-type", "application/json")
        .header("content-encoding", "gzip")
        .body(packed);
    assert_eq!(answer(request).await.0, 413);
}

/// A gzip file of 1 MiB of spaces: one literal, then copies of 258 bytes of it (RFC 1951, 3.2.6).
fn packed_spaces() -> Vec<u8> {
    const COPIES: usize = 1024 * 1024 / 258;
    let mut bits: Vec<bool> = vec![true, true, false];
    // The literal 0x20 is 0x30 + 0x20 in 8 bits, most significant first.
    bits.extend((0..8).rev().map(|bit| (0x50_u8 >> bit) & 1 == 1));
    for _ in 0..COPIES {
        // Length 258 is symbol 285, 8 bits: 0xC0 + (285 - 280); distance 1 is symbol 0, 5 bits.
        bits.extend((0..8).rev().map(|bit| (0xC5_u8 >> bit) & 1 == 1));
        bits.extend([false; 5]);
    }
    // The end of the block is symbol 256, 7 bits of zero.
    bits.extend([false; 7]);
    let mut file = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 255];
    file.extend(
        bits.chunks(8).map(|byte| byte.iter().enumerate().fold(0, |sum, (index, bit)| sum | (u8::from(*bit) << index))),
    );
    // The checks at the end are never reached: the reading stops before.
    file.extend([0; 8]);
    file
}

#[rstest]
#[case("/campaigns/seven")]
#[case("/campaigns/seven/contacts")]
#[case("/calls/0195d3f0")]
#[tokio::test]
async fn an_address_without_a_valid_id_is_a_bad_request(#[case] path: &str) {
    let desk = Desk::open();
    let (status, problem) = desk.get(path).await;
    assert_eq!((status.as_u16(), &problem["code"]), (400, &json!("invalid_path")));
}

#[tokio::test]
async fn every_answer_carries_its_request_s_id_and_says_who_places_the_calls() {
    let desk = Desk::open();
    let ask = |id: &'static str| desk.request(Method::GET, "/calls").header("x-request-id", id).send();
    let response = ask("from-the-proxy:7").await.unwrap();
    assert_eq!(response.headers()["x-request-id"], "from-the-proxy:7");
    assert_eq!(response.headers()["dialer-telephony"], "simulator");
    for harmful in ["", "has space", "quote\"", "semi;colon"] {
        let response = ask(harmful).await.unwrap();
        let id = response.headers()["x-request-id"].to_str().unwrap().to_owned();
        assert!(id != harmful && uuid::Uuid::parse_str(&id).is_ok(), "{harmful} -> {id}");
    }
    let long: &'static str = Box::leak("x".repeat(129).into_boxed_str());
    assert_ne!(ask(long).await.unwrap().headers()["x-request-id"], long);
    let request = desk.as_user(OWNER, Role::Agent, Method::POST, "/campaigns").header("x-request-id", "abc");
    assert_eq!(answer(request).await.1["request_id"], "abc");
}
