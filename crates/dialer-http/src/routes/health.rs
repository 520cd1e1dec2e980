//! Whether the program lives, and whether it can do its work. Asked without a token, so it tells no more than that.

use std::sync::Arc;
use utoipa::{OpenApi, ToSchema};

use actix_web::web::{self, Json, ServiceConfig};
use actix_web::{HttpResponse, Responder};
use async_trait::async_trait;
use dialer_app::EngineHandle;
use dialer_app::engine::EnginePhase;
use dialer_domain::store::StoreError;
use serde::Serialize;

use super::{at, read};
use crate::logs::cause;
use crate::telephony::TelephonyKind;

/// These operations, for the OpenAPI document.
#[derive(OpenApi)]
#[openapi(paths(alive, ready))]
pub(crate) struct Document;

pub(super) fn configure(cfg: &mut ServiceConfig) {
    cfg.service(at("/healthz", "GET, HEAD").route(read(alive))).service(at("/readyz", "GET, HEAD").route(read(ready)));
}

/// Whether the database answers.
#[async_trait]
pub trait DatabaseCheck: Send + Sync {
    /// Returns when it does.
    async fn ping(&self) -> Result<(), StoreError>;
}

/// What readiness depends on.
pub struct Health {
    /// The database.
    pub database: Arc<dyn DatabaseCheck>,
    /// The dialing engine.
    pub engine: EngineHandle,
    /// Who places the calls.
    pub telephony: TelephonyKind,
}

#[derive(Serialize, ToSchema)]
struct Alive {
    status: &'static str,
}

#[derive(Serialize, ToSchema)]
struct Ready {
    status: &'static str,
    database: &'static str,
    engine: &'static str,
    telephony: TelephonyKind,
}

/// Whether the program lives.
#[utoipa::path(get, path = "/healthz", responses((status = 200, body = Alive)))]
async fn alive() -> impl Responder {
    Json(Alive { status: "ok" })
}

/// Whether the program can do its work.
/// A halted engine does not make the program unready: the API works, and what has to be mended is not here.
#[utoipa::path(
    get,
    path = "/readyz",
    responses(
        (status = 200, description = "It can", body = Ready),
        (status = 503, description = "It cannot yet, or not now", body = Ready),
    ),
)]
async fn ready(health: web::Data<Health>) -> HttpResponse {
    let database = health.database.ping().await;
    if let Err(error) = &database {
        tracing::warn!(error = cause(error), "the database does not answer");
    }
    let (engine, runs) = match health.engine.status().phase {
        EnginePhase::Starting => ("starting", true),
        EnginePhase::Running => ("running", true),
        EnginePhase::Halted => ("halted", true),
        EnginePhase::Stopped => ("stopped", false),
    };
    let is_ready = database.is_ok() && runs;
    let answer = Ready {
        status: if is_ready { "ready" } else { "not-ready" },
        database: if database.is_ok() { "ok" } else { "unavailable" },
        engine,
        telephony: health.telephony,
    };
    if is_ready { HttpResponse::Ok().json(answer) } else { HttpResponse::ServiceUnavailable().json(answer) }
}
