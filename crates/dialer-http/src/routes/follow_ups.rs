//! Follow-ups: promises to call back that have not been kept.

use actix_web::Responder;
use actix_web::web::{self, Json, ServiceConfig};
use dialer_app::{FollowUps, StandingFollowUp};
use dialer_domain::dispositions::store::FollowUpFilter;
use dialer_domain::dispositions::{Disposition, FollowUpStatus, Promise};
use dialer_domain::ids::{CallId, CampaignId, ContactId, DispositionId, UserId};
use dialer_domain::phone::PhoneNumber;
use dialer_domain::store::PageRequest;
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};
use validator::Validate;

use super::{at, read};
use crate::auth::Caller;
use crate::extract::{Answer, Id, IfMatch, Params, Reader, RequestBody, RequestQuery, Valid, ValidQuery};
use crate::problem::ApiError;
use crate::stamp::{Stamp, local_and_zone};

/// These operations, for the OpenAPI document.
#[derive(OpenApi)]
#[openapi(paths(list, get, change))]
pub(crate) struct Document;

pub(super) fn configure(cfg: &mut ServiceConfig) {
    cfg.service(at("/follow-ups", "GET, HEAD").route(read(list)))
        .service(at("/follow-ups/{id}", "GET, HEAD, PATCH").route(read(get)).route(web::patch().to(change)));
}

/// Callbacks, those that are due first.
#[utoipa::path(
    get,
    path = "/follow-ups",
    params(ValidQuery<ListQuery>),
    responses((status = 200, body = FollowUpList)),
)]
async fn list(
    Caller(who): Caller,
    ValidQuery(query): ValidQuery<ListQuery>,
    follow_ups: web::Data<FollowUps>,
) -> Result<impl Responder, ApiError> {
    let page = follow_ups.list(who, query.filter, query.page).await?;
    Ok(Json(FollowUpList { follow_ups: page.items.into_iter().map(FollowUpRow::from).collect(), total: page.total }))
}

/// A callback.
#[utoipa::path(get, path = "/follow-ups/{id}", responses((status = 200, body = FollowUpAnswer)))]
async fn get(
    Caller(who): Caller,
    Id(id): Id<DispositionId>,
    follow_ups: web::Data<FollowUps>,
) -> Result<impl Responder, ApiError> {
    shown(follow_ups.get(who, id).await?)
}

/// Clear a callback.
#[utoipa::path(
    patch,
    path = "/follow-ups/{id}",
    request_body = FollowUpPatchBody,
    responses((status = 200, body = FollowUpAnswer)),
)]
async fn change(
    Caller(who): Caller,
    Id(id): Id<DispositionId>,
    IfMatch(condition): IfMatch,
    Valid(Done): Valid<FollowUpPatchBody>,
    follow_ups: web::Data<FollowUps>,
) -> Result<impl Responder, ApiError> {
    shown(follow_ups.clear(who, id, &condition).await?)
}

fn shown(standing: StandingFollowUp) -> Result<Answer, ApiError> {
    let tag = standing.follow_up.tag();
    Ok(Answer::ok(&FollowUpAnswer { follow_up: standing.into() })?.tagged(&tag))
}

struct ListQuery {
    filter: FollowUpFilter,
    page: PageRequest,
}

impl RequestQuery for ListQuery {
    fn read(params: &mut Params) -> Self {
        let filter = FollowUpFilter {
            status: params.one("status", "Only follow-ups in this status: open ones by their hour, or those that were kept in time, or missed, called since or not; all open ones when not given"),
            campaign: params.one("campaign_id", "Only follow-ups of this campaign"),
        };
        Self { filter, page: params.page() }
    }
}

/// The status of a follow-up that a person has cleared, and the only one that a person can give it.
const DONE: &str = "done";

struct Done;

#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct FollowUpPatchBody {
    #[schema(value_type = String, pattern = "^done$", example = "done")]
    status: Option<String>,
}

impl RequestBody for FollowUpPatchBody {
    type Command = Done;

    fn read(self, reader: &mut Reader<'_>) -> Option<Done> {
        let done = reader.required("status", self.status)? == DONE;
        if !done {
            reader.wrong("status", "not_one_of", "a follow-up can be put to `done`; the rest follows from its date");
        }
        done.then_some(Done)
    }
}

#[derive(Serialize, ToSchema)]
struct FollowUpList {
    follow_ups: Vec<FollowUpRow>,
    total: u64,
}

#[derive(Serialize, ToSchema)]
struct FollowUpAnswer {
    follow_up: FollowUpRow,
}

#[derive(Serialize, ToSchema)]
struct FollowUpRow {
    disposition_id: DispositionId,
    call_id: CallId,
    contact_id: Option<ContactId>,
    campaign_id: Option<CampaignId>,
    user_id: UserId,
    disposition: Disposition,
    phone_number: Option<PhoneNumber>,
    first_name: Option<String>,
    last_name: Option<String>,
    company: Option<String>,
    due_at: Stamp,
    /// The later instant, where the clocks go back and show the local time twice: until then it is not late
    due_again_at: Option<Stamp>,
    due_local: Option<String>,
    due_zone: Option<String>,
    #[schema(value_type = FollowUpStatus)]
    status: &'static str,
    /// Whether it was kept in time; one that is missed is still to be called while its status is that of an open one
    promise: Promise,
    personal: bool,
    notes: Option<String>,
    created_at: Stamp,
    done_at: Option<Stamp>,
    /// The call that closed it, in time or not
    kept_by: Option<CallId>,
    missed_at: Option<Stamp>,
}

impl From<StandingFollowUp> for FollowUpRow {
    fn from(StandingFollowUp { follow_up, status }: StandingFollowUp) -> Self {
        let promise = follow_up.promise();
        let (due_local, due_zone) = local_and_zone(follow_up.due_wall);
        Self {
            disposition_id: follow_up.disposition_id,
            call_id: follow_up.call_id,
            contact_id: follow_up.contact_id,
            campaign_id: follow_up.campaign_id,
            user_id: follow_up.user_id,
            disposition: follow_up.disposition,
            phone_number: follow_up.phone_number,
            first_name: follow_up.first_name,
            last_name: follow_up.last_name,
            company: follow_up.company,
            due_at: follow_up.due_at.into(),
            due_again_at: follow_up.due_again_at.map(Stamp::from),
            due_local,
            due_zone,
            promise,
            personal: follow_up.personal,
            status: if follow_up.done_at.is_some() { DONE } else { status.as_str() },
            notes: follow_up.notes,
            created_at: follow_up.created_at.into(),
            done_at: follow_up.done_at.map(Stamp::from),
            kept_by: follow_up.kept_by,
            missed_at: follow_up.missed_at.map(Stamp::from),
        }
    }
}
