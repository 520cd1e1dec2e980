//! Where copies of registers are kept.

use async_trait::async_trait;
use time::{Date, OffsetDateTime};

use super::{CopyStatus, Listed, Registry, RegistryCopy};
use crate::identity::Scope;
use crate::ids::{RegistryCopyId, UserId};
use crate::phone::PhoneNumber;
use crate::store::{Page, PageRequest, StoreError};

/// Which copies to list. `None` means any.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CopyFilter {
    /// Only copies of this register.
    pub registry: Option<Registry>,
    /// Only copies that are so far.
    pub status: Option<CopyStatus>,
}

/// What a copy that is in force says of a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// The copy.
    pub copy: RegistryCopy,
    /// Whether the number stands in it.
    pub is_listed: bool,
    /// The day since which it stands there, where that is known.
    pub since: Option<Date>,
}

/// Copies of registers with millions of numbers. A user sees their own and everybody's. Of each register and owner one copy is
/// active at most, and whoever looks a number up sees one copy whole, never a part of the next.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait RegistryStore: Send + Sync {
    /// Adds a copy that is to be loaded. One of the same register and owner that was loading before fails.
    ///
    /// # Errors
    /// [`StoreError::Duplicate`] when the id is taken.
    async fn begin_copy(&self, copy: &RegistryCopy) -> Result<(), StoreError>;

    /// Adds numbers to a copy, in one transaction, and returns how many it did not have. At most some ten thousand at a time.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when the copy is not loading (any more); nothing is added.
    async fn load_numbers(&self, copy: RegistryCopyId, numbers: Vec<Listed>) -> Result<u64, StoreError>;

    /// Puts a loaded copy into force at `now` with the counts and the hash that `copy` has, in place of the one before, with an
    /// event, and returns it. From the moment this returns, every claim of whom it binds sees it.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when the copy is not loading (any more); nothing is changed.
    async fn activate_copy(&self, copy: &RegistryCopy, now: OffsetDateTime) -> Result<RegistryCopy, StoreError>;

    /// Gives a copy up that is loading, with an event. False when it is not loading (any more).
    async fn fail_copy(&self, copy: &RegistryCopy, now: OffsetDateTime) -> Result<bool, StoreError>;

    /// Removes up to `limit` numbers of one copy that is superseded or failed. Returns how many; `None` when no such copy has
    /// any left.
    async fn clear_numbers(&self, limit: u32, now: OffsetDateTime) -> Result<Option<u64>, StoreError>;

    /// Copies, the one that began last first.
    async fn copies(
        &self,
        scope: Scope,
        filter: CopyFilter,
        page: PageRequest,
    ) -> Result<Page<RegistryCopy>, StoreError>;

    /// The copies that [bind](super::in_force) `owner`, one of each register, in the order of the registers.
    async fn copies_in_force(&self, owner: UserId) -> Result<Vec<RegistryCopy>, StoreError>;

    /// For each of `numbers`, what every copy in force for `owner` says of it, in the order of the registers.
    async fn listings(&self, owner: UserId, numbers: Vec<PhoneNumber>) -> Result<Vec<Vec<Listing>>, StoreError>;
}
