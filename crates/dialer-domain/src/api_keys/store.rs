//! Where keys are kept.

use async_trait::async_trait;
use time::OffsetDateTime;

use super::{ApiKey, KeyHash};
use crate::identity::Scope;
use crate::ids::ApiKeyId;
use crate::store::{Page, PageRequest, StoreError};

/// Stored API keys. None is ever deleted, so that what was done with it can be told.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait ApiKeyStore: Send + Sync {
    /// Stores a new key, with its event.
    ///
    /// # Errors
    /// [`StoreError::Duplicate`] when the id or the hash is there already.
    async fn add_key(&self, key: &ApiKey) -> Result<(), StoreError>;

    /// One key.
    async fn key(&self, scope: Scope, id: ApiKeyId) -> Result<Option<ApiKey>, StoreError>;

    /// Keys, latest first, those that have ended included.
    async fn keys(&self, scope: Scope, page: PageRequest) -> Result<Page<ApiKey>, StoreError>;

    /// The key with this hash, whoever owns it and whether or not it has ended: for finding out who asks.
    async fn key_by_hash(&self, hash: &KeyHash) -> Result<Option<ApiKey>, StoreError>;

    /// Ends a key at `now`, with its event, and returns it. One that was ended before stays as it was, without an event.
    /// `None` when there is no such key in `scope`.
    async fn revoke_key(&self, scope: Scope, id: ApiKeyId, now: OffsetDateTime) -> Result<Option<ApiKey>, StoreError>;

    /// Notes that a key was used at `now`, unless a use after `unless_since` is noted. No event tells of it.
    async fn note_key_use(
        &self,
        id: ApiKeyId,
        now: OffsetDateTime,
        unless_since: OffsetDateTime,
    ) -> Result<(), StoreError>;
}
