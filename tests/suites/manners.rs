//! How the API behaves when it is asked something wrong.

use dialer_domain::Role;
use dialer_tests::{Db, TestApp};
use reqwest::Method;
use serde_json::{Value, json};

fn fields(problem: &Value) -> Vec<&str> {
    problem["errors"].as_array().unwrap().iter().map(|error| error["field"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_wrong_field_of_a_campaign_is_named_at_once() {
    let app = TestApp::on(Db::Sqlite).start().await.unwrap();
    let me = app.customer(Role::Supervisor).unwrap();
    let wrong = json!({
        "name": "", "type": "power", "timezone": "Mars/Olympus", "max_attempts": 0,
        "active_hours": {"start": "17:00", "end": "09:00"}, "caller_id": "12",
    });
    let problem = me.post("/campaigns", &wrong).await.unwrap().expect(422);
    let mut named = fields(&problem);
    named.sort_unstable();
    assert_eq!(named, ["active_hours", "caller_id", "max_attempts", "name", "timezone"]);
    assert!(problem["request_id"].is_string());
    assert!(!problem.to_string().contains("panicked"));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_refusal_is_a_problem_document_with_a_code() {
    let app = TestApp::on(Db::Sqlite).start().await.unwrap();
    let me = app.customer(Role::Agent).unwrap();
    let nobody = app.nobody().unwrap();
    let post =
        |body: &'static str| me.request(Method::POST, "/calls").header("Content-Type", "application/json").body(body);
    let refusals = [
        (nobody.get("/calls").await.unwrap(), 401, "unauthenticated"),
        (me.get("/nowhere").await.unwrap(), 404, "unknown_route"),
        (me.send(me.request(Method::PUT, "/calls")).await.unwrap(), 405, "method_not_allowed"),
        (me.send(post("{\"to\":")).await.unwrap(), 400, "malformed_json"),
        (me.send(post("{\"to\":\"+447700900123\",\"colour\":1}")).await.unwrap(), 422, "invalid_request"),
        (me.send(me.request(Method::POST, "/calls").body("to=1")).await.unwrap(), 415, "unsupported_media_type"),
        (me.get("/calls?limit=501").await.unwrap(), 422, "invalid_request"),
        (me.get("/calls/not-an-id").await.unwrap(), 400, "invalid_path"),
        (me.post("/campaigns", &json!({"name": "x", "type": "power"})).await.unwrap(), 403, "role_too_small"),
    ];
    for (answer, status, code) in refusals {
        assert_eq!(answer.headers["content-type"], "application/problem+json");
        assert!(answer.headers.contains_key("x-request-id"));
        assert_eq!(answer.headers["dialer-telephony"], "voipstudio");
        if status == 401 {
            assert!(answer.headers["www-authenticate"].to_str().unwrap().starts_with("Bearer"));
        }
        let problem = answer.expect(status);
        assert_eq!(problem["code"], code, "{problem}");
    }
    app.stop().await;
}
