//! The book that is in force, shared by everything that decides.

use std::sync::{Arc, PoisonError, RwLock};

use time::Duration;

use super::RuleBook;

/// The rules in force and how strictly they are read. Whoever decides takes it once and decides all of one transaction by it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Governing {
    /// The rules.
    pub book: RuleBook,
    /// Longest ringing of a call: one that starts closer than this to a window's end might be answered after it.
    pub ring: Duration,
    /// Whether such calls are not started.
    pub strict_end: bool,
}

/// Where the rules in force are kept, to be replaced while the program runs. Clones share it.
#[derive(Debug, Clone)]
pub struct Shelf(Arc<RwLock<Arc<Governing>>>);

impl Shelf {
    /// Rules that are in force until others replace them.
    #[must_use]
    pub fn new(governing: Governing) -> Self {
        Self(Arc::new(RwLock::new(Arc::new(governing))))
    }

    /// [`RuleBook::open`]: for tests, and for trying the dialer out where no phone rings.
    #[must_use]
    pub fn open() -> Self {
        Self::new(Governing { book: RuleBook::open(), ring: Duration::ZERO, strict_end: false })
    }

    /// The rules in force.
    #[must_use]
    pub fn governing(&self) -> Arc<Governing> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Puts another book into force.
    pub fn replace(&self, book: RuleBook) {
        let mut governing = self.0.write().unwrap_or_else(PoisonError::into_inner);
        *governing = Arc::new(Governing { book, ..Governing::clone(&governing) });
    }
}

impl Default for Shelf {
    /// An empty book: no place has rules, so nobody is called.
    fn default() -> Self {
        Self::new(Governing { book: RuleBook::default(), ring: Duration::ZERO, strict_end: true })
    }
}
