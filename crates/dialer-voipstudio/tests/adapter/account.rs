//! What only this provider knows: numbers, queues, contacts, messages, voicemail, keys.

use std::sync::Arc;
use std::time::Duration;

use dialer_domain::calls::Direction;
use dialer_domain::telephony::{AgentLine, Telephony, TextMessage, TransferTarget};
use dialer_testkit::FakeClock;
use dialer_voipstudio::{ContactDetails, Queue, QueueMember, SignIn, SignedIn};
use rstest::rstest;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use time::macros::datetime;
use wiremock::matchers::{body_json, method, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::{CUSTOMER, CUSTOMER_DIGITS, T0, adapter, answering, code, id, json, settings};

fn list(rows: &Value) -> ResponseTemplate {
    json(200, json!({ "data": rows, "total": rows.as_array().map(Vec::len) }))
}

/// A server that answers exactly this request, once.
async fn expecting(verb: &str, at: &str, body: Option<Value>, answer: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    let given = Mock::given(method(verb)).and(path(at));
    let given = match body {
        Some(body) => given.and(body_json(body)),
        None => given,
    };
    given.respond_with(answer).expect(1).mount(&server).await;
    server
}

#[rstest]
#[case::a_number(TransferTarget::Number("+447700900456".parse().unwrap()), "447700900456", 200)]
#[case::an_extension(TransferTarget::Extension(" 6001 ".to_owned()), "6001", 200)]
#[case::a_redirection_counts_as_done(TransferTarget::Extension("6001".to_owned()), "6001", 301)]
#[tokio::test]
async fn a_call_is_handed_on(#[case] to: TransferTarget, #[case] dst: &str, #[case] status: u16) {
    let answer = ResponseTemplate::new(status).insert_header("location", "/calls/18");
    let server = expecting("PATCH", "/calls/17", Some(json!({ "dst": dst })), answer).await;
    adapter(settings(server.uri())).transfer(&id("17"), &to).await.unwrap();
}

#[tokio::test]
async fn a_ringing_call_is_answered_at_the_agent_s_phone() {
    let body = Some(json!({ "state": "CONNECTED" }));
    let server = expecting("PATCH", "/calls/17", body, ResponseTemplate::new(200)).await;
    let provider = adapter(settings(server.uri()));
    provider.answer(&id("17")).await.unwrap();
    assert_eq!(code(&provider.answer(&id("../me")).await), "no_such_call");
    assert_eq!(code(&provider.transfer(&id("1,2"), &TransferTarget::Extension("6".to_owned())).await), "no_such_call");
}

#[tokio::test]
async fn the_account_s_numbers_are_read_under_either_name_each_once() {
    let rows = json!([
        { "e164": "442079460002" }, { "number": "+442079460001" }, { "e164": null, "number": 442_079_460_002_u64 },
        { "number": "600" }, { "e164": "odd" },
    ]);
    let (_server, provider) = answering(list(&rows)).await;
    let numbers = provider.numbers().await.unwrap();
    let numbers: Vec<_> = numbers.iter().map(|number| number.as_e164().to_owned()).collect();
    assert_eq!(numbers, ["+442079460001", "+442079460002"]);
}

#[tokio::test]
async fn the_key_s_user_is_known_and_nothing_else_of_it() {
    let me =
        json!({ "id": 10021, "email": "ada@example.com", "sip_password": "hunter2", "sip_domain": "sip.example.com" });
    let (_server, provider) = answering(json(200, json!({ "data": me }))).await;
    assert_eq!(provider.key_user().await.unwrap(), AgentLine::new("10021"));
    assert!(!format!("{provider:?}").contains("hunter2"));
}

#[tokio::test]
async fn a_text_message_is_sent_and_not_shown() {
    let body = json!({ "to": CUSTOMER_DIGITS, "from": "442079460001", "message": "Until tomorrow" });
    let answer = json(201, json!({ "data": { "id": 31 } }));
    let server = expecting("POST", "/sms", Some(body), answer).await;
    let message = TextMessage {
        to: CUSTOMER.parse().unwrap(),
        from: Some("+442079460001".parse().unwrap()),
        text: "Until tomorrow".to_owned(),
    };
    assert_eq!(adapter(settings(server.uri())).send_sms(&message).await.unwrap(), "31");
}

#[tokio::test]
async fn text_messages_are_listed_with_names_in_place_of_numbers() {
    let rows = json!([
        { "id": 1, "created_at": "2026-03-02 10:00:00", "from": "BANK", "to": "442079460001", "type": "IN", "message": "Hi" },
        { "id": 2, "type": 7 },
    ]);
    let (_server, provider) = answering(list(&rows)).await;
    let messages = provider.messages().await.unwrap();
    assert_eq!((messages[0].from.as_deref(), messages[0].direction), (Some("BANK"), Some(Direction::Inbound)));
    assert_eq!((messages[1].direction, messages[1].text.as_str()), (None, ""));
    assert!(!format!("{messages:?}").contains("BANK"));
}

#[tokio::test]
async fn queues_are_listed_with_members_as_objects_or_ids() {
    let server = MockServer::start().await;
    let rows = json!([
        { "id": 5, "name": "Sales", "number": "600", "ring_time": 20,
          "users": [{ "id": 10021, "status": true }, { "id": "10022", "status": 0 }, "odd/one"] },
        { "id": 6, "users": [10021] },
    ]);
    Mock::given(path("/queues")).and(query_param("include", "users")).respond_with(list(&rows)).mount(&server).await;
    let queues = adapter(settings(server.uri())).queues().await.unwrap();
    let member = |line: &str, signed_in| QueueMember { line: AgentLine::new(line), signed_in };
    assert_eq!(
        queues[0],
        Queue {
            id: "5".to_owned(),
            name: "Sales".to_owned(),
            extension: Some("600".to_owned()),
            ring_seconds: Some(20),
            members: vec![member("10021", Some(true)), member("10022", Some(false))],
        }
    );
    assert_eq!(queues[1].members, [member("10021", None)]);
}

#[rstest]
#[case(true)]
#[case(false)]
#[tokio::test]
async fn an_agent_joins_and_leaves_a_queue(#[case] joins: bool) {
    let body = json!({ "users": [{ "id": 10021, "status": joins }] });
    let server = expecting("PATCH", "/queues/5", Some(body), json(200, json!({ "data": {} }))).await;
    let provider = adapter(settings(server.uri()));
    let line = AgentLine::new("10021");
    let done = if joins { provider.join_queue("5", &line).await } else { provider.leave_queue("5", &line).await };
    done.unwrap();
    assert_eq!(code(&provider.join_queue("../me", &line).await), "provider_misconfigured");
}

#[tokio::test]
async fn a_contact_is_created_read_changed_and_deleted() {
    let server = MockServer::start().await;
    let details = ContactDetails {
        first_name: Some("Ada".to_owned()),
        mobile: Some(CUSTOMER_DIGITS.to_owned()),
        ..ContactDetails::default()
    };
    let body = json!({ "first_name": "Ada", "mobile": CUSTOMER_DIGITS });
    for (verb, at, answer) in [
        ("POST", "/contacts", json(201, json!({ "data": { "id": 5 } }))),
        ("PATCH", "/contacts/5", json(200, json!({ "data": { "id": 5 } }))),
    ] {
        Mock::given(method(verb))
            .and(path(at))
            .and(body_json(&body))
            .respond_with(answer)
            .expect(1)
            .mount(&server)
            .await;
    }
    let row = json!({ "id": 5, "first_name": "Ada", "mobile": 447_700_900_123_u64, "labels": [1], "notes": null });
    Mock::given(method("GET"))
        .and(path("/contacts/5"))
        .respond_with(json(200, json!({ "data": row })))
        .mount(&server)
        .await;
    Mock::given(method("GET")).and(path("/contacts")).respond_with(list(&json!([row, {}]))).mount(&server).await;
    Mock::given(method("DELETE"))
        .and(path("/contacts/5"))
        .respond_with(ResponseTemplate::new(204))
        .mount(&server)
        .await;

    let provider = adapter(settings(server.uri()));
    assert_eq!(provider.create_contact(&details).await.unwrap(), "5");
    let contact = provider.contact("5").await.unwrap().unwrap();
    assert_eq!(contact.details, details);
    assert_eq!(provider.contacts().await.unwrap(), std::slice::from_ref(&contact));
    assert!(provider.update_contact("5", &details).await.unwrap());
    assert!(provider.delete_contact("5").await.unwrap());
    assert!(!provider.delete_contact("6").await.unwrap());
    assert!(!provider.delete_contact("5,6").await.unwrap(), "one at a time");
    assert!(!format!("{contact:?} {details:?}").contains("Ada"));
}

#[tokio::test]
async fn voicemail_is_listed() {
    let rows = json!([{ "id": 7, "origtime": 1_772_445_600, "caller": CUSTOMER_DIGITS, "dialled": "1001",
        "duration": 12, "folder": "INBOX", "is_new": 1 }]);
    let (_server, provider) = answering(list(&rows)).await;
    let messages = provider.voicemail().await.unwrap();
    assert_eq!((messages[0].left_at, messages[0].seconds), (Some(T0), 12));
    assert_eq!((messages[0].to_digits.as_deref(), messages[0].is_new), (Some("1001"), Some(true)));
    assert!(!format!("{messages:?}").contains(CUSTOMER_DIGITS));
}

const SECRET: &str = "fedcba9876543210fedcba9876543210fedcba98";

fn sign_in(server: &MockServer) -> SignIn {
    SignIn::new(settings(server.uri()), Arc::new(FakeClock::new(T0))).unwrap()
}

#[tokio::test]
async fn a_password_gets_a_token_and_the_request_carries_no_key() {
    let body = json!({ "email": "ada@example.com", "password": "hunter2" });
    let answer = json(200, json!({ "message": "Login success", "user_token": SECRET, "user_id": 10021 }));
    let server = expecting("POST", "/login", Some(body), answer).await;
    let signed_in = sign_in(&server).with_password("ada@example.com", &"hunter2".into()).await.unwrap();
    assert!(!format!("{signed_in:?}").contains(SECRET));
    let SignedIn::Done { token, user } = signed_in else { panic!("no second proof was asked for") };
    assert_eq!((token.expose_secret(), user), (SECRET, Some(AgentLine::new("10021"))));
    let sent = server.received_requests().await.unwrap();
    assert!(!sent[0].headers.contains_key("x-auth-token"));
}

#[tokio::test]
async fn an_account_with_a_second_proof_says_that_a_code_was_sent() {
    let server = MockServer::start().await;
    Mock::given(path("/login")).respond_with(json(202, json!({ "nonce": "n-1" }))).mount(&server).await;
    Mock::given(path("/login2fa"))
        .and(body_json(json!({ "code": "123456", "nonce": "n-1" })))
        .respond_with(json(200, json!({ "user_token": SECRET })))
        .mount(&server)
        .await;
    let sign_in = sign_in(&server);
    let first = sign_in.with_password("ada@example.com", &"hunter2".into()).await.unwrap();
    let SignedIn::CodeWanted { nonce } = first else { panic!("a code is wanted") };
    let second = sign_in.with_code(" 123456 ", &nonce).await.unwrap();
    assert!(matches!(second, SignedIn::Done { token, user: None } if token.expose_secret() == SECRET));
}

#[tokio::test]
async fn a_wrong_password_is_told_and_not_tried_again() {
    let server =
        expecting("POST", "/login", None, json(401, json!({ "errors": [{ "message": "Bad credentials" }] }))).await;
    let error = sign_in(&server).with_password("ada@example.com", &"wrong".into()).await.unwrap_err();
    assert_eq!(error.code(), "provider_unauthorized");
    assert!(error.to_string().contains("Bad credentials"));
}

#[tokio::test]
async fn an_expired_key_is_told_and_nothing_signs_in_by_itself() {
    let (server, provider) = answering(ResponseTemplate::new(401)).await;
    for _ in 0..2 {
        assert_eq!(code(&provider.health().await), "provider_unauthorized");
    }
    let paths: Vec<_> =
        server.received_requests().await.unwrap().iter().map(|request| request.url.path().to_owned()).collect();
    assert_eq!(paths, ["/ping", "/ping"]);
}

#[tokio::test]
async fn api_keys_are_made_listed_and_deleted_and_never_shown() {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path("/apitokens"))
        .and(body_json(json!({ "name": "my-dialler", "expiry": 604_800 })))
        .respond_with(json(
            201,
            json!({ "data": { "token": SECRET, "name": "my-dialler", "created_at": "2026-03-02 10:00:00" } }),
        ))
        .mount(&server)
        .await;
    Mock::given(method("GET"))
        .and(path("/apitokens"))
        .respond_with(list(&json!([{ "token": SECRET, "name": "my-dialler" }, { "name": "odd" }])))
        .mount(&server)
        .await;
    Mock::given(method("DELETE"))
        .and(path(format!("/apitokens/{SECRET}")))
        .respond_with(ResponseTemplate::new(204))
        .mount(&server)
        .await;
    Mock::given(method("POST")).and(path("/logout")).respond_with(ResponseTemplate::new(200)).mount(&server).await;
    let provider = adapter(settings(server.uri()));
    let made = provider.create_api_key("my-dialler", Duration::from_hours(7 * 24)).await.unwrap();
    assert_eq!((made.key.expose_secret(), made.created_at), (SECRET, Some(datetime!(2026-03-02 10:00 UTC))));
    assert!(!format!("{made:?}").contains(SECRET));
    let listed = provider.api_keys().await.unwrap();
    assert_eq!(listed.iter().map(|key| key.name.as_str()).collect::<Vec<_>>(), ["my-dialler"]);
    assert!(provider.delete_api_key(&made.key).await.unwrap());
    assert!(!provider.delete_api_key(&SecretString::from("1234")).await.unwrap());
    provider.log_out().await.unwrap();
}
