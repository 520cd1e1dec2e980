//! Calls: the log, and calls that people place.

mod wire;

use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::web::{self, Json, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, Responder};
use dialer_app::Calls;
use dialer_domain::calls::{Call, CallPatch};
use dialer_domain::ids::CallId;
use utoipa::OpenApi;

use super::{at, read};
use crate::auth::Caller;
use crate::extract::{Answer, Id, IfMatch, Once, Valid, ValidQuery};
use crate::problem::ApiError;
pub(super) use wire::{CallAnswer, CallRow, PlacedAnswer};
use wire::{CallDetail, CallDetailAnswer, CallList, CallPatchBody, ListQuery, PlaceCallBody};

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

/// Calls that the caller may see, latest first.
#[utoipa::path(get, path = "/calls", params(ValidQuery<ListQuery>), responses((status = 200, body = CallList)))]
async fn list(
    Caller(who): Caller,
    ValidQuery(query): ValidQuery<ListQuery>,
    calls: web::Data<Calls>,
) -> Result<impl Responder, ApiError> {
    let page = calls.list(who, query.filter, query.page).await?;
    Ok(Json(CallList { calls: page.items.into_iter().map(CallRow::from).collect(), total: page.total }))
}

/// Place a call.
///
/// The number is checked against the do-not-call list first. With `Prefer: respond-async` the answer does not wait for the
/// provider.
#[utoipa::path(
    post,
    path = "/calls",
    request_body = PlaceCallBody,
    responses(
        (status = 201, description = "The provider places the call", body = PlacedAnswer),
        (status = 202, description = "The call is written down; what the provider says comes later", body = PlacedAnswer),
    ),
)]
async fn place(
    Caller(who): Caller,
    Valid(wanted): Valid<PlaceCallBody>,
    calls: web::Data<Calls>,
    once: Once,
    request: HttpRequest,
) -> Result<impl Responder, ApiError> {
    let mut written = None;
    let first = once
        .run(who, async |stores| {
            let call = calls.on(stores).write_down(who, wanted).await?;
            placed(written.insert(call).clone())
        })
        .await?;
    // Whoever asks again gets the answer of the first time, and nobody is called twice.
    let Some(call) = written else { return Ok(first) };
    let dialed = calls.dial(call);
    let placing = once.settle(who, async move { answer_of(dialed.answer().await?) })?;
    if prefers_no_wait(&request) {
        return Ok(first.with(PREFERENCE_APPLIED, HeaderValue::from_static(RESPOND_ASYNC)));
    }
    placing.await.unwrap_or(Ok(first))
}

pub(super) fn answer_of(call: Call) -> Result<Answer, ApiError> {
    match &call.provider_call_id {
        Some(_) => {
            let tag = call.tag();
            Ok(Answer::created(&PlacedAnswer::from(call))?.tagged(&tag))
        }
        // The provider's answer was lost: what became of the call is found out later.
        None => placed(call),
    }
}

/// A call, with what the provider says of it while it is live.
#[utoipa::path(get, path = "/calls/{id}", responses((status = 200, body = CallDetailAnswer)))]
async fn get(Caller(who): Caller, Id(id): Id<CallId>, calls: web::Data<Calls>) -> Result<impl Responder, ApiError> {
    let (call, live) = calls.get(who, id).await?;
    let tag = call.tag();
    Ok(Answer::ok(&CallDetailAnswer { call: CallDetail::new(call, live) })?.tagged(&tag))
}

/// Note something about a call.
#[utoipa::path(
    patch,
    path = "/calls/{id}",
    request_body = CallPatchBody,
    responses((status = 200, body = CallAnswer)),
)]
async fn change(
    Caller(who): Caller,
    Id(id): Id<CallId>,
    IfMatch(condition): IfMatch,
    Valid(patch): Valid<CallPatchBody>,
    calls: web::Data<Calls>,
) -> Result<impl Responder, ApiError> {
    let call = calls.change(who, id, CallPatch { condition, ..patch }).await?;
    let tag = call.tag();
    Ok(Answer::ok(&CallAnswer { call: call.into() })?.tagged(&tag))
}

/// Hang a call up and take it out of the log.
#[utoipa::path(delete, path = "/calls/{id}", responses((status = 204)))]
async fn delete(Caller(who): Caller, Id(id): Id<CallId>, calls: web::Data<Calls>) -> Result<impl Responder, ApiError> {
    calls.remove(who, id).await?;
    Ok(HttpResponse::NoContent())
}

/// What is answered while the provider has not.
pub(super) fn placed(call: Call) -> Result<Answer, ApiError> {
    let tag = call.tag();
    Ok(Answer::json(StatusCode::ACCEPTED, &PlacedAnswer::from(call))?.tagged(&tag))
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
