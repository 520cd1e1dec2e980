//! Instants, as both databases keep them: whole microseconds, in UTC.
//!
//! `SQLite` keeps an instant as text and compares text. The driver writes RFC 3339 with as many digits of the
//! second as are not zero, so `10:00:00.5Z` would sort before `10:00:00.25Z`, and both before `10:00:00Z`. An
//! instant is therefore written one nanosecond later than it is: the text then always has nine digits and sorts as
//! time does. Reading cuts the nanosecond off again; `PostgreSQL`, which keeps microseconds, does so by itself.

use dialer_domain::OffsetDateTime;
use sea_orm::sea_query::{ArrayType, ColumnType, Nullable, ValueType, ValueTypeErr};
use sea_orm::{ColIdx, DbBackend, QueryResult, TryGetError, TryGetable, Value};
use serde::{Serialize, Serializer};
use time::format_description::well_known::Rfc3339;
use time::{Duration, UtcOffset};

/// The database's own time, as an instant is stored. On `SQLite` that of the machine.
pub(crate) const fn database_now(backend: DbBackend) -> &'static str {
    match backend {
        DbBackend::Postgres => "clock_timestamp()",
        _ => "(strftime('%Y-%m-%dT%H:%M:%f', 'now') || '000001Z')",
    }
}

/// An instant as it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Instant(OffsetDateTime);

impl Instant {
    /// What is written: one nanosecond later.
    fn written(self) -> OffsetDateTime {
        self.0 + Duration::nanoseconds(1)
    }

    /// The instant.
    pub(crate) const fn get(self) -> OffsetDateTime {
        self.0
    }
}

impl From<OffsetDateTime> for Instant {
    fn from(at: OffsetDateTime) -> Self {
        Self(at.to_offset(UtcOffset::UTC).truncate_to_microsecond())
    }
}

impl From<Instant> for Value {
    fn from(instant: Instant) -> Self {
        Self::TimeDateTimeWithTimeZone(Some(instant.written()))
    }
}

impl Nullable for Instant {
    fn null() -> Value {
        Value::TimeDateTimeWithTimeZone(None)
    }
}

impl ValueType for Instant {
    fn try_from(value: Value) -> Result<Self, ValueTypeErr> {
        match value {
            Value::TimeDateTimeWithTimeZone(Some(at)) => Ok(at.into()),
            _ => Err(ValueTypeErr),
        }
    }

    fn type_name() -> String {
        "Instant".to_owned()
    }

    fn array_type() -> ArrayType {
        ArrayType::TimeDateTimeWithTimeZone
    }

    fn column_type() -> ColumnType {
        ColumnType::TimestampWithTimeZone
    }
}

impl TryGetable for Instant {
    fn try_get_by<I: ColIdx>(row: &QueryResult, index: I) -> Result<Self, TryGetError> {
        OffsetDateTime::try_get_by(row, index).map(Self::from)
    }
}

impl Serialize for Instant {
    /// The text that `SQLite` keeps and that `PostgreSQL` reads.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text = self.written().format(&Rfc3339).map_err(serde::ser::Error::custom)?;
        serializer.serialize_str(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    fn text(at: OffsetDateTime) -> String {
        serde_json::to_value(Instant::from(at)).unwrap().as_str().unwrap().to_owned()
    }

    #[test]
    fn stored_text_sorts_as_time_does() {
        let in_order = [
            datetime!(2026-03-02 09:59:59.999_999 UTC),
            datetime!(2026-03-02 10:00 UTC),
            datetime!(2026-03-02 10:00:00.000_001 UTC),
            datetime!(2026-03-02 10:00:00.25 UTC),
            datetime!(2026-03-02 10:00:00.5 UTC),
            datetime!(2026-03-02 10:00:01 UTC),
        ];
        let texts: Vec<String> = in_order.into_iter().map(text).collect();
        assert!(texts.is_sorted(), "{texts:?}");
        assert!(texts.iter().all(|text| text.len() == texts[0].len()), "{texts:?}");
    }

    #[test]
    fn an_instant_is_stored_in_utc_to_the_microsecond() {
        assert_eq!(text(datetime!(2026-03-02 12:00:00.123_456_789 +2)), "2026-03-02T10:00:00.123456001Z");
        assert_eq!(Instant::from(datetime!(2026-03-02 12:00 +2)).get(), datetime!(2026-03-02 10:00 UTC));
    }

    #[test]
    fn what_is_written_is_read_back_as_it_was() {
        let instant = Instant::from(datetime!(2026-03-02 10:00:00.000_001 UTC));
        assert_eq!(<Instant as ValueType>::try_from(instant.into()).unwrap(), instant);
    }
}
