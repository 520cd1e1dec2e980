use rstest::rstest;
use serde_json::{Value, json};

use crate::process::{Place, client};

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

#[tokio::test]
async fn logs_tell_of_requests_without_numbers_names_or_tokens() {
    let place = Place::new().with("DIALER__LOG__FILTER", "debug,sqlx=info");
    let token = place.token(&[]);
    let serving = place.serve(&[]);
    let body = json!({ "to": "+447700900123", "metadata": { "name": "Ada Example" } });
    let call = client().post(format!("{}/api/dialer/calls", serving.base_url)).bearer_auth(&token).json(&body);
    call.header("x-request-id", "seen-in-the-log").header("prefer", "respond-async").send().await.unwrap();
    let (_, log) = serving.end_with("-TERM");
    assert!(log.contains("seen-in-the-log") && log.contains("/api/dialer/calls"), "{log}");
    for secret in ["7700900123", "Ada", &token, token.rsplit('.').next().unwrap()] {
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
