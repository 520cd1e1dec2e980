//! Campaigns.

use actix_web::http::StatusCode;
use actix_web::web::{self, Json, ServiceConfig};
use actix_web::{HttpResponse, Responder};
use dialer_app::Campaigns;
use dialer_domain::OffsetDateTime;
use dialer_domain::campaigns::store::CampaignFilter;
use dialer_domain::campaigns::{Campaign, CampaignError, CampaignPatch, CampaignStats, NewCampaign};
use dialer_domain::ids::{CampaignId, UserId};
use dialer_domain::phone::PhoneNumber;
use dialer_domain::schedule::{ActiveHours, Zone};
use dialer_domain::store::PageRequest;
use dialer_domain::{CampaignStatus, DialingMode};
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};
use uuid::Uuid;
use validator::Validate;

use super::{at, read};
use crate::auth::{Caller, Supervisor};
use crate::extract::{Change, Id, Object, Params, Reader, RequestBody, RequestQuery, Valid, ValidQuery};
use crate::openapi::words;
use crate::problem::ApiError;
use crate::stamp::Stamp;

/// These operations, for the OpenAPI document.
#[derive(OpenApi)]
#[openapi(paths(list, create, get, change, delete))]
pub(crate) struct Document;

pub(super) fn configure(cfg: &mut ServiceConfig) {
    cfg.service(at("/campaigns", "GET, HEAD, POST").route(read(list)).route(web::post().to(create))).service(
        at("/campaigns/{id}", "GET, HEAD, PATCH, DELETE")
            .route(read(get))
            .route(web::patch().to(change))
            .route(web::delete().to(delete)),
    );
}

#[utoipa::path(
    get,
    path = "/api/dialer/campaigns",
    tag = "campaigns",
    summary = "Campaigns",
    params(
        ("status" = Option<words::CampaignStatus>, Query, description = "Only campaigns of this status"),
        ("type" = Option<words::DialingMode>, Query, description = "Only campaigns that dial in this way"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 500, description = "Rows at most; 50 when not given"),
        ("offset" = Option<i64>, Query, minimum = 0, description = "Rows to leave out from the beginning"),
    ),
    responses((status = 200, description = "A page of campaigns and how many there are in all", body = CampaignList))
)]
async fn list(
    Caller(who): Caller,
    ValidQuery(query): ValidQuery<ListQuery>,
    campaigns: web::Data<Campaigns>,
) -> Result<impl Responder, ApiError> {
    let page = campaigns.list(who, query.filter, query.page).await?;
    Ok(Json(CampaignList { campaigns: page.items.into_iter().map(CampaignRow::from).collect(), total: page.total }))
}

#[utoipa::path(
    post,
    path = "/api/dialer/campaigns",
    tag = "campaigns",
    summary = "Make a campaign, as a draft",
    request_body = NewCampaignBody,
    responses((status = 201, description = "The campaign", body = CampaignAnswer))
)]
async fn create(
    Supervisor(who): Supervisor,
    Valid(new): Valid<NewCampaignBody>,
    campaigns: web::Data<Campaigns>,
) -> Result<impl Responder, ApiError> {
    let campaign = campaigns.create(who, new).await?;
    Ok((Json(CampaignAnswer { campaign: campaign.into() }), StatusCode::CREATED))
}

#[utoipa::path(
    get,
    path = "/api/dialer/campaigns/{id}",
    tag = "campaigns",
    summary = "A campaign",
    params(
        ("id" = Uuid, Path, description = "The campaign's id"),
    ),
    responses((status = 200, description = "The campaign", body = CampaignAnswer))
)]
async fn get(
    Caller(who): Caller,
    Id(id): Id<CampaignId>,
    campaigns: web::Data<Campaigns>,
) -> Result<impl Responder, ApiError> {
    let campaign = campaigns.get(who, id).await?;
    Ok(Json(CampaignAnswer { campaign: campaign.into() }))
}

#[utoipa::path(
    patch,
    path = "/api/dialer/campaigns/{id}",
    tag = "campaigns",
    summary = "Change a campaign, or its status",
    params(
        ("id" = Uuid, Path, description = "The campaign's id"),
    ),
    request_body = CampaignPatchBody,
    responses((status = 200, description = "The campaign as it is now", body = CampaignAnswer))
)]
async fn change(
    Supervisor(who): Supervisor,
    Id(id): Id<CampaignId>,
    Valid(patch): Valid<CampaignPatchBody>,
    campaigns: web::Data<Campaigns>,
) -> Result<impl Responder, ApiError> {
    let campaign = campaigns.change(who, id, patch).await?;
    Ok(Json(CampaignAnswer { campaign: campaign.into() }))
}

#[utoipa::path(
    delete,
    path = "/api/dialer/campaigns/{id}",
    tag = "campaigns",
    summary = "Delete a campaign with its contacts; its calls stay in the log",
    params(
        ("id" = Uuid, Path, description = "The campaign's id"),
    ),
    responses((status = 204, description = "It is gone"))
)]
async fn delete(
    Supervisor(who): Supervisor,
    Id(id): Id<CampaignId>,
    campaigns: web::Data<Campaigns>,
) -> Result<impl Responder, ApiError> {
    campaigns.delete(who, id).await?;
    Ok(HttpResponse::NoContent())
}

struct ListQuery {
    filter: CampaignFilter,
    page: PageRequest,
}

impl RequestQuery for ListQuery {
    fn read(params: &mut Params) -> Self {
        let filter = CampaignFilter { status: params.one("status"), mode: params.one("type") };
        Self { filter, page: params.page() }
    }
}

#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewCampaignBody {
    #[schema(value_type = String, required)]
    name: Option<String>,
    #[schema(value_type = Option<String>)]
    description: Option<String>,
    #[schema(value_type = words::DialingMode, required)]
    r#type: Option<String>,
    #[schema(value_type = Option<String>, example = "+447700900123")]
    caller_id: Option<String>,
    #[schema(value_type = Option<String>)]
    script: Option<String>,
    #[schema(value_type = Option<i64>, minimum = 1, maximum = 100)]
    max_attempts: Option<i64>,
    #[schema(value_type = Option<i64>, minimum = 0, maximum = 31536000)]
    retry_interval: Option<i64>,
    #[schema(value_type = Option<HoursBody>)]
    active_hours: Option<Object<HoursBody>>,
    #[schema(value_type = Option<String>, example = "Europe/London")]
    timezone: Option<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct HoursBody {
    #[schema(value_type = String, required, pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$", example = "09:00")]
    start: Option<String>,
    #[schema(value_type = String, required, pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$", example = "17:00")]
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
        let caller_id = self.caller_id.map(|text| reader.number("caller_id", &text));
        let max_attempts = reader.count("max_attempts", self.max_attempts.unwrap_or(DEFAULT_MAX_ATTEMPTS));
        let retry_interval = reader.count("retry_interval", self.retry_interval.unwrap_or(DEFAULT_RETRY_INTERVAL));
        let active_hours = self.active_hours.map(|Object(hours)| hours.read(reader));
        let timezone = self.timezone.map(|name| reader.text("timezone", "unknown_zone", &name));
        let default_timezone = reader.reading().default_timezone.clone();
        // What could not be read is noted; something valid in its place lets the domain judge the rest.
        let complete = name.is_some() && mode.is_some() && max_attempts.is_some() && retry_interval.is_some();
        let new = NewCampaign {
            name: name.unwrap_or_else(|| "-".to_owned()),
            description: self.description,
            mode: mode.unwrap_or(DialingMode::Manual),
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

#[derive(Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct CampaignPatchBody {
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    name: Change<String>,
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    description: Change<String>,
    #[serde(default)]
    #[schema(value_type = Option<words::DialingMode>)]
    r#type: Change<String>,
    #[serde(default)]
    #[schema(value_type = Option<words::CampaignStatus>)]
    status: Change<String>,
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "+447700900123")]
    caller_id: Change<String>,
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    script: Change<String>,
    #[serde(default)]
    #[schema(value_type = Option<i64>, minimum = 1, maximum = 100)]
    max_attempts: Change<i64>,
    #[serde(default)]
    #[schema(value_type = Option<i64>, minimum = 0, maximum = 31536000)]
    retry_interval: Change<i64>,
    #[serde(default)]
    #[schema(value_type = Option<HoursBody>)]
    active_hours: Change<Object<HoursBody>>,
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "Europe/London")]
    timezone: Change<String>,
}

impl RequestBody for CampaignPatchBody {
    type Command = CampaignPatch;

    fn read(self, reader: &mut Reader<'_>) -> Option<CampaignPatch> {
        let mode = reader.kept("type", self.r#type).and_then(|word| reader.text("type", "not_one_of", &word));
        let status = reader.kept("status", self.status).and_then(|word| reader.text("status", "not_one_of", &word));
        let max_attempts = reader.kept("max_attempts", self.max_attempts);
        let retry_interval = reader.kept("retry_interval", self.retry_interval);
        let patch = CampaignPatch {
            name: reader.kept("name", self.name),
            description: self.description.into_patch(),
            mode,
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
    #[schema(value_type = u64)]
    total: u64,
}

#[derive(Serialize, ToSchema)]
struct CampaignAnswer {
    campaign: CampaignRow,
}

#[derive(Serialize, ToSchema)]
struct CampaignRow {
    #[schema(value_type = Uuid)]
    id: CampaignId,
    #[schema(value_type = Uuid)]
    user_id: UserId,
    #[schema(value_type = String)]
    name: String,
    #[schema(value_type = Option<String>, required)]
    description: Option<String>,
    #[schema(value_type = words::DialingMode)]
    r#type: DialingMode,
    #[schema(value_type = words::CampaignStatus)]
    status: CampaignStatus,
    #[schema(value_type = Option<String>, example = "+447700900123", required)]
    caller_id: Option<PhoneNumber>,
    #[schema(value_type = Option<String>, required)]
    script: Option<String>,
    #[schema(value_type = u32)]
    max_attempts: u32,
    #[schema(value_type = i64)]
    retry_interval: i64,
    active_hours: HoursRow,
    #[schema(value_type = String, example = "Europe/London")]
    timezone: String,
    #[schema(value_type = words::CampaignStats)]
    stats: CampaignStats,
    #[schema(value_type = Option<String>, required)]
    pause_reason: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Stamp,
    #[schema(value_type = String, format = DateTime)]
    updated_at: Stamp,
}

#[derive(Serialize, ToSchema)]
struct HoursRow {
    #[schema(value_type = String, pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$", example = "09:00")]
    start: String,
    #[schema(value_type = String, pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$", example = "17:00")]
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
