//! Caps and holds: the third and the fourth call, day seven and day eight, an hour before and after the silence.

use dialer_domain::consents::ConsentForm;
use dialer_domain::eligibility::RefusalCode::{
    self, AfterAbandonHold, AfterConversationHold, AfterMachineHold, AfterRefusalHold, Cap7d, Cap24h, Cap30d,
};
use dialer_domain::rules::{Came, PastCall, Purpose, Tie};
use dialer_domain::{Duration, OffsetDateTime};
use rstest::rstest;
use time::macros::{date, datetime};

use super::hours::wall;
use super::{Ask, ask, everything};

/// Noon of a Tuesday in Florida.
const NOON: OffsetDateTime = datetime!(2026-03-03 17:00 UTC);

fn called(ask: Ask, times: u8, every: Duration, came: Came) -> Ask {
    (1..=times).fold(ask, |ask, n| ask.called(NOON - every * i32::from(n), came))
}

#[rstest]
#[case("US-FL", "America/New_York")]
#[case("US-OK", "America/Chicago")]
#[case("US-MD", "America/New_York")]
fn the_third_sales_call_in_a_day_is_made_and_the_fourth_is_not(#[case] place: &str, #[case] zone: &str) {
    let hourly = |times| called(ask(place, zone), times, Duration::HOUR, Came::NONE);
    assert_eq!(hourly(2).code(NOON), None, "the third");
    assert_eq!(hourly(3).code(NOON), Some(Cap24h), "the fourth");
    assert!(hourly(3).rule(NOON).ends_with(".cap24h"));
    assert_eq!(hourly(3).purpose(Purpose::Survey).code(NOON), None, "the cap is on sales");
}

#[test]
fn a_day_of_calls_rolls_and_does_not_end_at_midnight() {
    let ask = called(ask("US-FL", "America/New_York"), 3, Duration::hours(2), Came::NONE);
    let oldest = NOON - Duration::hours(6);
    assert_eq!(ask.next(NOON), Some(wall("America/New_York", date!(2026 - 03 - 04), "08:00")), "06:00 is too early");
    let again = oldest + Duration::DAY + Duration::hours(2);
    assert_eq!(ask.code(again), None);
    // Three more calls later in the day leave the period in the middle of the next one.
    let late = super::ask("US-FL", "America/New_York");
    let late = (0..3).fold(late, |late, n| late.called(NOON + Duration::MINUTE * n, Came::NONE));
    let asked = NOON + Duration::hours(2);
    assert_eq!(late.next(asked), Some(NOON + Duration::DAY));
    assert_eq!(late.code(NOON + Duration::DAY - Duration::MINUTE), Some(Cap24h));
    assert_eq!(late.code(NOON + Duration::DAY), None);
}

#[test]
fn calls_about_another_subject_or_to_another_person_do_not_count() {
    for tie in [Tie::NUMBER.and(Tie::PERSON), Tie::NUMBER.and(Tie::SUBJECT)] {
        let mut ask = ask("US-FL", "America/New_York");
        ask.history = vec![PastCall::attempt(NOON - Duration::HOUR, tie, Came::NONE); 5];
        assert_eq!(ask.code(NOON), None);
    }
    let mut inbound = ask("US-FL", "America/New_York");
    let call = PastCall::attempt(NOON - Duration::HOUR, everything(), Came::CONVERSATION);
    inbound.history = vec![PastCall { inbound: true, ..call }; 5];
    assert_eq!(inbound.code(NOON), None, "who calls us is not called by that");
}

#[test]
fn a_debt_is_called_about_seven_times_in_seven_days() {
    let collect = || ask("US-CA", "America/New_York").purpose(Purpose::Collections);
    let daily = |times, came| called(collect(), times, Duration::hours(20), came);
    assert_eq!(daily(6, Came::NONE).code(NOON), None, "the seventh");
    assert_eq!(daily(7, Came::NONE).code(NOON), Some(Cap7d), "the eighth");
    assert_eq!(daily(7, Came::NONE).rule(NOON), "us.regf.7in7");
    assert_eq!(daily(7, Came::NOT_CONNECTED).code(NOON), None, "what does not connect does not count");
    let oldest = NOON - Duration::hours(140);
    assert_eq!(daily(7, Came::NONE).next(NOON), Some(oldest + Duration::days(7)));
    assert_eq!(daily(7, Came::NONE).code(oldest + Duration::days(7) - Duration::MINUTE), Some(Cap7d));
    let mut other = daily(7, Came::NONE);
    for call in &mut other.history {
        call.tie = Tie::NUMBER.and(Tie::PERSON);
    }
    assert_eq!(other.code(NOON), None, "another debt");
}

#[rstest]
#[case(Duration::days(7) - Duration::MINUTE, None)]
#[case(Duration::days(7), Some(Cap7d))]
fn consent_given_to_the_collector_lifts_the_cap_for_seven_days(
    #[case] age: Duration,
    #[case] code: Option<RefusalCode>,
) {
    let ask = called(ask("US-CA", "America/New_York").purpose(Purpose::Collections), 7, Duration::HOUR, Came::NONE);
    assert_eq!(ask.agreed(ConsentForm::Express, NOON - age).code(NOON), code);
}

#[rstest]
#[case(false)]
#[case(true)]
fn after_a_conversation_about_a_debt_the_eighth_day_is_the_first_that_allows_a_call(#[case] inbound: bool) {
    let zone = "America/New_York";
    // The conversation is in the evening of Tuesday, day one. Day seven is the Monday after, day eight the Tuesday.
    let talk = wall(zone, date!(2026 - 03 - 17), "20:55");
    let mut ask = ask("US-CA", zone).purpose(Purpose::Collections);
    ask.history = vec![PastCall { inbound, ..PastCall::attempt(talk, everything(), Came::CONVERSATION) }];
    for (day, code) in [
        (date!(2026 - 03 - 18), Some(AfterConversationHold)),
        (date!(2026 - 03 - 23), Some(AfterConversationHold)),
        (date!(2026 - 03 - 24), None),
    ] {
        assert_eq!(ask.code(wall(zone, day, "08:00")), code, "{day}");
        assert_eq!(ask.code(wall(zone, day, "20:59")), code, "{day}");
    }
    assert_eq!(ask.next(wall(zone, date!(2026 - 03 - 20), "12:00")), Some(wall(zone, date!(2026 - 03 - 24), "08:00")));
}

#[test]
fn days_of_a_conversation_are_the_callee_s_own_in_every_zone_where_they_may_be() {
    // 23:30 in New York is 20:30 of the same day in Los Angeles, and 05:30 UTC of the next.
    let talk = wall("America/New_York", date!(2026 - 03 - 17), "23:30");
    let mut ask = super::asked(&["US-CA"], &["America/New_York", "America/Los_Angeles"]).purpose(Purpose::Collections);
    ask.history = vec![PastCall::attempt(talk, everything(), Came::CONVERSATION)];
    let opens = wall("America/Los_Angeles", date!(2026 - 03 - 24), "08:00");
    assert_eq!(ask.next(talk + Duration::days(2)), Some(opens));
}

#[rstest]
#[case(Purpose::Informational)]
#[case(Purpose::Survey)]
#[case(Purpose::Charity)]
fn recordings_without_consent_reach_a_line_three_times_in_thirty_days(#[case] purpose: Purpose) {
    let record = || ask("US-CA", "America/New_York").purpose(purpose).prerecorded();
    let weekly = |times| called(record(), times, Duration::days(7), Came::NONE);
    assert_eq!(weekly(2).code(NOON), None, "the third");
    assert_eq!(weekly(3).code(NOON), Some(Cap30d), "the fourth");
    assert_eq!(weekly(3).next(NOON), Some(NOON + Duration::days(9)));
    assert_eq!(weekly(3).agreed(ConsentForm::Express, NOON - Duration::days(100)).code(NOON), None);
}

#[test]
fn a_person_in_france_is_called_four_times_in_thirty_days() {
    let paris = datetime!(2026-03-03 10:00 UTC);
    let french = ask("FR", "Europe/Paris").agreed(ConsentForm::Express, datetime!(2025-01-01 10:00 UTC));
    let daily =
        |times: i32| (1..=times).fold(french.clone(), |ask, n| ask.called(paris - Duration::days(5) * n, Came::NONE));
    assert_eq!(daily(3).code(paris), None, "the fourth");
    assert_eq!(daily(4).code(paris), Some(Cap30d), "the fifth");
    assert_eq!(daily(4).next(paris), Some(paris + Duration::days(10)));
}

#[rstest]
#[case::france("FR", "Europe/Paris", Came::REFUSAL, Duration::days(60), AfterRefusalHold)]
#[case::washington("US-WA", "America/Los_Angeles", Came::REFUSAL, Duration::days(366), AfterRefusalHold)]
#[case::uk_abandoned("GB", "Europe/London", Came::ABANDONED, Duration::hours(72), AfterAbandonHold)]
#[case::uk_machine("GB", "Europe/London", Came::MACHINE, Duration::hours(24), AfterMachineHold)]
fn silence_ends_when_its_time_is_over(
    #[case] place: &str,
    #[case] zone: &str,
    #[case] came: Came,
    #[case] silence: Duration,
    #[case] code: RefusalCode,
) {
    // Noon of a Wednesday, so that the end of each silence lies within the hours.
    let end = wall(zone, date!(2026 - 03 - 04), "12:00");
    let mut ask = ask(place, zone).agreed(ConsentForm::Express, end - Duration::days(500)).called(end - silence, came);
    ask.facts.agent_guaranteed = false;
    ask.guards = dialer_domain::rules::RuleBook::shipped()
        .guards()
        .map(|guard| dialer_domain::rules::GuardStanding { rule: guard.rule.id, abandoned: 0, live: 1_000 })
        .collect();
    assert_eq!(ask.code(end - Duration::MINUTE), Some(code), "a minute before");
    assert_eq!(ask.next(end - Duration::MINUTE), Some(end));
    assert_eq!(ask.code(end), None, "at its end");
    assert_eq!(ask.code(end + Duration::MINUTE), None, "a minute after");
}

#[rstest]
#[case(Came::ABANDONED)]
#[case(Came::MACHINE)]
fn a_guaranteed_agent_may_call_again_at_once_in_the_uk(#[case] came: Came) {
    let noon = wall("Europe/London", date!(2026 - 03 - 04), "12:00");
    assert_eq!(ask("GB", "Europe/London").called(noon - Duration::HOUR, came).code(noon), None);
}

#[test]
fn the_book_says_how_far_back_it_looks() {
    assert_eq!(super::SHIPPED.lookback(), Duration::days(366));
    assert_eq!(dialer_domain::rules::RuleBook::open().lookback(), Duration::ZERO);
}
