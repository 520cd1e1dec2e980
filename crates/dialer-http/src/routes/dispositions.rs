//! Dispositions: what people say came of calls.

use actix_web::Responder;
use actix_web::web::{self, Json, ServiceConfig};
use dialer_app::{Dispositions, RecordDisposition};
use dialer_domain::dispositions::store::DispositionFilter;
use dialer_domain::dispositions::{Disposition, RecordedDisposition};
use dialer_domain::ids::{CallId, DispositionId, UserId};
use dialer_domain::store::PageRequest;
use serde::{Deserialize, Serialize};
use validator::Validate;

use super::{at, read};
use crate::auth::Caller;
use crate::extract::{Answer, Once, Params, Reader, RequestBody, RequestQuery, Valid, ValidQuery};
use crate::problem::ApiError;
use crate::stamp::Stamp;

pub(super) fn configure(cfg: &mut ServiceConfig) {
    cfg.service(at("/dispositions", "GET, HEAD, POST").route(read(list)).route(web::post().to(record)));
}

async fn list(
    Caller(who): Caller,
    ValidQuery(query): ValidQuery<ListQuery>,
    dispositions: web::Data<Dispositions>,
) -> Result<impl Responder, ApiError> {
    let page = dispositions.list(who, query.filter, query.page).await?;
    let rows = page.items.into_iter().map(DispositionRow::from).collect();
    Ok(Json(DispositionList { dispositions: rows, total: page.total }))
}

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
        Self { filter: DispositionFilter { call: params.one("call_id") }, page: params.page() }
    }
}

#[derive(Deserialize, Validate)]
#[serde(deny_unknown_fields)]
struct DispositionBody {
    call_id: Option<String>,
    disposition: Option<String>,
    #[validate(length(max = 20_000, code = "too_long", message = "use at most 20000 characters"))]
    notes: Option<String>,
    follow_up_date: Option<String>,
}

impl RequestBody for DispositionBody {
    type Command = RecordDisposition;

    fn read(self, reader: &mut Reader<'_>) -> Option<RecordDisposition> {
        let call_id = reader.required("call_id", self.call_id).and_then(|id| reader.id("call_id", &id));
        let disposition = reader.required("disposition", self.disposition);
        let disposition = disposition.and_then(|word| reader.text("disposition", "not_one_of", &word));
        let follow_up_date = self.follow_up_date.and_then(|text| reader.instant("follow_up_date", &text));
        Some(RecordDisposition { call_id: call_id?, disposition: disposition?, notes: self.notes, follow_up_date })
    }
}

#[derive(Serialize)]
struct DispositionList {
    dispositions: Vec<DispositionRow>,
    total: u64,
}

#[derive(Serialize)]
struct DispositionAnswer {
    disposition: DispositionRow,
}

#[derive(Serialize)]
pub(super) struct DispositionRow {
    id: DispositionId,
    call_id: CallId,
    user_id: UserId,
    disposition: Disposition,
    notes: Option<String>,
    follow_up_date: Option<Stamp>,
    created_at: Stamp,
}

impl From<RecordedDisposition> for DispositionRow {
    fn from(recorded: RecordedDisposition) -> Self {
        Self {
            id: recorded.id,
            call_id: recorded.call_id,
            user_id: recorded.user_id,
            disposition: recorded.disposition,
            notes: recorded.notes,
            follow_up_date: recorded.follow_up_date.map(Stamp::from),
            created_at: recorded.created_at.into(),
        }
    }
}
