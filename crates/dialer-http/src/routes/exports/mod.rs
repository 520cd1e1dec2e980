//! Whole lists as files: CSV or JSON Lines, sent as they are read.

mod file;

use std::sync::Arc;
use utoipa::OpenApi;

use actix_web::Responder;
use actix_web::web::{self, ServiceConfig};
use dialer_app::{Exports, FieldError};
use dialer_domain::ContactStatus;
use dialer_domain::analytics::{DateOrInstant, Period};
use dialer_domain::calls::store::CallFilter;
use dialer_domain::dispositions::store::DispositionFilter;
use dialer_domain::exports::CallExportFilter;
use dialer_domain::ids::CampaignId;
use dialer_domain::schedule::Zone;

use super::calls::CallRow;
use super::contacts::ContactRow;
use super::dispositions::DispositionRow;
use super::{at, read};
use crate::auth::Caller;
use crate::extract::{Id, Params, RequestQuery, ValidQuery};
use crate::problem::ApiError;
use file::{Format, Shape, file_of};

/// These operations, for the OpenAPI document.
#[derive(OpenApi)]
#[openapi(paths(calls, contacts, dispositions))]
pub(crate) struct Document;

/// Before the addresses with an id in the place of `export`.
pub(super) fn configure(cfg: &mut ServiceConfig) {
    cfg.service(at("/calls/export", "GET, HEAD").route(read(calls)))
        .service(at("/campaigns/{id}/contacts/export", "GET, HEAD").route(read(contacts)))
        .service(at("/dispositions/export", "GET, HEAD").route(read(dispositions)));
}

const CALLS: Shape = Shape {
    name: "calls",
    columns: &[
        "id",
        "user_id",
        "call_id",
        "direction",
        "from_number",
        "to_number",
        "status",
        "duration",
        "recording_url",
        "notes",
        "lead_id",
        "campaign_id",
        "contact_id",
        "agent",
        "agent_id",
        "attempt",
        "outcome",
        "disposition",
        "cause",
        "metadata",
        "started_at",
        "answered_at",
        "ahead",
        "connected_at",
        "abandoned_at",
        "ended_at",
        "created_at",
        "updated_at",
    ],
};

const CONTACTS: Shape = Shape {
    name: "contacts",
    columns: &[
        "id",
        "campaign_id",
        "phone_number",
        "first_name",
        "last_name",
        "email",
        "company",
        "status",
        "attempts",
        "last_attempt_at",
        "next_attempt_at",
        "next_attempt_local",
        "next_attempt_zone",
        "last_call_id",
        "closed_reason",
        "metadata",
        "created_at",
        "updated_at",
    ],
};

const DISPOSITIONS: Shape = Shape {
    name: "dispositions",
    columns: &[
        "id",
        "call_id",
        "user_id",
        "disposition",
        "notes",
        "follow_up_date",
        "follow_up_again",
        "follow_up_local",
        "follow_up_zone",
        "personal",
        "created_at",
    ],
};

/// All calls as a file, oldest first.
#[utoipa::path(
    get,
    path = "/calls/export",
    params(ValidQuery<CallsQuery>),
    responses(
        (status = 200, description = "The file", content((String = "text/csv; charset=utf-8; header=present"), (String = "application/jsonl; charset=utf-8"))),
    ),
)]
async fn calls(
    Caller(who): Caller,
    ValidQuery(query): ValidQuery<CallsQuery>,
    exports: web::Data<Exports>,
) -> Result<impl Responder, ApiError> {
    let (exports, format) = (exports.into_inner(), query.format);
    let filter = query.filter()?;
    let next = move |after| {
        let exports = Arc::clone(&exports);
        async move { Ok(exports.calls(who, &filter, after).await?.map(CallRow::from)) }
    };
    file_of(format, &CALLS, next).await
}

/// All contacts of a campaign as a file.
#[utoipa::path(
    get,
    path = "/campaigns/{id}/contacts/export",
    params(ValidQuery<ContactsQuery>),
    responses(
        (status = 200, description = "The file", content((String = "text/csv; charset=utf-8; header=present"), (String = "application/jsonl; charset=utf-8"))),
    ),
)]
async fn contacts(
    Caller(who): Caller,
    Id(campaign): Id<CampaignId>,
    ValidQuery(query): ValidQuery<ContactsQuery>,
    exports: web::Data<Exports>,
) -> Result<impl Responder, ApiError> {
    let exports = exports.into_inner();
    let next = move |after| {
        let exports = Arc::clone(&exports);
        async move { Ok(exports.contacts(who, campaign, query.status, after).await?.map(ContactRow::from)) }
    };
    file_of(query.format, &CONTACTS, next).await
}

/// All dispositions as a file.
#[utoipa::path(
    get,
    path = "/dispositions/export",
    params(ValidQuery<DispositionsQuery>),
    responses(
        (status = 200, description = "The file", content((String = "text/csv; charset=utf-8; header=present"), (String = "application/jsonl; charset=utf-8"))),
    ),
)]
async fn dispositions(
    Caller(who): Caller,
    ValidQuery(query): ValidQuery<DispositionsQuery>,
    exports: web::Data<Exports>,
) -> Result<impl Responder, ApiError> {
    let exports = exports.into_inner();
    let next = move |after| {
        let exports = Arc::clone(&exports);
        async move { Ok(exports.dispositions(who, query.filter, after).await?.map(DispositionRow::from)) }
    };
    file_of(query.format, &DISPOSITIONS, next).await
}

fn format(params: &mut Params) -> Format {
    params.parsed("format", "not_one_of", "How rows are written").unwrap_or_default()
}

struct CallsQuery {
    format: Format,
    calls: CallFilter,
    start: Option<DateOrInstant>,
    end: Option<DateOrInstant>,
    zone: Option<Zone>,
}

impl RequestQuery for CallsQuery {
    fn read(params: &mut Params) -> Self {
        Self {
            format: format(params),
            calls: CallFilter {
                status: params.one("status", "Only calls in this status"),
                direction: params.one("direction", "Only calls of this direction"),
                campaign: params.one("campaign_id", "Only calls of this campaign"),
            },
            start: params.parsed("start_date", "not_a_date", "Only calls from then on: a day or an instant"),
            end: params.parsed(
                "end_date",
                "not_a_date",
                "Only calls until then: a day, which counts in full, or an instant",
            ),
            zone: params.parsed("timezone", "unknown_zone", "The zone in which days begin; UTC when not given"),
        }
    }
}

impl CallsQuery {
    fn filter(self) -> Result<CallExportFilter, ApiError> {
        let zone = self.zone.unwrap_or_else(Zone::utc);
        let period = Period::between(self.start, self.end, &zone);
        let period = period
            .map_err(|error| ApiError::Invalid(vec![FieldError::new("end_date", "before_start", error.to_string())]))?;
        Ok(CallExportFilter { calls: self.calls, period })
    }
}

struct ContactsQuery {
    format: Format,
    status: Option<ContactStatus>,
}

impl RequestQuery for ContactsQuery {
    fn read(params: &mut Params) -> Self {
        Self { format: format(params), status: params.one("status", "Only contacts in this status") }
    }
}

struct DispositionsQuery {
    format: Format,
    filter: DispositionFilter,
}

impl RequestQuery for DispositionsQuery {
    fn read(params: &mut Params) -> Self {
        Self {
            format: format(params),
            filter: DispositionFilter { call: params.one("call_id", "Only those of this call") },
        }
    }
}
