//! Offers: one contact for one agent for a while.

use dialer_domain::agents::offers::Offer;
use dialer_domain::agents::{AgentState, AgentStep, Doing, PauseCode};
use dialer_domain::calls::NewCall;
use dialer_domain::eligibility::{Refusal, RefusalCode};
use dialer_domain::events::EventKind;
use dialer_domain::queue::QueueStatus;
use dialer_domain::queue::store::{Claimed, ContactClaim};
use dialer_domain::{CallId, CampaignId, CampaignStatus, Contact, Duration, QueueEntryId, Scope};

use super::Stage;
use super::crew::lunch;
use super::scene::{all_differ, at_once, everything, minute};
use crate::builders::{T0, id, slot_of, suppression};

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
    assert_eq!(stores.desk.offer(id(CampaignId::new), idle.user_id, minute(9), T0).await.unwrap(), None);
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

/// Neither by a claim, nor by an offer, nor by a person who calls it now.
pub async fn nobody_else_is_given_a_contact_that_is_offered(stores: &Stage) {
    let (list, contacts, robin, _) = stores.given_offer(1).await;
    let kim = stores.given_agent_of(&list).await;
    let mark = stores.mark().await;
    assert_eq!(stores.offer_to(&list, &kim, minute(1)).await, None);
    assert_eq!(stores.claim(list.id, 3, minute(1)).await, Claimed::default());
    let slot = slot_of(&kim);
    assert_eq!(stores.claim_for(list.id, vec![slot], minute(1)).await.calls, []);
    let intent = NewCall {
        ahead: false,
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
    let entry = id(QueueEntryId::new);
    let claimed = stores.queue.claim_contact(Scope::User(list.user_id), contacts[0].id, entry, intent, minute(1)).await;
    assert_eq!(claimed.unwrap(), Some(ContactClaim::Refused(Refusal::taken(RefusalCode::Reserved))));
    assert_eq!(stores.happened_since(mark).await, []);
    assert_eq!(stores.contact(contacts[0].id).await.reserved_for, Some(robin.user_id));
    assert_eq!(stores.where_entries_stand(&list).await, [QueueStatus::Queued]);
}
