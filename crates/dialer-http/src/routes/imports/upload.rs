//! A list as it arrives: straight to the spool, whatever its length, and then a first look at it.

use std::str::FromStr;

use actix_web::HttpRequest;
use actix_web::dev::Payload;
use actix_web::web::{self, Bytes};
use dialer_app::imports::ListRow;
use dialer_domain::ImportId;

use super::options::{ColumnMapping, Delimiter, FileName, ImportQuery};
use crate::contact_file::{About, ContactFile, FileError, Options};
use crate::extract::form::{FORM, Form, Part, file_name, wrong};
use crate::extract::intake::{Intake, media_type, unpacked};
use crate::problem::ApiError;
use crate::spool::{Spool, Upload};

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
    let is_form = match media_type(request).as_str() {
        "text/csv" | "application/csv" | "text/tab-separated-values" => false,
        FORM => true,
        _ => return Err(ApiError::NotAList),
    };
    let limit = spool.limit();
    let mut intake = if is_form { Intake::new(request, limit) } else { Intake::announced(request, limit)? };
    let upload = spool.receive(id).await.map_err(ApiError::Spool)?;
    let options = Options {
        delimiter: query.delimiter.map(|Delimiter(byte)| byte),
        mapping: query.mapping.map(|ColumnMapping(mapping)| mapping).unwrap_or_default(),
    };
    let mut arrived = Arrived { upload, file_name: query.file_name, options };
    if is_form {
        take_parts(Form::of(request, body, &["mapping", "delimiter"]), &mut intake, &mut arrived).await?;
    } else {
        let list = unpacked(request, body);
        intake.pour(list, async |chunk| write(&mut arrived.upload, chunk).await).await?;
    }
    intake.end();
    Ok(arrived)
}

async fn take_parts(mut form: Form, intake: &mut Intake, arrived: &mut Arrived) -> Result<(), ApiError> {
    while let Some(part) = form.next(intake).await? {
        match part {
            Part::File(file) => {
                let name = file_name(&file).and_then(|name| name.parse().ok()).map(|FileName(name)| name);
                arrived.file_name = arrived.file_name.take().or(name);
                intake.pour(file, async |chunk| write(&mut arrived.upload, chunk).await).await?;
            }
            Part::Text("mapping", text) => {
                let ColumnMapping(mapping) = read("mapping", &text)?;
                arrived.options.mapping = mapping;
            }
            Part::Text(name, text) => {
                let Delimiter(delimiter) = read(name, &text)?;
                arrived.options.delimiter = Some(delimiter);
            }
        }
    }
    Ok(())
}

fn read<T: FromStr<Err: std::fmt::Display>>(name: &str, text: &str) -> Result<T, ApiError> {
    text.trim().parse().map_err(|error: T::Err| wrong(name, "not_one_of", &error.to_string()))
}

async fn write(upload: &mut Upload, chunk: Bytes) -> Result<(), ApiError> {
    upload.write(&chunk).await.map_err(ApiError::Spool)
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
