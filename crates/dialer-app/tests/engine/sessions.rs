//! Whole days in virtual time: a week of one campaign, and a day of all modes at once.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use dialer_app::EngineSettings;
use dialer_domain::agents::store::AgentProfiles;
use dialer_domain::agents::{Agent, AgentState, Presence};
use dialer_domain::campaigns::agents::{Assignment, CampaignAgents};
use dialer_domain::campaigns::store::CampaignStore;
use dialer_domain::contacts::store::ContactStore;
use dialer_domain::ids::AssignmentId;
use dialer_domain::telephony::AgentLine;
use dialer_domain::{AgentId, Campaign, Clock, DialingMode, Duration, IdSource, OffsetDateTime, Scope, UserId};
use dialer_simulator::{CarrierSettings, Ledger, SimulatedTelephony, SimulatedUser};
use dialer_testkit::SeededIds;
use dialer_testkit::builders::{agent, campaign, contact, number};
use time::macros::datetime;

use crate::books::Books;
use crate::people::Person;
use crate::scene::Scene;

const MONDAY: OffsetDateTime = datetime!(2026-03-02 08:30 UTC);

/// A campaign and how many agents and contacts it has.
struct Team {
    campaign: Campaign,
    agents: u32,
    contacts: u32,
}

/// What is left when everybody has gone home.
struct Aftermath {
    scene: Scene,
    ledger: Ledger,
    agents: Vec<Agent>,
    campaigns: Vec<Campaign>,
}

impl Aftermath {
    async fn books(&self) -> Books {
        Books::of(&self.scene.store, &self.campaigns).await
    }
}

fn list(ids: &SeededIds, mode: DialingMode) -> Campaign {
    let mut list = campaign()
        .active()
        .mode(mode)
        .max_attempts(3)
        .retry_interval(Duration::hours(2))
        .created_at(MONDAY)
        .owner(UserId::generate(ids))
        .build();
    list.id = dialer_domain::CampaignId::generate(ids);
    list
}

async fn run(seed: u32, ids: &SeededIds, teams: Vec<Team>, days: i64) -> Aftermath {
    let scene = Scene::at(MONDAY, teams[0].campaign.clone(), seed).await;
    let mut scene = scene;
    let users = SimulatedUser::crew(teams.iter().map(|team| team.agents).sum());
    let clock: Arc<dyn Clock> = Arc::new(scene.clock.clone());
    let carrier = SimulatedTelephony::new(CarrierSettings::default(), seed.into(), users.clone(), clock).unwrap();
    let ledger = carrier.ledger();
    let telephony = Arc::new(carrier);
    scene.settings = EngineSettings::default();
    let ports = scene.ports(telephony.clone());
    let shifts: Vec<_> = (0..days)
        .filter(|day| day % 7 < 5)
        .map(|day| {
            let begin = MONDAY + Duration::days(day) + Duration::minutes(30);
            (begin, begin + Duration::hours(8))
        })
        .collect();
    let (mut agents, mut people, mut campaigns, mut first) = (Vec::new(), Vec::new(), Vec::new(), 0);
    let mut lines = users.iter().map(|user| AgentLine::new(user.id.to_string()));
    for team in teams {
        let campaign = team.campaign;
        if campaigns.is_empty() {
            assert_eq!(campaign.id, scene.campaign.id);
        } else {
            CampaignStore::add(&scene.store, &campaign).await.unwrap();
        }
        let numbers: Vec<_> = (first..first + team.contacts).map(number).collect();
        first += team.contacts;
        let contacts = numbers.iter().map(|number| {
            let mut row = contact(campaign.id).number(number.clone()).created_at(MONDAY).build();
            row.id = dialer_domain::ContactId::generate(ids);
            row
        });
        scene.store.import(Scope::Service, campaign.id, contacts.collect()).await.unwrap();
        for _ in 0..team.agents {
            let user_id = if campaign.mode == DialingMode::Manual { campaign.user_id } else { UserId::generate(ids) };
            let agent = Agent {
                id: AgentId::generate(ids),
                user_id,
                line: lines.next().unwrap(),
                presence: Presence::offline(MONDAY),
                ..agent(campaign.user_id)
            };
            AgentProfiles::add(&scene.store, &agent).await.unwrap();
            let id = AssignmentId::new(ids.next_uuid());
            let new = Assignment { id, campaign_id: campaign.id, user_id, created_at: MONDAY };
            scene.store.assign(Scope::Service, new).await.unwrap().unwrap();
            let mut person =
                Person::new(&scene, ports.clone(), &agent, u64::from(seed) ^ agent.user_id.as_uuid().as_u64_pair().1);
            if campaign.mode == DialingMode::Manual {
                person = person.dials_by_hand(campaign.id, numbers.clone());
            }
            people.push(person.works(shifts.clone()));
            agents.push(agent);
        }
        campaigns.push(campaign);
    }
    scene.start_on(telephony);
    for person in people {
        person.await.unwrap();
    }
    scene.pass(MONDAY + Duration::days(days) - Duration::hours(13) - scene.now()).await;
    scene.stop().await;
    Aftermath { scene, ledger, agents, campaigns }
}

/// Everything that happened, as one number.
fn course(books: &Books) -> u64 {
    let mut hasher = DefaultHasher::new();
    for event in &books.events {
        let data = serde_json::to_string(&event.event.data).unwrap();
        (event.seq, event.event.kind, event.event.at, event.event.call_id, data).hash(&mut hasher);
    }
    hasher.finish()
}

fn week(seed: u32) -> (u64, usize) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let ids = SeededIds::new(seed);
        let team = Team { campaign: list(&ids, DialingMode::Power), agents: 20, contacts: 8_000 };
        let after = run(seed, &ids, vec![team], 7).await;
        let books = after.books().await;
        books.contacts_balance(3);
        books.counts_balance(&after.scene.store, &after.campaigns).await;
        books.calls_balance(&after.ledger);
        (course(&books), books.calls.len())
    })
}

#[test]
fn a_week_of_twenty_agents_is_the_same_bit_for_bit_with_the_same_seed() {
    let [first, second] = [5, 5].map(|seed| std::thread::spawn(move || week(seed))).map(|run| run.join().unwrap());
    assert!(first.1 > 10_000, "{} calls", first.1);
    assert_eq!(first, second);
}

#[tokio::test(start_paused = true)]
async fn after_a_day_of_all_modes_every_contact_and_every_second_is_accounted_for() {
    let ids = SeededIds::new(9);
    let mut teams = vec![
        Team { campaign: list(&ids, DialingMode::Power), agents: 15, contacts: 20_000 },
        Team { campaign: list(&ids, DialingMode::Predictive), agents: 15, contacts: 20_000 },
        Team { campaign: list(&ids, DialingMode::Preview), agents: 12, contacts: 8_000 },
    ];
    teams.extend((0..8).map(|_| Team { campaign: list(&ids, DialingMode::Manual), agents: 1, contacts: 250 }));
    let after = run(9, &ids, teams, 1).await;
    let books = after.books().await;
    assert_eq!(books.contacts.len(), 50_000);
    books.contacts_balance(3);
    books.counts_balance(&after.scene.store, &after.campaigns).await;
    books.calls_balance(&after.ledger);
    for campaign in &after.campaigns {
        let calls = books.calls.iter().filter(|call| call.campaign_id == Some(campaign.id)).count();
        assert!(calls > 100, "{} made {calls} calls", campaign.mode);
    }
    let end = MONDAY + Duration::hours(11);
    for agent in &after.agents {
        let seconds = Books::seconds_of(&after.scene.store, agent, MONDAY, end).await;
        let worked: Duration =
            [AgentState::Talking, AgentState::Ringing].iter().filter_map(|state| seconds.get(state)).copied().sum();
        assert!(worked > Duration::hours(1), "{seconds:?}");
    }
}
