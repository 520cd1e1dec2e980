//! Every request of the adapter against everything that can come back in place of an answer: one table of reactions.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use dialer_domain::telephony::{AgentLine, ProviderRecordingId, Telephony, TextMessage, TransferTarget};
use dialer_testkit::FakeClock;
use dialer_voipstudio::{ContactDetails, SignIn, VoipStudio, VoipStudioSettings};
use rstest::rstest;
use secrecy::SecretString;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::raw::{Then, says};
use crate::support::{CUSTOMER, T0, adapter, code, dial, html, id, impatient, json, settings};

const OK: &str = "ok";
const REFUSED: &str = "provider_refused";
const MISCONFIGURED: &str = "provider_misconfigured";
const UNAUTHORIZED: &str = "provider_unauthorized";
const UNAVAILABLE: &str = "provider_unavailable";
const UNKNOWN: &str = "outcome_unknown";
const THROTTLED: &str = "provider_throttled";
const UNREACHABLE: &str = "agent_unreachable";
const NO_CALL: &str = "no_such_call";

/// What kind of request it is: what it may have done when its answer is lost, and what "not there" means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Places a call.
    Dial,
    /// Ends a call.
    HangUp,
    /// Changes a call; one client of the API takes a 301 for done.
    PatchCall,
    /// Makes something new, and has to learn its id.
    Create,
    /// Changes something, of which the status tells all.
    Change,
    /// The same, where a missing thing is a fault of the settings.
    ChangeKnown,
    /// Reads a list, or the one thing of its kind.
    Read,
    /// Reads one thing that may not be there.
    Find,
    /// Fetches audio.
    Audio,
}

type Outcome = Pin<Box<dyn Future<Output = &'static str> + Send>>;

/// A request of the adapter.
struct Ask {
    name: &'static str,
    kind: Kind,
    /// A body that answers it.
    good: Value,
    run: fn(Provider) -> Outcome,
}

/// Whom to ask.
enum Provider {
    At(VoipStudioSettings),
    Known(VoipStudio),
}

impl Provider {
    fn adapter(self) -> VoipStudio {
        match self {
            Self::At(settings) => adapter(settings),
            Self::Known(adapter) => adapter,
        }
    }

    fn sign_in(self) -> SignIn {
        let Self::At(settings) = self else { panic!("nobody signs in at an adapter") };
        SignIn::new(settings, Arc::new(FakeClock::new(T0))).unwrap()
    }
}

macro_rules! ask {
    ($name:literal, $kind:ident, $good:tt, |$provider:ident| $call:expr) => {
        Ask {
            name: $name,
            kind: Kind::$kind,
            good: json!($good),
            run: |provider| {
                Box::pin(async move {
                    let $provider: VoipStudio = provider.adapter();
                    code(&$call.await)
                })
            },
        }
    };
}

fn secret() -> SecretString {
    SecretString::from("not-a-real-secret")
}

fn recording() -> ProviderRecordingId {
    ProviderRecordingId::new("41")
}

fn contact() -> ContactDetails {
    ContactDetails { first_name: Some("Ada".to_owned()), ..ContactDetails::default() }
}

fn message() -> TextMessage {
    TextMessage { to: CUSTOMER.parse().unwrap(), from: None, text: "Hello".to_owned() }
}

fn line() -> AgentLine {
    AgentLine::new("10021")
}

/// Every request.
fn asks() -> Vec<Ask> {
    vec![
        ask!("originate", Dial, { "data": { "id": 5 } }, |p| p.originate(dial())),
        ask!("hang_up", HangUp, {}, |p| p.hang_up(&id("17"))),
        ask!("transfer", PatchCall, {}, |p| p.transfer(&id("17"), &TransferTarget::Extension("600".to_owned()))),
        ask!("answer", PatchCall, {}, |p| p.answer(&id("17"))),
        ask!("send_sms", Create, { "data": { "id": 5 } }, |p| p.send_sms(&message())),
        ask!("create_contact", Create, { "data": { "id": 5 } }, |p| p.create_contact(&contact())),
        ask!("create_api_key", Create, { "data": { "token": "abc" } }, |p| p
            .create_api_key("dialer", Duration::from_mins(1))),
        ask!("update_contact", Change, {}, |p| p.update_contact("5", &contact())),
        ask!("delete_contact", Change, {}, |p| p.delete_contact("5")),
        ask!("delete_api_key", Change, {}, |p| p.delete_api_key(&secret())),
        ask!("join_queue", ChangeKnown, {}, |p| p.join_queue("5", &line())),
        ask!("leave_queue", ChangeKnown, {}, |p| p.leave_queue("5", &line())),
        ask!("log_out", ChangeKnown, {}, |p| p.log_out()),
        ask!("health", Read, { "data": { "response": "Pong" } }, |p| p.health()),
        ask!("key_user", Read, { "data": { "id": 10021 } }, |p| p.key_user()),
        ask!("live_calls", Read, { "data": [] }, |p| p.live_calls()),
        ask!("call_records_since", Read, { "data": [] }, |p| p.call_records_since(T0)),
        ask!("users", Read, { "data": [] }, |p| p.users()),
        ask!("numbers", Read, { "data": [] }, |p| p.numbers()),
        ask!("recordings_since", Read, { "data": [] }, |p| p.recordings_since(T0)),
        ask!("queues", Read, { "data": [] }, |p| p.queues()),
        ask!("contacts", Read, { "data": [] }, |p| p.contacts()),
        ask!("messages", Read, { "data": [] }, |p| p.messages()),
        ask!("voicemail", Read, { "data": [] }, |p| p.voicemail()),
        ask!("api_keys", Read, { "data": [] }, |p| p.api_keys()),
        ask!("call", Find, { "data": { "id": 17 } }, |p| p.call(&id("17"))),
        ask!("call_record", Find, { "data": { "id": 9 } }, |p| p.call_record("9")),
        ask!("recording", Find, { "data": { "id": 41 } }, |p| p.recording(&recording())),
        ask!("queue", Find, { "data": { "id": 5 } }, |p| p.queue("5")),
        ask!("contact", Find, { "data": { "id": 5 } }, |p| p.contact("5")),
        ask!("recording_audio", Audio, {}, |p| p.recording_audio(&recording())),
        ask!("voicemail_audio", Audio, {}, |p| p.voicemail_audio("5")),
        Ask {
            name: "with_password",
            kind: Kind::Read,
            good: json!({ "user_token": "abc", "user_id": 10021 }),
            run: |provider| {
                Box::pin(async move { code(&provider.sign_in().with_password("ada@example.com", &secret()).await) })
            },
        },
        Ask {
            name: "with_code",
            kind: Kind::Read,
            good: json!({ "user_token": "abc" }),
            run: |provider| Box::pin(async move { code(&provider.sign_in().with_code("123456", &secret()).await) }),
        },
    ]
}

/// Runs every request against one server, each by an adapter of its own, and compares.
async fn every_request(settings: VoipStudioSettings, fault: &str, expected: impl Fn(Kind) -> &'static str) {
    let running: Vec<_> = asks()
        .into_iter()
        .map(|ask| (ask.name, expected(ask.kind), tokio::spawn((ask.run)(Provider::At(settings.clone())))))
        .collect();
    let mut wrong = Vec::new();
    for (name, expected, outcome) in running {
        let outcome = outcome.await.unwrap();
        if outcome != expected {
            wrong.push(format!("{name}: {outcome} in place of {expected}"));
        }
    }
    assert!(wrong.is_empty(), "{fault}: {wrong:#?}");
}

async fn always(answer: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(answer).mount(&server).await;
    server
}

/// The reaction to a refusal that carries the provider's own JSON.
#[expect(clippy::match_same_arms, reason = "a table, line by line")]
fn refused(kind: Kind, status: u16) -> &'static str {
    use Kind::{Audio, Change, ChangeKnown, Create, Dial, Find, HangUp, PatchCall, Read};
    match (status, kind) {
        (401, _) => UNAUTHORIZED,
        (402, _) => MISCONFIGURED,
        (429, _) => THROTTLED,
        (500..=599, Read | Find | Audio) => UNAVAILABLE,
        (500..=599, _) => UNKNOWN,
        (301, PatchCall) => OK,
        (301 | 302, Read | Find | Audio) => MISCONFIGURED,
        (301 | 302, _) => UNKNOWN,
        (404 | 410, Change | Find | Audio) => OK,
        (404 | 410, HangUp | PatchCall) => NO_CALL,
        (404 | 409 | 410 | 412, Dial) => UNREACHABLE,
        (400 | 403 | 422, Dial) => MISCONFIGURED,
        (_, HangUp | PatchCall) => REFUSED,
        (403 | 404 | 410, Create | Change | ChangeKnown) => MISCONFIGURED,
        (_, Create | Change | ChangeKnown) => REFUSED,
        (409 | 412, Read | Find | Audio) => UNAVAILABLE,
        (_, Read | Find | Audio) => MISCONFIGURED,
        (other, _) => panic!("the table has no line for {other}"),
    }
}

/// The reaction when a request left and nothing that can be understood came back.
fn lost(kind: Kind) -> &'static str {
    if matches!(kind, Kind::Read | Kind::Find | Kind::Audio) { UNAVAILABLE } else { UNKNOWN }
}

/// The reaction to a success whose body tells nothing.
fn done_without_words(kind: Kind) -> &'static str {
    match kind {
        Kind::HangUp | Kind::PatchCall | Kind::Change | Kind::ChangeKnown => OK,
        _ => lost(kind),
    }
}

#[rstest]
#[tokio::test]
async fn each_status_has_its_reaction(
    #[values(301, 302, 400, 401, 402, 403, 404, 409, 410, 412, 422, 429, 500, 502, 503, 504)] status: u16,
) {
    let answer = json(status, json!({ "message": "Something went wrong" }));
    let server = always(answer.insert_header("location", "http://127.0.0.1:9/")).await;
    every_request(settings(server.uri()), &status.to_string(), |kind| refused(kind, status)).await;
    let sent = server.received_requests().await.unwrap().len();
    assert_eq!(sent, asks().len(), "each is sent once, whatever comes back, and no redirection is followed");
}

#[rstest]
#[case::truncated_json(ResponseTemplate::new(200).set_body_raw(r#"{"data":{"id":51"#, "application/json"))]
#[case::a_page(html(200, "<h1>Welcome</h1>"))]
#[case::nothing(ResponseTemplate::new(200))]
#[case::no_content(ResponseTemplate::new(204))]
#[case::json_of_another_shape(json(200, json!(["hello"])))]
#[tokio::test]
async fn a_success_that_tells_nothing_is_done_where_only_the_status_counts(#[case] answer: ResponseTemplate) {
    let server = always(answer).await;
    every_request(settings(server.uri()), "a success without words", done_without_words).await;
}

#[tokio::test]
async fn the_label_of_an_answer_does_not_matter_but_for_audio() {
    for ask in asks() {
        let server = always(ResponseTemplate::new(200).set_body_raw(ask.good.to_string(), "text/html")).await;
        let expected = if ask.kind == Kind::Audio { UNAVAILABLE } else { OK };
        assert_eq!((ask.run)(Provider::At(settings(server.uri()))).await, expected, "{}", ask.name);
    }
}

#[tokio::test]
async fn a_page_about_a_limit_in_place_of_an_answer_is_understood_by_every_reading() {
    let server = always(html(200, "<h1>Rate limit exceeded</h1>")).await;
    every_request(settings(server.uri()), "a page about a limit", |kind| match kind {
        Kind::Read | Kind::Find | Kind::Audio => THROTTLED,
        _ => done_without_words(kind),
    })
    .await;
}

#[tokio::test]
async fn a_connection_that_is_never_made_carries_nothing() {
    // Accepts and stays silent, so that the TLS handshake never ends.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let patient = Duration::from_secs(30);
    let settings = VoipStudioSettings {
        request_timeout: patient,
        dial_timeout: patient,
        ..impatient(format!("https://{}", listener.local_addr().unwrap()))
    };
    every_request(settings, "a stall at connect", |_| UNAVAILABLE).await;
}

#[tokio::test]
async fn a_stall_before_the_first_byte_leaves_open_what_happened() {
    let url = says(b"", Then::Stall).await;
    every_request(impatient(url), "a stall before the first byte", lost).await;
}

#[tokio::test]
async fn a_stall_in_the_body_leaves_open_what_only_the_body_tells() {
    let url = says(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{\"data\":{\"id\":51", Then::Stall).await;
    every_request(impatient(url), "a stall in the body", done_without_words).await;
}

#[rstest]
#[case::closed_without_a_word(b"")]
#[case::malformed_headers(b"HTTP/1.1 200 OK\r\nthis is no header\r\n\r\n{}")]
#[case::not_http_at_all(b"rate limit exceeded\r\n\r\n")]
#[tokio::test]
async fn a_broken_answer_leaves_open_what_happened(#[case] answer: &'static [u8]) {
    let url = says(answer, Then::Close).await;
    every_request(settings(url), "a broken answer", lost).await;
}

#[tokio::test]
async fn nothing_is_sent_while_the_provider_wants_a_pause_not_even_a_download() {
    let server = always(ResponseTemplate::new(429).insert_header("retry-after", "120")).await;
    let provider = adapter(settings(server.uri()));
    assert_eq!(code(&provider.health().await), THROTTLED);
    for ask in asks().into_iter().filter(|ask| !ask.name.starts_with("with_")) {
        assert_eq!((ask.run)(Provider::Known(provider.clone())).await, THROTTLED, "{}", ask.name);
    }
    assert_eq!(server.received_requests().await.unwrap().len(), 1);
}
