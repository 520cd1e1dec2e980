use dialer_domain::identity::Role;
use reqwest::{Method, Response};
use serde_json::json;
use time::Duration;

use crate::desk::{Desk, OWNER, STRANGER, read};

/// Sixty a minute and three at once, for users and for addresses.
fn desk() -> Desk {
    Desk::with(&[
        ("DIALER__LIMITS__USER_REQUESTS_PER_MINUTE", "60"),
        ("DIALER__LIMITS__USER_BURST", "3"),
        ("DIALER__LIMITS__ADDRESS_REQUESTS_PER_MINUTE", "60"),
        ("DIALER__LIMITS__ADDRESS_BURST", "3"),
    ])
}

fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    response.headers().get(name).unwrap_or_else(|| panic!("no {name}")).to_str().unwrap()
}

#[tokio::test]
async fn answers_tell_what_is_left_and_too_much_is_refused_until_it_is_time() {
    let desk = desk();
    let ask = || async { desk.request(Method::GET, "/calls").send().await.unwrap() };
    for (remaining, reset) in [("2", "1"), ("1", "2"), ("0", "3")] {
        let response = ask().await;
        assert_eq!(response.status(), 200);
        assert_eq!(header(&response, "ratelimit-limit"), "3");
        assert_eq!(header(&response, "ratelimit-remaining"), remaining);
        assert_eq!(header(&response, "ratelimit-reset"), reset);
        assert_eq!(header(&response, "ratelimit-policy"), "\"user\";q=3;w=3");
        assert_eq!(header(&response, "ratelimit"), format!("\"user\";r={remaining};t={reset}"));
    }
    let refused = ask().await;
    assert_eq!((header(&refused, "retry-after"), header(&refused, "ratelimit-remaining")), ("1", "0"));
    let (status, problem) = read(refused).await;
    assert_eq!((status.as_u16(), &problem["code"]), (429, &json!("rate_limited")));
    assert!(problem["request_id"].is_string());
    let somebody_else = desk.as_user(STRANGER, Role::Agent, Method::GET, "/calls").send().await.unwrap();
    assert_eq!(somebody_else.status(), 200);
    desk.clock.advance(Duration::SECOND);
    assert_eq!(ask().await.status(), 200);
}

#[tokio::test]
async fn tokens_and_keys_of_one_user_share_one_limit() {
    let desk = desk();
    let made = desk.post("/api-keys", &json!({ "name": "A" })).await.1;
    let key = made["key"].as_str().unwrap();
    let with_key = desk.anonymous(Method::GET, "/api/dialer/calls").bearer_auth(key).send().await.unwrap();
    assert_eq!(header(&with_key, "ratelimit-remaining"), "1");
    let as_agent = desk.as_user(OWNER, Role::Agent, Method::GET, "/calls").send().await.unwrap();
    assert_eq!(header(&as_agent, "ratelimit-remaining"), "0");
}

#[tokio::test]
async fn whoever_keeps_guessing_is_slowed_down_and_others_at_the_same_address_are_not() {
    let desk = desk();
    let guess =
        || async { desk.anonymous(Method::GET, "/api/dialer/calls").bearer_auth("a.b.c").send().await.unwrap() };
    for _ in 0..3 {
        let response = guess().await;
        assert_eq!((response.status().as_u16(), header(&response, "ratelimit-limit")), (401, "3"));
    }
    let refused = guess().await;
    assert_eq!((refused.status().as_u16(), header(&refused, "retry-after")), (429, "1"));
    assert_eq!(desk.get("/calls").await.0, 200, "a good token is not held up by bad ones");
}

#[tokio::test]
async fn without_limits_answers_say_nothing_of_them() {
    let desk = Desk::with(&[("DIALER__LIMITS__USER_REQUESTS_PER_MINUTE", "0")]);
    let response = desk.request(Method::GET, "/calls").send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert!(!response.headers().keys().any(|name| name.as_str().starts_with("ratelimit")));
}
