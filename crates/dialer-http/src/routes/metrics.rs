//! The figures for Prometheus, for whom the settings allow.

use actix_web::http::header::{AUTHORIZATION, CONTENT_TYPE};
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, Responder};
use secrecy::ExposeSecret;
use subtle::ConstantTimeEq;
use utoipa::OpenApi;

use super::{Health, at, read};
use crate::answer::Answers;
use crate::auth::AuthError;
use crate::problem::ApiError;
use crate::settings::MetricsSettings;

/// These operations, for the OpenAPI document.
#[derive(OpenApi)]
#[openapi(paths(figures))]
pub(crate) struct Document;

pub(super) fn configure(cfg: &mut ServiceConfig) {
    cfg.service(at("/metrics", "GET, HEAD").route(read(figures)));
}

#[utoipa::path(
    get,
    path = "/metrics",
    tag = "operations",
    summary = "Figures for Prometheus",
    description = "To whom it answers is set in `[metrics]`: this machine or everybody, with a token or without.",
    responses(
        (status = 200, description = "The figures", content_type = "text/plain", body = String),
        (status = 401, description = "The token is missing or wrong", content_type = "application/problem+json", body = Object),
        (status = 404, description = "Not for whom asks", content_type = "application/problem+json", body = Object),
    )
)]
async fn figures(
    request: HttpRequest,
    health: web::Data<Health>,
    answers: web::Data<Answers>,
) -> Result<impl Responder, ApiError> {
    may_read(&request, &answers.manners.metrics)?;
    let text = answers.figures.render(&health.engine, health.database.ping().await.is_ok());
    Ok(HttpResponse::Ok().insert_header((CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")).body(text))
}

fn may_read(request: &HttpRequest, settings: &MetricsSettings) -> Result<(), ApiError> {
    let is_local = request.peer_addr().is_some_and(|peer| peer.ip().to_canonical().is_loopback());
    if !settings.enabled || (settings.loopback_only && !is_local) {
        return Err(ApiError::UnknownRoute);
    }
    let wanted = settings.token.expose_secret().trim();
    if wanted.is_empty() {
        return Ok(());
    }
    let given = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    match given {
        None => Err(AuthError::Missing.into()),
        Some(given) if bool::from(given.trim().as_bytes().ct_eq(wanted.as_bytes())) => Ok(()),
        Some(_) => Err(AuthError::StrangeKey.into()),
    }
}
