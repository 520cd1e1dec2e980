use dialer_domain::analytics::{CallCount, PerMille, figures, quarter_of};
use dialer_domain::schedule::Zone;
use dialer_domain::{CallStatus, OffsetDateTime};
use proptest::prelude::*;
use rstest::rstest;
use time::macros::datetime;

const T0: OffsetDateTime = datetime!(2026-03-02 10:00 UTC);

fn count(status: CallStatus, calls: u64, duration: u64) -> CallCount {
    CallCount { quarter: T0, status, calls, duration }
}

#[test]
fn answered_calls_are_those_that_talk_or_have_talked_and_the_average_is_cut() {
    let counts = [
        count(CallStatus::Answered, 1, 0),
        count(CallStatus::Completed, 2, 8),
        count(CallStatus::Busy, 4, 0),
        CallCount { quarter: datetime!(2026-03-02 23:45 UTC), ..count(CallStatus::Completed, 1, 3) },
    ];
    let figures = figures(&counts, &Zone::utc());
    assert_eq!((figures.total, figures.answered, figures.duration), (8, 4, 11));
    assert_eq!(figures.average_duration, 2, "11 over 4 is cut");
    assert_eq!((figures.with_status(CallStatus::Completed), figures.with_status(CallStatus::Ringing)), (3, 0));
    assert_eq!((figures.by_hour[10], figures.by_hour[23]), (7, 1));
    assert_eq!(figures.by_status().map(|(status, _)| status).collect::<Vec<_>>(), CallStatus::ALL);
}

#[rstest]
#[case(320, 500, 64.0)]
#[case(1, 3, 33.3)]
#[case(2, 3, 66.7)]
#[case(1, 2000, 0.1)]
#[case(1, 2001, 0.0)]
#[case(7, 7, 100.0)]
#[case(0, 0, 0.0)]
fn a_rate_is_percent_with_one_decimal(#[case] part: u64, #[case] whole: u64, #[case] percent: f64) {
    assert!((PerMille::of(part, whole).percent() - percent).abs() < f64::EPSILON);
}

proptest! {
    #[test]
    fn every_call_is_in_one_hour_and_one_status(
        rows in proptest::collection::vec((0_i64..4_000_000_000, 0..CallStatus::ALL.len(), 0_u64..1000, 0_u64..1000), 0..50),
        zone in proptest::sample::select(&["UTC", "Asia/Kathmandu", "Australia/Lord_Howe", "America/St_Johns"][..]),
    ) {
        let zone: Zone = zone.parse().unwrap();
        let counts: Vec<CallCount> = rows
            .into_iter()
            .map(|(second, status, calls, duration)| {
                let quarter = quarter_of(OffsetDateTime::from_unix_timestamp(second).unwrap());
                CallCount { quarter, status: CallStatus::ALL[status], calls, duration }
            })
            .collect();
        let figures = figures(&counts, &zone);
        prop_assert_eq!(figures.by_hour.iter().sum::<u64>(), figures.total);
        prop_assert_eq!(figures.by_status().map(|(_, calls)| calls).sum::<u64>(), figures.total);
        prop_assert!(figures.answered <= figures.total);
    }

    /// A call's hour is that of its quarter: no zone of the present changes its hour within one.
    #[test]
    fn a_quarter_of_an_hour_lies_in_one_hour_of_every_zone(
        second in 100_000_000_i64..4_000_000_000,
        zone in proptest::sample::select(&["Asia/Kolkata", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Chatham"][..]),
    ) {
        let (zone, at): (Zone, _) = (zone.parse().unwrap(), OffsetDateTime::from_unix_timestamp(second).unwrap());
        prop_assert_eq!(zone.local(quarter_of(at)).hour(), zone.local(at).hour());
    }
}
