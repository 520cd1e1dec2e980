//! Imports of contact lists as CSV files.

mod options;
mod report;
mod upload;
mod wire;

use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderValue, LOCATION};
use actix_web::web::{self, Json, ServiceConfig};
use actix_web::{HttpRequest, Responder, ResponseError as _};
use dialer_app::Imports;
use dialer_app::imports::NewImport;
use dialer_domain::Principal;
use dialer_domain::ids::{CampaignId, ImportId};
use dialer_domain::imports::ImportJob;
use dialer_domain::store::PageRequest;
use utoipa::OpenApi;

use super::{BASE, at, read};
use crate::auth::{Caller, Supervisor};
use crate::extract::{Answer, Id, Once, Params, RequestQuery, ValidQuery};
use crate::problem::ApiError;
use crate::spool::Spool;
use options::ImportQuery;
use upload::{Arrived, look_at, take_in};
use wire::{ImportAnswer, ImportList, ListForm, Preview, PreviewAnswer};

/// These operations, for the OpenAPI document.
#[derive(OpenApi)]
#[openapi(paths(list, start, preview, get, cancel, undo, report::rows))]
pub(crate) struct Document;

pub(super) fn configure(cfg: &mut ServiceConfig) {
    cfg.service(at("/campaigns/{id}/imports", "GET, HEAD, POST").route(read(list)).route(web::post().to(start)))
        .service(at("/campaigns/{id}/imports/preview", "POST").route(web::post().to(preview)))
        .service(at("/imports/{id}", "GET, HEAD").route(read(get)))
        .service(at("/imports/{id}/cancel", "POST").route(web::post().to(cancel)))
        .service(at("/imports/{id}/undo", "POST").route(web::post().to(undo)))
        .service(at("/imports/{id}/rows", "GET, HEAD").route(read(report::rows)));
}

/// Imports into a campaign, latest first.
#[utoipa::path(
    get,
    path = "/campaigns/{id}/imports",
    params(ValidQuery<Window>),
    responses((status = 200, body = ImportList)),
)]
async fn list(
    Caller(who): Caller,
    Id(campaign): Id<CampaignId>,
    ValidQuery(Window(page)): ValidQuery<Window>,
    imports: web::Data<Imports>,
) -> Result<impl Responder, ApiError> {
    let page = imports.list(who, campaign, page).await?;
    Ok(Json(ImportList { imports: page.items.into_iter().map(Into::into).collect(), total: page.total }))
}

/// Import a contact list.
///
/// The file is taken in whole and read afterwards; the answer says where to look how far it is.
#[utoipa::path(
    post,
    path = "/campaigns/{id}/imports",
    params(ValidQuery<ImportQuery>),
    request_body(content((String = "text/csv"), (ListForm = "multipart/form-data", encoding(("file" = (content_type = "text/csv")))))),
    responses(
        (status = 200, description = "What would become of the first rows, where `preview` is set", body = PreviewAnswer),
        (status = 202, body = ImportAnswer),
    ),
)]
async fn start(
    Supervisor(who): Supervisor,
    Id(campaign): Id<CampaignId>,
    ValidQuery(query): ValidQuery<ImportQuery>,
    request: HttpRequest,
    body: web::Payload,
    imports: web::Data<Imports>,
    spool: web::Data<Spool>,
    once: Once,
) -> Result<impl Responder, ApiError> {
    let only_look = query.preview;
    let (id, arrived) = arrive(who, campaign, query, &request, body, &imports, &spool).await?;
    if only_look {
        return foresee(who, campaign, arrived, &imports, &once).await;
    }
    let Arrived { mut upload, file_name, options } = arrived;
    let look = look_at(&mut upload, options, 0).await?;
    let new = NewImport {
        id,
        file_name,
        delimiter: char::from(look.about.delimiter),
        mapping: look.about.mapping,
        total_bytes: upload.bytes(),
    };
    let mut kept = upload.keep().await.map_err(ApiError::Spool)?;
    let queued = once
        .run(who, async |stores| {
            kept.belongs_to_an_import();
            accepted(imports.on(stores).start(who, campaign, new).await?)
        })
        .await;
    // After a failure of ours nobody knows whether the import is stored; then its list stays for the runner to find out.
    if queued.as_ref().is_err_and(|error| !error.status_code().is_server_error()) {
        kept.belongs_to_nobody();
    }
    imports.look();
    queued
}

fn accepted(job: ImportJob) -> Result<Answer, ApiError> {
    let place = HeaderValue::from_str(&format!("{BASE}/imports/{}", job.id)).map_err(|_| ApiError::NotWired("ids"))?;
    Ok(Answer::json(StatusCode::ACCEPTED, &ImportAnswer::from(job))?.with(LOCATION, place))
}

/// See what would become of the first rows of a contact list.
#[utoipa::path(
    post,
    path = "/campaigns/{id}/imports/preview",
    params(ValidQuery<ImportQuery>),
    request_body(content((String = "text/csv"), (ListForm = "multipart/form-data", encoding(("file" = (content_type = "text/csv")))))),
    responses((status = 200, body = PreviewAnswer)),
)]
async fn preview(
    Supervisor(who): Supervisor,
    Id(campaign): Id<CampaignId>,
    ValidQuery(query): ValidQuery<ImportQuery>,
    request: HttpRequest,
    body: web::Payload,
    imports: web::Data<Imports>,
    spool: web::Data<Spool>,
    once: Once,
) -> Result<impl Responder, ApiError> {
    let (_, arrived) = arrive(who, campaign, query, &request, body, &imports, &spool).await?;
    foresee(who, campaign, arrived, &imports, &once).await
}

async fn arrive(
    who: Principal,
    campaign: CampaignId,
    query: ImportQuery,
    request: &HttpRequest,
    body: web::Payload,
    imports: &Imports,
    spool: &Spool,
) -> Result<(ImportId, Arrived), ApiError> {
    let id = imports.begin(who, campaign).await?;
    Ok((id, take_in(request, body.into_inner(), query, spool, id).await?))
}

async fn foresee(
    who: Principal,
    campaign: CampaignId,
    arrived: Arrived,
    imports: &Imports,
    once: &Once,
) -> Result<Answer, ApiError> {
    /// Rows looked at.
    const ROWS: usize = 100;
    let Arrived { mut upload, options, .. } = arrived;
    let look = look_at(&mut upload, options, ROWS).await?;
    once.run(who, async |stores| {
        let rows = imports.on(stores).preview(who, campaign, look.rows).await?;
        Answer::ok(&PreviewAnswer { preview: Preview::new(look.about, upload.bytes(), rows) })
    })
    .await
}

/// An import and how far it is.
#[utoipa::path(get, path = "/imports/{id}", responses((status = 200, body = ImportAnswer)))]
async fn get(
    Caller(who): Caller,
    Id(id): Id<ImportId>,
    imports: web::Data<Imports>,
) -> Result<impl Responder, ApiError> {
    Ok(Json(ImportAnswer::from(imports.get(who, id).await?)))
}

/// Stop an import; what it has added stays.
#[utoipa::path(post, path = "/imports/{id}/cancel", responses((status = 200, body = ImportAnswer)))]
async fn cancel(
    Supervisor(who): Supervisor,
    Id(id): Id<ImportId>,
    imports: web::Data<Imports>,
    once: Once,
) -> Result<impl Responder, ApiError> {
    let canceled = once.run(who, async |stores| shown(imports.on(stores).cancel(who, id).await?)).await?;
    imports.forget(who, id).await;
    Ok(canceled)
}

/// Take out again what an import has added and nobody has called.
#[utoipa::path(post, path = "/imports/{id}/undo", responses((status = 200, body = ImportAnswer)))]
async fn undo(
    Supervisor(who): Supervisor,
    Id(id): Id<ImportId>,
    imports: web::Data<Imports>,
    once: Once,
) -> Result<impl Responder, ApiError> {
    once.run(who, async |stores| shown(imports.on(stores).undo(who, id).await?)).await
}

fn shown(job: ImportJob) -> Result<Answer, ApiError> {
    Answer::ok(&ImportAnswer::from(job))
}

struct Window(PageRequest);

impl RequestQuery for Window {
    fn read(params: &mut Params) -> Self {
        Self(params.page())
    }
}
