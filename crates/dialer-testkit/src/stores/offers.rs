//! Offers: one contact for one agent for a while, and what becomes of it.

use dialer_domain::agents::offers::Offer;
use dialer_domain::agents::store::StepError;
use dialer_domain::agents::{Agent, AgentState, AgentStep, Doing, NotNow, PauseCode, Standing};
use dialer_domain::contacts::store::Removal;
use dialer_domain::eligibility::{Refusal, RefusalCode};
use dialer_domain::events::EventKind;
use dialer_domain::queue::store::ContactClaim;
use dialer_domain::queue::{QueueStatus, call_event};
use dialer_domain::{
    Call, CallId, CallOutcome, Campaign, CampaignStatus, Contact, ContactStatus, Duration, OffsetDateTime, Scope,
};
use serde_json::json;

use super::Stage;
use super::crew::lunch;
use super::scene::{all_differ, at_once, everything, minute};
use crate::builders::{T0, campaign, id, suppression};

impl Stage {
    /// A preview campaign with `count` contacts, and an agent to whom the first of them was offered at [`T0`].
    async fn given_offer(&self, count: usize) -> (Campaign, Vec<Contact>, Agent, Offer) {
        let (list, contacts) = self.given_list_of(campaign().active(), count).await;
        let agent = self.given_agent_of(&list).await;
        let offer = self.offer_to(&list, &agent, T0).await.unwrap();
        (list, contacts, agent, offer)
    }

    /// The agent takes the offer, which must be there.
    async fn accept(&self, agent: &Agent, now: OffsetDateTime) -> ContactClaim {
        self.desk.accept_offer(agent.user_id, id(CallId::new), now).await.unwrap().unwrap()
    }

    /// Where the entries of the campaign stand.
    async fn where_entries_stand(&self, list: &Campaign) -> Vec<QueueStatus> {
        let entries = self.entries.list(Scope::Service, list.id, None, everything()).await.unwrap().items;
        entries.into_iter().map(|entry| entry.status).collect()
    }
}

fn not_now<T>(asked: Result<T, StepError>) -> AgentState {
    match asked {
        Err(StepError::NotNow(NotNow { state })) => state,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("it was possible"),
    }
}

/// The contact keeps its place in line, and the agent sees whom it is about.
pub async fn an_offer_reserves_the_first_in_line_for_one_agent(stores: &Stage) {
    let (list, contacts) = stores.given_list(2).await;
    let robin = stores.given_agent_of(&list).await;
    stores.plan(list.id, 2, T0).await;
    let mark = stores.mark().await;
    let until = minute(3) + Duration::microseconds(1);
    let offer = stores.desk.offer(list.id, robin.user_id, until, minute(2)).await.unwrap().unwrap();
    assert_eq!((offer.campaign_id, offer.contact_id, offer.until), (list.id, contacts[0].id, until));
    let line = stores.entries.list(Scope::Service, list.id, Some(QueueStatus::Queued), everything()).await.unwrap();
    assert_eq!((line.total, line.items[0].id, line.items[0].contact_id), (2, offer.entry_id, contacts[0].id));
    let shown = Contact { reserved_for: Some(robin.user_id), updated_at: minute(2), ..contacts[0].clone() };
    assert_eq!(stores.contact(shown.id).await, shown);
    assert_eq!(stores.contacts.get(Scope::User(robin.user_id), shown.id).await.unwrap(), Some(shown.clone()));
    assert_eq!(stores.desk.offered(robin.user_id).await.unwrap(), Some((offer.clone(), shown)));
    let now = stores.agent(robin.user_id).await;
    assert_eq!((&now.presence.doing, now.presence.since), (&Doing::Reserved(offer), minute(2)));
    assert_eq!(stores.since(mark).await, [now.state_event(&robin.presence)]);
    assert_eq!(stores.state(&robin).await, AgentState::Reserved);
    assert_eq!(stores.stats(list.id).await.pending, 2);
}

/// Nothing is written for anybody else, nor where nobody is in line.
pub async fn an_offer_is_for_an_agent_who_is_ready(stores: &Stage) {
    let (list, contacts, robin, _) = stores.given_offer(2).await;
    let kim = stores.given_agent_of(&list).await;
    stores.step(&kim, AgentStep::Stand(lunch()), T0).await;
    let mark = stores.mark().await;
    for agent in [&robin, &kim] {
        assert_eq!(stores.offer_to(&list, agent, minute(1)).await, None);
    }
    assert_eq!(stores.contact(contacts[1].id).await, contacts[1]);
    let (empty, _) = stores.given_list(0).await;
    let idle = stores.given_agent_of(&empty).await;
    assert_eq!(stores.offer_to(&empty, &idle, minute(1)).await, None);
    assert_eq!(stores.desk.offer(id(dialer_domain::CampaignId::new), idle.user_id, minute(9), T0).await.unwrap(), None);
    assert_eq!(stores.desk.offered(idle.user_id).await.unwrap(), None);
    let kinds = stores.happened_since(mark).await;
    assert!(!kinds.contains(&EventKind::AgentState) && !kinds.contains(&EventKind::ContactRefused), "{kinds:?}");
}

/// They are refused as a claim refuses them, however many there are; also when nobody is left after all.
pub async fn an_offer_passes_over_whoever_may_not_be_called(stores: &Stage) {
    let (list, contacts) = stores.given_list(8).await;
    let robin = stores.given_agent_of(&list).await;
    stores.plan(list.id, 8, T0).await;
    for contact in &contacts[..6] {
        stores.suppressions.suppress(&suppression(list.user_id, &contact.person.phone_number)).await.unwrap();
    }
    let mark = stores.mark().await;
    let offer = stores.desk.offer(list.id, robin.user_id, minute(9), minute(1)).await.unwrap().unwrap();
    assert_eq!(offer.contact_id, contacts[6].id);
    let told = stores.since(mark).await;
    let refused: Vec<_> = told[..6].iter().map(|event| (event.kind, event.contact_id)).collect();
    let expected: Vec<_> = contacts[..6].iter().map(|row| (EventKind::ContactRefused, Some(row.id))).collect();
    assert_eq!((refused, told.len(), told[6].kind), (expected, 7, EventKind::AgentState));
    assert_eq!(stores.stats(list.id).await.do_not_call, 6);
    stores.put(list.id, CampaignStatus::Paused, minute(2)).await;
    let kim = stores.given_agent_of(&list).await;
    assert_eq!(stores.offer_to(&list, &kim, minute(3)).await, None);
    assert_eq!(stores.state(&kim).await, AgentState::Ready);
    let waiting = stores.where_entries_stand(&list).await.into_iter().filter(|status| *status == QueueStatus::Queued);
    assert_eq!(waiting.count(), 1, "the one that is looked at");
}

/// Each another one, and each agent one.
pub async fn agents_who_ask_at_once_get_a_contact_each(stores: &Stage) {
    let (list, contacts) = stores.given_list(5).await;
    let agents = stores.given_agents_of(&list, 6).await;
    stores.plan(list.id, 5, T0).await;
    let asked = agents.clone();
    let mut offers: Vec<Offer> = at_once(12, |n| {
        let (stores, list, agent) = (stores.clone(), list.id, asked[n % 6].user_id);
        async move { stores.desk.offer(list, agent, minute(9), T0).await.unwrap() }
    })
    .await
    .into_iter()
    .flatten()
    .collect();
    // Whoever met only contacts that others were being shown went away empty.
    for agent in &agents {
        offers.extend(stores.desk.offer(list.id, agent.user_id, minute(9), T0).await.unwrap());
    }
    assert_eq!(offers.len(), 5);
    assert!(all_differ(offers.iter().map(|offer| offer.contact_id)));
    let reserved = stores.desk.crew().await.unwrap().reserved;
    assert_eq!(reserved.len(), 5);
    for (user, offer) in reserved {
        assert!(offers.contains(&offer));
        assert_eq!(stores.contact(offer.contact_id).await.reserved_for, Some(user));
    }
    assert!(stores.list(list.id).await.iter().all(|row| row.reserved_for.is_some()));
    assert_eq!(contacts.len(), 5);
}

/// The contact is still the next in line.
pub async fn an_offer_that_runs_out_pauses_the_agent_and_frees_the_contact(stores: &Stage) {
    let (list, contacts, robin, offer) = stores.given_offer(2).await;
    let kim = stores.given_agent_of(&list).await;
    assert_eq!(stores.desk.pass_time(None, offer.until - Duration::MICROSECOND).await.unwrap(), []);
    let missed = stores.desk.pass_time(None, offer.until).await.unwrap();
    assert_eq!(missed, [stores.agent(robin.user_id).await]);
    assert_eq!(missed[0].presence.doing.pause_code(), Some(&PauseCode::missed_offer()));
    assert_eq!((missed[0].presence.since, missed[0].presence.state()), (offer.until, AgentState::Paused));
    assert_eq!(stores.contact(offer.contact_id).await, Contact { updated_at: offer.until, ..contacts[0].clone() });
    assert_eq!(stores.desk.offered(robin.user_id).await.unwrap(), None);
    assert_eq!(stores.offer_to(&list, &kim, offer.until).await.unwrap().entry_id, offer.entry_id);
    assert_eq!(stores.state(&robin).await, AgentState::Paused);
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
    assert_eq!(told[0], call_event(&placed, EventKind::CallInitiated, minute(1)));
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
    stores.offer_to(&list, &kim, T0).await.unwrap();
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
    assert_eq!(refused, ContactClaim::Refused(Refusal { code: RefusalCode::CampaignPaused, retry_not_before: None }));
    let idle = Contact { updated_at: minute(4), ..contacts[1].clone() };
    assert_eq!(stores.contact(idle.id).await, idle, "callable when the campaign goes on");
    assert_eq!(stores.state(&robin).await, AgentState::Ready);
}

/// Its contact was removed, its campaign deleted, or its entry skipped by somebody else.
pub async fn an_offer_of_what_is_gone_is_taken_back(stores: &Stage) {
    let (list, contacts, robin, offer) = stores.given_offer(2).await;
    let mine = Scope::User(list.user_id);
    let gone = ContactClaim::Refused(Refusal::taken(RefusalCode::ContactClosed));
    let skip = dialer_domain::queue::entries::EntryChange::Skip { reason: None };
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

/// Neither by a claim, nor by an offer, nor by a person who calls it now.
pub async fn nobody_else_is_given_a_contact_that_is_offered(stores: &Stage) {
    let (list, contacts, robin, _) = stores.given_offer(1).await;
    let kim = stores.given_agent_of(&list).await;
    let mark = stores.mark().await;
    assert_eq!(stores.offer_to(&list, &kim, minute(1)).await, None);
    assert_eq!(stores.claim(list.id, 3, minute(1)).await, dialer_domain::queue::store::Claimed::default());
    let slot = crate::builders::slot_of(&kim);
    assert_eq!(stores.queue.claim(list.id, vec![slot], minute(1)).await.unwrap().calls, []);
    let intent = dialer_domain::calls::NewCall {
        id: id(CallId::new),
        user_id: list.user_id,
        to_number: contacts[0].person.phone_number.clone(),
        from_number: None,
        agent: None,
        agent_id: Some(list.user_id),
        lead_id: None,
        campaign_id: Some(list.id),
        metadata: serde_json::Map::new(),
    };
    let entry = id(dialer_domain::QueueEntryId::new);
    let claimed = stores.queue.claim_contact(Scope::User(list.user_id), contacts[0].id, entry, intent, minute(1)).await;
    assert_eq!(claimed.unwrap(), Some(ContactClaim::Refused(Refusal::taken(RefusalCode::Reserved))));
    assert_eq!(stores.happened_since(mark).await, []);
    assert_eq!(stores.contact(contacts[0].id).await.reserved_for, Some(robin.user_id));
    assert_eq!(stores.where_entries_stand(&list).await, [QueueStatus::Queued]);
}
