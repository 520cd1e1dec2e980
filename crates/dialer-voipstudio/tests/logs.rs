//! What must not be seen in logs: the key, numbers, bodies. The one test of this process, because what is logged is
//! decided for a whole process.

use std::io::Write;
use std::sync::{Arc, Mutex};

use dialer_domain::telephony::{
    AgentLine, DialRequest, ProviderCallId, RequestPriority, Telephony, TextMessage, TransferTarget,
};
use dialer_testkit::FakeClock;
use dialer_voipstudio::{SignIn, VoipStudio, VoipStudioSettings};
use secrecy::SecretString;
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::macros::datetime;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::FmtSpan;
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

const KEY: &str = "0123456789abcdef0123456789abcdef01234567";
const CUSTOMER_DIGITS: &str = "447700900123";
const OTHER_KEY: &str = "fedcba9876543210fedcba9876543210fedcba98";
const PASSWORD: &str = "correct-horse-battery";
const WORDS: &str = "until tomorrow at noon";
const T0: OffsetDateTime = datetime!(2026-03-02 10:00 UTC);

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().map_err(|_| std::io::Error::other("poisoned"))?.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

fn answer(status: u16, body: Value) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_json(body)
}

#[tokio::test]
async fn not_even_the_most_talkative_log_tells_the_key_or_a_number() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_span_events(FmtSpan::CLOSE)
        .with_ansi(false)
        .with_writer(log.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);

    let server = MockServer::start().await;
    let answers = [
        ("POST", "/calls", answer(201, json!({ "data": { "id": 5_100_000_017_i64, "dst": CUSTOMER_DIGITS } }))),
        ("GET", "/calls", answer(200, json!({ "data": [{ "id": 5_100_000_017_i64, "dst": CUSTOMER_DIGITS }] }))),
        ("GET", "/cdrs", answer(200, json!({ "data": [{ "id": 1, "dst": CUSTOMER_DIGITS }] }))),
        ("DELETE", "/calls/5100000017", answer(400, json!({ "message": format!("{CUSTOMER_DIGITS} rings, {KEY}") }))),
        ("PATCH", "/calls/5100000017", answer(409, json!({ "message": format!("{CUSTOMER_DIGITS} rings") }))),
        ("POST", "/login", answer(202, json!({ "nonce": OTHER_KEY }))),
        ("POST", "/login2fa", answer(200, json!({ "user_token": OTHER_KEY }))),
        ("GET", "/me", answer(200, json!({ "data": { "id": 10021, "sip_password": PASSWORD } }))),
        ("GET", "/apitokens", answer(200, json!({ "data": [{ "token": OTHER_KEY, "name": "a" }] }))),
        ("DELETE", "/apitokens/fedcba9876543210fedcba9876543210fedcba98", answer(204, json!({}))),
        ("POST", "/sms", answer(400, json!({ "message": format!("{WORDS} to {CUSTOMER_DIGITS}") }))),
        ("GET", "/ddis", answer(200, json!({ "data": [{ "e164": CUSTOMER_DIGITS }] }))),
        ("GET", "/monitors", answer(403, json!({ "message": format!("not with {OTHER_KEY}") }))),
        ("GET", "/sms", answer(200, json!({ "data": [{ "id": 1, "message": WORDS, "from": CUSTOMER_DIGITS }] }))),
        ("GET", "/contacts", answer(200, json!({ "data": [{ "id": 1, "notes": WORDS }, "odd"] }))),
    ];
    for (verb, at, answer) in answers {
        Mock::given(method(verb)).and(path(at)).respond_with(answer).mount(&server).await;
    }
    let settings = VoipStudioSettings {
        base_url: server.uri(),
        requests_per_minute: 6000,
        ..VoipStudioSettings::new(SecretString::from(KEY))
    };
    let clock = Arc::new(FakeClock::new(T0));
    let adapter = VoipStudio::new(settings.clone(), clock.clone()).unwrap();
    let dial = DialRequest {
        ahead: false,
        to: format!("+{CUSTOMER_DIGITS}").parse().unwrap(),
        agent: Some(AgentLine::new("10021")),
        caller_id: Some("+442079460001".parse().unwrap()),
        priority: RequestPriority::Person,
        paced: false,
    };
    let call = adapter.originate(dial).await.unwrap();
    adapter.live_calls().await.unwrap();
    adapter.call_records_since(T0).await.unwrap();
    let refusal = adapter.hang_up(&call).await.unwrap_err();
    assert!(adapter.call(&ProviderCallId::new("77")).await.unwrap().is_none());
    // A burst is used up; the budget fills again with time.
    clock.advance(time::Duration::MINUTE);
    let to_another = TransferTarget::Number(format!("+{CUSTOMER_DIGITS}").parse().unwrap());
    assert!(adapter.transfer(&call, &to_another).await.is_err());
    let sign_in = SignIn::new(settings, clock.clone()).unwrap();
    sign_in.with_password("ada@example.com", &PASSWORD.into()).await.unwrap();
    sign_in.with_code("123456", &OTHER_KEY.into()).await.unwrap();
    adapter.key_user().await.unwrap();
    adapter.api_keys().await.unwrap();
    adapter.delete_api_key(&OTHER_KEY.into()).await.unwrap();
    let to = format!("+{CUSTOMER_DIGITS}").parse().unwrap();
    assert!(adapter.send_sms(&TextMessage { to, from: None, text: WORDS.to_owned() }).await.is_err());
    adapter.messages().await.unwrap();
    adapter.contacts().await.unwrap();
    clock.advance(time::Duration::MINUTE);
    adapter.probe().await.unwrap();

    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    for line in [
        r#"voipstudio.originate{method="POST" path="/calls" status=201 duration_ms=0 outcome="ok"}"#,
        r#"voipstudio.hang_up{method="DELETE" path="/calls/{id}" status=400 duration_ms=0 outcome="provider_refused"}"#,
        r#"voipstudio.call{method="GET" path="/calls/{id}" status=404 duration_ms=0 outcome="ok"}"#,
    ] {
        assert!(log.contains(line), "{line} is missing from\n{log}");
    }
    let ours: String = log.lines().filter(|line| line.contains("voipstudio")).collect();
    for secret in [KEY, CUSTOMER_DIGITS, "5100000017", "442079460001"] {
        assert!(!ours.contains(secret), "{secret} shows in\n{ours}");
        assert!(!format!("{refusal} {refusal:?}").contains(secret));
    }
    for secret in [KEY, OTHER_KEY, PASSWORD, CUSTOMER_DIGITS] {
        assert!(!log.contains(secret), "{secret} shows in\n{log}");
    }
}
