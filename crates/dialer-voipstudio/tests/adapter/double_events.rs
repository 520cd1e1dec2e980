//! What the double's webhooks tell, as the adapter reads it.

use dialer_domain::telephony::{LegNews, LiveState, ProviderEvent, ProviderNews, RecordResult, Telephony};
use dialer_simulator::{Knobs, Legs, OutcomeShares, SimulatedWebhook};
use rstest::rstest;
use serde_json::Value;
use time::Duration;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::provider_double::{AGENT, Bench, CUSTOMER_RINGS, TALK, bench_with};
use crate::support::CUSTOMER_DIGITS;

/// A double that tells everything to a receiver.
async fn told(outcomes: OutcomeShares, turn: impl FnOnce(&mut Knobs)) -> (Bench, MockServer) {
    let receiver = MockServer::start().await;
    Mock::given(any()).respond_with(ResponseTemplate::new(200)).mount(&receiver).await;
    let bench = bench_with(outcomes, |settings| {
        settings.webhooks = vec![SimulatedWebhook::new(format!("{}/hook", receiver.uri()))];
        turn(&mut settings.knobs);
    });
    (bench, receiver)
}

/// Waits until the receiver was told of something that `last` knows, and reads all that it was told.
async fn events(bench: &Bench, receiver: &MockServer, last: fn(&ProviderNews) -> bool) -> Vec<ProviderEvent> {
    loop {
        let bodies = receiver.received_requests().await.unwrap();
        let bodies: Vec<Value> = bodies.iter().map(|request| serde_json::from_slice(&request.body).unwrap()).collect();
        let events: Vec<ProviderEvent> =
            bodies.iter().map(|body| bench.adapter.read_event(body).expect("every body is an event")).collect();
        if events.iter().any(|event| last(&event.news)) {
            return events;
        }
        tokio::task::yield_now().await;
    }
}

fn is_over(news: &ProviderNews) -> bool {
    matches!(news, ProviderNews::Leg(leg) if leg.last == Some(true))
}

fn legs(events: &[ProviderEvent]) -> Vec<&LegNews> {
    events.iter().filter_map(|event| if let ProviderNews::Leg(leg) = &event.news { Some(leg) } else { None }).collect()
}

#[rstest]
#[case::a_person(OutcomeShares::PERSON, RecordResult::Connected)]
#[case::nobody(OutcomeShares::NO_ANSWER, RecordResult::NoAnswer)]
#[case::busy(OutcomeShares::BUSY, RecordResult::Busy)]
#[case::no_such_number(OutcomeShares::INVALID_NUMBER, RecordResult::InvalidNumber)]
#[tokio::test]
async fn webhooks_tell_how_a_call_goes_and_ends(
    #[case] outcomes: OutcomeShares,
    #[case] result: RecordResult,
    #[values(false, true)] ids_as_strings: bool,
) {
    let (bench, receiver) = told(outcomes, |knobs| knobs.ids_as_strings = ids_as_strings).await;
    let call = bench.placed().await;
    bench.clock.advance(CUSTOMER_RINGS);
    bench.clock.advance(TALK + Duration::minutes(1));
    let events = events(&bench, &receiver, is_over).await;
    assert!(events.iter().all(|event| event.id.is_some() && event.at.is_some()));
    let legs = legs(&events);
    assert!(legs.iter().all(|leg| leg.leg == call || leg.root.as_ref() == Some(&call)));
    let end = legs.iter().find(|leg| leg.last == Some(true)).unwrap();
    assert_eq!((end.state, end.result), (LiveState::HangUp, Some(result)));
    assert_eq!(
        (end.to_digits.as_deref(), end.agent.as_ref().map(ToString::to_string)),
        (Some(CUSTOMER_DIGITS), Some(AGENT.to_owned()))
    );
    let connected = legs.iter().any(|leg| leg.state == LiveState::Connected);
    assert_eq!(connected, result == RecordResult::Connected);
}

#[tokio::test]
async fn legs_of_one_call_are_held_together_by_their_root() {
    let (bench, receiver) = told(OutcomeShares::PERSON, |knobs| knobs.live_legs = Legs::Two).await;
    let call = bench.placed().await;
    bench.clock.advance(CUSTOMER_RINGS);
    bench.clock.advance(TALK);
    let events = events(&bench, &receiver, is_over).await;
    let legs = legs(&events);
    let mut ids: Vec<_> = legs.iter().map(|leg| &leg.leg).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 2);
    assert!(legs.iter().all(|leg| leg.root.as_ref() == Some(&call)));
}

#[tokio::test]
async fn a_recording_that_is_ready_is_told_and_can_be_fetched() {
    let (bench, receiver) = told(OutcomeShares::PERSON, |knobs| knobs.recordings.on = true).await;
    bench.placed().await;
    bench.clock.advance(CUSTOMER_RINGS);
    bench.clock.advance(TALK);
    bench.clock.advance(Duration::minutes(1));
    let events = events(&bench, &receiver, |news| matches!(news, ProviderNews::RecordingReady { .. })).await;
    let (recording, call) = events
        .iter()
        .find_map(|event| match &event.news {
            ProviderNews::RecordingReady { recording, call } => Some((recording, call)),
            _ => None,
        })
        .unwrap();
    assert!(call.is_some());
    assert!(bench.adapter.recording(recording).await.unwrap().is_some());
    assert!(bench.adapter.recording_audio(recording).await.unwrap().is_some());
}
