//! Forms (`multipart/form-data`) that bring one file, and a few short texts that say how it is to be read.

use actix_multipart::{Field, Multipart};
use actix_web::HttpRequest;
use actix_web::dev::Payload;
use dialer_app::FieldError;
use futures_util::StreamExt;

use super::intake::{Intake, unpacked, unreadable};
use crate::problem::ApiError;

/// The media type of a form.
pub(crate) const FORM: &str = "multipart/form-data";
/// What the part with the file is called.
const FILE: &str = "file";
/// Bytes of a part that is not the file.
const SHORT: usize = 64 * 1024;

/// A part of a form.
pub(crate) enum Part {
    /// The file, which is to be read before the next part is asked for.
    File(Field),
    /// A text, by its name.
    Text(&'static str, String),
}

/// A form as it comes. Its boundary is not part of what is asked: a client that sends a form again makes up another one.
pub(crate) struct Form {
    parts: Multipart,
    texts: &'static [&'static str],
    has_file: bool,
}

impl Form {
    /// The form in a body, which may hold these texts beside the file.
    pub(crate) fn of(request: &HttpRequest, body: Payload, texts: &'static [&'static str]) -> Self {
        let parts = Multipart::new(request.headers(), unpacked(request, body));
        Self { parts, texts, has_file: false }
    }

    /// The next part. `None` at the end.
    ///
    /// # Errors
    /// [`ApiError::UnreadableBody`], [`ApiError::TooLarge`], and [`ApiError::Invalid`] when a part is not expected or the
    /// file is missing.
    pub(crate) async fn next(&mut self, intake: &mut Intake) -> Result<Option<Part>, ApiError> {
        let Some(part) = self.parts.next().await else {
            return if self.has_file { Ok(None) } else { Err(wrong(FILE, "required", "send it as the part `file`")) };
        };
        let mut part = part.map_err(|error| unreadable(&error))?;
        let name = part.name().unwrap_or_default().to_owned();
        if name == FILE {
            if std::mem::replace(&mut self.has_file, true) {
                return Err(wrong(FILE, "repeated", "send one file"));
            }
            intake.note(FILE, &file_name(&part).unwrap_or_default());
            return Ok(Some(Part::File(part)));
        }
        let Some(name) = self.texts.iter().find(|known| **known == name) else {
            let name: String = name.chars().take(60).collect();
            let known = [&[FILE], self.texts].concat().join(", ");
            return Err(wrong(&name, "unknown_field", &format!("the parts here are: {known}")));
        };
        let bytes = part.bytes(SHORT).await.map_err(|_| ApiError::TooLarge { limit: SHORT })?;
        let bytes = bytes.map_err(|error| unreadable(&error))?;
        let text = std::str::from_utf8(&bytes).map_err(|_| wrong(name, "not_text", "this part is not UTF-8"))?;
        intake.note(name, text);
        Ok(Some(Part::Text(name, text.to_owned())))
    }
}

/// What the sender calls the file.
pub(crate) fn file_name(file: &Field) -> Option<String> {
    Some(file.content_disposition()?.get_filename()?.to_owned())
}

/// A part that will not do.
pub(crate) fn wrong(part: &str, code: &'static str, message: &str) -> ApiError {
    ApiError::Invalid(vec![FieldError::new(part, code, message)])
}
