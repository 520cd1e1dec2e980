//! What the provider tells by itself reaches calls at once, whenever and however often it comes.

use dialer_domain::calls::{Call, CallOutcome, CallStatus, Direction, Evidence};
use dialer_domain::telephony::inbox::{ProviderInbox, ReceivedEvent};
use dialer_domain::telephony::{
    LegNews, LiveState, ProviderCallId, ProviderEvent, ProviderNews, ProviderRecordingId, RecordResult, TelephonyError,
};
use dialer_domain::{ContactStatus, Duration};
use dialer_testkit::builders::leg_news;
use serde_json::json;

use crate::scene::Scene;

fn event(news: LegNews) -> ProviderEvent {
    ProviderEvent { id: None, at: None, news: ProviderNews::Leg(news) }
}

impl Scene {
    /// The provider posts an event to us, which is stored and told.
    async fn post(&self, id: &str, news: LegNews) {
        self.provider.set_event(id, event(news));
        let received = ReceivedEvent { event_id: id.to_owned(), body: json!({ "id": id }), received_at: self.now() };
        ProviderInbox::receive(&self.store, &received).await.unwrap();
        self.handle.tell();
    }

    async fn waiting(&self) -> usize {
        self.store.waiting(100).await.unwrap().len()
    }

    async fn call(&self) -> Call {
        self.calls().await.remove(0)
    }
}

async fn dialled(id: &str) -> Scene {
    let mut scene = Scene::with_contacts(1).await;
    scene.settings.sweep_every = Duration::hours(1);
    scene.provider.next_dial_is(id);
    scene.start();
    scene.pass_seconds(2).await;
    scene.live(&scene.call().await, id, LiveState::Ringing);
    scene
}

#[tokio::test(start_paused = true)]
async fn an_answer_and_an_end_are_known_without_asking() {
    let scene = dialled("7").await;
    let call = scene.call().await;
    let at = scene.now();
    scene.post("a", LegNews { connected_at: Some(at), ..leg_news("7", LiveState::Connected, &call) }).await;
    scene.pass_seconds(1).await;
    assert_eq!(scene.call().await.status, CallStatus::Answered);
    let over = LegNews {
        last: Some(true),
        connected_at: Some(at),
        talk_seconds: Some(20),
        result: Some(RecordResult::Connected),
        ..leg_news("7", LiveState::HangUp, &call)
    };
    scene.pass_seconds(20).await;
    scene.post("b", over.clone()).await;
    scene.post("c", over).await;
    scene.pass_seconds(1).await;
    let call = scene.call().await;
    assert_eq!((call.status, call.duration, call.evidence), (CallStatus::Completed, 20, Some(Evidence::Event)));
    assert_eq!(scene.contacts().await[0].status, ContactStatus::Completed);
    assert_eq!(scene.waiting().await, 0);
}

#[tokio::test(start_paused = true)]
async fn an_event_that_comes_before_the_answer_to_our_own_request_waits_for_it() {
    let mut scene = Scene::with_contacts(1).await;
    let held = scene.provider.hold_next_dial();
    scene.start();
    scene.pass_seconds(2).await;
    let call = scene.call().await;
    scene.post("a", LegNews { connected_at: Some(scene.now()), ..leg_news("7", LiveState::Connected, &call) }).await;
    scene.pass_seconds(2).await;
    assert_eq!((scene.call().await.status, scene.waiting().await), (CallStatus::Initiated, 1));
    scene.live(&call, "7", LiveState::Connected);
    held.take("7");
    scene.pass_seconds(2).await;
    assert_eq!((scene.call().await.status, scene.waiting().await), (CallStatus::Answered, 0));
}

#[tokio::test(start_paused = true)]
async fn an_event_finds_the_call_whose_answer_was_lost() {
    let mut scene = Scene::with_contacts(1).await;
    scene.settings.sweep_every = Duration::hours(1);
    scene.provider.next_dial_fails(TelephonyError::OutcomeUnknown { reason: "the connection broke".to_owned() });
    scene.start();
    scene.pass_seconds(2).await;
    let call = scene.call().await;
    scene.live(&call, "7", LiveState::Connected);
    scene.post("a", LegNews { connected_at: Some(scene.now()), ..leg_news("7", LiveState::Connected, &call) }).await;
    scene.pass_seconds(3).await;
    let call = scene.call().await;
    assert_eq!(call.provider_call_id, Some(ProviderCallId::new("7")));
    assert_eq!((call.status, scene.waiting().await), (CallStatus::Answered, 0));
    assert_eq!(scene.provider.placed().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn events_of_strangers_are_passed_over_and_do_not_hold_up_others() {
    let scene = dialled("7").await;
    let call = scene.call().await;
    let inbound = LegNews { direction: Some(Direction::Inbound), ..leg_news("900", LiveState::Connected, &call) };
    scene.post("a", inbound).await;
    let elsewhere = LegNews { to_digits: Some("12025550199".to_owned()), ..leg_news("901", LiveState::HangUp, &call) };
    scene.post("b", elsewhere).await;
    scene.pass_seconds(1).await;
    assert_eq!((scene.call().await.status, scene.waiting().await), (CallStatus::Ringing, 0));
}

#[tokio::test(start_paused = true)]
async fn an_event_heard_live_counts_as_one_that_was_posted() {
    let scene = dialled("7").await;
    let call = scene.call().await;
    scene.handle.hear(event(LegNews { connected_at: Some(scene.now()), ..leg_news("7", LiveState::Connected, &call) }));
    scene.pass_seconds(1).await;
    assert_eq!(scene.call().await.status, CallStatus::Answered);
}

#[tokio::test(start_paused = true)]
async fn an_event_that_does_not_say_since_when_has_the_provider_asked_at_once() {
    let scene = dialled("7").await;
    let call = scene.call().await;
    scene.handle.hear(event(leg_news("7", LiveState::Connected, &call)));
    scene.pass_seconds(2).await;
    assert_eq!(scene.call().await.status, CallStatus::Ringing, "the list says that it rings");
    scene.live(&call, "7", LiveState::Connected);
    scene.handle.hear(event(leg_news("7", LiveState::Connected, &call)));
    scene.pass_seconds(2).await;
    assert_eq!(scene.call().await.status, CallStatus::Answered);
}

#[tokio::test(start_paused = true)]
async fn a_recording_that_is_ready_is_told_to_whoever_collects_them() {
    let scene = dialled("7").await;
    let news = ProviderNews::RecordingReady { recording: ProviderRecordingId::new("r7"), call: None };
    scene.handle.hear(ProviderEvent { id: None, at: None, news });
    tokio::select! {
        () = scene.handle.recording_told() => {}
        () = scene.pass_seconds(5) => panic!("nobody was told"),
    }
}

#[tokio::test(start_paused = true)]
async fn the_record_has_the_last_word_on_an_end_that_an_event_told() {
    let scene = dialled("7").await;
    let call = scene.call().await;
    let missed =
        LegNews { last: Some(true), result: Some(RecordResult::NoAnswer), ..leg_news("7", LiveState::HangUp, &call) };
    scene.post("a", missed).await;
    scene.pass_seconds(1).await;
    assert_eq!(scene.call().await.outcome, Some(CallOutcome::NoAnswer));
    scene.over(&call, "7", RecordResult::Connected, 25);
    scene.pass(Duration::hours(1) + Duration::minutes(2)).await;
    let call = scene.call().await;
    assert_eq!((call.status, call.duration, call.evidence), (CallStatus::Completed, 25, Some(Evidence::Record)));
}

#[tokio::test(start_paused = true)]
async fn a_provider_with_nothing_to_tell_is_asked_for_a_sign_of_life() {
    let mut scene = Scene::with_contacts(0).await;
    scene.start();
    scene.pass(Duration::minutes(16)).await;
    assert_eq!(scene.provider.times_asked(dialer_testkit::telephony::Query::Health), 3);
}
