//! Requests that are sent again because their answer was lost: carried out once, answered the same each time.
//!
//! The answer is stored in the transaction of the request's effect ([`UnitOfWork`]), so that there is never one
//! without the other.

use std::collections::BTreeMap;

use async_trait::async_trait;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::ids::UserId;
use crate::store::StoreError;
use crate::stores::Stores;

/// What a client calls one request of its own, however often it sends it: 1 to 255 visible ASCII characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// For how long a request's answer is kept.
    pub const LIFETIME: Duration = Duration::hours(24);

    /// Most characters.
    pub const MAX_LENGTH: usize = 255;

    /// Reads a key. `None` when it is empty, too long, or holds anything but visible ASCII characters.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let fits = (1..=Self::MAX_LENGTH).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        fits.then(|| Self(text.to_owned()))
    }

    /// The key as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A request that carries a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyedRequest {
    /// The id of the row that remembers it.
    pub id: Uuid,
    /// Who asks. Keys of different users have nothing to do with each other.
    pub user: UserId,
    /// The key.
    pub key: IdempotencyKey,
    /// Tells requests apart that use one key for two different things: a digest of all that was asked.
    pub fingerprint: String,
    /// When it was asked.
    pub now: OffsetDateTime,
}

impl KeyedRequest {
    /// Until when the answer is kept.
    #[must_use]
    pub fn expires_at(&self) -> OffsetDateTime {
        self.now + IdempotencyKey::LIFETIME
    }
}

/// An answer as it is given again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StoredAnswer {
    /// Its status; 0 when only that the request was carried out is known.
    pub status: u16,
    /// Its headers.
    pub headers: BTreeMap<String, String>,
    /// Its body.
    pub body: String,
}

/// What is known of a request that carries a key.
pub enum Begun {
    /// It was carried out before, and answered so.
    Replay(StoredAnswer),
    /// The key was used for another request.
    Mismatch,
    /// It is new. Nobody else carries it out meanwhile.
    Fresh(Box<dyn UnitOfWork>),
}

impl std::fmt::Debug for Begun {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Replay(answer) => f.debug_tuple("Replay").field(&answer.status).finish(),
            Self::Mismatch => f.write_str("Mismatch"),
            Self::Fresh(_) => f.write_str("Fresh"),
        }
    }
}

/// Everything that one request writes, to be stored together with its answer or not at all. Dropped without
/// [`Self::commit`], nothing has happened.
#[async_trait]
pub trait UnitOfWork: Send + Sync {
    /// Every port, reading and writing inside of the unit. What is written is seen by others after the commit.
    fn stores(&self) -> Stores;

    /// Stores all of it, and the answer.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when a write inside of the unit was given up half-way; nothing was stored.
    async fn commit(self: Box<Self>, answer: StoredAnswer) -> Result<(), StoreError>;
}

/// The memory of requests that carry a key.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait IdempotencyStore: Send + Sync {
    /// Begins a request. One with the same key that is being carried out is waited for. An answer is forgotten when it
    /// has expired, and so are some that others' requests left behind.
    async fn begin(&self, request: KeyedRequest) -> Result<Begun, StoreError>;

    /// Puts an answer in the place of the one that the request was stored with: it has become known later. Nothing
    /// happens when the request is not known any more.
    async fn amend(&self, user: UserId, key: &IdempotencyKey, answer: StoredAnswer) -> Result<(), StoreError>;
}
