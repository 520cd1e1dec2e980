//! The addresses of the API. A file for each area, with its wire types beside its handlers.

pub(crate) mod agents;
pub(crate) mod analytics;
pub(crate) mod api_keys;
pub(crate) mod assignments;
mod audio;
pub(crate) mod bans;
pub(crate) mod calls;
pub(crate) mod campaigns;
pub(crate) mod consents;
pub(crate) mod contacts;
pub(crate) mod dispositions;
pub(crate) mod explain;
pub(crate) mod exports;
pub(crate) mod follow_ups;
pub(crate) mod forecast;
pub(crate) mod health;
pub(crate) mod imports;
pub(crate) mod metrics;
pub(crate) mod openapi;
pub(crate) mod queue;
pub(crate) mod receipts;
pub(crate) mod recordings;
pub(crate) mod registries;
pub(crate) mod rules;
pub(crate) mod stop_now;
pub(crate) mod suppressions;
pub(crate) mod voicemail_drops;
pub(crate) mod webhooks;

use std::cell::RefCell;

use actix_web::http::Method;
use actix_web::http::header::ALLOW;
use actix_web::web::{self, ServiceConfig};
use actix_web::{App, FromRequest, Handler, HttpResponse, Resource, Responder, Route, guard};

pub use health::{DatabaseCheck, Health};

use crate::problem::ApiError;

/// Where the API is.
pub(crate) const BASE: &str = "/api/dialer";
/// The part of the API that keys cannot reach.
pub(crate) const API_KEYS: &str = "api-keys";

/// An address of the program and the methods it answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// The path, such as `/api/dialer/calls/{id}`.
    pub path: String,
    /// The methods, separated by commas.
    pub methods: &'static str,
}

thread_local! {
    /// Where [`at`] notes what it makes, while [`addresses`] wants to know.
    static NOTED: RefCell<Option<Vec<Address>>> = const { RefCell::new(None) };
}

/// Every address of the program, as the program itself would serve it.
#[must_use]
pub fn addresses() -> Vec<Address> {
    let note = |configure: fn(&mut ServiceConfig), base: &str| {
        NOTED.replace(Some(Vec::new()));
        drop(App::new().configure(configure));
        let noted = NOTED.take().unwrap_or_default();
        noted.into_iter().map(move |address| Address { path: format!("{base}{}", address.path), ..address }).collect()
    };
    let noted: [Vec<Address>; 2] = [note(open, ""), note(api, BASE)];
    noted.concat()
}

/// Everything below [`BASE`].
pub(crate) fn api(cfg: &mut ServiceConfig) {
    api_keys::configure(cfg);
    exports::configure(cfg);
    explain::configure(cfg);
    receipts::configure(cfg);
    forecast::configure(cfg);
    calls::configure(cfg);
    stop_now::configure(cfg);
    campaigns::configure(cfg);
    contacts::configure(cfg);
    queue::configure(cfg);
    agents::desk::configure(cfg);
    agents::profiles::configure(cfg);
    assignments::configure(cfg);
    suppressions::configure(cfg);
    consents::configure(cfg);
    bans::configure(cfg);
    rules::configure(cfg);
    registries::configure(cfg);
    dispositions::configure(cfg);
    follow_ups::configure(cfg);
    analytics::configure(cfg);
    imports::configure(cfg);
    recordings::configure(cfg);
    voicemail_drops::configure(cfg);
}

/// What is asked without a token.
pub(crate) fn open(cfg: &mut ServiceConfig) {
    health::configure(cfg);
    openapi::configure(cfg);
    metrics::configure(cfg);
    webhooks::configure(cfg);
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
    NOTED.with_borrow_mut(|noted| {
        if let Some(noted) = noted {
            noted.push(Address { path: path.to_owned(), methods: allowed });
        }
    });
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
