//! Why a call was allowed, and how often others were refused.

use actix_web::Responder;
use actix_web::web::{self, Json, ServiceConfig};
use dialer_app::{Receipts, Refusals};
use dialer_domain::OffsetDateTime;
use dialer_domain::eligibility::RefusalCode;
use dialer_domain::ids::{CallId, CampaignId, ContactId};
use dialer_domain::receipts::{Receipt, RefusalCount};
use dialer_domain::rules::RuleRef;
use serde::Serialize;
use serde_json::Value;
use utoipa::{OpenApi, ToSchema};

use super::{at, read};
use crate::auth::Caller;
use crate::extract::{Id, Params, RequestQuery, ValidQuery};
use crate::problem::ApiError;
use crate::stamp::Stamp;

/// These operations, for the OpenAPI document.
#[derive(OpenApi)]
#[openapi(paths(of_call, of_campaign))]
pub(crate) struct Document;

pub(super) fn configure(cfg: &mut ServiceConfig) {
    cfg.service(at("/calls/{id}/receipt", "GET, HEAD").route(read(of_call)))
        .service(at("/campaigns/{id}/refusals", "GET, HEAD").route(read(of_campaign)));
}

/// Why a campaign's call was allowed.
///
/// All that the decision was made from, by which rule book, and the rules that it was held against. It is written with the call and
/// never changed; `dialer explain --replay` decides again from it. For the campaign's owner; a call that no campaign placed has
/// none.
#[utoipa::path(get, path = "/calls/{id}/receipt", responses((status = 200, body = ReceiptAnswer)))]
async fn of_call(
    Caller(who): Caller,
    Id(id): Id<CallId>,
    receipts: web::Data<Receipts>,
) -> Result<impl Responder, ApiError> {
    Ok(Json(ReceiptAnswer::from(receipts.receipt(who.scope(), id).await?)))
}

/// How often contacts of a campaign were refused, and why.
///
/// Counted by hour, code and rule, whenever a contact was about to be called: by the engine, by an agent who was shown it, or by a
/// person. A contact that is refused again counts again. For the campaign's owner.
#[utoipa::path(
    get,
    path = "/campaigns/{id}/refusals",
    params(ValidQuery<Asked>),
    responses((status = 200, body = RefusalsAnswer)),
)]
async fn of_campaign(
    Caller(who): Caller,
    Id(id): Id<CampaignId>,
    ValidQuery(Asked { from, to }): ValidQuery<Asked>,
    receipts: web::Data<Receipts>,
) -> Result<impl Responder, ApiError> {
    Ok(Json(RefusalsAnswer::from(receipts.refusals(who.scope(), id, from, to).await?)))
}

struct Asked {
    from: Option<OffsetDateTime>,
    to: Option<OffsetDateTime>,
}

impl RequestQuery for Asked {
    fn read(params: &mut Params) -> Self {
        Self {
            from: params.instant("from", "An instant of the first hour; a day before `to` when not given"),
            to: params
                .instant("to", "The first instant that is not counted, 31 days later at most; now when not given"),
        }
    }
}

#[derive(Serialize, ToSchema)]
pub(crate) struct ReceiptAnswer {
    receipt: ReceiptView,
}

/// Why a call was allowed.
#[derive(Serialize, ToSchema)]
struct ReceiptView {
    /// The call, and the receipt's own id.
    call_id: CallId,
    campaign_id: CampaignId,
    contact_id: ContactId,
    decided_at: Stamp,
    /// The rule book: the SHA-256 of its text.
    book: String,
    /// The program that decided.
    program: String,
    /// What was known: of the campaign, the contact, past calls, consents, registers and bans.
    #[schema(value_type = Object)]
    inputs: Value,
    /// The rules that the call was held against.
    rules: Vec<RuleRef>,
}

impl From<Receipt> for ReceiptAnswer {
    fn from(receipt: Receipt) -> Self {
        Self {
            receipt: ReceiptView {
                call_id: receipt.call_id,
                campaign_id: receipt.campaign_id,
                contact_id: receipt.contact_id,
                decided_at: receipt.decided_at.into(),
                book: receipt.book.to_string(),
                program: receipt.program,
                // It was read from JSON.
                inputs: serde_json::to_value(&receipt.inputs).unwrap_or_default(),
                rules: receipt.rules,
            },
        }
    }
}

#[derive(Serialize, ToSchema)]
struct RefusalsAnswer {
    refusals: RefusalsView,
}

/// The refusals of a period.
#[derive(Serialize, ToSchema)]
struct RefusalsView {
    /// The beginning of the first hour that is counted.
    from: Stamp,
    /// The first instant that is not.
    to: Stamp,
    total: u64,
    hours: Vec<HourView>,
}

/// Refusals of one hour for one reason.
#[derive(Serialize, ToSchema)]
struct HourView {
    /// Its beginning.
    hour: Stamp,
    code: RefusalCode,
    /// The rule that refused; null where it was the campaign, the contact or its owner.
    rule: Option<RuleRef>,
    count: u64,
}

impl From<RefusalCount> for HourView {
    fn from(count: RefusalCount) -> Self {
        Self { hour: count.hour.into(), code: count.code, rule: count.rule, count: count.count }
    }
}

impl From<Refusals> for RefusalsAnswer {
    fn from(Refusals { from, until, counts }: Refusals) -> Self {
        let total = counts.iter().map(|count| count.count).sum();
        let hours = counts.into_iter().map(HourView::from).collect();
        Self { refusals: RefusalsView { from: from.into(), to: until.into(), total, hours } }
    }
}
