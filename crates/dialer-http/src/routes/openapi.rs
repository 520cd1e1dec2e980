//! The OpenAPI document and a page to try it. Asked without a token, as they hold nothing of anybody.

use std::sync::Arc;

use actix_web::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION};
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpResponse, Responder};
use utoipa::OpenApi;
use utoipa_swagger_ui::Config;

use super::{at, read};
use crate::openapi;
use crate::problem::ApiError;

/// These operations, for the OpenAPI document.
#[derive(OpenApi)]
#[openapi(paths(document, page, part))]
pub(crate) struct Document;

/// The page brings its scripts along; only its styles are written in place.
const PAGE_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
    img-src 'self' data:; font-src 'self'; connect-src 'self'; frame-ancestors 'none'";

pub(super) fn configure(cfg: &mut ServiceConfig) {
    cfg.app_data(web::Data::new(Page(Arc::new(Config::from("/openapi.json")))))
        .service(at("/openapi.json", "GET, HEAD").route(read(document)))
        .service(at("/docs", "GET, HEAD").route(read(page)))
        .service(at("/docs/{file:[^/]*}", "GET, HEAD").route(read(part)));
}

struct Page(Arc<Config<'static>>);

#[utoipa::path(
    get,
    path = "/openapi.json",
    tag = "operations",
    summary = "This document",
    responses((status = 200, description = "OpenAPI 3.1", content_type = "application/json", body = Object))
)]
async fn document() -> Result<impl Responder, ApiError> {
    let text = openapi::json().map_err(|_| ApiError::NotWired("openapi"))?;
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "application/json"))
        .insert_header((CACHE_CONTROL, "no-cache"))
        .body(text))
}

#[utoipa::path(
    get,
    path = "/docs",
    tag = "operations",
    summary = "A page to try the API",
    responses((status = 308, description = "It is at /docs/"))
)]
async fn page() -> impl Responder {
    HttpResponse::PermanentRedirect().insert_header((LOCATION, "/docs/")).finish()
}

#[utoipa::path(
    get,
    path = "/docs/{file}",
    tag = "operations",
    summary = "A part of the page",
    params(("file" = String, Path, description = "Its name", example = "index.html")),
    responses(
        (status = 200, description = "The part", content_type = "*/*", body = String),
        (status = 404, description = "There is no such part", content_type = "application/problem+json", body = Object),
    )
)]
async fn part(name: web::Path<String>, page: web::Data<Page>) -> Result<impl Responder, ApiError> {
    let found = utoipa_swagger_ui::serve(&name, page.0.clone()).map_err(|_| ApiError::NotWired("the page"))?;
    let file = found.ok_or(ApiError::UnknownRoute)?;
    let mut response = HttpResponse::Ok();
    response
        .insert_header((CONTENT_TYPE, file.content_type))
        .insert_header((CONTENT_SECURITY_POLICY, PAGE_POLICY))
        .insert_header((CACHE_CONTROL, "no-cache"));
    if file.gzpipped {
        response.insert_header(("content-encoding", "gzip"));
    }
    Ok(response.body(file.bytes.into_owned()))
}
