//! Time zones and active hours: when a campaign may dial, in wall time.
//!
//! Zone rules are the IANA data that jiff carries inside the binary, so every machine gives the same answer.

mod local;
mod wall;
mod wire;

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use time::{Duration, OffsetDateTime, UtcOffset};

pub(crate) use local::{DAY, Local, day_of, weekday};
pub use wall::{ClockTime, ClockTimeError, WallInstants, WallTime};

/// An IANA time zone, such as `Europe/London`.
#[derive(Clone, PartialEq, Eq)]
pub struct Zone(TimeZone);

/// A text that names no IANA time zone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an IANA time zone; use a name such as Europe/London or America/New_York")]
pub struct UnknownZone(String);

impl Zone {
    /// Coordinated universal time.
    #[must_use]
    pub const fn utc() -> Self {
        Self(TimeZone::UTC)
    }

    /// The zone's IANA name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }

    /// `instant` with this zone's offset at that moment.
    #[must_use]
    pub fn local(&self, instant: OffsetDateTime) -> OffsetDateTime {
        let offset = timestamp(instant).map_or(0, |at| self.0.to_offset(at).seconds());
        instant.to_offset(UtcOffset::from_whole_seconds(offset).unwrap_or(UtcOffset::UTC))
    }

    /// The first instant of `date` by this zone's clocks. Where a clock change skips midnight, that is later than
    /// 00:00; where midnight happens twice, it is the first. `None` outside the years that clocks show.
    #[must_use]
    pub fn day_start(&self, date: time::Date) -> Option<OffsetDateTime> {
        let month = i8::try_from(u8::from(date.month())).ok()?;
        let day = i8::try_from(date.day()).ok()?;
        let date = jiff::civil::Date::new(i16::try_from(date.year()).ok()?, month, day).ok()?;
        let midnight = date.to_datetime(jiff::civil::Time::midnight());
        let at = self.0.to_ambiguous_timestamp(midnight).compatible().ok()?;
        OffsetDateTime::from_unix_timestamp(at.as_second()).ok()
    }

    /// The instant at which this zone's clocks show `minute` of the day that is `days` after the one that
    /// holds `instant`. A wall time that a clock change skips is moved forward by the gap; of one that
    /// happens twice, the first is meant.
    fn wall(&self, instant: OffsetDateTime, days: i64, minute: u16) -> Option<OffsetDateTime> {
        let today: DateTime = self.0.to_datetime(timestamp(instant)?);
        let date = today.date().checked_add(jiff::Span::new().days(days)).ok()?;
        let midnight = date.to_datetime(jiff::civil::Time::midnight());
        let wall = midnight.checked_add(jiff::Span::new().minutes(i64::from(minute))).ok()?;
        let at = self.0.to_ambiguous_timestamp(wall).compatible().ok()?;
        OffsetDateTime::from_unix_timestamp(at.as_second()).ok()
    }
}

/// `None` for years that jiff does not know (before -9999, after 9999), which no clock shows.
fn timestamp(instant: OffsetDateTime) -> Option<Timestamp> {
    Timestamp::from_second(instant.unix_timestamp()).ok()
}

impl FromStr for Zone {
    type Err = UnknownZone;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let zone = TimeZone::get(text.trim()).map_err(|_| UnknownZone(text.chars().take(60).collect()))?;
        Ok(Self(zone))
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A wall-clock time of day to the minute, `00:00` to `24:00`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct TimeOfDay {
    minute: u16,
}

impl FromStr for TimeOfDay {
    type Err = ActiveHoursError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || ActiveHoursError::NotATime(text.chars().take(20).collect());
        let (hours, minutes) = text.split_once(':').ok_or_else(wrong)?;
        let two_digits = |part: &str| {
            if part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit()) { part.parse::<u16>().ok() } else { None }
        };
        match (two_digits(hours), two_digits(minutes)) {
            (Some(24), Some(0)) => Ok(Self { minute: 24 * 60 }),
            (Some(h @ 0..=23), Some(m @ 0..=59)) => Ok(Self { minute: h * 60 + m }),
            _ => Err(wrong()),
        }
    }
}

impl TimeOfDay {
    /// Seconds since midnight.
    pub(crate) fn seconds(self) -> i64 {
        i64::from(self.minute) * 60
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.minute / 60, self.minute % 60)
    }
}

impl fmt::Debug for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The hours of each day in which a campaign may start calls: half-open, `[start, end)`, in wall time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ActiveHours {
    start: TimeOfDay,
    end: TimeOfDay,
}

/// Why a pair of texts is not a window of the day.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ActiveHoursError {
    /// Not `HH:MM`.
    #[error("`{0}` is not a time of day; write HH:MM, from 00:00 to 24:00")]
    NotATime(String),
    /// The end is not after the start.
    #[error("the window ends ({end}) before or when it starts ({start}); a window lies within one day")]
    Reversed {
        /// Start as given.
        start: TimeOfDay,
        /// End as given.
        end: TimeOfDay,
    },
}

/// Where an instant lies in relation to a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WindowPosition {
    /// Inside: calls may start.
    Open,
    /// The day's window is still to come.
    Before,
    /// The day's window is over.
    After,
}

impl ActiveHours {
    /// The window `[start, end)`, each as `HH:MM`; `24:00` is the end of the day.
    ///
    /// # Errors
    /// [`ActiveHoursError`] when one is no time of day, or the end is not after the start.
    pub fn parse(start: &str, end: &str) -> Result<Self, ActiveHoursError> {
        let (start, end): (TimeOfDay, TimeOfDay) = (start.parse()?, end.parse()?);
        if start < end { Ok(Self { start, end }) } else { Err(ActiveHoursError::Reversed { start, end }) }
    }

    /// First minute in which calls may start.
    #[must_use]
    pub const fn start(self) -> TimeOfDay {
        self.start
    }

    /// First minute in which calls may not start any more.
    #[must_use]
    pub const fn end(self) -> TimeOfDay {
        self.end
    }

    /// Where `instant` lies, by the clocks of `zone`.
    #[must_use]
    pub fn position(self, zone: &Zone, instant: OffsetDateTime) -> WindowPosition {
        let local = zone.local(instant);
        let minute = u16::from(local.hour()) * 60 + u16::from(local.minute());
        if minute < self.start.minute {
            WindowPosition::Before
        } else if minute < self.end.minute {
            WindowPosition::Open
        } else {
            WindowPosition::After
        }
    }

    /// The first instant at or after `now` that is inside the window. `None` only where a clock change
    /// swallows the window for a whole week, which no zone does.
    #[must_use]
    pub fn next_open(self, zone: &Zone, now: OffsetDateTime) -> Option<OffsetDateTime> {
        if self.position(zone, now) == WindowPosition::Open {
            return Some(now);
        }
        (0..=8)
            .filter_map(|days| zone.wall(now, days, self.start.minute))
            .find(|at| *at > now && self.position(zone, *at) == WindowPosition::Open)
    }

    /// How long the window stays open from `now`; zero when it is not open.
    #[must_use]
    pub fn remaining(self, zone: &Zone, now: OffsetDateTime) -> Duration {
        if self.position(zone, now) != WindowPosition::Open {
            return Duration::ZERO;
        }
        zone.wall(now, 0, self.end.minute).map_or(Duration::ZERO, |end| (end - now).max(Duration::ZERO))
    }
}

impl Default for ActiveHours {
    /// 09:00 to 17:00, the contract's own example.
    fn default() -> Self {
        Self { start: TimeOfDay { minute: 9 * 60 }, end: TimeOfDay { minute: 17 * 60 } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use time::macros::datetime;

    fn london() -> Zone {
        "Europe/London".parse().unwrap()
    }

    #[rstest]
    #[case(datetime!(2026-01-15 08:59:59 UTC), WindowPosition::Before)]
    #[case(datetime!(2026-01-15 09:00 UTC), WindowPosition::Open)]
    #[case(datetime!(2026-01-15 16:59:59 UTC), WindowPosition::Open)]
    #[case(datetime!(2026-01-15 17:00 UTC), WindowPosition::After)]
    // Summer time: the same wall clock is an hour earlier in UTC.
    #[case(datetime!(2026-07-15 07:59:59 UTC), WindowPosition::Before)]
    #[case(datetime!(2026-07-15 08:00 UTC), WindowPosition::Open)]
    #[case(datetime!(2026-07-15 16:00 UTC), WindowPosition::After)]
    fn the_window_is_half_open_in_the_zone_s_wall_time(#[case] at: OffsetDateTime, #[case] expected: WindowPosition) {
        assert_eq!(ActiveHours::default().position(&london(), at), expected);
    }

    #[rstest]
    #[case(datetime!(2026-01-15 03:00 UTC), datetime!(2026-01-15 09:00 UTC))]
    #[case(datetime!(2026-01-15 12:00 UTC), datetime!(2026-01-15 12:00 UTC))]
    #[case(datetime!(2026-01-15 18:00 UTC), datetime!(2026-01-16 09:00 UTC))]
    // The evening before the clocks go forward (29 March 2026): nine o'clock comes an hour sooner.
    #[case(datetime!(2026-03-28 18:00 UTC), datetime!(2026-03-29 08:00 UTC))]
    fn a_closed_window_says_when_it_opens_next(#[case] now: OffsetDateTime, #[case] opens: OffsetDateTime) {
        assert_eq!(ActiveHours::default().next_open(&london(), now), Some(opens));
    }

    #[test]
    fn half_hour_zones_and_the_end_of_the_day_are_understood() {
        let kolkata: Zone = "Asia/Kolkata".parse().unwrap();
        let evening = ActiveHours::parse("22:30", "24:00").unwrap();
        assert_eq!(evening.position(&kolkata, datetime!(2026-01-15 17:00 UTC)), WindowPosition::Open);
        assert_eq!(evening.position(&kolkata, datetime!(2026-01-15 18:29 UTC)), WindowPosition::Open);
        assert_eq!(evening.position(&kolkata, datetime!(2026-01-15 18:30 UTC)), WindowPosition::Before);
        assert_eq!(evening.remaining(&kolkata, datetime!(2026-01-15 18:00 UTC)), Duration::minutes(30));
    }

    #[test]
    fn a_window_that_begins_in_a_skipped_hour_opens_after_the_gap() {
        let early = ActiveHours::parse("01:30", "06:00").unwrap();
        // London skips 01:00 to 02:00 on 29 March 2026.
        assert_eq!(early.next_open(&london(), datetime!(2026-03-29 00:30 UTC)), Some(datetime!(2026-03-29 01:30 UTC)));
    }

    #[rstest]
    #[case("9:00", "17:00")]
    #[case("09:00", "25:00")]
    #[case("09:60", "17:00")]
    #[case("24:01", "24:00")]
    #[case("morning", "17:00")]
    fn a_text_that_is_no_time_of_day_is_named(#[case] start: &str, #[case] end: &str) {
        assert!(matches!(ActiveHours::parse(start, end), Err(ActiveHoursError::NotATime(_))));
    }

    #[rstest]
    #[case("17:00", "09:00")]
    #[case("09:00", "09:00")]
    fn a_reversed_window_is_refused(#[case] start: &str, #[case] end: &str) {
        assert!(matches!(ActiveHours::parse(start, end), Err(ActiveHoursError::Reversed { .. })));
    }

    #[test]
    fn an_unknown_zone_is_named() {
        let error = "Mars/Olympus".parse::<Zone>().unwrap_err();
        assert!(error.to_string().contains("`Mars/Olympus` is not an IANA time zone"));
    }

    proptest::proptest! {
        #[test]
        fn the_next_opening_is_never_in_the_past_and_always_open(
            seconds in 1_600_000_000_i64..2_000_000_000,
            zone in proptest::sample::select(&["UTC", "Europe/London", "America/St_Johns", "Pacific/Apia", "Australia/Lord_Howe"][..]),
            start in 0_u16..1439, length in 1_u16..1440,
        ) {
            let zone: Zone = zone.parse().unwrap();
            let end = (start + length).min(1440);
            let hours = ActiveHours { start: TimeOfDay { minute: start }, end: TimeOfDay { minute: end } };
            let now = OffsetDateTime::from_unix_timestamp(seconds).unwrap();
            let opens = hours.next_open(&zone, now).unwrap();
            proptest::prop_assert!(opens >= now);
            proptest::prop_assert_eq!(hours.position(&zone, opens), WindowPosition::Open);
        }
    }
}
