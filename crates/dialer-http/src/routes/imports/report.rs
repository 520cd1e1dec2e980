//! The rows that an import left out: page by page as JSON, or all of them as a file to mend and send again.

use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::{HttpResponse, web};
use bytes::Bytes;
use dialer_app::{Imports, UseCaseError};
use dialer_domain::Principal;
use dialer_domain::ids::{ImportId, ImportRowId};
use dialer_domain::imports::LeftOut;
use dialer_domain::store::PageRequest;
use futures_util::stream;
use std::str::FromStr;
use utoipa::PartialSchema;
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};

use super::wire::LeftOutList;
use crate::auth::Caller;
use crate::extract::{Id, Params, RequestQuery, ValidQuery};
use crate::problem::ApiError;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Json,
    Csv,
}

impl PartialSchema for Form {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .enum_values(Some(["json", "csv"]))
            .default(Some("json".into()))
            .into()
    }
}

impl FromStr for Form {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "json" => Ok(Self::Json),
            "csv" => Ok(Self::Csv),
            _ => Err("use one of: json, csv"),
        }
    }
}

pub(super) struct RowsQuery {
    form: Form,
    page: PageRequest,
}

impl RequestQuery for RowsQuery {
    fn read(params: &mut Params) -> Self {
        Self {
            form: params
                .one("format", "How rows are written; CSV has them all, JSON a page; json when not given")
                .unwrap_or(Form::Json),
            page: params.page(),
        }
    }
}

/// Rows that an import left out, and why.
#[utoipa::path(
    get,
    path = "/imports/{id}/rows",
    params(ValidQuery<RowsQuery>),
    responses(
        (status = 200, description = "A page of rows, or all of them as a file", content((LeftOutList = "application/json"), (String = "text/csv; charset=utf-8"))),
    ),
)]
pub(super) async fn rows(
    Caller(who): Caller,
    Id(id): Id<ImportId>,
    ValidQuery(query): ValidQuery<RowsQuery>,
    imports: web::Data<Imports>,
) -> Result<HttpResponse, ApiError> {
    let job = imports.get(who, id).await?;
    if query.form == Form::Json {
        let rows = imports.left_out(who, id, None, query.page).await?;
        let rows = rows.into_iter().map(Into::into).collect();
        return Ok(HttpResponse::Ok().json(LeftOutList { rows, total: job.progress.skipped_rows() }));
    }
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/csv; charset=utf-8"))
        .insert_header((CONTENT_DISPOSITION, format!("attachment; filename=\"import-{id}-skipped.csv\"")))
        .streaming(file(who, id, imports)))
}

/// How far a file has been written.
enum Written {
    Nothing,
    UpTo(Option<ImportRowId>),
}

fn file(
    who: Principal,
    id: ImportId,
    imports: web::Data<Imports>,
) -> impl futures_util::Stream<Item = Result<Bytes, UseCaseError>> {
    stream::try_unfold((Written::Nothing, imports), move |(written, imports)| async move {
        let Written::UpTo(after) = written else {
            let header = Bytes::from_static(b"line,phone_number,reason,message\r\n");
            return Ok(Some((header, (Written::UpTo(None), imports))));
        };
        let page = PageRequest::new(PageRequest::MAX_LIMIT, 0).unwrap_or_default();
        let rows = imports.left_out(who, id, after, page).await?;
        let Some(last) = rows.last().map(|row| row.id) else { return Ok(None) };
        Ok(Some((lines(&rows), (Written::UpTo(Some(last)), imports))))
    })
}

fn lines(rows: &[LeftOut]) -> Bytes {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    for row in rows {
        let number = harmless(&row.phone_number);
        // Writing to memory does not fail.
        let _ = writer.write_record([row.line.to_string().as_str(), &number, row.reason.as_str(), &row.message]);
    }
    writer.into_inner().unwrap_or_default().into()
}

/// A text that no spreadsheet takes for a formula. The apostrophe is passed over when the file is imported.
fn harmless(text: &str) -> std::borrow::Cow<'_, str> {
    let number = text.strip_prefix('+').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']) && !number;
    if formula { format!("'{text}").into() } else { text.into() }
}

#[cfg(test)]
mod tests {
    use dialer_domain::contacts::store::SkipReason;
    use dialer_testkit::builders::left_out;

    use super::*;

    #[test]
    fn a_report_opens_in_a_spreadsheet_without_running_anything() {
        let row = |number: &str| LeftOut {
            phone_number: number.to_owned(),
            message: "a, \"b\"".to_owned(),
            ..left_out(7, SkipReason::InvalidNumber)
        };
        let text = lines(&[row("=HYPERLINK(1)"), row("+447700900101")]);
        assert_eq!(
            text,
            "7,'=HYPERLINK(1),invalid_number,\"a, \"\"b\"\"\"\r\n7,+447700900101,invalid_number,\"a, \"\"b\"\"\"\r\n"
        );
    }
}
