//! Contacts of a campaign.

use actix_web::web::{self, Json, ServiceConfig};
use actix_web::{HttpResponse, Responder};
use dialer_app::{ContactInput, Contacts, Skipped};
use dialer_domain::ContactStatus;
use dialer_domain::contacts::store::SkipReason;
use dialer_domain::contacts::{ClosedReason, Contact, ContactPatch, Person};
use dialer_domain::ids::{CallId, CampaignId, ContactId, UserId};
use dialer_domain::phone::PhoneNumber;
use dialer_domain::store::PageRequest;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{OpenApi, ToSchema};
use validator::Validate;

use super::{at, read};
use crate::auth::{Caller, Supervisor};
use crate::extract::{
    Answer, Change, Id, IfMatch, Object, Once, Params, Reader, RequestBody, RequestQuery, Valid, ValidQuery,
};
use crate::problem::ApiError;
use crate::stamp::{Stamp, local_and_zone};

/// These operations, for the OpenAPI document.
#[derive(OpenApi)]
#[openapi(paths(list, add, get, change, remove))]
pub(crate) struct Document;

pub(super) fn configure(cfg: &mut ServiceConfig) {
    cfg.service(at("/campaigns/{id}/contacts", "GET, HEAD, POST").route(read(list)).route(web::post().to(add)))
        .service(
            at("/contacts/{id}", "GET, HEAD, PATCH, DELETE")
                .route(read(get))
                .route(web::patch().to(change))
                .route(web::delete().to(remove)),
        );
}

/// Contacts of a campaign, in the order in which they were added.
#[utoipa::path(
    get,
    path = "/campaigns/{id}/contacts",
    params(ValidQuery<ListQuery>),
    responses((status = 200, body = ContactList)),
)]
async fn list(
    Caller(who): Caller,
    Id(campaign): Id<CampaignId>,
    ValidQuery(query): ValidQuery<ListQuery>,
    contacts: web::Data<Contacts>,
) -> Result<impl Responder, ApiError> {
    let page = contacts.list(who, campaign, query.status, query.page).await?;
    Ok(Json(ContactList { contacts: page.items.into_iter().map(ContactRow::from).collect(), total: page.total }))
}

/// Add contacts.
///
/// Rows that cannot be used are left out and told one by one.
#[utoipa::path(
    post,
    path = "/campaigns/{id}/contacts",
    request_body = AddContactsBody,
    responses((status = 201, body = AddedAnswer)),
)]
async fn add(
    Supervisor(who): Supervisor,
    Id(campaign): Id<CampaignId>,
    Valid(inputs): Valid<AddContactsBody>,
    contacts: web::Data<Contacts>,
    once: Once,
) -> Result<impl Responder, ApiError> {
    once.run(who, async |stores| {
        let outcome = contacts.on(stores).add(who, campaign, inputs).await?;
        Answer::created(&AddedAnswer {
            added: outcome.added.len(),
            contacts: outcome.added.into_iter().map(ContactRow::from).collect(),
            skipped: outcome.skipped.into_iter().map(SkippedContact::from).collect(),
        })
    })
    .await
}

/// A contact.
#[utoipa::path(get, path = "/contacts/{id}", responses((status = 200, body = ContactAnswer)))]
async fn get(
    Caller(who): Caller,
    Id(id): Id<ContactId>,
    contacts: web::Data<Contacts>,
) -> Result<impl Responder, ApiError> {
    shown(contacts.get(who, id).await?)
}

/// Change a contact.
#[utoipa::path(
    patch,
    path = "/contacts/{id}",
    request_body = ContactPatchBody,
    responses((status = 200, body = ContactAnswer)),
)]
async fn change(
    Supervisor(who): Supervisor,
    Id(id): Id<ContactId>,
    IfMatch(condition): IfMatch,
    Valid(patch): Valid<ContactPatchBody>,
    contacts: web::Data<Contacts>,
) -> Result<impl Responder, ApiError> {
    shown(contacts.change(who, id, ContactPatch { condition, ..patch }).await?)
}

fn shown(contact: Contact) -> Result<Answer, ApiError> {
    let tag = contact.tag();
    Ok(Answer::ok(&ContactAnswer { contact: contact.into() })?.tagged(&tag))
}

/// Delete a contact; calls to it stay in the log.
#[utoipa::path(delete, path = "/contacts/{id}", responses((status = 204)))]
async fn remove(
    Supervisor(who): Supervisor,
    Id(id): Id<ContactId>,
    contacts: web::Data<Contacts>,
) -> Result<impl Responder, ApiError> {
    contacts.remove(who, id).await?;
    Ok(HttpResponse::NoContent())
}

struct ListQuery {
    status: Option<ContactStatus>,
    page: PageRequest,
}

impl RequestQuery for ListQuery {
    fn read(params: &mut Params) -> Self {
        Self { status: params.one("status", "Only contacts in this status"), page: params.page() }
    }
}

#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct AddContactsBody {
    #[schema(value_type = Vec<ContactBody>, min_items = 1, max_items = 10_000)]
    contacts: Option<Vec<Object<ContactBody>>>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ContactBody {
    #[schema(format = "phone-number", example = "+447700900123")]
    phone_number: Option<String>,
    first_name: Option<String>,
    last_name: Option<String>,
    email: Option<String>,
    company: Option<String>,
    #[schema(value_type = Option<Object>)]
    metadata: Option<Map<String, Value>>,
}

impl RequestBody for AddContactsBody {
    type Command = Vec<ContactInput>;

    const LIMIT: usize = 8 * 1024 * 1024;

    fn read(self, reader: &mut Reader<'_>) -> Option<Vec<ContactInput>> {
        let contacts = reader.required("contacts", self.contacts)?;
        if contacts.is_empty() {
            reader.wrong("contacts", "required", "give at least one contact");
        }
        if contacts.len() > Contacts::MAX_BATCH {
            reader.wrong(
                "contacts",
                "too_many",
                format!("send at most {} contacts in one request", Contacts::MAX_BATCH),
            );
        }
        Some(contacts.into_iter().map(|Object(contact)| contact.into()).collect())
    }
}

#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct ContactPatchBody {
    #[schema(value_type = String, format = "phone-number", example = "+447700900123")]
    #[serde(default)]
    phone_number: Change<String>,
    #[schema(value_type = Option<String>, max_length = 320)]
    #[serde(default)]
    first_name: Change<String>,
    #[schema(value_type = Option<String>, max_length = 320)]
    #[serde(default)]
    last_name: Change<String>,
    #[schema(value_type = Option<String>, max_length = 320)]
    #[serde(default)]
    email: Change<String>,
    #[schema(value_type = Option<String>, max_length = 320)]
    #[serde(default)]
    company: Change<String>,
    #[schema(value_type = Option<Object>)]
    #[serde(default)]
    metadata: Change<Map<String, Value>>,
    #[schema(value_type = ContactStatus)]
    #[serde(default)]
    status: Change<String>,
    #[schema(value_type = Option<String>, format = DateTime)]
    #[serde(default)]
    next_attempt_at: Change<String>,
}

impl RequestBody for ContactPatchBody {
    type Command = ContactPatch;

    fn read(self, reader: &mut Reader<'_>) -> Option<ContactPatch> {
        let number = reader.kept("phone_number", self.phone_number);
        let status = reader.kept("status", self.status);
        let mut text = |field: &'static str, change: Change<String>| {
            let change = change.and_then(|text| {
                let text = text.trim().to_owned();
                if text.chars().count() > Person::MAX_TEXT {
                    reader.wrong(field, "too_long", format!("use at most {} characters", Person::MAX_TEXT));
                }
                Some(text)
            });
            // An empty text is no name.
            change.into_patch().map(|text| text.filter(|text| !text.is_empty()))
        };
        let (first_name, last_name) = (text("first_name", self.first_name), text("last_name", self.last_name));
        let (email, company) = (text("email", self.email), text("company", self.company));
        Some(ContactPatch {
            phone_number: number.and_then(|text| reader.number("phone_number", &text)),
            first_name,
            last_name,
            email,
            company,
            metadata: match self.metadata {
                Change::Keep => None,
                Change::Clear => Some(Map::new()),
                Change::Set(metadata) => Some(metadata),
            },
            status: status.and_then(|word| reader.text("status", "not_one_of", &word)),
            next_attempt_at: self
                .next_attempt_at
                .and_then(|text| reader.instant("next_attempt_at", &text))
                .into_patch(),
            ..ContactPatch::default()
        })
    }
}

impl From<ContactBody> for ContactInput {
    fn from(body: ContactBody) -> Self {
        Self {
            // Without a number the row is skipped and reported like any other that cannot be used.
            phone_number: body.phone_number.unwrap_or_default(),
            first_name: body.first_name,
            last_name: body.last_name,
            email: body.email,
            company: body.company,
            metadata: body.metadata.unwrap_or_default(),
        }
    }
}

#[derive(Serialize, ToSchema)]
struct ContactList {
    contacts: Vec<ContactRow>,
    total: u64,
}

#[derive(Serialize, ToSchema)]
struct ContactAnswer {
    contact: ContactRow,
}

#[derive(Serialize, ToSchema)]
struct AddedAnswer {
    contacts: Vec<ContactRow>,
    added: usize,
    skipped: Vec<SkippedContact>,
}

#[derive(Serialize, ToSchema)]
struct SkippedContact {
    index: usize,
    phone_number: String,
    reason: SkipReason,
    message: String,
}

impl From<Skipped> for SkippedContact {
    fn from(skipped: Skipped) -> Self {
        let Skipped { index, phone_number, reason, message } = skipped;
        Self { index, phone_number, reason, message }
    }
}

#[derive(Serialize, ToSchema)]
pub(super) struct ContactRow {
    id: ContactId,
    campaign_id: CampaignId,
    phone_number: PhoneNumber,
    first_name: Option<String>,
    last_name: Option<String>,
    email: Option<String>,
    company: Option<String>,
    status: ContactStatus,
    attempts: u32,
    last_attempt_at: Option<Stamp>,
    next_attempt_at: Option<Stamp>,
    /// The time on a clock that was promised, where it was one
    next_attempt_local: Option<String>,
    next_attempt_zone: Option<String>,
    last_call_id: Option<CallId>,
    closed_reason: Option<ClosedReason>,
    reserved_for: Option<UserId>,
    callback_for: Option<UserId>,
    #[schema(value_type = Object)]
    metadata: Map<String, Value>,
    created_at: Stamp,
    updated_at: Stamp,
}

impl From<Contact> for ContactRow {
    fn from(contact: Contact) -> Self {
        let person = contact.person;
        let (next_attempt_local, next_attempt_zone) = local_and_zone(contact.next_attempt_wall);
        Self {
            id: contact.id,
            campaign_id: contact.campaign_id,
            phone_number: person.phone_number,
            first_name: person.first_name,
            last_name: person.last_name,
            email: person.email,
            company: person.company,
            status: contact.status,
            attempts: contact.attempts,
            last_attempt_at: contact.last_attempt_at.map(Stamp::from),
            next_attempt_at: contact.next_attempt_at.map(Stamp::from),
            next_attempt_local,
            next_attempt_zone,
            last_call_id: contact.last_call_id,
            closed_reason: contact.closed_reason,
            reserved_for: contact.reserved_for,
            callback_for: contact.callback_for,
            metadata: person.metadata,
            created_at: contact.created_at.into(),
            updated_at: contact.updated_at.into(),
        }
    }
}
