//! What cases have in common: put a campaign with contacts on the stage, dial, end calls, read back.

use std::collections::BTreeSet;
use std::sync::Arc;

use dialer_domain::calls::Evidence;
use dialer_domain::campaigns::{CampaignPatch, CampaignStats};
use dialer_domain::contacts::store::ImportOutcome;
use dialer_domain::events::{Event, EventKind, NewEvent};
use dialer_domain::leases::Lease;
use dialer_domain::queue::DialSlot;
use dialer_domain::queue::store::{Claimed, Planned};
use dialer_domain::{
    Call, CallId, CallOutcome, Campaign, CampaignId, CampaignStatus, Contact, ContactId, ContactStatus, Duration,
    OffsetDateTime, PageRequest, QueueEntryId, Scope,
};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use super::Stage;
use crate::builders::{CampaignBuilder, T0, campaign, contact, ended, id, placed, slots};
use crate::leases::pacing;

/// `minutes` after [`T0`].
pub(super) fn minute(minutes: i64) -> OffsetDateTime {
    T0 + Duration::minutes(minutes)
}

/// `limit` rows after `offset`.
pub(super) fn window(limit: u16, offset: u64) -> PageRequest {
    PageRequest::new(limit, offset).unwrap()
}

/// The largest page from the beginning.
pub(super) fn everything() -> PageRequest {
    window(PageRequest::MAX_LIMIT, 0)
}

/// `count` as stores count.
pub(super) fn total(count: usize) -> u64 {
    u64::try_from(count).unwrap()
}

/// Whether no value comes twice.
pub(super) fn all_differ<T: Ord>(values: impl IntoIterator<Item = T>) -> bool {
    let mut seen = BTreeSet::new();
    values.into_iter().all(|value| seen.insert(value))
}

/// What `contacts` add up to.
pub(super) fn recount(contacts: &[Contact]) -> CampaignStats {
    let count = |status| total(contacts.iter().filter(|contact| contact.status == status).count());
    CampaignStats {
        total: total(contacts.len()),
        pending: count(ContactStatus::Pending),
        calling: count(ContactStatus::Calling),
        completed: count(ContactStatus::Completed),
        failed: count(ContactStatus::Failed),
        callback: count(ContactStatus::Callback),
        do_not_call: count(ContactStatus::DoNotCall),
    }
}

/// Starts `count` tasks, lets them go at the same moment, and returns what they gave, in no particular order.
pub(super) async fn at_once<F>(count: usize, task: impl Fn(usize) -> F) -> Vec<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    let start = Arc::new(Barrier::new(count));
    let mut tasks = JoinSet::new();
    for n in 0..count {
        let (start, work) = (Arc::clone(&start), task(n));
        tasks.spawn(async move {
            start.wait().await;
            work.await
        });
    }
    tasks.join_all().await
}

/// Puts rows on the stage.
impl Stage {
    /// Stage the campaign and returns it.
    pub(super) async fn given(&self, campaign: CampaignBuilder) -> Campaign {
        let campaign = campaign.build();
        self.campaigns.add(&campaign).await.unwrap();
        campaign
    }

    /// A stored active campaign with `count` fresh contacts.
    pub(super) async fn given_list(&self, count: usize) -> (Campaign, Vec<Contact>) {
        self.given_list_of(campaign().active(), count).await
    }

    /// The stored campaign with `count` fresh contacts.
    pub(super) async fn given_list_of(&self, campaign: CampaignBuilder, count: usize) -> (Campaign, Vec<Contact>) {
        let campaign = self.given(campaign).await;
        let contacts: Vec<_> = (0..count).map(|_| contact(campaign.id).build()).collect();
        let outcome = self.import(&campaign, contacts).await;
        assert_eq!(outcome.added.len(), count);
        (campaign, outcome.added)
    }

    /// A stored active campaign with one contact, and the live call to it, claimed at [`T0`].
    pub(super) async fn given_live_call(&self) -> (Campaign, Contact, Call) {
        self.given_live_call_of(campaign().active()).await
    }

    /// The stored campaign with one contact, and the live call to it, claimed at [`T0`].
    pub(super) async fn given_live_call_of(&self, campaign: CampaignBuilder) -> (Campaign, Contact, Call) {
        let (campaign, contacts) = self.given_list_of(campaign, 1).await;
        let call = self.dial(campaign.id, T0).await;
        (campaign, contacts[0].clone(), call)
    }
}

/// Does what the ports are for.
impl Stage {
    /// Imports as the owner.
    pub(super) async fn import(&self, campaign: &Campaign, contacts: Vec<Contact>) -> ImportOutcome {
        self.contacts.import(Scope::User(campaign.user_id), campaign.id, contacts).await.unwrap()
    }

    /// What a campaign is planned and claimed under.
    pub(super) async fn lease(&self, campaign: CampaignId) -> Lease {
        pacing(self.leases.as_ref(), campaign).await
    }

    /// Completes a campaign if it is spent.
    pub(super) async fn complete(&self, campaign: CampaignId, now: OffsetDateTime) -> bool {
        self.queue.complete_if_spent(campaign, &self.lease(campaign).await, now).await.unwrap()
    }

    /// Fills the horizon up to `count` waiting entries.
    pub(super) async fn plan(&self, campaign: CampaignId, count: usize, now: OffsetDateTime) -> Planned {
        let ids = (0..count).map(|_| id(QueueEntryId::new)).collect();
        self.queue.plan(campaign, &self.lease(campaign).await, ids, now).await.unwrap()
    }

    /// Claims for `count` agents.
    pub(super) async fn claim(&self, campaign: CampaignId, count: usize, now: OffsetDateTime) -> Claimed {
        self.claim_for(campaign, slots(count), now).await
    }

    /// Claims for these slots.
    pub(super) async fn claim_for(&self, campaign: CampaignId, slots: Vec<DialSlot>, now: OffsetDateTime) -> Claimed {
        self.queue.claim(campaign, &self.lease(campaign).await, slots, now).await.unwrap()
    }

    /// Plans and claims the next call of a campaign, which must be there.
    pub(super) async fn dial(&self, campaign: CampaignId, now: OffsetDateTime) -> Call {
        self.plan(campaign, 1, now).await;
        self.claim(campaign, 1, now).await.calls.pop().unwrap()
    }

    /// The provider takes a call.
    pub(super) async fn place(&self, call: CallId, provider_call_id: &str, at: OffsetDateTime) -> Option<Call> {
        self.calls.apply(call, &placed(provider_call_id, at), at).await.unwrap()
    }

    /// A call ends by the provider's answer.
    pub(super) async fn end(&self, call: CallId, outcome: CallOutcome, at: OffsetDateTime) -> Option<Call> {
        self.learn(call, outcome, Evidence::Answer, at).await
    }

    /// `evidence` says how a call ended.
    pub(super) async fn learn(
        &self,
        call: CallId,
        outcome: CallOutcome,
        evidence: Evidence,
        at: OffsetDateTime,
    ) -> Option<Call> {
        self.calls.apply(call, &ended(outcome, evidence, at), at).await.unwrap()
    }

    /// The owner changes the campaign as it is now.
    pub(super) async fn change(&self, id: CampaignId, patch: CampaignPatch, now: OffsetDateTime) -> Campaign {
        let after = self.campaign(id).await.patched(patch, now).unwrap();
        self.campaigns.save(Scope::User(after.user_id), &after).await.unwrap()
    }

    /// The owner puts the campaign into `status`.
    pub(super) async fn put(&self, id: CampaignId, status: CampaignStatus, now: OffsetDateTime) -> Campaign {
        self.change(id, CampaignPatch { status: Some(status), ..CampaignPatch::default() }, now).await
    }
}

/// Reads back, without a scope.
impl Stage {
    /// A campaign as it is now.
    pub(super) async fn campaign(&self, id: CampaignId) -> Campaign {
        self.campaigns.get(Scope::Service, id).await.unwrap().unwrap()
    }

    /// A campaign's counts as they are now, which must be what its contacts add up to.
    pub(super) async fn stats(&self, id: CampaignId) -> CampaignStats {
        let stats = self.campaign(id).await.stats;
        assert_eq!(stats, recount(&self.list(id).await), "the campaign's counts and its contacts differ");
        stats
    }

    /// A contact as it is now.
    pub(super) async fn contact(&self, id: ContactId) -> Contact {
        self.contacts.get(Scope::Service, id).await.unwrap().unwrap()
    }

    /// A call as it is now.
    pub(super) async fn call(&self, id: CallId) -> Call {
        self.calls.get(Scope::Service, id).await.unwrap().unwrap()
    }

    /// The whole list of a campaign's contacts.
    pub(super) async fn list(&self, campaign: CampaignId) -> Vec<Contact> {
        let mut all: Vec<Contact> = Vec::new();
        loop {
            let next = window(PageRequest::MAX_LIMIT, total(all.len()));
            let page = self.contacts.list(Scope::Service, campaign, None, next).await.unwrap();
            let end = page.items.is_empty();
            all.extend(page.items);
            if end {
                assert_eq!(total(all.len()), page.total);
                return all;
            }
            assert!(total(all.len()) <= page.total, "a contact came again");
        }
    }

    /// Every event so far.
    pub(super) async fn events(&self) -> Vec<Event> {
        self.events_after(0).await
    }

    /// Every event after the one numbered `seq`.
    pub(super) async fn events_after(&self, seq: i64) -> Vec<Event> {
        let mut all: Vec<Event> = Vec::new();
        loop {
            let seq = all.last().map_or(seq, |last| last.seq);
            let next = self.events.since(Scope::Service, seq, 500).await.unwrap();
            let Some(first) = next.first() else { return all };
            assert!(first.seq > seq, "an event came again");
            all.extend(next);
        }
    }

    /// Where the log ends now.
    pub(super) async fn mark(&self) -> Mark {
        Mark(self.events().await.last().map_or(0, |last| last.seq))
    }

    /// The events since `mark`.
    pub(super) async fn since(&self, mark: Mark) -> Vec<NewEvent> {
        self.events_after(mark.0).await.into_iter().map(|event| event.event).collect()
    }

    /// What happened since `mark`.
    pub(super) async fn happened_since(&self, mark: Mark) -> Vec<EventKind> {
        self.since(mark).await.into_iter().map(|event| event.kind).collect()
    }
}

/// A place in the event log.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark(i64);
