//! Audio on its way into storage and out of it.

use std::sync::Arc;

use dialer_domain::audio::{
    AudioError, AudioFormat, AudioKey, AudioReader, AudioStore, AudioWriter, HEAD, Head, StoredAudio,
};

use crate::error::{FieldError, UseCaseError, chain};

/// Audio that somebody is about to send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewAudio {
    /// What it says it is.
    pub format: AudioFormat,
    /// How long it plays in seconds, as its sender says; a header that tells knows better.
    pub seconds: Option<u32>,
}

/// The audio storage, with the bound on what is taken in.
#[derive(Clone)]
pub struct Audio {
    store: Arc<dyn AudioStore>,
    limit: u64,
}

impl Audio {
    /// Storage that takes at most `limit` bytes at once.
    #[must_use]
    pub fn new(store: Arc<dyn AudioStore>, limit: u64) -> Self {
        Self { store, limit }
    }

    /// Bytes taken in at once, at most.
    #[must_use]
    pub const fn limit(&self) -> u64 {
        self.limit
    }

    /// Opens audio to be read from a byte on. `None` when it is not there any more.
    pub async fn read(&self, key: AudioKey, from: u64) -> Result<Option<Box<dyn AudioReader>>, AudioError> {
        self.store.read(key, from).await
    }

    pub(crate) async fn stored(&self, key: AudioKey, format: AudioFormat) -> Result<Option<StoredAudio>, AudioError> {
        Ok(self.store.size(key).await?.map(|size| StoredAudio { key, format, size }))
    }

    pub(crate) async fn begin(&self, key: AudioKey, audio: NewAudio) -> Result<Upload, AudioError> {
        let writer = self.store.write(key, self.limit).await?;
        Ok(Upload { store: self.store.clone(), writer, key, audio, head: Vec::new(), size: 0 })
    }

    /// Removes audio that no row tells of any more. When that fails, a file is left that nobody can ask for.
    pub(crate) async fn discard(&self, key: AudioKey) {
        if let Err(error) = self.store.remove(key).await {
            tracing::warn!(audio.key = %key, error = chain(&error), "audio could not be removed");
        }
    }
}

/// Audio that is being taken in. Dropped before it is finished, it leaves nothing.
pub struct Upload {
    store: Arc<dyn AudioStore>,
    writer: Box<dyn AudioWriter>,
    key: AudioKey,
    audio: NewAudio,
    head: Vec<u8>,
    size: u64,
}

impl Upload {
    /// Takes in what comes next.
    pub async fn append(&mut self, bytes: &[u8]) -> Result<(), UseCaseError> {
        let wanted = (HEAD - self.head.len()).min(bytes.len());
        self.head.extend_from_slice(bytes.get(..wanted).unwrap_or_default());
        self.size += u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        Ok(self.writer.append(bytes).await?)
    }

    /// Puts it into its place. Returns it with its length in seconds, where anybody knows that.
    pub(crate) async fn finish(self) -> Result<(StoredAudio, Option<u32>), UseCaseError> {
        let head = Head { bytes: &self.head, size: self.size };
        if !head.is(self.audio.format) {
            let message = format!("the body is not {}, which its Content-Type says it is", self.audio.format);
            return Err(UseCaseError::Invalid(vec![FieldError::new("body", "not_audio", message)]));
        }
        let seconds = head.seconds().or(self.audio.seconds);
        let size = self.writer.finish().await?;
        // What was written is read back by its size: a storage that lost a part of it is found out now and not by the ear.
        if self.store.size(self.key).await? != Some(size) {
            return Err(AudioError::Storage("what was stored is not what was sent".into()).into());
        }
        Ok((StoredAudio { key: self.key, format: self.audio.format, size }, seconds))
    }
}
