//! Names of rules and versions of packs: short, copied freely, kept inside decisions and receipts.

use std::fmt;
use std::str::FromStr;

/// A text of at most `N` bytes that is copied like a number.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Name<const N: usize> {
    bytes: [u8; N],
    len: u8,
}

/// A text that names no rule, pack or version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no name; use 1 to {1} lower-case letters, digits, dots and hyphens")]
pub struct NotAName(String, usize);

/// The name of a rule: `us.hours`, `us-fl.cap24h`.
pub type RuleId = Name<32>;
/// The version of a pack: `2026-11-28`.
pub type PackVersion = Name<16>;

/// A rule as it stood: its name and the version of the pack that it came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RuleRef {
    /// The rule.
    #[cfg_attr(feature = "openapi", schema(value_type = String, example = "us.hours"))]
    pub id: RuleId,
    /// The version of its pack.
    #[cfg_attr(feature = "openapi", schema(value_type = String, example = "2026-11-28"))]
    pub version: PackVersion,
}

impl<const N: usize> Name<N> {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        let used = self.bytes.get(..usize::from(self.len)).unwrap_or_default();
        std::str::from_utf8(used).unwrap_or_default()
    }
}

impl<const N: usize> FromStr for Name<N> {
    type Err = NotAName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || NotAName(text.chars().take(40).collect(), N);
        let known = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'.';
        let mut bytes = [0; N];
        let room = bytes.get_mut(..text.len()).filter(|room| !room.is_empty()).ok_or_else(wrong)?;
        if !text.bytes().all(known) {
            return Err(wrong());
        }
        room.copy_from_slice(text.as_bytes());
        Ok(Self { bytes, len: u8::try_from(text.len()).map_err(|_| wrong())? })
    }
}

impl<const N: usize> fmt::Display for Name<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl<const N: usize> fmt::Debug for Name<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl<const N: usize> serde::Serialize for Name<N> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de, const N: usize> serde::Deserialize<'de> for Name<N> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl fmt::Display for RuleRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.id, self.version)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_kept_as_written() {
        assert_eq!("us-fl.cap24h".parse::<RuleId>().unwrap().as_str(), "us-fl.cap24h");
        assert_eq!("2026-11-28".parse::<PackVersion>().unwrap().to_string(), "2026-11-28");
    }

    #[test]
    fn a_text_that_is_no_name_is_named() {
        for text in ["", "US.hours", "us hours", "a.version.that.is.far.too.long"] {
            let error = text.parse::<PackVersion>().unwrap_err();
            assert!(error.to_string().starts_with(&format!("`{text}` is no name")), "{error}");
        }
    }
}
