//! Dispositions: what people say came of calls.

use actix_web::Responder;
use actix_web::web::{self, Json, ServiceConfig};
use dialer_app::{Dispositions, RecordDisposition};
use dialer_domain::dispositions::store::DispositionFilter;
use dialer_domain::dispositions::{Disposition, FollowUpWish, RecordedDisposition};
use dialer_domain::ids::{CallId, DispositionId, UserId};
use dialer_domain::store::PageRequest;
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};
use validator::Validate;

use super::{at, read};
use crate::auth::Caller;
use crate::extract::{Answer, Once, Params, Reader, RequestBody, RequestQuery, Valid, ValidQuery};
use crate::problem::ApiError;
use crate::stamp::{Stamp, local_and_zone};

/// These operations, for the OpenAPI document.
#[derive(OpenApi)]
#[openapi(paths(list, record))]
pub(crate) struct Document;

pub(super) fn configure(cfg: &mut ServiceConfig) {
    cfg.service(at("/dispositions", "GET, HEAD, POST").route(read(list)).route(web::post().to(record)));
}

/// Dispositions that the caller may see, latest first.
#[utoipa::path(
    get,
    path = "/dispositions",
    params(ValidQuery<ListQuery>),
    responses((status = 200, body = DispositionList)),
)]
async fn list(
    Caller(who): Caller,
    ValidQuery(query): ValidQuery<ListQuery>,
    dispositions: web::Data<Dispositions>,
) -> Result<impl Responder, ApiError> {
    let page = dispositions.list(who, query.filter, query.page).await?;
    let rows = page.items.into_iter().map(DispositionRow::from).collect();
    Ok(Json(DispositionList { dispositions: rows, total: page.total }))
}

/// Say what a call came to.
///
/// What follows from it, such as a callback or a do-not-call entry, is done at once.
#[utoipa::path(
    post,
    path = "/dispositions",
    request_body = DispositionBody,
    responses((status = 201, body = DispositionAnswer)),
)]
async fn record(
    Caller(who): Caller,
    Valid(wanted): Valid<DispositionBody>,
    dispositions: web::Data<Dispositions>,
    once: Once,
) -> Result<impl Responder, ApiError> {
    once.run(who, async |stores| {
        let recorded = dispositions.on(stores).record(who, wanted).await?;
        Answer::created(&DispositionAnswer { disposition: recorded.into() })
    })
    .await
}

struct ListQuery {
    filter: DispositionFilter,
    page: PageRequest,
}

impl RequestQuery for ListQuery {
    fn read(params: &mut Params) -> Self {
        Self {
            filter: DispositionFilter { call: params.one("call_id", "Only those of this call") },
            page: params.page(),
        }
    }
}

#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct DispositionBody {
    #[schema(value_type = CallId)]
    call_id: Option<String>,
    #[schema(value_type = Disposition)]
    disposition: Option<String>,
    #[validate(length(max = 20_000, code = "too_long", message = "use at most 20000 characters"))]
    #[schema(max_length = 20_000)]
    notes: Option<String>,
    #[schema(format = DateTime)]
    follow_up_date: Option<String>,
    /// The same as a time on a clock, without an offset; one that a clock change skips is moved forward by what it skips
    #[schema(example = "2026-11-01T01:30")]
    follow_up_local: Option<String>,
    /// Whose clock that is, as an IANA zone; when not given, the callee's where that is known, else the campaign's
    #[schema(example = "America/New_York")]
    follow_up_zone: Option<String>,
    /// Whether a callback is kept by whoever records it, and by nobody else
    personal: Option<bool>,
}

impl RequestBody for DispositionBody {
    type Command = RecordDisposition;

    fn read(self, reader: &mut Reader<'_>) -> Option<RecordDisposition> {
        let call_id = reader.required("call_id", self.call_id).and_then(|id| reader.id("call_id", &id));
        let disposition = reader.required("disposition", self.disposition);
        let disposition = disposition.and_then(|word| reader.text("disposition", "not_one_of", &word));
        let date = self.follow_up_date.and_then(|text| reader.instant("follow_up_date", &text));
        let local = self.follow_up_local.and_then(|text| reader.text("follow_up_local", "not_a_local_time", &text));
        let zone = self.follow_up_zone.and_then(|text| reader.text("follow_up_zone", "unknown_zone", &text));
        Some(RecordDisposition {
            call_id: call_id?,
            disposition: disposition?,
            notes: self.notes,
            follow_up: FollowUpWish { date, local, zone },
            personal: self.personal.unwrap_or(false),
        })
    }
}

#[derive(Serialize, ToSchema)]
struct DispositionList {
    dispositions: Vec<DispositionRow>,
    total: u64,
}

#[derive(Serialize, ToSchema)]
struct DispositionAnswer {
    disposition: DispositionRow,
}

#[derive(Serialize, ToSchema)]
pub(super) struct DispositionRow {
    id: DispositionId,
    call_id: CallId,
    user_id: UserId,
    disposition: Disposition,
    notes: Option<String>,
    follow_up_date: Option<Stamp>,
    /// The later instant, where the clocks go back and show the local time twice
    follow_up_again: Option<Stamp>,
    follow_up_local: Option<String>,
    follow_up_zone: Option<String>,
    personal: bool,
    created_at: Stamp,
}

impl From<RecordedDisposition> for DispositionRow {
    fn from(recorded: RecordedDisposition) -> Self {
        let (follow_up_local, follow_up_zone) = local_and_zone(recorded.follow_up_wall);
        Self {
            id: recorded.id,
            call_id: recorded.call_id,
            user_id: recorded.user_id,
            disposition: recorded.disposition,
            notes: recorded.notes,
            follow_up_date: recorded.follow_up_date.map(Stamp::from),
            follow_up_again: recorded.follow_up_again.map(Stamp::from),
            follow_up_local,
            follow_up_zone,
            personal: recorded.personal,
            created_at: recorded.created_at.into(),
        }
    }
}
