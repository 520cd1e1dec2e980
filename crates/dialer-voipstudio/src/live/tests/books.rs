use dialer_domain::calls::Direction;
use dialer_domain::telephony::{AgentLine, LiveState};
use rstest::rstest;
use time::macros::datetime;

use super::super::book::AgentBook;
use super::super::dialog_info::read;
use super::{CUSTOMER, document};

struct Bench(AgentBook);

impl Bench {
    fn new() -> Self {
        Self(AgentBook::new(AgentLine::new("10021")))
    }

    /// The news of a document: call and state.
    fn hears(&mut self, state: &str, dialogs: &[(&str, &str)]) -> Vec<(String, LiveState)> {
        let document = read(document(state, 0, dialogs).as_bytes()).unwrap();
        self.0.apply(document).into_iter().map(|news| (news.leg.as_str().to_owned(), news.state)).collect()
    }
}

fn told(call: &str, state: LiveState) -> Vec<(String, LiveState)> {
    vec![(call.to_owned(), state)]
}

#[test]
fn a_call_is_told_ringing_connected_and_hung_up_once_each() {
    let mut bench = Bench::new();
    for (word, state) in
        [("early", LiveState::Ringing), ("confirmed", LiveState::Connected), ("terminated", LiveState::HangUp)]
    {
        assert_eq!(bench.hears("partial", &[("51-a", word)]), told("51", state));
        assert_eq!(bench.hears("partial", &[("51-a", word)]), []);
        assert_eq!(bench.hears("full", &[("51-a", word)]), []);
    }
}

#[test]
fn news_name_the_agent_and_the_number_and_conclude_nothing_about_the_end() {
    let mut book = AgentBook::new(AgentLine::new("10021"));
    let mut apply = |word| book.apply(read(document("partial", 0, &[("51-a", word)]).as_bytes()).unwrap()).remove(0);
    let ringing = apply("early");
    assert_eq!(ringing.agent, Some(AgentLine::new("10021")));
    assert_eq!((ringing.direction, ringing.to_digits.as_deref()), (Some(Direction::Outbound), Some(CUSTOMER)));
    assert_eq!((ringing.from_digits, ringing.started_at), (None, Some(datetime!(2026-03-02 10:00 UTC))));
    let connected = apply("confirmed");
    assert_eq!(connected.connected_at, None, "the agent's phone does not know whether the customer has answered");
    let over = apply("terminated");
    assert_eq!((over.state, over.last, over.result, over.cause), (LiveState::HangUp, None, None, None));
    assert_eq!(over.to_digits.as_deref(), Some(CUSTOMER));
}

#[test]
fn a_call_that_vanishes_from_a_full_list_is_over_but_not_one_that_a_partial_list_leaves_out() {
    let mut bench = Bench::new();
    bench.hears("full", &[("51-a", "confirmed"), ("52-a", "early")]);
    assert_eq!(bench.hears("partial", &[]), []);
    assert_eq!(bench.hears("full", &[("52-a", "early")]), told("51", LiveState::HangUp));
    assert_eq!(bench.hears("full", &[]), told("52", LiveState::HangUp));
    assert_eq!(bench.hears("full", &[]), []);
}

#[test]
fn a_call_that_turns_up_again_after_it_vanished_is_told_anew() {
    let mut bench = Bench::new();
    bench.hears("full", &[("51-a", "confirmed")]);
    bench.hears("full", &[]);
    assert_eq!(bench.hears("full", &[("51-a", "confirmed")]), told("51", LiveState::Connected));
}

#[test]
fn a_call_that_was_told_over_does_not_come_back() {
    let mut bench = Bench::new();
    bench.hears("partial", &[("51-a", "early")]);
    bench.hears("partial", &[("51-a", "terminated")]);
    assert_eq!(bench.hears("partial", &[("51-a", "confirmed")]), []);
}

#[test]
fn a_call_that_rings_two_phones_is_as_far_as_the_farther_and_over_with_the_last() {
    let mut bench = Bench::new();
    assert_eq!(bench.hears("partial", &[("51-desk", "early"), ("51-app", "early")]), told("51", LiveState::Ringing));
    assert_eq!(
        bench.hears("partial", &[("51-app", "confirmed"), ("51-desk", "terminated")]),
        told("51", LiveState::Connected)
    );
    assert_eq!(bench.hears("partial", &[("51-app", "terminated")]), told("51", LiveState::HangUp));
}

#[test]
fn a_state_without_a_meaning_changes_nothing_that_is_known() {
    let mut bench = Bench::new();
    bench.hears("partial", &[("51-a", "confirmed")]);
    assert_eq!(bench.hears("partial", &[("51-a", "levitating")]), []);
    assert_eq!(bench.hears("partial", &[("52-a", "levitating")]), told("52", LiveState::Unknown));
}

#[rstest]
#[case(1_500)]
fn a_server_that_lists_calls_without_end_fills_no_memory(#[case] many: u32) {
    let mut bench = Bench::new();
    let heard: usize = (0..many).map(|id| bench.hears("partial", &[(&format!("{}-a", id + 1), "early")]).len()).sum();
    assert_eq!(heard, 1_000);
    for id in 0..many {
        bench.hears("partial", &[(&format!("{}-a", id + 1), "terminated")]);
    }
    assert_eq!(bench.hears("partial", &[("9999-a", "early")]), told("9999", LiveState::Ringing));
}
