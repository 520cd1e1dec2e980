//! API keys: made, listed and ended by people, presented by machines.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use dialer_domain::api_keys::{ApiKey, ApiKeyError, KeyHash, KeyState, NewApiKey};
use dialer_domain::identity::Principal;
use dialer_domain::ids::ApiKeyId;
use dialer_domain::store::{Page, PageRequest, StoreError};
use dialer_domain::stores::Stores;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use time::{Duration, OffsetDateTime};

use crate::error::{FieldError, UseCaseError, chain};
use crate::ports::Ports;

/// What every key begins with, so that one that leaked can be recognised.
pub const KEY_MARK: &str = "dk_";
/// Digits of the key that stay readable in its stored prefix, of 64.
const SHOWN: usize = 8;
/// Random bytes in a key.
const KEY_BYTES: usize = 32;

/// Why a key is not accepted.
#[derive(Debug, thiserror::Error)]
pub enum KeyRefused {
    /// There is no such key.
    #[error("there is no such API key")]
    Unknown,
    /// It has ended by itself.
    #[error("the API key has expired")]
    Expired,
    /// Its owner has ended it.
    #[error("the API key was revoked")]
    Revoked,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What people and machines do with API keys. One for a process: it remembers keys that it has just looked up.
pub struct ApiKeys {
    ports: Ports,
    remembered: Mutex<HashMap<KeyHash, Remembered>>,
}

struct Remembered {
    key: ApiKey,
    looked_up: OffsetDateTime,
}

impl ApiKeys {
    /// How long a key that was looked up is believed. A key that is revoked elsewhere works for this long at most.
    pub const REMEMBER: Duration = Duration::seconds(10);
    /// How exactly the last use of a key is kept.
    pub const NOTE_EVERY: Duration = Duration::minutes(1);
    /// Keys remembered at most.
    const ROOM: usize = 10_000;

    /// On these ports.
    #[must_use]
    pub fn new(ports: Ports) -> Self {
        Self { ports, remembered: Mutex::default() }
    }

    /// Makes a key. The secret is given here and never again.
    pub async fn create(&self, who: Principal, new: NewApiKey) -> Result<(ApiKey, SecretString), UseCaseError> {
        self.create_on(&self.ports.stores, who, new).await
    }

    /// The same on other stores, such as those of a unit of work.
    pub async fn create_on(
        &self,
        stores: &Stores,
        who: Principal,
        new: NewApiKey,
    ) -> Result<(ApiKey, SecretString), UseCaseError> {
        let secret = fresh_secret()?;
        let prefix = secret.expose_secret().chars().take(KEY_MARK.len() + SHOWN).collect();
        let id = ApiKeyId::generate(self.ports.ids.as_ref());
        let key = ApiKey::make(id, who, new, (prefix, hash(secret.expose_secret())), self.ports.clock.now())?;
        stores.api_keys.add_key(&key).await?;
        Ok((key, secret))
    }

    /// One key.
    pub async fn get(&self, who: Principal, id: ApiKeyId) -> Result<ApiKey, UseCaseError> {
        self.ports.stores.api_keys.key(who.scope(), id).await?.ok_or(UseCaseError::NotFound("API key"))
    }

    /// Own keys, latest first.
    pub async fn list(&self, who: Principal, page: PageRequest) -> Result<Page<ApiKey>, UseCaseError> {
        Ok(self.ports.stores.api_keys.keys(who.scope(), page).await?)
    }

    /// Ends a key: here at once, in other processes within [`Self::REMEMBER`].
    pub async fn revoke(&self, who: Principal, id: ApiKeyId) -> Result<(), UseCaseError> {
        let now = self.ports.clock.now();
        let revoked = self.ports.stores.api_keys.revoke_key(who.scope(), id, now).await?;
        let revoked = revoked.ok_or(UseCaseError::NotFound("API key"))?;
        self.memory().remove(&revoked.hash);
        Ok(())
    }

    /// The working key that was presented.
    ///
    /// # Errors
    /// [`KeyRefused`].
    pub async fn presented(&self, secret: &str) -> Result<ApiKey, KeyRefused> {
        let (now, hash) = (self.ports.clock.now(), hash(secret));
        let key = match self.remembered(&hash, now) {
            Some(key) => key,
            None => self.look_up(&hash, now).await?,
        };
        match key.state(now) {
            KeyState::Active => {}
            KeyState::Expired => return Err(KeyRefused::Expired),
            KeyState::Revoked => return Err(KeyRefused::Revoked),
        }
        let unless_since = now - Self::NOTE_EVERY;
        if key.last_used_at.is_none_or(|last| last <= unless_since) {
            self.note_use(&key, now, unless_since).await;
        }
        Ok(key)
    }

    fn remembered(&self, hash: &KeyHash, now: OffsetDateTime) -> Option<ApiKey> {
        let memory = self.memory();
        let found = memory.get(hash).filter(|found| found.looked_up + Self::REMEMBER > now)?;
        Some(found.key.clone())
    }

    async fn look_up(&self, hash: &KeyHash, now: OffsetDateTime) -> Result<ApiKey, KeyRefused> {
        let found = self.ports.stores.api_keys.key_by_hash(hash).await?;
        let same = |key: &ApiKey| bool::from(key.hash.as_str().as_bytes().ct_eq(hash.as_str().as_bytes()));
        let key = found.filter(same).ok_or(KeyRefused::Unknown)?;
        let mut memory = self.memory();
        if memory.len() >= Self::ROOM {
            memory.retain(|_, found| found.looked_up + Self::REMEMBER > now);
        }
        if memory.len() < Self::ROOM {
            memory.insert(hash.clone(), Remembered { key: key.clone(), looked_up: now });
        }
        Ok(key)
    }

    /// A use that cannot be noted is still a use.
    async fn note_use(&self, key: &ApiKey, now: OffsetDateTime, unless_since: OffsetDateTime) {
        if let Some(found) = self.memory().get_mut(&key.hash) {
            found.key.last_used_at = Some(now);
        }
        if let Err(error) = self.ports.stores.api_keys.note_key_use(key.id, now, unless_since).await {
            tracing::warn!(api_key.id = %key.id, error = chain(&error), "the use of an API key could not be noted");
        }
    }

    fn memory(&self) -> MutexGuard<'_, HashMap<KeyHash, Remembered>> {
        self.remembered.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn fresh_secret() -> Result<SecretString, UseCaseError> {
    let mut bytes = [0; KEY_BYTES];
    getrandom::fill(&mut bytes).map_err(|_| UseCaseError::NoRandomness)?;
    Ok(format!("{KEY_MARK}{}", hex::encode(bytes)).into())
}

fn hash(secret: &str) -> KeyHash {
    KeyHash::new(Sha256::digest(secret.as_bytes()).into())
}

impl From<Vec<ApiKeyError>> for UseCaseError {
    fn from(errors: Vec<ApiKeyError>) -> Self {
        Self::Invalid(errors.into_iter().map(|error| FieldError::new(error.field, error.code, error.message)).collect())
    }
}
