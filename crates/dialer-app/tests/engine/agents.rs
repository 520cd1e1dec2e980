//! Agents who sign in: who gets a call, what they see, and what becomes of their state.

use std::sync::Arc;

use dialer_app::{Calls, Desk};
use dialer_domain::agents::store::{AgentDesk, AgentProfiles};
use dialer_domain::agents::{Agent, AgentState, AgentStep, PauseCode, Standing};
use dialer_domain::campaigns::agents::{Assignment, CampaignAgents};
use dialer_domain::ids::AssignmentId;
use dialer_domain::telephony::{LiveState, RecordResult, Telephony, TelephonyError};
use dialer_domain::{ContactStatus, DialingMode, Duration, Principal, Role, Scope};
use dialer_testkit::builders::{T0, agent, campaign, id};
use rstest::rstest;

use crate::scene::Scene;

impl Scene {
    /// An agent of the campaign who is ready.
    pub(crate) async fn hire(&self) -> Agent {
        let agent = agent(self.campaign.user_id);
        self.employ(&agent).await;
        agent
    }

    /// Lets an agent work on the campaign.
    pub(crate) async fn employ(&self, agent: &Agent) {
        self.store.add(agent).await.unwrap();
        let id = id(AssignmentId::new);
        let new = Assignment { id, campaign_id: self.campaign.id, user_id: agent.user_id, created_at: T0 };
        self.store.assign(Scope::Service, new).await.unwrap().unwrap();
    }

    pub(crate) async fn state(&self, agent: &Agent) -> AgentState {
        self.store.of_user(agent.user_id).await.unwrap().unwrap().presence.state()
    }

    pub(crate) fn desk(&self) -> Desk {
        self.desk_on(Arc::new(self.provider.clone()))
    }

    pub(crate) fn desk_on(&self, telephony: Arc<dyn Telephony>) -> Desk {
        let ports = self.ports(telephony);
        Desk::new(ports.clone(), self.handle.clone(), Calls::new(ports, self.handle.clone(), None, None))
    }

    /// The agent's client gives a sign of life.
    pub(crate) async fn beat(&self, agent: &Agent) {
        self.store.step(agent.user_id, &AgentStep::Wait, true, self.now()).await.unwrap();
    }
}

fn login(agent: &Agent) -> Principal {
    Principal { user: agent.user_id, role: Role::Agent }
}

#[rstest]
#[case(DialingMode::Power)]
#[case(DialingMode::Predictive)]
#[tokio::test(start_paused = true)]
async fn an_agent_rings_talks_writes_up_and_is_ready_again(#[case] mode: DialingMode) {
    let mut scene = Scene::of(campaign().active().mode(mode).build(), 2).await;
    let robin = scene.hire().await;
    scene.provider.next_dial_is("7");
    scene.start();
    scene.pass_seconds(2).await;
    let call = scene.calls().await.remove(0);
    assert_eq!((call.agent.as_ref(), call.agent_id), (Some(&robin.line), Some(robin.user_id)));
    assert_eq!(scene.state(&robin).await, AgentState::Ringing);
    scene.live(&call, "7", LiveState::Connected);
    scene.pass_seconds(6).await;
    assert_eq!(scene.state(&robin).await, AgentState::Talking);
    scene.over(&call, "7", RecordResult::Connected, 20);
    scene.pass_seconds(12).await;
    assert_eq!(scene.state(&robin).await, AgentState::WrapUp);
    assert_eq!(scene.provider.placed().len(), 1, "nobody is called while the agent writes up");
    scene.pass_seconds(30).await;
    assert_eq!(scene.provider.placed().len(), 2);
    assert_eq!(scene.state(&robin).await, AgentState::Ringing);
}

#[tokio::test(start_paused = true)]
async fn a_campaign_with_agents_is_dialled_for_them_alone() {
    let mut scene = Scene::with_contacts(3).await;
    let robin = scene.hire().await;
    scene.desk().stand(login(&robin), Standing::Paused(PauseCode::parse("lunch").unwrap())).await.unwrap();
    scene.start();
    scene.pass_seconds(60).await;
    assert!(scene.provider.placed().is_empty(), "the phone of the settings is for other campaigns");
    scene.desk().stand(login(&robin), Standing::Ready).await.unwrap();
    scene.pass_seconds(2).await;
    let lines: Vec<_> = scene.provider.placed().into_iter().filter_map(|dial| dial.agent).collect();
    assert_eq!(lines, [robin.line]);
}

#[tokio::test(start_paused = true)]
async fn a_preview_campaign_shows_each_agent_another_contact_and_dials_only_what_they_accept() {
    let mut scene = Scene::of(campaign().active().mode(DialingMode::Preview).build(), 3).await;
    let (robin, kim) = (scene.hire().await, scene.hire().await);
    scene.start();
    scene.pass_seconds(3).await;
    assert!(scene.provider.placed().is_empty());
    let desk = scene.desk();
    let shown = async |agent: &Agent| desk.look(login(agent)).await.unwrap().offer.unwrap().1;
    let (first, second) = (shown(&robin).await, shown(&kim).await);
    assert_ne!(first.id, second.id);

    let call = desk.accept(login(&robin)).await.unwrap();
    assert_eq!((call.contact_id, call.agent_id), (Some(first.id), Some(robin.user_id)));
    assert_eq!((scene.state(&robin).await, scene.state(&kim).await), (AgentState::Ringing, AgentState::Reserved));
    assert!(desk.accept(login(&robin)).await.is_err(), "an offer is accepted once");

    desk.skip(login(&kim), Some("I know them".to_owned())).await.unwrap();
    scene.pass_seconds(2).await;
    let third = shown(&kim).await;
    assert!(third.id != first.id && third.id != second.id);
    let skipped = scene.contact(second.id).await;
    assert_eq!((skipped.status, skipped.attempts), (ContactStatus::Pending, 0));
    assert!(skipped.next_attempt_at.is_some() && skipped.reserved_for.is_none());
}

#[tokio::test(start_paused = true)]
async fn an_offer_that_nobody_takes_runs_out_and_goes_to_somebody_else() {
    let mut scene = Scene::of(campaign().active().mode(DialingMode::Preview).build(), 1).await;
    let robin = scene.hire().await;
    scene.start();
    scene.pass_seconds(33).await;
    let paused = scene.store.of_user(robin.user_id).await.unwrap().unwrap();
    assert_eq!(paused.presence.doing.pause_code(), Some(&PauseCode::missed_offer()));
    let kim = scene.hire().await;
    scene.pass_seconds(17).await;
    assert_eq!(scene.state(&kim).await, AgentState::Reserved);
}

#[tokio::test(start_paused = true)]
async fn a_pause_of_the_campaign_takes_its_offers_back() {
    let mut scene = Scene::of(campaign().active().mode(DialingMode::Preview).build(), 1).await;
    let robin = scene.hire().await;
    scene.start();
    scene.pass_seconds(3).await;
    assert_eq!(scene.state(&robin).await, AgentState::Reserved);
    let paused = scene.campaign_now().await.halted("for the test", scene.now());
    dialer_domain::campaigns::store::CampaignStore::save(&scene.store, Scope::Service, &paused).await.unwrap();
    scene.handle.wake();
    scene.pass_seconds(2).await;
    assert_eq!(scene.state(&robin).await, AgentState::Ready);
    assert_eq!(scene.contacts().await[0].reserved_for, None);
}

#[tokio::test(start_paused = true)]
async fn an_agent_whose_phone_cannot_be_reached_is_paused_and_the_contact_goes_to_the_next() {
    let mut scene = Scene::with_contacts(1).await;
    let (robin, kim) = (scene.hire().await, scene.hire().await);
    scene.provider.next_dial_fails(TelephonyError::AgentUnreachable { reason: "no device".to_owned() });
    scene.start();
    scene.pass_seconds(70).await;
    let states = [scene.state(&robin).await, scene.state(&kim).await];
    assert!(states.contains(&AgentState::Paused) && states.contains(&AgentState::Ringing), "{states:?}");
    assert_eq!(scene.contacts().await[0].attempts, 1);
}

#[tokio::test(start_paused = true)]
async fn a_silent_agent_is_signed_off_and_one_on_a_call_only_after_it() {
    let mut scene = Scene::with_contacts(1).await;
    let (robin, kim) = (scene.hire().await, scene.hire().await);
    scene.provider.next_dial_is("7");
    scene.start();
    scene.pass_seconds(2).await;
    let call = scene.calls().await.remove(0);
    let (busy, idle) = if call.agent_id == Some(robin.user_id) { (robin, kim) } else { (kim, robin) };
    scene.live(&call, "7", LiveState::Connected);
    scene.pass_seconds(100).await;
    assert_eq!((scene.state(&idle).await, scene.state(&busy).await), (AgentState::Offline, AgentState::Talking));
    scene.over(&call, "7", RecordResult::Connected, 90);
    scene.pass_seconds(50).await;
    assert_eq!(scene.state(&busy).await, AgentState::Offline);
}

#[tokio::test(start_paused = true)]
async fn an_agent_who_gives_signs_of_life_stays_ready() {
    let mut scene = Scene::with_contacts(0).await;
    let robin = scene.hire().await;
    scene.start();
    for _ in 0..5 {
        scene.pass_seconds(60).await;
        scene.beat(&robin).await;
    }
    assert_eq!(scene.state(&robin).await, AgentState::Ready);
    let spans = scene.store.history(Scope::Service, robin.id, T0, scene.now()).await.unwrap();
    let total: Duration = spans.iter().map(|span| span.within(T0, scene.now())).sum();
    assert_eq!(total, scene.now() - T0, "every second is in one state");
}
