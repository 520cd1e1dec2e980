//! Taking audio in: from the socket into storage, a piece at a time. The body is the audio itself, or a form with it.

use actix_multipart::Field;
use actix_web::HttpRequest;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::Payload;
use dialer_app::{NewAudio, Upload};
use dialer_domain::audio::AudioFormat;

use crate::extract::form::{FORM, Form, Part};
use crate::extract::intake::{Intake, Unpacked, media_type, unpacked};
use crate::problem::ApiError;

/// Audio that is on its way to us.
pub(in crate::routes) struct Sent {
    format: AudioFormat,
    intake: Intake,
    body: Body,
}

enum Body {
    Audio(Unpacked),
    /// The form, and the part of it that is the audio.
    Form(Form, Field),
}

impl Sent {
    /// Reads what is announced, and nothing of the audio.
    ///
    /// # Errors
    /// [`ApiError::NotAudio`] when it is no audio that we keep, [`ApiError::TooLarge`], and what is wrong with the form.
    pub(in crate::routes) async fn announced(
        request: &HttpRequest,
        body: Payload,
        limit: u64,
    ) -> Result<Self, ApiError> {
        let format_of = |kind: Option<&str>| kind.and_then(AudioFormat::from_media_type).ok_or(ApiError::NotAudio);
        if media_type(request) != FORM {
            let format = format_of(request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()))?;
            let intake = Intake::announced(request, limit)?;
            return Ok(Self { format, intake, body: Body::Audio(unpacked(request, body.into_inner())) });
        }
        let mut intake = Intake::new(request, limit);
        let mut form = Form::of(request, body.into_inner(), &[]);
        let Some(Part::File(audio)) = form.next(&mut intake).await? else { return Err(ApiError::NotAudio) };
        let format = format_of(audio.content_type().map(AsRef::as_ref))?;
        Ok(Self { format, intake, body: Body::Form(form, audio) })
    }

    /// As use cases take it.
    pub(in crate::routes) const fn playing(&self, seconds: Option<u32>) -> NewAudio {
        NewAudio { format: self.format, seconds }
    }

    /// Moves the audio into storage, and leaves its digest for [`crate::extract::Once`]. When it breaks off, nothing is left.
    pub(in crate::routes) async fn take(mut self, mut upload: Upload) -> Result<Upload, ApiError> {
        let append = async |chunk: actix_web::web::Bytes| Ok(upload.append(&chunk).await?);
        match self.body {
            Body::Audio(audio) => self.intake.pour(audio, append).await?,
            Body::Form(mut form, audio) => {
                self.intake.pour(audio, append).await?;
                // A form that goes on is not what was announced.
                form.next(&mut self.intake).await?;
            }
        }
        self.intake.end();
        Ok(upload)
    }
}
