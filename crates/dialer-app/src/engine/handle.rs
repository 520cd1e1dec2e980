//! How others wake the engine and see how it is.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub use dialer_domain::explain::EnginePhase;

use dialer_domain::OffsetDateTime;
use dialer_domain::calls::Call;
use dialer_domain::explain::AgentCounts;
use dialer_domain::ids::{CallId, CampaignId, NodeId};
use dialer_domain::pacing::Decision;
use dialer_domain::telephony::ProviderEvent;
use tokio::sync::{Notify, watch};

/// The engine's state after its last round.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngineStatus {
    /// What it is doing.
    pub phase: EnginePhase,
    /// Why it is halted.
    pub reason: Option<String>,
    /// The node as which it takes leases; `None` before its first round.
    pub node: Option<NodeId>,
    /// Until when it starts no call, because the provider asked for a pause or could not be reached.
    pub closed_until: Option<OffsetDateTime>,
    /// Agents who can take calls, free or not.
    pub agents: usize,
    /// The same agents, by what keeps them.
    pub crew: AgentCounts,
    /// Calls that are not over.
    pub live_calls: usize,
}

/// What the pacer of a campaign decided last.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Paced {
    /// The decision.
    pub decision: Decision,
    /// When it was made.
    pub at: OffsetDateTime,
}

/// A dial whose answer is awaited.
pub struct Placing {
    handle: EngineHandle,
    call: CallId,
}

impl Drop for Placing {
    fn drop(&mut self) {
        self.handle.placed().remove(&self.call);
    }
}

/// A cheap handle on an engine, whether it runs or not.
#[derive(Clone)]
pub struct EngineHandle {
    wake: Arc<Notify>,
    told: Arc<Notify>,
    heard: Arc<Mutex<VecDeque<ProviderEvent>>>,
    hung_up: Arc<Mutex<Vec<Call>>>,
    recorded: Arc<Notify>,
    placing: Arc<Mutex<BTreeSet<CallId>>>,
    paced: Arc<Mutex<BTreeMap<CampaignId, Paced>>>,
    status: Arc<watch::Sender<EngineStatus>>,
}

impl Default for EngineHandle {
    fn default() -> Self {
        let starting = EngineStatus {
            phase: EnginePhase::Starting,
            reason: None,
            node: None,
            closed_until: None,
            agents: 0,
            crew: AgentCounts::default(),
            live_calls: 0,
        };
        Self {
            wake: Arc::default(),
            told: Arc::default(),
            heard: Arc::default(),
            hung_up: Arc::default(),
            recorded: Arc::default(),
            placing: Arc::default(),
            paced: Arc::default(),
            status: Arc::new(watch::Sender::new(starting)),
        }
    }
}

impl EngineHandle {
    /// Makes the engine look at once for something to do.
    pub fn wake(&self) {
        self.wake.notify_one();
    }

    /// Makes the engine read the events of the provider that were stored meanwhile.
    pub fn tell(&self) {
        self.told.notify_one();
    }

    /// Hands the engine an event that was heard live. Of more than [`Self::MOST_HEARD`] that nobody has read yet the oldest
    /// are dropped: what they told is found out by asking.
    pub fn hear(&self, event: ProviderEvent) {
        {
            let mut heard = self.heard();
            if heard.len() >= Self::MOST_HEARD {
                heard.pop_front();
            }
            heard.push_back(event);
        }
        self.told.notify_one();
    }

    /// Events kept until the engine's next round.
    pub const MOST_HEARD: usize = 10_000;

    /// Tells the engine that the provider's answer to a dial is awaited, until the returned value is dropped. A call without
    /// an answer that nobody awaits has lost it.
    #[must_use]
    pub fn placing(&self, call: CallId) -> Placing {
        self.placed().insert(call);
        Placing { handle: self.clone(), call }
    }

    /// Tells the engine of a call that was hung up, so that its record still corrects what was made of it.
    pub fn hung_up(&self, call: Call) {
        self.hung_up.lock().unwrap_or_else(PoisonError::into_inner).push(call);
        self.told.notify_one();
    }

    /// Returns once the provider has told of a recording since the last time.
    pub async fn recording_told(&self) {
        self.recorded.notified().await;
    }

    /// What the pacer of a campaign decided last; `None` for one that this node does not dial ahead of agents.
    #[must_use]
    pub fn pacing(&self, campaign: CampaignId) -> Option<Paced> {
        self.paces().get(&campaign).copied()
    }

    pub(super) fn paced(&self, campaign: CampaignId, paced: Paced) {
        self.paces().insert(campaign, paced);
    }

    fn paces(&self) -> MutexGuard<'_, BTreeMap<CampaignId, Paced>> {
        self.paced.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The state after the last round.
    #[must_use]
    pub fn status(&self) -> EngineStatus {
        self.status.borrow().clone()
    }

    pub(super) async fn woken(&self) {
        self.wake.notified().await;
    }

    pub(super) async fn told(&self) {
        self.told.notified().await;
    }

    pub(super) fn take_heard(&self) -> VecDeque<ProviderEvent> {
        std::mem::take(&mut *self.heard())
    }

    pub(super) fn take_hung_up(&self) -> Vec<Call> {
        std::mem::take(&mut *self.hung_up.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn tell_of_recording(&self) {
        self.recorded.notify_one();
    }

    pub(super) fn awaits(&self, call: CallId) -> bool {
        self.placed().contains(&call)
    }

    fn placed(&self) -> MutexGuard<'_, BTreeSet<CallId>> {
        self.placing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn heard(&self) -> MutexGuard<'_, VecDeque<ProviderEvent>> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn publish(&self, status: EngineStatus) {
        self.status.send_replace(status);
    }
}
