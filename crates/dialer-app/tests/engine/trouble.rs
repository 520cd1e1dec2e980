use dialer_app::engine::EnginePhase;
use dialer_domain::calls::CallStatus;
use dialer_domain::contacts::ClosedReason;
use dialer_domain::telephony::{AgentLine, ProviderUser, TelephonyError};
use dialer_domain::{CampaignStatus, ContactStatus, Duration};
use dialer_testkit::telephony::Query;

use crate::scene::Scene;

fn reason() -> String {
    "the provider's words".to_owned()
}

#[tokio::test(start_paused = true)]
async fn an_agent_without_a_phone_rests_and_the_contact_s_attempt_does_not_count() {
    let mut scene = Scene::with_contacts(1).await;
    scene.settings.agent_rest = Duration::minutes(5);
    scene.provider.next_dial_fails(TelephonyError::AgentUnreachable { reason: reason() });
    scene.start();
    scene.pass_seconds(2).await;
    let contact = scene.contacts().await.remove(0);
    assert_eq!((contact.status, contact.attempts), (ContactStatus::Pending, 0));
    let call = scene.calls().await.remove(0);
    assert_eq!(call.status, CallStatus::Failed);
    assert!(call.cause.unwrap().contains("the agent's phone cannot be reached"));
    scene.pass(Duration::minutes(4)).await;
    assert_eq!(scene.provider.placed().len(), 1);
    scene.pass(Duration::minutes(2)).await;
    assert_eq!(scene.provider.placed().len(), 2);
    assert_eq!(scene.contacts().await[0].attempts, 1);
}

#[tokio::test(start_paused = true)]
async fn a_throttled_engine_waits_as_long_as_the_provider_says() {
    let mut scene = Scene::with_contacts(3).await;
    let retry_after = Some(Duration::minutes(3));
    scene.provider.next_dial_fails(TelephonyError::Throttled { reason: reason(), retry_after });
    scene.start();
    scene.pass(Duration::seconds(175)).await;
    assert_eq!(scene.provider.placed().len(), 1);
    scene.pass_seconds(10).await;
    assert_eq!(scene.provider.placed().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn an_unreachable_provider_is_tried_again_by_itself() {
    let mut scene = Scene::with_contacts(1).await;
    for _ in 0..3 {
        scene.provider.next_dial_fails(TelephonyError::Unavailable { reason: reason() });
    }
    scene.start();
    scene.pass(Duration::minutes(10)).await;
    assert_eq!(scene.provider.placed().len(), 4);
    assert_eq!(scene.contacts().await[0].attempts, 1);
}

#[tokio::test(start_paused = true)]
async fn a_refused_api_key_stops_dialling_until_it_works_again() {
    let mut scene = Scene::with_contacts(2).await;
    scene.provider.next_dial_fails(TelephonyError::Unauthorized { reason: reason() });
    for _ in 0..3 {
        scene.provider.fail_next(Query::Health, TelephonyError::Unauthorized { reason: reason() });
    }
    scene.start();
    scene.pass(Duration::minutes(2)).await;
    assert_eq!(scene.provider.placed().len(), 1);
    assert_eq!(scene.handle.status().phase, EnginePhase::Halted);
    assert!(scene.handle.status().reason.unwrap().contains("does not accept the API key"));
    assert!(scene.provider.times_asked(Query::Health) <= 3, "no log-in loop");
    scene.pass(Duration::minutes(4)).await;
    assert_eq!(scene.handle.status().phase, EnginePhase::Running);
    assert!(scene.provider.placed().len() > 1);
}

#[tokio::test(start_paused = true)]
async fn a_campaign_that_the_account_is_not_set_up_for_is_paused_with_the_reason() {
    let mut scene = Scene::with_contacts(5).await;
    scene.provider.next_dial_fails(TelephonyError::Misconfigured { reason: "No CLI prefix set".to_owned() });
    scene.start();
    scene.pass(Duration::minutes(10)).await;
    assert_eq!(scene.provider.placed().len(), 1);
    let campaign = scene.campaign_now().await;
    assert_eq!(campaign.status, CampaignStatus::Paused);
    assert!(campaign.pause_reason.unwrap().contains("No CLI prefix set"));
    assert_eq!(scene.contacts().await[0].attempts, 0);
}

#[tokio::test(start_paused = true)]
async fn a_number_that_the_provider_refuses_is_not_tried_again() {
    let mut scene = Scene::with_contacts(1).await;
    scene.provider.next_dial_fails(TelephonyError::Refused { reason: reason() });
    scene.start();
    scene.pass(Duration::hours(3)).await;
    assert_eq!(scene.provider.placed().len(), 1);
    assert_eq!(scene.contacts().await[0].closed_reason, Some(ClosedReason::Refused));
}

#[tokio::test(start_paused = true)]
async fn an_agent_whom_the_provider_does_not_know_or_let_call_gets_no_calls() {
    let mut scene = Scene::with_contacts(4).await;
    scene.settings.agents = ["stranger", "inactive", "known"].map(AgentLine::new).to_vec();
    let user = |line: &str, active| ProviderUser {
        line: AgentLine::new(line),
        name: "Ada Example".to_owned(),
        active,
        devices: Some(1),
    };
    scene.provider.set_users(vec![user("inactive", false), user("known", true)]);
    scene.start();
    scene.pass_seconds(3).await;
    let agents: Vec<_> = scene.provider.placed().into_iter().filter_map(|dial| dial.agent).collect();
    assert_eq!(agents, [AgentLine::new("known")]);
    assert_eq!(scene.handle.status().agents, 1);
}
