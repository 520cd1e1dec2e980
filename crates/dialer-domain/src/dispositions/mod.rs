//! Dispositions: what the agent says came of a call, and what follows from it.

mod consequences;
mod follow_up;
mod judging;
mod realigning;
pub mod store;
mod when;

use time::OffsetDateTime;

use crate::ids::{CallId, DispositionId, SuppressionId, UserId};
use crate::schedule::WallTime;
use crate::words::words;

pub use consequences::{Consequences, Facts, conclude, suppression};
pub use follow_up::{FollowUp, FollowUpStatus, Promise, cleared, follow_up_events};
pub use judging::{PastPromise, Verdict};
pub use realigning::realigned;
pub use when::{FURTHEST_FOLLOW_UP, FollowUpDateError, FollowUpTime, FollowUpWish, check_follow_up, usual_zone};

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
    /// When the customer is to be called again; where a wall time means two instants, the earlier.
    pub follow_up_date: Option<OffsetDateTime>,
    /// The later of the two, where a wall time means two.
    pub follow_up_again: Option<OffsetDateTime>,
    /// The wall time that was promised, where it was one.
    pub follow_up_wall: Option<WallTime>,
    /// Whether whoever recorded it calls back themselves, and nobody else.
    pub personal: bool,
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
    /// The later instant, where a wall time means two.
    pub follow_up_again: Option<OffsetDateTime>,
    /// The wall time that was promised, where it was one.
    pub follow_up_wall: Option<WallTime>,
    /// Whether whoever says so calls back themselves, and nobody else.
    pub personal: bool,
    /// When it is said.
    pub at: OffsetDateTime,
}
