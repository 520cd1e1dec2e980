//! Several engines on one store.

use std::sync::Arc;

use async_trait::async_trait;
use dialer_app::Ports;
use dialer_domain::calls::store::CallStore;
use dialer_domain::calls::{CallStatus, Evidence, NewCall};
use dialer_domain::events::{EventKind, EventLog};
use dialer_domain::leases::{Lease, LeaseName, LeaseStore};
use dialer_domain::queue::DialSlot;
use dialer_domain::queue::store::{Claimed, ContactClaim, DialQueue, Planned};
use dialer_domain::telephony::{AgentLine, LiveState, RecordResult};
use dialer_domain::{
    Call, CallId, CallOutcome, CampaignId, CampaignStatus, Clock, ContactId, Duration, NodeId, OffsetDateTime,
    QueueEntryId, Scope, StoreError, Stores, UserId,
};
use dialer_simulator::ScaledClock;
use dialer_testkit::MemoryStore;
use dialer_testkit::builders::ended;

use crate::scene::Scene;

impl Scene {
    async fn holder(&self, name: LeaseName) -> Option<NodeId> {
        self.store.holder(name).await.unwrap().map(|holder| holder.node)
    }

    async fn pacer(&self) -> Option<NodeId> {
        self.holder(LeaseName::Campaign(self.campaign.id)).await
    }

    async fn takeovers(&self) -> usize {
        let events = self.store.since(Scope::Service, 0, 500).await.unwrap();
        events.iter().filter(|event| event.event.kind == EventKind::LeaseTaken).count()
    }
}

/// A campaign with contacts, and two engines with an agent each, of which the first was there first.
async fn two_nodes(contacts: usize) -> Scene {
    let mut scene = Scene::with_contacts(contacts).await;
    scene.start();
    scene.pass(Duration::milliseconds(10)).await;
    scene.start();
    scene
}

#[tokio::test(start_paused = true)]
async fn one_node_dials_and_the_other_looks_on() {
    let scene = two_nodes(3).await;
    let first = scene.pacer().await;
    assert!(first.is_some());
    scene.pass(Duration::minutes(2)).await;
    assert_eq!(scene.pacer().await, first, "what a node has it keeps");
    assert_eq!(scene.holder(LeaseName::Provider).await, first);
    assert_eq!(scene.provider.placed().len(), 1, "the one agent is on one call");
    assert_eq!(scene.takeovers().await, 0);
}

#[tokio::test(start_paused = true)]
async fn another_node_goes_on_once_the_lease_of_a_dead_one_has_ended() {
    let mut scene = two_nodes(2).await;
    scene.provider.next_dial_is("7");
    scene.pass_seconds(3).await;
    let first = scene.pacer().await;
    let call = scene.calls().await.remove(0);
    scene.kill().await;
    scene.over(&call, "scripted-1", RecordResult::NoAnswer, 0);
    let bound = scene.settings.lease;
    scene.pass(bound / 2).await;
    assert_eq!(scene.calls().await[0].status, CallStatus::Ringing, "nobody else may follow yet");
    scene.pass(bound / 2 + Duration::seconds(12)).await;
    assert_ne!(scene.pacer().await, first);
    assert_eq!(scene.takeovers().await, 2, "of the campaign, and of the provider");
    assert_eq!(scene.calls().await[0].status, CallStatus::NoAnswer);
    assert_eq!(scene.provider.placed().len(), 2, "the other node dials the next contact");
}

#[tokio::test(start_paused = true)]
async fn a_node_that_stops_in_order_hands_over_at_once() {
    let mut scene = two_nodes(2).await;
    scene.pass_seconds(3).await;
    let first = scene.pacer().await;
    scene.stop().await;
    scene.pass_seconds(2).await;
    assert!(scene.pacer().await.is_some_and(|node| Some(node) != first));
    assert_eq!(scene.takeovers().await, 0);
}

#[tokio::test(start_paused = true)]
async fn a_dial_that_another_node_awaits_is_found_but_not_given_up() {
    let mut scene = Scene::with_contacts(1).await;
    let answer = scene.provider.hold_next_dial();
    scene.start();
    scene.pass_seconds(2).await;
    let call = scene.calls().await.remove(0);
    // The node that follows the provider is another one than that which waits for the answer.
    scene.store.release_all(scene.holder(LeaseName::Provider).await.unwrap()).await.unwrap();
    scene.start();
    scene.pass(Duration::minutes(1)).await;
    assert_eq!(scene.calls().await[0].status, CallStatus::Initiated, "the answer may still come");
    scene.live(&call, "7", LiveState::Connected);
    scene.pass_seconds(10).await;
    answer.take("7");
    scene.pass_seconds(10).await;
    assert_eq!(scene.calls().await[0].status, CallStatus::Answered);
    assert_eq!(scene.provider.placed().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn the_node_that_paces_notices_ends_that_another_told() {
    let scene = two_nodes(1).await;
    scene.pass_seconds(3).await;
    let call = scene.calls().await.remove(0);
    let end = ended(CallOutcome::Completed, Evidence::Record, scene.now());
    CallStore::apply(&scene.store, call.id, &end, scene.now()).await.unwrap();
    scene.pass_seconds(3).await;
    assert_eq!(scene.campaign_now().await.status, CampaignStatus::Completed);
}

/// A node that is held up for a while after each claim.
struct HeldUp {
    store: MemoryStore,
    clock: ScaledClock,
    wait: Duration,
}

#[async_trait]
impl DialQueue for HeldUp {
    async fn plan(
        &self,
        campaign: CampaignId,
        lease: &Lease,
        ids: Vec<QueueEntryId>,
        now: OffsetDateTime,
    ) -> Result<Planned, StoreError> {
        self.store.plan(campaign, lease, ids, now).await
    }

    async fn claim(
        &self,
        campaign: CampaignId,
        lease: &Lease,
        slots: Vec<DialSlot>,
        now: OffsetDateTime,
    ) -> Result<Claimed, StoreError> {
        let claimed = self.store.claim(campaign, lease, slots, now).await;
        self.clock.sleep(self.wait).await;
        claimed
    }

    async fn claim_contact(
        &self,
        scope: Scope,
        contact: ContactId,
        entry: QueueEntryId,
        intent: NewCall,
        now: OffsetDateTime,
    ) -> Result<Option<ContactClaim>, StoreError> {
        self.store.claim_contact(scope, contact, entry, intent, now).await
    }

    async fn hand_over(
        &self,
        call: CallId,
        agent: &AgentLine,
        user: Option<UserId>,
        now: OffsetDateTime,
    ) -> Result<Option<Call>, StoreError> {
        self.store.hand_over(call, agent, user, now).await
    }

    async fn complete_if_spent(
        &self,
        campaign: CampaignId,
        lease: &Lease,
        now: OffsetDateTime,
    ) -> Result<bool, StoreError> {
        self.store.complete_if_spent(campaign, lease, now).await
    }
}

#[tokio::test(start_paused = true)]
async fn a_node_that_was_held_up_past_a_takeover_does_not_place_what_it_claimed() {
    let mut scene = Scene::with_contacts(1).await;
    let wait = scene.settings.answer_wait + scene.settings.record_wait + Duration::minutes(1);
    let queue = Arc::new(HeldUp { store: scene.store.clone(), clock: scene.clock.clone(), wait });
    let ports = scene.ports(Arc::new(scene.provider.clone()));
    scene.start_with(Ports { stores: Stores { queue, ..ports.stores }, ..ports });
    scene.pass_seconds(2).await;
    scene.start();
    scene.pass(wait - Duration::seconds(30)).await;
    assert_eq!(scene.calls().await[0].outcome, Some(CallOutcome::NotPlaced), "the other node found no trace of it");
    assert_eq!(scene.provider.placed().len(), 0);
    scene.pass(Duration::minutes(1)).await;
    assert_eq!(scene.provider.placed().len(), 1, "only the other node has dialled");
    scene.pass(Duration::minutes(1)).await;
    assert_eq!(scene.provider.placed().len(), 1);
}
