//! The one table from failure to status, code and title. Codes are stable: programs decide by them.

use actix_web::http::StatusCode;
use dialer_app::UseCaseError;
use dialer_domain::audio::AudioError;
use dialer_domain::store::StoreError;
use dialer_domain::telephony::TelephonyError;

use super::{ApiError, Kind};

const fn row(status: StatusCode, code: &'static str, title: &'static str) -> Kind {
    Kind { status, code, title }
}

pub(super) fn kind(error: &ApiError) -> Kind {
    match error {
        ApiError::UnknownRoute => row(StatusCode::NOT_FOUND, "unknown_route", "No such address"),
        ApiError::MethodNotAllowed { .. } => {
            row(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "Method not possible here")
        }
        ApiError::MalformedJson(_) => row(StatusCode::BAD_REQUEST, "malformed_json", "Not valid JSON"),
        ApiError::UnsupportedMediaType | ApiError::NotAList | ApiError::NotAudio => {
            row(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", "Content type not understood")
        }
        ApiError::AudioNotStored => row(StatusCode::NOT_FOUND, "audio_not_stored", "Audio not in our storage"),
        ApiError::RangeNotSatisfiable { .. } => {
            row(StatusCode::RANGE_NOT_SATISFIABLE, "range_not_satisfiable", "Part not available")
        }
        ApiError::TooLarge { .. } => row(StatusCode::PAYLOAD_TOO_LARGE, "too_large", "Body too large"),
        ApiError::UnreadableBody => row(StatusCode::BAD_REQUEST, "unreadable_body", "Body could not be read"),
        ApiError::InvalidPath => row(StatusCode::BAD_REQUEST, "invalid_path", "Not a valid id"),
        ApiError::Invalid(_) => INVALID,
        ApiError::Unauthenticated(error) => row(StatusCode::UNAUTHORIZED, error.code(), "Not signed in"),
        ApiError::RoleTooSmall { .. } => row(StatusCode::FORBIDDEN, "role_too_small", "Role not sufficient"),
        ApiError::ScopeMissing { .. } => row(StatusCode::FORBIDDEN, "scope_missing", "API key not sufficient"),
        ApiError::NotWithAKey => row(StatusCode::FORBIDDEN, "not_with_a_key", "Not possible with an API key"),
        ApiError::RateLimited { .. } => row(StatusCode::TOO_MANY_REQUESTS, "rate_limited", "Too many requests"),
        ApiError::UseCase(error) => use_case(error),
        ApiError::InvalidIfMatch => row(StatusCode::BAD_REQUEST, "invalid_if_match", "Not an If-Match"),
        ApiError::InvalidIdempotencyKey => {
            row(StatusCode::BAD_REQUEST, "invalid_idempotency_key", "Not an Idempotency-Key")
        }
        ApiError::IdempotencyKeyReused => {
            row(StatusCode::UNPROCESSABLE_ENTITY, "idempotency_key_reused", "Idempotency-Key used before")
        }
        ApiError::AnswerNotKept => row(StatusCode::CONFLICT, "answer_not_kept", "Carried out before"),
        ApiError::Spool(error) if error.kind() == std::io::ErrorKind::StorageFull => {
            row(StatusCode::INSUFFICIENT_STORAGE, "storage_full", "No room for the list")
        }
        ApiError::NotWired(_) | ApiError::Spool(_) => INTERNAL,
    }
}

const INVALID: Kind = row(StatusCode::UNPROCESSABLE_ENTITY, "invalid_request", "Request not valid");
const INTERNAL: Kind = row(StatusCode::INTERNAL_SERVER_ERROR, "internal", "Internal error");

const CHANGED: Kind = row(StatusCode::PRECONDITION_FAILED, "precondition_failed", "Changed since it was read");

fn use_case(error: &UseCaseError) -> Kind {
    match error {
        UseCaseError::NotFound(_) => row(StatusCode::NOT_FOUND, "not_found", "Not found"),
        UseCaseError::Invalid(_) => INVALID,
        UseCaseError::Conflict(_) => row(StatusCode::CONFLICT, "conflict", "Not possible in the present state"),
        UseCaseError::Changed(_) => CHANGED,
        UseCaseError::Refused(refusal) => row(StatusCode::CONFLICT, refusal.code.as_str(), "Call not allowed now"),
        UseCaseError::Telephony { source, .. } => telephony(source),
        UseCaseError::Audio(AudioError::TooLong { .. }) => {
            row(StatusCode::PAYLOAD_TOO_LARGE, "too_large", "Body too large")
        }
        UseCaseError::NoRandomness | UseCaseError::Audio(AudioError::Storage(_)) => INTERNAL,
        UseCaseError::Store(error) => store(error),
    }
}

fn telephony(error: &TelephonyError) -> Kind {
    let (status, title) = match error {
        TelephonyError::Refused { .. } => (StatusCode::CONFLICT, "Provider refuses the call"),
        TelephonyError::AgentUnreachable { .. } => (StatusCode::CONFLICT, "Agent's phone not reached"),
        TelephonyError::NoSuchCall => (StatusCode::CONFLICT, "Call is over"),
        TelephonyError::Throttled { .. } | TelephonyError::Unavailable { .. } => {
            (StatusCode::SERVICE_UNAVAILABLE, "Provider not available")
        }
        TelephonyError::Unauthorized { .. } | TelephonyError::Misconfigured { .. } => {
            (StatusCode::BAD_GATEWAY, "Provider account needs attention")
        }
        TelephonyError::OutcomeUnknown { .. } => (StatusCode::GATEWAY_TIMEOUT, "Provider's answer lost"),
    };
    row(status, error.code(), title)
}

fn store(error: &StoreError) -> Kind {
    match error {
        StoreError::Unavailable { .. } => {
            row(StatusCode::SERVICE_UNAVAILABLE, "database_unavailable", "Database not available")
        }
        StoreError::Duplicate { .. } => row(StatusCode::CONFLICT, "duplicate", "Exists already"),
        StoreError::Stale { .. } => row(StatusCode::CONFLICT, "stale", "Changed by somebody else"),
        StoreError::Changed(_) => CHANGED,
        // What the request refers to went away between our look and our write.
        StoreError::MissingReference { .. } => row(StatusCode::CONFLICT, "missing_reference", "Not there any more"),
        StoreError::Corrupt { .. } | StoreError::Refused { .. } => INTERNAL,
    }
}

/// A failure that the framework answered by itself.
pub(crate) fn of_status(status: StatusCode) -> Kind {
    match status {
        StatusCode::NOT_FOUND => kind(&ApiError::UnknownRoute),
        status if status.is_server_error() => Kind { status, ..INTERNAL },
        status => row(status, "bad_request", "Request not understood"),
    }
}
