//! Countries and their parts that make law.

use std::fmt;
use std::str::FromStr;

/// A country (`US`, ISO 3166-1 alpha-2) or a part of one (`US-FL`, ISO 3166-2).
///
/// Only the form is checked. What is known of a place is the rules' matter, and a place without rules is not called.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Jurisdiction {
    country: [u8; 2],
    /// Up to three letters or digits, then zeros; all zero for a whole country.
    part: [u8; 3],
}

/// A text that names no jurisdiction.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no country (such as US) and no part of one (such as US-FL) by ISO 3166")]
pub struct UnknownJurisdiction(String);

impl Jurisdiction {
    /// The country that this is, or is a part of.
    #[must_use]
    pub const fn country(self) -> Self {
        Self { country: self.country, part: [0; 3] }
    }

    /// Whether this is a whole country.
    #[must_use]
    pub fn is_country(self) -> bool {
        self.part == [0; 3]
    }

    /// Whether law of this place holds in `other`: it is the same place or a part of this one.
    #[must_use]
    pub fn covers(self, other: Self) -> bool {
        self == other || self == other.country()
    }
}

impl FromStr for Jurisdiction {
    type Err = UnknownJurisdiction;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || UnknownJurisdiction(text.chars().take(20).collect());
        let (country, part) = match text.split_once('-') {
            Some((country, part)) => (country, Some(part)),
            None => (text, None),
        };
        let country: [u8; 2] = country.as_bytes().try_into().map_err(|_| wrong())?;
        if !country.iter().all(u8::is_ascii_uppercase) {
            return Err(wrong());
        }
        let mut letters = [0; 3];
        if let Some(part) = part {
            let known = part.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
            if part.is_empty() || part.len() > letters.len() || !known {
                return Err(wrong());
            }
            letters[..part.len()].copy_from_slice(part.as_bytes());
        }
        Ok(Self { country, part: letters })
    }
}

impl fmt::Display for Jurisdiction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let part = self.part.iter().copied().take_while(|b| *b != 0);
        let dash = if self.is_country() { "" } else { "-" };
        let country: String = self.country.iter().copied().map(char::from).collect();
        let part: String = part.map(char::from).collect();
        write!(f, "{country}{dash}{part}")
    }
}

impl fmt::Debug for Jurisdiction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl serde::Serialize for Jurisdiction {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Jurisdiction {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("US")]
    #[case("US-FL")]
    #[case("FR-2A")]
    #[case("GB-ENG")]
    fn a_place_is_written_as_iso_3166_writes_it(#[case] text: &str) {
        assert_eq!(text.parse::<Jurisdiction>().unwrap().to_string(), text);
    }

    #[rstest]
    #[case("")]
    #[case("us")]
    #[case("USA")]
    #[case("US-")]
    #[case("US-FLOR")]
    #[case("US-fl")]
    fn a_text_that_is_no_place_is_named(#[case] text: &str) {
        assert!(text.parse::<Jurisdiction>().unwrap_err().to_string().starts_with(&format!("`{text}`")));
    }

    #[test]
    fn a_country_s_law_holds_in_its_parts_and_not_the_other_way_round() {
        let [us, florida, texas]: [Jurisdiction; 3] = ["US", "US-FL", "US-TX"].map(|text| text.parse().unwrap());
        assert!(us.covers(florida) && us.covers(us) && florida.covers(florida));
        assert!(!florida.covers(us) && !florida.covers(texas));
    }
}
