//! How rows become a file.
//!
//! CSV is that of RFC 4180: a header line always, lines end with CRLF. So that no spreadsheet takes what somebody wrote for a
//! formula, a text that begins with `=`, `+`, `-`, `@`, a tab or a carriage return gets an apostrophe in front. Telephone
//! numbers, which are always `+` and digits, stay as they are.

use std::collections::VecDeque;
use std::fmt;
use std::str::FromStr;

use actix_web::HttpResponse;
use actix_web::http::header::{CONTENT_DISPOSITION, X_CONTENT_TYPE_OPTIONS};
use actix_web::web::Bytes;
use dialer_app::{ExportPage, UseCaseError};
use futures_util::Stream;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::PartialSchema;
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};

use crate::problem::ApiError;

/// What a file looks like inside.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Format {
    /// Comma-separated values with a header line.
    #[default]
    Csv,
    /// A JSON object on each line, as the API answers it elsewhere.
    JsonLines,
}

impl PartialSchema for Format {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .enum_values(Some(["csv", "jsonl"]))
            .default(Some("csv".into()))
            .into()
    }
}

/// A format that we do not write.
#[derive(Debug)]
pub(super) struct UnknownFormat;

impl fmt::Display for UnknownFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("use csv or jsonl")
    }
}

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(text: &str) -> Result<Self, UnknownFormat> {
        match text {
            "csv" => Ok(Self::Csv),
            "jsonl" => Ok(Self::JsonLines),
            _ => Err(UnknownFormat),
        }
    }
}

/// What a file is called and which columns it has.
pub(super) struct Shape {
    pub(super) name: &'static str,
    pub(super) columns: &'static [&'static str],
}

/// Columns that hold telephone numbers and nothing else.
const NUMBERS: [&str; 3] = ["from_number", "to_number", "phone_number"];

/// Answers with a file of all that `next` gives, page after page. The first page is read before anything is answered, so that
/// what is wrong from the beginning is a problem like any other; what goes wrong later breaks the answer off, so that nobody
/// takes a part for the whole. Nothing is read any more once the client is gone.
pub(super) async fn file_of<R, C, F, N>(
    format: Format,
    shape: &'static Shape,
    next: N,
) -> Result<HttpResponse, ApiError>
where
    R: Serialize,
    C: 'static,
    F: Future<Output = Result<ExportPage<R, C>, UseCaseError>> + 'static,
    N: Fn(Option<C>) -> F + 'static,
{
    let first = next(None).await?;
    let (kind, ending) = match format {
        Format::Csv => ("text/csv; charset=utf-8; header=present", "csv"),
        Format::JsonLines => ("application/jsonl; charset=utf-8", "jsonl"),
    };
    let disposition = format!("attachment; filename=\"{}.{ending}\"", shape.name);
    Ok(HttpResponse::Ok()
        .content_type(kind)
        .insert_header((CONTENT_DISPOSITION, disposition))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .streaming(pages(format, shape, first, next)))
}

fn pages<R, C, F, N>(
    format: Format,
    shape: &'static Shape,
    first: ExportPage<R, C>,
    next: N,
) -> impl Stream<Item = Result<Bytes, UseCaseError>> + 'static
where
    R: Serialize,
    C: 'static,
    F: Future<Output = Result<ExportPage<R, C>, UseCaseError>> + 'static,
    N: Fn(Option<C>) -> F + 'static,
{
    let mut ready = VecDeque::from([header(format, shape), written(format, shape, &first.rows)]);
    ready.retain(|part| !part.is_empty());
    futures_util::stream::try_unfold((ready, first.next, next), move |(mut ready, mut after, next)| async move {
        loop {
            if let Some(part) = ready.pop_front() {
                return Ok(Some((part, (ready, after, next))));
            }
            let Some(place) = after else { return Ok(None) };
            let page = next(Some(place)).await.inspect_err(|error| {
                tracing::error!(error = crate::logs::cause(error), "a file that was being sent broke off");
            })?;
            after = page.next;
            // A page of which a filter left nothing is no reason to stop.
            ready.extend(Some(written(format, shape, &page.rows)).filter(|part| !part.is_empty()));
        }
    })
}

fn header(format: Format, shape: &Shape) -> Bytes {
    match format {
        Format::Csv => csv(std::iter::once(shape.columns.iter().map(|name| (*name).to_owned()).collect())),
        Format::JsonLines => Bytes::new(),
    }
}

fn written<R: Serialize>(format: Format, shape: &Shape, rows: &[R]) -> Bytes {
    match format {
        Format::Csv => csv(rows.iter().map(|row| record(shape, row))),
        Format::JsonLines => {
            let mut text = Vec::new();
            for row in rows {
                // Writing to memory does not fail, and neither does a row of ours.
                let _ = serde_json::to_writer(&mut text, row);
                text.push(b'\n');
            }
            Bytes::from(text)
        }
    }
}

fn record<R: Serialize>(shape: &Shape, row: &R) -> Vec<String> {
    let fields = match serde_json::to_value(row) {
        Ok(Value::Object(fields)) => fields,
        _ => Map::new(),
    };
    shape
        .columns
        .iter()
        .map(|column| fields.get(*column).map_or_else(String::new, |value| cell(column, value)))
        .collect()
}

fn csv(records: impl Iterator<Item = Vec<String>>) -> Bytes {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    for record in records {
        // Writing to memory does not fail.
        let _ = writer.write_record(&record);
    }
    Bytes::from(writer.into_inner().unwrap_or_default())
}

fn cell(column: &str, value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) if NUMBERS.contains(&column) => text.clone(),
        Value::String(text) => harmless(text),
        other => other.to_string(),
    }
}

/// A text that no spreadsheet takes for a formula.
fn harmless(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    const SHAPE: Shape = Shape { name: "test", columns: &["phone_number", "notes", "metadata"] };

    fn line(row: &Value) -> String {
        String::from_utf8(written(Format::Csv, &SHAPE, std::slice::from_ref(row)).to_vec()).unwrap()
    }

    #[rstest]
    #[case(json!({"phone_number": "+447700900123", "notes": "plain"}), "+447700900123,plain,\r\n")]
    #[case(json!({"notes": "a, \"b\"\r\nc"}), ",\"a, \"\"b\"\"\r\nc\",\r\n")]
    #[case(json!({"notes": null, "metadata": {"a": 1}}), ",,\"{\"\"a\"\":1}\"\r\n")]
    #[case(json!({"notes": "=1+1"}), ",'=1+1,\r\n")]
    #[case(json!({"notes": "+44 20"}), ",'+44 20,\r\n")]
    #[case(json!({"notes": "-1"}), ",'-1,\r\n")]
    #[case(json!({"notes": "@SUM"}), ",'@SUM,\r\n")]
    #[case(json!({"notes": "\t=1"}), ",'\t=1,\r\n")]
    #[case(json!({"notes": "\r=1"}), ",\"'\r=1\",\r\n")]
    fn cells_are_quoted_where_needed_and_no_text_is_a_formula(#[case] row: Value, #[case] expected: &str) {
        assert_eq!(line(&row), expected);
    }

    #[test]
    fn json_lines_are_the_rows_as_they_are() {
        let rows = [json!({"notes": "=1\n"}), json!({})];
        assert_eq!(written(Format::JsonLines, &SHAPE, &rows), "{\"notes\":\"=1\\n\"}\n{}\n");
        assert_eq!(header(Format::JsonLines, &SHAPE), "");
        assert_eq!(header(Format::Csv, &SHAPE), "phone_number,notes,metadata\r\n");
    }
}
