//! What agents make of an offer: a call, or nothing.

use dialer_domain::agents::store::StepError;
use dialer_domain::agents::{Agent, AgentState, AgentStep, Doing, NotNow, Standing};
use dialer_domain::contacts::store::Removal;
use dialer_domain::eligibility::{Refusal, RefusalCode};
use dialer_domain::events::EventKind;
use dialer_domain::queue::entries::EntryChange;
use dialer_domain::queue::store::ContactClaim;
use dialer_domain::queue::{QueueStatus, call_event};
use dialer_domain::{Call, CallId, CallOutcome, CampaignStatus, Contact, ContactStatus, OffsetDateTime, Scope};
use serde_json::json;

use super::Stage;
use super::crew::lunch;
use super::scene::{all_differ, at_once, minute};
use crate::builders::{id, suppression};

impl Stage {
    /// The agent takes the offer, which must be there.
    async fn accept(&self, agent: &Agent, now: OffsetDateTime) -> ContactClaim {
        self.desk.accept_offer(agent.user_id, id(CallId::new), now).await.unwrap().unwrap()
    }
}

fn not_now<T>(asked: Result<T, StepError>) -> AgentState {
    match asked {
        Err(StepError::NotNow(NotNow { state })) => state,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("it was possible"),
    }
}

/// As a claim writes it, with the id that the agent's client gave it.
pub async fn an_accepted_offer_is_a_call(stores: &Stage) {
    let (list, contacts, robin, offer) = stores.given_offer(1).await;
    let (mark, call) = (stores.mark().await, id(CallId::new));
    let accepted = stores.desk.accept_offer(robin.user_id, call, minute(1)).await.unwrap();
    let Some(ContactClaim::Call(placed)) = accepted else { panic!("{accepted:?}") };
    assert_eq!((placed.id, placed.agent.as_ref(), placed.agent_id), (call, Some(&robin.line), Some(robin.user_id)));
    assert_eq!((placed.contact_id, placed.attempt, placed.user_id), (Some(offer.contact_id), Some(1), list.user_id));
    assert_eq!(stores.call(call).await, *placed);
    let calling = Contact {
        status: ContactStatus::Calling,
        attempts: 1,
        last_attempt_at: Some(minute(1)),
        last_call_id: Some(call),
        reserved_for: Some(robin.user_id),
        updated_at: minute(1),
        ..contacts[0].clone()
    };
    assert_eq!(stores.contact(calling.id).await, calling);
    assert_eq!(stores.where_entries_stand(&list).await, [QueueStatus::Calling]);
    assert_eq!(stores.stats(list.id).await.calling, 1);
    let now = stores.agent(robin.user_id).await;
    assert_eq!(now.presence.doing, Doing::Ringing(call));
    let told = stores.since(mark).await;
    assert_eq!(told[0], call_event(&placed, EventKind::CallInitiated, minute(1)).by(Scope::User(robin.user_id)));
    assert_eq!((told.len(), told[1].kind, told[1].call_id), (2, EventKind::AgentState, Some(call)));
    stores.end(call, CallOutcome::Busy, minute(2)).await.unwrap();
    assert_eq!(stores.states(&robin).await.last(), Some(&AgentState::Ready));
    assert_eq!(stores.where_entries_stand(&list).await, [QueueStatus::Failed]);
    assert_eq!(stores.contact(calling.id).await.reserved_for, None);
}

/// One gets the call, also where the agent clicks twice or has two windows open, or skips in the other.
pub async fn two_who_accept_at_once_make_one_call(stores: &Stage) {
    let (list, _, robin, _) = stores.given_offer(2).await;
    let kim = stores.given_agent_of(&list).await;
    stores.offer_to(&list, &kim, minute(0)).await.unwrap();
    let calls: Vec<Call> = at_once(8, |n| {
        let (stores, user) = (stores.clone(), if n % 2 == 0 { robin.user_id } else { kim.user_id });
        async move {
            match stores.desk.accept_offer(user, id(CallId::new), minute(1)).await {
                Ok(Some(ContactClaim::Call(call))) => Some(*call),
                refused => {
                    assert_eq!(not_now(refused), AgentState::Ringing);
                    None
                }
            }
        }
    })
    .await
    .into_iter()
    .flatten()
    .collect();
    assert_eq!(calls.len(), 2);
    assert!(all_differ(calls.iter().map(|call| call.contact_id)) && all_differ(calls.iter().map(|call| call.agent_id)));
    assert_eq!(stores.calls.open().await.unwrap().len(), 2);
    for agent in [&robin, &kim] {
        assert_eq!(not_now(stores.desk.skip_offer(agent.user_id, None, minute(2)).await), AgentState::Ringing);
        assert_eq!(stores.state(agent).await, AgentState::Ringing);
    }
}

/// Whatever else the agent is doing.
pub async fn without_an_offer_there_is_nothing_to_accept_or_to_skip(stores: &Stage) {
    let (list, _) = stores.given_list(1).await;
    let robin = stores.given_agent_of(&list).await;
    for standing in [Standing::Ready, lunch(), Standing::Offline] {
        let state = stores.step(&robin, AgentStep::Stand(standing), minute(1)).await.presence.state();
        let mark = stores.mark().await;
        assert_eq!(not_now(stores.desk.accept_offer(robin.user_id, id(CallId::new), minute(2)).await), state);
        assert_eq!(not_now(stores.desk.skip_offer(robin.user_id, None, minute(2)).await), state);
        assert_eq!(stores.happened_since(mark).await, []);
    }
}

/// For the campaign's interval; the agent gets the next one.
pub async fn a_skipped_offer_lets_its_contact_rest(stores: &Stage) {
    let (list, contacts, robin, offer) = stores.given_offer(2).await;
    let mark = stores.mark().await;
    let after = stores.desk.skip_offer(robin.user_id, Some("knows us".to_owned()), minute(1)).await.unwrap().unwrap();
    assert_eq!((after.presence.state(), after.presence.since, after.presence.seen_at), {
        (AgentState::Ready, minute(1), minute(1))
    });
    assert_eq!(stores.agent(robin.user_id).await, after);
    let rests = Contact { next_attempt_at: Some(minute(61)), updated_at: minute(1), ..contacts[0].clone() };
    assert_eq!(stores.contact(offer.contact_id).await, rests);
    let told = stores.since(mark).await;
    assert_eq!((told[0].kind, told[1].kind, told.len()), (EventKind::AgentState, EventKind::QueueEntrySkipped, 2));
    assert_eq!(told[1].data["reason"], json!("knows us"));
    assert_eq!(stores.where_entries_stand(&list).await, [QueueStatus::Queued, QueueStatus::Skipped]);
    assert_eq!(stores.offer_to(&list, &robin, minute(2)).await.unwrap().contact_id, contacts[1].id);
    stores.desk.skip_offer(robin.user_id, None, minute(3)).await.unwrap();
    assert_eq!(stores.offer_to(&list, &robin, minute(60)).await, None);
    assert_eq!(stores.offer_to(&list, &robin, minute(61)).await.unwrap().contact_id, contacts[0].id);
}

/// The offer is taken back, the contact is closed, and the agent may have the next one.
pub async fn a_suppressed_contact_cannot_be_accepted(stores: &Stage) {
    let (list, contacts, robin, _) = stores.given_offer(2).await;
    stores.suppressions.suppress(&suppression(list.user_id, &contacts[0].person.phone_number)).await.unwrap();
    let mark = stores.mark().await;
    let refused = stores.accept(&robin, minute(1)).await;
    let ContactClaim::Refused(Refusal { code, .. }) = refused else { panic!("{refused:?}") };
    assert_eq!(code, RefusalCode::DncInternal);
    assert_eq!(stores.happened_since(mark).await, [EventKind::ContactRefused, EventKind::AgentState]);
    let closed = stores.contact(contacts[0].id).await;
    assert_eq!((closed.status, closed.reserved_for, closed.attempts), (ContactStatus::DoNotCall, None, 0));
    assert_eq!(stores.stats(list.id).await.do_not_call, 1);
    assert_eq!((stores.state(&robin).await, stores.calls.open().await.unwrap()), (AgentState::Ready, vec![]));
    assert_eq!(stores.offer_to(&list, &robin, minute(2)).await.unwrap().contact_id, contacts[1].id);

    stores.put(list.id, CampaignStatus::Paused, minute(3)).await;
    let refused = stores.accept(&robin, minute(4)).await;
    assert_eq!(refused, ContactClaim::Refused(Refusal::taken(RefusalCode::CampaignPaused)));
    let idle = Contact { updated_at: minute(4), ..contacts[1].clone() };
    assert_eq!(stores.contact(idle.id).await, idle, "callable when the campaign goes on");
    assert_eq!(stores.state(&robin).await, AgentState::Ready);
}

/// Its contact was removed, its campaign deleted, or its entry skipped by somebody else.
pub async fn an_offer_of_what_is_gone_is_taken_back(stores: &Stage) {
    let (list, contacts, robin, offer) = stores.given_offer(2).await;
    let mine = Scope::User(list.user_id);
    let gone = ContactClaim::Refused(Refusal::taken(RefusalCode::ContactClosed));
    let skip = EntryChange::Skip { reason: None };
    stores.entries.change(mine, list.id, offer.entry_id, skip, minute(1)).await.unwrap().unwrap();
    assert_eq!(stores.accept(&robin, minute(2)).await, gone);
    let rests = stores.contact(contacts[0].id).await;
    assert_eq!((rests.reserved_for, rests.next_attempt_at), (None, Some(minute(61))));
    assert_eq!(stores.state(&robin).await, AgentState::Ready);

    assert_eq!(stores.offer_to(&list, &robin, minute(3)).await.unwrap().contact_id, contacts[1].id);
    assert_eq!(stores.contacts.remove(mine, contacts[1].id, minute(4)).await.unwrap(), Removal::Removed);
    assert_eq!(stores.desk.offered(robin.user_id).await.unwrap(), None);
    assert_eq!(stores.accept(&robin, minute(5)).await, gone);

    let (other, _) = stores.given_list(2).await;
    stores.offer_to(&other, &robin, minute(6)).await.unwrap();
    stores.campaigns.delete(Scope::Service, other.id, minute(7)).await.unwrap();
    let skipped = stores.desk.skip_offer(robin.user_id, None, minute(8)).await.unwrap().unwrap();
    assert_eq!(skipped.presence.state(), AgentState::Ready);
    let (third, _) = stores.given_list(1).await;
    stores.offer_to(&third, &robin, minute(9)).await.unwrap();
    stores.campaigns.delete(Scope::Service, third.id, minute(10)).await.unwrap();
    assert_eq!(stores.accept(&robin, minute(11)).await, gone);
    assert_eq!(stores.state(&robin).await, AgentState::Ready);
}
