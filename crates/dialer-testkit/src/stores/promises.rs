//! Promises: kept or missed, once and for all, and at the wall time that was promised.

use dialer_domain::calls::Evidence;
use dialer_domain::dispositions::store::FollowUpFilter;
use dialer_domain::dispositions::{Disposition, FollowUpStatus, NewDisposition, Promise};
use dialer_domain::events::{EventKind, NewEvent};
use dialer_domain::ids::DispositionId;
use dialer_domain::schedule::WallTime;
use dialer_domain::{Call, CallOutcome, ContactStatus, Duration, OffsetDateTime, Precondition, Scope};
use serde_json::json;
use time::macros::datetime;

use super::Stage;
use super::scene::{Mark, at_once, minute};
use crate::builders::{T0, call, disposition, number, suppression, user};

/// How late a call may be.
const TOLERANCE: Duration = Duration::minutes(15);

impl Stage {
    async fn judge(&self, now: OffsetDateTime) -> u64 {
        self.follow_ups.judge_follow_ups(TOLERANCE, now, 100).await.unwrap()
    }

    async fn missed_since(&self, mark: Mark) -> Vec<NewEvent> {
        let told = self.since(mark).await.into_iter();
        told.filter(|event| event.kind == EventKind::FollowUpMissed).collect()
    }

    async fn those_that_are(&self, status: FollowUpStatus) -> Vec<DispositionId> {
        let filter = FollowUpFilter { status: Some(status), ..FollowUpFilter::default() };
        self.follow_ups_of(Scope::Service, filter, T0).await
    }

    async fn became(&self, promise: DispositionId) -> Promise {
        self.follow_ups.follow_up(Scope::Service, promise).await.unwrap().unwrap().promise()
    }

    /// An own call to a number on which a callback after an hour was promised.
    async fn given_own_promise(&self, n: u32) -> (Call, DispositionId) {
        let own = call().to(number(n)).ended(CallOutcome::Completed, minute(1)).build();
        let promise = self.given_promise(own.clone(), minute(60)).await.id;
        (own, promise)
    }

    /// The owner of a call calls the number again.
    async fn call_again(&self, own: &Call, at: OffsetDateTime) -> Call {
        let again = call().owner(own.user_id).to(own.to_number.clone()).started_at(at).build();
        self.calls.add(&again).await.unwrap();
        again
    }
}

/// Whoever judges and however often; whoever waits is still called, and the late call does not make it good.
pub async fn a_promise_that_nobody_kept_in_time_is_missed_once_and_still_called(stores: &Stage) {
    let (list, person, live) = stores.given_live_call().await;
    stores.end(live.id, CallOutcome::Completed, minute(1)).await.unwrap();
    let promise = stores.promise(&live, minute(60), minute(2)).await.id;
    let mark = stores.mark().await;
    assert_eq!(stores.judge(minute(75)).await, 0, "the last moment of the tolerance");
    assert_eq!(stores.became(promise).await, Promise::Pending);
    let judges = at_once(4, |_| {
        let stores = stores.clone();
        async move { stores.judge(minute(76)).await }
    });
    assert_eq!(judges.await.into_iter().sum::<u64>(), 1);
    assert_eq!(stores.judge(minute(90)).await, 0);
    let told = stores.missed_since(mark).await;
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!((told[0].user_id, told[0].campaign_id, told[0].at), (list.user_id, Some(list.id), minute(76)));
    assert_eq!((told[0].contact_id, told[0].call_id), (Some(person.id), Some(live.id)));
    assert_eq!((&told[0].data["disposition_id"], &told[0].data["called_at"]), (&json!(promise), &json!(null)));
    assert_eq!(told[0].data["due_at"], "2026-03-02T11:00:00Z");
    assert_eq!(stores.those_that_are(FollowUpStatus::Missed).await, [promise]);
    assert_eq!(stores.open_follow_ups().await, [promise], "somebody still waits");
    let waits = stores.contact(person.id).await;
    assert_eq!((waits.status, waits.next_attempt_at), (ContactStatus::Callback, Some(minute(60))));
    let late = stores.dial(list.id, minute(91)).await;
    assert!(late.callback);
    assert_eq!(stores.open_follow_ups().await, []);
    let shown = stores.follow_ups.follow_up(Scope::Service, promise).await.unwrap().unwrap();
    assert_eq!((shown.promise(), shown.kept_by, shown.missed_at), (Promise::Missed, Some(late.id), Some(minute(76))));
    assert_eq!(shown.status(minute(91)), FollowUpStatus::Missed);
    assert_eq!(stores.those_that_are(FollowUpStatus::Missed).await, [promise]);
    assert_eq!((stores.judge(minute(500)).await, stores.missed_since(mark).await.len()), (0, 1));
}

/// When nobody judged in between, a call that came too late is found out all the same.
pub async fn the_time_of_the_call_decides_and_not_that_of_the_judging(stores: &Stage) {
    let (in_time, kept) = stores.given_own_promise(1).await;
    let (too_late, missed) = stores.given_own_promise(2).await;
    stores.call_again(&in_time, minute(75)).await;
    stores.call_again(&too_late, minute(76)).await;
    let mark = stores.mark().await;
    assert_eq!(stores.judge(minute(600)).await, 2);
    assert_eq!((stores.became(kept).await, stores.became(missed).await), (Promise::Kept, Promise::Missed));
    assert_eq!(stores.those_that_are(FollowUpStatus::Kept).await, [kept]);
    assert_eq!(stores.those_that_are(FollowUpStatus::Missed).await, [missed]);
    let told = stores.missed_since(mark).await;
    assert_eq!(told.len(), 1);
    assert_eq!((told[0].call_id, &told[0].data["called_at"]), (Some(too_late.id), &json!("2026-03-02T11:16:00Z")));
}

/// Cleared, replaced by a later word, or of a number that nobody may call: nobody is told.
pub async fn what_nobody_waits_for_is_not_missed(stores: &Stage) {
    let (_, cleared) = stores.given_own_promise(1).await;
    let (replaced, moved) = stores.given_own_promise(2).await;
    let (unwilling, _) = stores.given_own_promise(3).await;
    let clear = stores.follow_ups.clear_follow_up(Scope::Service, cleared, &Precondition::Any, minute(3));
    clear.await.unwrap().unwrap();
    stores.say(&disposition(&replaced, Disposition::NotInterested, minute(3))).await;
    stores.suppressions.suppress(&suppression(unwilling.user_id, &unwilling.to_number)).await.unwrap();
    let mark = stores.mark().await;
    assert_eq!(stores.judge(minute(600)).await, 1, "that of the number that nobody may call, and only once");
    assert_eq!(stores.judge(minute(601)).await, 0);
    assert_eq!(stores.missed_since(mark).await, []);
    assert_eq!(stores.those_that_are(FollowUpStatus::Missed).await, []);
    assert_eq!(stores.became(moved).await, Promise::Pending);
}

/// Somebody else's call does not keep it.
pub async fn a_personal_promise_is_kept_by_whoever_gave_it(stores: &Stage) {
    let own = call().to(number(1)).ended(CallOutcome::Completed, minute(1)).build();
    stores.calls.add(&own).await.unwrap();
    let promise = NewDisposition {
        personal: true,
        follow_up_date: Some(minute(60)),
        ..disposition(&own, Disposition::Callback, minute(2))
    };
    let promise = stores.say(&promise).await;
    assert!(promise.personal);
    let by = |agent, at| call().owner(own.user_id).handled_by(agent).to(own.to_number.clone()).started_at(at).build();
    stores.calls.add(&by(user(), minute(60))).await.unwrap();
    assert_eq!(stores.open_follow_ups().await, [promise.id]);
    let kept = by(own.user_id, minute(61));
    stores.calls.add(&kept).await.unwrap();
    let shown = stores.follow_ups.follow_up(Scope::Service, promise.id).await.unwrap().unwrap();
    assert_eq!((shown.personal, shown.kept_by), (true, Some(kept.id)));
}

/// A dial that never left keeps nothing; what it seemed to keep is judged again.
pub async fn a_call_that_was_not_placed_makes_no_promise_good(stores: &Stage) {
    let (own, promise) = stores.given_own_promise(1).await;
    let unplaced = stores.call_again(&own, minute(60)).await;
    let mark = stores.mark().await;
    assert_eq!(stores.judge(minute(80)).await, 1);
    assert_eq!(stores.became(promise).await, Promise::Kept);
    stores.learn(unplaced.id, CallOutcome::NotPlaced, Evidence::Bound, minute(81)).await.unwrap();
    assert_eq!(stores.judge(minute(82)).await, 1);
    assert_eq!(stores.became(promise).await, Promise::Missed);
    stores.learn(unplaced.id, CallOutcome::Completed, Evidence::Record, minute(83)).await.unwrap();
    assert_eq!((stores.judge(minute(84)).await, stores.missed_since(mark).await.len()), (0, 1));
}

/// Judged a handful at a time, earliest first, each by the later of its instants.
pub async fn promises_are_judged_by_the_last_instant_that_may_be_meant(stores: &Stage) {
    let (_, plain) = stores.given_own_promise(1).await;
    let own = call().to(number(2)).ended(CallOutcome::Completed, minute(1)).build();
    stores.calls.add(&own).await.unwrap();
    let twice = NewDisposition {
        follow_up_date: Some(minute(50)),
        follow_up_again: Some(minute(110)),
        ..disposition(&own, Disposition::Callback, minute(2))
    };
    let twice = stores.say(&twice).await.id;
    assert_eq!(stores.judge(minute(125)).await, 1);
    assert_eq!((stores.became(plain).await, stores.became(twice).await), (Promise::Missed, Promise::Pending));
    let (_, later) = stores.given_own_promise(3).await;
    assert_eq!(stores.follow_ups.judge_follow_ups(TOLERANCE, minute(126), 1).await.unwrap(), 1);
    assert_eq!((stores.became(later).await, stores.became(twice).await), (Promise::Missed, Promise::Pending));
    assert_eq!(stores.judge(minute(126)).await, 1);
    assert_eq!(stores.became(twice).await, Promise::Missed);
}

/// Stored by the zone data of another day; the contact that waits moves along. What is an instant stays.
pub async fn a_promised_wall_time_moves_with_its_zone_s_clocks(stores: &Stage) {
    let (_, person, live) = stores.given_live_call().await;
    stores.end(live.id, CallOutcome::Completed, minute(1)).await.unwrap();
    let wall = Some(WallTime { local: "2026-11-01T01:30".parse().unwrap(), zone: "America/New_York".parse().unwrap() });
    let before = datetime!(2026-11-01 04:30 UTC);
    let promise = NewDisposition {
        follow_up_date: Some(before),
        follow_up_wall: wall.clone(),
        ..disposition(&live, Disposition::Callback, minute(2))
    };
    let moves = stores.say(&promise).await.id;
    let (_, stays) = stores.given_own_promise(1).await;
    let mut last = None;
    while let Some(next) = stores.follow_ups.realign_follow_ups(last, 1, minute(5)).await.unwrap() {
        last = Some(next);
    }
    assert_eq!(last, Some(moves));
    let shown = stores.follow_ups.follow_up(Scope::Service, moves).await.unwrap().unwrap();
    let (first, again) = (datetime!(2026-11-01 05:30 UTC), datetime!(2026-11-01 06:30 UTC));
    assert_eq!((shown.due_at, shown.due_again_at, &shown.due_wall), (first, Some(again), &wall));
    let waits = stores.contact(person.id).await;
    assert_eq!((waits.next_attempt_at, &waits.next_attempt_wall), (Some(first), &wall));
    let other = stores.follow_ups.follow_up(Scope::Service, stays).await.unwrap().unwrap();
    assert_eq!((other.due_at, other.due_wall), (minute(60), None));
}
