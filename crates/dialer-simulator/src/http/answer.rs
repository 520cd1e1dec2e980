//! Answers in the provider's shapes.

use serde_json::{Value, json};

/// What is sent back: an answer, or something that is none.
pub(super) enum Reply {
    Answer(Answer),
    /// The connection is closed without a byte.
    Closed,
    /// Bytes that no HTTP client understands, then the connection is closed.
    Garbled,
}

impl Reply {
    /// The status, where one is sent.
    pub(super) fn status(&self) -> Option<u16> {
        match self {
            Self::Answer(answer) => Some(answer.status),
            Self::Closed | Self::Garbled => None,
        }
    }
}

/// A whole HTTP answer.
#[derive(Debug, PartialEq)]
pub(super) struct Answer {
    pub(super) status: u16,
    /// No body at all where there is none.
    pub(super) body: Option<Value>,
    pub(super) retry_after_seconds: Option<u32>,
}

impl Answer {
    pub(super) fn new(status: u16, body: Value) -> Self {
        Self { status, body: Some(body), retry_after_seconds: None }
    }

    /// One thing.
    pub(super) fn single(status: u16, data: &Value) -> Self {
        Self::new(status, json!({ "data": data, "links": {} }))
    }

    pub(super) fn no_content() -> Self {
        Self { status: 204, body: None, retry_after_seconds: None }
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

    /// Fields that are not valid, each with what is wrong.
    pub(super) fn invalid(fields: &[(&str, &str)]) -> Self {
        let errors: Vec<_> = fields
            .iter()
            .map(|(field, message)| json!({ "field": field, "message": message, "code": "SF0010" }))
            .collect();
        Self::new(400, json!({ "message": "Validation error", "errors": errors }))
    }
}
