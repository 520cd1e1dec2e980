//! Clock changes, half-hour zones, the date line, and callees who may be in more than one place.

use dialer_domain::eligibility::RefusalCode::{self, AfterWindow, BeforeWindow, NoRules, ZoneUnknown};
use dialer_domain::places::Place;
use dialer_domain::rules::Purpose;
use dialer_domain::{Duration, OffsetDateTime};
use rstest::rstest;
use time::macros::datetime;

use super::{ask, asked};

#[rstest]
// 8:00 in New York is 13:00 UTC in winter and 12:00 UTC in summer; clocks change on 8 March and 1 November 2026.
#[case(datetime!(2026-03-07 12:59 UTC), Some(BeforeWindow))]
#[case(datetime!(2026-03-07 13:00 UTC), None)]
#[case(datetime!(2026-03-08 11:59 UTC), Some(BeforeWindow))]
#[case(datetime!(2026-03-08 12:00 UTC), None)]
#[case(datetime!(2026-03-09 00:59 UTC), None)]
#[case(datetime!(2026-03-09 01:00 UTC), Some(AfterWindow))]
#[case(datetime!(2026-10-31 12:00 UTC), None)]
#[case(datetime!(2026-11-01 12:59 UTC), Some(BeforeWindow))]
#[case(datetime!(2026-11-01 13:00 UTC), None)]
#[case(datetime!(2026-11-02 02:00 UTC), Some(AfterWindow))]
fn hours_follow_the_clocks_when_they_change(#[case] at: OffsetDateTime, #[case] code: Option<RefusalCode>) {
    assert_eq!(ask("US-CA", "America/New_York").code(at), code);
}

#[rstest]
#[case(datetime!(2026-03-08 02:00 UTC), datetime!(2026-03-08 12:00 UTC))]
#[case(datetime!(2026-11-01 02:00 UTC), datetime!(2026-11-01 13:00 UTC))]
fn the_next_opening_is_right_across_a_clock_change(#[case] asked: OffsetDateTime, #[case] opens: OffsetDateTime) {
    assert_eq!(ask("US-CA", "America/New_York").next(asked), Some(opens));
}

#[rstest]
// Newfoundland is three and a half hours behind UTC in winter, Adelaide ten and a half ahead in summer.
#[case("CA-NL", "America/St_Johns", datetime!(2026-03-03 12:30 UTC))]
#[case("AU", "Australia/Adelaide", datetime!(2026-03-02 22:30 UTC))]
#[case("AU", "Australia/Eucla", datetime!(2026-03-03 00:15 UTC))]
fn zones_of_half_and_quarter_hours_open_on_theirs(
    #[case] place: &str,
    #[case] zone: &str,
    #[case] opens: OffsetDateTime,
) {
    let ask = ask(place, zone);
    assert_eq!(ask.code(opens - Duration::MINUTE), Some(BeforeWindow));
    assert_eq!(ask.code(opens), None);
    assert_eq!(ask.next(opens - Duration::MINUTE), Some(opens));
}

#[test]
fn days_are_those_of_the_callee_on_either_side_of_the_date_line() {
    // Monday 22:30 UTC: half past nine on Tuesday in Sydney, half past eleven in the morning of Monday in Samoa.
    let at = datetime!(2026-03-02 22:30 UTC);
    assert_eq!(ask("AU", "Australia/Sydney").code(at), None);
    assert_eq!(ask("US-AS", "Pacific/Pago_Pago").code(at), None);
    // Saturday 22:30 UTC is Sunday in Sydney and still Saturday in Samoa.
    let later = datetime!(2026-03-07 22:30 UTC);
    assert_eq!(ask("AU", "Australia/Sydney").code(later), Some(RefusalCode::DayClosed));
    assert_eq!(ask("US-AS", "Pacific/Pago_Pago").code(later), None);
}

#[test]
fn somebody_who_may_be_in_two_zones_is_called_when_both_are_open() {
    let both = asked(&["US-CA"], &["America/New_York", "America/Los_Angeles"]);
    for (at, code) in [
        (datetime!(2026-03-03 13:00 UTC), Some(BeforeWindow)),
        (datetime!(2026-03-03 15:59 UTC), Some(BeforeWindow)),
        (datetime!(2026-03-03 16:00 UTC), None),
        (datetime!(2026-03-04 01:59 UTC), None),
        (datetime!(2026-03-04 02:00 UTC), Some(AfterWindow)),
        (datetime!(2026-03-04 04:59 UTC), Some(AfterWindow)),
    ] {
        assert_eq!(both.code(at), code, "{at}");
    }
    assert_eq!(both.next(datetime!(2026-03-04 02:00 UTC)), Some(datetime!(2026-03-04 16:00 UTC)));
}

#[test]
fn somebody_who_may_be_in_two_states_is_called_when_both_allow_it() {
    // Alabama closes on Sunday, Kentucky before ten; together they open on Monday at ten.
    let both = asked(&["US-AL", "US-KY"], &["America/Chicago"]);
    assert_eq!(both.code(datetime!(2026-03-01 18:00 UTC)), Some(RefusalCode::DayClosed));
    assert_eq!(both.next(datetime!(2026-03-01 18:00 UTC)), Some(datetime!(2026-03-02 16:00 UTC)));
    assert_eq!(both.code(datetime!(2026-03-03 02:00 UTC)), Some(AfterWindow), "Alabama's eight o'clock");
}

#[test]
fn somebody_somewhere_in_a_country_is_called_when_every_part_of_it_allows_it() {
    let somewhere = ask("US", "America/New_York");
    assert_eq!(somewhere.code(datetime!(2026-03-03 14:30 UTC)), Some(BeforeWindow), "Kentucky opens at ten");
    assert_eq!(somewhere.code(datetime!(2026-03-03 15:00 UTC)), None);
    assert_eq!(somewhere.code(datetime!(2026-03-04 01:00 UTC)), Some(AfterWindow), "Florida closes at eight");
}

#[test]
fn places_that_share_no_hour_are_never_called() {
    let far = asked(&["US-KY", "US-FL", "AU"], &["America/New_York", "Australia/Perth"]);
    let refusal = far.purpose(Purpose::Survey).decide(&super::SHIPPED, datetime!(2026-03-03 15:00 UTC)).unwrap_err();
    assert_eq!(refusal.retry_not_before, None);
}

#[test]
fn nobody_is_called_whose_place_is_unknown_or_has_no_rules() {
    let noon = datetime!(2026-03-03 15:00 UTC);
    let mut lost = ask("US-CA", "America/New_York");
    lost.place = Place::default();
    assert_eq!(lost.code(noon), Some(ZoneUnknown));
    assert_eq!(asked(&["US-CA"], &[]).code(noon), Some(ZoneUnknown));
    assert_eq!(asked(&[], &["America/New_York"]).code(noon), Some(ZoneUnknown));
    assert_eq!(ask("DE", "Europe/Berlin").code(noon), Some(NoRules));
    assert_eq!(asked(&["GB", "DE"], &["Europe/London"]).code(noon), Some(NoRules), "one candidate without rules");
    assert_eq!(lost.decide(&dialer_domain::rules::RuleBook::open(), noon).err(), None, "but by the open book");
}

#[test]
fn the_hours_of_the_campaign_and_those_of_the_law_must_both_be_open() {
    use dialer_domain::eligibility::{Facts, decide};
    use dialer_domain::rules::RuleFacts;
    use dialer_domain::schedule::ActiveHours;
    use dialer_testkit::builders::{campaign, contact};

    let place =
        Place { zones: vec!["America/New_York".parse().unwrap()], jurisdictions: vec!["US-KY".parse().unwrap()] };
    // 09:00 to 12:00 UTC and 10:00 to 21:00 in New York share nothing; 09:00 to 17:00 UTC share two hours.
    for (end, opens) in [("12:00", None), ("17:00", Some(datetime!(2026-03-03 15:00 UTC)))] {
        let campaign = campaign().active().hours(ActiveHours::parse("09:00", end).unwrap()).build();
        let contact = contact(campaign.id).build();
        let rules = RuleFacts { place: &place, purpose: Purpose::Survey, agent_guaranteed: true, ..RuleFacts::none() };
        let facts = Facts { campaign: &campaign, contact: &contact, suppressed: false, rules };
        let refusal = decide(facts, &super::SHIPPED, datetime!(2026-03-03 08:00 UTC)).unwrap_err();
        assert_eq!((refusal.code, refusal.rule, refusal.retry_not_before), (BeforeWindow, None, opens));
    }
}

#[rstest]
// On 8 March clocks jump from two to three at 07:00 UTC: half past two never comes, but three is later than it.
#[case::skipped("02:30-06:00", datetime!(2026-03-08 06:30 UTC), datetime!(2026-03-08 07:00 UTC))]
// On 1 November they fall from two back to one at 06:00 UTC: one o'clock comes again, and half past one too.
#[case::again("00:00-01:30", datetime!(2026-11-01 05:45 UTC), datetime!(2026-11-01 06:00 UTC))]
#[case::begins_twice("01:30-01:45", datetime!(2026-11-01 05:50 UTC), datetime!(2026-11-01 06:30 UTC))]
fn a_clock_change_may_open_a_window(#[case] hours: &str, #[case] now: OffsetDateTime, #[case] opens: OffsetDateTime) {
    let pack = super::packs::PACK.replace("08:00-21:00", hours);
    let (book, errors) = dialer_domain::rules::RuleBook::load([("us.toml", pack)]);
    assert_eq!(errors, []);
    let ask = ask("US-GA", "America/New_York");
    let refusal = ask.decide(&book, now).unwrap_err();
    assert_eq!(refusal.retry_not_before, Some(opens));
    assert!(ask.decide(&book, opens).is_ok() && ask.decide(&book, opens - Duration::SECOND).is_err());
}
