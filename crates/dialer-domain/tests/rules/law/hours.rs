//! Windows, closed days and holidays of every place, a minute before, at and a minute after each edge.

use dialer_domain::eligibility::RefusalCode::{self, AfterWindow, BeforeWindow, DayClosed, Holiday};
use dialer_domain::rules::Purpose;
use dialer_domain::schedule::Zone;
use dialer_domain::{Duration, OffsetDateTime};
use rstest::rstest;
use time::Date;
use time::macros::date;

use super::{Ask, SHIPPED, ask};

const EAST: &str = "America/New_York";
const CENTRAL: &str = "America/Chicago";

/// The instant at which `zone` shows `clock` (`HH:MM`) on `date`.
pub(super) fn wall(zone: &str, date: Date, clock: &str) -> OffsetDateTime {
    let zone: Zone = zone.parse().unwrap();
    let (hour, minute) = clock.split_once(':').unwrap();
    let midnight = zone.day_start(date).unwrap();
    midnight + Duration::hours(hour.parse().unwrap()) + Duration::minutes(minute.parse().unwrap())
}

fn edges(ask: &Ask, zone: &str, date: Date, opens: &str, closes: &str) {
    let (opens, closes) = (wall(zone, date, opens), wall(zone, date, closes));
    let code = |at| ask.code(at);
    assert_eq!(code(opens - Duration::MINUTE), Some(BeforeWindow), "a minute before {opens}");
    assert_eq!(code(opens - Duration::SECOND), Some(BeforeWindow), "a second before {opens}");
    assert_eq!(ask.next(opens - Duration::MINUTE), Some(opens));
    assert_eq!(code(opens), None, "at {opens}");
    assert_eq!(code(opens + Duration::MINUTE), None, "a minute after {opens}");
    assert_eq!(code(closes - Duration::MINUTE), None, "a minute before {closes}");
    assert_eq!(code(closes - Duration::SECOND), None, "a second before {closes}");
    assert_eq!(code(closes), Some(AfterWindow), "at {closes}");
    assert_eq!(code(closes + Duration::MINUTE), Some(AfterWindow), "a minute after {closes}");
}

// 2 March 2026 is a Monday, 7 March a Saturday, 8 March a Sunday on which clocks change; the Sunday before is 1 March.
#[rstest]
#[case::us_hours("US-CA", "America/Los_Angeles", "08:00", "21:00")]
#[case::fl("US-FL", EAST, "08:00", "20:00")]
#[case::ok("US-OK", CENTRAL, "08:00", "20:00")]
#[case::md("US-MD", EAST, "08:00", "20:00")]
#[case::wa("US-WA", "America/Los_Angeles", "08:00", "20:00")]
#[case::al("US-AL", CENTRAL, "08:00", "20:00")]
#[case::la("US-LA", CENTRAL, "08:00", "20:00")]
#[case::ms("US-MS", CENTRAL, "08:00", "20:00")]
#[case::ct("US-CT", EAST, "09:00", "20:00")]
#[case::ky("US-KY", EAST, "10:00", "21:00")]
#[case::ma("US-MA", EAST, "08:00", "20:00")]
#[case::nv("US-NV", "America/Los_Angeles", "09:00", "20:00")]
#[case::mi("US-MI", EAST, "09:00", "21:00")]
#[case::mn("US-MN", CENTRAL, "09:00", "21:00")]
#[case::nm("US-NM", "America/Denver", "09:00", "21:00")]
#[case::ri("US-RI", EAST, "08:00", "21:00")]
#[case::ut("US-UT", "America/Denver", "08:00", "21:00")]
#[case::pa("US-PA", EAST, "08:00", "21:00")]
#[case::uk("GB", "Europe/London", "08:00", "21:00")]
#[case::ca("CA-ON", "America/Toronto", "09:00", "21:30")]
#[case::au("AU", "Australia/Sydney", "09:00", "20:00")]
fn hours_of_a_weekday_hold_at_their_edges_for_every_purpose(
    #[case] place: &str,
    #[case] zone: &str,
    #[case] opens: &str,
    #[case] closes: &str,
) {
    for purpose in Purpose::ALL {
        if place != "AU" || *purpose != Purpose::Survey {
            edges(&ask(place, zone).purpose(*purpose), zone, date!(2026 - 03 - 03), opens, closes);
        }
    }
    edges(&ask(place, zone).business(), zone, date!(2026 - 03 - 02), opens, closes);
}

#[rstest]
#[case::uk("GB", "Europe/London", "09:00", "21:00")]
#[case::ca("CA-ON", "America/Toronto", "10:00", "18:00")]
#[case::au("AU", "Australia/Perth", "09:00", "17:00")]
#[case::al("US-AL", CENTRAL, "08:00", "20:00")]
fn saturdays_have_hours_of_their_own(
    #[case] place: &str,
    #[case] zone: &str,
    #[case] opens: &str,
    #[case] closes: &str,
) {
    edges(&ask(place, zone), zone, date!(2026 - 03 - 07), opens, closes);
}

#[rstest]
#[case("CA-ON", "America/Toronto", Purpose::Sales, "10:00", "18:00")]
#[case("AU", "Australia/Brisbane", Purpose::Survey, "09:00", "17:00")]
#[case("US-FL", EAST, Purpose::Sales, "08:00", "20:00")]
fn where_sundays_are_open_they_hold_at_their_edges(
    #[case] place: &str,
    #[case] zone: &str,
    #[case] purpose: Purpose,
    #[case] opens: &str,
    #[case] closes: &str,
) {
    edges(&ask(place, zone).purpose(purpose), zone, date!(2026 - 03 - 01), opens, closes);
}

#[test]
fn research_in_australia_may_call_half_an_hour_longer() {
    edges(
        &ask("AU", "Australia/Sydney").purpose(Purpose::Survey),
        "Australia/Sydney",
        date!(2026 - 03 - 03),
        "09:00",
        "20:30",
    );
}

#[rstest]
#[case("US-AL", CENTRAL)]
#[case("US-LA", CENTRAL)]
#[case("US-MS", CENTRAL)]
#[case("GB", "Europe/London")]
#[case("AU", "Australia/Sydney")]
#[case("FR", "Europe/Paris")]
fn where_sundays_are_closed_nobody_is_called_from_midnight_to_midnight(#[case] place: &str, #[case] zone: &str) {
    let ask = ask(place, zone)
        .agreed(dialer_domain::consents::ConsentForm::Express, wall(zone, date!(2026 - 01 - 01), "12:00"));
    let (sunday, monday) = (date!(2026 - 03 - 01), date!(2026 - 03 - 02));
    for clock in ["00:00", "12:00", "23:59"] {
        assert_eq!(ask.code(wall(zone, sunday, clock)), Some(DayClosed), "{clock}");
    }
    let opens = ask.next(wall(zone, sunday, "12:00")).unwrap();
    assert_eq!(zone.parse::<Zone>().unwrap().local(opens).date(), monday);
}

#[test]
fn france_is_open_twice_a_day_on_weekdays() {
    let paris = "Europe/Paris";
    let day = date!(2026 - 11 - 24);
    let french = ask("FR", paris).agreed(dialer_domain::consents::ConsentForm::Express, wall(paris, day, "00:00"));
    edges(&ask("FR", paris).purpose(Purpose::Survey), paris, date!(2026 - 03 - 03), "14:00", "20:00");
    for (clock, code) in [
        ("09:59", Some(BeforeWindow)),
        ("10:00", None),
        ("12:59", None),
        ("13:00", Some(BeforeWindow)),
        ("13:59", Some(BeforeWindow)),
        ("14:00", None),
        ("19:59", None),
        ("20:00", Some(AfterWindow)),
    ] {
        assert_eq!(french.code(wall(paris, day, clock)), code, "{clock}");
    }
    assert_eq!(french.next(wall(paris, day, "13:10")), Some(wall(paris, day, "14:00")));
    assert_eq!(french.code(wall(paris, date!(2026 - 11 - 28), "11:00")), Some(DayClosed), "a Saturday");
}

#[rstest]
// Kept on a Saturday, and on the Friday before.
#[case("US-AL", CENTRAL, date!(2026 - 07 - 03))]
#[case("US-AL", CENTRAL, date!(2026 - 07 - 04))]
// On a Sunday, and on the Monday after.
#[case("US-AL", CENTRAL, date!(2027 - 07 - 05))]
#[case("US-AL", CENTRAL, date!(2026 - 04 - 27))]
#[case("US-LA", CENTRAL, date!(2026 - 02 - 17))]
#[case("US-LA", CENTRAL, date!(2026 - 11 - 26))]
#[case("US-MS", CENTRAL, date!(2026 - 05 - 25))]
#[case("US-RI", EAST, date!(2026 - 08 - 10))]
#[case("US-UT", "America/Denver", date!(2026 - 07 - 24))]
#[case("US-PA", EAST, date!(2026 - 01 - 19))]
#[case("AU", "Australia/Sydney", date!(2026 - 01 - 26))]
#[case("AU", "Australia/Sydney", date!(2026 - 04 - 06))]
// Boxing Day of 2026 is a Saturday.
#[case("AU", "Australia/Sydney", date!(2026 - 12 - 28))]
#[case("FR", "Europe/Paris", date!(2026 - 05 - 14))]
#[case("FR", "Europe/Paris", date!(2026 - 05 - 25))]
#[case("FR", "Europe/Paris", date!(2026 - 07 - 14))]
fn holidays_are_closed_from_midnight_to_midnight(#[case] place: &str, #[case] zone: &str, #[case] holiday: Date) {
    let ask = ask(place, zone).purpose(Purpose::Informational);
    for clock in ["00:00", "11:00", "23:59"] {
        assert_eq!(ask.code(wall(zone, holiday, clock)), Some(Holiday), "{clock}");
    }
    let opens = ask.next(wall(zone, holiday, "11:00")).unwrap();
    assert!(opens > wall(zone, holiday, "23:59") && ask.code(opens).is_none());
}

#[rstest]
#[case("US-FL", EAST)]
#[case("US-CA", "America/Los_Angeles")]
#[case("CA-ON", "America/Toronto")]
fn where_no_law_closes_holidays_they_are_days_like_others(#[case] place: &str, #[case] zone: &str) {
    assert_eq!(ask(place, zone).code(wall(zone, date!(2026 - 07 - 04), "11:00")), None);
}

#[rstest]
#[case(date!(2026 - 03 - 01), "12:59", Some(BeforeWindow))]
#[case(date!(2026 - 03 - 01), "13:00", None)]
#[case(date!(2026 - 03 - 01), "20:59", None)]
#[case(date!(2026 - 03 - 01), "21:00", Some(AfterWindow))]
#[case(date!(2026 - 11 - 26), "12:59", Some(BeforeWindow))]
#[case(date!(2026 - 11 - 26), "13:00", None)]
#[case(date!(2026 - 11 - 27), "08:00", None)]
fn nebraska_hears_recordings_on_sundays_and_holidays_in_the_afternoon_only(
    #[case] date: Date,
    #[case] clock: &str,
    #[case] code: Option<RefusalCode>,
) {
    let at = wall(CENTRAL, date, clock);
    let informs = ask("US-NE", CENTRAL).purpose(Purpose::Informational);
    assert_eq!(informs.clone().prerecorded().code(at), code);
    let live = if clock == "21:00" { Some(AfterWindow) } else { None };
    assert_eq!(informs.code(at), live, "a person may call in the federal window");
}

#[rstest]
#[case("20:29", None)]
#[case("20:59", None)]
#[case("21:00", Some(AfterWindow))]
fn a_call_that_starts_in_the_window_may_ring_beyond_it_where_the_tenant_wants_that(
    #[case] clock: &str,
    #[case] code: Option<RefusalCode>,
) {
    let mut ask = ask("US-CA", EAST);
    ask.facts.ring = Duration::seconds(30);
    ask.facts.strict_end = false;
    assert_eq!(ask.code(wall(EAST, date!(2026 - 03 - 03), clock)), code);
}

#[test]
fn no_call_starts_within_the_ringing_time_of_a_window_s_end() {
    let mut ask = ask("US-CA", EAST);
    ask.facts.ring = Duration::seconds(30);
    let end = wall(EAST, date!(2026 - 03 - 03), "21:00");
    assert_eq!(ask.code(end - Duration::seconds(30)), None);
    assert_eq!(ask.code(end - Duration::seconds(29)), Some(AfterWindow));
    assert_eq!(ask.next(end - Duration::seconds(29)), Some(wall(EAST, date!(2026 - 03 - 04), "08:00")));
}

#[test]
fn an_allowed_call_names_the_rules_and_the_versions_it_was_held_against() {
    let allowed = ask("US-FL", EAST).decide(&SHIPPED, wall(EAST, date!(2026 - 03 - 03), "12:00")).unwrap();
    let ids: Vec<String> = allowed.rules.iter().map(ToString::to_string).collect();
    assert_eq!(
        ids,
        [
            "us.dnc.reg (2026-11-28)",
            "us.cid.send (2026-11-28)",
            "us.abn.rate (2026-11-28)",
            "us.hours (2026-11-28)",
            "us.abn.ring (2026-11-28)",
            "us-fl.hours (2026-11-28)",
            "us-fl.cap24h (2026-11-28)",
        ]
    );
}

#[test]
fn a_refusal_names_the_rule_and_its_version() {
    let refusal = ask("US-FL", EAST).decide(&SHIPPED, wall(EAST, date!(2026 - 03 - 03), "20:30")).unwrap_err();
    assert_eq!(refusal.rule.unwrap().to_string(), "us-fl.hours (2026-11-28)");
    assert_eq!(refusal.closes(), None);
}
