//! Answers in the provider's shapes.

use serde_json::{Value, json};
use time::Duration;

use crate::knobs::{ErrorCode, Knobs, Malformed};

const CODE: &str = "SF0010";
const HTML: &str = "text/html; charset=utf-8";
const JSON: &str = "application/json";
const SORRY: &str = "<!DOCTYPE html>\n<html><head><title>Sorry</title></head>\n\
    <body><h1>Too many requests, or we are doing maintenance</h1></body></html>\n";

/// What is sent back: an answer, or something that is none.
pub(super) enum Reply {
    Answer(Answer),
    /// An answer whose body stops in the middle for this long.
    Halting(Answer, Duration),
    /// The connection is closed without a byte.
    Closed,
    /// Bytes that no HTTP client understands, then the connection is closed.
    Garbled,
}

impl Reply {
    /// The status, where one is sent.
    pub(super) fn status(&self) -> Option<u16> {
        match self {
            Self::Answer(answer) | Self::Halting(answer, _) => Some(answer.status),
            Self::Closed | Self::Garbled => None,
        }
    }
}

/// What an answer consists of.
#[derive(Debug, PartialEq)]
pub(super) enum Body {
    None,
    Json(Value),
    Bytes { content_type: &'static str, bytes: Vec<u8> },
}

/// A whole HTTP answer.
#[derive(Debug, PartialEq)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Body,
    pub(super) retry_after_seconds: Option<u32>,
}

impl Answer {
    pub(super) fn new(status: u16, body: Value) -> Self {
        Self { status, body: Body::Json(body), retry_after_seconds: None }
    }

    pub(super) fn bytes(status: u16, content_type: &'static str, bytes: Vec<u8>) -> Self {
        Self { status, body: Body::Bytes { content_type, bytes }, retry_after_seconds: None }
    }

    /// One thing.
    pub(super) fn single(status: u16, data: &Value) -> Self {
        Self::new(status, json!({ "data": data, "links": {} }))
    }

    pub(super) fn no_content() -> Self {
        Self { status: 204, body: Body::None, retry_after_seconds: None }
    }

    /// A page for people.
    pub(super) fn page() -> Self {
        Self::bytes(200, HTML, SORRY.as_bytes().to_vec())
    }

    pub(super) fn error(status: u16, message: &str) -> Self {
        Self::new(status, json!({ "message": message }))
    }

    pub(super) fn not_found() -> Self {
        Self::error(404, "Not found")
    }

    pub(super) fn unauthorized() -> Self {
        Self::error(401, "Authentication required")
    }

    pub(super) fn not_an_object() -> Self {
        Self::error(400, "The body is not a JSON object")
    }

    /// Fields that are not valid, each with what is wrong.
    pub(super) fn invalid(fields: &[(&str, &str)]) -> Self {
        let errors: Vec<_> =
            fields.iter().map(|(field, message)| json!({ "field": field, "message": message, "code": CODE })).collect();
        Self::new(400, json!({ "message": "Validation error", "errors": errors }))
    }

    /// The answer with the codes of its errors where the knobs put them.
    pub(super) fn with_codes_placed(mut self, knobs: &Knobs) -> Self {
        if knobs.error_code == ErrorCode::InEntry {
            return self;
        }
        if let Body::Json(Value::Object(body)) = &mut self.body
            && let Some(Value::Array(errors)) = body.get_mut("errors")
        {
            let codes: Vec<_> = errors.iter_mut().filter_map(|error| error.as_object_mut()?.remove("code")).collect();
            if let (ErrorCode::OnTop, Some(code)) = (knobs.error_code, codes.into_iter().next()) {
                body.insert("code".to_owned(), code);
            }
        }
        self
    }

    /// What goes over the wire: the kind of content and its bytes, where there are any.
    pub(super) fn content(&self) -> Option<(&'static str, Vec<u8>)> {
        match &self.body {
            Body::None => None,
            Body::Json(body) => Some((JSON, body.to_string().into_bytes())),
            Body::Bytes { content_type, bytes } => Some((*content_type, bytes.clone())),
        }
    }

    /// The answer as something that it should not be.
    pub(super) fn malformed(self, how: Malformed) -> Self {
        let bytes = self.content().map(|(_, bytes)| bytes).unwrap_or_default();
        let status = self.status;
        match how {
            Malformed::TruncatedJson => Self::bytes(status, JSON, bytes[..bytes.len() / 2].to_vec()),
            Malformed::HtmlPage => Self::page(),
            Malformed::WrongContentType => Self::bytes(status, HTML, bytes),
            Malformed::Empty => Self::bytes(status, JSON, Vec::new()),
            Malformed::OtherShape => Self::new(status, json!(["not", "what", "you", "expect"])),
        }
    }
}
