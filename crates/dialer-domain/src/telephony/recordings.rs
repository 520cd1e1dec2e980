//! Recordings that a provider keeps.

use std::fmt;

use async_trait::async_trait;
use time::OffsetDateTime;

use super::{AgentLine, ProviderCallId, ProviderRecordingId, TelephonyError};
use crate::audio::AudioFormat;
use crate::recordings::Sentiment;

/// What the provider tells of a recording. `Debug` shows no number and nothing of what was said.
#[derive(Clone, PartialEq, Eq)]
pub struct ProviderRecording {
    /// Its id.
    pub id: ProviderRecordingId,
    /// The calls that it names; often none, and then parties and time have to tell which it belongs to.
    pub call_ids: Vec<ProviderCallId>,
    /// The agent on the call.
    pub agent: Option<AgentLine>,
    /// Digits of the caller, without `+`.
    pub from_digits: Option<String>,
    /// Digits of the number called, without `+`.
    pub to_digits: Option<String>,
    /// When the recording began.
    pub started_at: Option<OffsetDateTime>,
    /// How long it plays, in seconds.
    pub seconds: u32,
    /// Its exact length in bytes, where that is told.
    pub size: Option<u64>,
    /// Where the provider keeps it. Whoever listens there needs credentials of the account.
    pub url: Option<String>,
    /// What was said, where the provider writes it down.
    pub transcript: Option<String>,
    /// What it was about, where the provider sums it up.
    pub summary: Option<String>,
    /// How it sounds, where the provider judges.
    pub sentiment: Option<Sentiment>,
}

impl fmt::Debug for ProviderRecording {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProviderRecording")
            .field("id", &self.id)
            .field("call_ids", &self.call_ids)
            .field("started_at", &self.started_at)
            .field("seconds", &self.seconds)
            .field("size", &self.size)
            .finish_non_exhaustive()
    }
}

/// The audio of a recording, on its way.
#[async_trait]
pub trait RecordingAudio: Send {
    /// What kind of audio it is.
    fn format(&self) -> AudioFormat;

    /// Its length in bytes, where the provider has told it.
    fn size(&self) -> Option<u64>;

    /// What comes next; `None` at the end.
    ///
    /// # Errors
    /// When it breaks off: what came so far is not the whole.
    async fn next(&mut self) -> Result<Option<Vec<u8>>, TelephonyError>;
}
