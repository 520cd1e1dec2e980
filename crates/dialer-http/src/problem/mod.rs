//! Failures as people and programs read them: RFC 9457 problem documents, all made here.
//!
//! [`ApiError`] is what handlers and extractors fail with; `table` says what each failure is called and answered
//! with; the outermost middleware (`answer`) adds the request id and writes the body.

mod table;

use actix_web::http::StatusCode;
use actix_web::http::header::{
    ALLOW, CONTENT_RANGE, CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE,
};
use actix_web::{HttpResponse, HttpResponseBuilder, ResponseError};
use dialer_app::{FieldError, UseCaseError};
use dialer_domain::identity::Role;
use dialer_domain::ids::CallId;
use dialer_domain::rules::RuleRef;
use dialer_domain::telephony::{Advice, TelephonyError};
use serde::Serialize;

use crate::answer::Document;
use crate::auth::AuthError;
use crate::logs::cause;
use crate::stamp::Stamp;
pub(crate) use table::of_status;

/// The media type of every failure.
pub const MEDIA_TYPE: &str = "application/problem+json";

/// Why a request is not answered as asked.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// There is nothing at this path.
    #[error("there is nothing at this address; the API is below /api/dialer")]
    UnknownRoute,
    /// The path exists, the method does not.
    #[error("this method is not possible here; use {allowed}")]
    MethodNotAllowed {
        /// The methods that are, separated by commas.
        allowed: &'static str,
    },
    /// The body is not JSON.
    #[error("the body is not valid JSON: {0}")]
    MalformedJson(String),
    /// The body's lists and objects hold each other over too many levels.
    #[error("the body is nested too deeply; use at most {limit} levels")]
    TooDeep {
        /// Levels at most.
        limit: usize,
    },
    /// The body says it is something else than JSON.
    #[error("send the body as JSON, with Content-Type: application/json")]
    UnsupportedMediaType,
    /// The body is no contact list.
    #[error("send the list as text/csv, or as the part `file` of multipart/form-data")]
    NotAList,
    /// The body is no audio that we keep.
    #[error(
        "send audio/mpeg, audio/wav or audio/ogg with its Content-Type, itself or as the part `file` of multipart/form-data"
    )]
    NotAudio,
    /// The audio is elsewhere, or was not sent yet. Where it is elsewhere, the row says so; we do not pass on what may need
    /// the provider's credentials.
    #[error("the audio is not in our storage; the row may say where else it is heard")]
    AudioNotStored,
    /// The part asked for lies outside.
    #[error("the range lies outside of the audio, which has {size} bytes")]
    RangeNotSatisfiable {
        /// The length of the whole.
        size: u64,
    },
    /// The body is longer than this address takes.
    #[error("the body is too large; send at most {limit} bytes, in several requests if need be")]
    TooLarge {
        /// Bytes taken at most.
        limit: usize,
    },
    /// The body broke off or could not be unpacked.
    #[error("the body could not be read to its end")]
    UnreadableBody,
    /// The path holds something else than an id.
    #[error("the address does not hold a valid id; ids are UUIDs")]
    InvalidPath,
    /// Fields of the body or parameters of the query are wrong.
    #[error("the request has fields that are not valid; see errors")]
    Invalid(Vec<FieldError>),
    /// Nobody knows who asks.
    #[error(transparent)]
    Unauthenticated(#[from] AuthError),
    /// Who asks may not.
    #[error("your role is {has}; this needs the role {needs}")]
    RoleTooSmall {
        /// The role of who asks.
        has: Role,
        /// The least role that may.
        needs: Role,
    },
    /// A list cannot be written to or read from the disk.
    #[error("a list could not be kept: {0}")]
    Spool(std::io::Error),
    /// The API key does not reach that far.
    #[error("this API key does not have the scope {needs}")]
    ScopeMissing {
        /// The least scope that would do.
        needs: String,
    },
    /// Keys are made and ended by people.
    #[error("an API key cannot look at, make or end API keys; sign in with a token")]
    NotWithAKey,
    /// Too many requests.
    #[error("you ask too often; ask again in {seconds} s")]
    RateLimited {
        /// When to ask again.
        seconds: u64,
    },
    /// The use case could not do as asked.
    #[error(transparent)]
    UseCase(#[from] UseCaseError),
    /// The `If-Match` cannot be read.
    #[error("give If-Match as *, or as the ETag of what you have read, in its quotes")]
    InvalidIfMatch,
    /// The `Idempotency-Key` cannot be one.
    #[error("give one Idempotency-Key of 1 to 255 visible ASCII characters")]
    InvalidIdempotencyKey,
    /// The key belongs to another request.
    #[error("this Idempotency-Key was used for another request; give every request a key of its own")]
    IdempotencyKeyReused,
    /// The request was carried out; nobody knows any more what was answered.
    #[error("the request with this Idempotency-Key was carried out; its answer was too long to be kept")]
    AnswerNotKept,
    /// A part of the application was not handed in. A mistake in the program.
    #[error("{0} is missing")]
    NotWired(&'static str),
}

/// How a failure is called and answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Kind {
    pub(crate) status: StatusCode,
    pub(crate) code: &'static str,
    pub(crate) title: &'static str,
}

/// docs/problems.md: every code, written from the table.
pub(crate) fn markdown() -> String {
    let head = "# Problems\n\nEvery failure is an RFC 9457 document of the type `application/problem+json`. Its `type` is \
        `urn:dialer:problem:` and\nthe code. Codes are stable; titles and details may change.\n\n\
        | status | code | title | meaning |\n| --- | --- | --- | --- |\n";
    let row = |(kind, meaning): (Kind, &str)| {
        format!("| {} | `{}` | {} | {meaning} |\n", kind.status.as_u16(), kind.code, kind.title)
    };
    std::iter::once(head.to_owned()).chain(table::rows().into_iter().map(row)).collect()
}

/// A problem document, but for the request id.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Problem {
    #[serde(rename = "type")]
    kind: String,
    title: &'static str,
    status: u16,
    detail: String,
    code: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<WrongField>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_not_before: Option<Stamp>,
    /// The rule that refuses, with the version of its pack.
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<RuleRef>,
    /// The entry in the log of calls that tells of the failed attempt.
    #[serde(skip_serializing_if = "Option::is_none")]
    call_log_id: Option<CallId>,
}

#[derive(Debug, Clone, Serialize)]
struct WrongField {
    field: String,
    code: &'static str,
    message: String,
}

impl Problem {
    pub(crate) fn new(kind: Kind, detail: String) -> Self {
        Self {
            kind: format!("urn:dialer:problem:{}", kind.code),
            title: kind.title,
            status: kind.status.as_u16(),
            detail,
            code: kind.code,
            errors: Vec::new(),
            retry_not_before: None,
            rule: None,
            call_log_id: None,
        }
    }

    fn of(error: &ApiError, kind: Kind) -> Self {
        let detail = match error {
            // What went wrong inside is for the log, not for the caller.
            _ if kind.status == StatusCode::INTERNAL_SERVER_ERROR => {
                "something went wrong on our side; the log tells more under this request id".to_owned()
            }
            ApiError::UseCase(UseCaseError::Telephony { source, .. }) => source.to_string(),
            _ => error.to_string(),
        };
        let mut problem = Self::new(kind, detail);
        match error {
            ApiError::Invalid(errors) | ApiError::UseCase(UseCaseError::Invalid(errors)) => {
                let field = |error: &FieldError| WrongField {
                    field: error.field.clone(),
                    code: error.code,
                    message: error.message.clone(),
                };
                problem.errors = errors.iter().map(field).collect();
            }
            ApiError::UseCase(UseCaseError::Refused(refusal)) => {
                problem.retry_not_before = refusal.retry_not_before.map(Stamp::from);
                problem.rule = refusal.rule;
            }
            ApiError::UseCase(UseCaseError::Telephony { call, .. }) => problem.call_log_id = Some(*call),
            _ => {}
        }
        problem
    }

    /// The answer without a body; the outermost middleware writes it.
    fn answer(self, mut response: HttpResponseBuilder) -> HttpResponse {
        let mut response = response.finish();
        response.extensions_mut().insert(self);
        response
    }
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        table::kind(self).status
    }

    fn error_response(&self) -> HttpResponse {
        let kind = table::kind(self);
        if kind.status.is_server_error() {
            tracing::error!(code = kind.code, error = cause(self), "a request failed");
        }
        let mut response = HttpResponse::build(kind.status);
        for header in self.headers(kind) {
            response.insert_header(header);
        }
        Problem::of(self, kind).answer(response)
    }
}

impl ApiError {
    /// Everything that the failure is answered with.
    pub(crate) fn document(&self, request_id: &str) -> (StatusCode, HeaderMap, String) {
        let kind = table::kind(self);
        let problem = Problem::of(self, kind);
        let mut headers = self.headers(kind);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        let document = Document { problem: &problem, request_id };
        (kind.status, headers, serde_json::to_string(&document).unwrap_or_default())
    }

    /// The headers that belong to the failure.
    fn headers(&self, kind: Kind) -> HeaderMap {
        let mut headers = HeaderMap::new();
        match self {
            Self::MethodNotAllowed { allowed } => {
                headers.insert(ALLOW, HeaderValue::from_static(allowed));
            }
            Self::RangeNotSatisfiable { size } => {
                if let Ok(range) = HeaderValue::from_str(&format!("bytes */{size}")) {
                    headers.insert(CONTENT_RANGE, range);
                }
            }
            Self::Unauthenticated(error) => {
                if let Ok(challenge) = HeaderValue::from_str(&error.challenge()) {
                    headers.insert(WWW_AUTHENTICATE, challenge);
                }
            }
            Self::RateLimited { seconds } => {
                headers.insert(RETRY_AFTER, (*seconds).into());
            }
            _ => {}
        }
        if kind.status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(RETRY_AFTER, self.retry_after_seconds().into());
        }
        headers
    }

    fn retry_after_seconds(&self) -> i64 {
        const SOON: i64 = 5;
        match self {
            Self::UseCase(UseCaseError::Telephony { source, .. }) => match TelephonyError::advice(source) {
                Advice::RetryAfter(wait) => (wait.whole_seconds() + i64::from(wait.subsec_nanoseconds() > 0)).max(1),
                Advice::GiveUp | Advice::RestAgent | Advice::ReconcileFirst | Advice::StopDialing => SOON,
            },
            _ => SOON,
        }
    }
}

#[cfg(test)]
mod tests;
