//! A whole campaign on the simulated carrier: the books must balance, number for number.

use std::collections::BTreeMap;
use std::sync::Arc;

use dialer_app::EngineSettings;
use dialer_domain::calls::CallOutcome;
use dialer_domain::events::{Event, EventLog};
use dialer_domain::telephony::AgentLine;
use dialer_domain::{CampaignStatus, Duration, Scope, UserId};
use dialer_simulator::{CallResult, CarrierSettings, Ledger, SimulatedTelephony, SimulatedUser};
use dialer_testkit::builders::campaign;

use crate::scene::Scene;

const OWNER: UserId = UserId::new(uuid::uuid!("0195d3f0-0000-7000-8000-0000000000a1"));

async fn run(seed: u64, contacts: usize, agents: u32) -> (Scene, Ledger) {
    let list = campaign().owner(OWNER).active().max_attempts(3).retry_interval(Duration::minutes(20)).build();
    let mut scene = Scene::of(list, contacts).await;
    let crew = SimulatedUser::crew(agents);
    scene.settings = EngineSettings {
        agents: crew.iter().map(|user| AgentLine::new(user.id.to_string())).collect(),
        ..EngineSettings::default()
    };
    let clock = Arc::new(scene.clock.clone());
    let carrier = SimulatedTelephony::new(CarrierSettings::default(), seed, crew, clock).unwrap();
    let ledger = carrier.ledger();
    scene.start_on(Arc::new(carrier));
    for _ in 0..48 {
        scene.pass(Duration::minutes(30)).await;
        if scene.campaign_now().await.status == CampaignStatus::Completed {
            break;
        }
    }
    scene.stop().await;
    (scene, ledger)
}

async fn events(scene: &Scene) -> Vec<Event> {
    let mut all: Vec<Event> = Vec::new();
    loop {
        let after = all.last().map_or(0, |event| event.seq);
        let page = scene.store.since(Scope::Service, after, 1000).await.unwrap();
        if page.is_empty() {
            return all;
        }
        all.extend(page);
    }
}

#[tokio::test(start_paused = true)]
async fn a_campaign_ends_with_every_contact_and_every_call_accounted_for() {
    let (scene, ledger) = run(11, 150, 8).await;
    let campaign = scene.campaign_now().await;
    assert_eq!(campaign.status, CampaignStatus::Completed);
    assert_eq!(campaign.stats.total, 150);
    assert_eq!(campaign.stats.completed + campaign.stats.failed, 150);

    assert!(ledger.overlapping_attempts().is_empty(), "nobody is called twice at once");
    let told: BTreeMap<String, _> =
        scene.calls().await.into_iter().filter_map(|c| Some((c.provider_call_id.clone()?.to_string(), c))).collect();
    let mut reached = 0;
    for truth in ledger.calls() {
        let result = truth.result.expect("every call is over");
        if result == CallResult::AgentDidNotAnswer {
            continue;
        }
        reached += 1;
        let ours = &told[&truth.id.to_string()];
        let expected = match result {
            CallResult::Person | CallResult::Voicemail => CallOutcome::Completed,
            CallResult::Busy => CallOutcome::Busy,
            CallResult::NoAnswer => CallOutcome::NoAnswer,
            CallResult::InvalidNumber => CallOutcome::InvalidNumber,
            CallResult::NetworkFailure => CallOutcome::Failed,
            CallResult::Canceled => CallOutcome::Canceled,
            CallResult::Unserved => CallOutcome::Abandoned,
            CallResult::AgentDidNotAnswer => unreachable!("left out above"),
        };
        assert_eq!(ours.outcome, Some(expected));
        assert_eq!(ours.duration, truth.talk_seconds);
    }
    assert_eq!(told.len(), reached);
    assert!(scene.calls().await.iter().all(|call| call.status.is_final()));
    for contact in scene.contacts().await {
        assert!(contact.closed_reason.is_some() && contact.attempts <= 3);
        let attempts = ledger
            .attempts_of(contact.person.phone_number.as_e164())
            .iter()
            .filter(|call| call.result != Some(CallResult::AgentDidNotAnswer))
            .count();
        assert_eq!(u32::try_from(attempts).unwrap(), contact.attempts);
    }
}

#[tokio::test(start_paused = true)]
async fn the_same_seed_gives_the_same_run_bit_for_bit() {
    let course = |events: Vec<Event>| -> Vec<_> {
        events.into_iter().map(|event| (event.seq, event.event.kind, event.event.at, event.event.data)).collect()
    };
    let first = course(events(&run(5, 60, 4).await.0).await);
    let second = course(events(&run(5, 60, 4).await.0).await);
    let other = course(events(&run(6, 60, 4).await.0).await);
    assert!(first.len() > 200);
    assert_eq!(first, second);
    assert_ne!(first, other);
}
