//! The body of a request: read within bounds, parsed, checked, converted.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::{Decompress, Payload};
use actix_web::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use actix_web::{FromRequest, HttpRequest, web};
use dialer_app::FieldError;
use futures_util::StreamExt;
use serde::de::DeserializeOwned;
use validator::Validate;

use super::once::BodyDigest;
use super::{Reader, Reading, shape};
use crate::logs::cause;
use crate::problem::ApiError;

/// Bytes that a body may have where a route says nothing else: 256 KiB.
pub const BODY_LIMIT: usize = 256 * 1024;

/// A JSON body that a route understands.
pub trait RequestBody: DeserializeOwned + Validate {
    /// What it asks for.
    type Command;

    /// Bytes it may have, unpacked.
    const LIMIT: usize = BODY_LIMIT;

    /// Converts what was written, noting everything that is wrong. `None` only when something was noted.
    fn read(self, reader: &mut Reader<'_>) -> Option<Self::Command>;
}

/// Extracts a [`RequestBody`] as its command.
pub struct Valid<B: RequestBody>(pub B::Command);

impl<B: RequestBody> FromRequest for Valid<B> {
    type Error = ApiError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, ApiError>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let payload = payload.take();
        // Nothing of the body is read before this is polled, so callers without rights cost no memory.
        Box::pin(async move {
            let reading = request.app_data::<web::Data<Reading>>().ok_or(ApiError::NotWired("reading"))?;
            is_json(&request)?;
            let bytes = read_body(&request, payload, B::LIMIT).await?;
            BodyDigest::of(&bytes).leave_in(&request);
            convert::<B>(&bytes, reading).map(Self)
        })
    }
}

fn convert<B: RequestBody>(bytes: &[u8], reading: &Reading) -> Result<B::Command, ApiError> {
    let body: B = shape::parse(bytes)?;
    let mut errors: Vec<FieldError> = shape::broken_rules(&body);
    let mut reader = Reader::new(reading);
    let command = body.read(&mut reader);
    match reader.finish(command) {
        Ok(command) if errors.is_empty() => Ok(command),
        Ok(_) => Err(ApiError::Invalid(errors)),
        Err(more) => {
            // One complaint a field is enough.
            let fresh: Vec<_> =
                more.into_iter().filter(|error| !errors.iter().any(|known| known.field == error.field)).collect();
            errors.extend(fresh);
            Err(ApiError::Invalid(errors))
        }
    }
}

fn is_json(request: &HttpRequest) -> Result<(), ApiError> {
    let essence = request
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .map(|value| value.trim().to_ascii_lowercase());
    match essence.as_deref() {
        Some("application/json") => Ok(()),
        Some(essence) if essence.starts_with("application/") && essence.ends_with("+json") => Ok(()),
        _ => Err(ApiError::UnsupportedMediaType),
    }
}

/// Reads a body of at most `limit` bytes, unpacked.
///
/// # Errors
/// [`ApiError::TooLarge`], and [`ApiError::UnreadableBody`] when it broke off.
pub(crate) async fn read_body(request: &HttpRequest, payload: Payload, limit: usize) -> Result<Vec<u8>, ApiError> {
    let announced = request.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|length| length > limit) {
        return Err(ApiError::TooLarge { limit });
    }
    let mut bytes = Vec::with_capacity(announced.unwrap_or(0));
    let mut chunks = Decompress::from_headers(payload, request.headers());
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|error| {
            tracing::debug!(error = cause(&error), "a body could not be read");
            ApiError::UnreadableBody
        })?;
        if bytes.len() + chunk.len() > limit {
            return Err(ApiError::TooLarge { limit });
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}
