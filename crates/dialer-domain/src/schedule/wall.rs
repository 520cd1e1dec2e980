//! Wall times: what people promise each other is a time on somebody's clock, not an instant.

use std::fmt;
use std::str::FromStr;

use jiff::civil::DateTime;
use time::OffsetDateTime;

use super::Zone;

/// A day and a time as a clock shows them, to the second, without saying whose clock.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ClockTime(DateTime);

/// A text that is no [`ClockTime`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no day and time of a clock; write it without an offset, such as 2026-11-01T01:30")]
pub struct ClockTimeError(String);

impl FromStr for ClockTime {
    type Err = ClockTimeError;

    /// Reads `YYYY-MM-DDTHH:MM` or `YYYY-MM-DDTHH:MM:SS`, and nothing with an offset: that would be an instant.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let wrong = || ClockTimeError(text.chars().take(40).collect());
        let shape = |(place, byte): (usize, u8)| match place {
            4 | 7 => byte == b'-',
            10 => byte == b'T',
            13 | 16 => byte == b':',
            _ => byte.is_ascii_digit(),
        };
        if !matches!(text.len(), 16 | 19) || !text.bytes().enumerate().all(shape) {
            return Err(wrong());
        }
        text.parse().map(Self).map_err(|_| wrong())
    }
}

impl fmt::Display for ClockTime {
    /// As it is read; seconds only where there are some.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shape = if self.0.second() == 0 { "%Y-%m-%dT%H:%M" } else { "%Y-%m-%dT%H:%M:%S" };
        write!(f, "{}", self.0.strftime(shape))
    }
}

impl fmt::Debug for ClockTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A time on the clocks of a zone.
///
/// The wall time is what was promised. The instants that it means follow from the zone's rules as they are known now
/// ([`Self::instants`]): when a country changes its clocks after a promise was made, the promise stays at the same wall time
/// and its instant moves.
#[derive(Clone, PartialEq, Eq)]
pub struct WallTime {
    /// What the clocks show.
    pub local: ClockTime,
    /// Whose clocks.
    pub zone: Zone,
}

/// When clocks show a wall time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WallInstants {
    /// The instant; where the clocks go back and show the time twice, the earlier of the two.
    pub at: OffsetDateTime,
    /// The later of the two, where there are two.
    pub again_at: Option<OffsetDateTime>,
}

impl WallTime {
    /// What the clocks of `zone` show at `instant`, cut to the second. `None` outside the years that clocks show.
    #[must_use]
    pub fn of(instant: OffsetDateTime, zone: Zone) -> Option<Self> {
        let second = super::timestamp(instant)?;
        Some(Self { local: ClockTime(zone.0.to_datetime(second)), zone })
    }

    /// When the zone's clocks show it.
    ///
    /// Where the clocks go back they show it twice, and both instants count: whoever promised it cannot know which the other
    /// meant. Where they go forward past it they never show it; then it means the instant that lies as far behind the gap as
    /// the time lies within it, so that 02:30 in a gap from 02:00 to 03:00 is 03:30. That is what RFC 5545 (section 3.3.5)
    /// and ECMAScript's Temporal ("compatible") do, and so calendars: a promise that was put into a calendar as well rings
    /// there at the same instant, and it never comes too early.
    ///
    /// `None` outside the years that clocks show.
    #[must_use]
    pub fn instants(&self) -> Option<WallInstants> {
        let shown = self.zone.0.to_ambiguous_timestamp(self.local.0);
        let instant = |at: jiff::Timestamp| OffsetDateTime::from_unix_timestamp(at.as_second()).ok();
        let at = instant(shown.compatible().ok()?)?;
        // In a gap the later reading is the compatible one.
        let again_at = shown.later().ok().and_then(instant).filter(|again| *again != at);
        Some(WallInstants { at, again_at })
    }
}

impl WallInstants {
    /// The last instant that may be meant.
    #[must_use]
    pub fn last(self) -> OffsetDateTime {
        self.again_at.unwrap_or(self.at)
    }

    /// Of the instants those from `now` on: the second, once the first is over.
    #[must_use]
    pub fn from(self, now: OffsetDateTime) -> Self {
        match self.again_at {
            Some(again) if self.at <= now && now < again => Self { at: again, again_at: None },
            _ => self,
        }
    }
}

impl fmt::Display for WallTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}[{}]", self.local, self.zone.name())
    }
}

impl fmt::Debug for WallTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use time::Duration;
    use time::macros::datetime;

    fn wall(text: &str, zone: &str) -> WallTime {
        WallTime { local: text.parse().unwrap(), zone: zone.parse().unwrap() }
    }

    #[rstest]
    #[case::summer("2026-07-15T09:00", "Europe/London", datetime!(2026-07-15 08:00 UTC))]
    #[case::half_an_hour_off("2026-01-15T09:00", "Asia/Kolkata", datetime!(2026-01-15 03:30 UTC))]
    #[case::three_quarters_off("2026-01-15T09:00", "Asia/Kathmandu", datetime!(2026-01-15 03:15 UTC))]
    #[case::half_an_hour_off_and_summer("2026-07-15T09:00", "America/St_Johns", datetime!(2026-07-15 11:30 UTC))]
    #[case::east_of_the_date_line("2026-03-02T09:00", "Pacific/Kiritimati", datetime!(2026-03-01 19:00 UTC))]
    #[case::west_of_the_date_line("2026-03-02T09:00", "Pacific/Pago_Pago", datetime!(2026-03-02 20:00 UTC))]
    #[case::to_the_second("2026-03-02T09:00:07", "UTC", datetime!(2026-03-02 09:00:07 UTC))]
    fn a_wall_time_is_one_instant_on_most_days(#[case] text: &str, #[case] zone: &str, #[case] at: OffsetDateTime) {
        assert_eq!(wall(text, zone).instants(), Some(WallInstants { at, again_at: None }));
    }

    #[rstest]
    #[case::an_hour("2026-11-01T01:30", "America/New_York", datetime!(2026-11-01 05:30 UTC), 60)]
    #[case::its_first_second("2026-11-01T01:00", "America/New_York", datetime!(2026-11-01 05:00 UTC), 60)]
    #[case::its_last_second("2026-11-01T01:59:59", "America/New_York", datetime!(2026-11-01 05:59:59 UTC), 60)]
    #[case::half_an_hour("2026-04-05T01:45", "Australia/Lord_Howe", datetime!(2026-04-04 14:45 UTC), 30)]
    #[case::across_midnight("2026-10-25T02:15", "Europe/Berlin", datetime!(2026-10-25 00:15 UTC), 60)]
    fn where_the_clocks_go_back_both_instants_count(
        #[case] text: &str,
        #[case] zone: &str,
        #[case] first: OffsetDateTime,
        #[case] minutes: i64,
    ) {
        let again = first + Duration::minutes(minutes);
        let twice = wall(text, zone).instants().unwrap();
        assert_eq!(twice, WallInstants { at: first, again_at: Some(again) });
        assert_eq!(twice.last(), again);
        assert_eq!(twice.from(first - Duration::SECOND), twice);
        assert_eq!(twice.from(first), WallInstants { at: again, again_at: None });
    }

    #[rstest]
    #[case::just_before("2026-11-01T00:59:59", "America/New_York")]
    #[case::just_after("2026-11-01T02:00", "America/New_York")]
    #[case::before_the_half_hour("2026-04-05T01:29", "Australia/Lord_Howe")]
    #[case::after_the_half_hour("2026-04-05T02:00", "Australia/Lord_Howe")]
    fn beside_the_repeated_time_there_is_one_instant(#[case] text: &str, #[case] zone: &str) {
        assert_eq!(wall(text, zone).instants().unwrap().again_at, None);
    }

    #[rstest]
    #[case::the_last_before("2026-03-08T01:59", "America/New_York", datetime!(2026-03-08 06:59 UTC))]
    #[case::its_first_minute("2026-03-08T02:00", "America/New_York", datetime!(2026-03-08 07:00 UTC))]
    #[case::its_middle("2026-03-08T02:30", "America/New_York", datetime!(2026-03-08 07:30 UTC))]
    #[case::the_first_after("2026-03-08T03:00", "America/New_York", datetime!(2026-03-08 07:00 UTC))]
    #[case::half_an_hour("2026-10-04T02:15", "Australia/Lord_Howe", datetime!(2026-10-03 15:45 UTC))]
    // Samoa went over the date line and had no 30 December 2011.
    #[case::a_whole_day("2011-12-30T09:00", "Pacific/Apia", datetime!(2011-12-30 19:00 UTC))]
    fn a_time_that_the_clocks_skip_lies_as_far_behind_the_gap(
        #[case] text: &str,
        #[case] zone: &str,
        #[case] at: OffsetDateTime,
    ) {
        assert_eq!(wall(text, zone).instants(), Some(WallInstants { at, again_at: None }));
    }

    #[rstest]
    #[case("2026-11-01")]
    #[case("2026-11-01 01:30")]
    #[case("2026-11-01T01:30Z")]
    #[case("2026-11-01T01:30-05:00")]
    #[case("2026-11-01T1:30")]
    #[case("2026-02-30T01:30")]
    #[case("2026-11-01T25:00")]
    #[case("tomorrow at noon")]
    fn a_text_that_is_no_wall_time_is_named(#[case] text: &str) {
        let error = text.parse::<ClockTime>().unwrap_err();
        assert!(error.to_string().contains(text), "{error}");
    }

    proptest::proptest! {
        #[test]
        fn an_instant_is_among_those_of_what_the_clocks_show_then(
            seconds in 1_600_000_000_i64..2_000_000_000,
            zone in proptest::sample::select(&[
                "UTC", "America/New_York", "America/St_Johns", "Pacific/Apia", "Australia/Lord_Howe", "Asia/Kathmandu",
            ][..]),
        ) {
            let now = OffsetDateTime::from_unix_timestamp(seconds).unwrap();
            let shown = WallTime::of(now, zone.parse().unwrap()).unwrap();
            let instants = shown.instants().unwrap();
            proptest::prop_assert!(instants.at == now || instants.again_at == Some(now));
            proptest::prop_assert_eq!(shown.local.to_string().parse(), Ok(shown.local));
        }
    }
}
