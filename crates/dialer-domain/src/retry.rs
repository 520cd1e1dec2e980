//! What becomes of a contact after a call.

use time::{Duration, OffsetDateTime};

use crate::calls::CallOutcome;
use crate::contacts::{ClosedReason, ContactStatus};

/// How often a contact is tried, and how long apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Attempts in all, at least 1.
    pub max_attempts: u32,
    /// Wait between the end of one attempt and the start of the next.
    pub interval: Duration,
}

/// The state of a contact after a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AfterCall {
    /// Where the contact stands.
    pub status: ContactStatus,
    /// Attempts that count.
    pub attempts: u32,
    /// When it may be called again.
    pub next_attempt_at: Option<OffsetDateTime>,
    /// Why it will not be.
    pub closed_reason: Option<ClosedReason>,
}

/// How long a contact rests whose call never left, so that one that cannot be placed does not keep others waiting.
pub const NOT_PLACED_REST: Duration = Duration::minutes(1);

/// What becomes of a contact whose attempt number `attempts` ended with `outcome` at `ended_at`.
///
/// An attempt that never reached the customer's line does not count. `schedule_next_attempt()` in the database
/// is the net under writers that do not come through here, and follows the same interval and cap.
#[must_use]
pub fn after_call(policy: RetryPolicy, attempts: u32, outcome: CallOutcome, ended_at: OffsetDateTime) -> AfterCall {
    let counted = if outcome.reached_customer() { attempts } else { attempts.saturating_sub(1) };
    let closed =
        |status, reason| AfterCall { status, attempts: counted, next_attempt_at: None, closed_reason: Some(reason) };
    match outcome {
        CallOutcome::Completed => closed(ContactStatus::Completed, ClosedReason::Reached),
        CallOutcome::InvalidNumber => closed(ContactStatus::Failed, ClosedReason::InvalidNumber),
        CallOutcome::Refused => closed(ContactStatus::Failed, ClosedReason::Refused),
        CallOutcome::Busy
        | CallOutcome::NoAnswer
        | CallOutcome::Canceled
        | CallOutcome::Abandoned
        | CallOutcome::Failed => {
            if counted >= policy.max_attempts {
                closed(ContactStatus::Failed, ClosedReason::AttemptsExhausted)
            } else {
                AfterCall {
                    status: ContactStatus::Failed,
                    attempts: counted,
                    next_attempt_at: Some(ended_at + policy.interval),
                    closed_reason: None,
                }
            }
        }
        CallOutcome::NotPlaced => AfterCall {
            status: if counted == 0 { ContactStatus::Pending } else { ContactStatus::Failed },
            attempts: counted,
            next_attempt_at: Some(ended_at + NOT_PLACED_REST),
            closed_reason: None,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use time::macros::datetime;

    const T0: OffsetDateTime = datetime!(2026-03-02 10:00 UTC);
    const POLICY: RetryPolicy = RetryPolicy { max_attempts: 3, interval: Duration::hours(1) };

    #[rstest]
    #[case(CallOutcome::Busy)]
    #[case(CallOutcome::NoAnswer)]
    #[case(CallOutcome::Canceled)]
    #[case(CallOutcome::Abandoned)]
    #[case(CallOutcome::Failed)]
    fn an_unsuccessful_attempt_is_tried_again_after_the_interval(#[case] outcome: CallOutcome) {
        let after = after_call(POLICY, 1, outcome, T0);
        assert_eq!(after.status, ContactStatus::Failed);
        assert_eq!(after.next_attempt_at, Some(T0 + Duration::hours(1)));
        assert_eq!(after.closed_reason, None);
    }

    #[test]
    fn the_last_attempt_closes_the_contact() {
        let after = after_call(POLICY, 3, CallOutcome::NoAnswer, T0);
        assert_eq!(after.next_attempt_at, None);
        assert_eq!(after.closed_reason, Some(ClosedReason::AttemptsExhausted));
    }

    #[test]
    fn somebody_who_answered_is_not_called_again() {
        let after = after_call(POLICY, 1, CallOutcome::Completed, T0);
        assert_eq!((after.status, after.next_attempt_at), (ContactStatus::Completed, None));
        assert_eq!(after.closed_reason, Some(ClosedReason::Reached));
    }

    #[rstest]
    #[case(CallOutcome::InvalidNumber, 1, ClosedReason::InvalidNumber)]
    #[case(CallOutcome::Refused, 0, ClosedReason::Refused)]
    fn a_number_that_cannot_be_called_is_not_tried_again(
        #[case] outcome: CallOutcome,
        #[case] attempts: u32,
        #[case] reason: ClosedReason,
    ) {
        let after = after_call(POLICY, 1, outcome, T0);
        assert_eq!((after.closed_reason, after.next_attempt_at), (Some(reason), None));
        assert_eq!(after.attempts, attempts);
    }

    #[rstest]
    #[case(1, 0, ContactStatus::Pending)]
    #[case(3, 2, ContactStatus::Failed)]
    fn an_attempt_that_never_left_is_given_back(
        #[case] attempts: u32,
        #[case] counted: u32,
        #[case] status: ContactStatus,
    ) {
        let after = after_call(POLICY, attempts, CallOutcome::NotPlaced, T0);
        assert_eq!((after.attempts, after.status), (counted, status));
        assert_eq!(after.next_attempt_at, Some(T0 + NOT_PLACED_REST));
    }

    proptest::proptest! {
        #[test]
        fn a_contact_is_either_closed_or_has_its_next_instant(
            max in 1_u32..10, attempts in 1_u32..12, which in 0..CallOutcome::ALL.len(), interval in 0_i64..100_000,
        ) {
            let policy = RetryPolicy { max_attempts: max, interval: Duration::seconds(interval) };
            let after = after_call(policy, attempts, CallOutcome::ALL[which], T0);
            proptest::prop_assert_eq!(after.closed_reason.is_none(), after.next_attempt_at.is_some());
            proptest::prop_assert!(after.next_attempt_at.is_none_or(|at| at >= T0));
            proptest::prop_assert!(after.attempts <= attempts);
        }
    }
}
