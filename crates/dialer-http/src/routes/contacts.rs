//! Contacts of a campaign.

use actix_web::Responder;
use actix_web::http::StatusCode;
use actix_web::web::{self, Json, ServiceConfig};
use dialer_app::{ContactInput, Contacts, Skipped};
use dialer_domain::ContactStatus;
use dialer_domain::contacts::store::SkipReason;
use dialer_domain::contacts::{ClosedReason, Contact};
use dialer_domain::ids::{CallId, CampaignId, ContactId};
use dialer_domain::phone::PhoneNumber;
use dialer_domain::store::PageRequest;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{OpenApi, ToSchema};
use validator::Validate;

use super::{at, read};
use crate::auth::{Caller, Supervisor};
use crate::extract::{Id, Object, Params, Reader, RequestBody, RequestQuery, Valid, ValidQuery};
use crate::openapi::words;
use crate::problem::ApiError;
use crate::stamp::Stamp;

/// These operations, for the OpenAPI document.
#[derive(OpenApi)]
#[openapi(paths(list, add))]
pub(crate) struct Document;

pub(super) fn configure(cfg: &mut ServiceConfig) {
    cfg.service(at("/campaigns/{id}/contacts", "GET, HEAD, POST").route(read(list)).route(web::post().to(add)));
}

#[utoipa::path(
    get,
    path = "/api/dialer/campaigns/{id}/contacts",
    tag = "contacts",
    summary = "Contacts of a campaign",
    params(
        ("id" = Uuid, Path, description = "The campaign's id"),
        ("status" = Option<words::ContactStatus>, Query, description = "Only contacts of this status"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 500, description = "Rows at most; 50 when not given"),
        ("offset" = Option<i64>, Query, minimum = 0, description = "Rows to leave out from the beginning"),
    ),
    responses((status = 200, description = "A page of contacts and how many there are in all", body = ContactList))
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

#[utoipa::path(
    post,
    path = "/api/dialer/campaigns/{id}/contacts",
    tag = "contacts",
    summary = "Add contacts to a campaign",
    params(
        ("id" = Uuid, Path, description = "The campaign's id"),
    ),
    request_body = AddContactsBody,
    responses((status = 201, description = "What was added, and what was left out and why", body = AddedAnswer))
)]
async fn add(
    Supervisor(who): Supervisor,
    Id(campaign): Id<CampaignId>,
    Valid(inputs): Valid<AddContactsBody>,
    contacts: web::Data<Contacts>,
) -> Result<impl Responder, ApiError> {
    let outcome = contacts.add(who, campaign, inputs).await?;
    let answer = AddedAnswer {
        added: outcome.added.len(),
        contacts: outcome.added.into_iter().map(ContactRow::from).collect(),
        skipped: outcome.skipped.into_iter().map(SkippedRow::from).collect(),
    };
    Ok((Json(answer), StatusCode::CREATED))
}

struct ListQuery {
    status: Option<ContactStatus>,
    page: PageRequest,
}

impl RequestQuery for ListQuery {
    fn read(params: &mut Params) -> Self {
        Self { status: params.one("status"), page: params.page() }
    }
}

#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct AddContactsBody {
    #[schema(value_type = Vec<ContactBody>, required, min_items = 1, max_items = 10000)]
    contacts: Option<Vec<Object<ContactBody>>>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ContactBody {
    #[schema(value_type = String, example = "+447700900123", required)]
    phone_number: Option<String>,
    #[schema(value_type = Option<String>)]
    first_name: Option<String>,
    #[schema(value_type = Option<String>)]
    last_name: Option<String>,
    #[schema(value_type = Option<String>)]
    email: Option<String>,
    #[schema(value_type = Option<String>)]
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
    #[schema(value_type = u64)]
    total: u64,
}

#[derive(Serialize, ToSchema)]
struct AddedAnswer {
    contacts: Vec<ContactRow>,
    #[schema(value_type = usize)]
    added: usize,
    skipped: Vec<SkippedRow>,
}

#[derive(Serialize, ToSchema)]
struct SkippedRow {
    #[schema(value_type = usize)]
    index: usize,
    #[schema(value_type = String, example = "+447700900123")]
    phone_number: String,
    #[schema(value_type = words::SkipReason)]
    reason: SkipReason,
    #[schema(value_type = String)]
    message: String,
}

impl From<Skipped> for SkippedRow {
    fn from(skipped: Skipped) -> Self {
        let Skipped { index, phone_number, reason, message } = skipped;
        Self { index, phone_number, reason, message }
    }
}

#[derive(Serialize, ToSchema)]
struct ContactRow {
    #[schema(value_type = Uuid)]
    id: ContactId,
    #[schema(value_type = Uuid)]
    campaign_id: CampaignId,
    #[schema(value_type = String, example = "+447700900123")]
    phone_number: PhoneNumber,
    #[schema(value_type = Option<String>, required)]
    first_name: Option<String>,
    #[schema(value_type = Option<String>, required)]
    last_name: Option<String>,
    #[schema(value_type = Option<String>, required)]
    email: Option<String>,
    #[schema(value_type = Option<String>, required)]
    company: Option<String>,
    #[schema(value_type = words::ContactStatus)]
    status: ContactStatus,
    #[schema(value_type = u32)]
    attempts: u32,
    #[schema(value_type = Option<String>, format = DateTime, required)]
    last_attempt_at: Option<Stamp>,
    #[schema(value_type = Option<String>, format = DateTime, required)]
    next_attempt_at: Option<Stamp>,
    #[schema(value_type = Option<Uuid>, required)]
    last_call_id: Option<CallId>,
    #[schema(value_type = Option<words::ClosedReason>, required)]
    closed_reason: Option<ClosedReason>,
    #[schema(value_type = Object)]
    metadata: Map<String, Value>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Stamp,
    #[schema(value_type = String, format = DateTime)]
    updated_at: Stamp,
}

impl From<Contact> for ContactRow {
    fn from(contact: Contact) -> Self {
        let person = contact.person;
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
            last_call_id: contact.last_call_id,
            closed_reason: contact.closed_reason,
            metadata: person.metadata,
            created_at: contact.created_at.into(),
            updated_at: contact.updated_at.into(),
        }
    }
}
