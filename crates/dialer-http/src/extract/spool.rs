//! A list as a body, in a temporary file that vanishes with its handle: for lists that are read while the request waits.

use std::fs::File;
use std::io::{Error, Seek};

use actix_web::HttpRequest;
use actix_web::web::{Bytes, Payload};
use tokio::io::{AsyncWriteExt, BufWriter};

use super::intake::{Intake, media_type, unpacked};
use crate::logs::cause;
use crate::problem::ApiError;

/// Takes a CSV body (`text/csv`) of at most `limit` bytes, and returns the file, open at its beginning.
///
/// # Errors
/// [`ApiError::UnsupportedMediaType`], [`ApiError::TooLarge`], or [`ApiError::UnreadableBody`] when it broke off.
pub(crate) async fn csv(request: &HttpRequest, body: Payload, limit: u64) -> Result<File, ApiError> {
    one_of(&["text/csv"], request, body, limit).await
}

/// The same for a text of lines, which may as well call itself `text/plain`.
///
/// # Errors
/// As of [`csv`].
pub(crate) async fn lines(request: &HttpRequest, body: Payload, limit: u64) -> Result<File, ApiError> {
    one_of(&["text/csv", "text/plain"], request, body, limit).await
}

async fn one_of(kinds: &[&str], request: &HttpRequest, body: Payload, limit: u64) -> Result<File, ApiError> {
    if !kinds.contains(&media_type(request).as_str()) {
        return Err(ApiError::UnsupportedMediaType);
    }
    let mut intake = Intake::announced(request, limit)?;
    let file = tempfile::tempfile().map_err(not_kept)?;
    let mut file = BufWriter::new(tokio::fs::File::from_std(file));
    let chunks = unpacked(request, body.into_inner());
    let write = async |chunk: Bytes| file.write_all(&chunk).await.map_err(not_kept);
    intake.pour(chunks, write).await?;
    file.flush().await.map_err(not_kept)?;
    let mut file = file.into_inner().into_std().await;
    file.rewind().map_err(not_kept)?;
    intake.end();
    Ok(file)
}

fn not_kept(error: Error) -> ApiError {
    tracing::warn!(error = cause(&error), "a body could not be kept in a file");
    ApiError::Spool(error)
}
