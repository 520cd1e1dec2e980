//! The line of a campaign.

use actix_web::Responder;
use actix_web::web::{self, Json, ServiceConfig};
use dialer_app::Queue;
use dialer_domain::ids::{CampaignId, ContactId, QueueEntryId};
use dialer_domain::phone::PhoneNumber;
use dialer_domain::queue::QueueStatus;
use dialer_domain::queue::entries::{PRIORITIES, QueueEntry};
use dialer_domain::store::PageRequest;
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};
use validator::Validate;

use super::{at, read};
use crate::auth::{Caller, Supervisor};
use crate::extract::{Answer, Id, IfMatch, Once, Params, Part, Reader, RequestBody, RequestQuery, Valid, ValidQuery};
use crate::problem::ApiError;
use crate::stamp::Stamp;

/// These operations, for the OpenAPI document.
#[derive(OpenApi)]
#[openapi(paths(list, get, change, skip))]
pub(crate) struct Document;

pub(super) fn configure(cfg: &mut ServiceConfig) {
    cfg.service(at("/campaigns/{id}/queue", "GET, HEAD").route(read(list)))
        .service(at("/campaigns/{id}/queue/{part}", "GET, HEAD, PATCH").route(read(get)).route(web::patch().to(change)))
        .service(at("/campaigns/{id}/queue/{part}/skip", "POST").route(web::post().to(skip)));
}

/// Whom a campaign calls next, in order.
#[utoipa::path(
    get,
    path = "/campaigns/{id}/queue",
    params(ValidQuery<ListQuery>),
    responses((status = 200, body = QueueList)),
)]
async fn list(
    Caller(who): Caller,
    Id(campaign): Id<CampaignId>,
    ValidQuery(query): ValidQuery<ListQuery>,
    queue: web::Data<Queue>,
) -> Result<impl Responder, ApiError> {
    let page = queue.list(who, campaign, query.status, query.page).await?;
    Ok(Json(QueueList { queue: page.items.into_iter().map(QueueEntryRow::from).collect(), total: page.total }))
}

/// An entry of the queue; `part` is its id.
#[utoipa::path(get, path = "/campaigns/{id}/queue/{part}", responses((status = 200, body = QueueEntryAnswer)))]
async fn get(
    Caller(who): Caller,
    Id(campaign): Id<CampaignId>,
    Part(entry): Part<QueueEntryId>,
    queue: web::Data<Queue>,
) -> Result<impl Responder, ApiError> {
    shown(queue.get(who, campaign, entry).await?)
}

/// Move an entry forward or back; `part` is its id.
#[utoipa::path(
    patch,
    path = "/campaigns/{id}/queue/{part}",
    request_body = PriorityBody,
    responses((status = 200, body = QueueEntryAnswer)),
)]
async fn change(
    Supervisor(who): Supervisor,
    Id(campaign): Id<CampaignId>,
    Part(entry): Part<QueueEntryId>,
    IfMatch(condition): IfMatch,
    Valid(priority): Valid<PriorityBody>,
    queue: web::Data<Queue>,
) -> Result<impl Responder, ApiError> {
    shown(queue.move_to(who, campaign, entry, priority, condition).await?)
}

fn shown(entry: QueueEntry) -> Result<Answer, ApiError> {
    let tag = entry.tag();
    Ok(Answer::ok(&QueueEntryAnswer { entry: entry.into() })?.tagged(&tag))
}

/// Take an entry out of the queue; `part` is its id.
#[utoipa::path(
    post,
    path = "/campaigns/{id}/queue/{part}/skip",
    request_body = SkipBody,
    responses((status = 200, body = QueueEntryAnswer)),
)]
async fn skip(
    Supervisor(who): Supervisor,
    Id(campaign): Id<CampaignId>,
    Part(entry): Part<QueueEntryId>,
    Valid(Skip(reason)): Valid<SkipBody>,
    queue: web::Data<Queue>,
    once: Once,
) -> Result<impl Responder, ApiError> {
    once.run(who, async |stores| shown(queue.on(stores).skip(who, campaign, entry, reason).await?)).await
}

struct ListQuery {
    status: Option<QueueStatus>,
    page: PageRequest,
}

impl RequestQuery for ListQuery {
    fn read(params: &mut Params) -> Self {
        Self { status: params.one("status", "Only entries in this status"), page: params.page() }
    }
}

#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct PriorityBody {
    #[schema(value_type = i64, minimum = -1000, maximum = 1000)]
    priority: Option<i64>,
}

impl RequestBody for PriorityBody {
    type Command = i32;

    fn read(self, reader: &mut Reader<'_>) -> Option<i32> {
        let given = reader.required("priority", self.priority)?;
        let priority = i32::try_from(given).ok().filter(|priority| PRIORITIES.contains(priority));
        if priority.is_none() {
            let message = format!("use a whole number from {} to {}", PRIORITIES.start(), PRIORITIES.end());
            reader.wrong("priority", "out_of_range", message);
        }
        priority
    }
}

/// Longest reason, in characters.
const LONGEST_REASON: usize = 200;

struct Skip(Option<String>);

#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct SkipBody {
    #[schema(max_length = 200)]
    reason: Option<String>,
}

impl RequestBody for SkipBody {
    type Command = Skip;

    fn read(self, reader: &mut Reader<'_>) -> Option<Skip> {
        let reason = self.reason.map(|reason| reason.trim().to_owned()).filter(|reason| !reason.is_empty());
        if reason.as_ref().is_some_and(|reason| reason.chars().count() > LONGEST_REASON) {
            reader.wrong("reason", "too_long", format!("use at most {LONGEST_REASON} characters"));
        }
        Some(Skip(reason))
    }
}

#[derive(Serialize, ToSchema)]
struct QueueList {
    queue: Vec<QueueEntryRow>,
    total: u64,
}

#[derive(Serialize, ToSchema)]
struct QueueEntryAnswer {
    entry: QueueEntryRow,
}

#[derive(Serialize, ToSchema)]
struct QueueEntryRow {
    id: QueueEntryId,
    campaign_id: CampaignId,
    contact_id: ContactId,
    priority: i32,
    scheduled_at: Stamp,
    status: QueueStatus,
    created_at: Stamp,
    phone_number: PhoneNumber,
    first_name: Option<String>,
    last_name: Option<String>,
}

impl From<QueueEntry> for QueueEntryRow {
    fn from(entry: QueueEntry) -> Self {
        Self {
            id: entry.id,
            campaign_id: entry.campaign_id,
            contact_id: entry.contact_id,
            priority: entry.priority,
            scheduled_at: entry.scheduled_at.into(),
            status: entry.status,
            created_at: entry.created_at.into(),
            phone_number: entry.phone_number,
            first_name: entry.first_name,
            last_name: entry.last_name,
        }
    }
}
