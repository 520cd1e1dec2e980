//! Follow-ups: open until they are kept, cleared or replaced.

use dialer_domain::calls::Evidence;
use dialer_domain::contacts::ClosedReason;
use dialer_domain::dispositions::store::{DispositionFilter, FollowUpFilter};
use dialer_domain::dispositions::{Disposition, FollowUp, FollowUpStatus, NewDisposition, RecordedDisposition};
use dialer_domain::events::EventKind;
use dialer_domain::ids::DispositionId;
use dialer_domain::schedule::{ActiveHours, WallTime};
use dialer_domain::{Call, CallOutcome, ContactStatus, Duration, OffsetDateTime, Page, Precondition, Scope};
use time::macros::datetime;

use super::Stage;
use super::scene::{everything, minute, window};
use crate::builders::{T0, call, campaign, contact, disposition, id, number, suppression, user};

impl Stage {
    pub(super) async fn follow_ups_of(
        &self,
        scope: Scope,
        filter: FollowUpFilter,
        now: OffsetDateTime,
    ) -> Vec<DispositionId> {
        let page = self.follow_ups.follow_ups(scope, filter, everything(), now).await.unwrap();
        assert_eq!(page.total, super::scene::total(page.items.len()));
        page.items.into_iter().map(|row| row.disposition_id).collect()
    }

    /// Every open follow-up.
    pub(super) async fn open_follow_ups(&self) -> Vec<DispositionId> {
        self.follow_ups_of(Scope::Service, FollowUpFilter::default(), T0).await
    }

    /// An own call to `to` that is over, on which a callback at `due` was promised.
    pub(super) async fn given_promise(&self, own: Call, due: OffsetDateTime) -> RecordedDisposition {
        self.calls.add(&own).await.unwrap();
        self.promise(&own, due, minute(2)).await
    }

    pub(super) async fn promise(&self, call: &Call, due: OffsetDateTime, at: OffsetDateTime) -> RecordedDisposition {
        let new = disposition(call, Disposition::Callback, at);
        self.say(&NewDisposition { follow_up_date: Some(due), ..new }).await
    }
}

/// With the person to call; one without a date is due after the campaign's interval.
pub async fn a_promise_is_listed_with_whom_it_concerns(stores: &Stage) {
    let (list, _) = stores.given_list_of(campaign().active().retry_interval(Duration::minutes(90)), 0).await;
    let person = contact(list.id).name("Zoë", "Ødegård").company("株式会社").build();
    stores.import(&list, vec![person.clone()]).await;
    let live = stores.dial(list.id, T0).await;
    stores.end(live.id, CallOutcome::Completed, minute(1)).await.unwrap();
    let new = disposition(&live, Disposition::Callback, minute(2));
    let said = stores.say(&NewDisposition { notes: Some("after lunch".to_owned()), ..new }).await;
    assert_eq!(said.follow_up_date, Some(minute(92)));
    let expected = FollowUp {
        disposition_id: said.id,
        call_id: live.id,
        campaign_id: Some(list.id),
        contact_id: Some(person.id),
        user_id: list.user_id,
        disposition: Disposition::Callback,
        phone_number: Some(person.person.phone_number.clone()),
        first_name: Some("Zoë".to_owned()),
        last_name: Some("Ødegård".to_owned()),
        company: Some("株式会社".to_owned()),
        due_at: minute(92),
        due_again_at: None,
        due_wall: None,
        personal: false,
        notes: Some("after lunch".to_owned()),
        created_at: minute(2),
        done_at: None,
        kept_by: None,
        missed_at: None,
    };
    let scope = Scope::User(list.user_id);
    let listed = stores.follow_ups.follow_ups(scope, FollowUpFilter::default(), everything(), T0).await.unwrap();
    assert_eq!(listed, Page { items: vec![expected], total: 1 });
}

/// With the disposition, the follow-up and the contact that waits for it; the contact forgets it when it waits no more.
pub async fn a_promised_wall_time_is_kept_with_both_of_its_instants(stores: &Stage) {
    let all_day = ActiveHours::parse("00:00", "24:00").unwrap();
    let (list, person, live) = stores.given_live_call_of(campaign().active().hours(all_day)).await;
    stores.end(live.id, CallOutcome::Completed, minute(1)).await.unwrap();
    let wall = Some(WallTime { local: "2026-11-01T01:30".parse().unwrap(), zone: "America/New_York".parse().unwrap() });
    let (due, again) = (datetime!(2026-11-01 05:30 UTC), datetime!(2026-11-01 06:30 UTC));
    let promise = NewDisposition {
        follow_up_date: Some(due),
        follow_up_again: Some(again),
        follow_up_wall: wall.clone(),
        ..disposition(&live, Disposition::Callback, minute(2))
    };
    let said = stores.say(&promise).await;
    assert_eq!((said.follow_up_date, said.follow_up_again, &said.follow_up_wall), (Some(due), Some(again), &wall));
    let filter = DispositionFilter { call: Some(live.id) };
    let listed = stores.dispositions.dispositions(Scope::Service, filter, everything()).await.unwrap();
    assert_eq!(listed.items, std::slice::from_ref(&said));
    let shown = stores.follow_ups.follow_up(Scope::User(list.user_id), said.id).await.unwrap().unwrap();
    assert_eq!((shown.due_at, shown.due_again_at, &shown.due_wall), (due, Some(again), &wall));
    let waits = stores.contact(person.id).await;
    assert_eq!((waits.next_attempt_at, &waits.next_attempt_wall), (Some(due), &wall));
    let call = stores.dial(list.id, due).await;
    let called = stores.contact(person.id).await;
    assert_eq!((called.next_attempt_at, called.next_attempt_wall), (None, None));
    stores.end(call.id, CallOutcome::NoAnswer, due + Duration::MINUTE).await.unwrap();
    let retried = stores.contact(person.id).await;
    assert_eq!((retried.next_attempt_at.is_some(), retried.next_attempt_wall), (true, None));
}

/// Earliest due first, by page, by status and by campaign; the hour before now is due, what is older overdue.
pub async fn follow_ups_come_earliest_first_and_stand_by_their_hour(stores: &Stage) {
    let owner = user();
    let now = minute(600);
    let mut due = Vec::new();
    for (minutes, status) in [
        (601, FollowUpStatus::Upcoming),
        (600, FollowUpStatus::Due),
        (541, FollowUpStatus::Due),
        (540, FollowUpStatus::Overdue),
        (100, FollowUpStatus::Overdue),
    ] {
        let own = call().owner(owner).ended(CallOutcome::Completed, minute(1)).build();
        due.push((minute(minutes), stores.given_promise(own, minute(minutes)).await.id, status));
    }
    due.sort_unstable();
    let scope = Scope::User(owner);
    let ids = |wanted: Option<FollowUpStatus>| -> Vec<DispositionId> {
        due.iter().filter(|(.., status)| wanted.is_none_or(|wanted| wanted == *status)).map(|(_, id, _)| *id).collect()
    };
    assert_eq!(stores.follow_ups_of(scope, FollowUpFilter::default(), now).await, ids(None));
    for status in FollowUpStatus::ALL {
        let filter = FollowUpFilter { status: Some(*status), ..FollowUpFilter::default() };
        assert_eq!(stores.follow_ups_of(scope, filter, now).await, ids(Some(*status)), "{status}");
    }
    let page = stores.follow_ups.follow_ups(scope, FollowUpFilter::default(), window(2, 1), now).await.unwrap();
    assert_eq!(page.total, 5);
    assert_eq!(page.items.iter().map(|row| row.disposition_id).collect::<Vec<_>>(), ids(None)[1..3]);

    let (list, _, live) = stores.given_live_call_of(campaign().owner(owner).active()).await;
    let of_campaign = stores.promise(&live, minute(60), minute(1)).await.id;
    let filter = FollowUpFilter { campaign: Some(list.id), ..FollowUpFilter::default() };
    assert_eq!(stores.follow_ups_of(scope, filter, now).await, [of_campaign]);
    assert_eq!(stores.follow_ups_of(Scope::User(user()), FollowUpFilter::default(), now).await, []);
}

/// The call on which it was promised does not keep it; the next to the contact does, when it begins.
pub async fn a_later_call_to_the_contact_keeps_a_promise(stores: &Stage) {
    let (list, person, live) = stores.given_live_call().await;
    let promise = stores.promise(&live, minute(60), minute(1)).await.id;
    stores.end(live.id, CallOutcome::Completed, minute(2)).await.unwrap();
    assert_eq!(stores.open_follow_ups().await, [promise]);
    let elsewhere = call().owner(list.user_id).to(person.person.phone_number.clone()).started_at(minute(3)).build();
    stores.calls.add(&elsewhere).await.unwrap();
    assert_eq!(stores.open_follow_ups().await, [promise], "the campaign will still call");
    let kept = stores.dial(list.id, minute(60)).await;
    assert_eq!(stores.open_follow_ups().await, []);
    stores.end(kept.id, CallOutcome::NoAnswer, minute(61)).await.unwrap();
    assert_eq!(stores.open_follow_ups().await, []);
}

/// Without a contact, the number tells: the next call of the same owner to it.
pub async fn a_later_call_to_the_number_keeps_a_promise(stores: &Stage) {
    let own = call().to(number(11)).ended(CallOutcome::Completed, minute(1)).build();
    let promise = stores.given_promise(own.clone(), minute(60)).await.id;
    for other in [
        call().to(number(11)).started_at(minute(5)).build(),
        call().owner(own.user_id).to(number(12)).started_at(minute(5)).build(),
        call().owner(own.user_id).to(number(11)).started_at(minute(1)).build(),
    ] {
        stores.calls.add(&other).await.unwrap();
        assert_eq!(stores.open_follow_ups().await, [promise]);
    }
    let kept = call().owner(own.user_id).to(number(11)).started_at(minute(6)).build();
    stores.calls.add(&kept).await.unwrap();
    assert_eq!(stores.open_follow_ups().await, []);
}

/// A dial that never left keeps nothing, unless it turns out that it did leave.
pub async fn a_call_that_was_not_placed_keeps_no_promise(stores: &Stage) {
    let (list, _, live) = stores.given_live_call().await;
    let promise = stores.promise(&live, minute(60), minute(1)).await.id;
    stores.end(live.id, CallOutcome::Completed, minute(2)).await.unwrap();
    let unplaced = stores.dial(list.id, minute(60)).await;
    stores.learn(unplaced.id, CallOutcome::NotPlaced, Evidence::Bound, minute(61)).await.unwrap();
    assert_eq!(stores.open_follow_ups().await, [promise]);
    stores.learn(unplaced.id, CallOutcome::Completed, Evidence::Record, minute(61)).await.unwrap();
    assert_eq!(stores.open_follow_ups().await, []);
}

/// The last disposition of a call counts: its date is the one to keep, and without one there is nothing to keep.
pub async fn a_later_disposition_replaces_a_promise(stores: &Stage) {
    let own = call().ended(CallOutcome::Completed, minute(1)).build();
    stores.given_promise(own.clone(), minute(60)).await;
    let moved = stores.promise(&own, minute(90), minute(3)).await.id;
    assert_eq!(stores.open_follow_ups().await, [moved]);
    stores.say(&disposition(&own, Disposition::NotInterested, minute(4))).await;
    assert_eq!(stores.open_follow_ups().await, []);
}

/// Nobody is to call somebody who asked not to be called, as long as that holds.
pub async fn a_suppressed_number_needs_no_follow_up(stores: &Stage) {
    let own = call().ended(CallOutcome::Completed, minute(1)).build();
    let promise = stores.given_promise(own.clone(), minute(60)).await.id;
    stores.suppressions.suppress(&suppression(own.user_id, &own.to_number)).await.unwrap();
    assert_eq!(stores.open_follow_ups().await, []);
    assert!(stores.suppressions.lift(own.user_id, &own.to_number, None, None, minute(5)).await.unwrap());
    assert_eq!(stores.open_follow_ups().await, [promise]);
}

/// A person says that it is no longer needed: the contact that waits for it is done, once, with the events.
pub async fn a_cleared_follow_up_ends_the_wait_of_its_contact(stores: &Stage) {
    let (list, person, live) = stores.given_live_call().await;
    stores.end(live.id, CallOutcome::Completed, minute(1)).await.unwrap();
    let promise = stores.promise(&live, minute(60), minute(2)).await.id;
    let owner = Scope::User(list.user_id);
    assert_eq!(
        stores.follow_ups.clear_follow_up(Scope::User(user()), promise, &Precondition::Any, minute(3)).await.unwrap(),
        None
    );
    let mark = stores.mark().await;
    let done = stores.follow_ups.clear_follow_up(owner, promise, &Precondition::Any, minute(3)).await.unwrap().unwrap();
    assert_eq!((done.disposition_id, done.done_at), (promise, Some(minute(3))));
    assert_eq!(stores.open_follow_ups().await, []);
    let settled = stores.contact(person.id).await;
    assert_eq!((settled.status, settled.next_attempt_at), (ContactStatus::Completed, None));
    assert_eq!((settled.closed_reason, settled.updated_at), (Some(ClosedReason::Reached), minute(3)));
    assert_eq!(stores.stats(list.id).await.completed, 1);
    let again =
        stores.follow_ups.clear_follow_up(owner, promise, &Precondition::Any, minute(4)).await.unwrap().unwrap();
    assert_eq!(again.done_at, Some(minute(3)));
    let told = stores.since(mark).await;
    assert_eq!(told.iter().map(|e| e.kind).collect::<Vec<_>>(), [EventKind::FollowUpDone, EventKind::ContactSettled]);
    assert!(told.iter().all(|event| event.call_id == Some(live.id) && event.at == minute(3)));
}

/// A disposition without a date is none, nor is one that is not there, and one that was kept stays kept.
pub async fn what_is_not_open_cannot_be_cleared(stores: &Stage) {
    let own = call().to(number(21)).ended(CallOutcome::Completed, minute(1)).build();
    let promise = stores.given_promise(own.clone(), minute(60)).await.id;
    stores.calls.add(&call().owner(own.user_id).to(number(21)).started_at(minute(6)).build()).await.unwrap();
    let kept = stores
        .follow_ups
        .clear_follow_up(Scope::Service, promise, &Precondition::Any, minute(7))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(kept.done_at, None);
    let dateless = stores.say(&disposition(&own, Disposition::Interested, minute(8))).await.id;
    for unknown in [dateless, id(DispositionId::new)] {
        assert_eq!(
            stores.follow_ups.clear_follow_up(Scope::Service, unknown, &Precondition::Any, minute(9)).await.unwrap(),
            None
        );
    }
}

/// Its person is gone with the list; who promised still knows the number.
pub async fn a_promise_outlives_its_campaign(stores: &Stage) {
    let (list, person, live) = stores.given_live_call().await;
    stores.end(live.id, CallOutcome::Completed, minute(1)).await.unwrap();
    let promise = stores.promise(&live, minute(60), minute(2)).await.id;
    assert!(stores.campaigns.delete(Scope::Service, list.id, minute(3)).await.unwrap());
    let left = stores.follow_ups.follow_ups(Scope::Service, FollowUpFilter::default(), everything(), T0).await.unwrap();
    assert_eq!((left.items[0].disposition_id, left.items[0].contact_id), (promise, None));
    assert_eq!(left.items[0].phone_number, Some(person.person.phone_number.clone()));
    let owner = Scope::User(list.user_id);
    assert!(stores.follow_ups.clear_follow_up(owner, promise, &Precondition::Any, minute(4)).await.unwrap().is_some());
}
