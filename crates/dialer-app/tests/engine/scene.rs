//! One active campaign, a provider that does as told, and an engine in virtual time.

use std::collections::VecDeque;
use std::sync::Arc;

use dialer_app::{Engine, EngineHandle, EngineSettings, Ports};
use dialer_domain::calls::store::{CallFilter, CallStore};
use dialer_domain::campaigns::store::CampaignStore;
use dialer_domain::contacts::store::ContactStore;
use dialer_domain::telephony::{AgentLine, CallRecord, LiveCall, LiveState, ProviderCallId, RecordResult, Telephony};
use dialer_domain::{Call, Campaign, Clock, Contact, ContactId, Duration, OffsetDateTime, PageRequest, Scope};
use dialer_simulator::ScaledClock;
use dialer_testkit::builders::{T0, campaign, contact, number};
use dialer_testkit::{MemoryStore, ScriptedTelephony, SeededIds};
use tokio::sync::watch;
use tokio::task::JoinHandle;

pub(crate) struct Scene {
    pub(crate) store: MemoryStore,
    pub(crate) provider: ScriptedTelephony,
    pub(crate) clock: ScaledClock,
    pub(crate) settings: EngineSettings,
    pub(crate) campaign: Campaign,
    pub(crate) handle: EngineHandle,
    ids: Arc<SeededIds>,
    /// Engines that run, in the order in which they were started.
    running: VecDeque<(watch::Sender<bool>, JoinHandle<()>)>,
}

impl Scene {
    /// An active campaign with as many contacts, and one agent. Nothing runs yet.
    pub(crate) async fn with_contacts(count: usize) -> Self {
        Self::of(campaign().active().retry_interval(Duration::minutes(10)).build(), count).await
    }

    pub(crate) async fn of(campaign: Campaign, contacts: usize) -> Self {
        let clock = ScaledClock::new(T0, 1.0);
        let store = MemoryStore::on_clock(Arc::new(clock.clone()));
        CampaignStore::add(&store, &campaign).await.unwrap();
        let list = (0..contacts).zip(0..).map(|(_, n)| contact(campaign.id).number(number(n)).build()).collect();
        store.import(Scope::Service, campaign.id, list).await.unwrap();
        Self {
            store,
            provider: ScriptedTelephony::new(),
            clock,
            settings: EngineSettings { agents: vec![AgentLine::new("agent-1")], ..EngineSettings::default() },
            campaign,
            handle: EngineHandle::default(),
            ids: Arc::new(SeededIds::new(7)),
            running: VecDeque::new(),
        }
    }

    /// The campaign, without contacts and without phones of the settings, at another time.
    pub(crate) async fn at(start: OffsetDateTime, campaign: Campaign, seed: u32) -> Self {
        let scene = Self::of(campaign, 0).await;
        Self {
            clock: ScaledClock::new(start, 1.0),
            settings: EngineSettings::default(),
            ids: Arc::new(SeededIds::new(seed)),
            ..scene
        }
    }

    pub(crate) fn ports(&self, telephony: Arc<dyn Telephony>) -> Ports {
        Ports::on(self.store.clone(), telephony, Arc::new(self.clock.clone()), self.ids.clone())
    }

    /// Starts an engine, as a new process would.
    pub(crate) fn start(&mut self) {
        let provider = Arc::new(self.provider.clone());
        self.start_on(provider);
    }

    pub(crate) fn start_on(&mut self, telephony: Arc<dyn Telephony>) {
        self.start_with(self.ports(telephony));
    }

    pub(crate) fn start_with(&mut self, ports: Ports) {
        let (stop, stopped) = watch::channel(false);
        let engine = Engine::new(ports, self.settings.clone(), self.handle.clone());
        self.running.push_back((stop, tokio::spawn(engine.run(stopped))));
    }

    /// Ends the first engine as `kill -9` would.
    pub(crate) async fn kill(&mut self) {
        if let Some((_, task)) = self.running.pop_front() {
            task.abort();
            let _ = task.await;
        }
    }

    /// Asks the first engine to stop and waits until it has.
    pub(crate) async fn stop(&mut self) {
        if let Some((stop, task)) = self.running.pop_front() {
            stop.send_replace(true);
            task.await.unwrap();
        }
    }

    pub(crate) async fn pass(&self, time: Duration) {
        self.clock.sleep(time).await;
    }

    pub(crate) async fn pass_seconds(&self, seconds: i64) {
        self.pass(Duration::seconds(seconds)).await;
    }

    pub(crate) fn now(&self) -> OffsetDateTime {
        self.clock.now()
    }

    pub(crate) async fn contacts(&self) -> Vec<Contact> {
        let page = PageRequest::new(500, 0).unwrap();
        ContactStore::list(&self.store, Scope::Service, self.campaign.id, None, page).await.unwrap().items
    }

    pub(crate) async fn contact(&self, id: ContactId) -> Contact {
        ContactStore::get(&self.store, Scope::Service, id).await.unwrap().unwrap()
    }

    /// Every call, earliest first.
    pub(crate) async fn calls(&self) -> Vec<Call> {
        let page = PageRequest::new(500, 0).unwrap();
        let mut calls = CallStore::list(&self.store, Scope::Service, CallFilter::default(), page).await.unwrap().items;
        calls.reverse();
        calls
    }

    pub(crate) async fn campaign_now(&self) -> Campaign {
        CampaignStore::get(&self.store, Scope::Service, self.campaign.id).await.unwrap().unwrap()
    }

    /// The provider lists this call of ours as live.
    pub(crate) fn live(&self, call: &Call, id: &str, state: LiveState) {
        self.provider.set_live(vec![LiveCall {
            id: ProviderCallId::new(id),
            parent: None,
            state,
            direction: None,
            from_digits: None,
            agent: call.agent.clone(),
            to_digits: Some(call.to_number.digits().to_owned()),
            started_at: Some(call.started_at),
            connected_at: None,
        }]);
    }

    /// The provider's record of this call of ours, which is over.
    pub(crate) fn over(&self, call: &Call, id: &str, result: RecordResult, talk_seconds: u32) {
        self.provider.set_live(Vec::new());
        self.provider.set_records(vec![CallRecord {
            id: format!("record-{id}"),
            call_ids: vec![ProviderCallId::new(id)],
            direction: None,
            from_digits: None,
            agent: call.agent.clone(),
            to_digits: Some(call.to_number.digits().to_owned()),
            result,
            started_at: call.started_at,
            total_seconds: 20 + talk_seconds,
            talk_seconds,
            cause: None,
        }]);
    }
}
