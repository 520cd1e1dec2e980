//! What every answer carries, and the one log line that every request leaves.
//!
//! This is the outermost middleware. It knows the request's id, so it is also where failures get their bodies:
//! a [`Problem`] left by a handler or an extractor, or one made up for a failure that the framework answered itself.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{HttpMessage, HttpResponse, web};
use dialer_domain::clock::Clock;
use dialer_domain::ids::IdSource;
use serde::Serialize;
use std::sync::Arc;
use tracing::Instrument;
use tracing::field::Empty;

use crate::manners::{Manners, protect};
use crate::metrics::Figures;
use crate::problem::{MEDIA_TYPE, Problem, of_status};
use crate::telephony::TelephonyKind;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const TELEPHONY: HeaderName = HeaderName::from_static("dialer-telephony");

/// What answers are made with.
pub(crate) struct Answers {
    pub(crate) telephony: TelephonyKind,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Arc<dyn IdSource>,
    pub(crate) manners: Manners,
    pub(crate) figures: Figures,
}

/// The request's id, in its extensions.
pub(crate) struct RequestId(pub(crate) String);

/// A problem document.
#[derive(Serialize)]
pub(crate) struct Document<'a> {
    #[serde(flatten)]
    pub(crate) problem: &'a Problem,
    pub(crate) request_id: &'a str,
}

pub(crate) async fn finish(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let Some(answers) = request.app_data::<web::Data<Answers>>().cloned() else {
        return next.call(request).await.map(ServiceResponse::map_into_boxed_body);
    };
    let request_id = request_id(&request, answers.ids.as_ref());
    request.extensions_mut().insert(RequestId(request_id.clone()));
    let method = request.method().clone();
    let route = request.match_pattern().unwrap_or_else(|| "(none)".to_owned());
    let span = tracing::info_span!("request", request.id = request_id, http.method = %method, http.route = route, user.id = Empty);
    let began = answers.clock.now();
    let mut response = next.call(request).instrument(span.clone()).await?.map_into_boxed_body();
    let took = answers.clock.now() - began;
    let duration_ms = took.whole_milliseconds();
    let status = response.status();
    answers.figures.answered(&route, &method, status, took);
    span.in_scope(|| {
        if route == "/healthz" || route == "/readyz" {
            tracing::debug!(http.status = status.as_u16(), duration_ms, "answered");
        } else {
            tracing::info!(http.status = status.as_u16(), duration_ms, "answered");
        }
    });
    if let Some(problem) = problem_of(response.response_mut()) {
        response = response.map_body(|head, _| {
            head.headers.insert(CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
            let document = Document { problem: &problem, request_id: &request_id };
            BoxBody::new(serde_json::to_vec(&document).unwrap_or_default())
        });
    }
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(&request_id) {
        headers.insert(REQUEST_ID, value);
    }
    protect(status, headers, answers.manners.tls_in_front);
    headers.insert(TELEPHONY, HeaderValue::from_static(answers.telephony.as_str()));
    Ok(response)
}

fn problem_of(response: &mut HttpResponse) -> Option<Problem> {
    let status = response.status();
    let left = response.extensions_mut().remove::<Problem>();
    let is_json =
        response.headers().get(CONTENT_TYPE).is_some_and(|kind| kind == "application/json" || kind == MEDIA_TYPE);
    let by_framework = (status.is_client_error() || status.is_server_error()) && !is_json;
    left.or_else(|| by_framework.then(|| Problem::new(of_status(status), "this request cannot be answered".to_owned())))
}

/// The caller's own id of the request, when it is harmless in a header and a log, or a fresh one.
fn request_id(request: &ServiceRequest, ids: &dyn IdSource) -> String {
    let harmless = |id: &&str| {
        (1..=128).contains(&id.len())
            && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b':'))
    };
    let given = request.headers().get(&REQUEST_ID).and_then(|id| id.to_str().ok()).filter(harmless);
    given.map_or_else(|| ids.next_uuid().to_string(), str::to_owned)
}
