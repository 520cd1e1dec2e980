//! Sends: one method for each request of the API that is used, each within the budget and its own time-out.

mod audio;
mod calls;
mod contacts;
mod exchange;
mod me;
mod messages;
mod queues;
mod records;
mod tokens;
mod users;

use std::sync::{Arc, Once};

use dialer_domain::clock::Clock;
use dialer_domain::telephony::{RequestPriority, TelephonyError};
use reqwest::header::{HeaderName, HeaderValue};
use reqwest::{Method, RequestBuilder, Url};
use secrecy::ExposeSecret;
use serde_json::Value;
use time::Duration;
use tracing::field::Empty;

use crate::budget::Budget;
use crate::settings::{SettingsError, SettingsProblem, VoipStudioSettings};
use crate::wire;
use exchange::{Exchange, root_cause};

pub(crate) use audio::AudioStream;
pub(crate) use exchange::Turn;
pub(crate) use records::Order;
pub(crate) use tokens::LoginAnswer;

const TOKEN: HeaderName = HeaderName::from_static("x-auth-token");
/// Shorter than what common servers keep idle connections for: a request sent on a connection that the other side is
/// just closing is lost, and a lost dial has to be reconciled.
const KEEP_IDLE: std::time::Duration = std::time::Duration::from_secs(4);

pub(crate) struct Client {
    http: reqwest::Client,
    base: Url,
    /// What every request carries, but the one that asks for it.
    token: Option<HeaderValue>,
    clock: Arc<dyn Clock>,
    budget: Budget,
    settings: VoipStudioSettings,
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
        let mut token = HeaderValue::from_str(settings.api_key.expose_secret())
            .map_err(|_| SettingsProblem::ApiKey { reason: "it cannot be sent in a header" })?;
        token.set_sensitive(true);
        Ok(Self { token: Some(token), ..Self::without_key(settings, clock)? })
    }

    /// For requests that come before there is a key.
    pub(crate) fn without_key(settings: VoipStudioSettings, clock: Arc<dyn Clock>) -> Result<Self, SettingsError> {
        let base = settings.validate()?;
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
            .user_agent(concat!("dialer/", env!("CARGO_PKG_VERSION")));
        if base.scheme() == "http" {
            // A stand-in close by: no proxy knows it, and machines without root certificates can reach it.
            builder = builder.no_proxy().tls_certs_only([]);
        }
        let http = builder.build().map_err(|error| SettingsProblem::Client { reason: root_cause(&error) })?;
        let longest_wait = Duration::try_from(settings.longest_wait).unwrap_or(Duration::MINUTE);
        Ok(Self {
            http,
            base,
            token: None,
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

    pub(crate) fn clock(&self) -> &dyn Clock {
        self.clock.as_ref()
    }

    #[tracing::instrument(
        name = "voipstudio.ping", skip_all,
        fields(method = "GET", path = "/ping", status = Empty, duration_ms = Empty, outcome = Empty)
    )]
    pub(crate) async fn ping(&self) -> Result<(), TelephonyError> {
        let request = self.request(Method::GET, &["ping"]);
        self.read::<wire::Single<Value>>(Exchange::read(request, RequestPriority::Sweep)).await.map(|_| ())
    }

    /// Where the audio of a recording is.
    pub(crate) fn audio_address(&self, id: &str) -> String {
        self.url(&["monitors", &format!("{id}.mp3")]).into()
    }

    fn url(&self, path: &[&str]) -> Url {
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        url
    }

    fn request(&self, method: Method, path: &[&str]) -> RequestBuilder {
        let request = self.http.request(method, self.url(path));
        match &self.token {
            Some(token) => request.header(TOKEN, token.clone()),
            None => request,
        }
    }
}

impl PageOf {
    fn query(self) -> [(&'static str, u32); 2] {
        [("page", self.number), ("limit", self.limit)]
    }
}

/// The HTTP client comes without a TLS provider; install ours once, unless the program has chosen one.
pub(crate) fn install_tls() {
    static INSTALL: Once = Once::new();
    INSTALL.call_once(|| {
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
}
