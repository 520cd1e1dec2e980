//! Claiming one contact out of turn, for a person who calls it now: the same rules hold as for the engine.

use dialer_domain::calls::NewCall;
use dialer_domain::eligibility::{Refusal, RefusalCode};
use dialer_domain::events::EventKind;
use dialer_domain::queue::call_event;
use dialer_domain::queue::store::ContactClaim;
use dialer_domain::telephony::AgentLine;
use dialer_domain::{
    Call, CallId, CallOutcome, CallStatus, Campaign, Contact, ContactId, ContactStatus, OffsetDateTime, QueueEntryId,
    Scope,
};
use serde_json::json;

use super::Stage;
use super::scene::{all_differ, at_once, minute};
use crate::builders::{T0, campaign, contact, id, number, suppression, user};

/// What the owner asks for who clicks on a contact.
pub(super) fn intent(campaign: &Campaign, contact: &Contact) -> NewCall {
    NewCall {
        ahead: false,
        id: id(CallId::new),
        user_id: campaign.user_id,
        to_number: contact.person.phone_number.clone(),
        from_number: None,
        agent: Some(AgentLine::new("desk-1")),
        agent_id: None,
        lead_id: None,
        campaign_id: Some(campaign.id),
        metadata: serde_json::Map::new(),
    }
}

impl Stage {
    /// The owner calls the contact.
    async fn call_now(&self, campaign: &Campaign, contact: &Contact, now: OffsetDateTime) -> ContactClaim {
        let (owner, entry) = (Scope::User(campaign.user_id), id(QueueEntryId::new));
        let wanted = intent(campaign, contact);
        self.queue.claim_contact(owner, contact.id, entry, wanted, now).await.unwrap().unwrap()
    }

    /// The owner calls the contact, which must be possible.
    async fn call_made(&self, campaign: &Campaign, contact: &Contact, now: OffsetDateTime) -> Call {
        match self.call_now(campaign, contact, now).await {
            ContactClaim::Call(call) => *call,
            ContactClaim::Refused(refusal) => panic!("{refusal:?}"),
        }
    }
}

fn refused(code: RefusalCode, retry_not_before: Option<OffsetDateTime>) -> ContactClaim {
    ContactClaim::Refused(Refusal::until(code, retry_not_before))
}

/// The person's own agent, reference and metadata; the campaign's number, zone and caller ID.
pub async fn a_person_calls_a_contact_of_the_list(stores: &Stage) {
    let (list, contacts) = stores.given_list_of(campaign().active().caller_id(number(5)), 2).await;
    let mark = stores.mark().await;
    let metadata = json!({"from": "crm"}).as_object().unwrap().clone();
    let wanted = NewCall {
        to_number: number(6),
        lead_id: Some("lead-1".to_owned()),
        metadata: metadata.clone(),
        ..intent(&list, &contacts[1])
    };
    let (call_id, entry, owner) = (wanted.id, id(QueueEntryId::new), Scope::User(list.user_id));
    let claim = stores.queue.claim_contact(owner, contacts[1].id, entry, wanted, minute(1)).await.unwrap();
    let Some(ContactClaim::Call(call)) = claim else { panic!("{claim:?}") };
    assert_eq!((call.id, call.status, call.started_at), (call_id, CallStatus::Initiated, minute(1)));
    assert_eq!((call.contact_id, call.attempt, call.campaign_id), (Some(contacts[1].id), Some(1), Some(list.id)));
    assert_eq!((&call.to_number, call.from_number.as_ref()), (&contacts[1].person.phone_number, Some(&number(5))));
    assert_eq!((call.agent.as_ref(), call.lead_id.as_deref()), (Some(&AgentLine::new("desk-1")), Some("lead-1")));
    assert_eq!(call.metadata, metadata);
    assert_eq!(stores.call(call.id).await, *call);
    let contact = stores.contact(contacts[1].id).await;
    assert_eq!((contact.status, contact.attempts), (ContactStatus::Calling, 1));
    assert_eq!((contact.last_call_id, contact.last_attempt_at), (Some(call.id), Some(minute(1))));
    assert_eq!(stores.stats(list.id).await.calling, 1);
    assert_eq!(stores.since(mark).await, [call_event(&call, EventKind::CallInitiated, minute(1)).by(owner)]);
}

/// An entry that waited for the contact is used up, and one that did not wait is not made twice.
pub async fn the_engine_leaves_a_contact_alone_that_a_person_calls(stores: &Stage) {
    let (list, contacts) = stores.given_list(3).await;
    stores.plan(list.id, 2, T0).await;
    stores.call_made(&list, &contacts[0], T0).await;
    stores.call_made(&list, &contacts[2], T0).await;
    assert_eq!(stores.plan(list.id, 9, T0).await.queued, 1);
    let claimed = stores.claim(list.id, 9, T0).await;
    assert_eq!(claimed.calls.iter().map(|call| call.contact_id).collect::<Vec<_>>(), [Some(contacts[1].id)]);
    assert_eq!(claimed.refused, 0);
}

/// Its end settles the contact, and a retry goes through the engine as ever.
pub async fn a_person_s_call_counts_as_an_attempt(stores: &Stage) {
    let (list, contacts) = stores.given_list(1).await;
    let call = stores.call_made(&list, &contacts[0], T0).await;
    stores.end(call.id, CallOutcome::NoAnswer, minute(1)).await.unwrap();
    let settled = stores.contact(contacts[0].id).await;
    assert_eq!((settled.attempts, settled.next_attempt_at), (1, Some(minute(61))));
    let retry = stores.dial(list.id, minute(61)).await;
    assert_eq!((retry.contact_id, retry.attempt), (Some(contacts[0].id), Some(2)));
}

/// Nothing is written for a contact that is not there, or not the caller's.
pub async fn a_stranger_s_contact_cannot_be_called(stores: &Stage) {
    let (list, contacts) = stores.given_list(1).await;
    let mark = stores.mark().await;
    let asked = [(Scope::User(user()), contacts[0].id), (Scope::Service, id(ContactId::new))];
    for (scope, contact) in asked {
        let (entry, wanted) = (id(QueueEntryId::new), intent(&list, &contacts[0]));
        let call = wanted.id;
        assert_eq!(stores.queue.claim_contact(scope, contact, entry, wanted, T0).await.unwrap(), None);
        assert_eq!(stores.calls.get(Scope::Service, call).await.unwrap(), None);
    }
    assert_eq!(stores.contact(contacts[0].id).await, contacts[0]);
    assert_eq!(stores.happened_since(mark).await, []);
}

/// A live attempt is not doubled, and goes on undisturbed.
pub async fn a_contact_in_a_call_cannot_be_called_again(stores: &Stage) {
    let (list, person, live) = stores.given_live_call().await;
    let calling = stores.contact(person.id).await;
    assert_eq!(stores.call_now(&list, &person, minute(1)).await, refused(RefusalCode::AttemptLive, None));
    assert_eq!(stores.contact(person.id).await, calling);
    stores.end(live.id, CallOutcome::Busy, minute(2)).await.unwrap();
    assert_eq!(stores.dial(list.id, minute(62)).await.attempt, Some(2));
}

/// The refusal says when asking again can help, and leaves the contact to the engine.
pub async fn a_contact_that_rests_is_not_called_early(stores: &Stage) {
    let (list, person, first) = stores.given_live_call().await;
    stores.end(first.id, CallOutcome::NoAnswer, minute(1)).await.unwrap();
    let resting = stores.contact(person.id).await;
    let mark = stores.mark().await;
    let answer = stores.call_now(&list, &person, minute(60)).await;
    assert_eq!(answer, refused(RefusalCode::CoolingOff, Some(minute(61))));
    assert_eq!(stores.contact(person.id).await, resting);
    assert_eq!(stores.happened_since(mark).await, [EventKind::ContactRefused]);
    assert_eq!(stores.dial(list.id, minute(61)).await.contact_id, Some(person.id));
}

/// Neither while the campaign is halted nor outside its hours; the contact stays callable.
pub async fn a_person_keeps_to_the_campaign_s_hours_and_status(stores: &Stage) {
    let (draft, contacts) = stores.given_list_of(campaign(), 1).await;
    assert_eq!(stores.call_now(&draft, &contacts[0], T0).await, refused(RefusalCode::CampaignPaused, None));
    let (list, contacts) = stores.given_list(1).await;
    stores.plan(list.id, 1, T0).await;
    let (evening, morning) = (minute(8 * 60), minute(23 * 60));
    let answer = stores.call_now(&list, &contacts[0], evening).await;
    assert_eq!(answer, refused(RefusalCode::AfterWindow, Some(morning)));
    assert_eq!(stores.contact(contacts[0].id).await, contacts[0]);
    assert_eq!(stores.dial(list.id, morning).await.contact_id, Some(contacts[0].id));
}

/// What the refusal changes is written: the contact is closed, in the counts too.
pub async fn a_person_cannot_call_a_suppressed_number(stores: &Stage) {
    let (list, contacts) = stores.given_list(1).await;
    let number = &contacts[0].person.phone_number;
    stores.suppressions.suppress(&suppression(list.user_id, number)).await.unwrap();
    let mark = stores.mark().await;
    assert_eq!(stores.call_now(&list, &contacts[0], minute(1)).await, refused(RefusalCode::DncInternal, None));
    assert_eq!(stores.contact(contacts[0].id).await.status, ContactStatus::DoNotCall);
    assert_eq!(stores.stats(list.id).await.do_not_call, 1);
    assert_eq!(stores.happened_since(mark).await, [EventKind::ContactRefused]);
    assert_eq!(stores.calls.open().await.unwrap(), []);
    assert_eq!(stores.plan(list.id, 1, minute(2)).await.queued, 0);
}

/// A promised callback is a person's to make when its time has come.
pub async fn a_person_makes_a_promised_callback(stores: &Stage) {
    let list = stores.given(campaign().active()).await;
    let promised = contact(list.id).callback(minute(10)).build();
    stores.import(&list, vec![promised.clone()]).await;
    let early = stores.call_now(&list, &promised, minute(9)).await;
    assert_eq!(early, refused(RefusalCode::CoolingOff, Some(minute(10))));
    assert_eq!(stores.call_made(&list, &promised, minute(10)).await.contact_id, Some(promised.id));
}

/// Engine and people reach for the same contacts at the same moment: each is in one live attempt.
pub async fn a_person_and_the_engine_never_take_the_same_contact(stores: &Stage) {
    let (list, contacts) = stores.given_list(16).await;
    stores.plan(list.id, 16, T0).await;
    let mut calls: Vec<Call> = at_once(8, |n| {
        let (stores, list, mine) = (stores.clone(), list.clone(), contacts[2 * (n / 2)].clone());
        async move {
            if n % 4 == 3 {
                return stores.claim(list.id, 4, T0).await.calls;
            }
            match stores.call_now(&list, &mine, T0).await {
                ContactClaim::Call(call) => vec![*call],
                ContactClaim::Refused(refusal) => {
                    assert_eq!(refusal.code, RefusalCode::AttemptLive);
                    vec![]
                }
            }
        }
    })
    .await
    .concat();
    calls.extend(stores.claim(list.id, 16, T0).await.calls);
    assert_eq!(calls.len(), 16);
    assert!(all_differ(calls.iter().map(|call| call.contact_id)));
    assert!(stores.list(list.id).await.iter().all(|row| row.attempts == 1));
    assert_eq!(stores.stats(list.id).await.calling, 16);
}
