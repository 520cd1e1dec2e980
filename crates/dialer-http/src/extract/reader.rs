//! Turns what people wrote into domain values, and collects what is wrong on the way.

use std::fmt;
use std::str::FromStr;

use dialer_app::FieldError;
use dialer_domain::agents::PauseCode;
use dialer_domain::phone::{PhoneNumber, Region};
use dialer_domain::rules::Purpose;
use dialer_domain::schedule::{ActiveHours, ActiveHoursError, Zone};
use time::OffsetDateTime;

use super::Change;
use crate::stamp;

/// What readers of requests are told by the settings.
#[derive(Debug, Clone)]
pub struct Reading {
    /// The region of numbers without a country code.
    pub default_region: Option<Region>,
    /// The zone of active hours that name none.
    pub default_timezone: Zone,
    /// What campaigns are for that do not say.
    pub default_purpose: Purpose,
    /// Why agents may pause.
    pub pause_codes: Vec<PauseCode>,
}

/// Reads the fields of one request.
pub struct Reader<'a> {
    reading: &'a Reading,
    errors: Vec<FieldError>,
}

impl<'a> Reader<'a> {
    /// A reader that has seen nothing wrong yet.
    #[must_use]
    pub const fn new(reading: &'a Reading) -> Self {
        Self { reading, errors: Vec::new() }
    }

    /// What the settings say.
    #[must_use]
    pub const fn reading(&self) -> &'a Reading {
        self.reading
    }

    /// Notes that a field is wrong.
    pub fn wrong(&mut self, field: &str, code: &'static str, message: impl Into<String>) {
        self.errors.push(FieldError::new(field, code, message));
    }

    /// A field that must be there.
    pub fn required<T>(&mut self, field: &str, value: Option<T>) -> Option<T> {
        if value.is_none() {
            self.wrong(field, "required", "this field is required");
        }
        value
    }

    /// One of the domain's words, or another text whose type says what is wrong with it.
    pub fn text<T: FromStr<Err: fmt::Display>>(&mut self, field: &str, code: &'static str, text: &str) -> Option<T> {
        text.parse().map_err(|error: T::Err| self.wrong(field, code, error.to_string())).ok()
    }

    /// An id. Ids are UUIDs.
    pub fn id<T: FromStr>(&mut self, field: &str, text: &str) -> Option<T> {
        let id = text.parse().ok();
        if id.is_none() {
            self.wrong(field, "not_an_id", "ids are UUIDs");
        }
        id
    }

    /// A telephone number as people write it.
    pub fn number(&mut self, field: &str, text: &str) -> Option<PhoneNumber> {
        PhoneNumber::parse(text, self.reading.default_region)
            .map_err(|error| self.wrong(field, error.code(), error.to_string()))
            .ok()
    }

    /// A window of the day.
    pub fn hours(&mut self, field: &str, start: &str, end: &str) -> Option<ActiveHours> {
        let code = |error: &ActiveHoursError| match error {
            ActiveHoursError::NotATime(_) => "not_a_time",
            ActiveHoursError::Reversed { .. } => "reversed",
        };
        ActiveHours::parse(start, end).map_err(|error| self.wrong(field, code(&error), error.to_string())).ok()
    }

    /// An instant.
    pub fn instant(&mut self, field: &str, text: &str) -> Option<OffsetDateTime> {
        let at = stamp::parse(text);
        if at.is_none() {
            self.wrong(field, "not_an_instant", "use an RFC 3339 instant, such as 2026-03-02T10:00:00Z");
        }
        at
    }

    /// A count that fits where it is kept. Its range is the body's or the domain's business.
    pub fn count(&mut self, field: &str, value: i64) -> Option<u32> {
        let count = u32::try_from(value).ok();
        if count.is_none() && !self.errors.iter().any(|error| error.field == field) {
            self.wrong(field, "out_of_range", "use a whole number from 0 to 4294967295");
        }
        count
    }

    /// A change of a field that cannot be removed.
    pub fn kept<T>(&mut self, field: &str, change: Change<T>) -> Option<T> {
        match change {
            Change::Keep => None,
            Change::Clear => {
                self.wrong(field, "not_nullable", "this field cannot be removed; leave it out to keep it");
                None
            }
            Change::Set(value) => Some(value),
        }
    }

    /// What was read, unless something was wrong.
    ///
    /// # Errors
    /// Everything that was noted.
    pub fn finish<T>(self, value: Option<T>) -> Result<T, Vec<FieldError>> {
        match value {
            Some(value) if self.errors.is_empty() => Ok(value),
            _ => Err(self.errors),
        }
    }
}
