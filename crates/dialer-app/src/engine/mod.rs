//! The engine: dials active campaigns and follows every call to its end.
//!
//! One task drives it. Each step takes in what happened (answers to dials, the provider's lists), then starts what
//! the rules allow. Waiting for the provider always happens beside the driver, so a slow provider delays only what
//! waits for it. All that must survive lives in the stores: an engine that starts anew treats calls without an
//! answer like any other lost answer, and asks the provider about them before it dials anybody.
//!
//! Several nodes may run an engine each on one store. Each campaign is paced by the one node that holds its lease, and one
//! node follows the provider (see [`dialer_domain::leases`]). To it the dials that other nodes await look like lost answers:
//! it may find such a call and name it, as the answer would have done, but gives its attempt back only when no answer can
//! come any more; and a node that was held up for long does not place what it claimed before.

mod crew;
mod dial;
mod follow;
mod gate;
mod handle;
mod inbound;
mod leases;
mod listen;
mod paces;
mod predict;
mod promises;
mod settings;
mod stopped;
mod unwanted;
mod waiting;

use std::collections::{BTreeMap, BTreeSet};

use dialer_domain::calls::merge::CallEvent;
use dialer_domain::calls::{Call, CallOutcome};
use dialer_domain::ids::{CallId, CampaignId, NodeId};
use dialer_domain::store::StoreError;
use dialer_domain::telephony::{Advice, TelephonyError};
use time::{Duration, OffsetDateTime};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::error::chain;
use crate::ports::Ports;
use crew::Crew;
use dial::Dialed;
use follow::Sweep;
use gate::Gate;
pub use handle::{EngineHandle, EnginePhase, EngineStatus, Paced};
use inbound::Inbound;
use leases::Leases;
use paces::Pace;
use promises::Promises;
pub use settings::EngineSettings;
use unwanted::HangUps;
use waiting::Transferred;

/// What a call comes to whose placing failed with `error`; `None` when it may have been placed after all.
#[must_use]
pub fn outcome_of(error: &TelephonyError) -> Option<CallOutcome> {
    match error.advice() {
        Advice::GiveUp => Some(CallOutcome::Refused),
        Advice::RetryAfter(_) | Advice::RestAgent | Advice::StopDialing => Some(CallOutcome::NotPlaced),
        Advice::ReconcileFirst => None,
    }
}

/// Dials active campaigns and follows calls. See the [module docs](self).
pub struct Engine {
    ports: Ports,
    settings: EngineSettings,
    handle: EngineHandle,
    crew: Crew,
    /// Phones that may get calls, as of the last round: those of the settings and those of agents.
    agents: usize,
    gate: Gate,
    leases: Leases,
    promises: Promises,
    hang_ups: HangUps,
    dials: JoinSet<Dialed>,
    sweeps: JoinSet<Sweep>,
    /// Customers who waited, on their way to an agent or to the message.
    transfers: JoinSet<Transferred>,
    /// When the next customer has waited for as long as one may.
    next_deadline: Option<OffsetDateTime>,
    /// What was learned of the campaigns that are dialled ahead of agents.
    paces: BTreeMap<CampaignId, Pace>,
    next_sweep: Option<OffsetDateTime>,
    next_keep_alive: Option<OffsetDateTime>,
    /// Calls closed on an assumption: late records may still correct them until the instant given.
    assumed: BTreeMap<CallId, (Call, OffsetDateTime)>,
    /// Calls that come in, where they are logged.
    inbound: Option<Inbound>,
    /// When read events are next forgotten.
    next_forgetting: Option<OffsetDateTime>,
    /// News that could not be stored yet.
    unsaved: Vec<(CallId, CallEvent)>,
    /// Campaigns with nothing due before the instant given.
    idle: BTreeMap<CampaignId, OffsetDateTime>,
    /// Campaigns of which it was written down, as of this revision, that they are not dialled ahead of agents.
    clamped: BTreeMap<CampaignId, i64>,
    /// Campaigns whose last contact may just have been settled.
    perhaps_spent: BTreeSet<CampaignId>,
    /// The calls that were open in the last round, with their campaigns: another node may have told how one ended.
    open_before: BTreeMap<CallId, Option<CampaignId>>,
    turn: usize,
    /// Whether the last round left something that goes on by itself.
    busy: bool,
}

/// The shortest wait between two rounds.
const LEAST_PAUSE: Duration = Duration::milliseconds(10);

/// Ticks between two rounds while nothing goes on.
const QUIET_TICKS: i32 = 5;

impl Engine {
    /// An engine on these ports, as a node of its own. `handle` is how others wake it and see its status.
    #[must_use]
    pub fn new(ports: Ports, settings: EngineSettings, handle: EngineHandle) -> Self {
        let crew = Crew::new(&settings.agents);
        let inbound = settings.inbound_owner.map(Inbound::of);
        let node = NodeId::generate(ports.ids.as_ref());
        Self {
            ports,
            settings,
            handle,
            agents: crew.len(),
            crew,
            gate: Gate::default(),
            leases: Leases::of(node),
            promises: Promises::default(),
            hang_ups: HangUps::default(),
            dials: JoinSet::new(),
            sweeps: JoinSet::new(),
            transfers: JoinSet::new(),
            next_deadline: None,
            paces: BTreeMap::new(),
            next_sweep: None,
            next_keep_alive: None,
            assumed: BTreeMap::new(),
            inbound,
            next_forgetting: None,
            unsaved: Vec::new(),
            idle: BTreeMap::new(),
            clamped: BTreeMap::new(),
            perhaps_spent: BTreeSet::new(),
            open_before: BTreeMap::new(),
            turn: 0,
            busy: true,
        }
    }

    /// The node as which it takes leases: no other process has the same.
    #[must_use]
    pub const fn node(&self) -> NodeId {
        self.leases.node
    }

    /// Runs until `stop` becomes true: then claims nothing more, lets calls be, waits a moment for the answers
    /// to dials that are under way, and returns. What is still unanswered then is reconciled at the next start.
    pub async fn run(mut self, mut stop: watch::Receiver<bool>) {
        self.roll_call().await;
        self.look_up_number().await;
        self.start_probe();
        while !*stop.borrow() {
            if let Err(error) = self.step().await {
                tracing::error!(error = chain(&error), "the engine could not do a step; it tries again");
            }
            let clock = self.ports.clock.clone();
            let handle = self.handle.clone();
            let pause = self.pause();
            // In this order, so that the same happenings always lead to the same course.
            tokio::select! {
                biased;
                _ = stop.changed() => {}
                Some(dialed) = self.dials.join_next() => self.answered(dialed).await,
                Some(sweep) = self.sweeps.join_next() => self.swept(sweep).await,
                Some(transferred) = self.transfers.join_next() => self.transferred(transferred).await,
                Some(_) = self.hang_ups.running.join_next() => {}
                () = handle.woken() => {
                    self.idle.clear();
                    self.leases.look_again();
                }
                () = handle.told() => {}
                () = clock.sleep(pause) => {}
            }
        }
        self.drain().await;
        self.handle.publish(EngineStatus { phase: EnginePhase::Stopped, ..self.status(&[], self.ports.clock.now()) });
    }

    /// One round: what is open, what to ask the provider, what to dial.
    async fn step(&mut self) -> Result<(), StoreError> {
        self.save_unsaved().await?;
        let campaigns = self.ports.stores.campaigns.active().await?;
        self.keep_leases(&campaigns, self.ports.clock.now()).await?;
        while let Some(campaign) = self.perhaps_spent.pop_first() {
            self.complete_if_spent(campaign).await?;
        }
        let mut open = self.ports.stores.calls.open().await?;
        let now = self.ports.clock.now();
        if self.leases.follows() {
            self.pass_time(now).await?;
            self.look_after_promises(now).await;
            if self.listen(&open, now).await? {
                open = self.ports.stores.calls.open().await?;
            }
            self.hang_up_unwanted(&open, now).await?;
        } else {
            // The node that follows the provider hears the same.
            self.handle.take_heard();
        }
        self.expect_corrections(now);
        self.notice_ends(&open);
        self.start_sweep(&open, now);
        let agents = self.ports.stores.desk.crew().await?;
        let mut free = self.crew.free(&agents, &open, now);
        self.serve_waiting(&campaigns, &open, &agents, &mut free, now).await?;
        if self.gate.open_at(now) && self.unsaved.is_empty() {
            self.dial(&campaigns, &open, &agents, free, now).await?;
        }
        self.busy = !(open.is_empty() && self.dials.is_empty() && self.sweeps.is_empty() && self.unsaved.is_empty());
        self.handle.publish(self.status(&open, now));
        Ok(())
    }

    /// How long to wait for something to happen before the next round. With no call to follow, nothing is urgent: whoever
    /// brings work wakes the engine.
    fn pause(&self) -> Duration {
        let quiet = (self.settings.tick * QUIET_TICKS).min(self.settings.lease / 3);
        let pause = if self.busy { self.settings.tick } else { quiet.max(self.settings.tick) };
        let deadline = self.next_deadline.map(|at| (at - self.ports.clock.now()).max(LEAST_PAUSE));
        deadline.map_or(pause, |wait| wait.min(pause))
    }

    /// Ends offers and wrap-ups whose time is over, and signs off agents who were not heard of for too long.
    async fn pass_time(&mut self, now: OffsetDateTime) -> Result<(), StoreError> {
        let grace = self.settings.agent_grace;
        let silent_since = grace.is_positive().then(|| now - grace);
        for agent in self.ports.stores.desk.pass_time(silent_since, now).await? {
            tracing::info!(agent.id = %agent.id, state = %agent.presence.state(), "time has passed for an agent");
            self.idle.clear();
        }
        Ok(())
    }

    /// Finds out which of the configured agents the provider knows. An unknown one would fail every dial.
    async fn roll_call(&mut self) {
        match self.ports.telephony.users().await {
            Ok(users) => self.crew.keep_known(&users),
            Err(error) => {
                tracing::warn!(code = error.code(), "the provider did not list its users; agents are not checked");
                self.provider_trouble(&error);
            }
        }
        if self.crew.is_empty() {
            tracing::warn!(
                "no phone is named in the settings, so campaigns dial only for agents who sign in: make them with \
                 POST /agents, or set engine.agents to ids of active users of the provider account"
            );
        }
    }

    /// Merges news of a call and lets the agent wrap up when it is over. Keeps the news when the store is away.
    async fn tell(&mut self, id: CallId, event: CallEvent) -> Option<Call> {
        let now = self.ports.clock.now();
        match self.ports.stores.calls.apply(id, &event, now).await {
            Ok(call) => {
                if let Some(call) = &call {
                    self.after_news(call, now);
                }
                call
            }
            Err(StoreError::Unavailable { source }) => {
                tracing::warn!(call.id = %id, error = %source, "news of a call could not be stored; it is kept");
                self.unsaved.push((id, event));
                None
            }
            Err(error) => {
                tracing::error!(call.id = %id, error = chain(&error), "news of a call was refused");
                None
            }
        }
    }

    /// Calls whose end another node told: somebody may be due now, or nobody any more.
    fn notice_ends(&mut self, open: &[Call]) {
        let open = open.iter().map(|call| (call.id, call.campaign_id)).collect();
        let before = std::mem::replace(&mut self.open_before, open);
        for (id, campaign) in before {
            if !self.open_before.contains_key(&id) {
                self.idle.clear();
                self.perhaps_spent.extend(campaign);
            }
        }
    }

    fn after_news(&mut self, call: &Call, now: OffsetDateTime) {
        if !call.is_open() {
            self.open_before.remove(&call.id);
            self.idle.clear();
            self.perhaps_spent.extend(call.campaign_id);
            // An agent who signed in writes up the call as their profile says.
            if let (Some(agent), Some(CallOutcome::Completed), None) = (&call.agent, call.outcome, call.agent_id) {
                let ended_at = call.ended_at.unwrap_or(now);
                self.crew.rest_until(agent, ended_at + self.settings.wrap_up);
            }
        }
    }

    async fn save_unsaved(&mut self) -> Result<(), StoreError> {
        while let Some((id, event)) = self.unsaved.first().cloned() {
            let now = self.ports.clock.now();
            match self.ports.stores.calls.apply(id, &event, now).await {
                Ok(call) => {
                    if let Some(call) = &call {
                        self.after_news(call, now);
                    }
                }
                Err(error @ StoreError::Unavailable { .. }) => return Err(error),
                Err(error) => {
                    tracing::error!(call.id = %id, error = chain(&error), "news of a call was refused");
                }
            }
            self.unsaved.remove(0);
        }
        Ok(())
    }

    fn provider_trouble(&mut self, error: &TelephonyError) {
        let now = self.ports.clock.now();
        match error.advice() {
            Advice::RetryAfter(pause) => self.gate.close_until(now + pause),
            Advice::StopDialing if matches!(error, TelephonyError::Unauthorized { .. }) => {
                self.gate.halt(error.to_string());
            }
            Advice::StopDialing | Advice::GiveUp | Advice::RestAgent | Advice::ReconcileFirst => {}
        }
    }

    async fn drain(&mut self) {
        self.sweeps.abort_all();
        // Others may go on at once: what this node still awaits is open, so its agents and contacts are not dialled.
        self.hand_leases_back().await;
        let clock = self.ports.clock.clone();
        let deadline = clock.sleep(self.settings.drain);
        tokio::pin!(deadline);
        while !self.dials.is_empty() || !self.transfers.is_empty() {
            tokio::select! {
                () = &mut deadline => break,
                Some(transferred) = self.transfers.join_next() => self.transferred(transferred).await,
                Some(dialed) = self.dials.join_next() => self.answered(dialed).await,
            }
        }
        self.dials.abort_all();
        self.transfers.abort_all();
        if let Err(error) = self.save_unsaved().await {
            tracing::warn!(
                error = chain(&error),
                "some news of calls was not stored; the next start asks the provider again"
            );
        }
    }

    fn status(&self, open: &[Call], now: OffsetDateTime) -> EngineStatus {
        EngineStatus {
            phase: if self.gate.halted().is_some() { EnginePhase::Halted } else { EnginePhase::Running },
            reason: self.gate.halted().map(str::to_owned),
            node: Some(self.leases.node),
            closed_until: self.gate.closed_until(),
            agents: self.agents,
            crew: self.crew.counts(open, now),
            live_calls: open.len(),
        }
    }
}

/// How far back of the oldest call of interest records are asked for, because the provider's clock may differ.
const RECORD_MARGIN: Duration = Duration::seconds(10);
