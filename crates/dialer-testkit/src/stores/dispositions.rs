//! Dispositions: what a person said came of a call holds, whatever the call itself comes to.

use dialer_domain::calls::Evidence;
use dialer_domain::contacts::ClosedReason;
use dialer_domain::dispositions::store::DispositionFilter;
use dialer_domain::dispositions::{Disposition, NewDisposition, RecordedDisposition};
use dialer_domain::events::EventKind;
use dialer_domain::{
    Call, CallId, CallOutcome, CampaignStatus, Contact, ContactStatus, Duration, Page, Scope, StoreError, UserId,
};
use time::macros::datetime;

use super::Stage;
use super::scene::{at_once, everything, minute, window};
use crate::builders::{T0, call, campaign, contact, disposition, number, suppression, user};

impl Stage {
    /// The owner of a call says what came of it.
    pub(super) async fn say(&self, new: &NewDisposition) -> RecordedDisposition {
        self.dispositions.record(Scope::Service, new).await.unwrap().unwrap()
    }

    async fn dispositions_of(&self, scope: Scope, call: CallId) -> Page<RecordedDisposition> {
        let filter = DispositionFilter { call: Some(call) };
        self.dispositions.dispositions(scope, filter, everything()).await.unwrap()
    }

    /// A call of the agent's for the owner, which is over.
    async fn given_handled_call(&self, agent: UserId) -> Call {
        let handled = call().handled_by(agent).ended(CallOutcome::Completed, minute(1)).build();
        self.calls.add(&handled).await.unwrap();
        handled
    }
}

fn shape(contact: &Contact) -> (ContactStatus, Option<ClosedReason>, Option<time::OffsetDateTime>) {
    (contact.status, contact.closed_reason, contact.next_attempt_at)
}

/// To the microsecond, with everything that was said; the call shows it, and the event names no person.
pub async fn a_disposition_comes_back_as_it_was_recorded(stores: &Stage) {
    let (list, person, live) = stores.given_live_call().await;
    let over = stores.end(live.id, CallOutcome::Completed, minute(1)).await.unwrap();
    let mark = stores.mark().await;
    let new = NewDisposition {
        notes: Some("„ruft zurück“ – 回电".to_owned()),
        follow_up_date: Some(datetime!(2026-03-04 09:30:00.000_001 UTC)),
        at: datetime!(2026-03-02 10:05:00.123_457 UTC),
        ..disposition(&live, Disposition::Interested, T0)
    };
    let recorded = stores.say(&new).await;
    let expected = RecordedDisposition {
        id: new.id,
        call_id: live.id,
        user_id: list.user_id,
        disposition: Disposition::Interested,
        notes: new.notes.clone(),
        follow_up_date: new.follow_up_date,
        follow_up_again: None,
        follow_up_wall: None,
        personal: false,
        created_at: new.at,
    };
    assert_eq!(recorded, expected);
    let listed = stores.dispositions_of(Scope::User(list.user_id), live.id).await;
    assert_eq!(listed, Page { items: vec![expected], total: 1 });
    let shown = Call { disposition: Some(Disposition::Interested), updated_at: new.at, ..over };
    assert_eq!(stores.call(live.id).await, shown);
    let told = stores.since(mark).await;
    assert_eq!(told.len(), 1, "the contact was completed already: {told:?}");
    assert_eq!((told[0].kind, told[0].user_id, told[0].at), (EventKind::DispositionRecorded, list.user_id, new.at));
    assert_eq!((told[0].call_id, told[0].contact_id), (Some(live.id), Some(person.id)));
    assert!(!serde_json::to_string(&told[0].data).unwrap().contains("回电"));
}

/// Each disposition puts the contact where the rule says, also one that was settled otherwise before.
pub async fn each_disposition_decides_about_the_contact(stores: &Stage) {
    let next = Some(minute(1) + Duration::hours(1));
    let closed = |status, reason| (status, Some(reason), None);
    let (completed, failed) = (ContactStatus::Completed, ContactStatus::Failed);
    for (word, expected) in [
        (Disposition::Interested, closed(completed, ClosedReason::Reached)),
        (Disposition::NotInterested, closed(completed, ClosedReason::Reached)),
        (Disposition::Qualified, closed(completed, ClosedReason::Reached)),
        (Disposition::NotQualified, closed(completed, ClosedReason::Reached)),
        (Disposition::WrongNumber, closed(failed, ClosedReason::InvalidNumber)),
        (Disposition::DoNotCall, closed(ContactStatus::DoNotCall, ClosedReason::DoNotCall)),
        (Disposition::NoAnswer, (failed, None, next)),
        (Disposition::Voicemail, (failed, None, next)),
        (Disposition::Callback, (ContactStatus::Callback, None, Some(minute(2) + Duration::hours(1)))),
    ] {
        for outcome in [CallOutcome::Completed, CallOutcome::Busy, CallOutcome::NotPlaced] {
            let (list, person, live) = stores.given_live_call().await;
            stores.end(live.id, outcome, minute(1)).await.unwrap();
            stores.say(&disposition(&live, word, minute(2))).await;
            let settled = stores.contact(person.id).await;
            assert_eq!(shape(&settled), expected, "{word} after {outcome}");
            assert_eq!(settled.attempts, 1, "{word} after {outcome}");
            assert_eq!(stores.stats(list.id).await.total, 1);
        }
    }
}

/// The retry rule's cap holds for what people say as for what the provider says.
pub async fn a_last_attempt_that_nobody_answered_closes_the_contact(stores: &Stage) {
    let (_, person, live) = stores.given_live_call_of(campaign().active().max_attempts(1)).await;
    stores.end(live.id, CallOutcome::Completed, minute(1)).await.unwrap();
    stores.say(&disposition(&live, Disposition::Voicemail, minute(2))).await;
    let settled = stores.contact(person.id).await;
    assert_eq!(shape(&settled), (ContactStatus::Failed, Some(ClosedReason::AttemptsExhausted), None));
}

/// Said while the customer is still on the line, a callback is there when the call ends, and when it is corrected.
pub async fn a_callback_promised_on_a_live_call_survives_its_end(stores: &Stage) {
    let (list, person, live) = stores.given_live_call().await;
    let due = datetime!(2026-03-03 11:00 UTC);
    let new = disposition(&live, Disposition::Callback, minute(1));
    stores.say(&NewDisposition { follow_up_date: Some(due), ..new }).await;
    let promised = (ContactStatus::Callback, None, Some(due));
    assert_eq!(shape(&stores.contact(person.id).await), promised);
    // Whatever the contact's row says, it is in a call.
    assert_eq!(stores.plan(list.id, 5, due).await.queued, 0);
    let mark = stores.mark().await;
    stores.learn(live.id, CallOutcome::NoAnswer, Evidence::Answer, minute(3)).await.unwrap();
    stores.learn(live.id, CallOutcome::Completed, Evidence::Record, minute(3)).await.unwrap();
    assert_eq!(stores.happened_since(mark).await, [EventKind::CallEnded, EventKind::CallCorrected]);
    assert_eq!(shape(&stores.contact(person.id).await), promised);
    assert_eq!(stores.stats(list.id).await.callback, 1);
    let again = stores.dial(list.id, due).await;
    assert_eq!((again.contact_id, again.callback), (Some(person.id), true));
}

/// What the provider says later does not turn a voicemail into a customer who was reached.
pub async fn a_correction_of_the_end_leaves_what_a_person_said(stores: &Stage) {
    let (_, person, live) = stores.given_live_call().await;
    stores.learn(live.id, CallOutcome::NoAnswer, Evidence::Answer, minute(1)).await.unwrap();
    stores.say(&disposition(&live, Disposition::Voicemail, minute(2))).await;
    let settled = stores.contact(person.id).await;
    let corrected = stores.learn(live.id, CallOutcome::Completed, Evidence::Record, minute(1)).await.unwrap();
    assert_eq!(
        (corrected.outcome, corrected.disposition),
        (Some(CallOutcome::Completed), Some(Disposition::Voicemail))
    );
    assert_eq!(stores.contact(person.id).await, settled);
}

/// All are on record, latest first, and the contact is where the last one puts it.
pub async fn of_several_dispositions_the_last_one_counts(stores: &Stage) {
    let (list, person, live) = stores.given_live_call().await;
    stores.end(live.id, CallOutcome::Completed, minute(1)).await.unwrap();
    let mut said = Vec::new();
    for (n, word) in (2..).zip([Disposition::Callback, Disposition::NotInterested, Disposition::Voicemail]) {
        said.push(stores.say(&disposition(&live, word, minute(n))).await);
    }
    said.reverse();
    let scope = Scope::User(list.user_id);
    assert_eq!(stores.dispositions_of(scope, live.id).await, Page { items: said.clone(), total: 3 });
    let second = stores.dispositions.dispositions(scope, DispositionFilter::default(), window(1, 1)).await.unwrap();
    assert_eq!(second, Page { items: vec![said[1].clone()], total: 3 });
    let next = Some(minute(1) + Duration::hours(1));
    assert_eq!(shape(&stores.contact(person.id).await), (ContactStatus::Failed, None, next));
    assert_eq!(stores.call(live.id).await.disposition, Some(Disposition::Voicemail));
}

/// The contact belongs to the attempt that came later; a wish not to be called holds all the same.
pub async fn a_late_disposition_of_an_earlier_call_leaves_the_contact_to_the_later_one(stores: &Stage) {
    let (list, person, first) = stores.given_live_call().await;
    stores.end(first.id, CallOutcome::Busy, minute(1)).await.unwrap();
    let second = stores.dial(list.id, minute(90)).await;
    let calling = stores.contact(person.id).await;
    stores.say(&disposition(&first, Disposition::Interested, minute(91))).await;
    assert_eq!(stores.contact(person.id).await, calling);
    stores.say(&disposition(&first, Disposition::DoNotCall, minute(92))).await;
    stores.end(second.id, CallOutcome::NoAnswer, minute(93)).await.unwrap();
    let settled = stores.contact(person.id).await;
    assert_eq!(shape(&settled), (ContactStatus::DoNotCall, Some(ClosedReason::DoNotCall), None));
    assert_eq!(settled.attempts, 2);
}

/// In every campaign of the owner at once, and in nobody else's.
pub async fn a_wish_not_to_be_called_stops_the_number_in_every_campaign_of_the_owner(stores: &Stage) {
    let (list, person, live) = stores.given_live_call().await;
    let number = &person.person.phone_number;
    let mine = stores.given(campaign().owner(list.user_id).active()).await;
    let theirs = stores.given(campaign().active()).await;
    for other in [&mine, &theirs] {
        stores.import(other, vec![contact(other.id).number(number.clone()).build()]).await;
        stores.plan(other.id, 1, T0).await;
    }
    let mark = stores.mark().await;
    stores.say(&disposition(&live, Disposition::DoNotCall, minute(1))).await;
    let entry = stores.suppressions.find(list.user_id, number, None).await.unwrap().unwrap();
    assert_eq!((entry.user_id, entry.created_at), (list.user_id, minute(1)));
    let happened = stores.happened_since(mark).await;
    assert_eq!(happened, [EventKind::NumberSuppressed, EventKind::DispositionRecorded, EventKind::ContactSettled]);
    assert_eq!(stores.claim(mine.id, 1, minute(2)).await.calls, []);
    assert_eq!(stores.stats(mine.id).await.do_not_call, 1);
    assert_eq!(stores.claim(theirs.id, 1, minute(2)).await.calls.len(), 1);
    stores.end(live.id, CallOutcome::Completed, minute(3)).await.unwrap();
    assert_eq!(stores.contact(person.id).await.status, ContactStatus::DoNotCall);
}

/// A later disposition takes no number off the do-not-call list, and opens no contact on it.
pub async fn only_a_lifted_suppression_lets_a_contact_be_called_again(stores: &Stage) {
    let (list, person, live) = stores.given_live_call().await;
    stores.end(live.id, CallOutcome::Completed, minute(1)).await.unwrap();
    let number = &person.person.phone_number;
    stores.suppressions.suppress(&suppression(list.user_id, number)).await.unwrap();
    stores.say(&disposition(&live, Disposition::Callback, minute(2))).await;
    let unwilling = (ContactStatus::DoNotCall, Some(ClosedReason::DoNotCall), None);
    assert_eq!(shape(&stores.contact(person.id).await), unwilling);
    assert!(stores.suppressions.lift(list.user_id, number, None, None, minute(3)).await.unwrap());
    stores.say(&disposition(&live, Disposition::Callback, minute(4))).await;
    assert_eq!(stores.contact(person.id).await.status, ContactStatus::Callback);
}

/// There is no contact: the number is suppressed for the caller, and the entry that is there stays as it is.
pub async fn a_person_s_own_call_can_suppress_its_number(stores: &Stage) {
    let own = call().to(number(7)).ended(CallOutcome::Completed, minute(1)).build();
    stores.calls.add(&own).await.unwrap();
    stores.say(&disposition(&own, Disposition::DoNotCall, minute(2))).await;
    let entry = stores.suppressions.find(own.user_id, &number(7), None).await.unwrap().unwrap();
    let mark = stores.mark().await;
    stores.say(&disposition(&own, Disposition::DoNotCall, minute(3))).await;
    assert_eq!(stores.happened_since(mark).await, [EventKind::DispositionRecorded]);
    assert_eq!(stores.suppressions.find(own.user_id, &number(7), None).await.unwrap(), Some(entry));
}

/// The agent who handled a call sees it and says what came of it; the rule about owners holds for the rest.
pub async fn the_agent_of_a_call_dispositions_it_and_a_stranger_does_not(stores: &Stage) {
    let agent = user();
    let handled = stores.given_handled_call(agent).await;
    let own = stores.given_handled_call(user()).await;
    let mine = Scope::User(agent);
    let new = NewDisposition { user_id: agent, ..disposition(&handled, Disposition::Qualified, minute(2)) };
    let recorded = stores.dispositions.record(mine, &new).await.unwrap().unwrap();
    assert_eq!(recorded.user_id, agent);
    for seen_by in [mine, Scope::User(handled.user_id)] {
        assert_eq!(stores.dispositions_of(seen_by, handled.id).await.items, std::slice::from_ref(&recorded));
        let all = stores.dispositions.dispositions(seen_by, DispositionFilter::default(), everything()).await.unwrap();
        assert_eq!(all.total, 1);
        assert_eq!(stores.calls.get(seen_by, handled.id).await.unwrap().unwrap().agent_id, Some(agent));
    }
    let by_owner = stores.say(&disposition(&handled, Disposition::Interested, minute(2))).await;
    assert_eq!(stores.dispositions_of(mine, handled.id).await.items, std::slice::from_ref(&recorded));
    assert_eq!(stores.dispositions_of(Scope::User(handled.user_id), handled.id).await.items, [by_owner, recorded]);
    let mark = stores.mark().await;
    let stranger = Scope::User(user());
    let new = disposition(&handled, Disposition::DoNotCall, minute(3));
    assert_eq!(stores.dispositions.record(stranger, &new).await.unwrap(), None);
    let new = disposition(&own, Disposition::DoNotCall, minute(3));
    assert_eq!(stores.dispositions.record(mine, &new).await.unwrap(), None);
    assert_eq!(stores.dispositions_of(stranger, handled.id).await, Page { items: vec![], total: 0 });
    assert_eq!(stores.happened_since(mark).await, []);
    assert_eq!(stores.suppressions.find(handled.user_id, &handled.to_number, None).await.unwrap(), None);
}

/// It is gone from the lists with its call, and takes no new one.
pub async fn a_hidden_call_has_no_dispositions(stores: &Stage) {
    let own = call().ended(CallOutcome::Completed, minute(1)).build();
    stores.calls.add(&own).await.unwrap();
    stores.say(&disposition(&own, Disposition::Callback, minute(2))).await;
    let owner = Scope::User(own.user_id);
    assert!(stores.calls.hide(owner, own.id, minute(3)).await.unwrap());
    assert_eq!(stores.dispositions_of(owner, own.id).await.total, 0);
    let new = disposition(&own, Disposition::Interested, minute(4));
    assert_eq!(stores.dispositions.record(owner, &new).await.unwrap(), None);
}

/// Nothing of the second is written.
pub async fn an_id_names_one_disposition(stores: &Stage) {
    let own = call().to(number(8)).build();
    stores.calls.add(&own).await.unwrap();
    let first = disposition(&own, Disposition::Interested, minute(1));
    let recorded = stores.say(&first).await;
    let mark = stores.mark().await;
    let again = NewDisposition { disposition: Disposition::DoNotCall, at: minute(2), ..first };
    let refused = stores.dispositions.record(Scope::Service, &again).await;
    assert!(matches!(refused, Err(StoreError::Duplicate { .. })));
    assert_eq!(stores.dispositions_of(Scope::Service, own.id).await.items, [recorded]);
    assert_eq!(stores.suppressions.find(own.user_id, &number(8), None).await.unwrap(), None);
    assert_eq!(stores.happened_since(mark).await, []);
}

/// The cap on attempts does not break the promise, and neither does a dial that never left.
pub async fn a_promised_callback_is_called_beyond_the_cap(stores: &Stage) {
    let (list, person, live) = stores.given_live_call_of(campaign().active().max_attempts(1)).await;
    stores.end(live.id, CallOutcome::Completed, minute(1)).await.unwrap();
    stores.say(&disposition(&live, Disposition::Callback, minute(2))).await;
    let unplaced = stores.dial(list.id, minute(70)).await;
    stores.end(unplaced.id, CallOutcome::NotPlaced, minute(71)).await.unwrap();
    assert_eq!(stores.contact(person.id).await.status, ContactStatus::Callback);
    let again = stores.dial(list.id, minute(80)).await;
    assert_eq!((again.contact_id, again.attempt), (Some(person.id), Some(2)));
    stores.end(again.id, CallOutcome::NoAnswer, minute(81)).await.unwrap();
    let settled = stores.contact(person.id).await;
    assert_eq!(shape(&settled), (ContactStatus::Failed, Some(ClosedReason::AttemptsExhausted), None));
}

/// The engine found nobody left to call before the agent said that there is somebody: the campaign goes on.
pub async fn a_campaign_goes_on_for_somebody_promised_a_callback_after_its_end(stores: &Stage) {
    for word in [Disposition::Callback, Disposition::Voicemail] {
        let (list, person, live) = stores.given_live_call().await;
        stores.end(live.id, CallOutcome::Completed, minute(1)).await.unwrap();
        assert!(stores.complete(list.id, minute(2)).await);
        let over = stores.campaign(list.id).await;
        let mark = stores.mark().await;
        stores.say(&disposition(&live, Disposition::Qualified, minute(3))).await;
        assert_eq!(stores.campaign(list.id).await, over);
        stores.say(&disposition(&live, word, minute(4))).await;
        let revived = stores.campaign(list.id).await;
        assert_eq!((revived.status, revived.revision), (CampaignStatus::Active, over.revision + 1));
        assert_eq!(revived.updated_at, minute(4));
        let expected = [
            EventKind::DispositionRecorded,
            EventKind::DispositionRecorded,
            EventKind::ContactSettled,
            EventKind::CampaignUpdated,
        ];
        assert_eq!(stores.happened_since(mark).await, expected);
        assert_eq!(stores.dial(list.id, minute(90)).await.contact_id, Some(person.id));
    }
}

/// A person completed it while there were others to call, and does not want them called.
pub async fn a_campaign_that_was_completed_with_contacts_left_stays_completed(stores: &Stage) {
    let (list, contacts) = stores.given_list(2).await;
    let live = stores.dial(list.id, T0).await;
    stores.end(live.id, CallOutcome::Completed, minute(1)).await.unwrap();
    stores.put(list.id, CampaignStatus::Completed, minute(2)).await;
    stores.say(&disposition(&live, Disposition::Callback, minute(3))).await;
    assert_eq!(stores.campaign(list.id).await.status, CampaignStatus::Completed);
    assert_eq!(stores.contact(contacts[0].id).await.status, ContactStatus::Callback);
}

/// Agents who wrap up while the engine dials: every wish not to be called holds, nobody gets stuck, the counts are true.
pub async fn dispositions_hold_while_others_claim(stores: &Stage) {
    let (list, _) = stores.given_list(24).await;
    let (other, _) = stores.given_list_of(campaign().owner(list.user_id).active(), 12).await;
    stores.plan(list.id, 24, T0).await;
    stores.plan(other.id, 12, T0).await;
    let calls = stores.claim(list.id, 12, T0).await.calls;
    at_once(16, |n| {
        let (stores, list, other, call) = (stores.clone(), list.clone(), other.clone(), calls.get(n).cloned());
        async move {
            match call {
                Some(call) if n % 2 == 0 => {
                    stores.say(&disposition(&call, Disposition::DoNotCall, minute(1))).await;
                }
                Some(call) => {
                    stores.end(call.id, CallOutcome::Completed, minute(1)).await.unwrap();
                    stores.say(&disposition(&call, Disposition::Callback, minute(1))).await;
                }
                None => {
                    stores.claim(if n % 2 == 0 { list.id } else { other.id }, 3, minute(1)).await;
                }
            }
        }
    })
    .await;
    for (n, call) in calls.iter().enumerate() {
        let status = stores.contact(call.contact_id.unwrap()).await.status;
        assert_eq!(status, if n % 2 == 0 { ContactStatus::DoNotCall } else { ContactStatus::Callback });
        let suppressed = stores.suppressions.find(list.user_id, &call.to_number, None).await.unwrap();
        assert_eq!(suppressed.is_some(), n % 2 == 0);
    }
    let stats = stores.stats(list.id).await;
    assert_eq!((stats.do_not_call, stats.callback), (6, 6));
    assert_eq!(stores.campaign(list.id).await.status, CampaignStatus::Active);
}
