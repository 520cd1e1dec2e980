//! What a provider's refusals and failures mean for the next step.

use time::Duration;

/// Why the provider did not do as asked. Each variant calls for a different next step, see [`Self::advice`].
#[derive(Debug, thiserror::Error)]
pub enum TelephonyError {
    /// The provider will not call this number, now or later. The customer was not called.
    #[error("the provider refuses this call: {reason}")]
    Refused {
        /// The provider's words.
        reason: String,
    },
    /// The agent has no phone that can ring, or did not pick it up. The customer was not called.
    #[error("the agent's phone cannot be reached: {reason}")]
    AgentUnreachable {
        /// The provider's words.
        reason: String,
    },
    /// Too many requests or calls. The customer was not called.
    #[error("the provider asks for fewer requests: {reason}")]
    Throttled {
        /// The provider's words.
        reason: String,
        /// When the provider says to come back.
        retry_after: Option<Duration>,
    },
    /// Credentials are wrong or have expired. Nothing works until a person mends it.
    #[error("the provider does not accept the API key: {reason}")]
    Unauthorized {
        /// The provider's words.
        reason: String,
    },
    /// The account or our settings do not allow what was asked, whatever the number: an unusable caller ID, an
    /// agent id that is none, no balance. Nothing works until a person mends it.
    #[error("the provider account is not set up for this: {reason}")]
    Misconfigured {
        /// The provider's words.
        reason: String,
    },
    /// The request did not reach the provider, or it said that it did nothing. Safe to send again.
    #[error("the provider cannot be reached: {reason}")]
    Unavailable {
        /// What went wrong.
        reason: String,
    },
    /// The request may have been carried out, and its answer was lost. Ask what happened before anything else.
    #[error("the provider's answer was lost: {reason}")]
    OutcomeUnknown {
        /// What went wrong.
        reason: String,
    },
    /// There is no such call any more.
    #[error("the provider knows no such call")]
    NoSuchCall,
}

/// What to do about a [`TelephonyError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Advice {
    /// Do not try this number again.
    GiveUp,
    /// Try again after this long.
    RetryAfter(Duration),
    /// Try another agent; leave this one alone for a while.
    RestAgent,
    /// Find out whether the call exists before anything else.
    ReconcileFirst,
    /// Stop dialling and tell a person.
    StopDialing,
}

impl TelephonyError {
    /// How long to wait where the provider does not say, and the longest we take its word for.
    const PAUSE: Duration = Duration::seconds(5);
    const LONGEST_PAUSE: Duration = Duration::minutes(10);

    /// What to do next.
    #[must_use]
    pub fn advice(&self) -> Advice {
        match self {
            Self::Refused { .. } | Self::NoSuchCall => Advice::GiveUp,
            Self::AgentUnreachable { .. } => Advice::RestAgent,
            Self::Throttled { retry_after, .. } => {
                Advice::RetryAfter(retry_after.unwrap_or(Self::PAUSE).clamp(Duration::SECOND, Self::LONGEST_PAUSE))
            }
            Self::Unavailable { .. } => Advice::RetryAfter(Self::PAUSE),
            Self::Unauthorized { .. } | Self::Misconfigured { .. } => Advice::StopDialing,
            Self::OutcomeUnknown { .. } => Advice::ReconcileFirst,
        }
    }

    /// A stable code for machines.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Refused { .. } => "provider_refused",
            Self::AgentUnreachable { .. } => "agent_unreachable",
            Self::Throttled { .. } => "provider_throttled",
            Self::Unauthorized { .. } => "provider_unauthorized",
            Self::Misconfigured { .. } => "provider_misconfigured",
            Self::Unavailable { .. } => "provider_unavailable",
            Self::OutcomeUnknown { .. } => "outcome_unknown",
            Self::NoSuchCall => "no_such_call",
        }
    }
}
