//! What the provider's own events tell of our calls.

use dialer_domain::calls::evidence::{Kinship, kinship, read_news};
use dialer_domain::calls::merge::{CallEvent, merge};
use dialer_domain::calls::{Direction, Evidence};
use dialer_domain::telephony::{AgentLine, LegNews, LiveState, ProviderCallId, RecordResult};
use dialer_domain::{Call, CallOutcome, CallStatus, Duration, OffsetDateTime};
use dialer_testkit::builders::{T0, call, leg_news as news};
use proptest::prelude::*;

const WINDOW: Duration = Duration::minutes(3);

fn at(seconds: i64) -> OffsetDateTime {
    T0 + Duration::seconds(seconds)
}

fn hangup(of: &Call, result: RecordResult, talk: u32) -> LegNews {
    LegNews {
        last: Some(true),
        connected_at: (talk > 0).then(|| at(11)),
        talk_seconds: Some(talk),
        result: Some(result),
        cause: Some("Normal Clearing".to_owned()),
        ..news("7", LiveState::HangUp, of)
    }
}

#[test]
fn a_leg_is_the_call_s_by_its_own_id_or_its_root_s() {
    let call = call().placed("7").build();
    let own = news("7", LiveState::Ringing, &call);
    let child = LegNews { root: Some(ProviderCallId::new("7")), ..news("8", LiveState::Ringing, &call) };
    for news in [own, child] {
        assert_eq!(kinship(&call, &news, at(5), WINDOW), Some(Kinship::ById));
    }
}

#[test]
fn a_leg_under_another_id_is_known_by_agent_number_and_time() {
    let call = call().placed("7").build();
    let other = news("9", LiveState::Ringing, &call);
    assert_eq!(kinship(&call, &other, at(5), WINDOW), Some(Kinship::ByParties));
    let strangers = [
        LegNews { agent: Some(AgentLine::new("agent-2")), ..other.clone() },
        LegNews { agent: None, ..other.clone() },
        LegNews { to_digits: Some("12025550199".to_owned()), ..other.clone() },
        LegNews { to_digits: None, ..other.clone() },
        LegNews { started_at: Some(at(-30)), ..other.clone() },
        LegNews { started_at: Some(T0 + WINDOW + Duration::SECOND), ..other.clone() },
        LegNews { direction: Some(Direction::Inbound), ..other },
    ];
    for news in strangers {
        assert_eq!(kinship(&call, &news, at(5), WINDOW), None, "{news:?}");
    }
}

#[test]
fn a_leg_may_be_that_of_a_call_which_has_no_id_yet() {
    let call = call().build();
    let ours = news("7", LiveState::Ringing, &call);
    let to_the_agent = LegNews { to_digits: Some("1021".to_owned()), ..ours.clone() };
    for news in [ours.clone(), to_the_agent] {
        assert_eq!(kinship(&call, &news, at(5), WINDOW), Some(Kinship::Perhaps));
    }
    let of_another = LegNews { agent: Some(AgentLine::new("agent-2")), ..ours };
    assert_eq!(kinship(&call, &of_another, at(5), WINDOW), None);
}

#[test]
fn only_the_customer_s_leg_tells_that_somebody_answered() {
    let call = call().placed("7").build();
    let connected = LegNews { connected_at: Some(at(11)), ..news("8", LiveState::Connected, &call) };
    let answered = read_news(&call, &connected, Kinship::ById, at(12));
    assert_eq!(answered, Some(CallEvent::Answered { at: at(11) }));
    let agent_s = LegNews { to_digits: Some("1021".to_owned()), ..connected.clone() };
    assert_eq!(read_news(&call, &agent_s, Kinship::ById, at(12)), None);
    let since_when = LegNews { connected_at: None, ..connected };
    assert_eq!(read_news(&call, &since_when, Kinship::ById, at(12)), None, "it may be the agent who picked up");
}

#[test]
fn the_last_leg_s_end_is_the_call_s() {
    let call = call().placed("7").build();
    let Some(CallEvent::Ended(ending)) =
        read_news(&call, &hangup(&call, RecordResult::Connected, 20), Kinship::ById, at(33))
    else {
        panic!("it is over");
    };
    assert_eq!((ending.outcome, ending.evidence, ending.at), (CallOutcome::Completed, Evidence::Event, at(31)));
    assert_eq!((ending.answered_at, ending.talk_seconds), (Some(at(11)), Some(20)));
    let missed = read_news(&call, &hangup(&call, RecordResult::NoAnswer, 0), Kinship::ById, at(33));
    let Some(CallEvent::Ended(ending)) = missed else { panic!("it is over") };
    assert_eq!((ending.outcome, ending.at, ending.answered_at), (CallOutcome::NoAnswer, at(33), None));
}

#[test]
fn one_leg_of_several_that_gives_up_ends_nothing() {
    let call = call().placed("7").build();
    let one = LegNews { last: Some(false), ..hangup(&call, RecordResult::NoAnswer, 0) };
    assert_eq!(read_news(&call, &one, Kinship::ById, at(33)), None);
}

#[test]
fn an_end_that_is_not_surely_the_customer_s_is_left_to_the_records() {
    let call = call().placed("7").build();
    let end = hangup(&call, RecordResult::Connected, 20);
    let gone = Some(CallEvent::Gone { at: at(33) });
    assert_eq!(read_news(&call, &end, Kinship::ByParties, at(33)), gone);
    let agent_s = LegNews { to_digits: Some("1021".to_owned()), ..end.clone() };
    assert_eq!(read_news(&call, &agent_s, Kinship::ById, at(33)), gone);
    let untold = LegNews { result: None, ..end.clone() };
    assert_eq!(read_news(&call, &untold, Kinship::ById, at(33)), gone);
    let child = LegNews { last: None, leg: ProviderCallId::new("8"), ..end };
    assert_eq!(read_news(&call, &child, Kinship::ById, at(33)), gone);
}

#[test]
fn a_record_corrects_what_an_event_told() {
    let call = call().placed("7").build();
    let told = read_news(&call, &hangup(&call, RecordResult::NoAnswer, 0), Kinship::ById, at(33)).unwrap();
    let told = merge(&call, &told).unwrap();
    assert_eq!(told.status, CallStatus::NoAnswer);
    let record = dialer_testkit::builders::ended(CallOutcome::Busy, Evidence::Record, at(30));
    assert_eq!(merge(&told, &record).unwrap().status, CallStatus::Busy);
    assert_eq!(
        merge(
            &merge(&told, &record).unwrap(),
            &read_news(&call, &hangup(&call, RecordResult::NoAnswer, 0), Kinship::ById, at(40)).unwrap()
        ),
        None
    );
}

proptest! {
    /// Whatever order they come in, twice or once, the same events make the same call of it.
    #[test]
    fn events_may_come_in_any_order_and_twice(order in Just(vec![0_usize, 1, 2, 3, 0, 1, 2, 3]).prop_shuffle()) {
        let call = call().placed("7").build();
        let connected = LegNews { connected_at: Some(at(11)), ..news("7", LiveState::Connected, &call) };
        let all = [
            news("7", LiveState::Initial, &call),
            news("7", LiveState::Ringing, &call),
            connected,
            hangup(&call, RecordResult::Connected, 20),
        ];
        let mut seen = call.clone();
        for n in order {
            if let Some(event) = read_news(&seen, &all[n], Kinship::ById, at(33))
                && let Some(next) = merge(&seen, &event)
            {
                seen = next;
            }
        }
        prop_assert_eq!((seen.status, seen.duration, seen.answered_at, seen.ended_at),
            (CallStatus::Completed, 20, Some(at(11)), Some(at(31))));
    }
}
