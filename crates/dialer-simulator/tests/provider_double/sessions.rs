//! Logging in with a second factor and out, API keys, and the other ways to show a token.

use dialer_simulator::OutcomeShares;
use reqwest::Method;
use rstest::rstest;
use serde_json::{Value, json};

use crate::common::{NUMBER, TOKEN, TestBench, bench, bench_with, client, exact, read};

async fn anonymously(bench: &TestBench, path: &str, body: &Value) -> (u16, Value) {
    read(client().post(format!("{}{path}", bench.double.base_url())).json(body).send().await.unwrap()).await
}

async fn ping_with(bench: &TestBench, token: &str) -> u16 {
    let request = client().get(format!("{}/ping", bench.double.base_url())).header("X-Auth-Token", token);
    request.send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn with_a_second_factor_a_login_needs_the_code_once() {
    let bench = bench_with(exact(OutcomeShares::PERSON), |knobs| knobs.two_factor = true);
    let credentials = json!({ "email": "agent2@simulated.example", "password": "simulated-password-not-a-secret" });
    let nonce = async || {
        let (status, body) = anonymously(&bench, "/login", &credentials).await;
        assert_eq!((status, body.get("user_token")), (202, None));
        body["nonce"].clone()
    };

    let wrong = json!({ "code": "000000", "nonce": nonce().await });
    assert_eq!(anonymously(&bench, "/login2fa", &wrong).await.0, 401);
    let right = json!({ "code": "123456", "nonce": nonce().await });
    let (status, body) = anonymously(&bench, "/login2fa", &right).await;
    assert_eq!((status, &body["user_id"]), (200, &json!(10_002)));
    assert_eq!(ping_with(&bench, body["user_token"].as_str().unwrap()).await, 200);
    assert_eq!(anonymously(&bench, "/login2fa", &right).await.0, 401, "a nonce is good once");
}

#[tokio::test]
async fn logging_out_ends_a_login_and_spares_an_api_key() {
    let bench = bench();
    let credentials = json!({ "email": "agent2@simulated.example", "password": "simulated-password-not-a-secret" });
    let token = anonymously(&bench, "/login", &credentials).await.1["user_token"].as_str().unwrap().to_owned();
    let log_out = async |token: &str| {
        let request = client().post(format!("{}/logout", bench.double.base_url())).header("X-Auth-Token", token);
        request.send().await.unwrap().status().as_u16()
    };

    assert_eq!(log_out(&token).await, 200);
    assert_eq!(ping_with(&bench, &token).await, 401);
    assert_eq!(log_out(TOKEN).await, 200);
    assert_eq!(ping_with(&bench, TOKEN).await, 200);
}

#[tokio::test]
async fn an_api_key_lives_as_long_as_it_is_used_within_its_expiry() {
    let bench = bench();
    let create = json!({ "name": "dialer", "expiry": 3600 });
    let (status, body) = bench.send(Method::POST, "/apitokens", &create).await;
    let key = &body["data"];
    assert_eq!((status, &key["name"], &key["created_at"]), (201, &json!("dialer"), &json!("2026-03-02 09:00:00")));
    let token = key["token"].as_str().unwrap();
    assert!(token.len() == 40 && token.bytes().all(|byte| byte.is_ascii_hexdigit()));

    for _ in 0..3 {
        bench.clock.advance(3599);
        assert_eq!(ping_with(&bench, token).await, 200);
    }
    bench.clock.advance(3600);
    assert_eq!(ping_with(&bench, token).await, 401);
}

#[rstest]
#[case(json!({ "name": "eternal", "expiry": 0 }))]
#[case(json!({ "name": "eternal", "expiry": null }))]
#[case(json!({ "name": "eternal" }))]
#[tokio::test]
async fn an_api_key_may_never_expire(#[case] create: Value) {
    let bench = bench();
    let (status, body) = bench.send(Method::POST, "/apitokens", &create).await;
    assert_eq!(status, 201);
    bench.clock.advance(400 * 86_400);
    assert_eq!(ping_with(&bench, body["data"]["token"].as_str().unwrap()).await, 200);
}

#[tokio::test]
async fn which_expiry_means_never_is_a_knob() {
    let bench = bench_with(exact(OutcomeShares::PERSON), |knobs| knobs.never_expires = vec![None]);
    let zero = bench.send(Method::POST, "/apitokens", &json!({ "name": "a", "expiry": 0 })).await;
    assert_eq!((zero.0, &zero.1["errors"][0]["field"]), (400, &json!("expiry")));
    assert_eq!(bench.send(Method::POST, "/apitokens", &json!({ "name": "a", "expiry": null })).await.0, 201);
}

#[tokio::test]
async fn api_keys_have_a_name_of_their_own_can_be_found_by_it_and_deleted() {
    let bench = bench();
    let create =
        async |name: &str| bench.send(Method::POST, "/apitokens", &json!({ "name": name, "expiry": 60 })).await;
    let token = create("dialer").await.1["data"]["token"].as_str().unwrap().to_owned();
    create("other").await;
    let (status, body) = create("dialer").await;
    assert_eq!((status, &body["errors"][0]["field"]), (400, &json!("name")));

    let filter = json!([{ "property": "name", "operator": "eq", "value": "dialer" }]).to_string();
    let request = bench.request(Method::GET, "/apitokens").query(&[("filter", filter)]);
    let (_, found) = read(request.send().await.unwrap()).await;
    assert_eq!((&found["total"], &found["data"][0]["token"]), (&json!(1), &json!(token)));
    assert_eq!(bench.get("/apitokens").await.1["total"], 3, "the configured one too");

    assert_eq!(bench.delete(&format!("/apitokens/{token}")).await.0, 204);
    assert_eq!(bench.delete(&format!("/apitokens/{token}")).await.0, 404);
    assert_eq!(ping_with(&bench, &token).await, 401);
    assert_eq!(create("dialer").await.0, 201, "the name is free again");
}

#[tokio::test]
async fn a_token_may_come_as_the_password_of_basic_authentication() {
    let bench = bench();
    let url = format!("{}/ping", bench.double.base_url());
    let basic = async |name: &str, token: Option<&str>| {
        read(client().get(&url).basic_auth(name, token).send().await.unwrap()).await
    };
    assert_eq!(basic("10001", Some(TOKEN)).await.0, 200);
    assert_eq!(basic("agent1@simulated.example", Some(TOKEN)).await.0, 200);
    assert_eq!(basic("10002", Some(TOKEN)).await.0, 401, "somebody else's");
    let (status, body) = basic(TOKEN, None).await;
    assert_eq!(status, 400);
    assert!(body["message"].as_str().unwrap().contains("Authorization"));
}

#[tokio::test]
async fn a_bearer_token_is_taken_only_where_the_knob_says_so() {
    let bench = bench();
    let ping = async || {
        let request = client().get(format!("{}/ping", bench.double.base_url())).bearer_auth(TOKEN);
        request.send().await.unwrap().status().as_u16()
    };
    assert_eq!(ping().await, 401);
    bench.double.knobs().set(|knobs| knobs.bearer_accepted = true);
    assert_eq!(ping().await, 200);
}

#[tokio::test]
async fn a_key_may_be_good_for_its_own_user_only() {
    let bench = bench();
    bench.dial(10_002, NUMBER).await;
    bench.double.knobs().set(|knobs| knobs.key_rights = dialer_simulator::KeyRights::OwnUser);

    let foreign = json!({ "to": "447700900199", "from": "10003" });
    assert_eq!(bench.send(Method::POST, "/calls", &foreign).await.0, 403);
    assert_eq!(bench.rows("/calls").await, Vec::<Value>::new());
    bench.let_it_end();
    assert_eq!(bench.rows("/cdrs").await, Vec::<Value>::new());
    bench.dial(10_001, "447700900198").await;
    assert_eq!(bench.rows("/calls").await.len(), 1);
}
