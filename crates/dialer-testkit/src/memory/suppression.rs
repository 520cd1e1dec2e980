//! Do-not-call entries, one for each owner and number.

use async_trait::async_trait;
use dialer_domain::events::{EventKind, NewEvent};
use dialer_domain::suppression::{Suppression, SuppressionStore};
use dialer_domain::{OffsetDateTime, PhoneNumber, StoreError, UserId};
use serde_json::Map;

use super::MemoryStore;

#[async_trait]
impl SuppressionStore for MemoryStore {
    async fn suppress(&self, entry: &Suppression) -> Result<(), StoreError> {
        let mut state = self.lock();
        let key = (entry.user_id, entry.phone_number.clone());
        if state.suppressions.contains_key(&key) {
            return Ok(());
        }
        state.log(number_event(EventKind::NumberSuppressed, entry.user_id, entry.created_at));
        state.suppressions.insert(key, entry.clone());
        Ok(())
    }

    async fn lift(&self, owner: UserId, number: &PhoneNumber, now: OffsetDateTime) -> Result<bool, StoreError> {
        let mut state = self.lock();
        let there = state.suppressions.remove(&(owner, number.clone())).is_some();
        if there {
            state.log(number_event(EventKind::NumberLifted, owner, now));
        }
        Ok(there)
    }

    async fn find(&self, owner: UserId, number: &PhoneNumber) -> Result<Option<Suppression>, StoreError> {
        Ok(self.lock().suppressions.get(&(owner, number.clone())).cloned())
    }
}

/// An event about a number, which does not say which: the log holds no numbers.
fn number_event(kind: EventKind, owner: UserId, at: OffsetDateTime) -> NewEvent {
    NewEvent { kind, user_id: owner, campaign_id: None, contact_id: None, call_id: None, at, data: Map::new() }
}
