use dialer_domain::identity::Role;
use reqwest::Method;
use time::Duration;

use crate::desk::{Desk, OWNER, answer, read};

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
