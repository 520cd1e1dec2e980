//! Where the telephony provider delivers its events. It has no token of ours: a secret in the address lets it in, and a
//! name and password where the address was given with them.

use actix_web::http::header::AUTHORIZATION;
use actix_web::web::{self, Path, Payload, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, Responder};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dialer_app::provider_events::Delivery;
use dialer_app::{ProviderEvents, UseCaseError};
use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;
use utoipa::OpenApi;

use super::at;
use crate::extract::read_body;
use crate::limits::{Asks, Limits};
use crate::problem::ApiError;
use crate::settings::WebhookSettings;

/// Longest event, in bytes. Those that are documented have less than one thousand.
const LONGEST: usize = 64 * 1024;

/// These operations, for the OpenAPI document.
#[derive(OpenApi)]
#[openapi(paths(receive))]
pub(crate) struct Document;

pub(super) fn configure(cfg: &mut ServiceConfig) {
    cfg.service(at("/webhooks/voipstudio/{secret}", "POST").route(web::post().to(receive)));
}

/// Who is let in.
pub(crate) struct Door(WebhookSettings);

impl Door {
    pub(crate) const fn new(settings: WebhookSettings) -> Self {
        Self(settings)
    }

    /// Nobody, as long as no secret is set.
    fn opens(&self, secret: &str, request: &HttpRequest) -> bool {
        let Self(WebhookSettings { secret: wanted, username, password }) = self;
        let knows_secret = !wanted.expose_secret().is_empty() && same(secret, wanted);
        if username.is_empty() {
            return knows_secret;
        }
        let given = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Basic "));
        let wanted = SecretString::from(STANDARD.encode(format!("{username}:{}", password.expose_secret())));
        knows_secret && given.is_some_and(|given| same(given.trim(), &wanted))
    }
}

fn same(given: &str, wanted: &SecretString) -> bool {
    given.as_bytes().ct_eq(wanted.expose_secret().as_bytes()).into()
}

#[utoipa::path(
    post,
    path = "/webhooks/voipstudio/{secret}",
    tag = "webhooks",
    summary = "Take in an event of VoIPstudio",
    description = "Answered as soon as the event is stored. The same event may be sent again, and events in any order. What is no \
        event is answered the same, since VoIPstudio would send it again and again.",
    params(("secret" = String, Path, description = "`telephony.voipstudio.webhook.secret`")),
    request_body(content = Object, content_type = "application/json", description = "The event, up to 64 KiB"),
    responses(
        (status = 204, description = "It need not be sent again"),
        (status = 404, description = "Not the secret, or not the name and password", content_type = "application/problem+json", body = Object),
        (status = 413, description = "Longer than any event", content_type = "application/problem+json", body = Object),
        (status = 429, description = "Too many requests without the secret", content_type = "application/problem+json", body = Object),
        (status = 503, description = "It could not be stored: send it again", content_type = "application/problem+json", body = Object),
    )
)]
async fn receive(
    request: HttpRequest,
    secret: Path<String>,
    payload: Payload,
    door: web::Data<Door>,
    limits: web::Data<Limits>,
    events: web::Data<ProviderEvents>,
) -> Result<impl Responder, ApiError> {
    if !door.opens(&secret, &request) {
        if let Some(peer) = request.peer_addr() {
            limits.count(Asks::Address(peer.ip())).map_err(|over| ApiError::RateLimited { seconds: over.seconds })?;
        }
        return Err(ApiError::UnknownRoute);
    }
    let body = read_body(&request, payload.into_inner(), LONGEST).await?;
    match events.receive(&body).await.map_err(UseCaseError::from)? {
        Delivery::Stored => {}
        Delivery::Known => tracing::debug!("an event came again"),
        Delivery::NoEvent => tracing::warn!(bytes = body.len(), "a delivery was no event of the provider"),
    }
    Ok(HttpResponse::NoContent())
}
