//! The rules in force: which places may be called, and by what.

use actix_web::Responder;
use actix_web::web::{self, Json, ServiceConfig};
use dialer_domain::places::Jurisdiction;
use dialer_domain::rules::{Pack, PackVersion, RuleBook, RuleId, RuleKind, Shelf};
use serde::Serialize;
use utoipa::{OpenApi, ToSchema};

use super::{at, read};
use crate::auth::Caller;
use crate::problem::ApiError;

/// These operations, for the OpenAPI document.
#[derive(OpenApi)]
#[openapi(paths(in_force))]
pub(crate) struct Document;

pub(super) fn configure(cfg: &mut ServiceConfig) {
    cfg.service(at("/rules", "GET, HEAD").route(read(in_force)));
}

/// The packs of rules that are loaded, and the places whose rules could not be.
#[utoipa::path(get, path = "/rules", responses((status = 200, body = RulesAnswer)))]
async fn in_force(Caller(_who): Caller, shelf: web::Data<Shelf>) -> Result<impl Responder, ApiError> {
    Ok(Json(RulesAnswer { rules: RulesView::of(&shelf.governing().book) }))
}

#[derive(Serialize, ToSchema)]
struct RulesAnswer {
    rules: RulesView,
}

/// What is loaded, as the API and the command line show it.
#[derive(Serialize, ToSchema)]
pub(crate) struct RulesView {
    /// Whether every place may be called at any hour: where no phone rings.
    open: bool,
    packs: Vec<PackView>,
    /// Places nobody is called at, because a file of theirs did not load.
    broken: Vec<Jurisdiction>,
}

/// The rules of a place.
#[derive(Serialize, ToSchema)]
struct PackView {
    #[schema(value_type = String, example = "us-fl")]
    id: RuleId,
    #[schema(value_type = String, example = "2026-11-28")]
    version: PackVersion,
    jurisdiction: Jurisdiction,
    /// Where the law is written.
    source: String,
    /// The file that it came from.
    file: String,
    /// First day on which it holds.
    #[schema(format = Date)]
    effective_from: String,
    /// First day on which it no longer holds; null while no end is known.
    #[schema(format = Date)]
    effective_to: Option<String>,
    rules: Vec<RuleView>,
}

/// One rule.
#[derive(Serialize, ToSchema)]
struct RuleView {
    #[schema(value_type = String, example = "us-fl.cap24h")]
    id: RuleId,
    kind: RuleKind,
    /// Where it is written.
    source: String,
}

impl RulesView {
    pub(crate) fn of(book: &RuleBook) -> Self {
        Self {
            open: *book == RuleBook::open(),
            packs: book.packs().iter().map(PackView::of).collect(),
            broken: book.broken().to_vec(),
        }
    }
}

impl PackView {
    fn of(pack: &Pack) -> Self {
        let rule = |rule: &dialer_domain::rules::Rule| RuleView {
            id: rule.reference.id,
            kind: rule.kind(),
            source: rule.source.clone(),
        };
        Self {
            id: pack.id,
            version: pack.version,
            jurisdiction: pack.jurisdiction,
            source: pack.source.clone(),
            file: pack.file.clone(),
            effective_from: pack.effective_from.to_string(),
            effective_to: pack.effective_to.map(|day| day.to_string()),
            rules: pack.rules.iter().map(rule).collect(),
        }
    }
}
