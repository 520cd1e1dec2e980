//! The addresses of the API. A file for each area, with its wire types beside its handlers.

mod analytics;
mod audio;
mod calls;
mod campaigns;
mod contacts;
mod dispositions;
mod exports;
mod follow_ups;
mod health;
mod recordings;
mod suppressions;
mod voicemail_drops;

use actix_web::web::{self, ServiceConfig};
use actix_web::{FromRequest, Handler, HttpResponse, Resource, Responder, Route, guard};

pub use health::{DatabaseCheck, Health};

use crate::problem::ApiError;

/// Everything below `/api/dialer`.
pub(crate) fn api(cfg: &mut ServiceConfig) {
    exports::configure(cfg);
    calls::configure(cfg);
    campaigns::configure(cfg);
    contacts::configure(cfg);
    suppressions::configure(cfg);
    dispositions::configure(cfg);
    follow_ups::configure(cfg);
    analytics::configure(cfg);
    recordings::configure(cfg);
    voicemail_drops::configure(cfg);
}

/// What is asked without a token.
pub(crate) fn open(cfg: &mut ServiceConfig) {
    health::configure(cfg);
}

/// An address that answers `allowed` methods, and tells which they are to whoever tries another one.
fn at(path: &str, allowed: &'static str) -> Resource {
    let refuse = move || std::future::ready(Err::<HttpResponse, _>(ApiError::MethodNotAllowed { allowed }));
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
