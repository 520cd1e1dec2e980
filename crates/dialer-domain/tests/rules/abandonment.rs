//! Abandoned calls, by each definition.

use dialer_domain::rules::abandonment::{
    LedgerPeriod, Limit, estimated_rate, rate, with_false_positives, without_machines,
};
use dialer_domain::schedule::Zone;
use dialer_domain::{Duration, OffsetDateTime};
use rstest::rstest;
use time::macros::datetime;

#[rstest]
#[case(0, 0, 0)]
#[case(0, 32, 0)]
// One of 34 is 2.94 %, one of 33 would be 3.03 %.
#[case(0, 33, 1)]
#[case(0, 32, 0)]
#[case(2, 100, 1)]
// Exactly 3.0 %: the next drop would be 3.96 %.
#[case(3, 100, 0)]
#[case(3, 133, 1)]
#[case(10, 100, 0)]
#[case(0, 10_000, 309)]
fn headroom_is_the_largest_number_of_drops_within_the_limit(#[case] abandoned: u64, #[case] live: u64, #[case] n: u64) {
    let limit = Limit::basis_points(300).unwrap();
    assert_eq!(limit.headroom(abandoned, live), n);
    assert!(n == 0 || limit.holds(abandoned + n, live + n));
    assert!(!limit.holds(abandoned + n + 1, live + n + 1));
}

#[test]
fn a_limit_of_everything_is_none() {
    assert_eq!(Limit::basis_points(10_000), None);
    assert!(Limit::basis_points(300).unwrap().holds(3, 100) && !Limit::basis_points(300).unwrap().holds(4, 100));
}

#[test]
fn a_rate_of_nothing_is_no_value() {
    assert_eq!((rate(0, 0), rate(3, 100)), (None, Some(0.03)));
    assert_eq!(estimated_rate(0, 0, 5), None);
}

#[test]
fn the_uk_estimate_takes_off_drops_to_machines() {
    // Ofcom 2010, annex 5: 29 drops, 9 people and 7 machines handled by agents give 64.44 %.
    assert!((without_machines(29, 9, 7) - 16.3125).abs() < 1e-9);
    let share = estimated_rate(29, 9, 7).unwrap();
    assert!((share * 100.0 - 64.44).abs() < 0.01, "{share}");
    assert!((without_machines(5, 0, 0) - 5.0).abs() < 1e-9, "nothing handled: every drop counts");
}

#[test]
fn people_taken_for_machines_are_added_back() {
    assert_eq!(with_false_positives(3, 200, 250), 8);
    assert_eq!(with_false_positives(3, 1, 250), 4, "part of a call is a call");
    assert_eq!(with_false_positives(3, 0, 250), 3);
}

#[rstest]
#[case(datetime!(2026-03-01 10:00 UTC), datetime!(2026-03-01 10:00 UTC))]
#[case(datetime!(2026-03-31 09:59 UTC), datetime!(2026-03-01 10:00 UTC))]
#[case(datetime!(2026-03-31 10:00 UTC), datetime!(2026-03-31 10:00 UTC))]
#[case(datetime!(2026-05-15 12:00 UTC), datetime!(2026-04-30 10:00 UTC))]
fn a_campaign_is_counted_in_blocks_of_thirty_days(#[case] now: OffsetDateTime, #[case] start: OffsetDateTime) {
    let began = datetime!(2026-03-01 10:00 UTC);
    let span = LedgerPeriod::CampaignBlocks.span(&Zone::utc(), began, now);
    assert_eq!(span, start..start + Duration::days(30));
}

#[test]
fn days_and_months_are_those_of_the_calendar() {
    let (london, began): (Zone, _) = ("Europe/London".parse().unwrap(), datetime!(2026-01-01 10:00 UTC));
    // Clocks go forward on 29 March 2026: the day has 23 hours.
    let day = LedgerPeriod::Day.span(&london, began, datetime!(2026-03-29 12:00 UTC));
    assert_eq!(day, datetime!(2026-03-29 00:00 UTC)..datetime!(2026-03-29 23:00 UTC));
    let toronto: Zone = "America/Toronto".parse().unwrap();
    let month = LedgerPeriod::Month.span(&toronto, began, datetime!(2026-03-01 04:00 UTC));
    assert_eq!(month, datetime!(2026-02-01 05:00 UTC)..datetime!(2026-03-01 05:00 UTC));
    let december = LedgerPeriod::Month.span(&toronto, began, datetime!(2026-12-31 12:00 UTC));
    assert_eq!(december, datetime!(2026-12-01 05:00 UTC)..datetime!(2027-01-01 05:00 UTC));
}
