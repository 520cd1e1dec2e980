//! Calls: the log, and calls that people place.

mod wire;

use actix_web::http::StatusCode;
use actix_web::http::header::HeaderName;
use actix_web::web::{self, Json, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, Responder};
use dialer_app::Calls;
use dialer_domain::calls::Call;
use dialer_domain::ids::CallId;
use utoipa::OpenApi;

use super::{at, read};
use crate::auth::Caller;
use crate::extract::{Id, Valid, ValidQuery};
use crate::openapi::words;
use crate::problem::ApiError;
use wire::{
    CallAnswer, CallDetail, CallDetailAnswer, CallList, CallPatchBody, CallRow, ListQuery, PlaceCallBody, PlacedAnswer,
};

/// These operations, for the OpenAPI document.
#[derive(OpenApi)]
#[openapi(paths(list, place, get, change, delete))]
pub(crate) struct Document;

pub(super) fn configure(cfg: &mut ServiceConfig) {
    cfg.service(at("/calls", "GET, HEAD, POST").route(read(list)).route(web::post().to(place))).service(
        at("/calls/{id}", "GET, HEAD, PATCH, DELETE")
            .route(read(get))
            .route(web::patch().to(change))
            .route(web::delete().to(delete)),
    );
}

#[utoipa::path(
    get,
    path = "/api/dialer/calls",
    tag = "calls",
    summary = "The log of calls, latest first",
    params(
        ("status" = Option<words::CallStatus>, Query, description = "Only calls of this status"),
        ("direction" = Option<words::Direction>, Query, description = "Only calls of this direction"),
        ("campaign_id" = Option<Uuid>, Query, description = "Only calls of this campaign"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 500, description = "Rows at most; 50 when not given"),
        ("offset" = Option<i64>, Query, minimum = 0, description = "Rows to leave out from the beginning"),
    ),
    responses((status = 200, description = "A page of calls and how many there are in all", body = CallList))
)]
async fn list(
    Caller(who): Caller,
    ValidQuery(query): ValidQuery<ListQuery>,
    calls: web::Data<Calls>,
) -> Result<impl Responder, ApiError> {
    let page = calls.list(who, query.filter, query.page).await?;
    Ok(Json(CallList { calls: page.items.into_iter().map(CallRow::from).collect(), total: page.total }))
}

#[utoipa::path(
    post,
    path = "/api/dialer/calls",
    tag = "calls",
    summary = "Place a call",
    params(
        ("Prefer" = Option<String>, Header, description = "`respond-async` answers before the provider has", example = "respond-async"),
    ),
    request_body = PlaceCallBody,
    responses(
        (status = 201, description = "The provider has taken the call", body = PlacedAnswer),
        (status = 202, description = "The call is under way; what became of it is found out later", body = PlacedAnswer),
    )
)]
async fn place(
    Caller(who): Caller,
    Valid(wanted): Valid<PlaceCallBody>,
    calls: web::Data<Calls>,
    request: HttpRequest,
) -> Result<impl Responder, ApiError> {
    let placed = calls.place(who, wanted).await?;
    if prefers_no_wait(&request) {
        let mut answer = accepted(placed.call);
        answer
            .headers_mut()
            .insert(PREFERENCE_APPLIED, RESPOND_ASYNC.parse().map_err(|_| ApiError::NotWired("header"))?);
        return Ok(answer);
    }
    let call = placed.answer().await?;
    Ok(match &call.provider_call_id {
        Some(_) => HttpResponse::Created().json(PlacedAnswer::from(call)),
        // The provider's answer was lost: what became of the call is found out later.
        None => accepted(call),
    })
}

#[utoipa::path(
    get,
    path = "/api/dialer/calls/{id}",
    tag = "calls",
    summary = "A call with its live state",
    params(
        ("id" = Uuid, Path, description = "The call's id"),
    ),
    responses((status = 200, description = "The call", body = CallDetailAnswer))
)]
async fn get(Caller(who): Caller, Id(id): Id<CallId>, calls: web::Data<Calls>) -> Result<impl Responder, ApiError> {
    let (call, live) = calls.get(who, id).await?;
    Ok(Json(CallDetailAnswer { call: CallDetail::new(call, live) }))
}

#[utoipa::path(
    patch,
    path = "/api/dialer/calls/{id}",
    tag = "calls",
    summary = "Change what is known of a call",
    params(
        ("id" = Uuid, Path, description = "The call's id"),
    ),
    request_body = CallPatchBody,
    responses((status = 200, description = "The call as it is now", body = CallAnswer))
)]
async fn change(
    Caller(who): Caller,
    Id(id): Id<CallId>,
    Valid(patch): Valid<CallPatchBody>,
    calls: web::Data<Calls>,
) -> Result<impl Responder, ApiError> {
    let call = calls.change(who, id, patch).await?;
    Ok(Json(CallAnswer { call: call.into() }))
}

#[utoipa::path(
    delete,
    path = "/api/dialer/calls/{id}",
    tag = "calls",
    summary = "Take a call off the log",
    params(
        ("id" = Uuid, Path, description = "The call's id"),
    ),
    responses((status = 204, description = "It is gone"))
)]
async fn delete(Caller(who): Caller, Id(id): Id<CallId>, calls: web::Data<Calls>) -> Result<impl Responder, ApiError> {
    calls.remove(who, id).await?;
    Ok(HttpResponse::NoContent())
}

fn accepted(call: Call) -> HttpResponse {
    HttpResponse::build(StatusCode::ACCEPTED).json(PlacedAnswer::from(call))
}

const PREFERENCE_APPLIED: HeaderName = HeaderName::from_static("preference-applied");
const RESPOND_ASYNC: &str = "respond-async";

/// Whether the caller wants an answer before the provider has given its own (RFC 7240, `Prefer: respond-async`).
fn prefers_no_wait(request: &HttpRequest) -> bool {
    request
        .headers()
        .get_all("prefer")
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|preference| preference.split(';').next())
        .any(|preference| preference.trim().eq_ignore_ascii_case(RESPOND_ASYNC))
}
