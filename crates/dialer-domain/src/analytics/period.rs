//! The time that a report covers.

use std::str::FromStr;

use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{Date, OffsetDateTime, UtcOffset};

use crate::schedule::Zone;

/// From an instant on, and until before another. `None` is without a bound.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Period {
    /// The first instant inside.
    pub from: Option<OffsetDateTime>,
    /// The first instant that is no longer inside.
    pub until: Option<OffsetDateTime>,
}

impl Period {
    /// Whether `instant` is inside.
    #[must_use]
    pub fn holds(self, instant: OffsetDateTime) -> bool {
        self.from.is_none_or(|from| instant >= from) && self.until.is_none_or(|until| instant < until)
    }

    /// From `start` to `end` by the clocks of `zone`.
    ///
    /// # Errors
    /// [`EndsBeforeStart`]
    pub fn between(
        start: Option<DateOrInstant>,
        end: Option<DateOrInstant>,
        zone: &Zone,
    ) -> Result<Self, EndsBeforeStart> {
        let from = start.and_then(|start| start.begin(zone));
        let until = end.and_then(|end| end.end(zone));
        let reversed = match (from, until, end) {
            (Some(from), Some(until), Some(DateOrInstant::Date(_))) => until <= from,
            (Some(from), Some(until), _) => until < from,
            _ => false,
        };
        if reversed { Err(EndsBeforeStart) } else { Ok(Self { from, until }) }
    }
}

/// A period that would end before it begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the period ends before it begins")]
pub struct EndsBeforeStart;

/// A bound of a period as people write it: a day, or an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DateOrInstant {
    /// A whole day of the report's zone.
    Date(Date),
    /// An instant.
    Instant(OffsetDateTime),
}

/// A text that is neither a date nor an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("use a date such as 2026-03-02, or an instant such as 2026-03-02T10:00:00Z")]
pub struct NotADate;

impl DateOrInstant {
    /// The first instant of a period that begins with it. `None` where no clock shows it.
    #[must_use]
    pub fn begin(self, zone: &Zone) -> Option<OffsetDateTime> {
        match self {
            Self::Date(date) => zone.day_start(date),
            Self::Instant(at) => Some(at),
        }
    }

    /// The first instant after a period that ends with it: a day is inside as a whole, an instant is not.
    #[must_use]
    pub fn end(self, zone: &Zone) -> Option<OffsetDateTime> {
        match self {
            Self::Date(date) => zone.day_start(date.next_day()?),
            Self::Instant(at) => Some(at),
        }
    }
}

impl FromStr for DateOrInstant {
    type Err = NotADate;

    fn from_str(text: &str) -> Result<Self, NotADate> {
        let years = 1..=9998;
        let text = text.trim();
        if let Ok(date) = Date::parse(text, format_description!("[year]-[month]-[day]")) {
            return if years.contains(&date.year()) { Ok(Self::Date(date)) } else { Err(NotADate) };
        }
        // In a query, a plus that was not escaped arrives as a space.
        let at = OffsetDateTime::parse(&text.replace(' ', "+"), &Rfc3339).map_err(|_| NotADate)?;
        let at = at.checked_to_offset(UtcOffset::UTC).ok_or(NotADate)?;
        if years.contains(&at.year()) { Ok(Self::Instant(at)) } else { Err(NotADate) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use time::macros::datetime;

    fn read(text: &str) -> Option<DateOrInstant> {
        text.parse().ok()
    }

    #[test]
    fn a_day_is_inside_as_a_whole_by_the_zone_s_clocks() {
        let zone: Zone = "America/New_York".parse().unwrap();
        // The clocks go forward on 8 March 2026: this day has 23 hours.
        let day = Period::between(read("2026-03-08"), read("2026-03-08"), &zone).unwrap();
        let (from, until) = (datetime!(2026-03-08 05:00 UTC), datetime!(2026-03-09 04:00 UTC));
        assert_eq!(day, Period { from: Some(from), until: Some(until) });
        assert!(day.holds(from) && !day.holds(until));
        assert!(day.holds(until - time::Duration::NANOSECOND) && !day.holds(from - time::Duration::NANOSECOND));
    }

    #[test]
    fn where_midnight_is_skipped_the_day_begins_after_the_gap() {
        // Santiago skipped 00:00 to 01:00 on 8 September 2024.
        let zone: Zone = "America/Santiago".parse().unwrap();
        let day = Period::between(read("2024-09-08"), None, &zone).unwrap();
        assert_eq!(day.from, Some(datetime!(2024-09-08 04:00 UTC)));
    }

    #[rstest]
    #[case("2026-03-02", "2026-03-01", false)]
    #[case("2026-03-02", "2026-03-02", true)]
    #[case("2026-03-02T10:00:00Z", "2026-03-02", true)]
    #[case("2026-03-02T10:00:00Z", "2026-03-02T09:59:59Z", false)]
    #[case("2026-03-02T10:00:00Z", "2026-03-02T10:00:00Z", true)]
    fn a_period_cannot_end_before_it_begins(#[case] start: &str, #[case] end: &str, #[case] possible: bool) {
        assert_eq!(Period::between(read(start), read(end), &Zone::utc()).is_ok(), possible);
    }

    #[rstest]
    #[case("2026-03-02T10:00:00+01:00", Some(datetime!(2026-03-02 09:00 UTC)))]
    #[case("2026-03-02T10:00:00 01:00", Some(datetime!(2026-03-02 09:00 UTC)))]
    #[case("2026-03-02T10:00:00", None)]
    #[case("02.03.2026", None)]
    #[case("2026-02-30", None)]
    #[case("0000-01-01", None)]
    #[case("9999-01-01", None)]
    fn what_is_neither_a_date_nor_an_instant_is_not_read(#[case] text: &str, #[case] at: Option<OffsetDateTime>) {
        assert_eq!(read(text), at.map(DateOrInstant::Instant));
    }
}
