//! What these tests share.

use std::sync::Arc;
use std::time::Duration;

use dialer_domain::telephony::{AgentLine, DialRequest, ProviderCallId, RequestPriority, TelephonyError};
use dialer_testkit::FakeClock;
use dialer_voipstudio::{VoipStudio, VoipStudioSettings};
use secrecy::SecretString;
use serde_json::Value;
use time::OffsetDateTime;
use time::macros::datetime;
use wiremock::{Mock, MockServer, ResponseTemplate};

/// Looks like a key, and is none.
pub(crate) const KEY: &str = "0123456789abcdef0123456789abcdef01234567";
pub(crate) const CUSTOMER: &str = "+447700900123";
pub(crate) const CUSTOMER_DIGITS: &str = "447700900123";
pub(crate) const CALLER_ID: &str = "+442079460001";
pub(crate) const T0: OffsetDateTime = datetime!(2026-03-02 10:00 UTC);

/// Settings for a server at `base_url`, with a budget that no test uses up.
pub(crate) fn settings(base_url: impl Into<String>) -> VoipStudioSettings {
    VoipStudioSettings {
        base_url: base_url.into(),
        requests_per_minute: 6000,
        ..VoipStudioSettings::new(SecretString::from(KEY))
    }
}

/// The same, with time-outs that a test can wait for.
pub(crate) fn impatient(base_url: impl Into<String>) -> VoipStudioSettings {
    let soon = Duration::from_millis(200);
    VoipStudioSettings { connect_timeout: soon / 2, request_timeout: soon, dial_timeout: soon, ..settings(base_url) }
}

pub(crate) fn adapter(settings: VoipStudioSettings) -> VoipStudio {
    VoipStudio::new(settings, Arc::new(FakeClock::new(T0))).unwrap()
}

/// A server that gives this answer to everything, and the adapter that talks to it.
pub(crate) async fn answering(answer: ResponseTemplate) -> (MockServer, VoipStudio) {
    let server = MockServer::start().await;
    Mock::given(wiremock::matchers::any()).respond_with(answer).mount(&server).await;
    let adapter = adapter(settings(server.uri()));
    (server, adapter)
}

pub(crate) fn json(status: u16, body: Value) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_json(body)
}

pub(crate) fn html(status: u16, page: &str) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_raw(page.to_owned(), "text/html")
}

pub(crate) fn dial() -> DialRequest {
    DialRequest {
        ahead: false,
        to: CUSTOMER.parse().unwrap(),
        agent: Some(AgentLine::new("10021")),
        caller_id: Some(CALLER_ID.parse().unwrap()),
        priority: RequestPriority::Campaign,
        paced: false,
    }
}

pub(crate) fn id(id: &str) -> ProviderCallId {
    ProviderCallId::new(id)
}

/// The code of an error, or `ok`.
pub(crate) fn code<T>(result: &Result<T, TelephonyError>) -> &'static str {
    result.as_ref().err().map_or("ok", TelephonyError::code)
}
