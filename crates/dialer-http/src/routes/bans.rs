//! Emergency bans: places where nobody is called for a time.

use actix_web::web::{self, Json, ServiceConfig};
use actix_web::{HttpResponse, Responder};
use dialer_app::Bans;
use dialer_domain::Clock;
use dialer_domain::bans::{NewBan, OrderedBan};
use dialer_domain::ids::{BanId, UserId};
use dialer_domain::places::Jurisdiction;
use dialer_domain::store::PageRequest;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::{OpenApi, ToSchema};
use validator::Validate;

use super::{at, read};
use crate::auth::{Caller, Supervisor};
use crate::extract::{Answer, Id, Once, Params, Reader, RequestBody, RequestQuery, Valid, ValidQuery};
use crate::problem::ApiError;
use crate::stamp::Stamp;

/// These operations, for the OpenAPI document.
#[derive(OpenApi)]
#[openapi(paths(list, order, get, end))]
pub(crate) struct Document;

pub(super) fn configure(cfg: &mut ServiceConfig) {
    cfg.service(at("/rules/bans", "GET, HEAD, POST").route(read(list)).route(web::post().to(order)))
        .service(at("/rules/bans/{id}", "GET, HEAD, DELETE").route(read(get)).route(web::delete().to(end)));
}

/// Own emergency bans and those that bind everybody, the one that begins last first.
#[utoipa::path(get, path = "/rules/bans", params(ValidQuery<ListQuery>), responses((status = 200, body = BanList)))]
async fn list(
    Caller(who): Caller,
    ValidQuery(query): ValidQuery<ListQuery>,
    bans: web::Data<Bans>,
    clock: web::Data<dyn Clock>,
) -> Result<impl Responder, ApiError> {
    let page = bans.list(Some(who), query.standing, query.page).await?;
    let now = clock.now();
    let rows = page.items.into_iter().map(|ban| BanRow::of(ban, now)).collect();
    Ok(Json(BanList { bans: rows, total: page.total }))
}

/// Call nobody in a place for a time. It holds from the answer on.
#[utoipa::path(post, path = "/rules/bans", request_body = NewBanBody, responses((status = 201, body = BanAnswer)))]
async fn order(
    Supervisor(who): Supervisor,
    Valid(wanted): Valid<NewBanBody>,
    bans: web::Data<Bans>,
    clock: web::Data<dyn Clock>,
    once: Once,
) -> Result<impl Responder, ApiError> {
    once.run(who, async |stores| {
        let user_id = (!wanted.everybody).then_some(who.user);
        let ban = bans.on(stores).order(Some(who), NewBan { user_id, ..wanted.ban }).await?;
        Answer::created(&BanAnswer { ban: BanRow::of(ban, clock.now()) })
    })
    .await
}

/// An emergency ban.
#[utoipa::path(get, path = "/rules/bans/{id}", responses((status = 200, body = BanAnswer)))]
async fn get(
    Caller(who): Caller,
    Id(id): Id<BanId>,
    bans: web::Data<Bans>,
    clock: web::Data<dyn Clock>,
) -> Result<impl Responder, ApiError> {
    Ok(Json(BanAnswer { ban: BanRow::of(bans.get(Some(who), id).await?, clock.now()) }))
}

/// End an emergency ban now. It stays in the list, with who ended it.
#[utoipa::path(delete, path = "/rules/bans/{id}", responses((status = 204)))]
async fn end(
    Supervisor(who): Supervisor,
    Id(id): Id<BanId>,
    bans: web::Data<Bans>,
) -> Result<impl Responder, ApiError> {
    bans.end(Some(who), id).await?;
    Ok(HttpResponse::NoContent())
}

struct ListQuery {
    standing: bool,
    page: PageRequest,
}

impl RequestQuery for ListQuery {
    fn read(params: &mut Params) -> Self {
        let standing = params.flag("standing", "Only bans that are neither over nor ended").unwrap_or(false);
        Self { standing, page: params.page() }
    }
}

#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewBanBody {
    /// Where nobody is called, the places within it included.
    #[schema(value_type = Jurisdiction)]
    jurisdiction: Option<String>,
    /// First instant of the ban; left out, now.
    #[schema(format = DateTime)]
    starts_at: Option<String>,
    /// First instant after it.
    #[schema(value_type = String, format = DateTime)]
    ends_at: Option<String>,
    /// Who ordered it and where that is written.
    #[schema(max_length = 1_000)]
    reason: Option<String>,
    /// Bind everybody and not own campaigns only; for admins.
    everybody: Option<bool>,
}

struct Wanted {
    ban: NewBan,
    everybody: bool,
}

impl RequestBody for NewBanBody {
    type Command = Wanted;

    fn read(self, reader: &mut Reader<'_>) -> Option<Wanted> {
        let jurisdiction = reader.required("jurisdiction", self.jurisdiction);
        let jurisdiction = jurisdiction.and_then(|text| reader.text("jurisdiction", "not_a_jurisdiction", &text));
        let starts_at = self.starts_at.and_then(|at| reader.instant("starts_at", &at));
        let ends_at = reader.required("ends_at", self.ends_at);
        let ends_at = ends_at.and_then(|at| reader.instant("ends_at", &at));
        let ban =
            NewBan { user_id: None, jurisdiction: jurisdiction?, starts_at, ends_at: ends_at?, reason: self.reason };
        Some(Wanted { ban, everybody: self.everybody.unwrap_or(false) })
    }
}

#[derive(Serialize, ToSchema)]
pub(crate) struct BanList {
    pub(crate) bans: Vec<BanRow>,
    pub(crate) total: u64,
}

#[derive(Serialize, ToSchema)]
struct BanAnswer {
    ban: BanRow,
}

/// A ban as the API and the command line show it.
#[derive(Serialize, ToSchema)]
pub(crate) struct BanRow {
    id: BanId,
    /// Whose campaigns it binds; null binds everybody's.
    user_id: Option<UserId>,
    jurisdiction: Jurisdiction,
    starts_at: Stamp,
    ends_at: Stamp,
    reason: Option<String>,
    /// Whether it is neither over nor ended.
    standing: bool,
    ended_at: Option<Stamp>,
    ended_by: Option<UserId>,
    created_by: Option<UserId>,
    created_at: Stamp,
}

impl BanRow {
    pub(crate) fn of(row: OrderedBan, now: OffsetDateTime) -> Self {
        let standing = row.stands(now);
        let OrderedBan { ban, ended_at, ended_by } = row;
        Self {
            id: ban.id,
            user_id: ban.user_id,
            jurisdiction: ban.jurisdiction,
            starts_at: ban.starts_at.into(),
            ends_at: ban.ends_at.into(),
            reason: ban.reason,
            standing,
            ended_at: ended_at.map(Stamp::from),
            ended_by,
            created_by: ban.created_by,
            created_at: ban.created_at.into(),
        }
    }
}
