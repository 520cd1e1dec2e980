//! All persistence ports in memory: for tests of what stands on them, and to show what the ports promise.
//!
//! A method is one critical section, so it is atomic and no two run at once. It looks at everything that could
//! go wrong before it writes anything, and leaves every decision to the pure functions of the domain. Nothing
//! depends on the order of a hash: the same calls give the same answers in every run.

mod analytics;
mod api_keys;
mod assignments;
mod bans;
mod budgets;
mod calls;
mod campaigns;
mod consents;
mod contacts;
mod desk;
mod dispositions;
mod dossiers;
mod eligibility;
mod entries;
mod events;
mod exports;
mod idempotency;
mod imports;
mod inbound;
mod inbox;
mod leases;
mod list;
mod profiles;
mod promises;
mod queue;
mod receipts;
mod recordings;
mod registries;
mod standings;
mod suppression;
mod voicemail_drops;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use dialer_domain::agents::history::StateSpan;
use dialer_domain::bans::OrderedBan;
use dialer_domain::campaigns::agents::Assignment;
use dialer_domain::consents::ConsentEvent;
use dialer_domain::dispositions::RecordedDisposition;
use dialer_domain::events::{Event, NewEvent};
use dialer_domain::idempotency::IdempotencyKey;
use dialer_domain::ids::{BanId, ConsentEventId, DispositionId, RecordingId, RegistryCopyId, VoicemailDropId};
use dialer_domain::imports::{ImportJob, LeftOut};
use dialer_domain::leases::{LeaseName, LeaseRow};
use dialer_domain::queue::QueueStatus;
use dialer_domain::receipts::{Receipt, RefusalCount};
use dialer_domain::recordings::Recording;
use dialer_domain::rules::{BookHash, Shelf, Tally};
use dialer_domain::suppression::Suppression;
use dialer_domain::telephony::inbox::{ReadEvent, ReceivedEvent};
use dialer_domain::telephony::{ProviderCallId, ProviderRecordingId};
use dialer_domain::voicemail_drops::VoicemailDrop;
use dialer_domain::{
    Agent, AgentId, ApiKey, ApiKeyId, Call, CallId, Campaign, CampaignId, Clock, Contact, ContactId, ImportId,
    OffsetDateTime, Page, PageRequest, PhoneNumber, QueueEntryId, Scope, Stores, UserId,
};

use self::idempotency::KeyRow;
use self::list::List;
use self::registries::CopyRow;
use crate::FakeClock;
use crate::builders::T0;
use crate::stores::StoreHarness;

/// A database that is gone when its last handle is dropped. Clones are handles to the same one.
#[derive(Debug, Clone, Default)]
pub struct MemoryStore {
    state: Arc<Mutex<State>>,
    /// Units of work take turns.
    turn: Arc<tokio::sync::Mutex<()>>,
    time: DatabaseTime,
    rules: Rules,
}

/// The rules in force: an open book until the store is governed, since tests dial at any hour.
#[derive(Debug, Clone)]
struct Rules(Shelf);

impl Default for Rules {
    fn default() -> Self {
        Self(Shelf::open())
    }
}

/// What time it is for the database.
#[derive(Clone)]
struct DatabaseTime(Arc<dyn Clock>);

impl DatabaseTime {
    fn now(&self) -> OffsetDateTime {
        self.0.now()
    }
}

impl Default for DatabaseTime {
    /// Time that stands still.
    fn default() -> Self {
        Self(Arc::new(FakeClock::new(T0)))
    }
}

impl std::fmt::Debug for DatabaseTime {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("DatabaseTime").field(&self.now()).finish()
    }
}

impl MemoryStore {
    /// An empty database, whose own time stands still: a lease in it lasts until it is handed back.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty database, whose own time is that of `clock`.
    #[must_use]
    pub fn on_clock(clock: Arc<dyn Clock>) -> Self {
        Self { time: DatabaseTime(clock), ..Self::default() }
    }

    /// The same database, whose claims are decided by these rules.
    #[must_use]
    pub fn governed_by(self, rules: Shelf) -> Self {
        Self { rules: Rules(rules), ..self }
    }

    /// Each port on this database.
    #[must_use]
    pub fn stores(&self) -> Stores {
        Stores::on(self.clone())
    }

    /// The state, also after a test panicked while holding it: every method writes all or nothing.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl StoreHarness for MemoryStore {
    async fn fresh() -> Self {
        Self::new()
    }

    fn stores(&self) -> Stores {
        Self::stores(self)
    }

    fn shelf(&self) -> Shelf {
        self.rules.0.clone()
    }
}

/// What the tables would hold.
#[derive(Debug, Clone, Default, PartialEq)]
struct State {
    /// Campaigns; their `stats` are counted when they are read, so they are always true.
    campaigns: BTreeMap<CampaignId, Campaign>,
    contacts: BTreeMap<ContactId, Contact>,
    /// The contacts of each campaign.
    lists: BTreeMap<CampaignId, List>,
    calls: BTreeMap<CallId, CallRow>,
    /// Calls that are not over, by their start.
    open: BTreeSet<(OffsetDateTime, CallId)>,
    /// The calls of contacts, without an end.
    live: BTreeSet<(ContactId, CallId)>,
    /// Which call holds which id of the provider.
    provider_ids: BTreeMap<ProviderCallId, CallId>,
    /// The entries that are waiting or calling, at most one for each contact.
    horizons: BTreeMap<CampaignId, BTreeMap<ContactId, Entry>>,
    /// The entries that are over.
    past: Vec<PastEntry>,
    /// The agents of campaigns, in the order in which they were assigned.
    agents: Vec<Assignment>,
    profiles: BTreeMap<AgentId, Agent>,
    /// What agents did, in the order in which it began.
    spans: Vec<StateSpan>,
    /// Entries, by whose they are, their number, and the campaign that they bind where it is one.
    suppressions: BTreeMap<(UserId, PhoneNumber, Option<CampaignId>), Suppression>,
    bans: BTreeMap<BanId, OrderedBan>,
    /// What was counted of a campaign's calls, by the quarter of an hour in which they were answered.
    tallies: BTreeMap<(CampaignId, OffsetDateTime), Tally>,
    copies: BTreeMap<RegistryCopyId, CopyRow>,
    consents: BTreeMap<ConsentEventId, ConsentEvent>,
    receipts: BTreeMap<CallId, Receipt>,
    /// The texts of the books that receipts name.
    books: BTreeMap<BookHash, String>,
    refusals: Vec<RefusalCount>,
    dispositions: BTreeMap<DispositionId, DispositionRow>,
    /// The dispositions of each call, in the order in which they were recorded.
    said: BTreeMap<CallId, Vec<DispositionId>>,
    /// Every disposition with an open follow-up, and some whose follow-up is not open any more.
    promises: BTreeSet<DispositionId>,
    /// The follow-ups that a call kept.
    kept: BTreeMap<CallId, Vec<DispositionId>>,
    imports: BTreeMap<ImportId, ImportJob>,
    /// The rows that each import left out, in the order of its list.
    left_out: BTreeMap<ImportId, Vec<LeftOut>>,
    /// The contacts that came with an import.
    imported: BTreeMap<ContactId, ImportId>,
    api_keys: BTreeMap<ApiKeyId, ApiKey>,
    events: Vec<Event>,
    keys: BTreeMap<(UserId, IdempotencyKey), KeyRow>,
    recordings: BTreeMap<RecordingId, Recording>,
    /// The recordings of the provider that were fetched, and the calls that they are of.
    collected: BTreeMap<ProviderRecordingId, CallId>,
    voicemail_drops: BTreeMap<VoicemailDropId, VoicemailDrop>,
    /// Events of the provider in the order in which they came, with what became of them.
    inbox: Vec<(ReceivedEvent, ReadEvent)>,
    leases: BTreeMap<LeaseName, LeaseRow>,
    /// The state of each account's request budget, and how often it was written.
    budgets: BTreeMap<String, (i64, serde_json::Value)>,
}

#[derive(Debug, Clone, PartialEq)]
struct CallRow {
    call: Call,
    hidden: bool,
}

#[derive(Debug, Clone, PartialEq)]
struct DispositionRow {
    recorded: RecordedDisposition,
    /// Whether a later disposition of the call counts instead.
    replaced: bool,
    /// The call that kept its follow-up.
    kept_by: Option<CallId>,
    /// When a person cleared its follow-up.
    done_at: Option<OffsetDateTime>,
    /// When it was found out whether its follow-up was kept.
    judged_at: Option<OffsetDateTime>,
    /// The same, where no call was made in time.
    missed_at: Option<OffsetDateTime>,
}

/// A row of the horizon. The key of its campaign and of its contact say whose it is.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Entry {
    id: QueueEntryId,
    priority: i32,
    scheduled_at: OffsetDateTime,
    created_at: OffsetDateTime,
    /// The live call that it became; `None` while it waits.
    call: Option<CallId>,
}

/// A row of the horizon that is over.
#[derive(Debug, Clone, PartialEq)]
struct PastEntry {
    campaign: CampaignId,
    contact: ContactId,
    entry: Entry,
    status: QueueStatus,
}

impl State {
    /// The campaign as readers see it, with its present counts.
    fn campaign(&self, scope: Scope, id: CampaignId) -> Option<Campaign> {
        let campaign = self.campaigns.get(&id).filter(|campaign| self.may_read(scope, campaign))?;
        Some(self.counted(campaign))
    }

    /// Whether the campaign is the user's own or one to which they are assigned.
    fn may_read(&self, scope: Scope, campaign: &Campaign) -> bool {
        scope.covers(campaign.user_id) || self.is_agent(scope, campaign.id)
    }

    fn is_agent(&self, scope: Scope, campaign: CampaignId) -> bool {
        self.agents.iter().any(|agent| agent.campaign_id == campaign && scope.covers(agent.user_id))
    }

    fn campaign_covered(&self, scope: Scope, id: CampaignId) -> bool {
        self.campaigns.get(&id).is_some_and(|campaign| scope.covers(campaign.user_id))
    }

    fn counted(&self, campaign: &Campaign) -> Campaign {
        let stats = self.lists.get(&campaign.id).map(List::stats).unwrap_or_default();
        Campaign { stats, ..campaign.clone() }
    }

    /// The contacts of a campaign in the order they were added.
    fn list(&self, campaign: CampaignId) -> impl Iterator<Item = &Contact> {
        self.lists.get(&campaign).into_iter().flat_map(List::ids).filter_map(|id| self.contacts.get(&id))
    }

    /// Writes a contact's new state, or a new one at the end of its list. The campaign's counts change with it, and so does
    /// its last change.
    fn put_contact(&mut self, contact: Contact) {
        if let Some(campaign) = self.campaigns.get_mut(&contact.campaign_id) {
            campaign.updated_at = campaign.updated_at.max(contact.updated_at);
        }
        self.lists.entry(contact.campaign_id).or_default().put(self.contacts.get(&contact.id), &contact);
        self.contacts.insert(contact.id, contact);
    }

    /// Takes a contact out of its list, with its entries. Its calls stay.
    fn remove_contact(&mut self, id: ContactId) {
        let Some(contact) = self.contacts.remove(&id) else { return };
        if let Some(list) = self.lists.get_mut(&contact.campaign_id) {
            list.remove(&contact);
        }
        if let Some(horizon) = self.horizons.get_mut(&contact.campaign_id) {
            horizon.remove(&id);
        }
        self.imported.remove(&id);
    }

    /// Whether a number is suppressed in all campaigns of an owner.
    fn suppressed(&self, owner: UserId, number: &PhoneNumber) -> bool {
        self.suppressions.contains_key(&(owner, number.clone(), None))
    }

    /// Whether a number is suppressed in all campaigns of an owner or in this one.
    fn suppressed_in(&self, owner: UserId, number: &PhoneNumber, campaign: Option<CampaignId>) -> bool {
        let here = campaign.is_some() && self.suppressions.contains_key(&(owner, number.clone(), campaign));
        here || self.suppressed(owner, number)
    }

    fn log(&mut self, event: NewEvent) {
        let seq = self.events.last().map_or(1, |last| last.seq + 1);
        self.events.push(Event { seq, event });
    }
}

/// The page of `rows`, which are in order.
fn page<T: Clone>(rows: &[&T], page: PageRequest) -> Page<T> {
    let skip = usize::try_from(page.offset()).unwrap_or(usize::MAX);
    Page {
        items: rows.iter().skip(skip).take(usize::from(page.limit())).map(|row| (*row).clone()).collect(),
        total: u64::try_from(rows.len()).unwrap_or(u64::MAX),
    }
}
