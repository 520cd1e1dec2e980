//! Why nothing dials, why a contact is not called, and what became of a call.

mod abandonment;
mod call;
mod campaign;
mod contact;
mod what_if;

use actix_web::Responder;
use actix_web::web::{self, Json, ServiceConfig};
use dialer_app::Explain;
use dialer_domain::ids::{CallId, CampaignId, ContactId};
use utoipa::OpenApi;

use super::{at, read};
use crate::auth::Caller;
use crate::extract::{Id, ValidQuery};
use crate::problem::ApiError;
use abandonment::AbandonmentAnswer;
pub(crate) use call::CallExplained;
pub(crate) use campaign::CampaignExplained;
pub(crate) use contact::ContactExplained;
use what_if::{WhatIfAnswer, WhatIfQuery};

/// These operations, for the OpenAPI document.
#[derive(OpenApi)]
#[openapi(paths(of_campaign, ahead, abandonment_of, of_call, of_contact))]
pub(crate) struct Document;

pub(super) fn configure(cfg: &mut ServiceConfig) {
    cfg.service(at("/campaigns/{id}/status", "GET, HEAD").route(read(of_campaign)))
        .service(at("/campaigns/{id}/what-if", "GET, HEAD").route(read(ahead)))
        .service(at("/campaigns/{id}/abandonment", "GET, HEAD").route(read(abandonment_of)))
        .service(at("/calls/{id}/explain", "GET, HEAD").route(read(of_call)))
        .service(at("/contacts/{id}/explain", "GET, HEAD").route(read(of_contact)));
}

/// Why a campaign does not dial.
///
/// Every precondition in the order in which it is asked, the first that does not hold, counts of contacts by the code of
/// their refusal, and when the next call can start. For the campaign's owner.
#[utoipa::path(get, path = "/campaigns/{id}/status", responses((status = 200, body = CampaignExplained)))]
async fn of_campaign(
    Caller(who): Caller,
    Id(id): Id<CampaignId>,
    explain: web::Data<Explain>,
) -> Result<impl Responder, ApiError> {
    Ok(Json(CampaignExplained::from(explain.campaign(who.scope(), id).await?).paced(explain.pacing(id))))
}

/// What a campaign would meet at an instant.
///
/// Its contacts by what would be decided about each then, if the campaign were dialling: before it is started, or before a change
/// of the clock, a holiday or a new list. For the campaign's owner.
#[utoipa::path(
    get,
    path = "/campaigns/{id}/what-if",
    params(ValidQuery<WhatIfQuery>),
    responses((status = 200, body = WhatIfAnswer)),
)]
async fn ahead(
    Caller(who): Caller,
    Id(id): Id<CampaignId>,
    ValidQuery(query): ValidQuery<WhatIfQuery>,
    explain: web::Data<Explain>,
) -> Result<impl Responder, ApiError> {
    Ok(Json(WhatIfAnswer::from(explain.what_if(who.scope(), id, query.at).await?)))
}

/// How many people were abandoned.
///
/// By each rule that limits it, wherever it holds: how many people answered in its current period, for how many of them no agent
/// was there within 2 seconds, and how many more there may be. Calls are placed ahead of agents only as far as every rule leaves
/// room. For the campaign's owner.
#[utoipa::path(
    get,
    path = "/campaigns/{id}/abandonment",
    responses((status = 200, body = AbandonmentAnswer)),
)]
async fn abandonment_of(
    Caller(who): Caller,
    Id(id): Id<CampaignId>,
    explain: web::Data<Explain>,
) -> Result<impl Responder, ApiError> {
    Ok(Json(AbandonmentAnswer::from(explain.abandonment(who.scope(), id).await?)))
}

/// What became of a call, step by step.
///
/// What it came to is told at the end, with the cause in plain words and what to do about it. For the call's owner and the
/// agent who handled it.
#[utoipa::path(get, path = "/calls/{id}/explain", responses((status = 200, body = CallExplained)))]
async fn of_call(
    Caller(who): Caller,
    Id(id): Id<CallId>,
    explain: web::Data<Explain>,
) -> Result<impl Responder, ApiError> {
    Ok(Json(CallExplained::from(explain.call(who.scope(), id).await?)))
}

/// Whether a contact may be called now, and if not, why not and when.
#[utoipa::path(get, path = "/contacts/{id}/explain", responses((status = 200, body = ContactExplained)))]
async fn of_contact(
    Caller(who): Caller,
    Id(id): Id<ContactId>,
    explain: web::Data<Explain>,
) -> Result<impl Responder, ApiError> {
    Ok(Json(ContactExplained::from(explain.contact(who.scope(), id).await?)))
}
