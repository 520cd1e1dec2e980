//! Brings recordings of calls from the provider to us.
//!
//! Conversations that ended lately and of which nothing was collected are waited for. When there are any, the provider's
//! list of recordings is read: every few minutes, and at once when the provider tells that one is ready. What is collected
//! stays collected, so a recording that a person removes does not come back.

use std::sync::Arc;

use dialer_domain::audio::{AudioKey, AudioShelf, AudioStore};
use dialer_domain::calls::Call;
use dialer_domain::ids::RecordingId;
use dialer_domain::recordings::{Recording, call_of};
use dialer_domain::telephony::{ProviderRecording, TelephonyError};
use time::Duration;
use tokio::sync::watch;

use crate::audio::{Audio, NewAudio};
use crate::engine::EngineHandle;
use crate::error::{UseCaseError, chain};
use crate::ports::Ports;

/// What becomes of the provider's recordings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keeping {
    /// Their audio is copied into our storage.
    Store,
    /// Their address at the provider is noted; the audio stays there.
    Link,
    /// Nothing.
    Nothing,
}

/// What the collector is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CollectorSettings {
    /// What becomes of recordings.
    pub keeping: Keeping,
    /// How often the provider is asked while conversations are waited for.
    pub every: Duration,
    /// How long after its end the recording of a conversation is waited for.
    pub patience: Duration,
}

impl Default for CollectorSettings {
    fn default() -> Self {
        Self { keeping: Keeping::Store, every: Duration::minutes(2), patience: Duration::hours(2) }
    }
}

/// Conversations waited for at once.
const MOST: u32 = 500;

/// How far back of the first conversation recordings are asked for, since the provider's clock may differ.
const MARGIN: Duration = Duration::minutes(1);

/// Why a recording was not collected this time.
#[derive(Debug, thiserror::Error)]
enum NotCollected {
    #[error("the provider did not tell, or not hand it out")]
    Provider(#[from] TelephonyError),
    #[error("it could not be kept")]
    Kept(#[from] UseCaseError),
    #[error("the provider has it in {told} bytes and sent {came}")]
    CutShort { told: u64, came: u64 },
    #[error("the provider has it no more, or not yet")]
    Gone,
}

/// Collects recordings. See the [module docs](self).
pub struct RecordingCollector {
    ports: Ports,
    audio: Audio,
    base: &'static str,
    settings: CollectorSettings,
    engine: EngineHandle,
}

impl RecordingCollector {
    /// On these ports. Audio in our storage is heard below `base`; at most `limit` bytes of one recording are stored. The
    /// engine of `engine` hears of new recordings.
    #[must_use]
    pub fn new(
        ports: Ports,
        audio: Arc<dyn AudioStore>,
        base: &'static str,
        limit: u64,
        settings: CollectorSettings,
        engine: EngineHandle,
    ) -> Self {
        Self { ports, audio: Audio::new(audio, limit), base, settings, engine }
    }

    /// Collects until `stop` becomes true. A recording that is on its way then is given up, and fetched at the next start.
    pub async fn run(self, mut stop: watch::Receiver<bool>) {
        if self.settings.keeping == Keeping::Nothing {
            let _ = stop.wait_for(|stop| *stop).await;
            return;
        }
        loop {
            let round = async {
                self.round().await;
                tokio::select! {
                    () = self.ports.clock.sleep(self.settings.every) => {}
                    () = self.engine.recording_told() => {}
                }
            };
            tokio::select! {
                _ = stop.wait_for(|stop| *stop) => return,
                () = round => {}
            }
        }
    }

    /// Looks once for recordings of the conversations that are waited for. Returns how many were collected.
    pub async fn round(&self) -> usize {
        match self.collect_all().await {
            Ok(collected) => collected,
            Err(error) => {
                tracing::warn!(error = chain(&error), "recordings could not be looked for this time");
                0
            }
        }
    }

    async fn collect_all(&self) -> Result<usize, NotCollected> {
        let since = self.ports.clock.now() - self.settings.patience;
        let mut waited_for = self.ports.stores.recordings.uncollected(since, MOST).await.map_err(UseCaseError::from)?;
        let Some(first) = waited_for.iter().map(|call| call.started_at).min() else { return Ok(0) };
        let recordings = self.ports.telephony.recordings_since(first - MARGIN).await?;
        let mut collected = 0;
        for recording in recordings {
            let Some(call) = call_of(&recording, &waited_for).cloned() else { continue };
            match self.collect(&recording, &call).await {
                Ok(added) => {
                    collected += usize::from(added);
                    waited_for.retain(|waiting| waiting.id != call.id);
                }
                Err(error) => {
                    tracing::warn!(call.id = %call.id, error = chain(&error), "a recording was not collected; it is tried again");
                }
            }
        }
        Ok(collected)
    }

    /// True when it was new.
    async fn collect(&self, from: &ProviderRecording, call: &Call) -> Result<bool, NotCollected> {
        let id = RecordingId::generate(self.ports.ids.as_ref());
        let recording = match (self.settings.keeping, &from.url) {
            (Keeping::Link, Some(url)) => self.link(id, from, call, url.clone()),
            _ => self.fetch(id, from, call).await?,
        };
        let recording = Recording { transcription: from.transcript.clone(), sentiment: from.sentiment, ..recording };
        let collected = self.ports.stores.recordings.collect(&recording, &from.id).await;
        if let (Ok(false) | Err(_), Some(key)) = (&collected, recording.storage_key) {
            self.audio.discard(key).await;
        }
        Ok(collected.map_err(UseCaseError::from)?)
    }

    fn link(&self, id: RecordingId, from: &ProviderRecording, call: &Call, url: String) -> Recording {
        Recording {
            id,
            call_id: call.id,
            recording_url: url,
            duration: from.seconds,
            file_size: from.size,
            transcription: None,
            sentiment: None,
            content_type: None,
            storage_key: None,
            created_at: self.ports.clock.now(),
        }
    }

    /// Copies the audio into our storage; whole, or not at all.
    async fn fetch(&self, id: RecordingId, from: &ProviderRecording, call: &Call) -> Result<Recording, NotCollected> {
        let Some(mut audio) = self.ports.telephony.recording_audio(&from.id).await? else {
            return Err(NotCollected::Gone);
        };
        let key = AudioKey { shelf: AudioShelf::Recordings, id: self.ports.ids.next_uuid() };
        let new = NewAudio { format: audio.format(), seconds: Some(from.seconds) };
        let mut upload = self.audio.begin(key, new).await.map_err(UseCaseError::from)?;
        let mut came = 0_u64;
        while let Some(bytes) = audio.next().await? {
            came += u64::try_from(bytes.len()).unwrap_or(u64::MAX);
            upload.append(&bytes).await?;
        }
        if let Some(told) = from.size.or(audio.size()).filter(|told| *told != came) {
            return Err(NotCollected::CutShort { told, came });
        }
        let (stored, seconds) = upload.finish().await?;
        let url = format!("{}/recordings/{id}/audio", self.base);
        let seconds = seconds.unwrap_or(from.seconds);
        Ok(Recording::stored(id, call.id, url, seconds, stored, self.ports.clock.now()))
    }
}
