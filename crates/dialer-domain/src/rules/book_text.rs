//! A book as one text: how it is kept for as long as somebody may ask what was decided by it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::book::RuleBook;
use super::load::place_of;
use super::parse::parse;
use super::reader::PackError;
use crate::places::Jurisdiction;

/// What tells one book from every other: the SHA-256 of its text. Written as 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct BookHash([u8; 32]);

/// A text that is no hash of a book.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the hash of a rule book is 64 hexadecimal digits")]
pub struct NotAHash;

/// Why a text is not the book that it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BookError {
    /// It is no book at all.
    #[error("the text is no rule book: {0}")]
    NotABook(String),
    /// This version of the program does not understand one of its packs.
    #[error("the rule book has a pack that this version does not read: {0}")]
    Pack(PackError),
    /// It is another book, or was altered.
    #[error("the text is the rule book {found}, not {expected}; it was altered")]
    AnotherBook {
        /// The book that was asked for.
        expected: BookHash,
        /// The hash of the text.
        found: BookHash,
    },
}

/// A book as its text has it. The order of the fields is a part of the form.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    open: bool,
    all_broken: bool,
    broken: Vec<Jurisdiction>,
    packs: Vec<WrittenPack>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenPack {
    file: String,
    text: String,
}

impl BookHash {
    /// The hash of a book's text.
    #[must_use]
    pub fn of(text: &str) -> Self {
        Self(Sha256::digest(text.as_bytes()).into())
    }
}

impl RuleBook {
    /// The whole book as JSON: the files of its packs as they were written, and what does not load. Equal books have equal
    /// texts.
    #[must_use]
    pub fn text(&self) -> String {
        let packs = self.packs.iter().map(|pack| WrittenPack { file: pack.file.clone(), text: pack.text.clone() });
        let written = Written {
            open: self.open,
            all_broken: self.all_broken,
            broken: self.broken.clone(),
            packs: packs.collect(),
        };
        // Texts and lists of texts: nothing of it can fail to be JSON.
        serde_json::to_string(&written).unwrap_or_default()
    }

    /// The book whose [`text`](Self::text) this is and whose hash is `expected`.
    ///
    /// # Errors
    /// [`BookError`] when it is not that book, or this version cannot read it.
    pub fn from_text(text: &str, expected: BookHash) -> Result<Self, BookError> {
        let found = BookHash::of(text);
        if found != expected {
            return Err(BookError::AnotherBook { expected, found });
        }
        let not_a_book = |why: &dyn fmt::Display| BookError::NotABook(why.to_string());
        let written: Written = serde_json::from_str(text).map_err(|error| not_a_book(&error))?;
        let mut packs = Vec::with_capacity(written.packs.len());
        for WrittenPack { file, text } in written.packs {
            let place = place_of(&file).ok_or_else(|| not_a_book(&format_args!("{file} names no place")))?;
            let pack = parse(&file, place, &text).map_err(|errors| match errors.into_iter().next() {
                Some(error) => BookError::Pack(error),
                None => not_a_book(&format_args!("{file} is no pack")),
            })?;
            packs.push(pack);
        }
        let Written { open, all_broken, broken, .. } = written;
        Ok(Self { packs, broken, all_broken, open, hash: expected })
    }

    /// The same book under its own hash.
    pub(super) fn sealed(self) -> Self {
        Self { hash: BookHash::of(&self.text()), ..self }
    }
}

impl fmt::Display for BookHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for BookHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for BookHash {
    type Err = NotAHash;

    fn from_str(text: &str) -> Result<Self, NotAHash> {
        let mut bytes = [0; 32];
        let lower_case = text.bytes().all(|digit| digit.is_ascii_digit() || matches!(digit, b'a'..=b'f'));
        hex::decode_to_slice(text, &mut bytes).ok().filter(|()| lower_case).map(|()| Self(bytes)).ok_or(NotAHash)
    }
}

impl Serialize for BookHash {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for BookHash {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(book: &RuleBook) -> RuleBook {
        RuleBook::from_text(&book.text(), book.hash()).unwrap()
    }

    #[test]
    fn a_book_is_read_back_from_its_text_as_it_was() {
        let (broken, _) = RuleBook::load([("us-fl.toml", "nonsense"), ("nowhere.toml", "")]);
        for book in [RuleBook::shipped(), RuleBook::open(), RuleBook::default(), broken] {
            assert_eq!(kept(&book), book);
        }
        assert_eq!(kept(&RuleBook::shipped()).packs().len(), RuleBook::shipped_files().len());
    }

    #[test]
    fn books_that_differ_have_different_hashes() {
        let all = RuleBook::shipped();
        let (fewer, _) = RuleBook::load(RuleBook::shipped_files().iter().skip(1).copied());
        let (again, _) = RuleBook::load(RuleBook::shipped_files().iter().rev().copied());
        assert_ne!(all.hash(), fewer.hash());
        assert_ne!(RuleBook::open().hash(), RuleBook::default().hash());
        assert_eq!(all.hash(), again.hash(), "the order in which files are found makes no other book");
    }

    #[test]
    fn a_text_that_was_altered_is_no_book() {
        let book = RuleBook::shipped();
        let altered = book.text().replacen("2026", "2027", 1);
        let error = RuleBook::from_text(&altered, book.hash()).unwrap_err();
        assert!(matches!(error, BookError::AnotherBook { expected, .. } if expected == book.hash()));
        let nonsense = "{}";
        let error = RuleBook::from_text(nonsense, BookHash::of(nonsense)).unwrap_err();
        assert!(error.to_string().starts_with("the text is no rule book"), "{error}");
    }

    #[test]
    fn a_hash_is_64_digits() {
        let hash = BookHash::of("x");
        assert_eq!(hash.to_string().parse(), Ok(hash));
        for text in ["", "ab", &hash.to_string()[1..], &hash.to_string().to_uppercase()] {
            assert_eq!(text.parse::<BookHash>(), Err(NotAHash), "{text}");
        }
    }
}
