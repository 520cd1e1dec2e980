//! Calls that come in are logged for the user whom the settings name, by whatever tells of them first.

use dialer_domain::campaigns::store::CampaignStore;
use dialer_domain::telephony::inbox::{ProviderInbox, ReceivedEvent};
use dialer_domain::telephony::{
    AgentLine, CallRecord, LegNews, LiveCall, LiveState, ProviderEvent, ProviderNews, RecordResult,
};
use dialer_domain::{Call, CallOutcome, CallStatus, Direction, Duration, Scope};
use dialer_testkit::builders::{self, leg_news, live_call, number, record};
use dialer_testkit::telephony::Query;
use serde_json::json;

use crate::scene::Scene;

/// Nothing to dial, and calls that come in are the campaign's owner's.
async fn quiet() -> Scene {
    let mut scene = Scene::with_contacts(1).await;
    let paused = scene.campaign_now().await.halted("for the test", scene.now());
    CampaignStore::save(&scene.store, Scope::Service, &paused).await.unwrap();
    scene.settings.inbound_owner = Some(scene.campaign.user_id);
    scene.provider.set_numbers(vec![number(900)]);
    scene
}

fn live(id: &str, state: LiveState, scene: &Scene) -> LiveCall {
    LiveCall {
        direction: Some(Direction::Inbound),
        from_digits: Some(number(0).digits().to_owned()),
        to_digits: Some("1001".to_owned()),
        started_at: Some(scene.now()),
        ..live_call(id, state)
    }
}

fn recorded(id: &str, result: RecordResult, talk_seconds: u32, scene: &Scene) -> CallRecord {
    CallRecord {
        direction: Some(Direction::Inbound),
        from_digits: Some(number(0).digits().to_owned()),
        to_digits: Some("1001".to_owned()),
        talk_seconds,
        total_seconds: talk_seconds + 5,
        ..record(id, result, scene.now())
    }
}

async fn only(scene: &Scene) -> Call {
    let mut calls = scene.calls().await;
    assert_eq!(calls.len(), 1, "{calls:?}");
    calls.remove(0)
}

#[tokio::test(start_paused = true)]
async fn a_live_call_is_logged_followed_and_closed_by_its_record() {
    let mut scene = quiet().await;
    scene.provider.set_live(vec![live("7", LiveState::Ringing, &scene)]);
    scene.start();
    scene.pass_seconds(2).await;
    let call = only(&scene).await;
    assert_eq!(
        (call.direction, call.status, call.user_id),
        (Direction::Inbound, CallStatus::Ringing, scene.campaign.user_id)
    );
    assert_eq!((call.from_number.as_ref(), &call.to_number), (Some(&number(0)), &number(900)));
    assert_eq!(call.contact_id, Some(scene.contacts().await[0].id), "the number is on the list");
    let record = recorded("7", RecordResult::Connected, 30, &scene);
    scene.provider.set_live(vec![live("7", LiveState::Connected, &scene)]);
    scene.pass_seconds(10).await;
    assert_eq!(only(&scene).await.status, CallStatus::Answered);
    scene.provider.set_live(Vec::new());
    scene.provider.set_records(vec![record]);
    scene.pass_seconds(20).await;
    let call = only(&scene).await;
    assert_eq!((call.outcome, call.duration), (Some(CallOutcome::Completed), 30));
    assert_eq!(scene.contacts().await[0].attempts, 0);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_came_and_went_between_two_looks_is_found_by_its_record() {
    let mut scene = quiet().await;
    scene.start();
    scene.pass_seconds(2).await;
    scene.provider.set_records(vec![recorded("7", RecordResult::NoAnswer, 0, &scene)]);
    scene.pass(Duration::minutes(2)).await;
    let call = only(&scene).await;
    assert_eq!((call.status, call.outcome), (CallStatus::NoAnswer, Some(CallOutcome::NoAnswer)));
    scene.pass(Duration::minutes(10)).await;
    only(&scene).await;
}

#[tokio::test(start_paused = true)]
async fn an_event_tells_of_a_call_at_once() {
    let mut scene = quiet().await;
    scene.start();
    scene.pass_seconds(2).await;
    let asked = scene.provider.times_asked(Query::LiveCalls);
    let of = builders::call().build();
    let news = LegNews {
        direction: Some(Direction::Inbound),
        agent: Some(AgentLine::new("agent-1")),
        from_digits: Some(number(0).digits().to_owned()),
        to_digits: Some("1001".to_owned()),
        started_at: Some(scene.now()),
        ..leg_news("7", LiveState::Ringing, &of)
    };
    scene.provider.set_event("a", ProviderEvent { id: None, at: None, news: ProviderNews::Leg(news) });
    let received = ReceivedEvent { event_id: "a".to_owned(), body: json!({ "id": "a" }), received_at: scene.now() };
    ProviderInbox::receive(&scene.store, &received).await.unwrap();
    scene.handle.tell();
    scene.pass_seconds(2).await;
    assert_eq!(only(&scene).await.status, CallStatus::Ringing);
    assert_eq!(scene.provider.times_asked(Query::LiveCalls), asked, "nobody had to ask");
}

#[tokio::test(start_paused = true)]
async fn without_an_owner_nothing_is_logged_and_nobody_asks() {
    let mut scene = quiet().await;
    scene.settings.inbound_owner = None;
    scene.provider.set_live(vec![live("7", LiveState::Ringing, &scene)]);
    scene.start();
    scene.pass(Duration::minutes(4)).await;
    assert!(scene.calls().await.is_empty());
    assert_eq!(scene.provider.times_asked(Query::LiveCalls), 0);
}

#[tokio::test(start_paused = true)]
async fn an_agent_on_such_a_call_gets_no_other() {
    let mut scene = Scene::with_contacts(2).await;
    scene.settings.inbound_owner = Some(builders::user());
    scene.provider.set_numbers(vec![number(900)]);
    let held = scene.provider.hold_next_dial();
    scene.start();
    scene.pass_seconds(1).await;
    held.fail(dialer_domain::telephony::TelephonyError::Refused { reason: "not this one".to_owned() });
    let call =
        LiveCall { from_digits: Some(number(500).digits().to_owned()), ..live("70", LiveState::Ringing, &scene) };
    scene.provider.set_live(vec![call]);
    scene.provider.next_dial_is("8");
    scene.pass(Duration::minutes(3)).await;
    let inbound = scene.calls().await.into_iter().filter(|call| call.direction == Direction::Inbound).count();
    assert_eq!(inbound, 1);
    assert!(scene.provider.placed().len() <= 2);
}
