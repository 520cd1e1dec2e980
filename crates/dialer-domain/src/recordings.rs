//! Recordings of calls.

use async_trait::async_trait;
use serde_json::Value;
use time::{Duration, OffsetDateTime};

use crate::audio::{AudioFormat, AudioKey, StoredAudio};
use crate::calls::Call;
use crate::events::{EventKind, NewEvent, data};
use crate::identity::Scope;
use crate::ids::{CallId, RecordingId};
use crate::phone::PhoneNumber;
use crate::store::{Changed, Page, PageRequest, Precondition, StoreError};
use crate::tag::tag_of;
use crate::telephony::{ProviderRecording, ProviderRecordingId};
use crate::words::words;

words! {
    /// How a conversation sounds.
    Sentiment ("sentiment") {
        /// Friendly.
        Positive = "positive",
        /// Neither.
        Neutral = "neutral",
        /// Not friendly.
        Negative = "negative",
    }
}

/// A recording, a row of `call_recordings`. It belongs to the owner of its call.
#[derive(Clone, PartialEq, Eq)]
pub struct Recording {
    /// Its id.
    pub id: RecordingId,
    /// The call.
    pub call_id: CallId,
    /// Where to hear it: with us when we have the audio, else where it came from.
    pub recording_url: String,
    /// How long it plays, in seconds; 0 when nobody knows.
    pub duration: u32,
    /// Its length in bytes, where that is known.
    pub file_size: Option<u64>,
    /// What was said.
    pub transcription: Option<String>,
    /// How it sounds.
    pub sentiment: Option<Sentiment>,
    /// What kind of audio it is, where that is known.
    pub content_type: Option<AudioFormat>,
    /// Its name in our storage, when the audio is there.
    pub storage_key: Option<AudioKey>,
    /// When the row was written.
    pub created_at: OffsetDateTime,
}

/// Shows nothing of what was said.
impl std::fmt::Debug for Recording {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Recording").field("id", &self.id).field("call_id", &self.call_id).finish_non_exhaustive()
    }
}

impl Recording {
    /// Longest transcription, in characters: some eighteen hours of talk.
    pub const MAX_TRANSCRIPTION: usize = 1_000_000;

    /// A recording whose audio is in our storage and is heard at `url`.
    #[must_use]
    pub fn stored(
        id: RecordingId,
        call_id: CallId,
        url: String,
        duration: u32,
        audio: StoredAudio,
        now: OffsetDateTime,
    ) -> Self {
        Self {
            id,
            call_id,
            recording_url: url,
            duration,
            file_size: Some(audio.size),
            transcription: None,
            sentiment: None,
            content_type: Some(audio.format),
            storage_key: Some(audio.key),
            created_at: now,
        }
    }

    /// Tells this state of the recording from every other one.
    #[must_use]
    pub fn tag(&self) -> String {
        let audio = (&self.recording_url, self.duration, self.file_size, self.content_type);
        tag_of(&(audio, &self.transcription, self.sentiment))
    }

    /// The recording after a person's change.
    ///
    /// # Errors
    /// [`Changed`] when it is not what the change was meant for.
    pub fn patched(&self, patch: &RecordingPatch) -> Result<Self, Changed> {
        patch.condition.require(&self.tag(), "recording")?;
        let mut after = self.clone();
        if let Some(transcription) = &patch.transcription {
            after.transcription.clone_from(transcription);
        }
        if let Some(sentiment) = patch.sentiment {
            after.sentiment = sentiment;
        }
        Ok(after)
    }

    /// What the log says of a step in this recording's life.
    #[must_use]
    pub fn event(&self, call: &Call, kind: EventKind, now: OffsetDateTime) -> NewEvent {
        NewEvent {
            kind,
            user_id: call.user_id,
            campaign_id: call.campaign_id,
            contact_id: call.contact_id,
            call_id: Some(call.id),
            at: now,
            data: data([
                ("recording_id", Value::from(self.id.to_string())),
                ("duration", Value::from(self.duration)),
                ("transcribed", Value::from(self.transcription.is_some())),
                ("sentiment", self.sentiment.map_or(Value::Null, |word| Value::from(word.as_str()))),
            ]),
        }
    }
}

/// How far a recording may begin before its call does, and after its conversation, by the provider's clock.
const CLOCK_SKEW: Duration = Duration::seconds(5);

/// The call that a recording of the provider is of: the one whose id it names, else the one between the same parties while
/// it was made.
#[must_use]
pub fn call_of<'a>(recording: &ProviderRecording, calls: &'a [Call]) -> Option<&'a Call> {
    let named = |call: &&Call| call.provider_call_id.as_ref().is_some_and(|id| recording.call_ids.contains(id));
    if let Some(call) = calls.iter().find(named) {
        return Some(call);
    }
    let began = recording.started_at?;
    let meant = |call: &&Call| {
        let customer = call.customer_number().map(PhoneNumber::digits);
        let told = [recording.from_digits.as_deref(), recording.to_digits.as_deref()];
        let other_agent = recording.agent.is_some() && call.agent.is_some() && recording.agent != call.agent;
        let ended_at = call.ended_at.unwrap_or(call.started_at);
        customer.is_some()
            && told.contains(&customer)
            && !other_agent
            && began >= call.started_at - CLOCK_SKEW
            && began <= ended_at + CLOCK_SKEW
    };
    let distance = |call: &&Call| (began - call.answered_at.unwrap_or(call.started_at)).abs();
    calls.iter().filter(meant).min_by_key(distance)
}

/// A person's change to a recording. `None` leaves a field as it is; `Some(None)` removes it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct RecordingPatch {
    /// What was said.
    pub transcription: Option<Option<String>>,
    /// How it sounds.
    pub sentiment: Option<Option<Sentiment>>,
    /// What the recording has to be.
    pub condition: Precondition,
}

/// Which recordings to list. `None` means any.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RecordingFilter {
    /// Only recordings of this call.
    pub call: Option<CallId>,
    /// Only those that sound like this.
    pub sentiment: Option<Sentiment>,
    /// Only those that have a transcription, or have none.
    pub transcribed: Option<bool>,
}

/// Recordings. Their owner is their call's; the agent who handled a call may read. Recordings of hidden calls are not there.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait RecordingStore: Send + Sync {
    /// Adds a recording to a call of the owner, with its event. A call that has no `recording_url` gets this one's.
    ///
    /// # Errors
    /// [`StoreError::MissingReference`] when there is no such call, [`StoreError::Duplicate`] when the id is taken.
    async fn add(&self, scope: Scope, recording: &Recording) -> Result<(), StoreError>;

    /// Adds a recording that the provider calls `from`, as [`Self::add`] does for the owner of its call. False, and nothing is
    /// added, when that one was collected before, even if it has been removed since.
    ///
    /// # Errors
    /// As [`Self::add`].
    async fn collect(&self, recording: &Recording, from: &ProviderRecordingId) -> Result<bool, StoreError>;

    /// Calls of which nothing was collected and that may have been recorded: those with a conversation that ended at or after
    /// `since`, which the provider has named. Earliest end first; at most `most`.
    async fn uncollected(&self, since: OffsetDateTime, most: u32) -> Result<Vec<Call>, StoreError>;

    /// One recording.
    async fn get(&self, scope: Scope, id: RecordingId) -> Result<Option<Recording>, StoreError>;

    /// Recordings, latest first.
    async fn list(
        &self,
        scope: Scope,
        filter: RecordingFilter,
        page: PageRequest,
    ) -> Result<Page<Recording>, StoreError>;

    /// Makes the owner's change by [`Recording::patched`], with its event when it changes anything. `None` when there is no
    /// such recording of the owner's.
    ///
    /// # Errors
    /// [`StoreError::Changed`].
    async fn patch(
        &self,
        scope: Scope,
        id: RecordingId,
        patch: &RecordingPatch,
        now: OffsetDateTime,
    ) -> Result<Option<Recording>, StoreError>;

    /// Removes the owner's recording, with its event, and its address from the call. Returns what was removed.
    async fn remove(&self, scope: Scope, id: RecordingId, now: OffsetDateTime)
    -> Result<Option<Recording>, StoreError>;
}
