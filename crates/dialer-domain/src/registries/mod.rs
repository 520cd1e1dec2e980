//! National do-not-call lists: copies of what a register holds, each of one day.

mod copy;
mod line;
pub mod store;

use std::fmt;
use std::str::FromStr;

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

impl serde::Serialize for Registry {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}
