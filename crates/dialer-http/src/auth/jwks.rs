//! The keys that a Supabase project publishes: fetched in the background, kept when the project cannot be reached.
//!
//! A token whose key is known is verified at once, whatever the project does. One with an unknown key id waits for a
//! fresh set, but sets are fetched at most every [`Jwks::BETWEEN`], by one task at a time, however many such tokens come.

use std::sync::{Arc, Weak};

use arc_swap::ArcSwap;
use dialer_domain::clock::Clock;
use reqwest::header::CACHE_CONTROL;
use reqwest::{Client, Response, Url, redirect};
use time::{Duration, OffsetDateTime};
use tokio::sync::Mutex;

use super::keys::{self, PublicKey, PublicKeys};
use crate::logs::cause;
use crate::settings::AuthSettings;

/// Where a project publishes its keys, below its address.
const PLACE: &str = "/auth/v1/.well-known/jwks.json";
/// The largest set taken, in bytes.
const LARGEST: usize = 64 * 1024;
/// Longest wait for a set.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(5);

/// Why there is no fresh set.
#[derive(Debug, thiserror::Error)]
pub(crate) enum JwksError {
    /// It could not be fetched.
    #[error("the keys could not be fetched from the project")]
    Unreachable(#[from] reqwest::Error),
    /// The project answered something else.
    #[error("the project answered {0} instead of its keys")]
    Status(reqwest::StatusCode),
    /// It is longer than any real one.
    #[error("the project's set of keys is longer than {LARGEST} bytes")]
    TooLarge,
    /// It is no set of keys.
    #[error("the project's answer is not a set of keys")]
    NotASet(#[source] serde_json::Error),
}

/// Where the keys are under these settings; `None` when no project is named.
///
/// # Errors
/// The key of the setting, and what would do.
pub(crate) fn address(settings: &AuthSettings) -> Result<Option<Url>, (&'static str, &'static str)> {
    let project = settings.supabase_url.trim().trim_end_matches('/');
    let named = settings.supabase_jwks_url.trim();
    let (setting, text) = match (project.is_empty(), named.is_empty()) {
        (true, true) => return Ok(None),
        (true, false) => {
            return Err(("auth.supabase_jwks_url", "needs `auth.supabase_url` too, which tokens must name as issuer"));
        }
        (false, true) => ("auth.supabase_url", format!("{project}{PLACE}")),
        (false, false) => ("auth.supabase_jwks_url", named.to_owned()),
    };
    let url = Url::parse(&text).map_err(|_| (setting, "must begin with https://, such as https://abc.supabase.co"))?;
    match url.scheme() {
        "https" => Ok(Some(url)),
        "http" if is_loopback(&url) => Ok(Some(url)),
        _ => Err((
            setting,
            "must begin with https://, such as https://abc.supabase.co; http:// is for this machine only",
        )),
    }
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let ip = host.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>();
    host == "localhost" || ip.is_ok_and(|ip| ip.is_loopback())
}

/// A project's keys, as far as they are known.
pub(super) struct Jwks {
    source: Source,
    clock: Arc<dyn Clock>,
    known: ArcSwap<PublicKeys>,
    /// Held while a set is fetched.
    fetches: Mutex<Fetches>,
}

#[derive(Default)]
struct Fetches {
    tried_at: Option<OffsetDateTime>,
    due_at: Option<OffsetDateTime>,
}

impl Jwks {
    /// The least time between two fetches.
    pub(super) const BETWEEN: Duration = Duration::seconds(30);

    pub(super) fn new(source: Source, clock: Arc<dyn Clock>) -> Arc<Self> {
        Arc::new(Self { source, clock, known: ArcSwap::default(), fetches: Mutex::default() })
    }

    /// Fetches now and from time to time, until nobody holds this any more.
    pub(super) fn follow(self: &Arc<Self>) {
        let (followed, clock) = (Arc::downgrade(self), Arc::clone(&self.clock));
        tokio::spawn(async move {
            while let Some(wait) = Self::next_wait(&followed).await {
                clock.sleep(wait).await;
            }
        });
    }

    async fn next_wait(followed: &Weak<Self>) -> Option<Duration> {
        let jwks = followed.upgrade()?;
        jwks.refresh().await;
        let due_at = jwks.fetches.lock().await.due_at?;
        Some((due_at - jwks.clock.now()).max(Duration::SECOND))
    }

    /// The key with this id.
    pub(super) async fn key(self: &Arc<Self>, id: &str) -> Option<PublicKey> {
        if let Some(key) = self.known.load().get(id) {
            return Some(key.clone());
        }
        // A task of its own: whoever asked may go away, and the others still want the keys.
        let jwks = Arc::clone(self);
        tokio::spawn(async move { jwks.refresh().await }).await.ok()?;
        self.known.load().get(id).cloned()
    }

    /// Fetches, unless that was tried just now.
    async fn refresh(&self) {
        let mut fetches = self.fetches.lock().await;
        let now = self.clock.now();
        if fetches.tried_at.is_some_and(|at| now < at + Self::BETWEEN) {
            return;
        }
        fetches.tried_at = Some(now);
        match self.source.fetch().await {
            Ok((keys, fresh_for)) => {
                tracing::debug!(keys = keys.len(), "the keys of the Supabase project were fetched");
                fetches.due_at = Some(now + fresh_for);
                self.known.store(Arc::new(keys));
            }
            Err(error) => {
                tracing::warn!(error = cause(&error), "the keys of the Supabase project stay as they are");
                fetches.due_at = Some(now + Self::BETWEEN);
            }
        }
    }
}

/// Where keys come from.
pub(crate) struct Source {
    client: Client,
    url: Url,
    longest: Duration,
}

impl Source {
    /// The source at `url`, whose sets are believed for `longest` at most.
    pub(crate) fn new(url: Url, longest: Duration) -> Result<Self, JwksError> {
        // Whoever installed one before goes on.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder().timeout(PATIENCE).redirect(redirect::Policy::none());
        let client = if is_loopback(&url) { client.no_proxy() } else { client };
        Ok(Self { client: client.build()?, url, longest })
    }

    /// A fresh set, and for how long it is good.
    pub(super) async fn fetch(&self) -> Result<(PublicKeys, Duration), JwksError> {
        let mut response = self.client.get(self.url.clone()).send().await?;
        if response.status() != reqwest::StatusCode::OK {
            return Err(JwksError::Status(response.status()));
        }
        let fresh_for = max_age(&response).unwrap_or(self.longest).clamp(Jwks::BETWEEN, self.longest);
        let mut document = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            if document.len() + chunk.len() > LARGEST {
                return Err(JwksError::TooLarge);
            }
            document.extend_from_slice(&chunk);
        }
        Ok((keys::read(&document).map_err(JwksError::NotASet)?, fresh_for))
    }

    /// How many usable keys the set has now.
    pub(crate) async fn count(&self) -> Result<usize, JwksError> {
        self.fetch().await.map(|(keys, _)| keys.len())
    }
}

/// `Cache-Control: max-age` (RFC 9111, 5.2.2.1).
fn max_age(response: &Response) -> Option<Duration> {
    let directives = response.headers().get(CACHE_CONTROL)?.to_str().ok()?;
    let seconds = directives.split(',').find_map(|directive| directive.trim().strip_prefix("max-age="))?;
    seconds.parse::<u32>().ok().map(|seconds| Duration::seconds(seconds.into()))
}
