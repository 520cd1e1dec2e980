//! A list as it arrives: straight to the spool, whatever its length, and then a first look at it.

use actix_multipart::{Field, Multipart};
use actix_web::HttpRequest;
use actix_web::dev::{Decompress, Payload};
use actix_web::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use actix_web::web;
use bytes::Bytes;
use dialer_app::FieldError;
use dialer_app::imports::ListRow;
use dialer_domain::ImportId;
use futures_util::{Stream, StreamExt};
use std::str::FromStr;

use super::options::{ColumnMapping, Delimiter, FileName, ImportQuery};
use crate::contact_file::{About, ContactFile, FileError, Options};
use crate::logs::cause;
use crate::problem::ApiError;
use crate::spool::{Spool, Upload};

/// Bytes of a part that is not the list.
const SMALL_PART: usize = 64 * 1024;

/// A list that has arrived, and how it is to be read.
pub(super) struct Arrived {
    pub(super) upload: Upload,
    pub(super) file_name: Option<String>,
    pub(super) options: Options,
}

/// Takes in the body, which is the list itself or a form with the list in it.
pub(super) async fn take_in(
    request: &HttpRequest,
    body: Payload,
    query: ImportQuery,
    spool: &Spool,
    id: ImportId,
) -> Result<Arrived, ApiError> {
    let kind = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let announced = request.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    let body = Decompress::from_headers(body, request.headers());
    let form = match essence.as_str() {
        "text/csv" | "application/csv" | "text/tab-separated-values" => false,
        "multipart/form-data" => true,
        _ => return Err(ApiError::NotAList),
    };
    if !form && announced.is_some_and(|length| length > spool.limit()) {
        return Err(too_large(spool));
    }
    let mut upload = spool.receive(id).await.map_err(ApiError::Spool)?;
    let options = Options {
        delimiter: query.delimiter.map(|Delimiter(byte)| byte),
        mapping: query.mapping.map(|ColumnMapping(mapping)| mapping).unwrap_or_default(),
    };
    let mut arrived = Arrived { upload, file_name: query.file_name, options };
    if form {
        upload = arrived.upload;
        let parts = Multipart::new(request.headers(), body);
        let (upload, name, options) = take_parts(parts, upload, arrived.options, spool).await?;
        arrived = Arrived { upload, file_name: arrived.file_name.or(name), options };
    } else {
        write(&mut arrived.upload, body, spool).await?;
    }
    Ok(arrived)
}

async fn take_parts(
    mut parts: Multipart,
    mut upload: Upload,
    mut options: Options,
    spool: &Spool,
) -> Result<(Upload, Option<String>, Options), ApiError> {
    let mut file_name = None;
    let mut has_file = false;
    while let Some(part) = parts.next().await {
        let mut part = part.map_err(|error| unreadable(&error))?;
        match part.name().unwrap_or_default() {
            "file" if has_file => return Err(wrong("file", "repeated", "send one file")),
            "file" => {
                has_file = true;
                let name = part.content_disposition().and_then(|about| about.get_filename());
                file_name = name.and_then(|name| name.parse().ok()).map(|FileName(name)| name);
                write(&mut upload, part, spool).await?;
            }
            "mapping" => {
                let ColumnMapping(mapping) = small("mapping", &mut part).await?;
                options.mapping = mapping;
            }
            "delimiter" => {
                let Delimiter(delimiter) = small("delimiter", &mut part).await?;
                options.delimiter = Some(delimiter);
            }
            other => {
                let name: String = other.chars().take(60).collect();
                return Err(wrong(&name, "unknown_field", "the parts here are: file, mapping, delimiter"));
            }
        }
    }
    if !has_file {
        return Err(wrong("file", "required", "send the list as the part `file`"));
    }
    Ok((upload, file_name, options))
}

/// A part that is read whole.
async fn small<T: FromStr<Err: std::fmt::Display>>(name: &str, part: &mut Field) -> Result<T, ApiError> {
    let bytes = part.bytes(SMALL_PART).await.map_err(|_| ApiError::TooLarge { limit: SMALL_PART })?;
    let bytes = bytes.map_err(|error| unreadable(&error))?;
    let text = std::str::from_utf8(&bytes).map_err(|_| wrong(name, "not_text", "this part is not UTF-8"))?;
    text.trim().parse().map_err(|error: T::Err| wrong(name, "not_one_of", &error.to_string()))
}

/// Writes the list as it comes, never more of it than a list may have.
async fn write<E: std::error::Error + 'static>(
    upload: &mut Upload,
    mut chunks: impl Stream<Item = Result<Bytes, E>> + Unpin,
    spool: &Spool,
) -> Result<(), ApiError> {
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|error| unreadable(&error))?;
        let length = u64::try_from(chunk.len()).unwrap_or(u64::MAX);
        if upload.bytes().saturating_add(length) > spool.limit() {
            return Err(too_large(spool));
        }
        upload.write(&chunk).await.map_err(ApiError::Spool)?;
    }
    Ok(())
}

fn unreadable(error: &(dyn std::error::Error + 'static)) -> ApiError {
    tracing::debug!(error = cause(error), "a list did not arrive whole");
    ApiError::UnreadableBody
}

fn too_large(spool: &Spool) -> ApiError {
    ApiError::TooLarge { limit: usize::try_from(spool.limit()).unwrap_or(usize::MAX) }
}

fn wrong(field: &str, code: &'static str, message: &str) -> ApiError {
    ApiError::Invalid(vec![FieldError::new(field, code, message)])
}

/// How a list is read, and its first rows.
pub(super) struct Look {
    pub(super) about: About,
    pub(super) rows: Vec<ListRow>,
}

/// Looks at the header and up to `rows` rows.
pub(super) async fn look_at(upload: &mut Upload, options: Options, rows: usize) -> Result<Look, ApiError> {
    let path = upload.finish().await.map_err(ApiError::Spool)?;
    let looking = web::block(move || {
        let file = std::fs::File::open(path).map_err(|source| FileError::Read { line: 0, source })?;
        let mut list = ContactFile::open(file, &options)?;
        let rows = list.by_ref().take(rows).collect::<Result<Vec<ListRow>, FileError>>()?;
        Ok(Look { about: list.into_about(), rows })
    });
    looking.await.map_err(|_| ApiError::NotWired("the reader of lists"))?.map_err(|error| not_a_list(&error))
}

fn not_a_list(error: &FileError) -> ApiError {
    let (field, code) = match error {
        FileError::Empty => ("file", "empty"),
        FileError::Utf16 | FileError::HeaderEncoding { .. } => ("file", "not_utf8"),
        FileError::NotText => ("file", "not_text"),
        FileError::NoNumberColumn { .. } => ("file", "no_number_column"),
        FileError::NoSuchColumn { .. } => ("mapping", "no_such_column"),
        FileError::EndlessRow { .. } => ("file", "unclosed_quote"),
        FileError::Read { .. } => return ApiError::Spool(std::io::Error::other(error.to_string())),
    };
    wrong(field, code, &error.to_string())
}
