//! What every persistence port shares: pages and failures.

use crate::leases::LeaseName;

/// A window of a longer list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageRequest {
    limit: u16,
    offset: u64,
}

impl PageRequest {
    /// The largest page.
    pub const MAX_LIMIT: u16 = 500;

    /// `limit` rows (1 to 500) after skipping `offset`. `None` when `limit` is out of range.
    #[must_use]
    pub fn new(limit: u16, offset: u64) -> Option<Self> {
        (1..=Self::MAX_LIMIT).contains(&limit).then_some(Self { limit, offset })
    }

    /// Rows wanted, 1 to 500.
    #[must_use]
    pub const fn limit(self) -> u16 {
        self.limit
    }

    /// Rows to skip.
    #[must_use]
    pub const fn offset(self) -> u64 {
        self.offset
    }
}

impl Default for PageRequest {
    fn default() -> Self {
        Self { limit: 50, offset: 0 }
    }
}

/// A page, with the size of the whole list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The rows of this page, in the order the port promises.
    pub items: Vec<T>,
    /// How many rows match in all.
    pub total: u64,
}

/// What a row has to be for a change to be made: not changed since whoever changes it has read it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Precondition {
    /// Whatever it is.
    #[default]
    Any,
    /// It has one of these tags.
    Tagged(Vec<String>),
}

impl Precondition {
    /// Whether a row with this tag may be changed.
    #[must_use]
    pub fn holds(&self, tag: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Tagged(tags) => tags.iter().any(|known| known == tag),
        }
    }

    /// Goes on only when a row with this tag may be changed; `what` is what the row is called.
    ///
    /// # Errors
    /// [`Changed`].
    pub fn require(&self, tag: &str, what: &'static str) -> Result<(), Changed> {
        if self.holds(tag) { Ok(()) } else { Err(Changed { what }) }
    }
}

/// The row is not what a change was meant for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the {what} was changed since it was read; read it again")]
pub struct Changed {
    /// What the row is called.
    pub what: &'static str,
}

/// Where an adapter's own failure is kept, so that its cause is not lost.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Why a store could not do as asked. "Not there" is never an error: lookups return `Ok(None)`.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another row already holds what must be unique.
    #[error("{what} already exists")]
    Duplicate {
        /// What would be there twice.
        what: &'static str,
    },
    /// Something the write refers to is not there (any more).
    #[error("{what} does not exist")]
    MissingReference {
        /// What was referred to.
        what: &'static str,
    },
    /// Somebody else changed the row first; nothing was written. Read again and decide again.
    #[error("the {what} was changed by somebody else meanwhile")]
    Stale {
        /// What was changed.
        what: &'static str,
    },
    /// The node no longer holds the lease under which it wanted to write; nothing was written. Another one may.
    #[error("the lease `{name}` is not held any more")]
    LeaseLost {
        /// What the lease is for.
        name: LeaseName,
    },
    /// The row is not what whoever changes it takes it for; nothing was written.
    #[error(transparent)]
    Changed(#[from] Changed),
    /// A stored row cannot be understood. Never papered over with a default.
    #[error("row {id} of {table} cannot be read")]
    Corrupt {
        /// The table.
        table: &'static str,
        /// The row's key.
        id: String,
        /// What is wrong with it.
        #[source]
        source: Cause,
    },
    /// The database does not take a value, whoever writes it and however often.
    #[error("the database refuses what was to be written to {table}")]
    Refused {
        /// The table.
        table: &'static str,
        /// What the database said.
        #[source]
        source: Cause,
    },
    /// The database could not be reached or did not answer in time. Trying again may help.
    #[error("the database is not available")]
    Unavailable {
        /// What the database said.
        #[source]
        source: Cause,
    },
}
