//! The do-not-call list.

mod file;
mod wire;

use actix_web::http::StatusCode;
use actix_web::web::{self, Json, Payload, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, Responder};
use dialer_app::Suppressions;
use dialer_domain::ids::SuppressionId;
use dialer_domain::suppression::SuppressionSource;

use super::{at, read};
use crate::auth::{Caller, Supervisor};
use crate::extract::{Answer, Id, Once, Valid, ValidQuery};
use crate::problem::ApiError;
use wire::{
    AddBody, BulkAnswer, BulkBody, CheckAnswer, CheckQuery, FileAnswer, LiftQuery, ListQuery, SuppressionAnswer,
    SuppressionList, SuppressionRow,
};

pub(super) fn configure(cfg: &mut ServiceConfig) {
    cfg.service(at("/suppressions", "GET, HEAD, POST").route(read(list)).route(web::post().to(add)))
        .service(at("/suppressions/check", "GET, HEAD").route(read(check)))
        .service(at("/suppressions/bulk", "POST").route(web::post().to(add_all)))
        .service(at("/suppressions/import", "POST").route(web::post().to(import)))
        .service(at("/suppressions/export", "GET, HEAD").route(read(export)))
        .service(at("/suppressions/{id}", "GET, HEAD, DELETE").route(read(get)).route(web::delete().to(lift)));
}

async fn list(
    Caller(who): Caller,
    ValidQuery(query): ValidQuery<ListQuery>,
    suppressions: web::Data<Suppressions>,
) -> Result<impl Responder, ApiError> {
    let page = suppressions.list(who, query.filter, query.page).await?;
    let rows = page.items.into_iter().map(SuppressionRow::from).collect();
    Ok(Json(SuppressionList { suppressions: rows, total: page.total }))
}

async fn add(
    Caller(who): Caller,
    Valid(wanted): Valid<AddBody>,
    suppressions: web::Data<Suppressions>,
    once: Once,
) -> Result<impl Responder, ApiError> {
    once.run(who, async |stores| {
        let (entry, is_new) = suppressions.on(stores).add(who, wanted.phone_number, wanted.reason).await?;
        let status = if is_new { StatusCode::CREATED } else { StatusCode::OK };
        Answer::json(status, &SuppressionAnswer { suppression: entry.into() })
    })
    .await
}

async fn check(
    Caller(who): Caller,
    ValidQuery(query): ValidQuery<CheckQuery>,
    suppressions: web::Data<Suppressions>,
) -> Result<impl Responder, ApiError> {
    let entry = match &query.phone_number {
        Some(number) => suppressions.check(who, number).await?,
        None => return Err(CheckQuery::missing()),
    };
    Ok(Json(CheckAnswer { suppressed: entry.is_some(), suppression: entry.map(SuppressionRow::from) }))
}

async fn get(
    Caller(who): Caller,
    Id(id): Id<SuppressionId>,
    suppressions: web::Data<Suppressions>,
) -> Result<impl Responder, ApiError> {
    Ok(Json(SuppressionAnswer { suppression: suppressions.get(who, id).await?.into() }))
}

async fn lift(
    Supervisor(who): Supervisor,
    Id(id): Id<SuppressionId>,
    ValidQuery(query): ValidQuery<LiftQuery>,
    suppressions: web::Data<Suppressions>,
) -> Result<impl Responder, ApiError> {
    suppressions.lift(who, id, query.reason()?).await?;
    Ok(HttpResponse::NoContent())
}

async fn add_all(
    Supervisor(who): Supervisor,
    Valid(inputs): Valid<BulkBody>,
    suppressions: web::Data<Suppressions>,
    once: Once,
) -> Result<impl Responder, ApiError> {
    once.run(who, async |stores| {
        let outcome = suppressions.on(stores).add_all(who, inputs, SuppressionSource::Api).await?;
        Answer::created(&BulkAnswer::from(outcome))
    })
    .await
}

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
        Answer::created(&FileAnswer::from(outcome))
    })
    .await
}

async fn export(
    Supervisor(who): Supervisor,
    suppressions: web::Data<Suppressions>,
) -> Result<impl Responder, ApiError> {
    Ok(HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8; header=present")
        .insert_header(("Content-Disposition", "attachment; filename=\"do-not-call.csv\""))
        .streaming(file::export(who, suppressions.into_inner())))
}
