//! Recordings, each of a call.

use std::cmp::Reverse;

use async_trait::async_trait;
use dialer_domain::events::EventKind;
use dialer_domain::ids::RecordingId;
use dialer_domain::recordings::{Recording, RecordingFilter, RecordingPatch, RecordingStore};
use dialer_domain::telephony::ProviderRecordingId;
use dialer_domain::{Call, CallStatus, OffsetDateTime, Page, PageRequest, Scope, StoreError};

use super::{MemoryStore, State, page};

#[async_trait]
impl RecordingStore for MemoryStore {
    async fn add(&self, scope: Scope, recording: &Recording) -> Result<(), StoreError> {
        self.lock().add_recording(scope, recording)
    }

    async fn collect(&self, recording: &Recording, from: &ProviderRecordingId) -> Result<bool, StoreError> {
        let mut state = self.lock();
        if state.collected.contains_key(from) {
            return Ok(false);
        }
        state.add_recording(Scope::Service, recording)?;
        state.collected.insert(from.clone(), recording.call_id);
        Ok(true)
    }

    async fn uncollected(&self, since: OffsetDateTime, most: u32) -> Result<Vec<Call>, StoreError> {
        let state = self.lock();
        let may_have_been_recorded = |call: &&Call| {
            call.status == CallStatus::Completed
                && call.provider_call_id.is_some()
                && call.ended_at.is_some_and(|at| at >= since)
                && !state.collected.values().any(|collected| *collected == call.id)
        };
        let listed = state.calls.keys().filter_map(|id| state.visible_call(Scope::Service, *id));
        let mut calls: Vec<Call> = listed.filter(may_have_been_recorded).cloned().collect();
        calls.sort_by_key(|call| (call.ended_at, call.id));
        calls.truncate(usize::try_from(most).unwrap_or(usize::MAX));
        Ok(calls)
    }

    async fn get(&self, scope: Scope, id: RecordingId) -> Result<Option<Recording>, StoreError> {
        Ok(self.lock().readable_recording(scope, id).cloned())
    }

    async fn list(
        &self,
        scope: Scope,
        filter: RecordingFilter,
        window: PageRequest,
    ) -> Result<Page<Recording>, StoreError> {
        let state = self.lock();
        let mut rows: Vec<&Recording> = state
            .recordings
            .keys()
            .filter_map(|id| state.readable_recording(scope, *id))
            .filter(|recording| filter.call.is_none_or(|call| recording.call_id == call))
            .filter(|recording| filter.sentiment.is_none_or(|word| recording.sentiment == Some(word)))
            .filter(|recording| filter.transcribed.is_none_or(|has| recording.transcription.is_some() == has))
            .collect();
        rows.sort_by_key(|recording| Reverse((recording.created_at, recording.id)));
        Ok(page(&rows, window))
    }

    async fn patch(
        &self,
        scope: Scope,
        id: RecordingId,
        patch: &RecordingPatch,
        now: OffsetDateTime,
    ) -> Result<Option<Recording>, StoreError> {
        let mut state = self.lock();
        let Some((before, call)) = state.recording(scope, id) else { return Ok(None) };
        let after = before.patched(patch)?;
        if after != *before {
            let event = after.event(call, EventKind::RecordingUpdated, now);
            let event = event.by(scope).changing(&before.changes(&after));
            state.log(event);
            state.recordings.insert(id, after.clone());
        }
        Ok(Some(after))
    }

    async fn remove(
        &self,
        scope: Scope,
        id: RecordingId,
        now: OffsetDateTime,
    ) -> Result<Option<Recording>, StoreError> {
        let mut state = self.lock();
        let Some((recording, call)) = state.recording(scope, id).map(|(row, call)| (row.clone(), call.clone())) else {
            return Ok(None);
        };
        state.log(recording.event(&call, EventKind::RecordingRemoved, now).by(scope));
        state.recordings.remove(&id);
        if call.recording_url.as_ref() == Some(&recording.recording_url) {
            state.put_call(Call { recording_url: None, updated_at: now, ..call });
        }
        Ok(Some(recording))
    }
}

impl State {
    fn add_recording(&mut self, scope: Scope, recording: &Recording) -> Result<(), StoreError> {
        if self.recordings.contains_key(&recording.id) {
            return Err(StoreError::Duplicate { what: "the recording" });
        }
        let Some(call) = self.call(scope, recording.call_id).cloned() else {
            return Err(StoreError::MissingReference { what: "the call" });
        };
        let at = recording.created_at;
        self.log(recording.event(&call, EventKind::RecordingAdded, at).by(scope));
        self.recordings.insert(recording.id, recording.clone());
        if call.recording_url.is_none() {
            self.put_call(Call { recording_url: Some(recording.recording_url.clone()), updated_at: at, ..call });
        }
        Ok(())
    }

    /// As whoever may hear it sees it: its owner, and the agent who handled the call.
    fn readable_recording(&self, scope: Scope, id: RecordingId) -> Option<&Recording> {
        self.recordings.get(&id).filter(|recording| self.visible_call(scope, recording.call_id).is_some())
    }

    /// As whoever may change it sees it: its owner.
    fn recording(&self, scope: Scope, id: RecordingId) -> Option<(&Recording, &Call)> {
        let recording = self.recordings.get(&id)?;
        Some((recording, self.call(scope, recording.call_id)?))
    }
}
