//! How answers behave towards browsers, proxies and those who run the program.

use reqwest::Method;
use rstest::rstest;
use serde_json::json;

use crate::desk::{Desk, NOWHERE, answer};

#[tokio::test]
async fn every_answer_tells_browsers_to_keep_nothing_and_to_guess_nothing() {
    let desk = Desk::open();
    for request in [desk.request(Method::GET, "/calls"), desk.anonymous(Method::GET, "/nowhere")] {
        let response = request.send().await.unwrap();
        let header = |name: &str| response.headers()[name].to_str().unwrap().to_owned();
        assert_eq!(header("cache-control"), "no-store");
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert_eq!(header("x-frame-options"), "DENY");
        assert_eq!(header("referrer-policy"), "no-referrer");
        assert!(header("content-security-policy").contains("frame-ancestors 'none'"));
        assert!(!response.headers().contains_key("strict-transport-security"));
    }
}

#[tokio::test]
async fn browsers_insist_on_tls_when_a_proxy_in_front_speaks_it() {
    let desk = Desk::with(&[("DIALER__SERVER__TLS_IN_FRONT", "true")]);
    let response = desk.anonymous(Method::GET, "/healthz").send().await.unwrap();
    assert_eq!(response.headers()["strict-transport-security"], "max-age=31536000");
}

#[tokio::test]
async fn other_sites_may_call_only_when_the_settings_name_them() {
    const ORIGIN: &str = "access-control-allow-origin";
    let ask = async |desk: &Desk, origin: &str| {
        desk.request(Method::GET, "/calls").header("origin", origin).send().await.unwrap().headers().clone()
    };
    assert!(!ask(&Desk::open(), "https://app.example").await.contains_key(ORIGIN));
    let desk = Desk::with(&[("DIALER__CORS__ALLOWED_ORIGINS", "https://app.example")]);
    let headers = ask(&desk, "https://app.example").await;
    assert_eq!(headers[ORIGIN], "https://app.example");
    assert!(headers["access-control-expose-headers"].to_str().unwrap().contains("x-request-id"));
    assert!(!ask(&desk, "https://other.example").await.contains_key(ORIGIN));
    let anybody = Desk::with(&[("DIALER__CORS__ALLOWED_ORIGINS", "*")]);
    assert_eq!(ask(&anybody, "https://other.example").await[ORIGIN], "*");
    let preflight = desk
        .anonymous(Method::OPTIONS, "/api/dialer/calls")
        .header("origin", "https://app.example")
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "authorization,idempotency-key");
    let response = preflight.send().await.unwrap();
    assert!(response.status().is_success());
    assert_eq!(response.headers()["access-control-max-age"], "3600");
}

#[tokio::test]
async fn options_tells_the_methods_of_an_address() {
    let response = Desk::open().anonymous(Method::OPTIONS, "/api/dialer/calls").send().await.unwrap();
    assert_eq!((response.status().as_u16(), &response.headers()["allow"]), (204, &"GET, HEAD, POST".parse().unwrap()));
}

#[rstest]
#[case("gzip")]
#[case("br")]
#[tokio::test]
async fn long_answers_are_packed_for_whom_can_unpack_them(#[case] coding: &str) {
    let desk = Desk::open();
    let ask = |coding: &str| desk.anonymous(Method::GET, "/openapi.json").header("accept-encoding", coding).send();
    let packed = ask(coding).await.unwrap();
    assert!(ask("identity").await.unwrap().headers().get("content-encoding").is_none());
    // The client unpacks gzip by itself, and takes the header away.
    assert!(packed.headers().get("content-encoding").is_none_or(|value| value == coding));
    let (whole, sent) = (ask("identity").await.unwrap().bytes().await.unwrap(), packed.bytes().await.unwrap());
    assert!(if coding == "gzip" { sent == whole } else { sent.len() * 3 < whole.len() });
}

#[rstest]
#[case(32, 422, "invalid_request")]
#[case(33, 400, "too_deep")]
#[case(100_000, 400, "too_deep")]
#[tokio::test]
async fn a_body_nested_too_deeply_is_refused(#[case] levels: usize, #[case] status: u16, #[case] code: &str) {
    let body = format!("{{\"to\":\"[[[\",\"metadata\":{}{}}}", "[".repeat(levels - 1), "]".repeat(levels - 1));
    let request = Desk::open().request(Method::POST, "/calls").header("content-type", "application/json").body(body);
    let (given, problem) = answer(request).await;
    assert_eq!((given.as_u16(), &problem["code"]), (status, &json!(code)), "{problem}");
}

#[tokio::test]
async fn the_document_and_the_page_to_try_it_need_no_token() {
    let desk = Desk::open();
    let (status, document) = answer(desk.anonymous(Method::GET, "/openapi.json")).await;
    assert_eq!((status.as_u16(), document["openapi"].as_str().map(|version| &version[..3])), (200, Some("3.1")));
    let page = desk.anonymous(Method::GET, "/docs").send().await.unwrap();
    assert_eq!((page.status().as_u16(), page.url().path()), (200, "/docs/"));
    assert!(page.headers()["content-security-policy"].to_str().unwrap().contains("script-src 'self'"));
    let html = page.text().await.unwrap();
    assert!(html.contains("swagger-ui") && !html.contains("https://"), "{html}");
    let script = desk.anonymous(Method::GET, "/docs/swagger-initializer.js").send().await.unwrap();
    assert!(script.text().await.unwrap().contains("/openapi.json"));
    assert_eq!(answer(desk.anonymous(Method::GET, "/docs/nothing.js")).await.1["code"], "unknown_route");
}

#[tokio::test]
async fn the_figures_count_requests_by_route_and_hold_no_ids() {
    let desk = Desk::open();
    desk.get(&format!("/calls/{NOWHERE}")).await;
    desk.get("/nothing-of-this-name").await;
    let response = desk.anonymous(Method::GET, "/metrics").send().await.unwrap();
    assert!(response.headers()["content-type"].to_str().unwrap().starts_with("text/plain"));
    let text = response.text().await.unwrap();
    let line = r#"dialer_http_requests_total{route="/api/dialer/calls/{id}",method="GET",status="404"} 1"#;
    assert!(text.lines().any(|found| found == line), "{text}");
    for name in [
        "dialer_http_request_duration_seconds_bucket{",
        "dialer_live_calls 0",
        "dialer_database_up 1",
        "dialer_build_info{version=",
    ] {
        assert!(text.contains(name), "{name} is not in {text}");
    }
    assert!(!text.contains(&NOWHERE.to_string()) && !text.contains("nothing-of-this-name"));
}

#[rstest]
#[case(&[("DIALER__METRICS__ENABLED", "false")], None, 404)]
#[case(&[("DIALER__METRICS__TOKEN", "letmein")], None, 401)]
#[case(&[("DIALER__METRICS__TOKEN", "letmein")], Some("let me in"), 401)]
#[case(&[("DIALER__METRICS__TOKEN", "letmein")], Some("letmein"), 200)]
#[tokio::test]
async fn the_figures_are_for_whom_the_settings_allow(
    #[case] settings: &[(&str, &str)],
    #[case] token: Option<&str>,
    #[case] status: u16,
) {
    let desk = Desk::with(settings);
    let mut request = desk.anonymous(Method::GET, "/metrics");
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    assert_eq!(request.send().await.unwrap().status().as_u16(), status);
}
