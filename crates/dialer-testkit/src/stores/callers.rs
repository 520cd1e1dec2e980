//! Agents who place calls of their own: one at a time, and as the agents that they are.

use dialer_domain::agents::{Agent, AgentState, Doing, NotNow};
use dialer_domain::calls::store::Added;
use dialer_domain::calls::{CallPatch, NewCall};
use dialer_domain::eligibility::{Refusal, RefusalCode};
use dialer_domain::events::EventKind;
use dialer_domain::queue::store::ContactClaim;
use dialer_domain::{Call, CallId, CallOutcome, CallStatus, Campaign, Contact, OffsetDateTime, QueueEntryId, Scope};

use super::Stage;
use super::scene::minute;
use crate::builders::{agent, call, id, user};

/// The call that a person who is an agent wants to place to a contact.
pub(super) fn wish(list: &Campaign, contact: &Contact, agent: &Agent) -> NewCall {
    NewCall {
        ahead: false,
        id: id(CallId::new),
        user_id: list.user_id,
        to_number: contact.person.phone_number.clone(),
        from_number: None,
        agent: Some(agent.line.clone()),
        agent_id: Some(agent.user_id),
        lead_id: None,
        campaign_id: Some(list.id),
        metadata: serde_json::Map::new(),
    }
}

fn own_call(agent: &Agent, at: OffsetDateTime) -> Call {
    call().owner(agent.user_id).handled_by(agent.user_id).started_at(at).build()
}

/// Whether it is to a number or to a contact; while a contact is offered, only that one may be called.
pub async fn a_person_on_a_call_cannot_place_a_second_one(stores: &Stage) {
    let (list, contacts) = stores.given_list(2).await;
    let robin = stores.given_agent_of(&list).await;
    let first = own_call(&robin, minute(1));
    assert_eq!(stores.calls.add(&first).await.unwrap(), Added::Written);
    assert_eq!(stores.agent(robin.user_id).await.presence.doing, Doing::Ringing(first.id));
    let before = (stores.mark().await, stores.agent(robin.user_id).await);
    let busy = |state| Added::AgentBusy(NotNow { state });
    let second = own_call(&robin, minute(2));
    assert_eq!(stores.calls.add(&second).await.unwrap(), busy(AgentState::Ringing));
    assert_eq!(stores.calls.get(Scope::Service, second.id).await.unwrap(), None);
    let claim = async |contact: &Contact, at| {
        let (wish, entry) = (wish(&list, contact, &robin), id(QueueEntryId::new));
        stores.queue.claim_contact(Scope::User(list.user_id), contact.id, entry, wish, at).await.unwrap().unwrap()
    };
    let taken = ContactClaim::Refused(Refusal::taken(RefusalCode::AgentBusy));
    assert_eq!(claim(&contacts[0], minute(2)).await, taken);
    assert_eq!(stores.contact(contacts[0].id).await, contacts[0]);
    assert_eq!((stores.happened_since(before.0).await, stores.agent(robin.user_id).await), (vec![], before.1));

    stores.end(first.id, CallOutcome::Busy, minute(3)).await.unwrap();
    assert_eq!(stores.state(&robin).await, AgentState::Ready);
    let offer = stores.offer_to(&list, &robin, minute(4)).await.unwrap();
    assert_eq!(stores.calls.add(&own_call(&robin, minute(5))).await.unwrap(), busy(AgentState::Reserved));
    assert_eq!(claim(&contacts[1], minute(5)).await, taken);
    assert_eq!(offer.contact_id, contacts[0].id);
    let ContactClaim::Call(call) = claim(&contacts[0], minute(5)).await else { panic!("the one that is offered") };
    assert_eq!(stores.agent(robin.user_id).await.presence.doing, Doing::Ringing(call.id));
    let stranger = own_call(&agent(user()), minute(6));
    assert_eq!(stores.calls.add(&stranger).await.unwrap(), Added::Written, "whoever has no profile is never busy");
    let over = call_that_is_over(&robin);
    assert_eq!(stores.calls.add(&over).await.unwrap(), Added::Written, "what is over keeps nobody");
}

fn call_that_is_over(agent: &Agent) -> Call {
    call().owner(agent.user_id).handled_by(agent.user_id).ended(CallOutcome::Busy, minute(1)).build()
}

/// Writing up ends with it, and so does the claim on the contact that was written up.
pub async fn a_person_who_writes_up_one_call_may_place_the_next(stores: &Stage) {
    let (_, robin, call) = stores.given_agent_on_a_call().await;
    stores.answer(&call, minute(1)).await;
    stores.end(call.id, CallOutcome::Completed, minute(2)).await.unwrap();
    let contact = call.contact_id.unwrap();
    assert_eq!(stores.contact(contact).await.reserved_for, Some(robin.user_id));
    let mark = stores.mark().await;
    let next = own_call(&robin, minute(2));
    assert_eq!(stores.calls.add(&next).await.unwrap(), Added::Written);
    assert_eq!(stores.happened_since(mark).await, [EventKind::CallInitiated, EventKind::AgentState]);
    assert_eq!(stores.agent(robin.user_id).await.presence.doing, Doing::Ringing(next.id));
    assert_eq!(stores.contact(contact).await.reserved_for, None);
}

/// The owner of a call who says that it is over says so for its agent as well.
pub async fn a_person_s_patch_ends_the_agent_s_call(stores: &Stage) {
    let (list, robin, call) = stores.given_agent_on_a_call().await;
    let patch = CallPatch { status: Some(CallStatus::Busy), ..CallPatch::default() };
    let mark = stores.mark().await;
    stores.calls.patch(Scope::User(list.user_id), call.id, &patch, minute(1)).await.unwrap().unwrap();
    let told = [EventKind::CallUpdated, EventKind::CallEnded, EventKind::AgentState];
    assert_eq!(stores.happened_since(mark).await, told);
    assert_eq!(stores.state(&robin).await, AgentState::Ready);
    assert_eq!(stores.contact(call.contact_id.unwrap()).await.reserved_for, None);
}
