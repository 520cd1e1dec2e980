//! Taking audio in: from the socket into storage, a piece at a time.

use actix_web::HttpRequest;
use actix_web::dev::Decompress;
use actix_web::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use actix_web::web::Payload;
use dialer_app::{NewAudio, Upload};
use dialer_domain::audio::AudioFormat;
use futures_util::StreamExt;
use sha2::{Digest, Sha256};

use crate::extract::BodyDigest;
use crate::logs::cause;
use crate::problem::ApiError;

/// Audio that is on its way to us, as its headers announce it.
pub(in crate::routes) struct Sent {
    pub(in crate::routes) format: AudioFormat,
}

impl Sent {
    /// Reads what is announced.
    ///
    /// # Errors
    /// [`ApiError::UnsupportedMediaType`] when it is no audio that we keep, [`ApiError::TooLarge`].
    pub(in crate::routes) fn announced(request: &HttpRequest, limit: u64) -> Result<Self, ApiError> {
        let header = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
        let format = header(CONTENT_TYPE).and_then(AudioFormat::from_media_type).ok_or(ApiError::NotAudio)?;
        let length = header(CONTENT_LENGTH).and_then(|length| length.parse::<u64>().ok());
        if length.is_some_and(|length| length > limit) {
            return Err(too_large(limit));
        }
        Ok(Self { format })
    }

    /// As use cases take it.
    pub(in crate::routes) const fn playing(&self, seconds: Option<u32>) -> NewAudio {
        NewAudio { format: self.format, seconds }
    }
}

/// Moves the body into storage, and leaves its digest for [`crate::extract::Once`]. When it breaks off, nothing is left.
pub(in crate::routes) async fn take(
    request: &HttpRequest,
    body: Payload,
    mut upload: Upload,
) -> Result<Upload, ApiError> {
    let mut digest = Sha256::new();
    let mut chunks = Decompress::from_headers(body.into_inner(), request.headers());
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|error| {
            tracing::debug!(error = cause(&error), "a body could not be read");
            ApiError::UnreadableBody
        })?;
        digest.update(&chunk);
        upload.append(&chunk).await?;
    }
    BodyDigest(digest.finalize().into()).leave_in(request);
    Ok(upload)
}

fn too_large(limit: u64) -> ApiError {
    ApiError::TooLarge { limit: usize::try_from(limit).unwrap_or(usize::MAX) }
}
