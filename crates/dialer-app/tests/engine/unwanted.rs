//! Numbers that are put on the do-not-call list while their phones ring.

use dialer_domain::calls::CallStatus;
use dialer_domain::calls::causes::CauseCode;
use dialer_domain::events::{EventKind, EventLog};
use dialer_domain::suppression::SuppressionStore;
use dialer_domain::telephony::{LiveState, ProviderCallId, RecordResult};
use dialer_domain::{Call, CallOutcome, Duration, Scope};
use dialer_testkit::builders::suppression;

use crate::scene::Scene;

impl Scene {
    /// The only contact's phone is in this state.
    async fn given_call(&mut self, state: LiveState) -> Call {
        self.provider.next_dial_is("7");
        self.start();
        self.pass_seconds(2).await;
        let call = self.calls().await.remove(0);
        self.live(&call, "7", state);
        call
    }

    async fn suppress(&self, call: &Call) {
        self.store.suppress(&suppression(call.user_id, &call.to_number)).await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn a_phone_that_rings_is_hung_up_within_a_round_and_the_log_says_why() {
    let mut scene = Scene::with_contacts(1).await;
    let call = scene.given_call(LiveState::Ringing).await;
    scene.pass_seconds(6).await;
    assert_eq!(scene.provider.hung_up(), []);
    scene.suppress(&call).await;
    scene.pass(scene.settings.tick + Duration::SECOND).await;
    assert_eq!(scene.provider.hung_up(), [ProviderCallId::new("7")]);
    let ended = scene.calls().await.remove(0);
    assert_eq!((ended.status, ended.outcome), (CallStatus::Canceled, Some(CallOutcome::Canceled)));
    assert_eq!(ended.cause_code, Some(CauseCode::Suppressed));
    let events = scene.store.since(Scope::Service, 0, 500).await.unwrap();
    let told = events.into_iter().map(|event| event.event).find(|event| event.kind == EventKind::CallEnded).unwrap();
    assert_eq!((told.call_id, &told.data["cause_code"]), (Some(call.id), &"suppressed".into()));
    scene.over(&call, "7", RecordResult::NoAnswer, 0);
    scene.pass(Duration::hours(2)).await;
    assert_eq!(scene.provider.placed().len(), 1, "nobody calls again");
    assert_eq!(scene.provider.hung_up().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_agent_who_is_still_being_reached_costs_no_attempt() {
    let mut scene = Scene::with_contacts(1).await;
    let call = scene.given_call(LiveState::Initial).await;
    scene.suppress(&call).await;
    scene.pass_seconds(3).await;
    assert_eq!(scene.provider.hung_up().len(), 1);
    let outcome = scene.calls().await.remove(0).outcome;
    assert!(matches!(outcome, Some(CallOutcome::NotPlaced | CallOutcome::Canceled)), "{outcome:?}");
}

#[tokio::test(start_paused = true)]
async fn a_customer_who_talks_is_let_talk() {
    let mut scene = Scene::with_contacts(1).await;
    let call = scene.given_call(LiveState::Connected).await;
    // Before the engine has heard that somebody answered, and after.
    scene.suppress(&call).await;
    scene.pass(Duration::minutes(5)).await;
    assert_eq!(scene.provider.hung_up(), []);
    assert_eq!(scene.calls().await[0].status, CallStatus::Answered);
}

#[tokio::test(start_paused = true)]
async fn another_node_hangs_up_what_a_dead_one_has_dialled() {
    let mut scene = Scene::with_contacts(1).await;
    let call = scene.given_call(LiveState::Ringing).await;
    scene.start();
    scene.pass_seconds(2).await;
    scene.kill().await;
    scene.suppress(&call).await;
    scene.pass(scene.settings.lease + Duration::seconds(5)).await;
    assert_eq!(scene.provider.hung_up(), [ProviderCallId::new("7")]);
}

#[tokio::test(start_paused = true)]
async fn by_setting_a_phone_that_rings_is_let_ring() {
    let mut scene = Scene::with_contacts(1).await;
    scene.settings.hang_up_suppressed = false;
    let call = scene.given_call(LiveState::Ringing).await;
    scene.suppress(&call).await;
    scene.pass(Duration::minutes(1)).await;
    assert_eq!((scene.provider.hung_up().len(), scene.calls().await[0].status), (0, CallStatus::Ringing));
}
