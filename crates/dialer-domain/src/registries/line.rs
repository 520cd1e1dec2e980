//! A line of a register's file: a number, and perhaps since when it stands there.

use time::Date;
use time::macros::format_description;

use crate::phone::{PhoneNumber, PhoneNumberError, Region};

/// A number that stands in a register.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The number.
    pub phone_number: PhoneNumber,
    /// The day since which it stands there, where the file says it.
    pub since: Option<Date>,
}

/// Why a line holds no number. Carries no part of the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LineError {
    /// Its number is none.
    #[error(transparent)]
    Number(#[from] PhoneNumberError),
    /// What stands behind the number is no day.
    #[error("behind the number stands something that is no day such as 2026-03-02")]
    NotADay,
    /// There are more than two columns.
    #[error("it has more than two columns; give a number and, where it is known, the day since which it is listed")]
    TooManyColumns,
    /// It is longer than any line of a register.
    #[error("it is longer than 1,000 bytes")]
    TooLong,
    /// It is no text.
    #[error("it is not UTF-8")]
    NotText,
}

impl LineError {
    /// A stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Number(error) => error.code(),
            Self::NotADay => "not_a_date",
            Self::TooManyColumns => "wrong_field_count",
            Self::TooLong => "too_long",
            Self::NotText => "not_text",
        }
    }
}

/// Reads a line. `None` where it holds nothing: blank lines, and a first line without a digit, which names the columns.
///
/// A line holds one number, or a number and the day since which it is listed, or, as the files of the US National Do Not Call
/// Registry have it, an area code of three digits and a number of seven. Commas, semicolons and tabs separate columns, and
/// quotation marks around them are passed over. A number without a country code is one of `region`.
///
/// # Errors
/// [`LineError`].
pub fn read_line(line: &str, is_first: bool, region: Option<Region>) -> Result<Option<Listed>, LineError> {
    let line = line.strip_prefix('\u{feff}').filter(|_| is_first).unwrap_or(line);
    let columns: Vec<&str> = line.split([',', ';', '\t']).map(|column| column.trim_matches([' ', '"', '\r'])).collect();
    if columns.iter().all(|column| column.is_empty()) || is_first && !line.contains(|c: char| c.is_ascii_digit()) {
        return Ok(None);
    }
    let digits = |text: &str, count| text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    match columns.as_slice() {
        [area, local] if digits(area, 3) && digits(local, 7) => {
            listed(&format!("{area}{local}"), None, region).map(Some)
        }
        [number] | [number, ""] => listed(number, None, region).map(Some),
        [number, since] => {
            let day = Date::parse(since, format_description!("[year]-[month]-[day]"));
            let day = day.ok().filter(|day| day.year() >= 1).ok_or(LineError::NotADay)?;
            listed(number, Some(day), region).map(Some)
        }
        _ => Err(LineError::TooManyColumns),
    }
}

fn listed(number: &str, since: Option<Date>, region: Option<Region>) -> Result<Listed, LineError> {
    Ok(Listed { phone_number: PhoneNumber::parse(number, region)?, since })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use time::macros::date;

    use super::*;

    fn read(line: &str) -> Result<Option<(String, Option<Date>)>, &'static str> {
        let region = "US".parse().ok();
        let read = read_line(line, false, region).map_err(LineError::code)?;
        Ok(read.map(|listed| (listed.phone_number.as_e164().to_owned(), listed.since)))
    }

    #[rstest]
    #[case("202,5550123", "+12025550123", None)]
    #[case("(202) 555-0123", "+12025550123", None)]
    #[case("2025550123\r", "+12025550123", None)]
    #[case("\"+447700900123\";\"2020-02-29\"", "+447700900123", Some(date!(2020 - 02 - 29)))]
    #[case("+447700900123\t", "+447700900123", None)]
    fn a_line_holds_a_number(#[case] line: &str, #[case] number: &str, #[case] since: Option<Date>) {
        assert_eq!(read(line), Ok(Some((number.to_owned(), since))));
    }

    #[rstest]
    #[case("nonsense", "invalid_number")]
    #[case(",2020-01-01", "no_number")]
    #[case("2025550123,yesterday", "not_a_date")]
    #[case("2025550123,2020-02-30", "not_a_date")]
    #[case("2025550123,2020-01-01,x", "wrong_field_count")]
    #[case("202555", "invalid_number")]
    fn a_broken_line_says_why(#[case] line: &str, #[case] code: &str) {
        assert_eq!(read(line).unwrap_err(), code);
    }

    #[test]
    fn lines_that_hold_nothing_are_passed_over() {
        for line in ["", "  ", "\r", ",", "\"\""] {
            assert_eq!(read(line), Ok(None), "{line:?}");
        }
        let first = |line| read_line(line, true, None).map(|listed| listed.is_some());
        assert_eq!(first("\u{feff}phone_number,listed_since"), Ok(false));
        assert_eq!(first("\u{feff}+447700900123"), Ok(true));
        assert_eq!(read("phone_number"), Err("invalid_number"), "only the first line names columns");
    }
}
