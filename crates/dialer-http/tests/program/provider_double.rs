//! `dialer provider-double`, as somebody who tests a client of their own starts it.

use rstest::rstest;
use serde_json::{Value, json};
use wiremock::matchers::method;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::process::{Place, Serving, client};

const TOKEN: &str = "a-token-for-tests";

async fn ask(serving: &Serving, path: &str) -> Value {
    let url = if path.starts_with("/_double") {
        format!("{}{path}", serving.base_url.strip_suffix("/v1.2/voipstudio").unwrap())
    } else {
        format!("{}{path}", serving.base_url)
    };
    client().get(url).header("X-Auth-Token", TOKEN).send().await.unwrap().json().await.unwrap()
}

#[tokio::test]
async fn it_says_how_to_reach_it_takes_a_call_and_tells_what_became_of_it() {
    let receiver = MockServer::start().await;
    Mock::given(method("POST")).respond_with(ResponseTemplate::new(200)).mount(&receiver).await;
    let place = Place::new();
    std::fs::write(place.path().join("knobs.toml"), "live_legs = \"two\"\n[webhooks]\nretries = 7\n").unwrap();
    let args = ["--users", "3", "--token", TOKEN, "--webhook", &receiver.uri(), "--speed", "1000"];
    let knobs = ["--knobs", "knobs.toml", "--set", "cdr_delay_seconds=0.5", "--set", "dial_answer=at_once"];
    let mut serving = place.start("provider-double", &[&args[..], &knobs[..]].concat());
    let said: Vec<_> = (0..7).map(|_| serving.next_line()).collect();
    assert_eq!(said[0], format!("tokens     {TOKEN}"));
    assert_eq!(said[1], "users      10001 (extension 2001) to 10003 (extension 2003)");
    assert!(said[3].starts_with("numbers    442079460001") && said[6].contains("/calls"), "{said:?}");

    let dial = client().post(format!("{}/calls", serving.base_url)).header("X-Auth-Token", TOKEN);
    let placed = dial.json(&json!({ "to": "447700900101", "from": "10002" })).send().await.unwrap();
    assert_eq!(placed.status().as_u16(), 201);
    let placed: Value = placed.json().await.unwrap();
    let call = loop {
        let ledger = ask(&serving, "/_double/ledger").await;
        if !ledger["calls"][0]["ended_at"].is_null() {
            break ledger["calls"][0].clone();
        }
    };
    assert_eq!((&call["id"], &call["agent"]), (&placed["data"]["id"], &json!(10_002)));
    let knobs = ask(&serving, "/_double/knobs").await;
    let turned = (&knobs["live_legs"], &knobs["webhooks"]["retries"], &knobs["cdr_delay_seconds"]);
    assert_eq!(turned, (&json!("two"), &json!(7), &json!(0.5)));
    loop {
        let log = ask(&serving, "/_double/webhooks").await;
        let deliveries = log["deliveries"].as_array().unwrap();
        let over = deliveries.iter().any(|sent| sent["event_name"] == "call.hangup" && sent["outcome"] == "delivered");
        if over {
            break;
        }
    }
    assert!(!receiver.received_requests().await.unwrap().is_empty());
    assert_eq!(ask(&serving, "/users").await["total"], 3);
    let (code, log) = serving.end_with("-TERM");
    assert_eq!((code, log.as_str()), (Some(0), ""));
}

#[test]
fn its_knobs_are_printed_as_they_would_stand() {
    let said = Place::new().run(&["provider-double", "--print-knobs", "--set", "faults.stall=0.25"]);
    let knobs: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!((said.code, &knobs["faults"]["stall"], &knobs["live_legs"]), (Some(0), &json!(0.25), &json!("one")));
}

#[test]
fn its_help_teaches_what_can_be_asked() {
    let said = Place::new().run(&["provider-double", "--help"]);
    for part in ["/_double/ledger", "--webhook http://", "--set live_legs=two", "--print-knobs", "calls nobody"] {
        assert!(said.out.contains(part), "{part}: {}", said.out);
    }
}

#[rstest]
#[case(&["--set", "life_legs=two"], 1, "life_legs")]
#[case(&["--knobs", "nowhere.toml"], 1, "nowhere.toml cannot be read as TOML")]
#[case(&["--webhook", "receiver"], 1, "`webhooks` must be http or https URLs")]
#[case(&["--users", "0"], 2, "--users")]
#[case(&["--speed", "0"], 2, "from 0.01 to 10000")]
#[case(&["--bind", "192.0.2.1"], 1, "cannot listen on 192.0.2.1")]
fn what_it_cannot_do_is_said(#[case] args: &[&str], #[case] code: i32, #[case] expected: &str) {
    let said = Place::new().run(&[&["provider-double", "--port", "0"], args].concat());
    assert_eq!((said.code, said.out.as_str()), (Some(code), ""), "{}", said.err);
    assert!(said.err.contains(expected), "{}", said.err);
}
