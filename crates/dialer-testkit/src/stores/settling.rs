//! News of calls: late, doubled or reordered ones change nothing, and a call's end settles its contact once.

use dialer_domain::calls::causes::CauseCode;
use dialer_domain::calls::merge::{CallEvent, Ending, assume_ended, merge};
use dialer_domain::calls::{CallPatch, Evidence};
use dialer_domain::contacts::ClosedReason;
use dialer_domain::events::EventKind;
use dialer_domain::queue::call_event;
use dialer_domain::retry::{RetryPolicy, after_call};
use dialer_domain::telephony::ProviderCallId;
use dialer_domain::{
    Call, CallId, CallOutcome, CallStatus, Contact, ContactStatus, Duration, OffsetDateTime, Scope, StoreError,
};
use time::macros::datetime;

use super::Stage;
use super::scene::{at_once, minute};
use crate::builders::{T0, answered, call, campaign, ended, id, placed};

impl Stage {
    async fn apply(&self, call: CallId, news: &CallEvent, now: OffsetDateTime) -> Option<Call> {
        self.calls.apply(call, news, now).await.unwrap()
    }
}

/// Ringing, talking, over: each step is what the merge says, stamped with the time it was learned, and logged once.
pub async fn news_moves_a_call_forward(stores: &Stage) {
    let (_, _, mut known) = stores.given_live_call().await;
    let mark = stores.mark().await;
    let second = Duration::SECOND;
    let over = Ending {
        outcome: CallOutcome::Completed,
        evidence: Evidence::Record,
        at: datetime!(2026-03-02 10:02:00.000_5 UTC),
        answered_at: Some(datetime!(2026-03-02 10:00:31.25 UTC)),
        talk_seconds: Some(89),
        cause: Some("Auflegen – 挂断".to_owned()),
        cause_code: Some(CauseCode::HungUp),
    };
    let story = [
        (placed("p-1", minute(0) + second), EventKind::CallRinging),
        (answered(minute(0) + 30 * second), EventKind::CallAnswered),
        (CallEvent::Ended(over), EventKind::CallEnded),
    ];
    let mut told = Vec::new();
    for (n, (news, kind)) in (1..).zip(story) {
        let now = minute(n);
        let expected = Call { updated_at: now, ..merge(&known, &news).unwrap() };
        assert_eq!(stores.apply(known.id, &news, now).await, Some(expected.clone()));
        assert_eq!(stores.call(known.id).await, expected);
        told.push(call_event(&expected, kind, now));
        known = expected;
    }
    let logged: Vec<_> = stores.since(mark).await.into_iter().filter(|e| e.kind != EventKind::ContactSettled).collect();
    assert_eq!(logged, told);
}

/// When a call left the provider's list is kept; it says nothing about how it ended.
pub async fn a_call_that_left_the_live_list_is_not_over_yet(stores: &Stage) {
    let (_, person, live) = stores.given_live_call().await;
    let mark = stores.mark().await;
    let gone = stores.apply(live.id, &CallEvent::Gone { at: minute(1) }, minute(1)).await.unwrap();
    assert_eq!(gone, Call { gone_at: Some(minute(1)), updated_at: minute(1), ..live.clone() });
    assert_eq!(stores.call(live.id).await, gone);
    assert_eq!(stores.apply(live.id, &CallEvent::Gone { at: minute(2) }, minute(2)).await, None);
    assert_eq!(stores.contact(person.id).await.status, ContactStatus::Calling);
    assert_eq!(stores.happened_since(mark).await, []);
}

/// Whatever comes again, too late, or with weaker evidence changes neither call nor contact nor log.
pub async fn doubled_and_late_news_changes_nothing(stores: &Stage) {
    let (_, person, live) = stores.given_live_call().await;
    stores.place(live.id, "p-1", minute(1)).await.unwrap();
    assert_eq!(stores.place(live.id, "p-1", minute(2)).await, None);
    stores.learn(live.id, CallOutcome::NoAnswer, Evidence::Record, minute(3)).await.unwrap();
    let (call, contact, mark) = (stores.call(live.id).await, stores.contact(person.id).await, stores.mark().await);
    let late = [
        placed("p-1", minute(1)),
        answered(minute(2)),
        CallEvent::Gone { at: minute(3) },
        ended(CallOutcome::NoAnswer, Evidence::Record, minute(3)),
        ended(CallOutcome::Completed, Evidence::Answer, minute(4)),
        ended(CallOutcome::Busy, Evidence::Bound, minute(5)),
    ];
    for news in late {
        assert_eq!(stores.apply(live.id, &news, minute(9)).await, None);
    }
    assert_eq!(stores.call(live.id).await, call);
    assert_eq!(stores.contact(person.id).await, contact);
    assert_eq!(stores.happened_since(mark).await, []);
}

/// The answer may be told before the provider's own answer to our request.
pub async fn reordered_news_comes_to_the_same_end(stores: &Stage) {
    let (_, _, live) = stores.given_live_call().await;
    let mark = stores.mark().await;
    stores.apply(live.id, &answered(minute(1)), minute(2)).await.unwrap();
    let named = stores.place(live.id, "p-1", minute(3)).await.unwrap();
    assert_eq!(named.status, CallStatus::Answered);
    assert_eq!(named.provider_call_id.as_ref().map(ProviderCallId::as_str), Some("p-1"));
    assert_eq!(stores.happened_since(mark).await, [EventKind::CallAnswered]);
}

/// There is nothing to change, and that is no failure.
pub async fn news_of_an_unknown_call_is_ignored(stores: &Stage) {
    assert_eq!(stores.end(id(CallId::new), CallOutcome::Busy, T0).await, None);
    assert_eq!(stores.events().await, []);
}

/// The second call that claims the name is refused it, and goes on without.
pub async fn a_provider_s_id_belongs_to_one_call(stores: &Stage) {
    let (list, _) = stores.given_list(2).await;
    stores.plan(list.id, 2, T0).await;
    let calls = stores.claim(list.id, 2, T0).await.calls;
    stores.place(calls[0].id, "p-1", minute(1)).await.unwrap();
    let mark = stores.mark().await;
    let stolen = stores.calls.apply(calls[1].id, &placed("p-1", minute(1)), minute(1)).await;
    assert!(matches!(stolen, Err(StoreError::Duplicate { .. })));
    assert_eq!(stores.call(calls[1].id).await, calls[1]);
    assert_eq!(stores.happened_since(mark).await, []);
    assert_eq!(stores.place(calls[1].id, "p-2", minute(2)).await.unwrap().status, CallStatus::Ringing);
}

/// For every way a call can end, the contact is where the retry rule puts it: the next attempt is due the
/// campaign's interval after the call's end, whenever that was learned.
pub async fn each_ending_settles_the_contact_by_the_retry_rule(stores: &Stage) {
    let over = datetime!(2026-03-02 10:00:42.000_007 UTC);
    for outcome in CallOutcome::ALL {
        let interval = Duration::seconds(754);
        let (_, before, live) =
            stores.given_live_call_of(campaign().active().max_attempts(2).retry_interval(interval)).await;
        let mark = stores.mark().await;
        let news = ended(*outcome, Evidence::Answer, over);
        stores.apply(live.id, &news, minute(5)).await.unwrap();
        let rule = after_call(RetryPolicy { max_attempts: 2, interval }, 1, *outcome, over);
        let expected = Contact {
            status: rule.status,
            attempts: rule.attempts,
            last_attempt_at: Some(T0),
            next_attempt_at: rule.next_attempt_at,
            last_call_id: Some(live.id),
            closed_reason: rule.closed_reason,
            updated_at: minute(5),
            ..before.clone()
        };
        assert_eq!(stores.contact(before.id).await, expected, "{outcome}");
        let told = stores.since(mark).await;
        let kinds: Vec<_> = told.iter().map(|event| event.kind).collect();
        assert_eq!(kinds, [EventKind::CallEnded, EventKind::ContactSettled], "{outcome}");
        assert!(told.iter().all(|event| event.contact_id == Some(before.id) && event.call_id == Some(live.id)));
    }
}

/// Nothing is due any more, and no database rule makes it so.
pub async fn the_last_attempt_closes_the_contact(stores: &Stage) {
    let (_, person, live) = stores.given_live_call_of(campaign().active().max_attempts(1)).await;
    stores.end(live.id, CallOutcome::NoAnswer, minute(1)).await.unwrap();
    let closed = stores.contact(person.id).await;
    assert_eq!((closed.status, closed.attempts), (ContactStatus::Failed, 1));
    assert_eq!((closed.closed_reason, closed.next_attempt_at), (Some(ClosedReason::AttemptsExhausted), None));
}

/// A person's own call has no contact; its end is logged, and that is all.
pub async fn a_call_without_a_contact_just_ends(stores: &Stage) {
    let own = call().build();
    stores.calls.add(&own).await.unwrap();
    let mark = stores.mark().await;
    assert_eq!(stores.end(own.id, CallOutcome::Busy, minute(1)).await.unwrap().status, CallStatus::Busy);
    assert_eq!(stores.happened_since(mark).await, [EventKind::CallEnded]);
}

/// An end that was only assumed gives way to the provider's record, and the contact with it.
pub async fn a_record_corrects_an_assumed_end(stores: &Stage) {
    let (list, person, live) = stores.given_live_call().await;
    stores.apply(live.id, &assume_ended(&live, minute(10)), minute(10)).await.unwrap();
    let given_back = stores.contact(person.id).await;
    assert_eq!((given_back.status, given_back.attempts), (ContactStatus::Pending, 0));
    let mark = stores.mark().await;
    let corrected = stores.learn(live.id, CallOutcome::Completed, Evidence::Record, minute(2)).await.unwrap();
    assert_eq!((corrected.status, corrected.evidence), (CallStatus::Completed, Some(Evidence::Record)));
    let reached = stores.contact(person.id).await;
    assert_eq!((reached.status, reached.attempts), (ContactStatus::Completed, 1));
    assert_eq!((reached.closed_reason, reached.next_attempt_at), (Some(ClosedReason::Reached), None));
    assert_eq!(stores.happened_since(mark).await, [EventKind::CallCorrected, EventKind::ContactSettled]);
    assert_eq!(stores.stats(list.id).await.completed, 1);
}

/// The contact belongs to the attempt that is live now; only the old call's log is corrected.
pub async fn a_correction_leaves_a_contact_alone_that_is_called_again(stores: &Stage) {
    let (list, person, first) = stores.given_live_call().await;
    stores.apply(first.id, &assume_ended(&first, minute(1)), minute(1)).await.unwrap();
    let second = stores.dial(list.id, minute(5)).await;
    let calling = stores.contact(person.id).await;
    let mark = stores.mark().await;
    let corrected = stores.learn(first.id, CallOutcome::Completed, Evidence::Record, minute(1)).await.unwrap();
    assert_eq!(corrected.status, CallStatus::Completed);
    assert_eq!(stores.contact(person.id).await, calling);
    assert_eq!(stores.happened_since(mark).await, [EventKind::CallCorrected]);
    stores.end(second.id, CallOutcome::Busy, minute(6)).await.unwrap();
    assert_eq!(stores.contact(person.id).await.status, ContactStatus::Failed);
}

/// The times and the length of a call follow the stronger evidence also when the outcome stays.
pub async fn a_record_refines_an_end_that_was_right(stores: &Stage) {
    let (_, person, live) = stores.given_live_call().await;
    let first = stores.end(live.id, CallOutcome::Completed, minute(4)).await.unwrap();
    let settled = stores.contact(person.id).await;
    let record = CallEvent::Ended(Ending {
        outcome: CallOutcome::Completed,
        evidence: Evidence::Record,
        at: minute(3),
        answered_at: Some(minute(1)),
        talk_seconds: Some(120),
        cause: None,
        cause_code: None,
    });
    let refined = stores.apply(live.id, &record, minute(5)).await.unwrap();
    assert_eq!(refined, Call { updated_at: minute(5), ..merge(&first, &record).unwrap() });
    assert_eq!((refined.duration, refined.ended_at), (120, Some(minute(3))));
    assert_eq!(stores.call(live.id).await, refined);
    assert_eq!(stores.contact(person.id).await, settled);
}

/// A person who says how a call ended is believed about the call; its contact is settled, and called again, once the provider's
/// word or the bound on waiting for it says that no phone rings any more.
pub async fn a_person_may_end_a_call(stores: &Stage) {
    let (list, person, live) = stores.given_live_call().await;
    let mark = stores.mark().await;
    let patch = CallPatch {
        status: Some(CallStatus::Busy),
        notes: Some(Some("engaged".to_owned())),
        ended_at: Some(minute(1)),
        ..CallPatch::default()
    };
    let owner = Scope::User(list.user_id);
    let over = stores.calls.patch(owner, live.id, &patch, minute(2)).await.unwrap().unwrap();
    assert_eq!((over.status, over.evidence), (CallStatus::Busy, Some(Evidence::Reported)));
    assert_eq!((over.ended_at, over.updated_at), (Some(minute(1)), minute(2)));
    assert_eq!(stores.call(live.id).await, over);
    assert_eq!(stores.happened_since(mark).await, [EventKind::CallUpdated, EventKind::CallEnded]);
    assert_eq!(stores.calls.open().await.unwrap(), std::slice::from_ref(&over));
    assert_eq!(stores.contact(person.id).await.status, ContactStatus::Calling);
    stores.plan(list.id, 1, minute(61)).await;
    assert_eq!(stores.claim(list.id, 1, minute(61)).await.calls, []);
    let mark = stores.mark().await;
    let confirmed = stores.learn(live.id, CallOutcome::NoAnswer, Evidence::Bound, minute(61)).await;
    assert_eq!(confirmed, Some(Call { unconfirmed: false, updated_at: minute(61), ..over }));
    let settled = stores.contact(person.id).await;
    assert_eq!(settled.next_attempt_at, Some(minute(1) + list.retry_interval));
    assert_eq!(stores.happened_since(mark).await, [EventKind::ContactSettled]);
    assert_eq!(stores.calls.open().await.unwrap(), []);
    let mark = stores.mark().await;
    assert_eq!(stores.learn(live.id, CallOutcome::NoAnswer, Evidence::Bound, minute(62)).await, None);
    assert_eq!(stores.happened_since(mark).await, []);
    let again = stores.dial(list.id, minute(61)).await;
    assert_eq!(again.contact_id, Some(person.id));
}

/// A webhook, the sweep and a call record bring the same end at the same moment: it is settled once.
pub async fn an_ending_told_by_many_at_once_settles_once(stores: &Stage) {
    let (list, person, live) = stores.given_live_call_of(campaign().active().max_attempts(5)).await;
    let mark = stores.mark().await;
    let told = at_once(8, |_| {
        let (stores, id) = (stores.clone(), live.id);
        async move { stores.end(id, CallOutcome::NoAnswer, minute(1)).await.is_some() }
    })
    .await;
    assert_eq!(told.iter().filter(|news| **news).count(), 1);
    assert_eq!(stores.happened_since(mark).await, [EventKind::CallEnded, EventKind::ContactSettled]);
    assert_eq!(stores.contact(person.id).await.attempts, 1);
    assert_eq!(stores.stats(list.id).await.failed, 1);
}

/// Whatever order they arrive in, the call ends by the strongest evidence, and the contact agrees with it.
pub async fn different_news_at_once_come_to_one_end(stores: &Stage) {
    let (list, _) = stores.given_list(6).await;
    stores.plan(list.id, 6, T0).await;
    for call in stores.claim(list.id, 6, T0).await.calls {
        let news = [
            placed(&format!("p-{}", call.id), minute(1)),
            CallEvent::Gone { at: minute(2) },
            ended(CallOutcome::Failed, Evidence::Bound, minute(3)),
            ended(CallOutcome::NoAnswer, Evidence::Answer, minute(3)),
            ended(CallOutcome::Busy, Evidence::Record, minute(3)),
        ];
        at_once(news.len(), |n| {
            let (stores, news) = (stores.clone(), news[n].clone());
            async move { stores.apply(call.id, &news, minute(4)).await }
        })
        .await;
        let over = stores.call(call.id).await;
        assert_eq!((over.status, over.evidence), (CallStatus::Busy, Some(Evidence::Record)));
        let contact = stores.contact(call.contact_id.unwrap()).await;
        assert_eq!((contact.status, contact.attempts), (ContactStatus::Failed, 1));
        assert_eq!(contact.next_attempt_at, Some(minute(3) + list.retry_interval));
    }
    assert_eq!(stores.stats(list.id).await.failed, 6);
}
