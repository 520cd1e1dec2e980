//! Voicemail drops: recorded messages that an agent leaves on voicemails.

use async_trait::async_trait;
use serde_json::Value;
use time::OffsetDateTime;

use crate::audio::{AudioFormat, AudioKey, StoredAudio};
use crate::events::{EventKind, NewEvent, data};
use crate::identity::Scope;
use crate::ids::{CallId, UserId, VoicemailDropId};
use crate::store::{Changed, Page, PageRequest, Precondition, StoreError};
use crate::tag::tag_of;

/// A message to be left on voicemails, a row of `voicemail_drops`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VoicemailDrop {
    /// Its id.
    pub id: VoicemailDropId,
    /// Whose it is.
    pub user_id: UserId,
    /// What its owner calls it.
    pub name: String,
    /// Where to hear it: with us when the audio is or will be in our storage, else elsewhere.
    pub audio_url: String,
    /// How long it plays, in seconds; 0 when nobody knows.
    pub duration: u32,
    /// How often it was left on a voicemail.
    pub usage_count: u64,
    /// What kind of audio it is, where that is known.
    pub content_type: Option<AudioFormat>,
    /// Its name in our storage, when the audio is there.
    pub storage_key: Option<AudioKey>,
    /// Its length in bytes, where that is known.
    pub file_size: Option<u64>,
    /// When it was made.
    pub created_at: OffsetDateTime,
}

impl VoicemailDrop {
    /// Longest name, in characters.
    pub const MAX_NAME: usize = 200;
    /// Longest address of audio, in characters.
    pub const MAX_URL: usize = 2_000;

    /// Tells what people made of this drop from what they made of it before. How often it was used is no part of it.
    #[must_use]
    pub fn tag(&self) -> String {
        let audio = (&self.audio_url, self.duration, self.storage_key.map(|key| key.id), self.content_type);
        tag_of(&(&self.name, audio, self.file_size))
    }

    /// The drop after a change. Audio that takes the place of other audio is heard at its own address; an address of
    /// elsewhere lets go of the audio in our storage.
    ///
    /// # Errors
    /// [`Changed`] when it is not what the change was meant for.
    pub fn patched(&self, patch: &VoicemailDropPatch) -> Result<Self, Changed> {
        patch.condition.require(&self.tag(), "voicemail drop")?;
        let mut after = self.clone();
        if let Some(name) = &patch.name {
            after.name.clone_from(name);
        }
        if let Some(url) = &patch.audio_url
            && *url != self.audio_url
        {
            after.audio_url.clone_from(url);
            (after.content_type, after.storage_key, after.file_size) = (None, None, None);
        }
        if let Some(audio) = patch.audio {
            after.content_type = Some(audio.format);
            after.storage_key = Some(audio.key);
            after.file_size = Some(audio.size);
        }
        if let Some(duration) = patch.duration {
            after.duration = duration;
        }
        Ok(after)
    }

    /// What the log says of a step in this drop's life. Its name is its owner's business.
    #[must_use]
    pub fn event(&self, kind: EventKind, call: Option<CallId>, now: OffsetDateTime) -> NewEvent {
        NewEvent {
            kind,
            user_id: self.user_id,
            campaign_id: None,
            contact_id: None,
            call_id: call,
            at: now,
            data: data([
                ("voicemail_drop_id", Value::from(self.id.to_string())),
                ("usage_count", Value::from(self.usage_count)),
            ]),
        }
    }
}

/// A change to a voicemail drop. `None` leaves a field as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VoicemailDropPatch {
    /// What its owner calls it.
    pub name: Option<String>,
    /// Where to hear it.
    pub audio_url: Option<String>,
    /// How long it plays, in seconds.
    pub duration: Option<u32>,
    /// Audio that is now in our storage.
    pub audio: Option<StoredAudio>,
    /// What the drop has to be.
    pub condition: Precondition,
}

/// A drop before and after a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangedDrop {
    /// As it was.
    pub before: VoicemailDrop,
    /// As it is.
    pub after: VoicemailDrop,
}

/// Voicemail drops.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait VoicemailDropStore: Send + Sync {
    /// Adds a drop, with its event.
    ///
    /// # Errors
    /// [`StoreError::Duplicate`] when the id is taken.
    async fn add(&self, drop: &VoicemailDrop) -> Result<(), StoreError>;

    /// One drop.
    async fn get(&self, scope: Scope, id: VoicemailDropId) -> Result<Option<VoicemailDrop>, StoreError>;

    /// Drops, latest first.
    async fn list(&self, scope: Scope, page: PageRequest) -> Result<Page<VoicemailDrop>, StoreError>;

    /// Makes a change by [`VoicemailDrop::patched`], with its event when it changes anything. `None` when there is no such
    /// drop.
    ///
    /// # Errors
    /// [`StoreError::Changed`].
    async fn patch(
        &self,
        scope: Scope,
        id: VoicemailDropId,
        patch: &VoicemailDropPatch,
        now: OffsetDateTime,
    ) -> Result<Option<ChangedDrop>, StoreError>;

    /// Counts one use, with its event; of uses at once none is lost. `None` when there is no such drop.
    async fn count_use(
        &self,
        scope: Scope,
        id: VoicemailDropId,
        call: Option<CallId>,
        now: OffsetDateTime,
    ) -> Result<Option<VoicemailDrop>, StoreError>;

    /// Removes a drop, with its event. Returns what was removed.
    async fn remove(
        &self,
        scope: Scope,
        id: VoicemailDropId,
        now: OffsetDateTime,
    ) -> Result<Option<VoicemailDrop>, StoreError>;
}
