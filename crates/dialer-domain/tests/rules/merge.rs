use dialer_domain::calls::causes::CauseCode;
use dialer_domain::calls::merge::{CallEvent, Ending, assume_ended, merge, patch};
use dialer_domain::calls::{CallPatch, CallPatchError, Evidence};
use dialer_domain::{Call, CallOutcome, CallStatus, Duration, OffsetDateTime};
use dialer_testkit::builders::{T0, answered, call, ended, placed};
use proptest::prelude::*;
use rstest::rstest;

fn at(seconds: i64) -> OffsetDateTime {
    T0 + Duration::seconds(seconds)
}

fn record(outcome: CallOutcome, end: i64, talk: u32) -> CallEvent {
    CallEvent::Ended(Ending {
        outcome,
        evidence: Evidence::Record,
        at: at(end),
        answered_at: None,
        talk_seconds: Some(talk),
        cause: Some("Normal Clearing".to_owned()),
        cause_code: Some(CauseCode::of_end(outcome, None)),
    })
}

fn after(call: &Call, events: &[CallEvent]) -> Call {
    events.iter().fold(call.clone(), |call, event| merge(&call, event).unwrap_or(call))
}

#[test]
fn a_call_goes_from_initiated_to_completed_with_its_talk_time() {
    let done = after(&call().build(), &[placed("7", at(5)), answered(at(20)), record(CallOutcome::Completed, 110, 90)]);
    assert_eq!(done.status, CallStatus::Completed);
    assert_eq!((done.duration, done.answered_at, done.ended_at), (90, Some(at(20)), Some(at(110))));
    assert_eq!(done.cause.as_deref(), Some("Normal Clearing"));
}

#[test]
fn a_record_alone_tells_when_the_answer_was() {
    let done = after(&call().build(), &[placed("7", at(5)), record(CallOutcome::Completed, 110, 90)]);
    assert_eq!(done.answered_at, Some(at(20)));
}

#[rstest]
#[case(CallOutcome::Busy, CallStatus::Busy)]
#[case(CallOutcome::NoAnswer, CallStatus::NoAnswer)]
#[case(CallOutcome::Canceled, CallStatus::Canceled)]
#[case(CallOutcome::InvalidNumber, CallStatus::Failed)]
#[case(CallOutcome::Refused, CallStatus::Failed)]
#[case(CallOutcome::NotPlaced, CallStatus::Failed)]
fn each_outcome_has_its_status_and_no_talk_time(#[case] outcome: CallOutcome, #[case] status: CallStatus) {
    let done = after(&call().build(), &[placed("7", at(5)), record(outcome, 30, 0)]);
    assert_eq!((done.status, done.duration, done.answered_at), (status, 0, None));
    assert_eq!(done.outcome, Some(outcome));
}

#[test]
fn news_of_an_answer_that_comes_after_the_end_changes_nothing() {
    let done = after(&call().build(), &[placed("7", at(5)), record(CallOutcome::NoAnswer, 30, 0)]);
    assert_eq!(merge(&done, &answered(at(20))), None);
    assert_eq!(merge(&done, &CallEvent::Gone { at: at(40) }), None);
}

#[test]
fn somebody_seen_talking_was_reached_whatever_a_later_record_says() {
    let done = after(&call().build(), &[placed("7", at(5)), answered(at(20)), record(CallOutcome::NoAnswer, 80, 0)]);
    assert_eq!((done.status, done.duration), (CallStatus::Completed, 60));
}

#[test]
fn a_record_corrects_an_end_that_was_only_assumed_and_not_the_other_way_round() {
    let gone = after(&call().build(), &[placed("7", at(5)), CallEvent::Gone { at: at(40) }]);
    let assumed = after(&gone, &[assume_ended(&gone, at(160))]);
    assert_eq!((assumed.status, assumed.ended_at), (CallStatus::Failed, Some(at(40))));
    let corrected = after(&assumed, &[record(CallOutcome::Completed, 38, 18)]);
    assert_eq!((corrected.status, corrected.duration), (CallStatus::Completed, 18));
    assert_eq!(merge(&corrected, &assume_ended(&gone, at(300))), None);
}

#[test]
fn an_end_is_assumed_by_how_far_the_call_had_come() {
    let outcome = |call: &Call| after(call, &[assume_ended(call, at(300))]).outcome;
    let written = call().build();
    let named = after(&written, &[placed("7", at(5))]);
    let talking = after(&named, &[answered(at(20))]);
    assert_eq!(outcome(&written), Some(CallOutcome::NotPlaced));
    assert_eq!(outcome(&named), Some(CallOutcome::Failed));
    assert_eq!(outcome(&talking), Some(CallOutcome::Completed));
}

#[test]
fn a_provider_s_second_name_for_a_call_is_not_taken() {
    let named = after(&call().build(), &[placed("7", at(5))]);
    assert_eq!(merge(&named, &placed("8", at(6))), None);
}

#[test]
fn a_client_may_report_the_end_of_a_call_and_add_notes() {
    let ringing = after(&call().build(), &[placed("7", at(5))]);
    let change = CallPatch {
        status: Some(CallStatus::Completed),
        duration: Some(42),
        ended_at: Some(at(100)),
        notes: Some(Some("asked for a brochure".to_owned())),
        ..CallPatch::default()
    };
    let done = patch(&ringing, &change, at(120)).unwrap();
    assert_eq!((done.status, done.duration, done.ended_at), (CallStatus::Completed, 42, Some(at(100))));
    assert_eq!(done.answered_at, Some(at(58)));
    assert_eq!(done.notes.as_deref(), Some("asked for a brochure"));
}

#[rstest]
#[case(CallStatus::Ringing)]
#[case(CallStatus::Answered)]
#[case(CallStatus::Initiated)]
#[case(CallStatus::Completed)]
fn a_call_that_is_over_does_not_come_alive_again(#[case] to: CallStatus) {
    let done = after(&call().build(), &[placed("7", at(5)), record(CallOutcome::NoAnswer, 30, 0)]);
    let change = CallPatch { status: Some(to), ..CallPatch::default() };
    assert_eq!(patch(&done, &change, at(60)), Err(CallPatchError::Transition { from: CallStatus::NoAnswer, to }));
}

#[test]
fn an_end_before_the_start_is_refused() {
    let done = after(&call().build(), &[placed("7", at(5)), record(CallOutcome::Completed, 60, 30)]);
    let change = CallPatch { ended_at: Some(at(-1)), ..CallPatch::default() };
    assert_eq!(patch(&done, &change, at(60)), Err(CallPatchError::Times { field: "ended_at" }));
}

fn any_event() -> impl Strategy<Value = CallEvent> {
    let outcome = (0..CallOutcome::ALL.len()).prop_map(|n| CallOutcome::ALL[n]);
    let evidence = (0..Evidence::ALL.len()).prop_map(|n| Evidence::ALL[n]);
    prop_oneof![
        (0..3_u8, 0..200_i64).prop_map(|(id, s)| placed(&id.to_string(), at(s))),
        (0..200_i64).prop_map(|s| answered(at(s))),
        (0..200_i64).prop_map(|s| CallEvent::Gone { at: at(s) }),
        (outcome.clone(), evidence, 0..200_i64).prop_map(|(outcome, evidence, s)| ended(outcome, evidence, at(s))),
        (outcome, 0..200_i64, 0..100_u32).prop_map(|(outcome, s, talk)| record(outcome, s, talk)),
    ]
}

fn rank(status: CallStatus) -> u8 {
    match status {
        CallStatus::Initiated => 0,
        CallStatus::Ringing => 1,
        CallStatus::Answered => 2,
        _ => 3,
    }
}

proptest! {
    #[test]
    fn whatever_the_news_a_call_only_moves_forward(events in prop::collection::vec(any_event(), 0..20)) {
        let mut known = call().build();
        for event in &events {
            let Some(next) = merge(&known, event) else { continue };
            prop_assert!(rank(next.status) >= rank(known.status));
            prop_assert!(next.evidence >= known.evidence);
            if known.outcome == Some(CallOutcome::Completed) {
                prop_assert_eq!(next.outcome, Some(CallOutcome::Completed));
            }
            known = next;
        }
        prop_assert_eq!(known.status.is_final(), known.outcome.is_some());
        prop_assert_eq!(known.status.is_final(), known.ended_at.is_some());
        if let (Some(answered), Some(ended)) = (known.answered_at, known.ended_at) {
            prop_assert!(known.started_at <= answered && answered <= ended);
        }
    }

    #[test]
    fn the_same_news_twice_is_the_same_as_once(events in prop::collection::vec(any_event(), 0..12)) {
        let once = after(&call().build(), &[]);
        let mut one = once.clone();
        let mut two = once;
        for event in &events {
            one = merge(&one, event).unwrap_or(one);
            two = merge(&two, event).unwrap_or(two);
            prop_assert_eq!(merge(&two, event), None);
        }
        prop_assert_eq!(Call { id: one.id, ..two }, one);
    }
}
