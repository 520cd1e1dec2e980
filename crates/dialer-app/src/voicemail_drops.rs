//! Voicemail drops, as their owners keep them.

use std::sync::Arc;

use dialer_domain::audio::{AudioKey, AudioShelf, AudioStore, StoredAudio};
use dialer_domain::identity::Principal;
use dialer_domain::ids::{CallId, VoicemailDropId};
use dialer_domain::store::{Page, PageRequest};
use dialer_domain::stores::Stores;
use dialer_domain::voicemail_drops::{VoicemailDrop, VoicemailDropPatch};

use crate::audio::{Audio, NewAudio, Upload};
use crate::error::UseCaseError;
use crate::ports::Ports;

/// A voicemail drop that somebody wants made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewVoicemailDrop {
    /// What its owner calls it.
    pub name: String,
    /// Where to hear it; `None` when its audio will be sent.
    pub audio_url: Option<String>,
    /// How long it plays, in seconds.
    pub duration: Option<u32>,
}

/// What people do with voicemail drops.
#[derive(Clone)]
pub struct VoicemailDrops {
    ports: Ports,
    audio: Audio,
    base: &'static str,
}

impl VoicemailDrops {
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

    /// Makes a drop.
    pub async fn add(&self, who: Principal, wanted: NewVoicemailDrop) -> Result<VoicemailDrop, UseCaseError> {
        let id = VoicemailDropId::generate(self.ports.ids.as_ref());
        let drop = VoicemailDrop {
            id,
            user_id: who.user,
            name: wanted.name,
            audio_url: wanted.audio_url.unwrap_or_else(|| self.own_url(id)),
            duration: wanted.duration.unwrap_or(0),
            usage_count: 0,
            content_type: None,
            storage_key: None,
            file_size: None,
            created_at: self.ports.clock.now(),
        };
        self.ports.stores.voicemail_drops.add(&drop).await?;
        Ok(drop)
    }

    /// Drops, latest first.
    pub async fn list(&self, who: Principal, page: PageRequest) -> Result<Page<VoicemailDrop>, UseCaseError> {
        Ok(self.ports.stores.voicemail_drops.list(who.scope(), page).await?)
    }

    /// One drop.
    pub async fn get(&self, who: Principal, id: VoicemailDropId) -> Result<VoicemailDrop, UseCaseError> {
        self.ports.stores.voicemail_drops.get(who.scope(), id).await?.ok_or(NO_SUCH_DROP)
    }

    /// Changes a drop. Audio that it no longer has is removed.
    pub async fn change(
        &self,
        who: Principal,
        id: VoicemailDropId,
        patch: VoicemailDropPatch,
    ) -> Result<VoicemailDrop, UseCaseError> {
        let now = self.ports.clock.now();
        let changed = self.ports.stores.voicemail_drops.patch(who.scope(), id, &patch, now).await?;
        let changed = changed.ok_or(NO_SUCH_DROP)?;
        if let Some(old) = changed.before.storage_key.filter(|old| changed.after.storage_key != Some(*old)) {
            self.audio.discard(old).await;
        }
        Ok(changed.after)
    }

    /// Begins to take in the audio of a drop.
    pub async fn begin(&self, who: Principal, id: VoicemailDropId, audio: NewAudio) -> Result<Upload, UseCaseError> {
        self.get(who, id).await?;
        let key = AudioKey { shelf: AudioShelf::VoicemailDrops, id: self.ports.ids.next_uuid() };
        Ok(self.audio.begin(key, audio).await?)
    }

    /// Ends what [`Self::begin`] began: the drop is heard with us from now on.
    pub async fn finish(
        &self,
        who: Principal,
        id: VoicemailDropId,
        upload: Upload,
    ) -> Result<VoicemailDrop, UseCaseError> {
        let (audio, duration) = upload.finish().await?;
        let audio_url = Some(self.own_url(id));
        let patch = VoicemailDropPatch { audio_url, duration, audio: Some(audio), ..VoicemailDropPatch::default() };
        let changed = self.change(who, id, patch).await;
        if changed.is_err() {
            self.audio.discard(audio.key).await;
        }
        changed
    }

    /// The audio of a drop, when it is in our storage.
    pub async fn heard(&self, who: Principal, id: VoicemailDropId) -> Result<Option<StoredAudio>, UseCaseError> {
        let drop = self.get(who, id).await?;
        let (Some(key), Some(format)) = (drop.storage_key, drop.content_type) else { return Ok(None) };
        Ok(self.audio.stored(key, format).await?)
    }

    /// Counts that a drop was left on a voicemail, in a call of the user's where that is told.
    pub async fn count_use(
        &self,
        who: Principal,
        id: VoicemailDropId,
        call: Option<CallId>,
    ) -> Result<VoicemailDrop, UseCaseError> {
        if let Some(call) = call {
            let found = self.ports.stores.calls.get(who.scope(), call).await?;
            found.ok_or(UseCaseError::NotFound("call"))?;
        }
        let now = self.ports.clock.now();
        self.ports.stores.voicemail_drops.count_use(who.scope(), id, call, now).await?.ok_or(NO_SUCH_DROP)
    }

    /// Removes a drop and its audio.
    pub async fn remove(&self, who: Principal, id: VoicemailDropId) -> Result<(), UseCaseError> {
        let removed = self.ports.stores.voicemail_drops.remove(who.scope(), id, self.ports.clock.now()).await?;
        if let Some(key) = removed.ok_or(NO_SUCH_DROP)?.storage_key {
            self.audio.discard(key).await;
        }
        Ok(())
    }

    fn own_url(&self, id: VoicemailDropId) -> String {
        format!("{}/voicemail-drops/{id}/audio", self.base)
    }
}

const NO_SUCH_DROP: UseCaseError = UseCaseError::NotFound("voicemail drop");
