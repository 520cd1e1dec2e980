//! Instants on the wire: RFC 3339 in UTC with `Z`, to the microsecond.

use dialer_domain::schedule::WallTime;
use serde::ser::Error;
use serde::{Serialize, Serializer};
use time::format_description::well_known::Rfc3339;
use time::{OffsetDateTime, UtcOffset};
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

/// An instant as every answer writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp(OffsetDateTime);

impl From<OffsetDateTime> for Stamp {
    fn from(at: OffsetDateTime) -> Self {
        Self(to_microseconds(at))
    }
}

impl Serialize for Stamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // The longest is 9999-12-31T23:59:59.999999Z.
        let mut text = [0; 32];
        let mut rest = text.as_mut_slice();
        self.0.format_into(&mut rest, &Rfc3339).map_err(Error::custom)?;
        let unused = rest.len();
        let text = text.get(..text.len() - unused).map(str::from_utf8);
        serializer.serialize_str(text.and_then(Result::ok).unwrap_or_default())
    }
}

impl PartialSchema for Stamp {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
            .description(Some("An instant in UTC (RFC 3339)"))
            .examples(["2026-03-02T10:00:00Z"])
            .into()
    }
}

impl ToSchema for Stamp {}

impl std::fmt::Display for Stamp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.format(&Rfc3339).map_err(|_| std::fmt::Error)?)
    }
}

/// A wall time as rows show it: what the clocks show, and whose clocks.
pub(crate) fn local_and_zone(wall: Option<WallTime>) -> (Option<String>, Option<String>) {
    wall.map(|wall| (wall.local.to_string(), wall.zone.name().to_owned())).unzip()
}

/// Reads an RFC 3339 instant with any offset. `None` when the text is none, or lies outside the years 0 to 9999.
#[must_use]
pub(crate) fn parse(text: &str) -> Option<OffsetDateTime> {
    let at = OffsetDateTime::parse(text.trim(), &Rfc3339).ok()?;
    at.checked_to_offset(UtcOffset::UTC).filter(|at| (0..=9999).contains(&at.year())).map(to_microseconds)
}

/// Databases keep microseconds; what is answered before and after a round trip must be the same.
fn to_microseconds(at: OffsetDateTime) -> OffsetDateTime {
    at.replace_nanosecond(at.nanosecond() / 1_000 * 1_000).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use time::macros::datetime;

    #[rstest]
    #[case(datetime!(2026-03-02 10:00 UTC), "\"2026-03-02T10:00:00Z\"")]
    #[case(datetime!(2026-03-02 10:00:00.123456789 UTC), "\"2026-03-02T10:00:00.123456Z\"")]
    fn an_instant_is_written_in_utc_to_the_microsecond(#[case] at: OffsetDateTime, #[case] json: &str) {
        assert_eq!(serde_json::to_string(&Stamp::from(at)).unwrap(), json);
    }

    #[rstest]
    #[case("2026-03-02T10:00:00Z", Some(datetime!(2026-03-02 10:00 UTC)))]
    #[case("2026-03-02T10:00:00.5+01:00", Some(datetime!(2026-03-02 09:00:00.5 UTC)))]
    #[case("2026-03-02", None)]
    #[case("yesterday", None)]
    #[case("9999-12-31T23:59:59-23:59", None)]
    #[case("0000-01-01T00:00:00+23:59", None)]
    fn any_offset_is_read_and_what_is_no_instant_is_not(#[case] text: &str, #[case] at: Option<OffsetDateTime>) {
        assert_eq!(parse(text), at);
    }
}
