//! The provider's way to write instants in history: `YYYY-MM-DD HH:MM:SS`, UTC, no zone.

use time::macros::format_description;
use time::{Date, OffsetDateTime, PrimitiveDateTime, UtcOffset};

pub(super) fn format_stamp(at: OffsetDateTime) -> String {
    let at = at.to_offset(UtcOffset::UTC);
    let (date, time) = (at.date(), at.time());
    format!(
        "{:04}-{:02}-{:02} {:02}:{:02}:{:02}",
        date.year(),
        u8::from(date.month()),
        date.day(),
        time.hour(),
        time.minute(),
        time.second()
    )
}

/// Reads a whole stamp, or a date as its midnight.
pub(super) fn parse_stamp(text: &str) -> Option<OffsetDateTime> {
    let stamp = format_description!("[year]-[month]-[day] [hour]:[minute]:[second]");
    let date = format_description!("[year]-[month]-[day]");
    PrimitiveDateTime::parse(text, &stamp)
        .ok()
        .or_else(|| Date::parse(text, &date).ok().map(Date::midnight))
        .map(PrimitiveDateTime::assume_utc)
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn a_stamp_is_utc_without_a_zone_and_without_fractions() {
        let at = datetime!(2026-03-02 01:30:05.9 +02:00);
        assert_eq!(format_stamp(at), "2026-03-01 23:30:05");
        assert_eq!(parse_stamp("2026-03-01 23:30:05"), Some(datetime!(2026-03-01 23:30:05 UTC)));
    }

    #[test]
    fn a_date_is_its_midnight_and_nonsense_is_nothing() {
        assert_eq!(parse_stamp("2026-03-01"), Some(datetime!(2026-03-01 00:00 UTC)));
        for text in ["", "yesterday", "2026-13-01", "2026-03-01T00:00:00Z"] {
            assert_eq!(parse_stamp(text), None, "{text}");
        }
    }
}
