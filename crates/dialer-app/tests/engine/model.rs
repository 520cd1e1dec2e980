//! Promises 1 to 3 under random interleavings of time, people's commands, crashes and a provider that fails: nobody is in two
//! live calls, nobody is called who said no or outside the hours, and every call comes to an end by itself.

use std::collections::BTreeMap;
use std::sync::Arc;

use dialer_app::{Calls, Campaigns, EngineSettings, PlaceCall};
use dialer_domain::agents::store::AgentProfiles;
use dialer_domain::agents::{Agent, PauseCode, Standing};
use dialer_domain::calls::store::CallStore;
use dialer_domain::calls::{CallPatch, CallStatus};
use dialer_domain::campaigns::{CampaignAction, DialingMode};
use dialer_domain::contacts::store::{ContactStore, Removal};
use dialer_domain::schedule::ActiveHours;
use dialer_domain::suppression::SuppressionStore;
use dialer_domain::telephony::AgentLine;
use dialer_domain::{Clock, ContactId, Duration, OffsetDateTime, PhoneNumber, Principal, Role, Scope};
use dialer_simulator::{CallResult, CarrierSettings, Faults, Ledger, SimulatedTelephony, SimulatedUser};
use dialer_testkit::builders::{T0, agent, campaign, contact, number, suppression};
use proptest::prelude::*;

use crate::books::Books;
use crate::scene::Scene;

/// What may happen.
#[derive(Debug, Clone, Copy)]
enum Happening {
    /// Time passes, in seconds.
    Wait(u16),
    /// The engine's process dies and is started again.
    Crash,
    /// The engine is stopped as on an update, and started again.
    Restart,
    Pause,
    Resume,
    /// The number of a contact is suppressed.
    Suppress(usize),
    /// Somebody removes a contact from the list.
    Remove(usize),
    /// Somebody adds a contact.
    Add,
    /// An agent takes a step.
    Ready(usize),
    Break(usize),
    Leave(usize),
    Accept(usize),
    Skip(usize),
    HangUp(usize),
    /// The owner's client says that the last call is over, whatever the truth.
    Report,
    /// The owner calls a contact by hand.
    CallByHand(usize),
    /// The provider begins to fail, or works again.
    Faults(bool),
}

fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        12 => (1_u16..90).prop_map(Happening::Wait),
        2 => Just(Happening::Crash),
        1 => Just(Happening::Restart),
        1 => Just(Happening::Pause),
        2 => Just(Happening::Resume),
        2 => (0_usize..12).prop_map(Happening::Suppress),
        1 => (0_usize..12).prop_map(Happening::Remove),
        1 => Just(Happening::Add),
        3 => (0_usize..2).prop_map(Happening::Ready),
        1 => (0_usize..2).prop_map(Happening::Break),
        1 => (0_usize..2).prop_map(Happening::Leave),
        4 => (0_usize..2).prop_map(Happening::Accept),
        1 => (0_usize..2).prop_map(Happening::Skip),
        1 => (0_usize..2).prop_map(Happening::HangUp),
        2 => Just(Happening::Report),
        2 => (0_usize..12).prop_map(Happening::CallByHand),
        2 => any::<bool>().prop_map(Happening::Faults),
    ]
}

/// The cap on attempts of the campaigns here.
const CAP: u32 = 2;

struct World {
    scene: Scene,
    telephony: Arc<SimulatedTelephony>,
    ledger: Ledger,
    agents: Vec<Agent>,
    contacts: Vec<(ContactId, PhoneNumber)>,
    /// Numbers and when they were suppressed.
    unwilling: BTreeMap<String, OffsetDateTime>,
    added: u32,
    /// When the active hours end.
    closes_at: OffsetDateTime,
}

impl World {
    /// A campaign whose active hours end `closing` minutes after everything begins.
    async fn new(mode: DialingMode, closing: u8, seed: u64) -> Self {
        let hours = ActiveHours::parse("09:00", &format!("10:{closing:02}")).unwrap();
        let list = campaign().active().mode(mode).hours(hours).max_attempts(CAP);
        let list = list.retry_interval(Duration::minutes(2)).build();
        let mut scene = Scene::of(list, 0).await;
        let users = SimulatedUser::crew(3);
        let lines: Vec<AgentLine> = users.iter().map(|user| AgentLine::new(user.id.to_string())).collect();
        let clock: Arc<dyn Clock> = Arc::new(scene.clock.clone());
        let carrier = CarrierSettings { agent_misses_share: 0.1, ..CarrierSettings::default() };
        let telephony = Arc::new(SimulatedTelephony::new(carrier, seed, users, clock).unwrap());
        // One phone of the settings serves the campaign until it has agents of its own.
        scene.settings = EngineSettings { agents: lines[2..].to_vec(), ..EngineSettings::default() };
        let mut agents = Vec::new();
        for line in &lines[..2] {
            let agent = Agent { line: line.clone(), ..agent(scene.campaign.user_id) };
            scene.employ(&agent).await;
            agents.push(agent);
        }
        let mut world = Self {
            ledger: telephony.ledger(),
            scene,
            telephony,
            agents,
            contacts: Vec::new(),
            unwilling: BTreeMap::new(),
            added: 0,
            closes_at: T0 + Duration::minutes(closing.into()),
        };
        for _ in 0..8 {
            world.add().await;
        }
        world.start();
        world
    }

    fn start(&mut self) {
        self.scene.start_on(self.telephony.clone());
    }

    fn owner(&self) -> Principal {
        Principal { user: self.scene.campaign.user_id, role: Role::Supervisor }
    }

    async fn add(&mut self) {
        let row = contact(self.scene.campaign.id).number(number(self.added)).created_at(self.scene.now()).build();
        self.added += 1;
        self.contacts.push((row.id, row.person.phone_number.clone()));
        self.scene.store.import(Scope::Service, self.scene.campaign.id, vec![row]).await.unwrap();
        self.scene.handle.wake();
    }

    /// Makes it happen. What the present state does not allow is refused, and that is fine.
    async fn happens(&mut self, happening: Happening) {
        let ports = self.scene.ports(self.telephony.clone());
        let handle = self.scene.handle.clone();
        let login = |nth: usize| Principal { user: self.agents[nth].user_id, role: Role::Agent };
        let desk = self.scene.desk_on(self.telephony.clone());
        match happening {
            Happening::Wait(seconds) => self.scene.pass_seconds(seconds.into()).await,
            Happening::Crash => {
                self.scene.kill().await;
                self.start();
            }
            Happening::Restart => {
                self.scene.stop().await;
                self.start();
            }
            Happening::Pause | Happening::Resume => {
                let action =
                    if matches!(happening, Happening::Pause) { CampaignAction::Pause } else { CampaignAction::Start };
                let _ = Campaigns::new(ports, handle).act(self.owner(), self.scene.campaign.id, action).await;
            }
            Happening::Suppress(nth) => {
                let Some((_, number)) = self.contacts.get(nth) else { return };
                let entry = suppression(self.scene.campaign.user_id, number);
                self.scene.store.suppress(&entry).await.unwrap();
                self.unwilling.entry(number.digits().to_owned()).or_insert(self.scene.now());
            }
            Happening::Remove(nth) => {
                let Some((id, _)) = self.contacts.get(nth) else { return };
                let removed = ContactStore::remove(&self.scene.store, Scope::Service, *id, self.scene.now()).await;
                // Whoever is on no list has no cap any more.
                if removed.unwrap() == Removal::Removed {
                    self.contacts.remove(nth);
                }
            }
            Happening::Add => self.add().await,
            Happening::Ready(nth) => drop(desk.stand(login(nth), Standing::Ready).await),
            Happening::Break(nth) => {
                drop(desk.stand(login(nth), Standing::Paused(PauseCode::parse("break").unwrap())).await);
            }
            Happening::Leave(nth) => drop(desk.stand(login(nth), Standing::Offline).await),
            Happening::Accept(nth) => {
                if let Ok(call) = desk.accept(login(nth)).await {
                    drop(Calls::new(ports, handle, None, None).dial(call));
                }
            }
            Happening::Skip(nth) => drop(desk.skip(login(nth), None).await),
            Happening::HangUp(nth) => {
                if let Ok(call) = desk.live_call(login(nth)).await {
                    drop(desk.hang_up(&call).await);
                }
            }
            Happening::Report => {
                let Some(last) = self.scene.store.open().await.unwrap().pop() else { return };
                let over = CallPatch { status: Some(CallStatus::NoAnswer), ..CallPatch::default() };
                drop(Calls::new(ports, handle, None, None).change(self.owner(), last.id, over).await);
            }
            Happening::CallByHand(nth) => {
                let Some((_, number)) = self.contacts.get(nth) else { return };
                let wanted = PlaceCall {
                    to: number.as_e164().to_owned(),
                    campaign_id: Some(self.scene.campaign.id),
                    ..PlaceCall::default()
                };
                let line = AgentLine::new("10003");
                drop(Calls::new(ports, handle, None, Some(line)).place(self.owner(), wanted).await);
            }
            Happening::Faults(on) => self.telephony.knobs().set(|knobs| {
                knobs.faults = if on {
                    Faults { lost_answer: 0.3, server_error: 0.2, stall: 0.1, ..Faults::default() }
                } else {
                    Faults::default()
                };
            }),
        }
    }

    /// What must hold at every moment.
    fn check(&self) {
        let twice = self.ledger.overlapping_attempts();
        assert!(twice.is_empty(), "somebody is in two live calls: {twice:?}");
        for call in self.ledger.calls() {
            assert!(call.placed_at <= self.closes_at + SLOWEST, "{} was called outside the active hours", call.id);
            if let Some(since) = self.unwilling.get(&call.number) {
                assert!(call.placed_at <= *since + SLOWEST, "{} was called after saying no", call.id);
            }
        }
        let mut attempts: BTreeMap<String, u32> = BTreeMap::new();
        for call in self.ledger.calls() {
            let reached = call.result != Some(CallResult::AgentDidNotAnswer);
            *attempts.entry(call.number.clone()).or_default() += u32::from(reached);
        }
        assert!(attempts.values().all(|count| *count <= CAP), "{attempts:?}");
    }

    /// Lets everything come to its end, and checks that it has.
    async fn settle(&mut self) {
        self.telephony.knobs().set(|knobs| knobs.faults = Faults::default());
        let ports = self.scene.ports(self.telephony.clone());
        let campaigns = Campaigns::new(ports, self.scene.handle.clone());
        let _ = campaigns.act(self.owner(), self.scene.campaign.id, CampaignAction::Pause).await;
        self.scene.pass(Duration::minutes(25)).await;
        let books = Books::of(&self.scene.store, std::slice::from_ref(&self.scene.campaign)).await;
        books.contacts_balance(CAP);
        for agent in &self.agents {
            let now = self.scene.store.of_user(agent.user_id).await.unwrap().unwrap().presence;
            assert_eq!(now.doing.live_call(), None, "{now:?}");
            Books::seconds_of(&self.scene.store, agent, T0, self.scene.now()).await;
        }
        self.scene.stop().await;
    }
}

/// A dial that was claimed in time may reach the network this much later.
const SLOWEST: Duration = Duration::seconds(1);

fn lives_through(mode: DialingMode, closing: u8, seed: u64, happenings: &[Happening]) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let mut world = World::new(mode, closing, seed).await;
        for happening in happenings {
            world.happens(*happening).await;
            // Agents' clients give signs of life.
            for agent in &world.agents {
                world.scene.beat(agent).await;
            }
            world.scene.pass_seconds(1).await;
            world.check();
        }
        world.settle().await;
        world.check();
    });
}

proptest! {
    #[test]
    fn promises_hold_whatever_happens_in_whatever_order(
        mode in prop_oneof![Just(DialingMode::Power), Just(DialingMode::Preview), Just(DialingMode::Predictive)],
        closing in 2_u8..30,
        seed in any::<u64>(),
        happenings in proptest::collection::vec(happening(), 1..40),
    ) {
        lives_through(mode, closing, seed, &happenings);
    }
}
