//! Sends: one method for each request of the API that is used, each within the budget and its own time-out.

use std::error::Error;
use std::sync::{Arc, Once};

use dialer_domain::clock::Clock;
use dialer_domain::telephony::{RequestPriority, TelephonyError};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, RequestBuilder, Response, StatusCode, Url};
use secrecy::ExposeSecret;
use serde::de::DeserializeOwned;
use serde_json::Value;
use time::{Duration, OffsetDateTime};
use tracing::Span;
use tracing::field::Empty;

use crate::budget::Budget;
use crate::errors::{self, Effect, Refusal};
use crate::settings::{SettingsError, SettingsProblem, VoipStudioSettings};
use crate::text::safe;
use crate::wire;

const TOKEN: HeaderName = HeaderName::from_static("x-auth-token");
/// The largest answer read, in bytes, after decompression.
const LARGEST_BODY: usize = 4 * 1024 * 1024;
/// Shorter than what common servers keep idle connections for: a request sent on a connection that the other side is
/// just closing is lost, and a lost dial has to be reconciled.
const KEEP_IDLE: std::time::Duration = std::time::Duration::from_secs(4);

pub(crate) struct Client {
    http: reqwest::Client,
    base: Url,
    clock: Arc<dyn Clock>,
    budget: Budget,
    settings: VoipStudioSettings,
}

/// A request about to be sent.
struct Exchange {
    request: RequestBuilder,
    effect: Effect,
    priority: RequestPriority,
}

/// An answer that came whole.
struct Answer {
    status: StatusCode,
    body: Vec<u8>,
    sent_at: OffsetDateTime,
}

/// Which rows of a collection to ask for.
#[derive(Clone, Copy)]
pub(crate) struct PageOf {
    /// From 1.
    pub(crate) number: u32,
    /// Rows a page.
    pub(crate) limit: u32,
}

impl Client {
    pub(crate) fn new(settings: VoipStudioSettings, clock: Arc<dyn Clock>) -> Result<Self, SettingsError> {
        let base = settings.validate()?;
        let mut token = HeaderValue::from_str(settings.api_key.expose_secret())
            .map_err(|_| SettingsProblem::ApiKey { reason: "it cannot be sent in a header" })?;
        token.set_sensitive(true);
        install_tls();
        let mut builder = reqwest::Client::builder()
            .connect_timeout(settings.connect_timeout)
            .timeout(settings.request_timeout)
            .pool_idle_timeout(KEEP_IDLE)
            // A dial holds its connection until the agent picks up; with one each, a broken connection loses one.
            .http1_only()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .user_agent(concat!("dialer/", env!("CARGO_PKG_VERSION")))
            .default_headers(HeaderMap::from_iter([(TOKEN, token)]));
        if base.scheme() == "http" {
            // A stand-in close by: no proxy knows it, and machines without root certificates can reach it.
            builder = builder.no_proxy().tls_certs_only([]);
        }
        let http = builder.build().map_err(|error| SettingsProblem::Client { reason: root_cause(&error) })?;
        let longest_wait = Duration::try_from(settings.longest_wait).unwrap_or(Duration::MINUTE);
        Ok(Self {
            http,
            base,
            budget: Budget::new(Arc::clone(&clock), settings.requests_per_minute, longest_wait),
            clock,
            settings,
        })
    }

    pub(crate) fn budget(&self) -> &Budget {
        &self.budget
    }

    pub(crate) fn settings(&self) -> &VoipStudioSettings {
        &self.settings
    }

    #[tracing::instrument(
        name = "voipstudio.ping", skip_all,
        fields(method = "GET", path = "/ping", status = Empty, duration_ms = Empty, outcome = Empty)
    )]
    pub(crate) async fn ping(&self) -> Result<(), TelephonyError> {
        let request = self.request(Method::GET, &["ping"]);
        let exchange = Exchange { request, effect: Effect::Reads, priority: RequestPriority::Sweep };
        self.read::<wire::Single<Value>>(exchange).await.map(|_| ())
    }

    #[tracing::instrument(
        name = "voipstudio.users", skip_all,
        fields(method = "GET", path = "/users", status = Empty, duration_ms = Empty, outcome = Empty)
    )]
    pub(crate) async fn users(&self, page: PageOf) -> Result<wire::List, TelephonyError> {
        let request = self.request(Method::GET, &["users"]).query(&page.query());
        self.read(Exchange { request, effect: Effect::Reads, priority: RequestPriority::Person }).await
    }

    /// Returns the new call's id.
    #[tracing::instrument(
        name = "voipstudio.originate", skip_all,
        fields(method = "POST", path = "/calls", status = Empty, duration_ms = Empty, outcome = Empty)
    )]
    pub(crate) async fn place(
        &self,
        call: &wire::NewCall<'_>,
        priority: RequestPriority,
    ) -> Result<String, TelephonyError> {
        let request = self.request(Method::POST, &["calls"]).json(call).timeout(self.settings.dial_timeout);
        let answer: wire::Single<wire::Identified> =
            self.read(Exchange { request, effect: Effect::Dials, priority }).await?;
        answer.data.id.ok_or_else(|| errors::lost(Effect::Dials, "the answer names no call".to_owned()))
    }

    #[tracing::instrument(
        name = "voipstudio.live_calls", skip_all,
        fields(method = "GET", path = "/calls", status = Empty, duration_ms = Empty, outcome = Empty)
    )]
    pub(crate) async fn live_calls(&self, page: PageOf) -> Result<wire::List, TelephonyError> {
        let request = self.request(Method::GET, &["calls"]).query(&page.query());
        self.read(Exchange { request, effect: Effect::Reads, priority: RequestPriority::Sweep }).await
    }

    /// `None` once the call is over.
    #[tracing::instrument(
        name = "voipstudio.call", skip_all,
        fields(method = "GET", path = "/calls/{id}", status = Empty, duration_ms = Empty, outcome = Empty)
    )]
    pub(crate) async fn call(&self, id: &str) -> Result<Option<wire::Call>, TelephonyError> {
        let request = self.request(Method::GET, &["calls", id]);
        let exchange = Exchange { request, effect: Effect::Reads, priority: RequestPriority::Person };
        let answer = self.exchange(exchange, &[StatusCode::NOT_FOUND, StatusCode::GONE]).await?;
        if !answer.status.is_success() {
            return Ok(None);
        }
        self.parse::<wire::Single<wire::Call>>(Effect::Reads, &answer).map(|answer| Some(answer.data))
    }

    #[tracing::instrument(
        name = "voipstudio.hang_up", skip_all,
        fields(method = "DELETE", path = "/calls/{id}", status = Empty, duration_ms = Empty, outcome = Empty)
    )]
    pub(crate) async fn hang_up(&self, id: &str) -> Result<(), TelephonyError> {
        let request = self.request(Method::DELETE, &["calls", id]);
        let exchange = Exchange { request, effect: Effect::HangsUp, priority: RequestPriority::Person };
        self.exchange(exchange, &[]).await.map(|_| ())
    }

    /// Records of legs that began at or after `since`, a stamp, in the order in which they were written.
    #[tracing::instrument(
        name = "voipstudio.call_records", skip_all,
        fields(method = "GET", path = "/cdrs", status = Empty, duration_ms = Empty, outcome = Empty)
    )]
    pub(crate) async fn call_records(&self, since: &str, page: PageOf) -> Result<wire::List, TelephonyError> {
        let filter = [wire::Condition { property: "calldate", operator: "gte", value: since }];
        let filter = serde_json::to_string(&filter).unwrap_or_default();
        let request = self.request(Method::GET, &["cdrs"]).query(&page.query()).query(&[
            ("sort", "id"),
            ("dir", "ASC"),
            ("filter", &filter),
        ]);
        self.read(Exchange { request, effect: Effect::Reads, priority: RequestPriority::Sweep }).await
    }

    fn request(&self, method: Method, path: &[&str]) -> RequestBuilder {
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        self.http.request(method, url)
    }

    async fn read<T: DeserializeOwned>(&self, exchange: Exchange) -> Result<T, TelephonyError> {
        let effect = exchange.effect;
        let answer = self.exchange(exchange, &[]).await?;
        self.parse(effect, &answer)
    }

    fn parse<T: DeserializeOwned>(&self, effect: Effect, answer: &Answer) -> Result<T, TelephonyError> {
        serde_json::from_slice(&answer.body).map_err(|_| {
            // The vendor's own client warns that a rate limit can show as a page in place of an answer.
            if errors::speaks_of_limit(&answer.body) {
                self.budget.throttled(answer.sent_at, None);
            }
            let error = errors::unreadable(effect, &answer.body);
            Span::current().record("outcome", error.code());
            error
        })
    }

    /// Waits for a turn, sends, and returns the answer if it is a success, or has one of the `expected` statuses.
    async fn exchange(&self, exchange: Exchange, expected: &[StatusCode]) -> Result<Answer, TelephonyError> {
        let span = Span::current();
        let Exchange { request, effect, priority } = exchange;
        let sent_at = self.budget.turn(priority).await.map_err(|spent| {
            span.record("outcome", "budget_spent");
            let reason = "our own budget of requests is used up".to_owned();
            TelephonyError::Throttled { reason, retry_after: Some(spent.retry_after) }
        })?;
        let result = self.send(request, effect, expected, sent_at).await;
        let took = (self.clock.now() - sent_at).whole_milliseconds();
        span.record("duration_ms", i64::try_from(took).unwrap_or(i64::MAX));
        span.record("outcome", result.as_ref().err().map_or("ok", TelephonyError::code));
        result
    }

    async fn send(
        &self,
        request: RequestBuilder,
        effect: Effect,
        expected: &[StatusCode],
        sent_at: OffsetDateTime,
    ) -> Result<Answer, TelephonyError> {
        let response = request.send().await.map_err(|error| self.no_answer(effect, &error, sent_at))?;
        let status = response.status();
        Span::current().record("status", status.as_u16());
        // The status says that it is done; there is nothing to learn from the body.
        if status == StatusCode::NO_CONTENT || (status.is_success() && effect == Effect::HangsUp) {
            return Ok(Answer { status, body: Vec::new(), sent_at });
        }
        let retry_after = errors::retry_after(response.headers(), self.clock.now());
        let body = read_body(response).await;
        if status.is_success() || expected.contains(&status) {
            let body = body.map_err(|reason| errors::lost(effect, reason))?;
            return Ok(Answer { status, body, sent_at });
        }
        // A refusal whose text got lost is still a refusal.
        let body = body.unwrap_or_default();
        let refusal = Refusal { effect, status, retry_after, body: &body };
        if refusal.asks_for_fewer() {
            self.budget.throttled(sent_at, retry_after);
        }
        Err(refusal.into_error())
    }

    fn no_answer(&self, effect: Effect, error: &reqwest::Error, sent_at: OffsetDateTime) -> TelephonyError {
        let cause = root_cause(error);
        if error.is_connect() || error.is_builder() {
            return TelephonyError::Unavailable { reason: format!("no connection, {cause}") };
        }
        if error.is_timeout() {
            return errors::lost(effect, "no answer in time".to_owned());
        }
        // The HTTP library's words for an answer that breaks the protocol. The vendor's own client warns that a rate
        // limit can arrive that way, so go slower; should the words change, only that is lost.
        if cause.starts_with("invalid ") && cause.contains("parsed") {
            self.budget.throttled(sent_at, None);
        }
        errors::lost(effect, format!("the connection broke, {cause}"))
    }
}

impl PageOf {
    fn query(self) -> [(&'static str, u32); 2] {
        [("page", self.number), ("limit", self.limit)]
    }
}

async fn read_body(mut response: Response) -> Result<Vec<u8>, String> {
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() <= LARGEST_BODY => body.extend_from_slice(&chunk),
            Ok(Some(_)) => return Err(format!("the answer is larger than {LARGEST_BODY} bytes")),
            Ok(None) => return Ok(body),
            Err(error) if error.is_timeout() => return Err("no answer in time".to_owned()),
            Err(error) => return Err(format!("the answer broke off, {}", root_cause(&error))),
        }
    }
}

/// The innermost cause, safe to show; the outer ones only say that a request failed.
fn root_cause(error: &dyn Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    safe(&cause.to_string())
}

/// The HTTP client comes without a TLS provider; install ours once, unless the program has chosen one.
pub(crate) fn install_tls() {
    static INSTALL: Once = Once::new();
    INSTALL.call_once(|| {
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
}
