//! Agents of campaigns: an assigned agent reads the campaign and the contacts reserved for them, and nothing else opens.

use dialer_domain::campaigns::agents::{Assigned, Assignment};
use dialer_domain::campaigns::store::CampaignFilter;
use dialer_domain::contacts::ContactPatch;
use dialer_domain::contacts::store::Removal;
use dialer_domain::events::EventKind;
use dialer_domain::ids::AssignmentId;
use dialer_domain::queue::entries::EntryChange;
use dialer_domain::{Campaign, OffsetDateTime, QueueEntryId, Scope, StoreError, UserId};

use super::Stage;
use super::scene::{at_once, everything, minute, window};
use crate::builders::{T0, call, campaign, contact, id, user};

fn assignment(list: &Campaign, agent: UserId, at: OffsetDateTime) -> Assignment {
    Assignment { id: id(AssignmentId::new), campaign_id: list.id, user_id: agent, created_at: at }
}

impl Stage {
    /// An agent whom the owner has assigned.
    async fn given_agent(&self, list: &Campaign) -> UserId {
        let agent = user();
        let assigned = self.agents.assign(Scope::User(list.user_id), assignment(list, agent, T0)).await.unwrap();
        assert!(matches!(assigned, Some(Assigned::Now(_))));
        agent
    }
}

/// Assigning somebody again changes nothing, also when it happens at once.
pub async fn an_agent_is_assigned_once(stores: &Stage) {
    let list = stores.given(campaign()).await;
    let (mine, first) = (Scope::User(list.user_id), assignment(&list, user(), T0));
    let mark = stores.mark().await;
    assert_eq!(stores.agents.assign(mine, first).await.unwrap(), Some(Assigned::Now(first)));
    let again = assignment(&list, first.user_id, minute(1));
    assert_eq!(stores.agents.assign(mine, again).await.unwrap(), Some(Assigned::Before(first)));
    let events = stores.since(mark).await;
    assert_eq!(events.len(), 1);
    assert_eq!((events[0].kind, events[0].campaign_id), (EventKind::AgentAssigned, Some(list.id)));
    assert_eq!(events[0].data["agent_id"], first.user_id.to_string());
    let second = user();
    let outcomes = at_once(6, |_| {
        let (stage, new) = (stores.clone(), assignment(&list, second, minute(2)));
        async move { stage.agents.assign(mine, new).await.unwrap().unwrap() }
    })
    .await;
    assert_eq!(outcomes.iter().filter(|outcome| matches!(outcome, Assigned::Now(_))).count(), 1);
    let page = stores.agents.agents(mine, list.id, everything()).await.unwrap();
    assert_eq!(page.items.iter().map(|agent| agent.user_id).collect::<Vec<_>>(), [first.user_id, second]);
    let page = stores.agents.agents(mine, list.id, window(1, 1)).await.unwrap();
    assert_eq!((page.items[0].user_id, page.total), (second, 2));
}

/// An assigned agent reads the campaign; the rest of it does not exist for them.
pub async fn an_assigned_agent_reads_the_campaign_and_nothing_else(stores: &Stage) {
    let (list, contacts) = stores.given_list(2).await;
    let agent = Scope::User(stores.given_agent(&list).await);
    stores.plan(list.id, 1, T0).await;
    let entry = stores.entries.list(Scope::Service, list.id, None, everything()).await.unwrap().items.remove(0);
    let read = stores.campaigns.get(agent, list.id).await.unwrap().unwrap();
    assert_eq!(read, stores.campaign(list.id).await);
    let before = (stores.list(list.id).await, stores.mark().await);

    let one = contacts[0].id;
    assert_eq!(stores.contacts.list(agent, list.id, None, everything()).await.unwrap().total, 0);
    assert_eq!(stores.contacts.following(agent, list.id, 0, 9).await.unwrap(), []);
    assert_eq!(stores.contacts.get(agent, one).await.unwrap(), None);
    let number = &contacts[0].person.phone_number;
    assert_eq!(stores.contacts.find(agent, list.id, number).await.unwrap(), None);
    assert_eq!(stores.contacts.patch(agent, one, ContactPatch::default(), T0).await.unwrap(), None);
    assert_eq!(stores.contacts.remove(agent, one, T0).await.unwrap(), Removal::NotThere);
    let refused = stores.contacts.import(agent, list.id, vec![contact(list.id).build()]).await;
    assert!(matches!(refused, Err(StoreError::MissingReference { .. })));
    assert_eq!(stores.entries.list(agent, list.id, None, everything()).await.unwrap().total, 0);
    let moved = stores.entries.change(agent, list.id, entry.id, EntryChange::priority(1), T0).await.unwrap();
    assert_eq!(moved, None);
    let intent = dialer_domain::calls::NewCall {
        ahead: false,
        id: id(dialer_domain::CallId::new),
        user_id: list.user_id,
        to_number: number.clone(),
        from_number: None,
        agent: None,
        agent_id: None,
        lead_id: None,
        campaign_id: Some(list.id),
        metadata: serde_json::Map::new(),
    };
    let claimed = stores.queue.claim_contact(agent, one, id(QueueEntryId::new), intent, T0).await.unwrap();
    assert_eq!(claimed, None);
    assert_eq!(stores.agents.agents(agent, list.id, everything()).await.unwrap().total, 0);
    assert_eq!(stores.agents.assign(agent, assignment(&list, user(), T0)).await.unwrap(), None);
    let after = Campaign { name: "Mine".to_owned(), revision: read.revision + 1, ..read.clone() };
    assert!(matches!(stores.campaigns.save(agent, &after).await, Err(StoreError::Stale { .. })));
    assert!(!stores.campaigns.delete(agent, list.id, T0).await.unwrap());
    assert_eq!(stores.events.since(agent, 0, 500).await.unwrap(), []);

    assert_eq!(stores.campaign(list.id).await, read);
    assert_eq!(stores.list(list.id).await, before.0);
    assert_eq!(stores.happened_since(before.1).await, []);
}

/// A contact reserved for an agent opens to that agent, for reading, while they are assigned.
pub async fn an_agent_reads_the_contact_reserved_for_them(stores: &Stage) {
    let list = stores.given(campaign().active()).await;
    let other = stores.given(campaign().active().owner(list.user_id)).await;
    let (agent, colleague) = (stores.given_agent(&list).await, stores.given_agent(&list).await);
    let reserved = contact(list.id).reserved_for(agent).build();
    let elsewhere = contact(other.id).reserved_for(agent).build();
    stores.import(&list, vec![reserved.clone()]).await;
    stores.import(&other, vec![elsewhere.clone()]).await;
    let theirs = Scope::User(agent);
    assert_eq!(stores.contacts.get(theirs, reserved.id).await.unwrap(), Some(reserved.clone()));
    assert_eq!(stores.contacts.get(Scope::User(list.user_id), reserved.id).await.unwrap(), Some(reserved.clone()));
    assert_eq!(stores.contacts.get(Scope::User(colleague), reserved.id).await.unwrap(), None);
    assert_eq!(stores.contacts.get(theirs, elsewhere.id).await.unwrap(), None, "not assigned there");
    let closed = stores.contacts.patch(theirs, reserved.id, ContactPatch::default(), T0).await.unwrap();
    assert_eq!(closed, None, "for reading only");
    assert!(stores.agents.unassign(Scope::User(list.user_id), list.id, agent, minute(1)).await.unwrap());
    assert_eq!(stores.contacts.get(theirs, reserved.id).await.unwrap(), None);
}

/// Campaigns of others stand among own ones, latest first and by page.
pub async fn an_agent_s_campaigns_are_listed_with_own_ones(stores: &Stage) {
    let mine = stores.given(campaign().created_at(minute(1))).await;
    let agent = Scope::User(mine.user_id);
    let theirs = stores.given(campaign().active().created_at(minute(2))).await;
    let others = stores.given(campaign().active().created_at(minute(3))).await;
    for list in [&theirs, &mine] {
        let new = assignment(list, mine.user_id, minute(4));
        stores.agents.assign(Scope::User(list.user_id), new).await.unwrap().unwrap();
    }
    let listed = async |filter, page| {
        let page = stores.campaigns.list(agent, filter, page).await.unwrap();
        (page.items.into_iter().map(|row| row.id).collect::<Vec<_>>(), page.total)
    };
    let any = CampaignFilter::default();
    assert_eq!(listed(any, everything()).await, (vec![theirs.id, mine.id], 2));
    assert_eq!(listed(any, window(1, 1)).await, (vec![mine.id], 2));
    let active = CampaignFilter { status: Some(theirs.status), ..any };
    assert_eq!(listed(active, everything()).await, (vec![theirs.id], 1));
    assert_eq!(stores.campaigns.get(agent, others.id).await.unwrap(), None);
}

/// Nobody but the owner says who works on a campaign.
pub async fn a_stranger_assigns_nobody(stores: &Stage) {
    let list = stores.given(campaign()).await;
    let agent = stores.given_agent(&list).await;
    let (stranger, mark) = (user(), stores.mark().await);
    for scope in [Scope::User(stranger), Scope::User(agent)] {
        assert_eq!(stores.agents.assign(scope, assignment(&list, stranger, T0)).await.unwrap(), None);
        assert!(!stores.agents.unassign(scope, list.id, agent, T0).await.unwrap());
        assert_eq!(stores.agents.agents(scope, list.id, everything()).await.unwrap().total, 0);
    }
    assert_eq!(stores.campaigns.get(Scope::User(stranger), list.id).await.unwrap(), None);
    assert_eq!(stores.happened_since(mark).await, []);
}

/// An assignment ends once, by its owner's word or with its campaign; the calls that the agent handled stay theirs.
pub async fn an_assignment_ends(stores: &Stage) {
    let list = stores.given(campaign()).await;
    let (mine, agent) = (Scope::User(list.user_id), stores.given_agent(&list).await);
    let handled = call().campaign(&list).owner(list.user_id).handled_by(agent).build();
    stores.calls.add(&handled).await.unwrap();
    let mark = stores.mark().await;
    assert!(stores.agents.unassign(mine, list.id, agent, minute(1)).await.unwrap());
    assert!(!stores.agents.unassign(mine, list.id, agent, minute(1)).await.unwrap());
    assert_eq!(stores.happened_since(mark).await, [EventKind::AgentUnassigned]);
    assert_eq!(stores.campaigns.get(Scope::User(agent), list.id).await.unwrap(), None);
    assert!(stores.calls.get(Scope::User(agent), handled.id).await.unwrap().is_some());

    let again = assignment(&list, agent, minute(2));
    assert_eq!(stores.agents.assign(mine, again).await.unwrap(), Some(Assigned::Now(again)));
    stores.campaigns.delete(mine, list.id, minute(3)).await.unwrap();
    assert_eq!(stores.agents.agents(Scope::Service, list.id, everything()).await.unwrap().total, 0);
    assert_eq!(
        stores.campaigns.list(Scope::User(agent), CampaignFilter::default(), everything()).await.unwrap().total,
        0
    );
}
