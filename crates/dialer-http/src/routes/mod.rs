//! The addresses of the API. A file for each area, with its wire types beside its handlers.

pub(crate) mod calls;
pub(crate) mod campaigns;
pub(crate) mod contacts;
pub(crate) mod health;
pub(crate) mod metrics;
pub(crate) mod openapi;
#[cfg(test)]
pub(crate) mod registered;

use actix_web::http::Method;
use actix_web::http::header::ALLOW;
use actix_web::web::{self, ServiceConfig};
use actix_web::{FromRequest, Handler, HttpResponse, Resource, Responder, Route, guard};

pub use health::{DatabaseCheck, Health};

use crate::problem::ApiError;

/// Everything below `/api/dialer`.
pub(crate) fn api(cfg: &mut ServiceConfig) {
    calls::configure(cfg);
    campaigns::configure(cfg);
    contacts::configure(cfg);
}

/// What is asked without a token.
pub(crate) fn open(cfg: &mut ServiceConfig) {
    health::configure(cfg);
    openapi::configure(cfg);
    metrics::configure(cfg);
}

/// An address that answers `allowed` methods, and tells which they are to whoever tries another one.
fn at(path: &str, allowed: &'static str) -> Resource {
    let refuse = move |method: Method| {
        std::future::ready(if method == Method::OPTIONS {
            Ok(HttpResponse::NoContent().insert_header((ALLOW, allowed)).finish())
        } else {
            Err(ApiError::MethodNotAllowed { allowed })
        })
    };
    #[cfg(test)]
    registered::note(path, allowed);
    web::resource(path).default_service(web::to(refuse))
}

/// A route for GET, and for HEAD, which is answered the same without the body.
fn read<F, Args>(handler: F) -> Route
where
    F: Handler<Args>,
    Args: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    web::route().guard(guard::Any(guard::Get()).or(guard::Head())).to(handler)
}
