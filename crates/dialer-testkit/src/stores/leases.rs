//! Leases: one holder at a time, a fence that grows, and nothing written by a node that lost its own.

use dialer_domain::events::EventKind;
use dialer_domain::leases::{INSTALLATION, Lease, LeaseName};
use dialer_domain::queue::store::ContactClaim;
use dialer_domain::{CampaignId, CampaignStatus, Duration, NodeId, QueueEntryId, Scope, StoreError};
use serde_json::json;

use super::Stage;
use super::scene::{at_once, minute};
use crate::builders::{T0, id, slots};

const ONE: NodeId = NodeId::new(uuid::Uuid::from_u128(1));
const OTHER: NodeId = NodeId::new(uuid::Uuid::from_u128(2));
/// Longer than a test runs.
const LONG: Duration = Duration::hours(1);
/// Over at once.
const OVER: Duration = Duration::ZERO;

impl Stage {
    async fn take(&self, name: LeaseName, node: NodeId, ttl: Duration) -> Option<Lease> {
        let mut taken = self.leases.take(&[name], node, ttl).await.unwrap();
        assert!(taken.len() <= 1);
        let lease = taken.pop();
        if let Some(lease) = &lease {
            assert_eq!((lease.name, lease.node), (name, node));
        }
        lease
    }

    async fn holder_of(&self, name: LeaseName) -> Option<(NodeId, i64)> {
        self.leases.holder(name).await.unwrap().map(|holder| (holder.node, holder.fence))
    }

    /// The lease of a campaign that a node had, and that another has taken since.
    async fn given_lost_lease(&self, campaign: CampaignId) -> Lease {
        let lost = self.take(LeaseName::Campaign(campaign), ONE, OVER).await.unwrap();
        self.take(LeaseName::Campaign(campaign), OTHER, LONG).await.unwrap();
        lost
    }
}

fn lost<T: std::fmt::Debug>(result: &Result<T, StoreError>) {
    assert!(matches!(result, Err(StoreError::LeaseLost { .. })), "{result:?}");
}

/// Also beside leases that the node does not get.
pub async fn a_lease_is_held_by_one_node_that_renews_it(stores: &Stage) {
    let (list, _) = stores.given_list(0).await;
    let (provider, pacing) = (LeaseName::Provider, LeaseName::Campaign(list.id));
    assert_eq!(stores.holder_of(provider).await, None);
    let first = stores.take(provider, ONE, LONG).await.unwrap();
    let holder = stores.leases.holder(provider).await.unwrap().unwrap();
    assert_eq!((holder.node, holder.fence), (ONE, first.fence));
    assert!(holder.expires_in > LONG - Duration::minutes(10) && holder.expires_in <= LONG, "{holder:?}");

    let other = stores.leases.take(&[provider, pacing], OTHER, LONG).await.unwrap();
    assert_eq!(other.iter().map(|lease| lease.name).collect::<Vec<_>>(), [pacing]);
    assert_eq!(stores.holder_of(provider).await, Some((ONE, first.fence)));
    assert_eq!(stores.take(provider, ONE, LONG).await, Some(first), "renewed under the same fence");
}

/// By the database's time, and with an event that its owner can read.
pub async fn an_expired_lease_is_taken_over_with_an_event(stores: &Stage) {
    let (list, _) = stores.given_list(0).await;
    for (name, owner) in [(LeaseName::Campaign(list.id), list.user_id), (LeaseName::Provider, INSTALLATION)] {
        let expired = stores.take(name, ONE, OVER).await.unwrap();
        assert_eq!(stores.holder_of(name).await, None);
        let mark = stores.mark().await;
        let taken = stores.take(name, OTHER, LONG).await.unwrap();
        assert!(taken.fence > expired.fence);
        let mut events = stores.since(mark).await;
        let event = events.pop().unwrap();
        assert_eq!(events, []);
        assert_eq!((event.kind, event.user_id, event.campaign_id), (EventKind::LeaseTaken, owner, name.campaign()));
        let told = json!({"lease": name.to_string(), "from": ONE, "to": OTHER, "fence": taken.fence});
        assert_eq!(serde_json::Value::from(event.data), told);
        assert_eq!(stores.take(name, ONE, LONG).await, None);
    }
}

/// Nobody was there in between, so nothing has to be found out.
pub async fn a_late_holder_goes_on_where_nobody_came(stores: &Stage) {
    let late = stores.take(LeaseName::Provider, ONE, OVER).await.unwrap();
    let mark = stores.mark().await;
    assert_eq!(stores.take(LeaseName::Provider, ONE, LONG).await, Some(late));
    assert_eq!(stores.happened_since(mark).await, []);
}

/// One by one, or all of a node.
pub async fn a_lease_that_is_handed_back_is_free_at_once(stores: &Stage) {
    let (list, _) = stores.given_list(0).await;
    let (provider, pacing) = (LeaseName::Provider, LeaseName::Campaign(list.id));
    let mark = stores.mark().await;
    let first = stores.take(provider, ONE, LONG).await.unwrap();
    let paced = stores.take(pacing, ONE, LONG).await.unwrap();
    assert!(stores.leases.release(&first).await.unwrap());
    assert!(!stores.leases.release(&first).await.unwrap(), "it was handed back before");
    assert_eq!(stores.holder_of(provider).await, None);
    let second = stores.take(provider, OTHER, LONG).await.unwrap();
    assert!(second.fence > first.fence);
    assert!(!stores.leases.release(&first).await.unwrap(), "it is another node's now");

    assert_eq!(stores.leases.release_all(ONE).await.unwrap(), 1);
    assert_eq!(stores.leases.release_all(ONE).await.unwrap(), 0);
    assert_eq!(stores.holder_of(provider).await, Some((OTHER, second.fence)));
    assert!(stores.take(pacing, OTHER, LONG).await.unwrap().fence > paced.fence);
    assert_eq!(stores.happened_since(mark).await, [], "what is handed back is not taken over");
}

/// Free ones, and one that has expired.
pub async fn of_many_nodes_at_once_one_gets_a_lease(stores: &Stage) {
    let (list, _) = stores.given_list(0).await;
    let (free, expired) = (LeaseName::Campaign(list.id), LeaseName::Provider);
    stores.take(expired, ONE, OVER).await.unwrap();
    let taken = at_once(8, |n| {
        let stores = stores.clone();
        let node = NodeId::new(uuid::Uuid::from_u128(100 + u128::try_from(n).unwrap()));
        async move { stores.leases.take(&[free, expired], node, LONG).await.unwrap() }
    })
    .await;
    for name in [free, expired] {
        let winners: Vec<Lease> = taken.iter().flatten().filter(|lease| lease.name == name).copied().collect();
        assert_eq!(winners.len(), 1, "{name}");
        assert_eq!(stores.holder_of(name).await, Some((winners[0].node, winners[0].fence)));
    }
}

/// None of them fails for having come second.
pub async fn nodes_that_find_new_campaigns_together_share_them(stores: &Stage) {
    for _ in 0..12 {
        let (list, _) = stores.given_list(0).await;
        let name = LeaseName::Campaign(list.id);
        let taken = at_once(12, |n| {
            let stores = stores.clone();
            let node = NodeId::new(uuid::Uuid::from_u128(100 + u128::try_from(n).unwrap()));
            async move { stores.take(name, node, LONG).await }
        })
        .await;
        assert_eq!(taken.iter().flatten().count(), 1);
    }
}

/// Not even into a horizon that has room, or about a campaign that is spent.
pub async fn a_node_that_lost_its_lease_writes_nothing(stores: &Stage) {
    let (list, _) = stores.given_list(3).await;
    stores.plan(list.id, 2, T0).await;
    stores.leases.release_all(crate::leases::NODE).await.unwrap();
    let lease = stores.given_lost_lease(list.id).await;
    let (before, mark) = (stores.list(list.id).await, stores.mark().await);
    let more = (0..3).map(|_| id(QueueEntryId::new)).collect();
    lost(&stores.queue.plan(list.id, &lease, more, T0).await);
    lost(&stores.queue.claim(list.id, &lease, slots(2), T0).await);
    assert_eq!(stores.list(list.id).await, before);
    assert_eq!(stores.calls.open().await.unwrap(), []);

    let holds = stores.take(LeaseName::Campaign(list.id), OTHER, LONG).await.unwrap();
    let none = Vec::new();
    assert_eq!(stores.queue.plan(list.id, &holds, none, T0).await.unwrap().queued, 2);
    assert_eq!(stores.happened_since(mark).await, []);
    assert_eq!(stores.queue.claim(list.id, &holds, slots(2), T0).await.unwrap().calls.len(), 2);
}

/// What is spent is completed by the node that paces it.
pub async fn a_node_that_lost_its_lease_completes_nothing(stores: &Stage) {
    let (list, contacts) = stores.given_list(1).await;
    stores.contacts.remove(Scope::User(list.user_id), contacts[0].id, T0).await.unwrap();
    let closed = crate::builders::contact(list.id).closed(dialer_domain::contacts::ClosedReason::Reached).build();
    stores.import(&list, vec![closed]).await;
    let lease = stores.given_lost_lease(list.id).await;
    lost(&stores.queue.complete_if_spent(list.id, &lease, T0).await);
    assert_eq!(stores.campaign(list.id).await.status, CampaignStatus::Active);
}

/// A lease is good for one campaign, and until it ends.
pub async fn only_a_campaign_s_own_lease_holds_until_it_ends(stores: &Stage) {
    let (list, _) = stores.given_list(1).await;
    let (other, _) = stores.given_list(1).await;
    let another_s = stores.take(LeaseName::Campaign(other.id), ONE, LONG).await.unwrap();
    let provider = stores.take(LeaseName::Provider, ONE, LONG).await.unwrap();
    let over = stores.take(LeaseName::Campaign(list.id), ONE, OVER).await.unwrap();
    for lease in [another_s, provider, over] {
        lost(&stores.queue.plan(list.id, &lease, vec![id(QueueEntryId::new)], T0).await);
    }
}

/// A person may ask any node.
pub async fn a_person_calls_a_contact_without_a_lease(stores: &Stage) {
    let (list, contacts) = stores.given_list(1).await;
    stores.take(LeaseName::Campaign(list.id), OTHER, LONG).await.unwrap();
    let intent = dialer_domain::calls::NewCall {
        ahead: false,
        id: id(dialer_domain::CallId::new),
        user_id: list.user_id,
        to_number: contacts[0].person.phone_number.clone(),
        from_number: None,
        agent: None,
        agent_id: None,
        lead_id: None,
        campaign_id: Some(list.id),
        metadata: serde_json::Map::new(),
    };
    let (owner, entry) = (Scope::User(list.user_id), id(QueueEntryId::new));
    let claimed = stores.queue.claim_contact(owner, contacts[0].id, entry, intent, minute(1)).await.unwrap();
    assert!(matches!(claimed, Some(ContactClaim::Call(_))), "{claimed:?}");
}

/// Nobody paces what is not there.
pub async fn the_lease_of_a_deleted_campaign_is_gone(stores: &Stage) {
    let (list, _) = stores.given_list(1).await;
    let name = LeaseName::Campaign(list.id);
    stores.take(name, ONE, LONG).await.unwrap();
    assert!(stores.campaigns.delete(Scope::Service, list.id, T0).await.unwrap());
    assert_eq!(stores.holder_of(name).await, None);
    assert_eq!(stores.take(name, ONE, LONG).await, None);
}
