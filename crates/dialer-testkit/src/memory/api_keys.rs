//! API keys.

use std::cmp::Reverse;

use async_trait::async_trait;
use dialer_domain::api_keys::store::ApiKeyStore;
use dialer_domain::api_keys::{ApiKey, KeyHash};
use dialer_domain::events::{EventKind, NewEvent};
use dialer_domain::{ApiKeyId, OffsetDateTime, Page, PageRequest, Scope, StoreError};
use serde_json::{Map, json};

use super::{MemoryStore, page};

#[async_trait]
impl ApiKeyStore for MemoryStore {
    async fn add_key(&self, key: &ApiKey) -> Result<(), StoreError> {
        let mut state = self.lock();
        if state.api_keys.values().any(|row| row.id == key.id || row.hash == key.hash) {
            return Err(StoreError::Duplicate { what: "the API key" });
        }
        let made = key_event(EventKind::ApiKeyCreated, key, key.created_at);
        state.log(made.by(Scope::User(key.user_id)));
        state.api_keys.insert(key.id, key.clone());
        Ok(())
    }

    async fn key(&self, scope: Scope, id: ApiKeyId) -> Result<Option<ApiKey>, StoreError> {
        Ok(self.lock().api_keys.get(&id).filter(|row| scope.covers(row.user_id)).cloned())
    }

    async fn keys(&self, scope: Scope, window: PageRequest) -> Result<Page<ApiKey>, StoreError> {
        let state = self.lock();
        let mut rows: Vec<&ApiKey> = state.api_keys.values().filter(|row| scope.covers(row.user_id)).collect();
        rows.sort_by_key(|row| Reverse((row.created_at, row.id)));
        Ok(page(&rows, window))
    }

    async fn key_by_hash(&self, hash: &KeyHash) -> Result<Option<ApiKey>, StoreError> {
        Ok(self.lock().api_keys.values().find(|row| row.hash == *hash).cloned())
    }

    async fn revoke_key(&self, scope: Scope, id: ApiKeyId, now: OffsetDateTime) -> Result<Option<ApiKey>, StoreError> {
        let mut state = self.lock();
        let Some(row) = state.api_keys.get_mut(&id).filter(|row| scope.covers(row.user_id)) else { return Ok(None) };
        if row.revoked_at.is_some() {
            return Ok(Some(row.clone()));
        }
        row.revoked_at = Some(now);
        let revoked = row.clone();
        state.log(key_event(EventKind::ApiKeyRevoked, &revoked, now).by(scope));
        Ok(Some(revoked))
    }

    async fn note_key_use(
        &self,
        id: ApiKeyId,
        now: OffsetDateTime,
        unless_since: OffsetDateTime,
    ) -> Result<(), StoreError> {
        let mut state = self.lock();
        if let Some(row) = state.api_keys.get_mut(&id)
            && row.last_used_at.is_none_or(|last| last <= unless_since)
        {
            row.last_used_at = Some(now);
        }
        Ok(())
    }
}

/// An event that says which key it was, by its id.
fn key_event(kind: EventKind, key: &ApiKey, at: OffsetDateTime) -> NewEvent {
    let data = Map::from_iter([("api_key_id".to_owned(), json!(key.id))]);
    NewEvent { kind, user_id: key.user_id, campaign_id: None, contact_id: None, call_id: None, at, data }
}
