//! How answers behave towards browsers and proxies: who may read them from another site, what they may do with them.

use actix_cors::Cors;
use actix_web::http::header::{
    self, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue,
};
use actix_web::http::{Method, StatusCode};

use crate::settings::{CorsSettings, MetricsSettings, Settings};

/// What the settings say of it.
#[derive(Debug, Clone)]
pub struct Manners {
    /// Other sites.
    pub cors: CorsSettings,
    /// Who may read the figures.
    pub metrics: MetricsSettings,
    /// Whether a proxy in front speaks TLS, so that browsers may be told to insist on it.
    pub tls_in_front: bool,
}

impl From<&Settings> for Manners {
    fn from(settings: &Settings) -> Self {
        Self {
            cors: settings.cors.clone(),
            metrics: settings.metrics.clone(),
            tls_in_front: settings.server.tls_in_front,
        }
    }
}

/// Headers of answers that scripts of other sites may read.
const EXPOSED: [&str; 12] = [
    "content-disposition",
    "content-range",
    "dialer-telephony",
    "etag",
    "idempotency-replayed",
    "location",
    "preference-applied",
    "ratelimit",
    "ratelimit-policy",
    "retry-after",
    "www-authenticate",
    "x-request-id",
];

/// Which other sites may call. Without any origin, no answer says a word of it and browsers refuse.
pub(crate) fn cors(settings: &CorsSettings) -> Cors {
    let methods = [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];
    let mut cors = Cors::default()
        .allowed_methods(methods)
        .allow_any_header()
        .expose_headers(EXPOSED)
        .max_age(usize::try_from(settings.max_age_seconds).ok())
        .block_on_origin_mismatch(false);
    for origin in &settings.allowed_origins {
        cors = if origin == "*" { cors.allow_any_origin().send_wildcard() } else { cors.allowed_origin(origin) };
    }
    cors
}

/// Headers that every answer has which says nothing else.
pub(crate) fn protect(status: StatusCode, headers: &mut HeaderMap, tls_in_front: bool) {
    let defaults = [
        (CACHE_CONTROL, "no-store"),
        (CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_FRAME_OPTIONS, "DENY"),
    ];
    let mut add = |name: HeaderName, value: &'static str| {
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    };
    for (name, value) in defaults {
        add(name, value);
    }
    if tls_in_front {
        add(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
    let is_audio = headers.get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"audio/"));
    // Audio is packed already, and a part of a file must stay the bytes that were asked for.
    if (is_audio || status == StatusCode::PARTIAL_CONTENT) && !headers.contains_key(CONTENT_ENCODING) {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("identity"));
    }
}
