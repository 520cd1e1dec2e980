//! What a JSON body must look like before its values matter: syntax, known fields, kinds of values, lengths.

use std::borrow::Cow;

use dialer_app::FieldError;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::error::Category;
use validator::{Validate, ValidationErrors};

use super::Object;
use crate::problem::ApiError;

/// The body, or why its shape is wrong. Texts of the request never come back in the answer.
pub(super) fn parse<B: DeserializeOwned>(bytes: &[u8]) -> Result<B, ApiError> {
    if depth(bytes) > DEPTH_LIMIT {
        return Err(ApiError::TooDeep { limit: DEPTH_LIMIT });
    }
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let Object(body) = serde_path_to_error::deserialize(&mut deserializer)
        .map_err(|error| explain(error.path().to_string(), error.inner()))?;
    deserializer.end().map_err(|error| explain(String::new(), &error))?;
    storable(bytes)?;
    Ok(body)
}

/// Levels that lists and objects may hold each other over.
const DEPTH_LIMIT: usize = 32;

/// How deeply lists and objects hold each other, in what may be JSON.
fn depth(bytes: &[u8]) -> usize {
    let (mut now, mut deepest, mut in_text, mut escaped) = (0_usize, 0, false, false);
    for byte in bytes {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            b'[' | b'{' if !in_text => {
                now += 1;
                deepest = deepest.max(now);
            }
            b']' | b'}' if !in_text => now = now.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

fn explain(path: String, error: &serde_json::Error) -> ApiError {
    let message = error.to_string();
    match error.classify() {
        Category::Data => {}
        Category::Eof if error.column() == 0 => return ApiError::MalformedJson("it is empty".to_owned()),
        Category::Io | Category::Syntax | Category::Eof => return ApiError::MalformedJson(message),
    }
    let field = if path.is_empty() || path == "." { "body".to_owned() } else { path };
    let (code, message) = if message.starts_with("unknown field") {
        (
            "unknown_field",
            expected(&message)
                .map_or_else(|| "there are no fields here".to_owned(), |known| format!("the fields here are: {known}")),
        )
    } else if message.starts_with("duplicate field") {
        ("repeated", "give this field once".to_owned())
    } else if let Some(kind) = expected(&message) {
        ("wrong_type", format!("use {}", plain(&kind)))
    } else {
        ("wrong_type", "this is not what is expected here".to_owned())
    };
    ApiError::Invalid(vec![FieldError::new(field, code, message)])
}

/// What serde says it expected, without the quotes and the place.
fn expected(message: &str) -> Option<String> {
    let (_, rest) = message.rsplit_once("expected ")?;
    let what = rest.split(" at line ").next().unwrap_or(rest);
    Some(what.trim_start_matches("one of ").replace('`', ""))
}

/// Rust's names of kinds of values, in JSON's words.
fn plain(kind: &str) -> &str {
    match kind {
        "i64" | "u64" | "u32" | "u16" => "a whole number",
        "a string" => "a text",
        "a map" => "an object",
        "a sequence" => "a list",
        other => other,
    }
}

/// PostgreSQL keeps no NUL, neither in texts nor in JSON. Almost no body holds one, so only one that may is looked
/// at closely.
fn storable(bytes: &[u8]) -> Result<(), ApiError> {
    const NUL: &[u8] = b"\\u0000";
    if !bytes.windows(NUL.len()).any(|window| window == NUL) {
        return Ok(());
    }
    let tree: Value = serde_json::from_slice(bytes).map_err(|error| explain(String::new(), &error))?;
    match find_nul(&tree, String::new()) {
        None => Ok(()),
        Some(field) => {
            let message = "this text holds a NUL character, which cannot be stored";
            Err(ApiError::Invalid(vec![FieldError::new(field, "not_storable", message)]))
        }
    }
}

fn find_nul(value: &Value, path: String) -> Option<String> {
    let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    match value {
        Value::String(text) => text.contains('\0').then_some(path),
        Value::Array(items) => {
            items.iter().enumerate().find_map(|(index, item)| find_nul(item, format!("{path}[{index}]")))
        }
        Value::Object(fields) => {
            fields.iter().find_map(
                |(name, value)| {
                    if name.contains('\0') { Some(path.clone()) } else { find_nul(value, below(name)) }
                },
            )
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}

/// What the derived checks of lengths and ranges found, by field.
pub(super) fn broken_rules(body: &impl Validate) -> Vec<FieldError> {
    body.validate().map_or_else(|errors| list(&errors), |()| Vec::new())
}

fn list(errors: &ValidationErrors) -> Vec<FieldError> {
    let by_field = errors.field_errors();
    let mut fields: Vec<_> = by_field.into_iter().collect();
    fields.sort_by(|(one, _), (other, _)| one.cmp(other));
    let first = fields.into_iter().filter_map(|(field, found)| found.first().map(|error| (field, error)));
    first
        .map(|(field, error)| {
            let code = match &error.code {
                Cow::Borrowed(code) => code,
                Cow::Owned(_) => "not_valid",
            };
            // The error's own text would hold the value.
            let message = error.message.as_deref().unwrap_or("this value is not valid");
            FieldError::new(field.as_ref(), code, message)
        })
        .collect()
}
