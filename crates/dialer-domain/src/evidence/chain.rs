//! Lines that hold on to each other.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest, Sha256};

use super::line::Line;

/// The hash of a line, which stands for all lines up to it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Link([u8; 32]);

/// Before the last member of a line, and after it.
const BEFORE: &str = ",\"hash\":\"";
const AFTER: &str = "\"}";

/// A pack that is being written, or read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chain {
    last: Link,
    lines: u64,
}

impl Default for Chain {
    /// A pack without a line.
    fn default() -> Self {
        Self { last: Link([0; 32]), lines: 0 }
    }
}

impl Link {
    /// The hash of a line without its last member, after the line of `self`.
    fn then(self, content: &str) -> Self {
        let mut digest = Sha256::new();
        digest.update(self.to_string());
        digest.update("\n");
        digest.update(content);
        Self(digest.finalize().into())
    }
}

impl Chain {
    /// The hash of the last line.
    #[must_use]
    pub const fn last(&self) -> Link {
        self.last
    }

    /// How many lines there are.
    #[must_use]
    pub const fn lines(&self) -> u64 {
        self.lines
    }

    /// The text of the next line, without a line feed.
    ///
    /// # Errors
    /// When what it holds cannot be JSON, such as an instant after the year 9999.
    pub fn seal(&mut self, line: &Line) -> Result<String, serde_json::Error> {
        let mut text = serde_json::to_string(line)?;
        self.last = self.last.then(&text);
        self.lines += 1;
        // An object ends with a brace.
        text.pop();
        text.push_str(BEFORE);
        text.push_str(&self.last.to_string());
        text.push_str(AFTER);
        Ok(text)
    }

    /// The next line of a pack without its last member, if it follows from the line before. `None` when it does not.
    pub(super) fn open(&mut self, text: &str) -> Option<String> {
        let (content, hash) = text.strip_suffix(AFTER)?.rsplit_once(BEFORE)?;
        let told: Link = hash.parse().ok()?;
        let content = format!("{content}}}");
        let found = self.last.then(&content);
        if found != told {
            return None;
        }
        self.last = found;
        self.lines += 1;
        Some(content)
    }
}

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Link {
    type Err = hex::FromHexError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes)?;
        // One hash has one spelling.
        if text.bytes().any(|digit| digit.is_ascii_uppercase()) {
            return Err(hex::FromHexError::InvalidStringLength);
        }
        Ok(Self(bytes))
    }
}
