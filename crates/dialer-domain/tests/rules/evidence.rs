use std::collections::BTreeSet;

use dialer_domain::calls::evidence::{find_lost, read_live, read_lost_records, read_records};
use dialer_domain::calls::merge::CallEvent;
use dialer_domain::telephony::{AgentLine, CallRecord, LiveCall, LiveState, ProviderCallId, RecordResult};
use dialer_domain::{Call, CallOutcome, Duration};
use dialer_testkit::builders::{T0, call};

fn id(text: &str) -> ProviderCallId {
    ProviderCallId::new(text)
}

fn leg(id_text: &str, state: LiveState, to: &Call) -> LiveCall {
    LiveCall {
        id: id(id_text),
        parent: None,
        state,
        direction: None,
        from_digits: None,
        agent: to.agent.clone(),
        to_digits: Some(to.to_number.digits().to_owned()),
        started_at: Some(T0),
        connected_at: None,
    }
}

fn record(of: &str, to_digits: &str, result: RecordResult, talk_seconds: u32) -> CallRecord {
    CallRecord {
        id: format!("r{of}{to_digits}"),
        call_ids: vec![id(of)],
        direction: None,
        from_digits: None,
        agent: Some(AgentLine::new("agent-1")),
        to_digits: Some(to_digits.to_owned()),
        result,
        started_at: T0,
        total_seconds: 60,
        talk_seconds,
        cause: None,
    }
}

const LATER: Duration = Duration::seconds(30);

#[test]
fn a_connected_leg_means_that_the_customer_answered() {
    let call = call().placed("7").build();
    let connected = LiveCall { connected_at: Some(T0 + Duration::SECOND), ..leg("7", LiveState::Connected, &call) };
    let event = read_live(&call, &[connected], T0 + LATER);
    assert_eq!(event, Some(CallEvent::Answered { at: T0 + Duration::SECOND }));
}

#[test]
fn a_connected_child_leg_counts_for_its_parent() {
    let call = call().placed("7").build();
    let child = LiveCall { parent: Some(id("7")), ..leg("9", LiveState::OnHold, &call) };
    assert!(matches!(read_live(&call, &[child], T0 + LATER), Some(CallEvent::Answered { .. })));
}

#[test]
fn a_ringing_leg_and_an_unknown_state_tell_nothing_new() {
    let call = call().placed("7").build();
    for state in [LiveState::Initial, LiveState::Ringing, LiveState::Unknown] {
        assert_eq!(read_live(&call, &[leg("7", state, &call)], T0 + LATER), None);
    }
}

#[test]
fn a_call_that_is_not_listed_any_more_is_gone() {
    let call = call().placed("7").build();
    let of_another_agent = LiveCall { agent: Some(AgentLine::new("agent-2")), ..leg("8", LiveState::Ringing, &call) };
    let to_another_number = LiveCall { to_digits: Some("12025550199".into()), ..leg("9", LiveState::Ringing, &call) };
    let of_nobody = LiveCall { agent: None, ..leg("10", LiveState::Ringing, &call) };
    let others = [of_another_agent, to_another_number, of_nobody];
    assert_eq!(read_live(&call, &others, T0 + LATER), Some(CallEvent::Gone { at: T0 + LATER }));
}

#[test]
fn a_call_that_is_listed_under_another_id_is_not_taken_for_over() {
    let call = call().placed("7").build();
    let ringing = leg("8", LiveState::Ringing, &call);
    assert_eq!(read_live(&call, std::slice::from_ref(&ringing), T0 + LATER), None);
    let connected = LiveCall { state: LiveState::Connected, ..ringing };
    assert!(matches!(read_live(&call, &[connected], T0 + LATER), Some(CallEvent::Answered { .. })));
}

#[test]
fn a_list_asked_for_before_the_call_was_placed_proves_nothing() {
    let call = call().placed("7").build();
    assert_eq!(read_live(&call, &[], T0), None);
}

#[test]
fn of_two_records_the_customer_s_leg_decides() {
    let call = call().placed("7").build();
    let agent_leg = record("7", "10021", RecordResult::Connected, 55);
    let customer_leg = record("7", call.to_number.digits(), RecordResult::NoAnswer, 0);
    assert_eq!(read_records(&call, std::slice::from_ref(&agent_leg)), None);
    let Some(CallEvent::Ended(ending)) = read_records(&call, &[agent_leg, customer_leg]) else {
        panic!("the customer's leg was recorded");
    };
    assert_eq!((ending.outcome, ending.answered_at), (CallOutcome::NoAnswer, None));
}

fn gone() -> Call {
    let call = call().placed("7").build();
    Call { gone_at: Some(T0 + LATER), ..call }
}

#[test]
fn a_record_of_another_call_to_the_same_number_is_not_ours() {
    let call = gone();
    let other = record("8", call.to_number.digits(), RecordResult::Busy, 0);
    let by_another = CallRecord { agent: Some(AgentLine::new("agent-2")), ..other.clone() };
    let by_nobody = CallRecord { agent: None, ..other.clone() };
    let before = CallRecord { started_at: T0 - Duration::minutes(1), ..other.clone() };
    let after = CallRecord { started_at: T0 + Duration::minutes(1), ..other.clone() };
    for record in [by_another, by_nobody, before, after] {
        assert_eq!(read_records(&call, &[record]), None);
    }
    let still_on = dialer_testkit::builders::call().placed("7").build();
    let other = record("8", still_on.to_number.digits(), RecordResult::Busy, 0);
    assert_eq!(read_records(&still_on, &[other]), None);
}

#[test]
fn a_record_under_another_id_is_known_by_agent_number_and_time() {
    let call = gone();
    let stranger = record("8", call.to_number.digits(), RecordResult::Busy, 0);
    let nameless = CallRecord { call_ids: Vec::new(), ..stranger.clone() };
    for record in [stranger.clone(), nameless] {
        let Some(CallEvent::Ended(ending)) = read_records(&call, &[record]) else { panic!("it is ours") };
        assert_eq!(ending.outcome, CallOutcome::Busy);
    }
    let ours = record("7", call.to_number.digits(), RecordResult::NoAnswer, 0);
    let Some(CallEvent::Ended(ending)) = read_records(&call, &[stranger, ours]) else { panic!("it is ours") };
    assert_eq!(ending.outcome, CallOutcome::NoAnswer, "a record that names the call counts first");
}

#[test]
fn a_lost_call_whose_record_names_no_call_ends_as_the_record_says() {
    let lost = call().build();
    let window = Duration::minutes(3);
    let named = record("8", lost.to_number.digits(), RecordResult::Connected, 42);
    let nameless = CallRecord { call_ids: Vec::new(), ..named.clone() };
    assert_eq!(read_lost_records(&lost, &[named], window), None, "it can be followed by its id");
    let Some(CallEvent::Ended(ending)) = read_lost_records(&lost, std::slice::from_ref(&nameless), window) else {
        panic!("it is ours")
    };
    assert_eq!((ending.outcome, ending.talk_seconds), (CallOutcome::Completed, Some(42)));
    let late = CallRecord { started_at: T0 + Duration::minutes(4), ..nameless.clone() };
    let by_another = CallRecord { agent: Some(AgentLine::new("agent-2")), ..nameless };
    assert_eq!(read_lost_records(&lost, &[late, by_another], window), None);
}

#[test]
fn a_lost_call_is_found_by_agent_number_and_time() {
    let lost = call().build();
    let window = Duration::minutes(3);
    let found = |leg: LiveCall| find_lost(&lost, &[leg], &[], &BTreeSet::new(), window);
    let ours = leg("7", LiveState::Ringing, &lost);
    assert_eq!(found(ours.clone()), Some(id("7")));
    assert_eq!(found(LiveCall { agent: Some(AgentLine::new("agent-2")), ..ours.clone() }), None);
    assert_eq!(found(LiveCall { to_digits: Some("12025550199".into()), ..ours.clone() }), None);
    assert_eq!(found(LiveCall { started_at: Some(T0 - Duration::minutes(1)), ..ours.clone() }), None);
    assert_eq!(found(LiveCall { started_at: Some(T0 + Duration::minutes(4)), ..ours.clone() }), None);
    assert_eq!(find_lost(&lost, &[ours], &[], &BTreeSet::from([id("7")]), window), None);
}

#[test]
fn a_lost_call_that_is_over_already_is_found_in_the_records() {
    let lost = call().build();
    let mine = record("7", lost.to_number.digits(), RecordResult::NoAnswer, 0);
    let window = Duration::minutes(3);
    assert_eq!(find_lost(&lost, &[], std::slice::from_ref(&mine), &BTreeSet::new(), window), Some(id("7")));
    assert_eq!(find_lost(&lost, &[], &[mine], &BTreeSet::from([id("7")]), window), None);
}
