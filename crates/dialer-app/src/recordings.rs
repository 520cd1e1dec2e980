//! Recordings, as their owners keep them and agents hear them.

use std::sync::Arc;

use dialer_domain::audio::{AudioKey, AudioShelf, AudioStore, StoredAudio};
use dialer_domain::identity::Principal;
use dialer_domain::ids::{CallId, RecordingId};
use dialer_domain::recordings::{Recording, RecordingFilter, RecordingPatch};
use dialer_domain::store::{Page, PageRequest};
use dialer_domain::stores::Stores;

use crate::audio::{Audio, NewAudio, Upload};
use crate::error::UseCaseError;
use crate::ports::Ports;

/// What people do with recordings.
#[derive(Clone)]
pub struct Recordings {
    ports: Ports,
    audio: Audio,
    base: &'static str,
}

impl Recordings {
    /// On these ports. Audio in our storage is heard below `base`, such as `/api/dialer`; `limit` bytes of it at most.
    #[must_use]
    pub fn new(ports: Ports, audio: Arc<dyn AudioStore>, base: &'static str, limit: u64) -> Self {
        Self { ports, audio: Audio::new(audio, limit), base }
    }

    /// The same on these stores, such as those of a unit of work.
    #[must_use]
    pub fn on(&self, stores: Stores) -> Self {
        Self { ports: Ports { stores, ..self.ports.clone() }, audio: self.audio.clone(), base: self.base }
    }

    /// The audio behind them.
    #[must_use]
    pub const fn audio(&self) -> &Audio {
        &self.audio
    }

    /// Recordings, latest first.
    pub async fn list(
        &self,
        who: Principal,
        filter: RecordingFilter,
        page: PageRequest,
    ) -> Result<Page<Recording>, UseCaseError> {
        Ok(self.ports.stores.recordings.list(who.scope(), filter, page).await?)
    }

    /// One recording.
    pub async fn get(&self, who: Principal, id: RecordingId) -> Result<Recording, UseCaseError> {
        self.ports.stores.recordings.get(who.scope(), id).await?.ok_or(UseCaseError::NotFound("recording"))
    }

    /// The audio of a recording, when it is in our storage.
    pub async fn heard(&self, who: Principal, id: RecordingId) -> Result<Option<StoredAudio>, UseCaseError> {
        let recording = self.get(who, id).await?;
        let (Some(key), Some(format)) = (recording.storage_key, recording.content_type) else { return Ok(None) };
        Ok(self.audio.stored(key, format).await?)
    }

    /// Transcribes or judges a recording, or takes that back.
    pub async fn change(
        &self,
        who: Principal,
        id: RecordingId,
        patch: RecordingPatch,
    ) -> Result<Recording, UseCaseError> {
        let now = self.ports.clock.now();
        let changed = self.ports.stores.recordings.patch(who.scope(), id, &patch, now).await?;
        changed.ok_or(UseCaseError::NotFound("recording"))
    }

    /// Begins to take in a recording of an own call.
    pub async fn begin(&self, who: Principal, call: CallId, audio: NewAudio) -> Result<Upload, UseCaseError> {
        self.own_call(who, call).await?;
        let key = AudioKey { shelf: AudioShelf::Recordings, id: self.ports.ids.next_uuid() };
        Ok(self.audio.begin(key, audio).await?)
    }

    /// Ends what [`Self::begin`] began. The file is there before the row is, so that no row tells of audio that is not.
    pub async fn finish(&self, who: Principal, call: CallId, upload: Upload) -> Result<Recording, UseCaseError> {
        let (audio, seconds) = upload.finish().await?;
        let id = RecordingId::generate(self.ports.ids.as_ref());
        let url = format!("{}/recordings/{id}/audio", self.base);
        let recording = Recording::stored(id, call, url, seconds.unwrap_or(0), audio, self.ports.clock.now());
        match self.ports.stores.recordings.add(who.scope(), &recording).await {
            Ok(()) => Ok(recording),
            Err(error) => {
                self.forget_unless_stored(who, &recording).await;
                Err(error.into())
            }
        }
    }

    /// Removes the audio of a recording that was finished in a unit of work which was not kept in the end. When the row is
    /// there after all, or nobody can tell, the audio stays: better a file that nobody asks for than a row without one.
    pub async fn forget_unless_stored(&self, who: Principal, recording: &Recording) {
        let stored = self.ports.stores.recordings.get(who.scope(), recording.id).await;
        if let (Ok(None), Some(key)) = (stored, recording.storage_key) {
            self.audio.discard(key).await;
        }
    }

    /// Removes a recording and its audio.
    pub async fn remove(&self, who: Principal, id: RecordingId) -> Result<(), UseCaseError> {
        let removed = self.ports.stores.recordings.remove(who.scope(), id, self.ports.clock.now()).await?;
        let recording = removed.ok_or(UseCaseError::NotFound("recording"))?;
        if let Some(key) = recording.storage_key {
            self.audio.discard(key).await;
        }
        Ok(())
    }

    async fn own_call(&self, who: Principal, call: CallId) -> Result<(), UseCaseError> {
        let found = self.ports.stores.calls.get(who.scope(), call).await?;
        found.filter(|call| who.scope().covers(call.user_id)).map(|_| ()).ok_or(UseCaseError::NotFound("call"))
    }
}
