//! Claiming: the one step after which a phone rings. Nobody is called twice, too often, too late, or against
//! their will.

use dialer_domain::campaigns::CampaignPatch;
use dialer_domain::contacts::ClosedReason;
use dialer_domain::events::EventKind;
use dialer_domain::queue::call_event;
use dialer_domain::queue::store::Claimed;
use dialer_domain::telephony::AgentLine;
use dialer_domain::{Call, CallId, CallOutcome, CallStatus, CampaignStatus, Contact, ContactStatus, Duration, Scope};
use serde_json::json;

use super::Stage;
use super::scene::{all_differ, at_once, minute};
use crate::builders::{T0, campaign, number, slot, slots, suppression};

/// The call's row, the contact's state, the counts and the event, all there when the claim returns.
pub async fn a_claim_writes_everything_down_before_the_phone_rings(stores: &Stage) {
    let (list, contacts) = stores.given_list_of(campaign().active().caller_id(number(5)), 1).await;
    stores.plan(list.id, 1, minute(1)).await;
    let mark = stores.mark().await;
    let slot = slot("agent-7");
    let now = minute(2) + Duration::microseconds(3);
    let Claimed { mut calls, refused } =
        stores.queue.claim(list.id, &stores.lease(list.id).await, vec![slot.clone()], now).await.unwrap();
    let call = calls.pop().unwrap();
    assert_eq!((calls.len(), refused), (0, 0));
    assert_eq!((call.id, call.agent.as_ref()), (slot.call_id, slot.agent.as_ref()));
    assert_eq!((call.user_id, call.campaign_id), (list.user_id, Some(list.id)));
    assert_eq!((call.contact_id, call.attempt), (Some(contacts[0].id), Some(1)));
    assert_eq!((&call.to_number, call.from_number.as_ref()), (&contacts[0].person.phone_number, Some(&number(5))));
    assert_eq!((call.status, call.started_at, call.updated_at), (CallStatus::Initiated, now, now));
    assert_eq!(stores.calls.get(Scope::User(list.user_id), call.id).await.unwrap(), Some(call.clone()));
    let calling = Contact {
        status: ContactStatus::Calling,
        attempts: 1,
        last_attempt_at: Some(now),
        last_call_id: Some(call.id),
        updated_at: now,
        ..contacts[0].clone()
    };
    assert_eq!(stores.contact(calling.id).await, calling);
    assert_eq!(stores.stats(list.id).await.calling, 1);
    assert_eq!(stores.since(mark).await, [call_event(&call, EventKind::CallInitiated, now)]);
    assert_eq!(stores.claim(list.id, 1, now).await, Claimed::default());
}

/// The first slot gets the first in line; slots that find nobody stay empty.
pub async fn each_agent_gets_one_call_in_turn(stores: &Stage) {
    let (list, contacts) = stores.given_list(5).await;
    stores.plan(list.id, 5, T0).await;
    let two = stores.claim(list.id, 2, T0).await.calls;
    let pairs = |calls: &[Call]| -> Vec<_> {
        calls.iter().map(|call| (call.agent.clone().unwrap(), call.contact_id.unwrap())).collect()
    };
    let agent = |n: usize| AgentLine::new(format!("agent-{n}"));
    assert_eq!(pairs(&two), [(agent(1), contacts[0].id), (agent(2), contacts[1].id)]);
    assert_eq!(stores.claim(list.id, 0, T0).await, Claimed::default());
    let rest = stores.claim(list.id, 9, T0).await.calls;
    assert_eq!(pairs(&rest), [(agent(1), contacts[2].id), (agent(2), contacts[3].id), (agent(3), contacts[4].id)]);
}

/// A pause stops what was planned before it; after it the contacts are called as ever.
pub async fn a_paused_campaign_calls_nobody(stores: &Stage) {
    let (list, contacts) = stores.given_list(2).await;
    stores.plan(list.id, 2, T0).await;
    stores.put(list.id, CampaignStatus::Paused, minute(1)).await;
    let mark = stores.mark().await;
    let claimed = stores.claim(list.id, 2, minute(2)).await;
    assert_eq!(claimed, Claimed { calls: vec![], refused: 2 });
    for event in stores.since(mark).await {
        assert_eq!((event.kind, event.call_id), (EventKind::ContactRefused, None));
        assert_eq!(event.data["code"], json!("campaign_paused"));
    }
    assert_eq!(stores.contact(contacts[0].id).await, contacts[0]);
    stores.put(list.id, CampaignStatus::Active, minute(3)).await;
    assert_eq!(stores.plan(list.id, 2, minute(4)).await.queued, 2);
    assert_eq!(stores.claim(list.id, 2, minute(4)).await.calls.len(), 2);
}

/// In the campaign's own zone. What was planned in time and claimed too late is called the next morning.
pub async fn nobody_is_called_outside_the_active_hours(stores: &Stage) {
    // 17:00 in Kathmandu is 11:15 in UTC.
    let (list, contacts) =
        stores.given_list_of(campaign().active().timezone("Asia/Kathmandu".parse().unwrap()), 1).await;
    let evening = minute(75);
    stores.plan(list.id, 1, evening - Duration::SECOND).await;
    let mark = stores.mark().await;
    assert_eq!(stores.claim(list.id, 1, evening).await, Claimed { calls: vec![], refused: 1 });
    let refusal = stores.since(mark).await.pop().unwrap();
    assert_eq!((refusal.kind, refusal.contact_id), (EventKind::ContactRefused, Some(contacts[0].id)));
    assert_eq!(refusal.data["code"], json!("after_window"));
    assert_eq!(stores.contact(contacts[0].id).await, contacts[0]);
    let morning = evening + Duration::hours(16);
    assert_eq!(stores.dial(list.id, morning).await.contact_id, Some(contacts[0].id));
}

/// Whether it came before or after planning: no call is written, and the contact is closed for good.
pub async fn a_suppressed_number_is_not_called(stores: &Stage) {
    let (list, contacts) = stores.given_list(2).await;
    let suppress = async |contact: &Contact| {
        stores.suppressions.suppress(&suppression(list.user_id, &contact.person.phone_number)).await.unwrap();
    };
    suppress(&contacts[0]).await;
    stores.plan(list.id, 2, T0).await;
    suppress(&contacts[1]).await;
    let mark = stores.mark().await;
    assert_eq!(stores.claim(list.id, 2, minute(1)).await, Claimed { calls: vec![], refused: 2 });
    for contact in &contacts {
        let closed = Contact {
            status: ContactStatus::DoNotCall,
            closed_reason: Some(ClosedReason::DoNotCall),
            updated_at: minute(1),
            ..contact.clone()
        };
        assert_eq!(stores.contact(contact.id).await, closed);
    }
    let told = stores.since(mark).await;
    assert!(told.iter().all(|event| event.kind == EventKind::ContactRefused));
    assert!(told.iter().all(|event| event.data["code"] == json!("dnc_internal") && event.at == minute(1)));
    assert_eq!(told.iter().filter_map(|event| event.contact_id).collect::<Vec<_>>(), [contacts[0].id, contacts[1].id]);
    assert_eq!(stores.calls.open().await.unwrap(), []);
    assert_eq!(stores.stats(list.id).await.do_not_call, 2);
    assert_eq!(stores.plan(list.id, 2, minute(2)).await.queued, 0);
}

/// The agent who would have got the refused contact gets the next one.
pub async fn a_refused_contact_does_not_cost_the_agent_a_call(stores: &Stage) {
    let (list, contacts) = stores.given_list(4).await;
    stores.plan(list.id, 4, T0).await;
    for refused in [&contacts[0], &contacts[2]] {
        stores.suppressions.suppress(&suppression(list.user_id, &refused.person.phone_number)).await.unwrap();
    }
    let claimed = stores.claim(list.id, 2, T0).await;
    let called: Vec<_> = claimed.calls.iter().filter_map(|call| call.contact_id).collect();
    assert_eq!((called, claimed.refused), (vec![contacts[1].id, contacts[3].id], 2));
}

/// However often the campaign is planned and claimed; attempts that never left do not count.
pub async fn nobody_is_called_more_often_than_the_cap_allows(stores: &Stage) {
    let retry = campaign().active().max_attempts(3).retry_interval(Duration::minutes(5));
    let (list, contacts) = stores.given_list_of(retry, 1).await;
    let mut attempts = Vec::new();
    for (round, outcome) in (0_i64..).zip([
        CallOutcome::NotPlaced,
        CallOutcome::Busy,
        CallOutcome::NotPlaced,
        CallOutcome::NoAnswer,
        CallOutcome::Failed,
        CallOutcome::Busy,
        CallOutcome::Busy,
    ]) {
        let now = minute(10 * round);
        stores.plan(list.id, 3, now).await;
        for call in stores.claim(list.id, 3, now).await.calls {
            attempts.push(call.attempt.unwrap());
            stores.end(call.id, outcome, now + Duration::MINUTE).await.unwrap();
        }
    }
    assert_eq!(attempts, [1, 1, 2, 2, 3]);
    let closed = stores.contact(contacts[0].id).await;
    assert_eq!((closed.attempts, closed.closed_reason), (3, Some(ClosedReason::AttemptsExhausted)));
}

/// A contact that was waiting for one attempt more is closed instead.
pub async fn a_lowered_cap_holds_at_once(stores: &Stage) {
    let (list, person, first) = stores.given_live_call_of(campaign().active().max_attempts(2)).await;
    stores.end(first.id, CallOutcome::Busy, minute(1)).await.unwrap();
    stores.plan(list.id, 1, minute(61)).await;
    stores.change(list.id, CampaignPatch { max_attempts: Some(1), ..CampaignPatch::default() }, minute(62)).await;
    assert_eq!(stores.claim(list.id, 1, minute(63)).await, Claimed { calls: vec![], refused: 1 });
    let closed = stores.contact(person.id).await;
    assert_eq!((closed.status, closed.attempts), (ContactStatus::Failed, 1));
    assert_eq!((closed.closed_reason, closed.next_attempt_at), (Some(ClosedReason::AttemptsExhausted), None));
}

/// The transaction is one: the slot that fails takes those before it back.
pub async fn a_claim_that_fails_half_way_leaves_nothing(stores: &Stage) {
    let (list, contacts) = stores.given_list(3).await;
    stores.plan(list.id, 3, T0).await;
    let taken = stores.claim(list.id, 1, T0).await.calls.pop().unwrap();
    let before = stores.stats(list.id).await;
    let mark = stores.mark().await;
    let mut broken = slots(2);
    let fresh: CallId = broken[0].call_id;
    broken[1].call_id = taken.id;
    assert!(stores.queue.claim(list.id, &stores.lease(list.id).await, broken, minute(1)).await.is_err());
    assert_eq!(stores.calls.get(Scope::Service, fresh).await.unwrap(), None);
    assert_eq!(stores.call(taken.id).await, taken);
    assert_eq!(stores.list(list.id).await[1..], contacts[1..]);
    assert_eq!(stores.stats(list.id).await, before);
    assert_eq!(stores.happened_since(mark).await, []);
    assert_eq!(stores.claim(list.id, 3, minute(2)).await.calls.len(), 2);
}

/// However many nodes and agents claim at once, each contact is in one live attempt.
pub async fn many_claims_at_once_never_take_the_same_contact(stores: &Stage) {
    let (list, contacts) = stores.given_list(60).await;
    stores.plan(list.id, 60, T0).await;
    let mut calls: Vec<Call> = at_once(8, |_| {
        let (stores, id) = (stores.clone(), list.id);
        async move {
            let mut calls = stores.claim(id, 3, T0).await.calls;
            calls.extend(stores.claim(id, 5, T0).await.calls);
            calls
        }
    })
    .await
    .concat();
    // Whoever met only entries that others were taking went away empty.
    calls.extend(stores.claim(list.id, 60, T0).await.calls);
    assert_eq!(calls.len(), contacts.len());
    assert!(all_differ(calls.iter().map(|call| call.contact_id)));
    assert!(stores.list(list.id).await.iter().all(|row| row.attempts == 1 && row.status == ContactStatus::Calling));
    assert_eq!(stores.stats(list.id).await.calling, 60);
    let initiated = stores.events().await.into_iter().filter(|event| event.event.kind == EventKind::CallInitiated);
    assert!(all_differ(initiated.filter_map(|event| event.event.call_id)));
    assert_eq!(stores.calls.open().await.unwrap().len(), 60);
}

/// Once the do-not-call entry is stored, no claim that begins later takes the number, whatever else goes on.
pub async fn a_suppression_holds_while_others_claim(stores: &Stage) {
    let (list, contacts) = stores.given_list(24).await;
    stores.plan(list.id, 24, T0).await;
    at_once(8, |n| {
        let (stores, list, unwilling) = (stores.clone(), list.clone(), contacts[3 * n + 2].clone());
        async move {
            let entry = suppression(list.user_id, &unwilling.person.phone_number);
            stores.claim(list.id, 1, T0).await;
            stores.suppressions.suppress(&entry).await.unwrap();
            let calls = stores.claim(list.id, 3, minute(1)).await.calls;
            assert!(calls.iter().all(|call| call.contact_id != Some(unwilling.id)));
        }
    })
    .await;
    stores.claim(list.id, 24, minute(2)).await;
    for contact in stores.list(list.id).await {
        let called_before = contact.status == ContactStatus::Calling && contact.last_attempt_at.is_some();
        assert!(called_before || contact.status == ContactStatus::DoNotCall);
    }
    let stats = stores.stats(list.id).await;
    assert_eq!(stats.calling + stats.do_not_call, 24);
}
