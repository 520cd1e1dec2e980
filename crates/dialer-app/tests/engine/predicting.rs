//! Predictive campaigns where the provider lets whoever answers wait for an agent.

use std::sync::Arc;

use dialer_app::{EngineSettings, Paced};
use dialer_domain::agents::store::{AgentDesk, AgentProfiles};
use dialer_domain::agents::{AgentState, AgentStep, PauseCode, Presence, Standing};
use dialer_domain::calls::CallOutcome;
use dialer_domain::campaigns::agents::{Assignment, CampaignAgents};
use dialer_domain::events::{EventKind, EventLog};
use dialer_domain::ids::AssignmentId;
use dialer_domain::rules::RuleBook;
use dialer_domain::telephony::AgentLine;
use dialer_domain::{Call, CallStatus, Clock, DialingMode, Duration, Scope, UserId};
use dialer_simulator::{CarrierSettings, Ledger, OutcomeShares, SimulatedTelephony, SimulatedUser, Spread};
use dialer_testkit::builders::{T0, agent, campaign};
use dialer_testkit::stores::StoreHarness;
use uuid::Uuid;

use crate::scene::Scene;

/// People answer after ten seconds, agents' phones at once.
fn prompt(outcomes: OutcomeShares) -> CarrierSettings {
    CarrierSettings {
        outcomes,
        person_answers: Spread::exactly(10.0),
        agent_answers: Spread::exactly(0.2),
        agent_misses_share: 0.0,
        ..CarrierSettings::default()
    }
}

/// A predictive campaign on a carrier that lets customers wait, heard as it happens.
async fn scene(carrier: CarrierSettings, contacts: usize, agents: u32) -> (Scene, Arc<SimulatedTelephony>) {
    let list = campaign().active().mode(DialingMode::Predictive).retry_interval(Duration::hours(9)).build();
    let mut scene = Scene::of(list, contacts).await;
    let crew = SimulatedUser::crew(agents);
    scene.settings = EngineSettings {
        agents: crew.iter().map(|user| AgentLine::new(user.id.to_string())).collect(),
        ..EngineSettings::default()
    };
    let telephony = SimulatedTelephony::new(carrier, 3, crew, Arc::new(scene.clock.clone())).unwrap();
    telephony.knobs().set(|knobs| knobs.ahead_of_agents = true);
    let telephony = Arc::new(telephony);
    let (heard, clock, handle) = (telephony.clone(), scene.clock.clone(), scene.handle.clone());
    tokio::spawn(async move {
        loop {
            heard.news().into_iter().for_each(|event| handle.hear(event));
            clock.sleep(Duration::milliseconds(100)).await;
        }
    });
    (scene, telephony)
}

fn paced(scene: &Scene) -> Option<Paced> {
    scene.handle.pacing(scene.campaign.id)
}

fn of(calls: &[Call], outcome: CallOutcome) -> Vec<&Call> {
    calls.iter().filter(|call| call.outcome == Some(outcome)).collect()
}

fn nobody_is_called_twice_at_once(ledger: &Ledger) {
    assert!(ledger.overlapping_attempts().is_empty());
}

#[tokio::test(start_paused = true)]
async fn whoever_answers_ahead_of_agents_talks_to_one() {
    let (mut scene, telephony) = scene(prompt(OutcomeShares::default()), 400, 10).await;
    scene.start_on(telephony.clone());
    scene.pass(Duration::minutes(40)).await;
    let calls = scene.calls().await;
    nobody_is_called_twice_at_once(&telephony.ledger());
    assert!(calls.iter().all(|call| call.ahead));
    let talked = of(&calls, CallOutcome::Completed);
    assert!(talked.len() > 100, "{} conversations", talked.len());
    for call in &talked {
        assert!(call.agent.is_some() && call.connected_at.unwrap() >= call.answered_at.unwrap());
    }
    let decision = paced(&scene).unwrap().decision;
    assert!(decision.answer_probability > 0.3, "{decision:?}");
    // More phones ring than agents wait: that is what it is for.
    let most = (0..40 * 60).map(|second| {
        let at = T0 + Duration::seconds(second);
        let rings =
            |call: &&Call| call.started_at <= at && call.answered_at.or(call.ended_at).is_none_or(|end| end > at);
        calls.iter().filter(rings).count()
    });
    assert!(most.max().unwrap() > 10);
    let abandoned = of(&calls, CallOutcome::Abandoned).len();
    assert!(abandoned * 100 <= 5 * (talked.len() + abandoned), "{abandoned} of {}", talked.len() + abandoned);
    scene.stop().await;
}

#[tokio::test(start_paused = true)]
async fn whoever_finds_nobody_is_given_up_after_two_seconds_and_told_so() {
    let (mut scene, telephony) = scene(prompt(OutcomeShares::PERSON), 1, 1).await;
    scene.settings = EngineSettings { agent_grace: Duration::ZERO, ..EngineSettings::default() };
    let me = agent(scene.campaign.user_id);
    let me = dialer_domain::agents::Agent {
        line: AgentLine::new("10001"),
        presence: Presence { then: Standing::Ready, ..Presence::offline(T0) },
        ..me
    };
    AgentProfiles::add(&scene.store, &me).await.unwrap();
    let id = AssignmentId::new(Uuid::from_u128(1));
    let new = Assignment { id, campaign_id: scene.campaign.id, user_id: me.user_id, created_at: T0 };
    scene.store.assign(Scope::Service, new).await.unwrap().unwrap();
    step(&scene, me.user_id, Standing::Ready).await;
    scene.start_on(telephony.clone());
    scene.pass_seconds(5).await;
    assert_eq!(scene.calls().await.len(), 1);
    step(&scene, me.user_id, Standing::Paused(PauseCode::parse("break").unwrap())).await;
    scene.pass(Duration::minutes(3)).await;
    let call = scene.calls().await.remove(0);
    assert_eq!((call.outcome, call.status), (Some(CallOutcome::Abandoned), CallStatus::Canceled));
    let waited = call.abandoned_at.unwrap() - call.answered_at.unwrap();
    assert!(waited >= Duration::seconds(2) && waited < Duration::milliseconds(2_300), "{waited}");
    let truth = telephony.ledger().calls().remove(0);
    // Hung up at once: this provider plays no message.
    assert!(truth.ended_at.unwrap() - call.abandoned_at.unwrap() < Duration::seconds(1));
    let events = scene.store.since(Scope::Service, 0, 500).await.unwrap();
    assert!(events.iter().any(|row| row.event.kind == EventKind::CallAbandoned));
    let idle = AgentDesk::crew(&scene.store).await.unwrap().all[0].state;
    assert_eq!(idle, AgentState::Paused);
    scene.stop().await;
}

async fn step(scene: &Scene, user: UserId, standing: Standing) {
    scene.store.step(user, &AgentStep::Stand(standing), true, scene.now()).await.unwrap().unwrap();
    scene.handle.wake();
}

#[tokio::test(start_paused = true)]
async fn where_the_law_leaves_no_room_agents_are_rung_first() {
    let (mut scene, telephony) = scene(prompt(OutcomeShares::PERSON), 30, 3).await;
    scene.store.shelf().replace(RuleBook::shipped());
    scene.start_on(telephony.clone());
    scene.pass(Duration::minutes(5)).await;
    let calls = scene.calls().await;
    assert!(calls.len() >= 3 && calls.iter().all(|call| !call.ahead && call.agent.is_some()));
    assert!(paced(&scene).is_some());
    scene.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_customer_who_waits_is_served_though_the_campaign_was_paused() {
    let (mut scene, telephony) = scene(prompt(OutcomeShares::PERSON), 2, 2).await;
    scene.start_on(telephony);
    scene.pass_seconds(5).await;
    let paused = dialer_domain::campaigns::CampaignPatch {
        status: Some(dialer_domain::CampaignStatus::Paused),
        ..Default::default()
    };
    let now = scene.now();
    let changed = scene.campaign_now().await.patched(paused, now).unwrap();
    dialer_domain::campaigns::store::CampaignStore::save(&scene.store, Scope::Service, &changed).await.unwrap();
    scene.handle.wake();
    scene.pass(Duration::minutes(20)).await;
    let calls = scene.calls().await;
    assert_eq!(of(&calls, CallOutcome::Completed).len(), 2, "{calls:?}");
    scene.stop().await;
}
