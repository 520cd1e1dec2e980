use dialer_domain::calls::causes::CauseCode;
use dialer_domain::calls::store::CallStore;
use dialer_domain::calls::{CallOutcome, CallPatch, CallStatus};
use dialer_domain::contacts::ClosedReason;
use dialer_domain::contacts::store::ContactStore;
use dialer_domain::events::{EventKind, EventLog};
use dialer_domain::rules::RuleBook;
use dialer_domain::suppression::SuppressionStore;
use dialer_domain::telephony::{AgentLine, LiveState, RecordResult};
use dialer_domain::{CampaignStatus, ContactStatus, DialingMode, Duration, PhoneNumber, Scope};
use dialer_testkit::builders::{T0, campaign, contact, suppression};
use dialer_testkit::stores::StoreHarness;
use rstest::rstest;

use crate::scene::Scene;

#[tokio::test(start_paused = true)]
async fn a_contact_is_dialled_followed_and_settled_by_the_provider_s_record() {
    let mut scene = Scene::with_contacts(1).await;
    scene.provider.next_dial_is("7");
    scene.start();
    scene.pass_seconds(2).await;
    let call = scene.calls().await.remove(0);
    assert_eq!((call.status, call.attempt), (CallStatus::Ringing, Some(1)));
    scene.live(&call, "7", LiveState::Connected);
    scene.pass_seconds(6).await;
    assert_eq!(scene.calls().await[0].status, CallStatus::Answered);
    scene.over(&call, "7", RecordResult::Connected, 60);
    scene.pass_seconds(12).await;
    let call = scene.calls().await.remove(0);
    assert_eq!((call.status, call.duration), (CallStatus::Completed, 60));
    let contact = scene.contacts().await.remove(0);
    assert_eq!((contact.status, contact.closed_reason), (ContactStatus::Completed, Some(ClosedReason::Reached)));
    assert_eq!(scene.campaign_now().await.status, CampaignStatus::Completed);
}

#[tokio::test(start_paused = true)]
async fn an_agent_has_one_call_at_a_time_and_wraps_up_after_a_conversation() {
    let mut scene = Scene::with_contacts(2).await;
    scene.settings.wrap_up = Duration::minutes(5);
    scene.provider.next_dial_is("7");
    scene.start();
    scene.pass_seconds(2).await;
    let first = scene.calls().await.remove(0);
    scene.live(&first, "7", LiveState::Connected);
    scene.pass_seconds(120).await;
    assert_eq!(scene.provider.placed().len(), 1);
    scene.over(&first, "7", RecordResult::Connected, 100);
    scene.pass_seconds(12).await;
    let ended = scene.calls().await.remove(0);
    assert_eq!(ended.status, CallStatus::Completed);
    let wrapped_up = ended.ended_at.unwrap() + Duration::minutes(5);
    scene.pass(wrapped_up - scene.now() - Duration::SECOND).await;
    assert_eq!(scene.provider.placed().len(), 1);
    scene.pass_seconds(3).await;
    assert_eq!(scene.provider.placed().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn an_unsuccessful_attempt_is_repeated_after_the_interval_up_to_the_cap() {
    let list = campaign().active().max_attempts(2).retry_interval(Duration::minutes(10)).build();
    let mut scene = Scene::of(list, 1).await;
    scene.start();
    scene.pass_seconds(2).await;
    let first = scene.calls().await.remove(0);
    scene.over(&first, "scripted-1", RecordResult::NoAnswer, 0);
    scene.pass(Duration::minutes(9)).await;
    assert_eq!(scene.provider.placed().len(), 1);
    scene.pass(Duration::minutes(2)).await;
    let second = scene.calls().await.remove(1);
    assert_eq!(second.attempt, Some(2));
    scene.over(&second, "scripted-2", RecordResult::NoAnswer, 0);
    scene.pass(Duration::hours(2)).await;
    assert_eq!(scene.provider.placed().len(), 2);
    let contact = scene.contacts().await.remove(0);
    assert_eq!((contact.attempts, contact.closed_reason), (2, Some(ClosedReason::AttemptsExhausted)));
    assert_eq!(scene.campaign_now().await.status, CampaignStatus::Completed);
}

#[tokio::test(start_paused = true)]
async fn nobody_is_called_outside_the_active_hours_and_dialling_begins_with_them() {
    let mut scene = Scene::with_contacts(1).await;
    scene.pass(Duration::hours(8)).await; // 18:00, an hour after the end
    scene.start();
    scene.pass(Duration::hours(14) + Duration::minutes(59)).await; // 08:59
    assert!(scene.provider.placed().is_empty());
    scene.pass(Duration::minutes(2)).await;
    assert_eq!(scene.provider.placed().len(), 1);
    assert!(scene.calls().await[0].started_at >= T0 + Duration::hours(23));
}

#[rstest]
#[case(DialingMode::Manual)]
#[case(DialingMode::Preview)]
#[tokio::test(start_paused = true)]
async fn modes_in_which_the_agent_dials_never_dial_by_themselves(#[case] mode: DialingMode) {
    let mut scene = Scene::of(campaign().active().mode(mode).build(), 3).await;
    scene.start();
    scene.pass(Duration::minutes(30)).await;
    assert!(scene.provider.placed().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_number_suppressed_while_it_waits_is_not_called() {
    let mut scene = Scene::with_contacts(2).await;
    scene.start();
    scene.pass_seconds(2).await;
    let (called, waiting) = {
        let contacts = scene.contacts().await;
        (contacts[0].clone(), contacts[1].clone())
    };
    assert_eq!(called.status, ContactStatus::Calling);
    let entry = suppression(scene.campaign.user_id, &waiting.person.phone_number);
    scene.store.suppress(&entry).await.unwrap();
    let first = scene.calls().await.remove(0);
    scene.over(&first, "scripted-1", RecordResult::Busy, 0);
    scene.pass(Duration::minutes(2)).await;
    assert_eq!(scene.provider.placed().len(), 1);
    assert_eq!(scene.contact(waiting.id).await.status, ContactStatus::DoNotCall);
}

#[tokio::test(start_paused = true)]
async fn a_do_not_call_that_arrives_between_the_claim_and_the_dial_wins() {
    let mut scene = Scene::with_contacts(1).await;
    scene.provider.hold_turns(true);
    scene.start();
    scene.pass_seconds(3).await;
    let claimed = scene.calls().await.remove(0);
    assert_eq!(claimed.status, CallStatus::Initiated);
    scene.store.suppress(&suppression(scene.campaign.user_id, &claimed.to_number)).await.unwrap();
    scene.provider.hold_turns(false);
    scene.pass(Duration::minutes(5)).await;
    assert!(scene.provider.placed().is_empty());
    let call = scene.calls().await.remove(0);
    assert_eq!((call.outcome, call.cause_code), (Some(CallOutcome::NotPlaced), Some(CauseCode::Suppressed)));
    let contact = scene.contacts().await.remove(0);
    assert_eq!((contact.status, contact.attempts), (ContactStatus::DoNotCall, 0));
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_ended_before_its_turn_comes_is_not_placed() {
    let mut scene = Scene::with_contacts(1).await;
    scene.provider.hold_turns(true);
    scene.start();
    scene.pass_seconds(3).await;
    let claimed = scene.calls().await.remove(0);
    let canceled = CallPatch { status: Some(CallStatus::Canceled), ..CallPatch::default() };
    CallStore::patch(&scene.store, Scope::Service, claimed.id, &canceled, scene.now()).await.unwrap();
    scene.provider.hold_turns(false);
    scene.pass_seconds(1).await;
    let call = CallStore::get(&scene.store, Scope::Service, claimed.id).await.unwrap().unwrap();
    assert_eq!((call.outcome, call.unconfirmed), (Some(CallOutcome::NotPlaced), false));
    assert!(scene.provider.placed().iter().all(|dial| dial.paced), "whoever was placed since had a turn of its own");
}

#[tokio::test(start_paused = true)]
async fn a_paused_campaign_dials_nobody_and_its_live_call_goes_on() {
    let mut scene = Scene::with_contacts(3).await;
    scene.start();
    scene.pass_seconds(2).await;
    let first = scene.calls().await.remove(0);
    scene.live(&first, "scripted-1", LiveState::Connected);
    let paused = scene.campaign_now().await.halted("for the test", scene.now());
    dialer_domain::campaigns::store::CampaignStore::save(&scene.store, dialer_domain::Scope::Service, &paused)
        .await
        .unwrap();
    scene.pass_seconds(60).await;
    scene.over(&first, "scripted-1", RecordResult::Connected, 40);
    scene.pass(Duration::minutes(5)).await;
    assert_eq!(scene.provider.placed().len(), 1);
    assert_eq!(scene.calls().await[0].status, CallStatus::Completed);
}

#[tokio::test(start_paused = true)]
async fn agents_share_the_campaigns_and_each_gets_calls() {
    let mut scene = Scene::with_contacts(4).await;
    scene.settings.agents = ["agent-1", "agent-2", "agent-2", "agent-3"].map(AgentLine::new).to_vec();
    scene.start();
    scene.pass_seconds(3).await;
    let mut agents: Vec<_> = scene.provider.placed().into_iter().filter_map(|dial| dial.agent).collect();
    agents.sort();
    assert_eq!(agents, ["agent-1", "agent-2", "agent-3"].map(AgentLine::new));
}

#[tokio::test(start_paused = true)]
async fn contacts_whose_place_allows_no_call_now_keep_nobody_else_waiting() {
    let mut scene = Scene::with_contacts(0).await;
    scene.store.shelf().replace(RuleBook::shipped());
    let person = |number: &str| {
        let number = PhoneNumber::parse(number, None).unwrap();
        contact(scene.campaign.id).number(number).build()
    };
    // Five in the morning in New York, ten in London.
    let mut list: Vec<_> = (0..150).map(|n| person(&format!("+1212555{n:04}"))).collect();
    list.push(person("+442079460001"));
    scene.store.import(Scope::Service, scene.campaign.id, list).await.unwrap();
    scene.start();
    scene.pass_seconds(3).await;
    let placed: Vec<String> = scene.provider.placed().iter().map(|dial| dial.to.as_e164().to_owned()).collect();
    assert_eq!(placed, ["+442079460001"]);
}

#[tokio::test(start_paused = true)]
async fn that_a_predictive_campaign_is_not_dialled_ahead_is_written_down_once() {
    let mut scene = Scene::of(campaign().active().mode(DialingMode::Predictive).build(), 2).await;
    scene.start();
    scene.pass(Duration::minutes(1)).await;
    let events = scene.store.since(Scope::Service, 0, 500).await.unwrap();
    let clamped: Vec<_> = events.iter().filter(|row| row.event.kind == EventKind::CampaignClamped).collect();
    assert_eq!(clamped.len(), 1);
    assert_eq!(clamped[0].event.data["why"], "provider_places_no_calls_ahead");
}
