//! Campaigns.

use std::future::{Ready, ready};
use utoipa::{OpenApi, ToSchema};

use actix_web::dev::Payload;
use actix_web::web::{self, Json, ServiceConfig};
use actix_web::{FromRequest, HttpRequest, HttpResponse, Responder};
use dialer_app::Campaigns;
use dialer_domain::OffsetDateTime;
use dialer_domain::campaigns::store::CampaignFilter;
use dialer_domain::campaigns::{Campaign, CampaignAction, CampaignError, CampaignPatch, CampaignStats, NewCampaign};
use dialer_domain::ids::{CampaignId, UserId};
use dialer_domain::phone::PhoneNumber;
use dialer_domain::rules::{CalleeKind, Purpose};
use dialer_domain::schedule::{ActiveHours, Zone};
use dialer_domain::store::PageRequest;
use dialer_domain::{CampaignStatus, DialingMode};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use validator::Validate;

use super::{at, read};
use crate::auth::{Caller, Supervisor};
use crate::extract::{
    Answer, Change, Id, IfMatch, Object, Once, Params, Reader, RequestBody, RequestQuery, Valid, ValidQuery,
};
use crate::problem::ApiError;
use crate::stamp::Stamp;

/// These operations, for the OpenAPI document.
#[derive(OpenApi)]
#[openapi(paths(list, create, get, change, delete, act, duplicate))]
pub(crate) struct Document;

pub(super) fn configure(cfg: &mut ServiceConfig) {
    cfg.service(at("/campaigns", "GET, HEAD, POST").route(read(list)).route(web::post().to(create)))
        .service(
            at("/campaigns/{id}", "GET, HEAD, PATCH, DELETE")
                .route(read(get))
                .route(web::patch().to(change))
                .route(web::delete().to(delete)),
        )
        .service(at("/campaigns/{id}/actions/duplicate", "POST").route(web::post().to(duplicate)))
        .service(at("/campaigns/{id}/actions/{action}", "POST").route(web::post().to(act)));
}

/// Campaigns that the caller may see, latest first.
#[utoipa::path(
    get,
    path = "/campaigns",
    params(ValidQuery<ListQuery>),
    responses((status = 200, body = CampaignList)),
)]
async fn list(
    Caller(who): Caller,
    ValidQuery(query): ValidQuery<ListQuery>,
    campaigns: web::Data<Campaigns>,
) -> Result<impl Responder, ApiError> {
    let page = campaigns.list(who, query.filter, query.page).await?;
    Ok(Json(CampaignList { campaigns: page.items.into_iter().map(CampaignRow::from).collect(), total: page.total }))
}

/// Make a campaign, as a draft.
#[utoipa::path(
    post,
    path = "/campaigns",
    request_body = NewCampaignBody,
    responses((status = 201, body = CampaignAnswer)),
)]
async fn create(
    Supervisor(who): Supervisor,
    Valid(new): Valid<NewCampaignBody>,
    campaigns: web::Data<Campaigns>,
    once: Once,
) -> Result<impl Responder, ApiError> {
    once.run(who, async |stores| made(campaigns.on(stores).create(who, new).await?)).await
}

/// A campaign with counts of its contacts.
#[utoipa::path(get, path = "/campaigns/{id}", responses((status = 200, body = CampaignAnswer)))]
async fn get(
    Caller(who): Caller,
    Id(id): Id<CampaignId>,
    campaigns: web::Data<Campaigns>,
) -> Result<impl Responder, ApiError> {
    shown(campaigns.get(who, id).await?)
}

/// Change a campaign, or its status.
#[utoipa::path(
    patch,
    path = "/campaigns/{id}",
    request_body = CampaignPatchBody,
    responses((status = 200, body = CampaignAnswer)),
)]
async fn change(
    Supervisor(who): Supervisor,
    Id(id): Id<CampaignId>,
    IfMatch(condition): IfMatch,
    Valid(patch): Valid<CampaignPatchBody>,
    campaigns: web::Data<Campaigns>,
) -> Result<impl Responder, ApiError> {
    shown(campaigns.change_if(who, id, patch, &condition).await?)
}

fn made(campaign: Campaign) -> Result<Answer, ApiError> {
    let tag = campaign.tag();
    Ok(Answer::created(&CampaignAnswer { campaign: campaign.into() })?.tagged(&tag))
}

fn shown(campaign: Campaign) -> Result<Answer, ApiError> {
    let tag = campaign.tag();
    Ok(Answer::ok(&CampaignAnswer { campaign: campaign.into() })?.tagged(&tag))
}

/// Delete a campaign with its contacts; its calls stay in the log.
#[utoipa::path(delete, path = "/campaigns/{id}", responses((status = 204)))]
async fn delete(
    Supervisor(who): Supervisor,
    Id(id): Id<CampaignId>,
    campaigns: web::Data<Campaigns>,
) -> Result<impl Responder, ApiError> {
    campaigns.delete(who, id).await?;
    Ok(HttpResponse::NoContent())
}

/// Start, pause, resume, complete or archive a campaign.
#[utoipa::path(
    post,
    path = "/campaigns/{id}/actions/{action}",
    params(("action" = CampaignAction, Path, description = "What to do")),
    responses((status = 200, body = CampaignAnswer)),
)]
async fn act(
    Supervisor(who): Supervisor,
    Id(id): Id<CampaignId>,
    Action(action): Action,
    campaigns: web::Data<Campaigns>,
    once: Once,
) -> Result<impl Responder, ApiError> {
    once.run(who, async |stores| shown(campaigns.on(stores).act(who, id, action).await?)).await
}

/// Make a campaign like this one, as a draft.
#[utoipa::path(
    post,
    path = "/campaigns/{id}/actions/duplicate",
    params(ValidQuery<DuplicateQuery>),
    responses((status = 201, body = CampaignAnswer)),
)]
async fn duplicate(
    Supervisor(who): Supervisor,
    Id(id): Id<CampaignId>,
    ValidQuery(query): ValidQuery<DuplicateQuery>,
    campaigns: web::Data<Campaigns>,
    once: Once,
) -> Result<impl Responder, ApiError> {
    once.run(who, async |stores| made(campaigns.on(stores).duplicate(who, id, query.contacts).await?)).await
}

/// The `{action}` of the route. An action that does not exist is an address that does not.
struct Action(CampaignAction);

impl FromRequest for Action {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(request.match_info().query("action").parse().map(Self).map_err(|_| ApiError::UnknownRoute))
    }
}

struct DuplicateQuery {
    contacts: bool,
}

impl RequestQuery for DuplicateQuery {
    fn read(params: &mut Params) -> Self {
        Self {
            contacts: params
                .flag("contacts", "Whether the contacts are copied too, as if never called; false when not given")
                .unwrap_or(false),
        }
    }
}

struct ListQuery {
    filter: CampaignFilter,
    page: PageRequest,
}

impl RequestQuery for ListQuery {
    fn read(params: &mut Params) -> Self {
        let filter = CampaignFilter {
            status: params.one("status", "Only campaigns in this status"),
            mode: params.one("type", "Only campaigns that dial like this"),
        };
        Self { filter, page: params.page() }
    }
}

#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewCampaignBody {
    #[schema(value_type = String, min_length = 1, max_length = 200)]
    name: Option<String>,
    #[schema(max_length = 20_000)]
    description: Option<String>,
    #[schema(value_type = DialingMode)]
    r#type: Option<String>,
    /// What people are called for; the settings' `rules.default_purpose` where it is not given.
    #[schema(value_type = Option<Purpose>)]
    purpose: Option<String>,
    /// Whom the calls are for; consumers where it is not given.
    #[schema(value_type = Option<CalleeKind>)]
    callee: Option<String>,
    #[schema(format = "phone-number", example = "+447700900123")]
    caller_id: Option<String>,
    #[schema(max_length = 20_000)]
    script: Option<String>,
    #[schema(minimum = 1, maximum = 50, default = 3)]
    max_attempts: Option<i64>,
    #[schema(minimum = 0, maximum = 2_592_000, default = 3600)]
    retry_interval: Option<i64>,
    #[schema(value_type = Option<HoursBody>)]
    active_hours: Option<Object<HoursBody>>,
    #[schema(format = "time-zone", example = "Europe/London")]
    timezone: Option<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct HoursBody {
    #[schema(value_type = String, pattern = r"^([01][0-9]|2[0-3]):[0-5][0-9]$", example = "09:00")]
    start: Option<String>,
    #[schema(value_type = String, pattern = r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$", example = "17:00")]
    end: Option<String>,
}

impl HoursBody {
    fn read(self, reader: &mut Reader<'_>) -> Option<ActiveHours> {
        let start = reader.required("active_hours.start", self.start);
        let end = reader.required("active_hours.end", self.end);
        reader.hours("active_hours", &start?, &end?)
    }
}

// The contract's.
const DEFAULT_MAX_ATTEMPTS: i64 = 3;
const DEFAULT_RETRY_INTERVAL: i64 = 3600;

impl RequestBody for NewCampaignBody {
    type Command = NewCampaign;

    fn read(self, reader: &mut Reader<'_>) -> Option<NewCampaign> {
        let name = reader.required("name", self.name);
        let mode = reader.required("type", self.r#type).and_then(|word| reader.text("type", "not_one_of", &word));
        let purpose = self.purpose.map(|word| reader.text("purpose", "not_one_of", &word));
        let callee = self.callee.map(|word| reader.text("callee", "not_one_of", &word));
        let caller_id = self.caller_id.map(|text| reader.number("caller_id", &text));
        let max_attempts = reader.count("max_attempts", self.max_attempts.unwrap_or(DEFAULT_MAX_ATTEMPTS));
        let retry_interval = reader.count("retry_interval", self.retry_interval.unwrap_or(DEFAULT_RETRY_INTERVAL));
        let active_hours = self.active_hours.map(|Object(hours)| hours.read(reader));
        let timezone = self.timezone.map(|name| reader.text("timezone", "unknown_zone", &name));
        let default_timezone = reader.reading().default_timezone.clone();
        let default_purpose = reader.reading().default_purpose;
        // What could not be read is noted; something valid in its place lets the domain judge the rest.
        let complete = name.is_some() && mode.is_some() && max_attempts.is_some() && retry_interval.is_some();
        let new = NewCampaign {
            name: name.unwrap_or_else(|| "-".to_owned()),
            description: self.description,
            mode: mode.unwrap_or(DialingMode::Manual),
            purpose: purpose.flatten().unwrap_or(default_purpose),
            callee: callee.flatten().unwrap_or(CalleeKind::Consumer),
            caller_id: caller_id.flatten(),
            script: self.script,
            max_attempts: max_attempts.unwrap_or(1),
            retry_interval: retry_interval.unwrap_or(0),
            active_hours: active_hours.flatten().unwrap_or_default(),
            timezone: timezone.flatten().unwrap_or(default_timezone),
        };
        if let Err(errors) = example(new.clone()) {
            note(reader, errors);
        }
        complete.then_some(new)
    }
}

/// A campaign of nobody's, to ask the domain whether its fields can be as they are.
fn example(new: NewCampaign) -> Result<Campaign, Vec<CampaignError>> {
    Campaign::draft(CampaignId::new(Uuid::nil()), UserId::new(Uuid::nil()), new, OffsetDateTime::UNIX_EPOCH)
}

fn note(reader: &mut Reader<'_>, errors: Vec<CampaignError>) {
    for error in errors {
        if let CampaignError::Field { field, code, message } = error {
            reader.wrong(field, code, message);
        }
    }
}

#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct CampaignPatchBody {
    #[schema(value_type = String, min_length = 1, max_length = 200)]
    #[serde(default)]
    name: Change<String>,
    #[schema(value_type = Option<String>, max_length = 20_000)]
    #[serde(default)]
    description: Change<String>,
    #[schema(value_type = DialingMode)]
    #[serde(default)]
    r#type: Change<String>,
    #[schema(value_type = Purpose)]
    #[serde(default)]
    purpose: Change<String>,
    #[schema(value_type = CalleeKind)]
    #[serde(default)]
    callee: Change<String>,
    #[schema(value_type = CampaignStatus)]
    #[serde(default)]
    status: Change<String>,
    #[schema(value_type = Option<String>, format = "phone-number", example = "+447700900123")]
    #[serde(default)]
    caller_id: Change<String>,
    #[schema(value_type = Option<String>, max_length = 20_000)]
    #[serde(default)]
    script: Change<String>,
    #[schema(value_type = i64, minimum = 1, maximum = 50)]
    #[serde(default)]
    max_attempts: Change<i64>,
    #[schema(value_type = i64, minimum = 0, maximum = 2_592_000)]
    #[serde(default)]
    retry_interval: Change<i64>,
    #[schema(value_type = HoursBody)]
    #[serde(default)]
    active_hours: Change<Object<HoursBody>>,
    #[schema(value_type = String, format = "time-zone", example = "Europe/London")]
    #[serde(default)]
    timezone: Change<String>,
}

impl RequestBody for CampaignPatchBody {
    type Command = CampaignPatch;

    fn read(self, reader: &mut Reader<'_>) -> Option<CampaignPatch> {
        let mode = reader.kept("type", self.r#type).and_then(|word| reader.text("type", "not_one_of", &word));
        let purpose = reader.kept("purpose", self.purpose).and_then(|word| reader.text("purpose", "not_one_of", &word));
        let callee = reader.kept("callee", self.callee).and_then(|word| reader.text("callee", "not_one_of", &word));
        let status = reader.kept("status", self.status).and_then(|word| reader.text("status", "not_one_of", &word));
        let max_attempts = reader.kept("max_attempts", self.max_attempts);
        let retry_interval = reader.kept("retry_interval", self.retry_interval);
        let patch = CampaignPatch {
            name: reader.kept("name", self.name),
            description: self.description.into_patch(),
            mode,
            purpose,
            callee,
            status,
            caller_id: self.caller_id.and_then(|text| reader.number("caller_id", &text)).into_patch(),
            script: self.script.into_patch(),
            max_attempts: max_attempts.and_then(|value| reader.count("max_attempts", value)),
            retry_interval: retry_interval.and_then(|value| reader.count("retry_interval", value)),
            active_hours: reader.kept("active_hours", self.active_hours).and_then(|Object(hours)| hours.read(reader)),
            timezone: reader
                .kept("timezone", self.timezone)
                .and_then(|name| reader.text("timezone", "unknown_zone", &name)),
        };
        // Whether the status may change depends on the campaign, the rest does not.
        let fields = CampaignPatch { status: None, ..patch.clone() };
        if let Err(errors) = example(blank()).and_then(|campaign| campaign.patched(fields, OffsetDateTime::UNIX_EPOCH))
        {
            note(reader, errors);
        }
        Some(patch)
    }
}

fn blank() -> NewCampaign {
    NewCampaign {
        name: "-".to_owned(),
        description: None,
        mode: DialingMode::Manual,
        purpose: Purpose::Informational,
        callee: CalleeKind::Consumer,
        caller_id: None,
        script: None,
        max_attempts: 1,
        retry_interval: 0,
        active_hours: ActiveHours::default(),
        timezone: Zone::utc(),
    }
}

#[derive(Serialize, ToSchema)]
struct CampaignList {
    campaigns: Vec<CampaignRow>,
    total: u64,
}

#[derive(Serialize, ToSchema)]
struct CampaignAnswer {
    campaign: CampaignRow,
}

#[derive(Serialize, ToSchema)]
pub(super) struct CampaignRow {
    id: CampaignId,
    user_id: UserId,
    name: String,
    description: Option<String>,
    r#type: DialingMode,
    purpose: Purpose,
    callee: CalleeKind,
    status: CampaignStatus,
    caller_id: Option<PhoneNumber>,
    script: Option<String>,
    max_attempts: u32,
    retry_interval: i64,
    active_hours: HoursRow,
    timezone: String,
    stats: CampaignStats,
    pause_reason: Option<String>,
    created_at: Stamp,
    updated_at: Stamp,
}

#[derive(Serialize, ToSchema)]
struct HoursRow {
    start: String,
    end: String,
}

impl From<Campaign> for CampaignRow {
    fn from(campaign: Campaign) -> Self {
        let hours = campaign.active_hours;
        Self {
            id: campaign.id,
            user_id: campaign.user_id,
            name: campaign.name,
            description: campaign.description,
            r#type: campaign.mode,
            purpose: campaign.purpose,
            callee: campaign.callee,
            status: campaign.status,
            caller_id: campaign.caller_id,
            script: campaign.script,
            max_attempts: campaign.max_attempts,
            retry_interval: campaign.retry_interval.whole_seconds(),
            active_hours: HoursRow { start: hours.start().to_string(), end: hours.end().to_string() },
            timezone: campaign.timezone.name().to_owned(),
            stats: campaign.stats,
            pause_reason: campaign.pause_reason,
            created_at: campaign.created_at.into(),
            updated_at: campaign.updated_at.into(),
        }
    }
}
