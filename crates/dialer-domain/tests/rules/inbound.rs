use dialer_domain::calls::evidence::{read_live, read_news, read_records};
use dialer_domain::calls::inbound::{Incoming, contact_of};
use dialer_domain::calls::merge::{CallEvent, merge};
use dialer_domain::telephony::{AgentLine, CallRecord, LiveCall, LiveState, ProviderCallId, RecordResult};
use dialer_domain::{Call, CallId, CallOutcome, CallStatus, Direction, Duration};
use dialer_testkit::builders::{self, T0, campaign, contact, leg_news, live_call, number, record, user};

/// A customer's call to an agent's extension, as the list of live calls has it.
fn live(id: &str, state: LiveState) -> LiveCall {
    LiveCall {
        direction: Some(Direction::Inbound),
        from_digits: Some(number(1).digits().to_owned()),
        to_digits: Some("1001".to_owned()),
        ..live_call(id, state)
    }
}

fn recorded(id: &str, result: RecordResult) -> CallRecord {
    CallRecord {
        direction: Some(Direction::Inbound),
        from_digits: Some(number(1).digits().to_owned()),
        to_digits: Some("1001".to_owned()),
        ..record(id, result, T0)
    }
}

fn incoming() -> Incoming {
    Incoming::live(&live("7", LiveState::Ringing), T0).unwrap()
}

fn written() -> Call {
    incoming().written(builders::id(CallId::new), user(), Some(&number(900)), T0).unwrap()
}

#[test]
fn only_what_came_in_and_lasts_is_a_call_that_comes_in() {
    assert!(Incoming::live(&live("7", LiveState::Connected), T0).is_some());
    assert_eq!(Incoming::live(&live("7", LiveState::HangUp), T0), None);
    for direction in [Some(Direction::Outbound), None] {
        assert_eq!(Incoming::live(&LiveCall { direction, ..live("7", LiveState::Ringing) }, T0), None);
        assert_eq!(Incoming::recorded(&CallRecord { direction, ..recorded("7", RecordResult::Connected) }), None);
    }
    let colleague = LiveCall { from_digits: Some("1002".to_owned()), ..live("7", LiveState::Ringing) };
    assert_eq!(Incoming::live(&colleague, T0), None, "an agent calls another");
    let nameless = CallRecord { call_ids: Vec::new(), ..recorded("7", RecordResult::Connected) };
    assert_eq!(Incoming::recorded(&nameless), None, "it could not be told from the next one");
}

#[test]
fn it_goes_by_the_name_that_all_its_legs_share() {
    let leg = LiveCall { parent: Some(ProviderCallId::new("7")), ..live("8", LiveState::Ringing) };
    let call = Incoming::live(&leg, T0).unwrap().written(builders::id(CallId::new), user(), Some(&number(900)), T0);
    assert_eq!(call.unwrap().provider_call_id, Some(ProviderCallId::new("7")));
}

#[test]
fn it_is_written_down_ringing_with_who_called_and_what_was_called() {
    let call = written();
    assert_eq!((call.direction, call.status), (Direction::Inbound, CallStatus::Ringing));
    assert_eq!((call.from_number.as_ref(), &call.to_number), (Some(&number(1)), &number(900)));
    assert_eq!((call.customer_number(), call.agent.as_ref().unwrap().as_str()), (Some(&number(1)), "agent-1"));
    assert_eq!(call.metadata["extension"], "1001");
    let to_a_number = Incoming { to_digits: Some(number(5).digits().to_owned()), ..incoming() };
    let call = to_a_number.written(builders::id(CallId::new), user(), Some(&number(900)), T0).unwrap();
    assert_eq!((&call.to_number, call.metadata.is_empty()), (&number(5), true));
    assert_eq!(incoming().written(builders::id(CallId::new), user(), None, T0), None, "nothing says what was called");
    let withheld = Incoming { from_digits: None, ..incoming() };
    let call = withheld.written(builders::id(CallId::new), user(), Some(&number(900)), T0).unwrap();
    assert_eq!(call.from_number, None);
}

#[test]
fn the_leg_that_rings_an_agent_for_a_call_of_ours_is_no_customer() {
    let ours = builders::call().to(number(1)).agent("agent-1").build();
    assert!(incoming().is_leg_of(std::slice::from_ref(&ours)), "same agent, same number, same time");
    let other_agent = Call { agent: Some(AgentLine::new("agent-2")), ..ours.clone() };
    let long_ago = Call { started_at: T0 - Duration::hours(2), ..ours.clone() };
    let other_number = Call { to_number: number(2), ..ours.clone() };
    assert!(!incoming().is_leg_of(&[other_agent, long_ago, other_number]));
    let named = Call { agent: None, provider_call_id: Some(ProviderCallId::new("7")), ..ours };
    assert!(incoming().is_leg_of(&[named]));
}

#[test]
fn its_legs_and_records_are_its_own_whatever_number_they_go_to() {
    let call = written();
    let answered = read_live(&call, &[live("7", LiveState::Connected)], T0 + Duration::SECOND).unwrap();
    assert!(matches!(answered, CallEvent::Answered { .. }));
    let gone = read_live(&call, &[], T0 + Duration::SECOND);
    assert!(matches!(gone, Some(CallEvent::Gone { .. })));
    let other = [recorded("8", RecordResult::Connected)];
    assert_eq!(read_records(&call, &other), None);
    // One agent let it ring, another took it.
    let both = [recorded("7", RecordResult::NoAnswer), recorded("7", RecordResult::Connected)];
    let over = merge(&call, &read_records(&call, &both).unwrap()).unwrap();
    assert_eq!(over.outcome, Some(CallOutcome::Completed));
    let missed = merge(&call, &read_records(&call, &both[..1]).unwrap()).unwrap();
    assert_eq!(missed.outcome, Some(CallOutcome::NoAnswer));
}

#[test]
fn news_of_its_leg_says_that_it_is_answered() {
    let call = written();
    let news = dialer_domain::telephony::LegNews {
        direction: Some(Direction::Inbound),
        to_digits: Some("1001".to_owned()),
        connected_at: Some(T0 + Duration::SECOND),
        ..leg_news("7", LiveState::Connected, &call)
    };
    let told = read_news(&call, &news, dialer_domain::calls::evidence::Kinship::ById, T0);
    assert_eq!(told, Some(CallEvent::Answered { at: T0 + Duration::SECOND }));
}

#[test]
fn it_is_linked_to_the_contact_called_last_else_to_the_one_added_last() {
    let list = campaign().build();
    let old = contact(list.id).created_at(T0).build();
    let new = contact(list.id).created_at(T0 + Duration::HOUR).build();
    let called = contact(list.id).created_at(T0).dialled(1, T0).build();
    assert_eq!(contact_of(&[old.clone(), new.clone()]).unwrap().id, new.id);
    assert_eq!(contact_of(&[old, called.clone(), new]).unwrap().id, called.id);
    assert_eq!(contact_of(&[]), None);
}
