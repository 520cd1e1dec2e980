use std::sync::Arc;

use dialer_app::Calls;
use dialer_domain::calls::{CallOutcome, CallPatch, CallStatus, Evidence};
use dialer_domain::telephony::{LiveState, RecordResult, TelephonyError};
use dialer_domain::{ContactStatus, Duration, Principal, Role};

use crate::scene::Scene;

fn lost() -> TelephonyError {
    TelephonyError::OutcomeUnknown { reason: "the connection broke".to_owned() }
}

#[tokio::test(start_paused = true)]
async fn a_call_whose_answer_was_lost_is_found_and_not_dialled_again() {
    let mut scene = Scene::with_contacts(1).await;
    scene.provider.next_dial_fails(lost());
    scene.start();
    scene.pass_seconds(2).await;
    let call = scene.calls().await.remove(0);
    assert_eq!((call.status, &call.provider_call_id), (CallStatus::Initiated, &None));
    scene.live(&call, "7", LiveState::Connected);
    scene.pass_seconds(12).await;
    assert_eq!(scene.calls().await[0].status, CallStatus::Answered);
    scene.over(&call, "7", RecordResult::Connected, 30);
    scene.pass(Duration::minutes(30)).await;
    let call = scene.calls().await.remove(0);
    assert_eq!((call.status, call.duration), (CallStatus::Completed, 30));
    assert_eq!(scene.provider.placed().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_without_any_trace_gives_the_attempt_back_within_the_bound() {
    let mut scene = Scene::with_contacts(1).await;
    scene.provider.next_dial_fails(lost());
    scene.start();
    let bound = scene.settings.answer_wait + scene.settings.record_wait;
    scene.pass(bound - Duration::seconds(5)).await;
    assert_eq!(scene.provider.placed().len(), 1, "not dialled again while the call may turn up");
    scene.pass_seconds(15).await;
    let call = scene.calls().await.remove(0);
    assert_eq!((call.outcome, call.evidence), (Some(CallOutcome::NotPlaced), Some(Evidence::Bound)));
    let contact = scene.contacts().await.remove(0);
    assert_eq!((contact.status, contact.attempts), (ContactStatus::Pending, 0));
    scene.pass(Duration::minutes(2)).await;
    assert_eq!(scene.provider.placed().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_left_no_record_is_closed_within_the_bound_and_a_late_record_corrects_it() {
    let mut scene = Scene::with_contacts(1).await;
    scene.provider.next_dial_is("7");
    scene.start();
    scene.pass(Duration::minutes(3)).await;
    let closed = scene.calls().await.remove(0);
    assert_eq!((closed.status, closed.evidence), (CallStatus::Failed, Some(Evidence::Bound)));
    scene.over(&closed, "7", RecordResult::Connected, 25);
    scene.pass(Duration::minutes(2)).await;
    let corrected = scene.calls().await.remove(0);
    assert_eq!((corrected.status, corrected.duration), (CallStatus::Completed, 25));
    scene.pass(Duration::hours(2)).await;
    assert_eq!(scene.provider.placed().len(), 1, "somebody who talked is not called again");
    assert_eq!(scene.contacts().await[0].status, ContactStatus::Completed);
}

#[tokio::test(start_paused = true)]
async fn a_call_without_a_trace_is_corrected_by_a_record_that_comes_after_the_bound() {
    let mut scene = Scene::with_contacts(1).await;
    scene.provider.next_dial_fails(lost());
    scene.start();
    scene.pass(scene.settings.answer_wait + scene.settings.record_wait + Duration::seconds(10)).await;
    let closed = scene.calls().await.remove(0);
    assert_eq!((closed.outcome, closed.evidence), (Some(CallOutcome::NotPlaced), Some(Evidence::Bound)));
    scene.over(&closed, "7", RecordResult::Connected, 25);
    scene.pass(Duration::minutes(2)).await;
    let corrected = scene.calls().await.remove(0);
    assert_eq!(corrected.provider_call_id.map(|id| id.to_string()).as_deref(), Some("7"));
    assert_eq!((corrected.status, corrected.duration), (CallStatus::Completed, 25));
    assert_eq!(corrected.evidence, Some(Evidence::Record));
}

#[tokio::test(start_paused = true)]
async fn a_killed_engine_s_dial_is_found_by_the_next_one() {
    let mut scene = Scene::with_contacts(1).await;
    let held = scene.provider.hold_next_dial();
    scene.start();
    scene.pass_seconds(2).await;
    scene.kill().await;
    drop(held);
    let call = scene.calls().await.remove(0);
    scene.live(&call, "7", LiveState::Ringing);
    scene.start();
    scene.pass_seconds(30).await;
    let found = scene.calls().await.remove(0);
    assert_eq!(found.provider_call_id.map(|id| id.to_string()).as_deref(), Some("7"));
    assert_eq!(scene.provider.placed().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_engine_that_is_asked_to_stop_waits_for_the_answer_to_its_dial() {
    let mut scene = Scene::with_contacts(2).await;
    let held = scene.provider.hold_next_dial();
    scene.start();
    scene.pass_seconds(2).await;
    let clock = scene.clock.clone();
    tokio::spawn(async move {
        dialer_domain::Clock::sleep(&clock, Duration::seconds(4)).await;
        held.take("7");
    });
    scene.stop().await;
    assert_eq!(scene.calls().await[0].status, CallStatus::Ringing);
    assert_eq!(scene.provider.placed().len(), 1, "nothing more is claimed while stopping");
}

#[tokio::test(start_paused = true)]
async fn a_call_that_rings_longer_than_the_bound_is_left_alone_while_the_provider_lists_it() {
    let mut scene = Scene::with_contacts(1).await;
    scene.provider.next_dial_is("7");
    scene.start();
    scene.pass_seconds(1).await;
    let call = scene.calls().await.remove(0);
    scene.live(&call, "7", LiveState::Ringing);
    scene.pass(Duration::hours(1)).await;
    assert_eq!(scene.calls().await[0].status, CallStatus::Ringing);
}

#[tokio::test(start_paused = true)]
async fn whoever_is_said_to_be_over_is_not_called_again_while_the_phone_still_rings() {
    let mut scene = Scene::with_contacts(1).await;
    scene.provider.next_dial_is("7");
    scene.start();
    scene.pass_seconds(2).await;
    let call = scene.calls().await.remove(0);
    scene.live(&call, "7", LiveState::Ringing);
    let owner = Principal { user: scene.campaign.user_id, role: Role::Supervisor };
    let ports = scene.ports(Arc::new(scene.provider.clone()));
    let busy = CallPatch { status: Some(CallStatus::Busy), ..CallPatch::default() };
    let told = Calls::new(ports, scene.handle.clone(), None, None).change(owner, call.id, busy).await.unwrap();
    assert_eq!((told.status, told.unconfirmed), (CallStatus::Busy, true));
    scene.pass(scene.campaign.retry_interval + Duration::hours(1)).await;
    assert_eq!(scene.provider.placed().len(), 1, "the phone still rings");
    assert_eq!(scene.contacts().await[0].status, ContactStatus::Calling);
    scene.over(&call, "7", RecordResult::NoAnswer, 0);
    scene.pass_seconds(30).await;
    let over = scene.calls().await.remove(0);
    assert_eq!((over.status, over.evidence, over.unconfirmed), (CallStatus::NoAnswer, Some(Evidence::Record), false));
    assert_eq!(scene.provider.placed().len(), 2, "the wait between attempts was over long before");
}

#[tokio::test(start_paused = true)]
async fn a_reported_end_of_which_the_provider_leaves_no_record_stands() {
    let mut scene = Scene::with_contacts(1).await;
    scene.provider.next_dial_is("7");
    scene.start();
    scene.pass_seconds(2).await;
    let call = scene.calls().await.remove(0);
    let owner = Principal { user: scene.campaign.user_id, role: Role::Supervisor };
    let ports = scene.ports(Arc::new(scene.provider.clone()));
    let done = CallPatch { status: Some(CallStatus::Completed), duration: Some(40), ..CallPatch::default() };
    Calls::new(ports, scene.handle.clone(), None, None).change(owner, call.id, done).await.unwrap();
    scene.pass(scene.settings.record_wait + Duration::minutes(1)).await;
    let over = scene.calls().await.remove(0);
    assert_eq!((over.status, over.duration, over.unconfirmed), (CallStatus::Completed, 40, false));
    assert_eq!(scene.contacts().await[0].status, ContactStatus::Completed);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_the_provider_lists_for_ever_is_hung_up_and_then_taken_for_over() {
    let mut scene = Scene::with_contacts(1).await;
    scene.provider.next_dial_is("7");
    scene.start();
    scene.pass_seconds(2).await;
    let call = scene.calls().await.remove(0);
    scene.live(&call, "7", LiveState::Connected);
    scene.pass(scene.settings.longest_call - Duration::minutes(1)).await;
    assert_eq!(scene.provider.hung_up(), []);
    scene.pass(Duration::minutes(2)).await;
    assert!(!scene.provider.hung_up().is_empty());
    scene.pass(scene.settings.record_wait + Duration::seconds(10)).await;
    let over = scene.calls().await.remove(0);
    assert_eq!((over.status, over.evidence), (CallStatus::Completed, Some(Evidence::Bound)));
}
