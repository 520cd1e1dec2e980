use dialer_domain::calls::causes::CauseCode;
use dialer_domain::calls::merge::{CallEvent, Ending, assume_ended, merge};
use dialer_domain::events::{Event, EventKind};
use dialer_domain::explain::{Actor, explain_call};
use dialer_domain::queue::call_event;
use dialer_domain::telephony::{RecordResult, TelephonyError};
use dialer_domain::{Call, CallOutcome, Duration};
use dialer_testkit::builders::{T0, answered, call, placed, record};
use rstest::rstest;

/// A call and what the log says of it after each piece of news.
fn lived(news: &[CallEvent]) -> (Call, Vec<Event>) {
    let mut call = call().build();
    let mut events = vec![call_event(&call, EventKind::CallInitiated, T0)];
    for event in news {
        let before = call.clone();
        call = merge(&before, event).unwrap_or(before.clone());
        events.extend(dialer_domain::queue::settle(&before, &call, None, T0).events);
    }
    (call, events.into_iter().zip(1..).map(|(event, seq)| Event { seq, event }).collect())
}

fn refusal(error: &TelephonyError) -> CallEvent {
    Ending::never_left(CallOutcome::NotPlaced, T0, error)
}

fn reason(text: &str) -> String {
    text.to_owned()
}

#[rstest]
#[case(TelephonyError::Unauthorized { reason: reason("HTTP 401") }, CauseCode::Credentials, "API key")]
#[case(TelephonyError::Misconfigured { reason: reason("HTTP 402") }, CauseCode::Balance, "top up")]
#[case(TelephonyError::Refused { reason: reason("HTTP 400, to: no") }, CauseCode::NumberRefused, "provider")]
#[case(TelephonyError::AgentUnreachable { reason: reason("HTTP 412") }, CauseCode::AgentPhone, "pick up")]
#[case(
    TelephonyError::Throttled { reason: reason("HTTP 429"), retry_after: None }, CauseCode::Throttled, "requests_per_minute"
)]
#[case(TelephonyError::Unavailable { reason: reason("refused") }, CauseCode::Unreachable, "network")]
fn a_call_that_was_not_placed_says_why_and_what_to_do(
    #[case] error: TelephonyError,
    #[case] code: CauseCode,
    #[case] advice: &str,
) {
    let (call, events) = lived(&[refusal(&error)]);
    let told = explain_call(&call, &events);
    assert_eq!(told.verdict.cause, Some(code));
    assert!(code.advice().unwrap().contains(advice));
    assert_eq!(told.verdict.told.as_deref(), Some(error.to_string().as_str()), "the provider's own words are kept");
    assert!(told.steps[1].words.contains(code.meaning()), "{:?}", told.steps[1]);
}

#[test]
fn a_conversation_is_told_step_by_step() {
    let (mut call, _) = lived(&[]);
    let connected = record("7", RecordResult::Connected, T0);
    let over = dialer_domain::telephony::CallRecord {
        to_digits: Some(call.to_number.digits().to_owned()),
        talk_seconds: 60,
        total_seconds: 90,
        cause: Some("Normal Clearing".to_owned()),
        ..connected
    };
    let mut events = vec![call_event(&call, EventKind::CallInitiated, T0)];
    let steps = [placed("7", T0), answered(T0 + Duration::seconds(30))];
    for event in &steps {
        let before = call.clone();
        call = merge(&before, event).unwrap();
        events.extend(dialer_domain::queue::settle(&before, &call, None, T0).events);
    }
    let end = dialer_domain::calls::evidence::read_records(&call, &[over]).unwrap();
    let before = call.clone();
    call = merge(&before, &end).unwrap();
    events.extend(dialer_domain::queue::settle(&before, &call, None, T0).events);
    let log: Vec<Event> = events.into_iter().zip(1..).map(|(event, seq)| Event { seq, event }).collect();

    let told = explain_call(&call, &log);
    let by: Vec<Actor> = told.steps.iter().map(|step| step.by).collect();
    assert_eq!(by, [Actor::Engine, Actor::Provider, Actor::Provider, Actor::Provider]);
    assert_eq!((told.verdict.cause, told.verdict.over), (Some(CauseCode::HungUp), true));
    assert!(told.verdict.words.contains("60 s"), "{}", told.verdict.words);
    assert!(told.verdict.evidence.unwrap().contains("record"));
}

#[test]
fn an_assumed_end_says_that_it_is_assumed() {
    let (call, events) = lived(&[]);
    let end = assume_ended(&call, T0 + Duration::HOUR);
    let (over, mut log) = (merge(&call, &end).unwrap(), events);
    let ended = call_event(&over, EventKind::CallEnded, T0 + Duration::HOUR);
    log.push(Event { seq: 2, event: ended });
    let told = explain_call(&over, &log);
    assert_eq!(told.verdict.cause, Some(CauseCode::AnswerLost));
    assert!(told.verdict.evidence.unwrap().starts_with("assumed"));
    assert_eq!(told.steps[1].by, Actor::Engine, "nobody told it");
}

#[test]
fn a_live_call_says_how_far_it_is_and_that_a_lost_answer_holds_the_contact() {
    let (call, events) = lived(&[]);
    let told = explain_call(&call, &events).verdict;
    assert!(!told.over && told.words.contains("nobody calls this contact"), "{}", told.words);
    let (ringing, events) = lived(&[placed("7", T0)]);
    assert!(explain_call(&ringing, &events).verdict.words.contains("rings"));
}

#[test]
fn whoever_was_seen_talking_was_not_busy() {
    let (mut call, _) = lived(&[placed("7", T0), answered(T0)]);
    let busy = Ending {
        outcome: CallOutcome::Busy,
        evidence: dialer_domain::calls::Evidence::Record,
        at: T0,
        answered_at: None,
        talk_seconds: None,
        cause: None,
        cause_code: Some(CauseCode::Busy),
    };
    call = merge(&call, &CallEvent::Ended(busy)).unwrap();
    assert_eq!((call.outcome, call.cause_code), (Some(CallOutcome::Completed), Some(CauseCode::HungUp)));
}
