use dialer_domain::dispositions::{
    Disposition, Facts, FollowUpDateError, FollowUpTime, FollowUpWish, NewDisposition, conclude, usual_zone,
};
use dialer_domain::schedule::{WallTime, Zone};
use dialer_domain::{ContactStatus, OffsetDateTime, PhoneNumber};
use dialer_testkit::builders::{T0, call, campaign, contact, disposition};
use rstest::rstest;
use serde_json::json;
use time::macros::datetime;

/// The first time that New York's clocks show 01:30 on the day that they go back.
const FIRST: OffsetDateTime = datetime!(2026-11-01 05:30 UTC);
const SECOND: OffsetDateTime = datetime!(2026-11-01 06:30 UTC);

fn zone(name: &str) -> Zone {
    name.parse().unwrap()
}

fn wish(date: Option<OffsetDateTime>, local: Option<&str>, zone: Option<&str>) -> FollowUpWish {
    let local = local.map(|text| text.parse().unwrap());
    FollowUpWish { date, local, zone: zone.map(|name| name.parse().unwrap()) }
}

fn half_past_one(at: OffsetDateTime, again_at: Option<OffsetDateTime>) -> FollowUpTime {
    let wall = WallTime { local: "2026-11-01T01:30".parse().unwrap(), zone: zone("America/New_York") };
    FollowUpTime { at, again_at, wall: Some(wall) }
}

#[rstest]
#[case::alone(None, T0, half_past_one(FIRST, Some(SECOND)))]
#[case::with_its_first_instant(Some(FIRST), T0, half_past_one(FIRST, None))]
#[case::with_its_second(Some(SECOND), T0, half_past_one(SECOND, None))]
#[case::said_between_the_two(None, FIRST, half_past_one(SECOND, None))]
fn a_wall_time_that_comes_twice_is_due_at_the_first_unless_the_second_is_meant(
    #[case] date: Option<OffsetDateTime>,
    #[case] now: OffsetDateTime,
    #[case] expected: FollowUpTime,
) {
    let wish = wish(date, Some("2026-11-01T01:30"), Some("America/New_York"));
    assert_eq!(wish.resolve(None, now), Ok(Some(expected.clone())));
    assert_eq!(expected.last(), expected.again_at.unwrap_or(expected.at));
}

#[rstest]
#[case::another_instant(
    wish(Some(T0), Some("2026-11-01T01:30"), Some("America/New_York")),
    FollowUpDateError::Disagree
)]
#[case::the_same_time_elsewhere(
    wish(Some(FIRST), Some("2026-11-01T01:30"), Some("America/Chicago")),
    FollowUpDateError::Disagree
)]
#[case::no_zone(wish(None, Some("2026-11-01T01:30"), None), FollowUpDateError::NoZone)]
#[case::nothing_but_a_zone(wish(None, None, Some("America/New_York")), FollowUpDateError::ZoneAlone)]
fn a_wish_that_says_two_things_or_half_of_one_is_refused(#[case] wish: FollowUpWish, #[case] error: FollowUpDateError) {
    assert_eq!(wish.resolve(None, T0), Err(error));
}

#[test]
fn an_instant_alone_promises_no_clock_and_with_a_zone_what_its_clocks_show() {
    assert_eq!(wish(None, None, None).resolve(Some(Zone::utc()), T0), Ok(None));
    let instant = wish(Some(SECOND), None, None).resolve(Some(Zone::utc()), T0).unwrap().unwrap();
    assert_eq!(instant, FollowUpTime { at: SECOND, again_at: None, wall: None });
    let shown = wish(Some(SECOND), None, Some("America/New_York")).resolve(None, T0);
    assert_eq!(shown, Ok(Some(half_past_one(SECOND, None))));
}

#[rstest]
#[case::the_stated_zone(json!({ "timezone": "America/Chicago" }), "+18005550123", "America/Chicago")]
#[case::the_number(json!({}), "+12125550123", "America/New_York")]
#[case::zones_that_show_the_same(json!({ "country": "DE" }), "+4915123456789", "Europe/Berlin")]
#[case::signals_that_disagree(json!({ "timezone": "Asia/Kolkata" }), "+12125550123", "Europe/London")]
fn a_wall_time_without_a_zone_is_the_callee_s_where_that_is_known_and_else_the_campaign_s(
    #[case] metadata: serde_json::Value,
    #[case] number: &str,
    #[case] expected: &str,
) {
    let list = campaign().timezone(zone("Europe/London")).build();
    let mut person = contact(list.id).number(PhoneNumber::parse(number, None).unwrap()).build();
    person.person.metadata = metadata.as_object().unwrap().clone();
    let wish = wish(None, Some("2026-06-01T09:00"), None);
    let found = usual_zone(&wish, &call().build(), Some((&person, &list))).unwrap();
    let at = |zone: Zone| WallTime { local: wish.local.unwrap(), zone }.instants();
    assert_eq!(at(found), at(zone(expected)));
}

#[test]
fn outside_of_campaigns_the_number_alone_tells_the_zone() {
    let wish = wish(None, Some("2026-06-01T09:00"), None);
    let to = |number| call().to(PhoneNumber::parse(number, None).unwrap()).build();
    assert_eq!(usual_zone(&wish, &to("+12125550123"), None), Some(zone("America/New_York")));
    assert_eq!(usual_zone(&wish, &to("+18005550123"), None), None, "a freephone number is anywhere");
}

#[test]
fn the_contact_keeps_the_wall_time_as_long_as_it_waits_for_it() {
    let list = campaign().active().build();
    let person = contact(list.id).build();
    let live = call().build();
    let person = dialer_domain::Contact { last_call_id: Some(live.id), ..person };
    let when = half_past_one(FIRST, Some(SECOND));
    let promise = NewDisposition {
        follow_up_date: Some(when.at),
        follow_up_again: when.again_at,
        follow_up_wall: when.wall.clone(),
        ..disposition(&live, Disposition::Callback, T0)
    };
    let say = |new: &NewDisposition, person| {
        let facts = Facts { call: &live, contact: Some((person, &list)), suppressed: false, others_open: false };
        conclude(new, facts)
    };
    let said = say(&promise, &person);
    assert_eq!(
        (said.recorded.follow_up_again, said.recorded.follow_up_wall.clone()),
        (Some(SECOND), when.wall.clone())
    );
    let waits = said.contact.unwrap();
    assert_eq!((waits.status, waits.next_attempt_at), (ContactStatus::Callback, Some(FIRST)));
    assert_eq!(waits.next_attempt_wall, when.wall);
    let done = say(&disposition(&live, Disposition::NotInterested, T0), &waits).contact.unwrap();
    assert_eq!((done.next_attempt_at, done.next_attempt_wall), (None, None));
}
