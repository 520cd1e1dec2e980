//! National do-not-call lists: copies of registers, and what they say of a number.

use actix_web::web::{self, Json, Payload, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, Responder};
use dialer_app::{BrokenLine, FieldError, ImportedCopy, Registries};
use dialer_domain::ids::{RegistryCopyId, UserId};
use dialer_domain::phone::{PhoneNumber, Region};
use dialer_domain::registries::store::Listing;
use dialer_domain::registries::{CopyStatus, NewCopy, Registry, RegistryCopy};
use dialer_domain::store::PageRequest;
use serde::Serialize;
use time::Date;
use utoipa::{OpenApi, ToSchema};

use super::{at, read};
use crate::auth::{Caller, Supervisor};
use crate::extract::{Number, Params, Reading, Register, RequestQuery, ValidQuery, spool};
use crate::problem::ApiError;
use crate::registry_file::{self, RegistryFileError};
use crate::stamp::Stamp;

/// Bytes that a file may have: 8 GiB, more than any register has.
const LIMIT: u64 = 8 * 1024 * 1024 * 1024;

/// These operations, for the OpenAPI document.
#[derive(OpenApi)]
#[openapi(paths(in_force, copies, bring, look_up))]
pub(crate) struct Document;

pub(super) fn configure(cfg: &mut ServiceConfig) {
    cfg.service(at("/registries", "GET, HEAD").route(read(in_force)))
        .service(at("/registries/{registry}/copies", "GET, HEAD, PUT").route(read(copies)).route(web::put().to(bring)))
        .service(at("/registries/{registry}/numbers/{number}", "GET, HEAD").route(read(look_up)));
}

/// The copies of registers that bind you: of each register the latest of your own and everybody's.
#[utoipa::path(get, path = "/registries", params(ValidQuery<PageQuery>), responses((status = 200, body = RegistryList)))]
async fn in_force(
    Caller(who): Caller,
    ValidQuery(PageQuery(page)): ValidQuery<PageQuery>,
    registries: web::Data<Registries>,
) -> Result<impl Responder, ApiError> {
    let page = registries.in_force(who, page).await?;
    Ok(Json(RegistryList { registries: page.items.into_iter().map(CopyRow::from).collect(), total: page.total }))
}

/// Your own copies of a register and everybody's, the one that began last first, those that failed included.
#[utoipa::path(
    get,
    path = "/registries/{registry}/copies",
    params(("registry" = Registry, Path), ValidQuery<PageQuery>),
    responses((status = 200, body = CopyList)),
)]
async fn copies(
    Caller(who): Caller,
    Register(registry): Register,
    ValidQuery(PageQuery(page)): ValidQuery<PageQuery>,
    registries: web::Data<Registries>,
) -> Result<impl Responder, ApiError> {
    let page = registries.copies(who, registry, page).await?;
    Ok(Json(CopyList { copies: page.items.into_iter().map(CopyRow::from).collect(), total: page.total }))
}

/// Bring a copy of a register: a text with a number on each line.
///
/// A line holds a number, or a number and the day since which it is listed, or an area code and a number as the files of the
/// US register have it. The copy comes into force as a whole when the file was read to its end; when it has no number, or more
/// broken lines than it may have, it is refused and the copy before stays in force.
#[utoipa::path(
    put,
    path = "/registries/{registry}/copies",
    params(("registry" = Registry, Path), ValidQuery<BringQuery>),
    request_body(content((String = "text/plain"))),
    responses((status = 201, body = BroughtAnswer)),
)]
async fn bring(
    Supervisor(who): Supervisor,
    Register(registry): Register,
    ValidQuery(query): ValidQuery<BringQuery>,
    request: HttpRequest,
    body: Payload,
    registries: web::Data<Registries>,
    reading: web::Data<Reading>,
) -> Result<impl Responder, ApiError> {
    let copied_on = query.copied_on()?;
    let new =
        NewCopy { registry, user_id: (!query.everybody).then_some(who.user), copied_on, file_name: query.file_name };
    let file = spool::lines(&request, body, LIMIT).await?;
    let import = registries.begin(Some(who), new, query.most_broken).await?;
    let outcome = registry_file::import(import, file, query.region.or(reading.default_region), |_, _| {}).await;
    // The copy before is out of force already; nobody needs to wait until its numbers are gone.
    actix_web::rt::spawn(async move { registries.clear().await });
    match outcome {
        Ok(imported) => Ok(HttpResponse::Created().json(BroughtAnswer::from(imported))),
        Err(RegistryFileError::UseCase(error)) => Err(error.into()),
        Err(RegistryFileError::Unreadable(error)) => Err(ApiError::Spool(error)),
    }
}

/// What the copy of a register that is in force says of a number.
#[utoipa::path(
    get,
    path = "/registries/{registry}/numbers/{number}",
    params(("registry" = Registry, Path), ("number" = PhoneNumber, Path)),
    responses((status = 200, body = ListingAnswer)),
)]
async fn look_up(
    Caller(who): Caller,
    Register(registry): Register,
    Number(number): Number,
    registries: web::Data<Registries>,
) -> Result<impl Responder, ApiError> {
    Ok(Json(ListingAnswer::from(registries.look_up(who, &registry, number).await?)))
}

struct PageQuery(PageRequest);

impl RequestQuery for PageQuery {
    fn read(params: &mut Params) -> Self {
        Self(params.page())
    }
}

struct BringQuery {
    copied_on: Option<Date>,
    region: Option<Region>,
    file_name: Option<String>,
    most_broken: u8,
    everybody: bool,
}

impl RequestQuery for BringQuery {
    fn read(params: &mut Params) -> Self {
        let copied_on = params.day("copied_on", "The day of which the copy is, as its keeper gave it out");
        params.must_be_given();
        Self {
            copied_on,
            region: params.parsed("region", "not_a_region", "The region of numbers without a country code"),
            file_name: params.text::<{ RegistryCopy::FILE_NAME_MAX }>("file_name", "What the file is called"),
            most_broken: params
                .percent("most_broken", "Percent of lines that may be broken; left out, 1")
                .unwrap_or(RegistryCopy::MOST_BROKEN),
            everybody: params.flag("everybody", "Bring it for everybody; for admins").unwrap_or(false),
        }
    }
}

impl BringQuery {
    fn copied_on(&self) -> Result<Date, ApiError> {
        let message = "say of which day the copy is: ?copied_on=2026-03-02";
        let missing = || ApiError::Invalid(vec![FieldError::new("copied_on", "required", message)]);
        self.copied_on.ok_or_else(missing)
    }
}

#[derive(Serialize, ToSchema)]
struct RegistryList {
    registries: Vec<CopyRow>,
    total: u64,
}

#[derive(Serialize, ToSchema)]
struct CopyList {
    copies: Vec<CopyRow>,
    total: u64,
}

#[derive(Serialize, ToSchema)]
struct CopyRow {
    id: RegistryCopyId,
    registry: Registry,
    /// Whose it is; null is everybody's.
    user_id: Option<UserId>,
    #[schema(value_type = String, format = Date)]
    copied_on: String,
    status: CopyStatus,
    /// Different numbers in it.
    numbers: u64,
    /// Lines of the file that could not be read.
    broken: u64,
    file_name: Option<String>,
    /// The file's SHA-256, in hexadecimal.
    file_hash: Option<String>,
    created_by: Option<UserId>,
    created_at: Stamp,
    /// Since when it is in force, or was.
    imported_at: Option<Stamp>,
}

impl From<RegistryCopy> for CopyRow {
    fn from(copy: RegistryCopy) -> Self {
        Self {
            id: copy.id,
            registry: copy.registry,
            user_id: copy.user_id,
            copied_on: copy.copied_on.to_string(),
            status: copy.status,
            numbers: copy.numbers,
            broken: copy.broken,
            file_name: copy.file_name,
            file_hash: copy.file_hash,
            created_by: copy.created_by,
            created_at: copy.created_at.into(),
            imported_at: copy.imported_at.map(Stamp::from),
        }
    }
}

#[derive(Serialize, ToSchema)]
struct BroughtAnswer {
    copy: CopyRow,
    /// The first of the lines that could not be read.
    broken_lines: Vec<BrokenLineRow>,
}

#[derive(Serialize, ToSchema)]
struct BrokenLineRow {
    line: u64,
    reason: &'static str,
    message: String,
}

impl From<ImportedCopy> for BroughtAnswer {
    fn from(imported: ImportedCopy) -> Self {
        let row = |broken: BrokenLine| BrokenLineRow {
            line: broken.line,
            reason: broken.error.code(),
            message: broken.error.to_string(),
        };
        Self { copy: imported.copy.into(), broken_lines: imported.broken_lines.into_iter().map(row).collect() }
    }
}

#[derive(Serialize, ToSchema)]
struct ListingAnswer {
    listed: bool,
    /// The day since which it is listed, where that is known.
    #[schema(value_type = Option<String>, format = Date)]
    since: Option<String>,
    /// The copy that says so.
    copy: CopyRow,
}

impl From<Listing> for ListingAnswer {
    fn from(listing: Listing) -> Self {
        Self { listed: listing.is_listed, since: listing.since.map(|day| day.to_string()), copy: listing.copy.into() }
    }
}
