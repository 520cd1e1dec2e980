//! Reading a table of a pack key by key, so that every mistake of a file is told at once and by its place.

use std::cell::RefCell;
use std::fmt::Display;
use std::str::FromStr;

use time::{Date, Month};
use toml::{Table, Value};

/// What is wrong with a pack's file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}: {key}: {reason}")]
pub struct PackError {
    /// The file.
    pub file: String,
    /// Where in it: `effective_from`, `window[1].hours`; the line where it is no TOML at all.
    pub key: String,
    /// What is wrong, and what would do.
    pub reason: String,
}

/// The mistakes of one file.
pub(crate) struct Mistakes<'a> {
    file: &'a str,
    found: RefCell<Vec<PackError>>,
}

impl<'a> Mistakes<'a> {
    pub(crate) fn of(file: &'a str) -> Self {
        Self { file, found: RefCell::default() }
    }

    pub(crate) fn add(&self, key: impl Into<String>, reason: impl Display) {
        let error = PackError { file: self.file.to_owned(), key: key.into(), reason: reason.to_string() };
        self.found.borrow_mut().push(error);
    }

    pub(crate) fn into_vec(self) -> Vec<PackError> {
        self.found.into_inner()
    }
}

/// A table from which keys are taken. What is left in the end was not known.
pub(crate) struct Reader<'a> {
    table: Table,
    path: String,
    mistakes: &'a Mistakes<'a>,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(table: Table, mistakes: &'a Mistakes<'a>) -> Self {
        Self { table, path: String::new(), mistakes }
    }

    fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// Tells a mistake in `key`.
    pub(crate) fn wrong(&self, key: &str, reason: impl Display) {
        self.mistakes.add(self.path_of(key), reason);
    }

    fn take<T>(&mut self, key: &str, shape: &str, read: impl FnOnce(Value) -> Option<T>) -> Option<T> {
        let value = self.table.remove(key)?;
        let read = read(value);
        if read.is_none() {
            self.wrong(key, format_args!("give {shape}"));
        }
        read
    }

    /// Tells that `key` is missing if it is not there.
    pub(crate) fn need(&self, key: &str, what: &str) {
        if !self.table.contains_key(key) {
            self.wrong(key, format_args!("is missing; give {what}"));
        }
    }

    pub(crate) fn text(&mut self, key: &str) -> Option<String> {
        self.take(key, "a text", |value| match value {
            Value::String(text) => Some(text),
            _ => None,
        })
    }

    /// A text that is not empty and must be there.
    pub(crate) fn needed_text(&mut self, key: &str, what: &str) -> Option<String> {
        self.need(key, what);
        let text = self.text(key)?;
        if text.trim().is_empty() {
            self.wrong(key, format_args!("is empty; give {what}"));
            return None;
        }
        Some(text)
    }

    /// A word that is read by its own type.
    pub(crate) fn word<T: FromStr<Err: Display>>(&mut self, key: &str) -> Option<T> {
        let text = self.text(key)?;
        self.parsed(key, &text)
    }

    fn parsed<T: FromStr<Err: Display>>(&self, key: &str, text: &str) -> Option<T> {
        text.parse().map_err(|error: T::Err| self.wrong(key, error)).ok()
    }

    /// A list of words; `all` where the key is not there.
    pub(crate) fn words<T: FromStr<Err: Display> + Copy>(&mut self, key: &str, all: &[T]) -> Vec<T> {
        if !self.table.contains_key(key) {
            return all.to_vec();
        }
        let texts = self.texts(key);
        if texts.is_empty() {
            self.wrong(key, "is empty; name at least one, or leave the key out for all");
        }
        texts.iter().filter_map(|text| self.parsed(key, text)).collect()
    }

    /// A list of texts; empty where the key is not there.
    pub(crate) fn texts(&mut self, key: &str) -> Vec<String> {
        let texts = self.take(key, "a list of texts", |value| match value {
            Value::Array(items) => items
                .into_iter()
                .map(|item| match item {
                    Value::String(text) => Some(text),
                    _ => None,
                })
                .collect::<Option<Vec<_>>>(),
            _ => None,
        });
        texts.unwrap_or_default()
    }

    /// A whole number from `least` to `most`.
    pub(crate) fn number<T: TryFrom<i64>>(&mut self, key: &str, least: i64, most: i64) -> Option<T> {
        self.take(key, &format!("a whole number from {least} to {most}"), |value| match value {
            Value::Integer(number) if (least..=most).contains(&number) => T::try_from(number).ok(),
            _ => None,
        })
    }

    /// A share in percent with at most two decimals, in hundredths of a percent.
    pub(crate) fn percent(&mut self, key: &str) -> Option<u32> {
        self.take(key, "a percentage of at most two decimals, from 0 to less than 100", |value| {
            let text = match value {
                Value::Float(share) => share.to_string(),
                Value::Integer(share) => share.to_string(),
                _ => return None,
            };
            let (whole, decimals) = text.split_once('.').unwrap_or((&text, ""));
            let hundredths: u32 = format!("{decimals:0<2}").parse().ok().filter(|_| decimals.len() <= 2)?;
            whole.parse::<u32>().ok().filter(|whole| *whole < 100).map(|whole| whole * 100 + hundredths)
        })
    }

    pub(crate) fn flag(&mut self, key: &str) -> bool {
        let flag = self.take(key, "true or false", |value| match value {
            Value::Boolean(flag) => Some(flag),
            _ => None,
        });
        flag.unwrap_or_default()
    }

    pub(crate) fn date(&mut self, key: &str) -> Option<Date> {
        self.take(key, "a date, such as 2026-08-11, without quotes", |value| match value {
            Value::Datetime(toml::value::Datetime { date: Some(date), time: None, offset: None }) => {
                let month = Month::try_from(date.month).ok()?;
                Date::from_calendar_date(i32::from(date.year), month, date.day).ok()
            }
            _ => None,
        })
    }

    /// The tables of an array of tables, each to be read and [`Self::finish`]ed.
    pub(crate) fn tables(&mut self, key: &str) -> Vec<Self> {
        let tables = self.take(key, "a list of tables", |value| match value {
            Value::Array(items) => items
                .into_iter()
                .map(|item| match item {
                    Value::Table(table) => Some(table),
                    _ => None,
                })
                .collect::<Option<Vec<_>>>(),
            _ => None,
        });
        let named =
            |(place, table)| Self { table, path: format!("{}[{place}]", self.path_of(key)), mistakes: self.mistakes };
        tables.unwrap_or_default().into_iter().enumerate().map(named).collect()
    }

    /// A table, to be read and [`Self::finish`]ed.
    pub(crate) fn table(&mut self, key: &str) -> Option<Self> {
        let table = self.take(key, "a table", |value| match value {
            Value::Table(table) => Some(table),
            _ => None,
        })?;
        Some(Self { table, path: self.path_of(key), mistakes: self.mistakes })
    }

    /// Tells every key that nothing asked for.
    pub(crate) fn finish(self) {
        for key in self.table.keys() {
            self.wrong(key, "is no key of this table; see config/rules/README.md for those there are");
        }
    }
}
