//! Where the ledger is kept.

use async_trait::async_trait;

use super::{ConsentAct, ConsentEvent};
use crate::ids::{ConsentEventId, ContactId, UserId};
use crate::phone::PhoneNumber;
use crate::rules::Purpose;
use crate::store::{Page, PageRequest, StoreError};

/// Which entries to list. `None` means any.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConsentFilter {
    /// Only entries about this number.
    pub phone_number: Option<PhoneNumber>,
    /// Only entries that came through this contact.
    pub contact_id: Option<ContactId>,
    /// Only entries for these calls; those for all calls are not among them.
    pub purpose: Option<Purpose>,
    /// Only grants, or only revocations.
    pub act: Option<ConsentAct>,
}

/// The consent ledger. It grows and never changes: no method changes or removes an entry, and the database refuses whoever
/// tries it past this port.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait ConsentStore: Send + Sync {
    /// Adds entries, all of one owner, in one transaction with one event (none where there are none). From the moment this
    /// returns, every claim sees them.
    ///
    /// # Errors
    /// [`StoreError::Duplicate`] when an id is taken, [`StoreError::MissingReference`] when a contact is none of the owner's;
    /// nothing is added then.
    async fn record_consents(&self, owner: UserId, entries: Vec<ConsentEvent>) -> Result<(), StoreError>;

    /// Every entry about a number, in the order in which it was said; what was said at one instant, in the order in which it
    /// was written down.
    async fn consents_of(&self, owner: UserId, number: &PhoneNumber) -> Result<Vec<ConsentEvent>, StoreError>;

    /// One entry.
    async fn consent(&self, owner: UserId, id: ConsentEventId) -> Result<Option<ConsentEvent>, StoreError>;

    /// Entries, the one written down last first.
    async fn consents(
        &self,
        owner: UserId,
        filter: ConsentFilter,
        page: PageRequest,
    ) -> Result<Page<ConsentEvent>, StoreError>;
}
