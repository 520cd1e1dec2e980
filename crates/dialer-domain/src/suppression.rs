//! Do-not-call: numbers that must not be called, whatever list they stand on.

use async_trait::async_trait;
use time::OffsetDateTime;

use crate::ids::{SuppressionId, UserId};
use crate::phone::PhoneNumber;
use crate::store::StoreError;

/// A number that its owner's campaigns and agents must not call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suppression {
    /// Its id.
    pub id: SuppressionId,
    /// Whose campaigns it binds.
    pub user_id: UserId,
    /// The number.
    pub phone_number: PhoneNumber,
    /// Why, in words.
    pub reason: Option<String>,
    /// Since when.
    pub created_at: OffsetDateTime,
}

/// Do-not-call entries. An entry has no expiry; only its removal lifts it.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait SuppressionStore: Send + Sync {
    /// Adds an entry and its event; one that is there already stays as it is. From the moment this returns, no
    /// claim takes a contact with this number.
    async fn suppress(&self, entry: &Suppression) -> Result<(), StoreError>;

    /// Removes an entry. False when there was none.
    async fn lift(&self, owner: UserId, number: &PhoneNumber, now: OffsetDateTime) -> Result<bool, StoreError>;

    /// The entry for a number.
    async fn find(&self, owner: UserId, number: &PhoneNumber) -> Result<Option<Suppression>, StoreError>;
}
