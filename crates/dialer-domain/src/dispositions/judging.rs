//! Whether a promise was kept.

use serde_json::json;
use time::{Duration, OffsetDateTime};

use super::FollowUpTime;
use crate::events::{EventKind, NewEvent, data};
use crate::ids::{CallId, CampaignId, ContactId, DispositionId, UserId};

/// A follow-up whose time is over, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastPromise {
    /// The disposition with which it was promised.
    pub disposition_id: DispositionId,
    /// The call on which.
    pub call_id: CallId,
    /// Whose call that was.
    pub owner: UserId,
    /// The call's campaign.
    pub campaign_id: Option<CampaignId>,
    /// The call's contact.
    pub contact_id: Option<ContactId>,
    /// Who promised.
    pub user_id: UserId,
    /// What was promised.
    pub when: FollowUpTime,
    /// When the later call began that closed it.
    pub called_at: Option<OffsetDateTime>,
    /// Whether somebody may still be waiting: the number is not on the do-not-call list, and the call not taken out of the
    /// lists.
    pub wanted: bool,
}

/// What is made of a follow-up whose time is over.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// A call was made in time.
    Kept,
    /// None was; with the event to store.
    Missed(Box<NewEvent>),
    /// None was, and none was to be made.
    Excused,
}

impl PastPromise {
    /// What to make of it at `now`; `None` while it may still be kept.
    ///
    /// It is kept when a call began no later than `tolerance` after the last instant that may have been meant; a call before
    /// that instant counts as well, since whoever is called sooner waits no longer. The call need not have been answered: who
    /// promised to call has called. Whether laws or the campaign's hours allowed a call then is not asked: the promise was ours.
    #[must_use]
    pub fn judge(&self, tolerance: Duration, now: OffsetDateTime) -> Option<Verdict> {
        let until = self.when.last() + tolerance;
        if self.called_at.is_some_and(|at| at <= until) {
            return Some(Verdict::Kept);
        }
        if now <= until {
            return None;
        }
        if self.called_at.is_none() && !self.wanted {
            return Some(Verdict::Excused);
        }
        Some(Verdict::Missed(Box::new(self.missed(tolerance, now))))
    }

    fn missed(&self, tolerance: Duration, now: OffsetDateTime) -> NewEvent {
        let wall = self.when.wall.as_ref();
        NewEvent {
            kind: EventKind::FollowUpMissed,
            user_id: self.owner,
            campaign_id: self.campaign_id,
            contact_id: self.contact_id,
            call_id: Some(self.call_id),
            at: now,
            data: data([
                ("disposition_id", json!(self.disposition_id)),
                ("agent_id", json!(self.user_id)),
                ("due_at", json!(instant(self.when.at))),
                ("due_local", json!(wall.map(|wall| wall.local.to_string()))),
                ("due_zone", json!(wall.map(|wall| wall.zone.name()))),
                ("tolerance_seconds", json!(tolerance.whole_seconds())),
                ("called_at", json!(self.called_at.and_then(instant))),
            ]),
        }
    }
}

fn instant(at: OffsetDateTime) -> Option<String> {
    at.format(&time::format_description::well_known::Rfc3339).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use time::macros::datetime;
    use uuid::Uuid;

    const DUE: OffsetDateTime = datetime!(2026-11-01 05:30 UTC);
    const TOLERANCE: Duration = Duration::minutes(15);

    fn promise(called: Option<i64>) -> PastPromise {
        PastPromise {
            disposition_id: DispositionId::new(Uuid::from_u128(1)),
            call_id: CallId::new(Uuid::from_u128(2)),
            owner: UserId::new(Uuid::from_u128(3)),
            campaign_id: None,
            contact_id: None,
            user_id: UserId::new(Uuid::from_u128(4)),
            when: FollowUpTime { at: DUE, again_at: None, wall: None },
            called_at: called.map(|minutes| DUE + Duration::minutes(minutes)),
            wanted: true,
        }
    }

    fn word(verdict: Option<&Verdict>) -> &'static str {
        match verdict {
            None => "pending",
            Some(Verdict::Kept) => "kept",
            Some(Verdict::Missed(_)) => "missed",
            Some(Verdict::Excused) => "excused",
        }
    }

    #[rstest]
    #[case::at_its_time(Some(0), 60, "kept")]
    #[case::sooner(Some(-30), 60, "kept")]
    #[case::at_the_last_moment(Some(15), 60, "kept")]
    #[case::a_minute_late(Some(16), 60, "missed")]
    #[case::not_at_all(None, 16, "missed")]
    #[case::not_yet(None, 15, "pending")]
    #[case::long_before(None, -60, "pending")]
    fn a_promise_is_kept_by_a_call_within_the_tolerance(
        #[case] called: Option<i64>,
        #[case] now: i64,
        #[case] expected: &str,
    ) {
        assert_eq!(word(promise(called).judge(TOLERANCE, DUE + Duration::minutes(now)).as_ref()), expected);
    }

    #[rstest]
    #[case(75, "pending")]
    #[case(76, "missed")]
    fn a_wall_time_that_comes_twice_is_late_after_the_second(#[case] now: i64, #[case] expected: &str) {
        let mut promise = promise(None);
        promise.when.again_at = Some(DUE + Duration::HOUR);
        assert_eq!(word(promise.judge(TOLERANCE, DUE + Duration::minutes(now)).as_ref()), expected);
    }

    #[test]
    fn nobody_has_to_call_whom_nobody_may_call() {
        let unwanted = PastPromise { wanted: false, ..promise(None) };
        assert_eq!(word(unwanted.judge(TOLERANCE, DUE + Duration::HOUR).as_ref()), "excused");
        let late = PastPromise { wanted: false, ..promise(Some(30)) };
        assert_eq!(
            word(late.judge(TOLERANCE, DUE + Duration::HOUR).as_ref()),
            "missed",
            "it was late before it was unwanted"
        );
    }
}
