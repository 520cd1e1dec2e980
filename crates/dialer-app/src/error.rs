//! Why a use case could not do as asked, in terms that its caller can act on.

use dialer_domain::campaigns::CampaignError;
use dialer_domain::eligibility::Refusal;
use dialer_domain::store::StoreError;
use dialer_domain::telephony::TelephonyError;

/// One field of the input that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// The JSON key.
    pub field: String,
    /// A stable code.
    pub code: &'static str,
    /// What is wrong and what would do. Never holds the value itself.
    pub message: String,
}

impl FieldError {
    /// An error of `field`.
    #[must_use]
    pub fn new(field: impl Into<String>, code: &'static str, message: impl Into<String>) -> Self {
        Self { field: field.into(), code, message: message.into() }
    }
}

/// Why a use case could not do as asked.
#[derive(Debug, thiserror::Error)]
pub enum UseCaseError {
    /// There is no such thing, or it is somebody else's.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// The input is wrong; every field that is, is named.
    #[error("the request has fields that are not valid")]
    Invalid(Vec<FieldError>),
    /// What is asked contradicts the present state.
    #[error("{0}")]
    Conflict(String),
    /// The thing was changed since the caller has read it.
    #[error("the {0} was changed since it was read; read it again")]
    Changed(&'static str),
    /// As many of these are at work as may be.
    #[error("another {0} is at work; ask again in a moment")]
    Busy(&'static str),
    /// The rules do not allow this call now.
    #[error("this number may not be called: {}", .0.code)]
    Refused(Refusal),
    /// The provider did not place or end the call. `call` is its log entry.
    #[error("{source}")]
    Telephony {
        /// The entry in the log.
        call: dialer_domain::CallId,
        /// What the provider said.
        source: TelephonyError,
    },
    /// The system gives no random numbers, so no key can be made.
    #[error("the system gives no random numbers")]
    NoRandomness,
    /// Audio could not be stored or read.
    #[error(transparent)]
    Audio(#[from] dialer_domain::audio::AudioError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<Vec<CampaignError>> for UseCaseError {
    fn from(errors: Vec<CampaignError>) -> Self {
        let transition = errors.iter().find(|error| matches!(error, CampaignError::Transition { .. }));
        if let Some(transition) = transition {
            return Self::Conflict(transition.to_string());
        }
        Self::Invalid(
            errors
                .into_iter()
                .filter_map(|error| match error {
                    CampaignError::Field { field, code, message } => Some(FieldError::new(field, code, message)),
                    CampaignError::Transition { .. } => None,
                })
                .collect(),
        )
    }
}

/// An error as a log field that keeps its causes.
pub(crate) fn chain<'a>(error: &'a (dyn std::error::Error + 'static)) -> &'a (dyn std::error::Error + 'static) {
    error
}
