//! What a zone's clocks show, as plain numbers: rules compare them many times a decision.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use time::OffsetDateTime;

use super::{Zone, timestamp};

/// Seconds of a day.
pub(crate) const DAY: i64 = 86_400;

/// What the clocks of a zone show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Local {
    /// The day, counted from 1 January 1970.
    pub(crate) day: i64,
    /// Seconds since midnight by the clock, 0 to 86,399.
    pub(crate) second: i64,
}

/// The day of the week of a day counted from 1 January 1970, a Thursday; 0 for Monday.
pub(crate) fn weekday(day: i64) -> usize {
    usize::try_from((day + 3).rem_euclid(7)).unwrap_or_default()
}

/// The day of a date, counted from 1 January 1970.
pub(crate) fn day_of(date: time::Date) -> i64 {
    i64::from(date.to_julian_day()) - 2_440_588
}

impl Zone {
    /// What this zone's clocks show at `instant`.
    pub(crate) fn clock(&self, instant: OffsetDateTime) -> Local {
        let seconds = instant.unix_timestamp();
        let offset = timestamp(instant).map_or(0, |at| self.0.to_offset(at).seconds());
        let wall = seconds + i64::from(offset);
        Local { day: wall.div_euclid(DAY), second: wall.rem_euclid(DAY) }
    }

    /// The instants at which this zone's clocks show `second` of `day`: two where a clock change repeats it, and where one
    /// skips it, the instant that lies as far behind the gap as the time shown lies within it.
    pub(crate) fn instants(&self, day: i64, second: i64) -> impl Iterator<Item = OffsetDateTime> + use<> {
        let wall: Option<DateTime> =
            Timestamp::from_second(day * DAY + second).ok().map(|at| TimeZone::UTC.to_datetime(at));
        let shown = wall.map(|wall| self.0.to_ambiguous_timestamp(wall));
        let first = shown.and_then(|at| at.compatible().ok());
        let later = shown.and_then(|at| at.later().ok()).filter(|at| Some(*at) != first);
        [first, later].into_iter().flatten().filter_map(|at| OffsetDateTime::from_unix_timestamp(at.as_second()).ok())
    }

    /// The clock changes later than `from` and before `until`.
    pub(crate) fn changes(&self, from: OffsetDateTime, until: OffsetDateTime) -> impl Iterator<Item = OffsetDateTime> {
        let after = timestamp(from).into_iter().flat_map(|at| self.0.following(at));
        after
            .filter_map(|change| OffsetDateTime::from_unix_timestamp(change.timestamp().as_second()).ok())
            .take_while(move |at| *at < until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::{date, datetime};

    #[test]
    fn days_and_weekdays_are_those_of_the_calendar() {
        assert_eq!(day_of(date!(1970 - 01 - 01)), 0);
        assert_eq!(weekday(day_of(date!(2026 - 11 - 30))), 0, "a Monday");
        assert_eq!(weekday(day_of(date!(1969 - 12 - 28))), 6, "a Sunday");
    }

    #[test]
    fn clocks_show_the_same_time_twice_or_never_where_they_change() {
        let new_york: Zone = "America/New_York".parse().unwrap();
        let back = day_of(date!(2026 - 11 - 01));
        let twice: Vec<_> = new_york.instants(back, 5_400).collect();
        assert_eq!(twice, [datetime!(2026-11-01 05:30 UTC), datetime!(2026-11-01 06:30 UTC)]);
        let forward = day_of(date!(2026 - 03 - 08));
        let skipped: Vec<_> = new_york.instants(forward, 9_000).collect();
        assert_eq!(skipped, [datetime!(2026-03-08 07:30 UTC)]);
        assert_eq!(new_york.clock(skipped[0]), Local { day: forward, second: 12_600 });
    }
}
