//! National do-not-call lists: copies of what a register holds, each of one day.

mod copy;
mod line;
pub mod store;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::serde::rfc3339;

pub use copy::{CopyError, CopyRefused, CopyStatus, NewCopy, RegistryCopy, in_force, verdict};
pub use line::{LineError, Listed, read_line};

/// The name of a register, as rules refer to it: `us-dnc`, `uk-tps`, `ca-dncl`, or one of a tenant's own.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Registry(String);

/// A text that names no register.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no name of a register; use 2 to 40 lower-case letters, digits and hyphens, such as us-dnc")]
pub struct UnknownRegistry(String);

impl Registry {
    /// Its name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Registry {
    type Err = UnknownRegistry;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let known = text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if known && (2..=40).contains(&text.len()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(UnknownRegistry(text.chars().take(40).collect()))
        }
    }
}

impl fmt::Display for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a copy of a register says of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Listing {
    /// It is not listed.
    Absent,
    /// It is listed, since a day that the copy may not tell: then for long.
    Listed {
        /// The first instant at which it was.
        #[serde(with = "rfc3339::option")]
        since: Option<OffsetDateTime>,
    },
}

/// What the newest copy of a register says of one number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegistryStanding {
    /// The register.
    pub registry: Registry,
    /// When the copy was taken.
    #[serde(with = "rfc3339")]
    pub copied_at: OffsetDateTime,
    /// What it says.
    pub listing: Listing,
}

impl Serialize for Registry {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Registry {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl From<&store::Listing> for RegistryStanding {
    /// Copies tell days; each is taken to begin at midnight UTC.
    fn from(listing: &store::Listing) -> Self {
        let since = listing.since.map(|day| day.midnight().assume_utc());
        Self {
            registry: listing.copy.registry.clone(),
            copied_at: listing.copy.copied_on.midnight().assume_utc(),
            listing: if listing.is_listed { Listing::Listed { since } } else { Listing::Absent },
        }
    }
}
