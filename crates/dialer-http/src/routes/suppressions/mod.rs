//! The do-not-call list.

mod file;
mod opt_outs;
mod wire;

use actix_web::http::StatusCode;
use actix_web::web::{self, Json, Payload, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, Responder};
use dialer_app::Suppressions;
use dialer_domain::ids::SuppressionId;
use dialer_domain::suppression::SuppressionSource;
use utoipa::OpenApi;

use super::{at, read};
use crate::auth::{Caller, Supervisor};
use crate::extract::{Answer, Id, Once, Valid, ValidQuery};
use crate::problem::ApiError;
use wire::{
    CheckAnswer, CheckQuery, LiftQuery, ListQuery, NewSuppressionBody, NewSuppressionsBody, SuppressedAnswer,
    SuppressionAnswer, SuppressionFileAnswer, SuppressionList, SuppressionRow,
};

/// These operations, for the OpenAPI document.
#[derive(OpenApi)]
#[openapi(paths(list, add, check, get, lift, add_all, import, export, opt_outs::hear))]
pub(crate) struct Document;

pub(super) fn configure(cfg: &mut ServiceConfig) {
    cfg.service(at("/suppressions", "GET, HEAD, POST").route(read(list)).route(web::post().to(add)))
        .service(at("/suppressions/check", "GET, HEAD").route(read(check)))
        .service(at("/suppressions/bulk", "POST").route(web::post().to(add_all)))
        .service(at("/suppressions/import", "POST").route(web::post().to(import)))
        .service(at("/suppressions/export", "GET, HEAD").route(read(export)))
        .service(at("/suppressions/opt-outs", "POST").route(web::post().to(opt_outs::hear)))
        .service(at("/suppressions/{id}", "GET, HEAD, DELETE").route(read(get)).route(web::delete().to(lift)));
}

/// Numbers that must not be called, latest first.
#[utoipa::path(
    get,
    path = "/suppressions",
    params(ValidQuery<ListQuery>),
    responses((status = 200, body = SuppressionList)),
)]
async fn list(
    Caller(who): Caller,
    ValidQuery(query): ValidQuery<ListQuery>,
    suppressions: web::Data<Suppressions>,
) -> Result<impl Responder, ApiError> {
    let page = suppressions.list(who, query.filter, query.page).await?;
    let rows = page.items.into_iter().map(SuppressionRow::from).collect();
    Ok(Json(SuppressionList { suppressions: rows, total: page.total }))
}

/// Put a number on the do-not-call list.
#[utoipa::path(
    post,
    path = "/suppressions",
    request_body = NewSuppressionBody,
    responses(
        (status = 200, description = "It was there before", body = SuppressionAnswer),
        (status = 201, description = "It is there now", body = SuppressionAnswer),
    ),
)]
async fn add(
    Caller(who): Caller,
    Valid(wanted): Valid<NewSuppressionBody>,
    suppressions: web::Data<Suppressions>,
    once: Once,
) -> Result<impl Responder, ApiError> {
    once.run(who, async |stores| {
        let (entry, is_new) =
            suppressions.on(stores).add(who, wanted.phone_number, wanted.campaign_id, wanted.reason).await?;
        let status = if is_new { StatusCode::CREATED } else { StatusCode::OK };
        Answer::json(status, &SuppressionAnswer { suppression: entry.into() })
    })
    .await
}

/// Whether a number must not be called.
#[utoipa::path(
    get,
    path = "/suppressions/check",
    params(ValidQuery<CheckQuery>),
    responses((status = 200, body = CheckAnswer)),
)]
async fn check(
    Caller(who): Caller,
    ValidQuery(query): ValidQuery<CheckQuery>,
    suppressions: web::Data<Suppressions>,
) -> Result<impl Responder, ApiError> {
    let entry = match &query.phone_number {
        Some(number) => suppressions.check(who, number, query.campaign_id).await?,
        None => return Err(CheckQuery::missing()),
    };
    Ok(Json(CheckAnswer { suppressed: entry.is_some(), suppression: entry.map(SuppressionRow::from) }))
}

/// An entry of the do-not-call list.
#[utoipa::path(get, path = "/suppressions/{id}", responses((status = 200, body = SuppressionAnswer)))]
async fn get(
    Caller(who): Caller,
    Id(id): Id<SuppressionId>,
    suppressions: web::Data<Suppressions>,
) -> Result<impl Responder, ApiError> {
    Ok(Json(SuppressionAnswer { suppression: suppressions.get(who, id).await?.into() }))
}

/// Take a number off the do-not-call list, with a reason.
#[utoipa::path(delete, path = "/suppressions/{id}", params(ValidQuery<LiftQuery>), responses((status = 204)))]
async fn lift(
    Supervisor(who): Supervisor,
    Id(id): Id<SuppressionId>,
    ValidQuery(query): ValidQuery<LiftQuery>,
    suppressions: web::Data<Suppressions>,
) -> Result<impl Responder, ApiError> {
    suppressions.lift(who, id, query.reason()?).await?;
    Ok(HttpResponse::NoContent())
}

/// Put many numbers on the do-not-call list.
#[utoipa::path(
    post,
    path = "/suppressions/bulk",
    request_body = NewSuppressionsBody,
    responses((status = 201, body = SuppressedAnswer)),
)]
async fn add_all(
    Supervisor(who): Supervisor,
    Valid(inputs): Valid<NewSuppressionsBody>,
    suppressions: web::Data<Suppressions>,
    once: Once,
) -> Result<impl Responder, ApiError> {
    once.run(who, async |stores| {
        let outcome = suppressions.on(stores).add_all(who, inputs, SuppressionSource::Api).await?;
        Answer::created(&SuppressedAnswer::from(outcome))
    })
    .await
}

/// Put the numbers of a CSV file on the do-not-call list.
#[utoipa::path(
    post,
    path = "/suppressions/import",
    request_body(content = String, content_type = "text/csv"),
    responses((status = 201, body = SuppressionFileAnswer)),
)]
async fn import(
    Supervisor(who): Supervisor,
    request: HttpRequest,
    body: Payload,
    suppressions: web::Data<Suppressions>,
    once: Once,
) -> Result<impl Responder, ApiError> {
    let spooled = file::spooled(&request, body).await?;
    once.run(who, async |stores| {
        let outcome = file::import(who, spooled, &suppressions.on(stores)).await?;
        Answer::created(&SuppressionFileAnswer::from(outcome))
    })
    .await
}

/// The do-not-call list as a CSV file.
#[utoipa::path(
    get,
    path = "/suppressions/export",
    responses(
        (status = 200, description = "The file", content_type = "text/csv; charset=utf-8; header=present", body = String),
    ),
)]
async fn export(
    Supervisor(who): Supervisor,
    suppressions: web::Data<Suppressions>,
) -> Result<impl Responder, ApiError> {
    Ok(HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8; header=present")
        .insert_header(("Content-Disposition", "attachment; filename=\"do-not-call.csv\""))
        .streaming(file::export(who, suppressions.into_inner())))
}
