//! Campaigns.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::web::{self, Json, ServiceConfig};
use actix_web::{FromRequest, HttpRequest, HttpResponse, Responder};
use dialer_app::Campaigns;
use dialer_domain::OffsetDateTime;
use dialer_domain::campaigns::store::CampaignFilter;
use dialer_domain::campaigns::{Campaign, CampaignAction, CampaignError, CampaignPatch, CampaignStats, NewCampaign};
use dialer_domain::ids::{CampaignId, UserId};
use dialer_domain::phone::PhoneNumber;
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

async fn list(
    Caller(who): Caller,
    ValidQuery(query): ValidQuery<ListQuery>,
    campaigns: web::Data<Campaigns>,
) -> Result<impl Responder, ApiError> {
    let page = campaigns.list(who, query.filter, query.page).await?;
    Ok(Json(CampaignList { campaigns: page.items.into_iter().map(CampaignRow::from).collect(), total: page.total }))
}

async fn create(
    Supervisor(who): Supervisor,
    Valid(new): Valid<NewCampaignBody>,
    campaigns: web::Data<Campaigns>,
    once: Once,
) -> Result<impl Responder, ApiError> {
    once.run(who, async |stores| made(campaigns.on(stores).create(who, new).await?)).await
}

async fn get(
    Caller(who): Caller,
    Id(id): Id<CampaignId>,
    campaigns: web::Data<Campaigns>,
) -> Result<impl Responder, ApiError> {
    shown(campaigns.get(who, id).await?)
}

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

async fn delete(
    Supervisor(who): Supervisor,
    Id(id): Id<CampaignId>,
    campaigns: web::Data<Campaigns>,
) -> Result<impl Responder, ApiError> {
    campaigns.delete(who, id).await?;
    Ok(HttpResponse::NoContent())
}

async fn act(
    Supervisor(who): Supervisor,
    Id(id): Id<CampaignId>,
    Action(action): Action,
    campaigns: web::Data<Campaigns>,
    once: Once,
) -> Result<impl Responder, ApiError> {
    once.run(who, async |stores| shown(campaigns.on(stores).act(who, id, action).await?)).await
}

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
        Self { contacts: params.flag("contacts").unwrap_or(false) }
    }
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

#[derive(Deserialize, Validate)]
#[serde(deny_unknown_fields)]
struct NewCampaignBody {
    name: Option<String>,
    description: Option<String>,
    r#type: Option<String>,
    caller_id: Option<String>,
    script: Option<String>,
    max_attempts: Option<i64>,
    retry_interval: Option<i64>,
    active_hours: Option<Object<HoursBody>>,
    timezone: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HoursBody {
    start: Option<String>,
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

#[derive(Default, Deserialize, Validate)]
#[serde(deny_unknown_fields, default)]
struct CampaignPatchBody {
    name: Change<String>,
    description: Change<String>,
    r#type: Change<String>,
    status: Change<String>,
    caller_id: Change<String>,
    script: Change<String>,
    max_attempts: Change<i64>,
    retry_interval: Change<i64>,
    active_hours: Change<Object<HoursBody>>,
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

#[derive(Serialize)]
struct CampaignList {
    campaigns: Vec<CampaignRow>,
    total: u64,
}

#[derive(Serialize)]
struct CampaignAnswer {
    campaign: CampaignRow,
}

#[derive(Serialize)]
struct CampaignRow {
    id: CampaignId,
    user_id: UserId,
    name: String,
    description: Option<String>,
    r#type: DialingMode,
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

#[derive(Serialize)]
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
