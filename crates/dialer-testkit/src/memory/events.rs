//! The event log, in the order in which things happened.

use async_trait::async_trait;
use dialer_domain::events::{Event, EventLog, NewEvent};
use dialer_domain::{CallId, Scope, StoreError};

use super::MemoryStore;

#[async_trait]
impl EventLog for MemoryStore {
    async fn since(&self, scope: Scope, seq: i64, limit: u16) -> Result<Vec<Event>, StoreError> {
        let state = self.lock();
        let later = state.events.iter().filter(|event| event.seq > seq && scope.covers(event.event.user_id));
        Ok(later.take(usize::from(limit)).cloned().collect())
    }

    async fn of_call(&self, scope: Scope, call: CallId, seq: i64, limit: u16) -> Result<Vec<Event>, StoreError> {
        let state = self.lock();
        let later = state.events.iter().filter(|event| event.seq > seq && event.event.call_id == Some(call));
        let visible = later.filter(|event| scope.covers(event.event.user_id));
        Ok(visible.take(usize::from(limit)).cloned().collect())
    }

    async fn note(&self, scope: Scope, event: &NewEvent) -> Result<(), StoreError> {
        if !scope.covers(event.user_id) {
            return Err(StoreError::MissingReference { what: "the owner" });
        }
        self.lock().log(event.clone());
        Ok(())
    }
}
