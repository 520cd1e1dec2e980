//! The provider's way to write instants in history: `YYYY-MM-DD HH:MM:SS`, without the zone that it is in.

use time::macros::format_description;
use time::{Date, OffsetDateTime, PrimitiveDateTime, UtcOffset};

/// An instant, as clocks in its own zone show it.
pub(super) fn format_stamp(at: OffsetDateTime) -> String {
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

/// Reads a whole stamp, or a date as its midnight, as of a zone.
pub(super) fn parse_stamp(text: &str, zone: UtcOffset) -> Option<OffsetDateTime> {
    let stamp = format_description!("[year]-[month]-[day] [hour]:[minute]:[second]");
    let date = format_description!("[year]-[month]-[day]");
    PrimitiveDateTime::parse(text, &stamp)
        .ok()
        .or_else(|| Date::parse(text, &date).ok().map(Date::midnight))
        .map(|at| at.assume_offset(zone))
}

#[cfg(test)]
mod tests {
    use time::macros::{datetime, offset};

    use super::*;

    const UTC: UtcOffset = UtcOffset::UTC;

    #[test]
    fn a_stamp_has_neither_zone_nor_fractions_and_is_read_in_the_zone_it_was_written_in() {
        let at = datetime!(2026-03-01 23:30:05.9 UTC);
        assert_eq!(format_stamp(at), "2026-03-01 23:30:05");
        assert_eq!(parse_stamp("2026-03-01 23:30:05", UTC), Some(datetime!(2026-03-01 23:30:05 UTC)));
        assert_eq!(format_stamp(at.to_offset(offset!(+2))), "2026-03-02 01:30:05");
        assert_eq!(parse_stamp("2026-03-02 01:30:05", offset!(+2)), Some(datetime!(2026-03-01 23:30:05 UTC)));
    }

    #[test]
    fn a_date_is_its_midnight_and_nonsense_is_nothing() {
        assert_eq!(parse_stamp("2026-03-01", UTC), Some(datetime!(2026-03-01 00:00 UTC)));
        for text in ["", "yesterday", "2026-13-01", "2026-03-01T00:00:00Z"] {
            assert_eq!(parse_stamp(text, UTC), None, "{text}");
        }
    }
}
