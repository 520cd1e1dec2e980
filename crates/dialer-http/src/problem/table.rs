//! The one table of failures: status, code, title and meaning. Codes are stable: programs decide by them.
//! docs/problems.md is written from it.

use actix_web::http::StatusCode;
use dialer_app::UseCaseError;
use dialer_domain::audio::AudioError;
use dialer_domain::eligibility::RefusalCode;
use dialer_domain::store::StoreError;
use dialer_domain::telephony::TelephonyError;

use super::{ApiError, Kind};
use crate::auth::AuthError;

macro_rules! problems {
    ($($name:ident = $status:ident, $code:literal, $title:literal, $meaning:literal;)+) => {
        $(const $name: Kind = Kind { status: StatusCode::$status, code: $code, title: $title };)+

        /// Every failure but the refusals of calls, with what it means.
        const ROWS: &[(Kind, &str)] = &[$(($name, $meaning)),+];
    };
}

problems! {
    BAD_REQUEST = BAD_REQUEST, "bad_request", "Request not understood", "The request is not HTTP as it should be.";
    INVALID_PATH = BAD_REQUEST, "invalid_path", "Not a valid id", "The address holds something else than an id.";
    MALFORMED_JSON = BAD_REQUEST, "malformed_json", "Not valid JSON", "The body is empty or is not JSON.";
    TOO_DEEP = BAD_REQUEST, "too_deep", "Body nested too deeply", "Lists and objects of the body hold each other over too many levels.";
    INVALID_IF_MATCH = BAD_REQUEST, "invalid_if_match", "Not an If-Match", "`If-Match` is neither `*` nor an `ETag` as it was given.";
    INVALID_IDEMPOTENCY_KEY = BAD_REQUEST, "invalid_idempotency_key", "Not an Idempotency-Key", "`Idempotency-Key` is given twice, empty, too long, or holds other than visible ASCII characters.";
    UNREADABLE_BODY = BAD_REQUEST, "unreadable_body", "Body could not be read", "The body broke off or could not be unpacked.";
    UNAUTHENTICATED = UNAUTHORIZED, "unauthenticated", "Not signed in", "There is neither a token nor an API key.";
    INVALID_TOKEN = UNAUTHORIZED, "invalid_token", "Not signed in", "The token or API key is not accepted; `WWW-Authenticate` says why.";
    TOKEN_EXPIRED = UNAUTHORIZED, "token_expired", "Not signed in", "The time of the token or API key is over; get a new one.";
    ROLE_TOO_SMALL = FORBIDDEN, "role_too_small", "Role not sufficient", "This needs a greater role.";
    SCOPE_MISSING = FORBIDDEN, "scope_missing", "API key not sufficient", "The API key does not have the scope that this needs.";
    NOT_WITH_A_KEY = FORBIDDEN, "not_with_a_key", "Not possible with an API key", "API keys are looked at, made and revoked by people, with a token.";
    NOT_FOUND = NOT_FOUND, "not_found", "Not found", "There is no such row, or it is somebody else's.";
    UNKNOWN_ROUTE = NOT_FOUND, "unknown_route", "No such address", "There is nothing at this address.";
    AUDIO_NOT_STORED = NOT_FOUND, "audio_not_stored", "Audio not in our storage", "The row is there; its audio is kept elsewhere or was not sent yet.";
    METHOD_NOT_ALLOWED = METHOD_NOT_ALLOWED, "method_not_allowed", "Method not possible here", "`Allow` names the methods that are.";
    CONFLICT = CONFLICT, "conflict", "Not possible in the present state", "The row is in a state in which this cannot be done.";
    DUPLICATE = CONFLICT, "duplicate", "Exists already", "There is such a row already.";
    MISSING_REFERENCE = CONFLICT, "missing_reference", "Not there any more", "What the request refers to has gone away.";
    STALE = CONFLICT, "stale", "Changed by somebody else", "Somebody else changed the row; read it and try again.";
    PROVIDER_REFUSED = CONFLICT, "provider_refused", "Provider refuses the call", "The provider will not place this call.";
    AGENT_UNREACHABLE = CONFLICT, "agent_unreachable", "Agent's phone not reached", "The agent's phone cannot be reached.";
    NO_SUCH_CALL = CONFLICT, "no_such_call", "Call is over", "The provider has no such call in progress.";
    ANSWER_NOT_KEPT = CONFLICT, "answer_not_kept", "Carried out before", "The request with this `Idempotency-Key` was carried out; its answer was too long to be kept.";
    PRECONDITION_FAILED = PRECONDITION_FAILED, "precondition_failed", "Changed since it was read", "The row is not the one that `If-Match` names; read it again.";
    TOO_LARGE = PAYLOAD_TOO_LARGE, "too_large", "Body too large", "Send less in one request.";
    UNSUPPORTED_MEDIA_TYPE = UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", "Content type not understood", "`Content-Type` names no type that is understood here.";
    RANGE_NOT_SATISFIABLE = RANGE_NOT_SATISFIABLE, "range_not_satisfiable", "Part not available", "`Range` lies outside of the audio; `Content-Range` tells its length.";
    INVALID = UNPROCESSABLE_ENTITY, "invalid_request", "Request not valid", "`errors` names every field or parameter that is wrong.";
    IDEMPOTENCY_KEY_REUSED = UNPROCESSABLE_ENTITY, "idempotency_key_reused", "Idempotency-Key used before", "Another request was sent under this key; give every request a key of its own.";
    RATE_LIMITED = TOO_MANY_REQUESTS, "rate_limited", "Too many requests", "Ask again after `Retry-After`.";
    INTERNAL = INTERNAL_SERVER_ERROR, "internal", "Internal error", "A mistake in the program; its log tells more under the request's id.";
    PROVIDER_UNAUTHORIZED = BAD_GATEWAY, "provider_unauthorized", "Provider account needs attention", "The provider does not accept the API key.";
    PROVIDER_MISCONFIGURED = BAD_GATEWAY, "provider_misconfigured", "Provider account needs attention", "The provider's account or the settings are not as they must be.";
    BUSY = SERVICE_UNAVAILABLE, "busy", "Another one is at work", "As many of these run as may at once; try again after `Retry-After`.";
    DATABASE_UNAVAILABLE = SERVICE_UNAVAILABLE, "database_unavailable", "Database not available", "Try again after `Retry-After`.";
    PROVIDER_THROTTLED = SERVICE_UNAVAILABLE, "provider_throttled", "Provider not available", "The request budget is used up; try again after `Retry-After`.";
    PROVIDER_UNAVAILABLE = SERVICE_UNAVAILABLE, "provider_unavailable", "Provider not available", "The provider does not answer; try again after `Retry-After`.";
    STORAGE_FULL = INSUFFICIENT_STORAGE, "storage_full", "No room for the list", "The data folder's disk is full.";
    OUTCOME_UNKNOWN = GATEWAY_TIMEOUT, "outcome_unknown", "Provider's answer lost", "The call may have been placed; look at the log before trying again.";
}

const fn refused(code: RefusalCode) -> Kind {
    Kind { status: StatusCode::CONFLICT, code: code.as_str(), title: "Call not allowed now" }
}

/// Every failure with what it means, by status.
pub(super) fn rows() -> Vec<(Kind, &'static str)> {
    let meaning = "A rule for calls forbids this one; `retry_not_before`, where given, says until when.";
    let refusals = RefusalCode::ALL.iter().map(|code| (refused(*code), meaning));
    let mut rows: Vec<_> = ROWS.iter().copied().chain(refusals).collect();
    rows.sort_by_key(|(kind, _)| kind.status.as_u16());
    rows
}

pub(super) fn kind(error: &ApiError) -> Kind {
    match error {
        ApiError::UnknownRoute => UNKNOWN_ROUTE,
        ApiError::MethodNotAllowed { .. } => METHOD_NOT_ALLOWED,
        ApiError::MalformedJson(_) => MALFORMED_JSON,
        ApiError::TooDeep { .. } => TOO_DEEP,
        ApiError::UnsupportedMediaType | ApiError::NotAList | ApiError::NotAudio => UNSUPPORTED_MEDIA_TYPE,
        ApiError::AudioNotStored => AUDIO_NOT_STORED,
        ApiError::RangeNotSatisfiable { .. } => RANGE_NOT_SATISFIABLE,
        ApiError::TooLarge { .. } => TOO_LARGE,
        ApiError::UnreadableBody => UNREADABLE_BODY,
        ApiError::InvalidPath => INVALID_PATH,
        ApiError::Invalid(_) => INVALID,
        ApiError::Unauthenticated(error) => unauthenticated(*error),
        ApiError::RoleTooSmall { .. } => ROLE_TOO_SMALL,
        ApiError::ScopeMissing { .. } => SCOPE_MISSING,
        ApiError::NotWithAKey => NOT_WITH_A_KEY,
        ApiError::RateLimited { .. } => RATE_LIMITED,
        ApiError::UseCase(error) => use_case(error),
        ApiError::InvalidIfMatch => INVALID_IF_MATCH,
        ApiError::InvalidIdempotencyKey => INVALID_IDEMPOTENCY_KEY,
        ApiError::IdempotencyKeyReused => IDEMPOTENCY_KEY_REUSED,
        ApiError::AnswerNotKept => ANSWER_NOT_KEPT,
        ApiError::Spool(error) if error.kind() == std::io::ErrorKind::StorageFull => STORAGE_FULL,
        ApiError::NotWired(_) | ApiError::Spool(_) => INTERNAL,
    }
}

const fn unauthenticated(error: AuthError) -> Kind {
    match error {
        AuthError::Missing => UNAUTHENTICATED,
        AuthError::Expired | AuthError::ExpiredKey => TOKEN_EXPIRED,
        _ => INVALID_TOKEN,
    }
}

fn use_case(error: &UseCaseError) -> Kind {
    match error {
        UseCaseError::NotFound(_) => NOT_FOUND,
        UseCaseError::Invalid(_) => INVALID,
        UseCaseError::Conflict(_) => CONFLICT,
        UseCaseError::Changed(_) => PRECONDITION_FAILED,
        UseCaseError::Busy(_) => BUSY,
        UseCaseError::Refused(refusal) => refused(refusal.code),
        UseCaseError::Telephony { source, .. } => telephony(source),
        UseCaseError::Audio(AudioError::TooLong { .. }) => TOO_LARGE,
        UseCaseError::NoRandomness | UseCaseError::Audio(AudioError::Storage(_)) => INTERNAL,
        UseCaseError::Store(error) => store(error),
    }
}

const fn telephony(error: &TelephonyError) -> Kind {
    match error {
        TelephonyError::Refused { .. } => PROVIDER_REFUSED,
        TelephonyError::AgentUnreachable { .. } => AGENT_UNREACHABLE,
        TelephonyError::NoSuchCall => NO_SUCH_CALL,
        TelephonyError::Throttled { .. } => PROVIDER_THROTTLED,
        TelephonyError::Unavailable { .. } => PROVIDER_UNAVAILABLE,
        TelephonyError::Unauthorized { .. } => PROVIDER_UNAUTHORIZED,
        TelephonyError::Misconfigured { .. } => PROVIDER_MISCONFIGURED,
        TelephonyError::OutcomeUnknown { .. } => OUTCOME_UNKNOWN,
    }
}

const fn store(error: &StoreError) -> Kind {
    match error {
        StoreError::Unavailable { .. } => DATABASE_UNAVAILABLE,
        StoreError::Duplicate { .. } => DUPLICATE,
        StoreError::Stale { .. } | StoreError::LeaseLost { .. } => STALE,
        StoreError::Changed(_) => PRECONDITION_FAILED,
        StoreError::MissingReference { .. } => MISSING_REFERENCE,
        StoreError::Corrupt { .. } | StoreError::Refused { .. } => INTERNAL,
    }
}

/// A failure that the framework answered by itself.
pub(crate) fn of_status(status: StatusCode) -> Kind {
    match status {
        StatusCode::NOT_FOUND => UNKNOWN_ROUTE,
        status if status.is_server_error() => Kind { status, ..INTERNAL },
        status => Kind { status, ..BAD_REQUEST },
    }
}
