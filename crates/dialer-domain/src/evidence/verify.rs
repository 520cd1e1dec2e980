//! Whether a pack is what it was when it was made, and whether its receipts still give their answers.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::chain::{Chain, Link};
use super::line::{Footer, Header, KeptBook, LineKind};
use crate::eligibility::Decision;
use crate::ids::CallId;
use crate::receipts::{Receipt, told};
use crate::rules::{BookError, BookHash, RuleBook};

/// The first line that does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line} {defect}")]
pub struct Broken {
    /// Which it is, from 1.
    pub line: u64,
    /// Why.
    pub defect: Defect,
}

/// Why a line does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Defect {
    /// Its hash is not that of its bytes after the line before.
    #[error("does not follow from the line before it: it was altered, or lines were added, removed or moved")]
    Unchained,
    /// It cannot be read.
    #[error("is no line of an evidence pack: {0}")]
    Content(String),
    /// Something else comes before the header, or the header comes twice.
    #[error("is out of place: a pack begins with its header, and has one")]
    Header,
    /// A later version made it, or it is no pack.
    #[error("says {format} version {version}; this program reads {} version {}", Header::FORMAT, Header::VERSION)]
    Format {
        /// The format.
        format: String,
        /// Its version.
        version: u32,
    },
    /// A rule book that cannot be read.
    #[error("holds a rule book that does not hold: {0}")]
    Book(BookError),
    /// A receipt whose book does not come before it.
    #[error("is a receipt by the rule book {0}, which does not come before it")]
    NoBook(BookHash),
    /// A receipt of a call that another campaign made.
    #[error("is a receipt of another campaign's call {0}")]
    Elsewhere(CallId),
    /// A receipt that gives another answer.
    #[error(
        "is the receipt of call {call}, decided by {program}; decided again it gives another answer: {}",
        told(now)
    )]
    Answer {
        /// Its call.
        call: CallId,
        /// The program that decided first.
        program: String,
        /// What it gives now.
        now: Decision,
    },
    /// The last line does not count what is there.
    #[error("counts other lines than there are before it")]
    Counts,
    /// There is more after the last line.
    #[error("comes after the end")]
    AfterEnd,
    /// The last line is missing.
    #[error("is missing: the pack was cut off")]
    Cut,
}

/// A pack that holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Verified {
    /// Its first line.
    pub header: Header,
    /// Its lines but the last, by what they are.
    pub lines: BTreeMap<LineKind, u64>,
    /// The hash of its last line: what tells this pack from every other.
    pub last: Link,
}

/// What is needed of a line.
#[derive(Deserialize)]
#[serde(tag = "kind", content = "data", rename_all = "snake_case")]
enum Read {
    Header(Header),
    Book(KeptBook),
    RegistryCopy(IgnoredAny),
    Ban(IgnoredAny),
    Consent(IgnoredAny),
    Call(IgnoredAny),
    Receipt(Box<Receipt>),
    Refusals(IgnoredAny),
    Abandonment(IgnoredAny),
    End(Footer),
}

impl Read {
    const fn kind(&self) -> LineKind {
        match self {
            Self::Header(_) => LineKind::Header,
            Self::Book(_) => LineKind::Book,
            Self::RegistryCopy(_) => LineKind::RegistryCopy,
            Self::Ban(_) => LineKind::Ban,
            Self::Consent(_) => LineKind::Consent,
            Self::Call(_) => LineKind::Call,
            Self::Receipt(_) => LineKind::Receipt,
            Self::Refusals(_) => LineKind::Refusals,
            Self::Abandonment(_) => LineKind::Abandonment,
            Self::End(_) => LineKind::End,
        }
    }
}

/// Reads a pack line by line, and remembers its rule books, which are few, and nothing else that grows.
#[derive(Debug, Default)]
pub struct Verifier {
    chain: Chain,
    header: Option<Header>,
    books: BTreeMap<BookHash, RuleBook>,
    counted: Footer,
    ended: bool,
}

impl Verifier {
    /// Takes the next line, without its line feed. A receipt is decided again.
    ///
    /// # Errors
    /// Why it does not hold. Whatever comes after it means nothing then.
    pub fn line(&mut self, text: &str) -> Result<(), Broken> {
        let line = self.chain.lines() + 1;
        self.read(text).map_err(|defect| Broken { line, defect })
    }

    /// Why text that no line feed ends is no line.
    #[must_use]
    pub fn unfinished(&self) -> Broken {
        let defect = if self.ended { Defect::AfterEnd } else { Defect::Cut };
        Broken { line: self.chain.lines() + 1, defect }
    }

    /// What the pack is, after its last line.
    ///
    /// # Errors
    /// When there is more to come.
    pub fn end(self) -> Result<Verified, Broken> {
        match self.header {
            Some(header) if self.ended => Ok(Verified { header, lines: self.counted.lines, last: self.chain.last() }),
            _ => Err(Broken { line: self.chain.lines() + 1, defect: Defect::Cut }),
        }
    }

    fn read(&mut self, text: &str) -> Result<(), Defect> {
        if self.ended {
            return Err(Defect::AfterEnd);
        }
        let content = self.chain.open(text).ok_or(Defect::Unchained)?;
        let read: Read = serde_json::from_str(&content).map_err(|error| Defect::Content(error.to_string()))?;
        let kind = read.kind();
        if (kind == LineKind::Header) != self.header.is_none() {
            return Err(Defect::Header);
        }
        match read {
            Read::Header(header) => self.begin(header)?,
            Read::Book(KeptBook { hash, text }) => {
                let book = RuleBook::from_text(&text, hash).map_err(Defect::Book)?;
                self.books.insert(hash, book);
            }
            Read::Receipt(receipt) => self.replay(*receipt)?,
            Read::End(footer) if footer != self.counted => return Err(Defect::Counts),
            Read::End(_) => {
                self.ended = true;
                return Ok(());
            }
            Read::RegistryCopy(_)
            | Read::Ban(_)
            | Read::Consent(_)
            | Read::Call(_)
            | Read::Refusals(_)
            | Read::Abandonment(_) => {}
        }
        self.counted.count(kind);
        Ok(())
    }

    fn begin(&mut self, header: Header) -> Result<(), Defect> {
        if header.format != Header::FORMAT || header.version != Header::VERSION {
            return Err(Defect::Format { format: header.format, version: header.version });
        }
        self.header = Some(header);
        Ok(())
    }

    fn replay(&self, receipt: Receipt) -> Result<(), Defect> {
        if self.header.as_ref().is_none_or(|header| header.campaign.id != receipt.campaign_id) {
            return Err(Defect::Elsewhere(receipt.call_id));
        }
        let book = self.books.get(&receipt.book).ok_or(Defect::NoBook(receipt.book))?;
        let replay = receipt.replay(book);
        if replay.is_same() {
            return Ok(());
        }
        Err(Defect::Answer { call: receipt.call_id, program: receipt.program, now: replay.now })
    }
}
