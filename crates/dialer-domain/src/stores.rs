//! Every persistence port as one bundle, for whoever needs several of them.

use std::sync::Arc;

use crate::agents::store::{AgentDesk, AgentProfiles};
use crate::analytics::AnalyticsReader;
use crate::api_keys::store::ApiKeyStore;
use crate::bans::store::BanStore;
use crate::calls::store::CallStore;
use crate::campaigns::agents::CampaignAgents;
use crate::campaigns::store::CampaignStore;
use crate::consents::store::ConsentStore;
use crate::contacts::store::ContactStore;
use crate::dispositions::store::{DispositionStore, FollowUpStore};
use crate::eligibility::reader::EligibilityReader;
use crate::events::EventLog;
use crate::explain::StandingReader;
use crate::exports::ExportReader;
use crate::idempotency::IdempotencyStore;
use crate::imports::store::ImportStore;
use crate::leases::LeaseStore;
use crate::queue::entries::QueueEntries;
use crate::queue::store::DialQueue;
use crate::receipts::store::ReceiptReader;
use crate::recordings::RecordingStore;
use crate::registries::store::RegistryStore;
use crate::suppression::SuppressionStore;
use crate::telephony::budget::BudgetStore;
use crate::telephony::inbox::ProviderInbox;
use crate::voicemail_drops::VoicemailDropStore;

/// Every persistence port. Cheap to clone.
#[derive(Clone)]
pub struct Stores {
    /// Stored campaigns.
    pub campaigns: Arc<dyn CampaignStore>,
    /// Stored contacts.
    pub contacts: Arc<dyn ContactStore>,
    /// The log of calls.
    pub calls: Arc<dyn CallStore>,
    /// The dialing horizon.
    pub queue: Arc<dyn DialQueue>,
    /// The dialing horizon, for people.
    pub entries: Arc<dyn QueueEntries>,
    /// Agents of campaigns.
    pub agents: Arc<dyn CampaignAgents>,
    /// Profiles of agents.
    pub profiles: Arc<dyn AgentProfiles>,
    /// What agents are doing.
    pub desk: Arc<dyn AgentDesk>,
    /// Do-not-call entries.
    pub suppressions: Arc<dyn SuppressionStore>,
    /// The consent ledger.
    pub consents: Arc<dyn ConsentStore>,
    /// Emergency bans.
    pub bans: Arc<dyn BanStore>,
    /// Copies of national do-not-call lists.
    pub registries: Arc<dyn RegistryStore>,
    /// Imports of contact lists.
    pub imports: Arc<dyn ImportStore>,
    /// API keys.
    pub api_keys: Arc<dyn ApiKeyStore>,
    /// The event log.
    pub events: Arc<dyn EventLog>,
    /// What people said came of calls.
    pub dispositions: Arc<dyn DispositionStore>,
    /// What people promised to come back to.
    pub follow_ups: Arc<dyn FollowUpStore>,
    /// Counts of calls.
    pub analytics: Arc<dyn AnalyticsReader>,
    /// The memory of requests that carry a key.
    pub idempotency: Arc<dyn IdempotencyStore>,
    /// Recordings of calls.
    pub recordings: Arc<dyn RecordingStore>,
    /// Voicemail drops.
    pub voicemail_drops: Arc<dyn VoicemailDropStore>,
    /// Whole lists.
    pub exports: Arc<dyn ExportReader>,
    /// Counts of contacts by what stands in the way of a call.
    pub standings: Arc<dyn StandingReader>,
    /// What decisions about contacts are made from.
    pub eligibility: Arc<dyn EligibilityReader>,
    /// What was decided, and from what.
    pub receipts: Arc<dyn ReceiptReader>,
    /// Events of the provider.
    pub inbox: Arc<dyn ProviderInbox>,
    /// Who of several nodes does what.
    pub leases: Arc<dyn LeaseStore>,
    /// Request budgets that nodes share.
    pub budgets: Arc<dyn BudgetStore>,
}

/// An adapter that is every persistence port at once.
pub trait Store:
    CampaignStore
    + ContactStore
    + CallStore
    + DialQueue
    + QueueEntries
    + CampaignAgents
    + AgentProfiles
    + AgentDesk
    + SuppressionStore
    + ConsentStore
    + BanStore
    + RegistryStore
    + ImportStore
    + ApiKeyStore
    + EventLog
    + DispositionStore
    + FollowUpStore
    + AnalyticsReader
    + IdempotencyStore
    + RecordingStore
    + VoicemailDropStore
    + ExportReader
    + StandingReader
    + EligibilityReader
    + ReceiptReader
    + ProviderInbox
    + LeaseStore
    + BudgetStore
    + 'static
{
}

impl<S> Store for S where
    S: CampaignStore
        + ContactStore
        + CallStore
        + DialQueue
        + QueueEntries
        + CampaignAgents
        + AgentProfiles
        + AgentDesk
        + SuppressionStore
        + ConsentStore
        + BanStore
        + RegistryStore
        + ImportStore
        + ApiKeyStore
        + EventLog
        + DispositionStore
        + FollowUpStore
        + AnalyticsReader
        + IdempotencyStore
        + RecordingStore
        + VoicemailDropStore
        + ExportReader
        + StandingReader
        + EligibilityReader
        + ReceiptReader
        + ProviderInbox
        + LeaseStore
        + BudgetStore
        + 'static
{
}

impl Stores {
    /// Every port on one adapter.
    #[must_use]
    pub fn on(store: impl Store) -> Self {
        let store = Arc::new(store);
        Self {
            campaigns: store.clone(),
            contacts: store.clone(),
            calls: store.clone(),
            queue: store.clone(),
            entries: store.clone(),
            agents: store.clone(),
            profiles: store.clone(),
            desk: store.clone(),
            suppressions: store.clone(),
            consents: store.clone(),
            bans: store.clone(),
            registries: store.clone(),
            imports: store.clone(),
            api_keys: store.clone(),
            events: store.clone(),
            dispositions: store.clone(),
            follow_ups: store.clone(),
            analytics: store.clone(),
            idempotency: store.clone(),
            recordings: store.clone(),
            voicemail_drops: store.clone(),
            exports: store.clone(),
            standings: store.clone(),
            eligibility: store.clone(),
            receipts: store.clone(),
            inbox: store.clone(),
            leases: store.clone(),
            budgets: store,
        }
    }
}

impl std::fmt::Debug for Stores {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stores").finish_non_exhaustive()
    }
}
