//! Voicemail drops, each of its owner.

use std::cmp::Reverse;

use async_trait::async_trait;
use dialer_domain::events::EventKind;
use dialer_domain::ids::VoicemailDropId;
use dialer_domain::voicemail_drops::{ChangedDrop, VoicemailDrop, VoicemailDropPatch, VoicemailDropStore};
use dialer_domain::{CallId, OffsetDateTime, Page, PageRequest, Scope, StoreError};

use super::{MemoryStore, State, page};

#[async_trait]
impl VoicemailDropStore for MemoryStore {
    async fn add(&self, drop: &VoicemailDrop) -> Result<(), StoreError> {
        let mut state = self.lock();
        if state.voicemail_drops.contains_key(&drop.id) {
            return Err(StoreError::Duplicate { what: "the voicemail drop" });
        }
        let event = drop.event(EventKind::VoicemailDropAdded, None, drop.created_at);
        state.log(event.by(Scope::User(drop.user_id)));
        state.voicemail_drops.insert(drop.id, drop.clone());
        Ok(())
    }

    async fn get(&self, scope: Scope, id: VoicemailDropId) -> Result<Option<VoicemailDrop>, StoreError> {
        Ok(self.lock().voicemail_drop(scope, id).cloned())
    }

    async fn list(&self, scope: Scope, window: PageRequest) -> Result<Page<VoicemailDrop>, StoreError> {
        let state = self.lock();
        let mut rows: Vec<&VoicemailDrop> =
            state.voicemail_drops.values().filter(|drop| scope.covers(drop.user_id)).collect();
        rows.sort_by_key(|drop| Reverse((drop.created_at, drop.id)));
        Ok(page(&rows, window))
    }

    async fn patch(
        &self,
        scope: Scope,
        id: VoicemailDropId,
        patch: &VoicemailDropPatch,
        now: OffsetDateTime,
    ) -> Result<Option<ChangedDrop>, StoreError> {
        let mut state = self.lock();
        let Some(before) = state.voicemail_drop(scope, id).cloned() else { return Ok(None) };
        let after = before.patched(patch)?;
        if after != before {
            let event = after.event(EventKind::VoicemailDropUpdated, None, now);
            state.log(event.by(scope).changing(&before.changes(&after)));
            state.voicemail_drops.insert(id, after.clone());
        }
        Ok(Some(ChangedDrop { before, after }))
    }

    async fn count_use(
        &self,
        scope: Scope,
        id: VoicemailDropId,
        call: Option<CallId>,
        now: OffsetDateTime,
    ) -> Result<Option<VoicemailDrop>, StoreError> {
        let mut state = self.lock();
        let Some(before) = state.voicemail_drop(scope, id).cloned() else { return Ok(None) };
        let after = VoicemailDrop { usage_count: before.usage_count + 1, ..before };
        state.log(after.event(EventKind::VoicemailDropUsed, call, now).by(scope));
        state.voicemail_drops.insert(id, after.clone());
        Ok(Some(after))
    }

    async fn remove(
        &self,
        scope: Scope,
        id: VoicemailDropId,
        now: OffsetDateTime,
    ) -> Result<Option<VoicemailDrop>, StoreError> {
        let mut state = self.lock();
        let Some(drop) = state.voicemail_drop(scope, id).cloned() else { return Ok(None) };
        state.log(drop.event(EventKind::VoicemailDropRemoved, None, now).by(scope));
        state.voicemail_drops.remove(&id);
        Ok(Some(drop))
    }
}

impl State {
    fn voicemail_drop(&self, scope: Scope, id: VoicemailDropId) -> Option<&VoicemailDrop> {
        self.voicemail_drops.get(&id).filter(|drop| scope.covers(drop.user_id))
    }
}
