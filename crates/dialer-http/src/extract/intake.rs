//! Bodies that are too long for memory: taken in as they come, unpacked, counted, and with a digest for [`super::Once`].

use std::error::Error;

use actix_web::HttpRequest;
use actix_web::dev::{Decompress, Payload};
use actix_web::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use actix_web::web::Bytes;
use futures_util::{Stream, StreamExt};
use sha2::{Digest, Sha256};

use super::once::BodyDigest;
use crate::logs::cause;
use crate::problem::ApiError;

/// The media type of a request's body, without its parameters.
pub(crate) fn media_type(request: &HttpRequest) -> String {
    let kind = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// A body, unpacked.
pub(crate) type Unpacked = Decompress<Payload>;

/// The body of a request, unpacked.
pub(crate) fn unpacked(request: &HttpRequest, body: Payload) -> Unpacked {
    Decompress::from_headers(body, request.headers())
}

/// A file on its way in.
pub(crate) struct Intake {
    request: HttpRequest,
    limit: u64,
    size: u64,
    digest: Sha256,
}

impl Intake {
    /// For a file of at most `limit` bytes.
    pub(crate) fn new(request: &HttpRequest, limit: u64) -> Self {
        Self { request: request.clone(), limit, size: 0, digest: Sha256::new() }
    }

    /// The same where the body is the file itself, which is asked for its length before a byte of it is read.
    ///
    /// # Errors
    /// [`ApiError::TooLarge`].
    pub(crate) fn announced(request: &HttpRequest, limit: u64) -> Result<Self, ApiError> {
        let intake = Self::new(request, limit);
        let length = request.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
        if length.is_some_and(|length| length > limit) { Err(intake.too_large()) } else { Ok(intake) }
    }

    /// Hands on what comes, and never more than the file may have.
    ///
    /// # Errors
    /// [`ApiError::TooLarge`], [`ApiError::UnreadableBody`] when it broke off, and what `to` fails with.
    pub(crate) async fn pour<E: Error + 'static>(
        &mut self,
        mut chunks: impl Stream<Item = Result<Bytes, E>> + Unpin,
        mut to: impl AsyncFnMut(Bytes) -> Result<(), ApiError>,
    ) -> Result<(), ApiError> {
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk.map_err(|error| unreadable(&error))?;
            self.size = self.size.saturating_add(u64::try_from(chunk.len()).unwrap_or(u64::MAX));
            if self.size > self.limit {
                return Err(self.too_large());
            }
            self.digest.update(&chunk);
            to(chunk).await?;
        }
        Ok(())
    }

    /// Counts a text that came with the file among what was asked.
    pub(super) fn note(&mut self, name: &str, text: &str) {
        for part in [name, text] {
            self.digest.update([0]);
            self.digest.update(part);
        }
    }

    /// All of it is here: its digest is left in the request.
    pub(crate) fn end(self) {
        BodyDigest(self.digest.finalize().into()).leave_in(&self.request);
    }

    fn too_large(&self) -> ApiError {
        ApiError::TooLarge { limit: usize::try_from(self.limit).unwrap_or(usize::MAX) }
    }
}

pub(super) fn unreadable(error: &(dyn Error + 'static)) -> ApiError {
    tracing::debug!(error = cause(error), "a body did not arrive whole");
    ApiError::UnreadableBody
}
