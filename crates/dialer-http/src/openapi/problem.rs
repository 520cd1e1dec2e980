//! The shape of every failure.

use dialer_domain::rules::RuleRef;
use utoipa::ToSchema;
use uuid::Uuid;

/// Why a request was not answered as asked (RFC 9457).
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its schema is used; `crate::problem` writes the documents")]
pub(super) struct Problem {
    /// Names the kind of failure.
    #[schema(example = "urn:dialer:problem:not_found")]
    r#type: String,
    /// The kind of failure, for people.
    title: String,
    /// The HTTP status.
    #[schema(minimum = 400, maximum = 599)]
    status: u16,
    /// What happened this time, for people.
    detail: String,
    /// The kind of failure, for programs. Stable.
    code: String,
    /// The id under which the log tells more.
    request_id: String,
    /// What is wrong with which field.
    errors: Option<Vec<WrongField>>,
    /// The earliest time at which asking again makes sense.
    #[schema(format = DateTime)]
    retry_not_before: Option<String>,
    /// The rule of the callee's place that refuses.
    rule: Option<RuleRef>,
    /// The entry in the log of calls that tells of the failed attempt.
    call_log_id: Option<Uuid>,
}

/// A field or parameter that cannot be used.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its schema is used; `crate::problem` writes the documents")]
pub(super) struct WrongField {
    /// Its name, with its place in the body.
    field: String,
    /// What is wrong, for programs.
    code: String,
    /// What is wrong, for people.
    message: String,
}
