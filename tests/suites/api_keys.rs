use dialer_domain::Role;
use dialer_tests::{Db, TestApp};
use reqwest::Method;
use rstest::rstest;
use serde_json::json;

#[rstest]
#[case::sqlite(Db::Sqlite)]
#[case::postgres(Db::Postgres)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_is_made_used_listed_and_revoked(#[case] db: Db) {
    let app = TestApp::on(db).start().await.unwrap();
    let me = app.customer(Role::Supervisor).unwrap();
    me.post("/campaigns", &json!({"name": "Spring", "type": "power"})).await.unwrap().expect(201);
    let body = json!({"name": "CRM", "role": "agent", "scopes": ["campaigns:read"]});
    let made = me.post("/api-keys", &body).await.unwrap().expect(201);
    let (key, path) = (made["key"].as_str().unwrap(), format!("/api-keys/{}", made["api_key"]["id"].as_str().unwrap()));
    let nobody = app.nobody().unwrap();
    let ask = |method: Method, path: &str| nobody.send(nobody.request(method, path).bearer_auth(key));

    let seen = ask(Method::GET, "/campaigns").await.unwrap().expect(200);
    assert_eq!(seen["campaigns"][0]["name"], "Spring");
    assert_eq!(ask(Method::GET, "/calls").await.unwrap().expect(403)["code"], "scope_missing");
    assert_eq!(ask(Method::GET, "/api-keys").await.unwrap().expect(403)["code"], "not_with_a_key");

    let listed = me.get("/api-keys").await.unwrap().expect(200);
    assert_eq!((&listed["total"], &listed["api_keys"][0]["prefix"]), (&json!(1), &json!(&key[..11])));
    assert!(listed["api_keys"][0]["last_used_at"].is_string());
    assert!(!listed.to_string().contains(key));

    let stranger = app.customer(Role::Admin).unwrap();
    stranger.get(&path).await.unwrap().expect(404);
    stranger.delete(&path).await.unwrap().expect(404);
    assert_eq!(stranger.get("/api-keys").await.unwrap().expect(200)["total"], 0);

    me.delete(&path).await.unwrap().expect(204);
    assert_eq!(ask(Method::GET, "/campaigns").await.unwrap().expect(401)["code"], "invalid_token");
    assert!(me.get(&path).await.unwrap().expect(200)["api_key"]["revoked_at"].is_string());
    app.stop().await;
}
