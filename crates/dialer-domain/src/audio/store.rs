//! The port to stored audio.

use async_trait::async_trait;

use super::AudioKey;
use crate::store::Cause;

/// Why audio could not be stored or read.
#[derive(Debug, thiserror::Error)]
pub enum AudioError {
    /// It is longer than it may be. Nothing was stored.
    #[error("the audio is longer than {limit} bytes")]
    TooLong {
        /// Bytes that it may have.
        limit: u64,
    },
    /// The storage does not do its work.
    #[error("the audio storage does not work")]
    Storage(#[source] Cause),
}

/// Keeps audio. Pieces are written once, read in parts, and removed.
#[async_trait]
pub trait AudioStore: Send + Sync {
    /// Begins to write a piece of at most `limit` bytes. It is not there until it is finished.
    async fn write(&self, key: AudioKey, limit: u64) -> Result<Box<dyn AudioWriter>, AudioError>;

    /// Opens a piece to be read from byte `from` on. `None` when it is not there.
    async fn read(&self, key: AudioKey, from: u64) -> Result<Option<Box<dyn AudioReader>>, AudioError>;

    /// Its length in bytes. `None` when it is not there.
    async fn size(&self, key: AudioKey) -> Result<Option<u64>, AudioError>;

    /// Removes it. Whoever is reading it reads on. False when it was not there.
    async fn remove(&self, key: AudioKey) -> Result<bool, AudioError>;
}

/// A piece of audio that is being written. Dropped before it is finished, it leaves nothing.
#[async_trait]
pub trait AudioWriter: Send + Sync {
    /// Writes what comes next.
    ///
    /// # Errors
    /// [`AudioError::TooLong`] as soon as the limit is passed.
    async fn append(&mut self, bytes: &[u8]) -> Result<(), AudioError>;

    /// Puts the piece in its place, all of it at once and for good. Returns its length.
    async fn finish(self: Box<Self>) -> Result<u64, AudioError>;
}

/// A piece of audio that is being read.
#[async_trait]
pub trait AudioReader: Send + Sync {
    /// What comes next, at most `most` bytes of it; empty at the end.
    async fn next(&mut self, most: usize) -> Result<Vec<u8>, AudioError>;
}
