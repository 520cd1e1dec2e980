//! Rows to domain values and back, one file for each aggregate with both directions.
//!
//! A row that does not parse is [`StoreError::Corrupt`], never a default: a dialer that guesses what a contact's
//! state was may call somebody who asked not to be called.

pub(crate) mod agent;
pub(crate) mod api_key;
pub(crate) mod assignment;
pub(crate) mod ban;
pub(crate) mod call;
pub(crate) mod campaign;
pub(crate) mod consent;
pub(crate) mod contact;
pub(crate) mod disposition;
pub(crate) mod entry;
pub(crate) mod event;
pub(crate) mod import;
pub(crate) mod instant;
pub(crate) mod receipt;
pub(crate) mod recording;
pub(crate) mod refusal_count;
pub(crate) mod registry;
pub(crate) mod suppression;
pub(crate) mod voicemail_drop;

use std::fmt::Display;
use std::str::FromStr;

use dialer_domain::schedule::WallTime;
use dialer_domain::store::Cause;
use dialer_domain::{PhoneNumber, StoreError};
use serde_json::{Map, Value};

/// A row that is being read, so that what is wrong with it can be said with its table and key.
#[derive(Clone, Copy)]
pub(crate) struct Row<'a> {
    table: &'static str,
    id: &'a dyn Display,
}

impl<'a> Row<'a> {
    pub(crate) const fn new(table: &'static str, id: &'a dyn Display) -> Self {
        Self { table, id }
    }

    /// Reports what is wrong with the row.
    pub(crate) fn corrupt(&self, source: impl Into<Cause>) -> StoreError {
        StoreError::Corrupt { table: self.table, id: self.id.to_string(), source: source.into() }
    }

    /// Reads a word or another text form.
    pub(crate) fn parse<T>(&self, text: &str) -> Result<T, StoreError>
    where
        T: FromStr<Err: Into<Cause>>,
    {
        text.parse().map_err(|error: T::Err| self.corrupt(error))
    }

    /// Reads one that may be missing.
    pub(crate) fn parse_opt<T>(&self, text: Option<String>) -> Result<Option<T>, StoreError>
    where
        T: FromStr<Err: Into<Cause>>,
    {
        text.map(|text| self.parse(&text)).transpose()
    }

    /// Reads a wall time that may be missing: what clocks show, and whose clocks.
    pub(crate) fn wall(&self, local: Option<String>, zone: Option<String>) -> Result<Option<WallTime>, StoreError> {
        match (local, zone) {
            (Some(local), Some(zone)) => Ok(Some(WallTime { local: self.parse(&local)?, zone: self.parse(&zone)? })),
            (None, None) => Ok(None),
            _ => Err(self.corrupt("a wall time is kept with its zone, and one of the two is missing")),
        }
    }

    /// Reads a number that is stored with its sign.
    pub(crate) fn count(&self, stored: i64) -> Result<u32, StoreError> {
        u32::try_from(stored).map_err(|error| self.corrupt(error))
    }

    /// Reads a larger one.
    pub(crate) fn size(&self, stored: i64) -> Result<u64, StoreError> {
        u64::try_from(stored).map_err(|error| self.corrupt(error))
    }

    /// Reads a telephone number.
    pub(crate) fn number(&self, text: &str) -> Result<PhoneNumber, StoreError> {
        PhoneNumber::parse(text, None).map_err(|error| self.corrupt(error))
    }

    /// Reads a telephone number in the record of what was done with it.
    pub(crate) fn recorded(&self, text: &str) -> Result<PhoneNumber, StoreError> {
        PhoneNumber::recorded(text).map_err(|error| self.corrupt(error))
    }

    /// Reads a JSON object.
    pub(crate) fn object(&self, json: Value) -> Result<Map<String, Value>, StoreError> {
        match json {
            Value::Object(object) => Ok(object),
            _ => Err(self.corrupt("the JSON is not an object")),
        }
    }
}

/// A number as both databases can keep it.
pub(crate) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A wall time as its two columns: what clocks show, and whose clocks.
pub(crate) fn local_and_zone(wall: Option<&WallTime>) -> (Option<String>, Option<String>) {
    wall.map(|wall| (wall.local.to_string(), wall.zone.name().to_owned())).unzip()
}

/// Text as both databases can keep it. `PostgreSQL` knows no U+0000; the replacement character takes its place.
pub(crate) fn text(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

/// [`text`] that may be missing.
pub(crate) fn text_opt(value: Option<&str>) -> Option<String> {
    value.map(text)
}

/// A JSON object as both databases can keep it; see [`text`].
pub(crate) fn storable(object: &Map<String, Value>) -> Map<String, Value> {
    fn value(given: &Value) -> Value {
        match given {
            Value::String(given) => Value::String(text(given)),
            Value::Array(items) => items.iter().map(value).collect(),
            Value::Object(fields) => Value::Object(storable(fields)),
            other => other.clone(),
        }
    }
    object.iter().map(|(key, given)| (text(key), value(given))).collect()
}

/// [`storable`], as a column.
pub(crate) fn json(object: &Map<String, Value>) -> Value {
    Value::Object(storable(object))
}
