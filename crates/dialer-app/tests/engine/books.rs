//! The books after a session: every contact, every call and every second of every agent is accounted for.

use std::collections::BTreeMap;

use dialer_domain::agents::store::AgentProfiles;
use dialer_domain::agents::{Agent, AgentState};
use dialer_domain::calls::store::{CallFilter, CallStore};
use dialer_domain::campaigns::store::CampaignStore;
use dialer_domain::contacts::store::ContactStore;
use dialer_domain::events::{Event, EventLog};
use dialer_domain::{
    Call, CallOutcome, Campaign, Contact, ContactId, ContactStatus, Duration, OffsetDateTime, PageRequest, Scope,
};
use dialer_simulator::{CallResult, Ledger};
use dialer_testkit::MemoryStore;

/// Everything that a store holds.
pub(crate) struct Books {
    pub(crate) calls: Vec<Call>,
    pub(crate) contacts: Vec<Contact>,
    pub(crate) events: Vec<Event>,
}

impl Books {
    pub(crate) async fn of(store: &MemoryStore, campaigns: &[Campaign]) -> Self {
        let calls =
            all(async |page| CallStore::list(store, Scope::Service, CallFilter::default(), page).await.unwrap().items)
                .await;
        let mut contacts = Vec::new();
        for campaign in campaigns {
            contacts.extend(
                all(async |page| {
                    ContactStore::list(store, Scope::Service, campaign.id, None, page).await.unwrap().items
                })
                .await,
            );
        }
        let mut events: Vec<Event> = Vec::new();
        loop {
            let after = events.last().map_or(0, |event| event.seq);
            let page = store.since(Scope::Service, after, 10_000).await.unwrap();
            if page.is_empty() {
                break;
            }
            events.extend(page);
        }
        Self { calls, contacts, events }
    }

    /// No call is open, and the attempts of each contact are its calls that tried its line. Never more than `cap`, but for
    /// promised callbacks.
    pub(crate) fn contacts_balance(&self, cap: u32) {
        let mut tried: BTreeMap<ContactId, (u32, u32)> = BTreeMap::new();
        for call in &self.calls {
            assert!(call.status.is_final(), "a call is left open: {call:?}");
            if let Some(contact) = call.contact_id
                && call.reaches_customer()
            {
                let (all, promised) = tried.entry(contact).or_default();
                *all += 1;
                *promised += u32::from(call.callback);
            }
        }
        for contact in &self.contacts {
            let (all, promised) = tried.get(&contact.id).copied().unwrap_or_default();
            assert_eq!(contact.attempts, all, "{contact:?}");
            assert!(all - promised <= cap, "{contact:?} was tried {all} times");
            assert_ne!(contact.status, ContactStatus::Calling, "{contact:?}");
            assert_eq!(contact.reserved_for, None, "{contact:?}");
        }
    }

    /// The campaign's counts are what its contacts add up to.
    pub(crate) async fn counts_balance(&self, store: &MemoryStore, campaigns: &[Campaign]) {
        for campaign in campaigns {
            let stats = CampaignStore::get(store, Scope::Service, campaign.id).await.unwrap().unwrap().stats;
            let count = |status| {
                let rows = self.contacts.iter().filter(|row| row.campaign_id == campaign.id && row.status == status);
                u64::try_from(rows.count()).unwrap()
            };
            let told = [stats.pending, stats.completed, stats.failed, stats.callback, stats.do_not_call];
            let counted = [
                count(ContactStatus::Pending),
                count(ContactStatus::Completed),
                count(ContactStatus::Failed),
                count(ContactStatus::Callback),
                count(ContactStatus::DoNotCall),
            ];
            assert_eq!(told, counted);
            assert_eq!(stats.total, counted.iter().sum::<u64>());
        }
    }

    /// Each call that the network had is told as it was, and none twice at once.
    pub(crate) fn calls_balance(&self, ledger: &Ledger) {
        assert!(ledger.overlapping_attempts().is_empty(), "somebody is called twice at once");
        let named: BTreeMap<String, &Call> =
            self.calls.iter().filter_map(|call| Some((call.provider_call_id.as_ref()?.to_string(), call))).collect();
        let mut had = 0;
        for truth in ledger.calls() {
            let result = truth.result.unwrap();
            let Some(expected) = outcome_of(result) else { continue };
            had += 1;
            let ours = named.get(&truth.id.to_string()).unwrap();
            assert_eq!((ours.outcome, ours.duration), (Some(expected), truth.talk_seconds));
        }
        assert_eq!(named.len(), had);
    }

    /// Every second of the agent's is in one state; returns the seconds of each.
    pub(crate) async fn seconds_of(
        store: &MemoryStore,
        agent: &Agent,
        from: OffsetDateTime,
        to: OffsetDateTime,
    ) -> BTreeMap<AgentState, Duration> {
        let spans = AgentProfiles::history(store, Scope::Service, agent.id, from, to).await.unwrap();
        for pair in spans.windows(2) {
            assert_eq!(pair[0].to, Some(pair[1].from), "a gap or an overlap");
            assert!(
                pair[0].state.may_become(pair[1].state) || pair[0].state == pair[1].state,
                "{} became {}",
                pair[0].state,
                pair[1].state
            );
        }
        let mut seconds = BTreeMap::new();
        for span in &spans {
            *seconds.entry(span.state).or_insert(Duration::ZERO) += span.within(from, to);
        }
        assert_eq!(seconds.values().copied().sum::<Duration>(), to - from);
        seconds
    }
}

async fn all<T>(list: impl AsyncFn(PageRequest) -> Vec<T>) -> Vec<T> {
    let mut rows = Vec::new();
    loop {
        let page = list(PageRequest::new(500, u64::try_from(rows.len()).unwrap()).unwrap()).await;
        if page.is_empty() {
            return rows;
        }
        rows.extend(page);
    }
}

fn outcome_of(result: CallResult) -> Option<CallOutcome> {
    match result {
        CallResult::Person | CallResult::Voicemail => Some(CallOutcome::Completed),
        CallResult::Busy => Some(CallOutcome::Busy),
        CallResult::NoAnswer => Some(CallOutcome::NoAnswer),
        CallResult::InvalidNumber => Some(CallOutcome::InvalidNumber),
        CallResult::NetworkFailure => Some(CallOutcome::Failed),
        CallResult::Canceled => Some(CallOutcome::Canceled),
        CallResult::Unserved => Some(CallOutcome::Abandoned),
        CallResult::AgentDidNotAnswer => None,
    }
}
