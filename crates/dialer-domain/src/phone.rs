//! Telephone numbers.

use std::fmt;
use std::str::FromStr;

use rlibphonenumber::{
    NumberLengthType, PHONE_NUMBER_UTIL, ParseError, PhoneNumberFormat, Region as LibRegion, ValidationError,
};

/// A dialable number in E.164 form: `+`, a country calling code and a national number, at most 15 digits
/// (ITU-T E.164), of a length that its country uses.
///
/// Lengths and country codes come from libphonenumber's data. Whether a number's *range* is assigned is not
/// asked: numbering plans open ranges faster than any data set is released, and the carrier knows better.
///
/// `Debug` shows the last two digits only, because a number is personal data; use [`Self::as_e164`] where the
/// number itself is wanted.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PhoneNumber(String);

/// Why a text is not a dialable number. Carries no part of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PhoneNumberError {
    /// Nothing but white space.
    #[error("the number is empty")]
    Empty,
    /// A letter or another character that no telephone number holds.
    #[error("the number has characters that are not digits")]
    NotDigits,
    /// National form, and no region to read it in.
    #[error("the number does not start with + and a country code, and no default region is set")]
    NoRegion,
    /// `+` and digits that no country calling code starts with.
    #[error("the number does not start with a known country code")]
    UnknownCountry,
    /// Fewer digits than any number of that country.
    #[error("the number is too short for its country")]
    TooShort,
    /// More digits than any number of that country.
    #[error("the number is too long for its country")]
    TooLong,
    /// A length between the country's shortest and longest that it does not use, or a local number
    /// without its area code.
    #[error("the number's length does not fit its country")]
    Length,
}

impl PhoneNumberError {
    /// A stable code for machines.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Empty => "no_number",
            _ => "invalid_number",
        }
    }
}

/// A country or territory whose national way of writing numbers is understood, as its ISO 3166-1 alpha-2 code.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Region(LibRegion);

/// A text that names no region.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a region; use a two-letter ISO 3166 code such as GB or US")]
pub struct UnknownRegion(String);

impl FromStr for Region {
    type Err = UnknownRegion;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        LibRegion::from_code(text.trim())
            .ok()
            .filter(|region| PHONE_NUMBER_UTIL.get_country_code_for_region(*region).is_some())
            .map(Self)
            .ok_or_else(|| UnknownRegion(text.chars().take(20).collect()))
    }
}

impl fmt::Debug for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

impl PhoneNumber {
    /// Reads a number as people write it: spaces, dots, hyphens and brackets are passed over, `00` is not an
    /// international prefix. With a `region`, a number without `+` is read as written inside that region.
    ///
    /// # Errors
    /// [`PhoneNumberError`] names the first rule the text breaks.
    pub fn parse(text: &str, region: Option<Region>) -> Result<Self, PhoneNumberError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(PhoneNumberError::Empty);
        }
        let written = |c: char| c.is_ascii_digit() || matches!(c, '+' | ' ' | '\u{a0}' | '-' | '.' | '(' | ')' | '/');
        if !text.chars().all(written) || text.chars().skip(1).any(|c| c == '+') {
            return Err(PhoneNumberError::NotDigits);
        }
        if !text.starts_with('+') && region.is_none() {
            return Err(PhoneNumberError::NoRegion);
        }
        let parsed = PHONE_NUMBER_UTIL.parse(text, region.map(|region| region.0)).map_err(|error| match error {
            ParseError::InvalidCountryCode => PhoneNumberError::UnknownCountry,
            ParseError::NotANumber(_) => PhoneNumberError::NotDigits,
            ParseError::TooShortAfterIdd | ParseError::TooShortNsn => PhoneNumberError::TooShort,
            ParseError::TooLongNsn => PhoneNumberError::TooLong,
        })?;
        match PHONE_NUMBER_UTIL.is_possible_number_with_reason(&parsed) {
            Ok(NumberLengthType::IsPossible) => {}
            Ok(NumberLengthType::IsPossibleLocalOnly) | Err(ValidationError::InvalidLength) => {
                return Err(PhoneNumberError::Length);
            }
            Err(ValidationError::InvalidCountryCode) => return Err(PhoneNumberError::UnknownCountry),
            Err(ValidationError::TooShort) => return Err(PhoneNumberError::TooShort),
            Err(ValidationError::TooLong) => return Err(PhoneNumberError::TooLong),
        }
        Ok(Self(parsed.format_as(PhoneNumberFormat::E164).into_owned()))
    }

    /// A number that was written down before. In E.164 form it is taken as it is, without another look at the numbering
    /// plans; any other text is read as [`Self::parse`] does.
    ///
    /// # Errors
    /// As [`Self::parse`].
    pub fn recorded(text: &str) -> Result<Self, PhoneNumberError> {
        let digits = text.strip_prefix('+').unwrap_or_default();
        let is_e164 = (7..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
        if is_e164 && !digits.starts_with('0') { Ok(Self(text.to_owned())) } else { Self::parse(text, None) }
    }

    /// The number with its `+`, as `+442079460001`.
    #[must_use]
    pub fn as_e164(&self) -> &str {
        &self.0
    }

    /// The digits without `+`, as most providers want them.
    #[must_use]
    pub fn digits(&self) -> &str {
        &self.0[1..]
    }

    /// The number with all but its last two digits hidden, for logs and pages: `+*******01`.
    #[must_use]
    pub fn masked(&self) -> String {
        let hidden = self.0.len().saturating_sub(3);
        format!("+{}{}", "*".repeat(hidden), &self.0[self.0.len() - 2..])
    }
}

impl FromStr for PhoneNumber {
    type Err = PhoneNumberError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text, None)
    }
}

impl fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PhoneNumber({})", self.masked())
    }
}

impl serde::Serialize for PhoneNumber {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("+442079460001", None, "+442079460001")]
    #[case(" +44 (20) 7946-0001 ", None, "+442079460001")]
    #[case("020 7946 0001", Some("GB"), "+442079460001")]
    #[case("(202) 555-0123", Some("us"), "+12025550123")]
    #[case("+447700900123", Some("US"), "+447700900123")]
    fn people_s_spellings_become_one_e164_form(#[case] text: &str, #[case] region: Option<&str>, #[case] e164: &str) {
        let region = region.map(|code| code.parse().unwrap());
        assert_eq!(PhoneNumber::parse(text, region).unwrap().as_e164(), e164);
    }

    #[rstest]
    #[case("", PhoneNumberError::Empty)]
    #[case("  ", PhoneNumberError::Empty)]
    #[case("ring me", PhoneNumberError::NotDigits)]
    #[case("+1800FLOWERS", PhoneNumberError::NotDigits)]
    #[case("02079460001", PhoneNumberError::NoRegion)]
    #[case("+999123456789", PhoneNumberError::UnknownCountry)]
    #[case("+1202555", PhoneNumberError::TooShort)]
    #[case("+1202555012345", PhoneNumberError::TooLong)]
    #[case("+44+2079460001", PhoneNumberError::NotDigits)]
    fn what_cannot_be_dialled_is_named(#[case] text: &str, #[case] error: PhoneNumberError) {
        assert_eq!(PhoneNumber::parse(text, None), Err(error));
    }

    #[rstest]
    #[case("+442079460001", Ok("+442079460001"))]
    #[case("+999123456789", Ok("+999123456789"))]
    #[case("+44 20 7946 0001", Ok("+442079460001"))]
    #[case("442079460001", Err(PhoneNumberError::NoRegion))]
    #[case("+0123456789", Err(PhoneNumberError::UnknownCountry))]
    #[case("+1202555012345678", Err(PhoneNumberError::TooLong))]
    #[case("+1202", Err(PhoneNumberError::TooShort))]
    #[case("", Err(PhoneNumberError::Empty))]
    fn what_was_recorded_stands(#[case] text: &str, #[case] read: Result<&str, PhoneNumberError>) {
        assert_eq!(PhoneNumber::recorded(text).as_ref().map(PhoneNumber::as_e164), read.as_ref().copied());
    }

    #[test]
    fn a_number_does_not_show_itself_in_debug_output() {
        let number: PhoneNumber = "+442079460001".parse().unwrap();
        assert_eq!(format!("{number:?}"), "PhoneNumber(+**********01)");
    }

    #[test]
    fn an_unknown_region_is_refused() {
        assert!("Atlantis".parse::<Region>().is_err());
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_or_refused_without_a_panic(text in "\\PC{0,40}") {
            if let Ok(number) = PhoneNumber::parse(&text, Some("GB".parse().unwrap())) {
                proptest::prop_assert_eq!(PhoneNumber::parse(number.as_e164(), None), Ok(number.clone()));
                proptest::prop_assert!(number.digits().len() <= 15);
            }
        }
    }
}
