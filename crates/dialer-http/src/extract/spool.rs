//! Bodies that are too large for memory, kept in a temporary file that vanishes with its handle.

use std::fs::File;
use std::io::{Seek, Write};

use actix_web::HttpRequest;
use actix_web::dev::Decompress;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::Payload;
use futures_util::StreamExt;
use sha2::{Digest, Sha256};

use super::once::BodyDigest;
use crate::logs::cause;
use crate::problem::ApiError;

/// Takes a CSV body (`text/csv`) of at most `limit` bytes, and returns the file, open at its beginning.
///
/// # Errors
/// [`ApiError::UnsupportedMediaType`], [`ApiError::TooLarge`], or [`ApiError::UnreadableBody`] when it broke off.
pub async fn csv(request: &HttpRequest, body: Payload, limit: u64) -> Result<File, ApiError> {
    let kind = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if essence != "text/csv" {
        return Err(ApiError::UnsupportedMediaType);
    }
    let unreadable = |error: std::io::Error| {
        tracing::warn!(error = cause(&error), "a body could not be kept in a file");
        ApiError::UnreadableBody
    };
    let mut file = tempfile::tempfile().map_err(unreadable)?;
    let mut size = 0_u64;
    let mut digest = Sha256::new();
    let mut chunks = Decompress::from_headers(body.into_inner(), request.headers());
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|error| {
            tracing::debug!(error = cause(&error), "a body could not be read");
            ApiError::UnreadableBody
        })?;
        size += u64::try_from(chunk.len()).unwrap_or(u64::MAX);
        if size > limit {
            return Err(ApiError::TooLarge { limit: usize::try_from(limit).unwrap_or(usize::MAX) });
        }
        digest.update(&chunk);
        let write = move || file.write_all(&chunk).map(|()| file);
        file = tokio::task::spawn_blocking(write).await.map_err(|_| ApiError::UnreadableBody)?.map_err(unreadable)?;
    }
    BodyDigest(digest.finalize().into()).leave_in(request);
    file.rewind().map_err(unreadable)?;
    Ok(file)
}
