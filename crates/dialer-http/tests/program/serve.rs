use reqwest::Method;
use rstest::rstest;
use serde_json::{Value, json};

use crate::process::{Place, USER, client};

#[rstest]
#[case("-TERM")]
#[case("-INT")]
#[tokio::test]
async fn serving_begins_with_its_address_and_ends_in_order_when_asked(#[case] signal: &str) {
    let place = Place::new();
    let serving = place.serve(&[]);
    assert!(serving.base_url.starts_with("http://127.0.0.1:"), "{}", serving.base_url);
    let ready = client().get(format!("{}/readyz", serving.base_url)).send().await.unwrap();
    assert_eq!(ready.status(), 200);
    let (code, log) = serving.end_with(signal);
    assert_eq!(code, Some(0), "{log}");
    assert!(log.contains("nobody is called"), "the simulator is announced: {log}");
    assert!(log.trim_end().ends_with("stopped"), "{log}");
}

#[tokio::test]
async fn what_was_accepted_is_there_after_the_next_start() {
    let place = Place::new();
    let token = place.token(&[]);
    let serving = place.serve(&[]);
    let campaigns = |base_url: &str| format!("{base_url}/api/dialer/campaigns");
    let made =
        client().post(campaigns(&serving.base_url)).bearer_auth(&token).json(&json!({ "name": "A", "type": "power" }));
    assert_eq!(made.send().await.unwrap().status(), 201);
    serving.end_with("-TERM");
    let serving = place.serve(&[]);
    let listed = client().get(campaigns(&serving.base_url)).bearer_auth(&token).send().await.unwrap();
    assert_eq!(listed.json::<Value>().await.unwrap()["total"], 1);
}

/// What must not be in any log: numbers, names, what people wrote, and what opens doors.
const PERSONAL: [&str; 7] =
    ["7700900123", "7700900124", "7700900125", "Ada", "example.com", "Lovelace", "rang her back"];

#[rstest]
#[case::for_people("false")]
#[case::for_programs("true")]
#[tokio::test]
async fn logs_tell_of_requests_their_users_and_calls_without_numbers_names_or_tokens(#[case] json: &str) {
    let place = Place::new().with("DIALER__LOG__FILTER", "debug,sqlx=info").with("DIALER__LOG__JSON", json);
    let token = place.token(&[]);
    let serving = place.serve(&[]);
    let send = async |method: Method, path: &str, content_type: &str, body: String| {
        let url = format!("{}/api/dialer{path}", serving.base_url);
        let request = client().request(method, url).bearer_auth(&token).header("content-type", content_type);
        request
            .header("x-request-id", "seen-in-the-log")
            .header("prefer", "respond-async")
            .body(body)
            .send()
            .await
            .unwrap()
    };
    let post = async |path: &str, body: Value| -> Value {
        send(Method::POST, path, "application/json", body.to_string()).await.json().await.unwrap()
    };
    let number = "+447700900123";
    let call = post("/calls", json!({ "to": number, "metadata": { "name": "Ada Example" } })).await;
    let call = call["call"]["id"].as_str().unwrap().to_owned();
    let noted = json!({ "call_id": call, "disposition": "callback", "notes": "rang her back" });
    post("/dispositions", noted).await;
    post("/suppressions", json!({ "phone_number": "+447700900124", "reason": "Ada asked" })).await;
    post("/suppressions/bulk", json!({ "entries": [{ "phone_number": "+447700900124x" }] })).await;
    let campaign = post("/campaigns", json!({ "name": "A", "type": "manual", "caller_id": "+447700900125" })).await;
    let campaign = campaign["campaign"]["id"].as_str().unwrap().to_owned();
    let person = json!({ "phone_number": number, "first_name": "Ada", "email": "ada@example.com" });
    let added = post(&format!("/campaigns/{campaign}/contacts"), json!({ "contacts": [person] })).await;
    let contact = format!("/contacts/{}", added["contacts"][0]["id"].as_str().unwrap());
    let changed = json!({ "last_name": "Lovelace", "phone_number": "+44 7700 900123 x" });
    send(Method::PATCH, &contact, "application/json", changed.to_string()).await;
    let list = "phone_number,first_name\r\n+447700900125,Ada\r\n+4477009001239,Ada\r\n";
    let imports = format!("/campaigns/{campaign}/imports");
    let import: Value = send(Method::POST, &imports, "text/csv", list.to_owned()).await.json().await.unwrap();
    let import = format!("/imports/{}", import["import"]["id"].as_str().unwrap());
    let status = async || send(Method::GET, &import, "", String::new()).await.json::<Value>().await.unwrap();
    while status().await["import"]["status"] != "completed" {}
    for path in [
        "/calls/export".to_owned(),
        format!("/calls/{call}"),
        format!("/campaigns/{campaign}/contacts/export?format=jsonl"),
        format!("{import}/rows?format=csv"),
        "/suppressions/check?phone_number=%2B447700900124".to_owned(),
        "/calls?phone=%2B447700900123".to_owned(),
    ] {
        send(Method::GET, &path, "", String::new()).await.bytes().await.unwrap();
    }
    let (_, log) = serving.end_with("-TERM");
    assert!(log.contains("seen-in-the-log") && log.contains(USER) && log.contains(&call), "{log}");
    if json == "true" {
        let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let told = |line: &&Value| line["span"]["call.id"] == call.as_str() && line["span"]["user.id"] == USER;
        let about: Vec<&str> =
            lines.iter().filter(told).filter_map(|line| line["span"]["http.route"].as_str()).collect();
        assert!(about.contains(&"/api/dialer/calls") && about.contains(&"/api/dialer/calls/{id}"), "{about:?}");
    }
    for secret in PERSONAL.into_iter().chain([token.as_str(), token.rsplit('.').next().unwrap()]) {
        assert!(!log.contains(secret), "{secret} is in the log:\n{log}");
    }
}

#[test]
fn a_port_in_use_is_named_with_what_to_do() {
    let place = Place::new();
    let serving = place.serve(&[]);
    let said = Place::new().run(&["serve", "--port", serving.port()]);
    assert_eq!((said.code, said.out.as_str()), (Some(1), ""));
    assert!(said.err.contains(&format!("port {} is in use", serving.port())), "{}", said.err);
    assert!(said.err.contains("choose another port with --port"), "{}", said.err);
}

#[test]
fn an_address_that_is_not_this_machine_s_is_named() {
    // From the range kept for documentation.
    let said = Place::new().run(&["serve", "--bind", "192.0.2.1", "--port", "0"]);
    assert_eq!(said.code, Some(1));
    assert!(said.err.contains("this machine has no address 192.0.2.1"), "{}", said.err);
}

#[test]
fn wrong_settings_are_all_told_at_once() {
    let place =
        Place::new().with("DIALER__SERVER__PROT", "1").with("DIALER__DIALING__DEFAULT_TIMEZONE", "Mars/Olympus");
    let said = place.run(&["serve"]);
    assert_eq!(said.code, Some(1));
    assert!(said.err.starts_with("error: the settings have 2 problems:\n  - DIALER__SERVER__PROT"), "{}", said.err);
    assert!(said.err.contains("Mars/Olympus"), "{}", said.err);
}

#[test]
fn a_provider_address_that_would_give_the_key_away_is_refused() {
    let place = Place::new()
        .with("VOIPSTUDIO_API_KEY", "0123456789abcdef0123456789abcdef01234567")
        .with("VOIPSTUDIO_BASE_URL", "http://provider.example/v1");
    let said = place.run(&["serve", "--port", "0"]);
    assert_eq!(said.code, Some(1));
    assert!(said.err.contains("base_url") && !said.err.contains("0123456789abcdef"), "{}", said.err);
}

#[test]
fn a_database_that_is_none_is_named_without_its_password() {
    let place = Place::new().with("DATABASE_URL", "postgres://dialer:sesame@127.0.0.1:1/dialer");
    let said = place.run(&["serve", "--port", "0"]);
    assert_eq!(said.code, Some(1));
    assert!(said.err.contains("127.0.0.1:1/dialer cannot be reached") && !said.err.contains("sesame"), "{}", said.err);
}
