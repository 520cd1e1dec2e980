//! Log-in, tokens and what the account holds.

use reqwest::Method;
use serde_json::json;

use crate::common::{INACTIVE, TOKEN, UNREGISTERED, bench, client, read};

#[tokio::test]
async fn a_login_gives_a_token_that_dies_after_half_an_hour_without_use() {
    let bench = bench();
    let url = bench.double.base_url();
    let credentials = json!({ "email": "agent2@simulated.example", "password": "simulated-password-not-a-secret" });

    let (status, body) = read(client().post(format!("{url}/login")).json(&credentials).send().await.unwrap()).await;
    assert_eq!((status, &body["user_id"]), (200, &json!(10_002)), "not wrapped in data");
    let token = body["user_token"].as_str().unwrap();
    assert!(token.len() == 40 && token.bytes().all(|byte| byte.is_ascii_hexdigit()));

    let me = async || {
        let request = client().get(format!("{url}/me")).header("X-Auth-Token", token);
        read(request.send().await.unwrap()).await
    };
    bench.clock.advance(29 * 60);
    let (status, body) = me().await;
    assert_eq!((status, &body["data"]["id"]), (200, &json!(10_002)));
    bench.clock.advance(30 * 60);
    assert_eq!(me().await.0, 401);
}

#[tokio::test]
async fn a_wrong_password_is_refused_and_a_missing_one_is_named() {
    let bench = bench();

    let wrong = json!({ "email": "agent2@simulated.example", "password": "guess" });
    let (status, body) = bench.send(Method::POST, "/login", &wrong).await;
    assert_eq!(status, 401);
    assert!(body["errors"][0]["message"].is_string());

    let (status, body) = bench.send(Method::POST, "/login", &json!({ "email": "x" })).await;
    assert_eq!((status, &body["errors"][0]["field"]), (400, &json!("password")));
}

#[tokio::test]
async fn without_a_good_token_every_route_answers_401() {
    let bench = bench();
    for path in ["/ping", "/me", "/calls", "/calls/1", "/cdrs", "/cdrs/1", "/users", "/queues", "/ddis", "/nothing"] {
        let url = format!("{}{path}", bench.double.base_url());
        let none = client().get(&url);
        let wrong = client().get(&url).header("X-Auth-Token", "guess");
        let bearer = client().get(&url).bearer_auth(TOKEN);
        for request in [none, wrong, bearer] {
            assert_eq!(read(request.send().await.unwrap()).await.0, 401, "{path}");
        }
    }
}

#[tokio::test]
async fn an_unknown_route_is_not_found_in_the_providers_shape() {
    let bench = bench();
    for (method, path) in [(Method::GET, "/faxes"), (Method::PUT, "/calls"), (Method::GET, "/calls/1/2")] {
        let (status, body) = bench.send(method, path, &json!({})).await;
        assert_eq!(status, 404, "{path}");
        assert!(body["message"].is_string(), "{path}");
    }
    let outside = bench.double.base_url().replace("/v1.2/voipstudio", "/calls");
    assert_eq!(read(client().get(outside).send().await.unwrap()).await.0, 404);
}

#[tokio::test]
async fn the_older_version_of_the_api_answers_alike() {
    let bench = bench();
    let url = bench.double.base_url().replace("v1.2", "v1.1");

    let (status, body) =
        read(client().get(format!("{url}/ping")).header("X-Auth-Token", TOKEN).send().await.unwrap()).await;

    assert_eq!((status, body), (200, json!({ "data": { "response": "Pong" }, "links": {} })));
}

#[tokio::test]
async fn me_is_the_user_that_the_token_belongs_to() {
    let (status, body) = bench().get("/me").await;

    assert_eq!(status, 200);
    assert_eq!((&body["data"]["id"], &body["data"]["first_name"]), (&json!(10_001), &json!("Ada")));
    assert!(body["data"]["sip_domain"].is_string());
}

#[tokio::test]
async fn users_are_listed_in_pages_and_do_not_tell_whose_phone_is_on() {
    let bench = bench();

    let (_, body) = bench.get("/users?sort=id&limit=5&page=3").await;

    assert_eq!(body["total"], 12);
    let rows = body["data"].as_array().unwrap();
    assert_eq!(rows.len(), 2);
    assert_eq!((&rows[0]["id"], &rows[0]["nb_sip_locations"]), (&json!(UNREGISTERED), &json!(1)));
    assert_eq!((&rows[1]["id"], &rows[1]["active"]), (&json!(INACTIVE), &json!(false)));
    let filter = r#"[{"property":"active","operator":"eq","value":false}]"#;
    let (_, body) = read(bench.request(Method::GET, "/users").query(&[("filter", filter)]).send().await.unwrap()).await;
    assert_eq!(body["total"], 1);
}

#[tokio::test]
async fn queues_and_numbers_of_the_account_are_listed() {
    let bench = bench();

    let queues = bench.rows("/queues").await;
    assert_eq!((&queues[0]["id"], queues[0]["users"].as_array().unwrap().len()), (&json!(20_001), 10));
    let ddis = bench.rows("/ddis?sort=e164").await;
    assert_eq!(ddis.iter().map(|ddi| &ddi["e164"]).collect::<Vec<_>>(), ["12025550100", "442079460001"]);
}
