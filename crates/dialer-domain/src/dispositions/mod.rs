//! Dispositions: what the agent says came of a call, and what follows from it.

mod consequences;
mod follow_up;
pub mod store;

use time::{Duration, OffsetDateTime};

use crate::ids::{CallId, DispositionId, SuppressionId, UserId};
use crate::words::words;

pub use consequences::{Consequences, Facts, conclude, suppression};
pub use follow_up::{FollowUp, FollowUpStatus, cleared, follow_up_events};

words! {
    /// The result of a call as the agent puts it down.
    Disposition ("disposition") {
        /// Wants to know more.
        Interested = "interested",
        /// Does not.
        NotInterested = "not-interested",
        /// Wants to be called again.
        Callback = "callback",
        /// Somebody else has this number.
        WrongNumber = "wrong-number",
        /// Nobody answered.
        NoAnswer = "no-answer",
        /// A machine answered.
        Voicemail = "voicemail",
        /// Does not want to be called any more.
        DoNotCall = "do-not-call",
        /// A lead worth pursuing.
        Qualified = "qualified",
        /// Not one.
        NotQualified = "not-qualified",
    }
}

/// A disposition on record, a row of `call_dispositions`. A call may have several; the last one counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedDisposition {
    /// Its id.
    pub id: DispositionId,
    /// The call.
    pub call_id: CallId,
    /// Who recorded it.
    pub user_id: UserId,
    /// What came of the call.
    pub disposition: Disposition,
    /// Anything more to say.
    pub notes: Option<String>,
    /// When the customer is to be called again.
    pub follow_up_date: Option<OffsetDateTime>,
    /// When it was recorded.
    pub created_at: OffsetDateTime,
}

/// What a person says came of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDisposition {
    /// The id it will have.
    pub id: DispositionId,
    /// The id that a do-not-call entry will have, should one follow.
    pub suppression_id: SuppressionId,
    /// The call.
    pub call_id: CallId,
    /// Who says so.
    pub user_id: UserId,
    /// What came of the call.
    pub disposition: Disposition,
    /// Anything more to say.
    pub notes: Option<String>,
    /// When the customer is to be called again. A callback without one is due after the retry interval.
    pub follow_up_date: Option<OffsetDateTime>,
    /// Whether whoever says so calls back themselves, and nobody else.
    pub personal: bool,
    /// When it is said.
    pub at: OffsetDateTime,
}

/// How far ahead a follow-up may lie.
pub const FURTHEST_FOLLOW_UP: Duration = Duration::days(730);

/// Why a follow-up date cannot be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FollowUpDateError {
    /// It is over.
    #[error("a follow-up lies in the future")]
    Past,
    /// It is further ahead than [`FURTHEST_FOLLOW_UP`].
    #[error("a follow-up lies at most two years ahead")]
    TooFar,
    /// Nobody is to be called again after this disposition.
    #[error("nobody is called again after this disposition; leave the date out")]
    NeverAgain,
}

impl FollowUpDateError {
    /// A stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Past => "in_the_past",
            Self::TooFar => "too_far_ahead",
            Self::NeverAgain => "not_possible",
        }
    }
}

/// Whether a follow-up at `date` can go with `disposition`, recorded at `now`.
///
/// # Errors
/// [`FollowUpDateError`]
pub fn check_follow_up(
    disposition: Disposition,
    date: OffsetDateTime,
    now: OffsetDateTime,
) -> Result<(), FollowUpDateError> {
    if matches!(disposition, Disposition::DoNotCall | Disposition::WrongNumber) {
        Err(FollowUpDateError::NeverAgain)
    } else if date <= now {
        Err(FollowUpDateError::Past)
    } else if date - now > FURTHEST_FOLLOW_UP {
        Err(FollowUpDateError::TooFar)
    } else {
        Ok(())
    }
}
