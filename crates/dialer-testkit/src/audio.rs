//! Audio in memory, and the suite that every audio storage has to pass.

#![expect(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "a case is the body of a test: it fails by panicking, and says in its name what it holds"
)]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use dialer_domain::audio::{AudioError, AudioKey, AudioReader, AudioShelf, AudioStore, AudioWriter};

use crate::builders::id;

type Pieces = BTreeMap<AudioKey, Arc<Vec<u8>>>;

/// An audio storage that is gone when its last handle is dropped. Clones are handles to the same one.
#[derive(Debug, Clone, Default)]
pub struct MemoryAudio {
    pieces: Arc<Mutex<Pieces>>,
}

impl MemoryAudio {
    /// An empty storage.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How many pieces are there.
    #[must_use]
    pub fn count(&self) -> usize {
        self.lock().len()
    }

    fn lock(&self) -> MutexGuard<'_, Pieces> {
        self.pieces.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl AudioStore for MemoryAudio {
    async fn write(&self, key: AudioKey, limit: u64) -> Result<Box<dyn AudioWriter>, AudioError> {
        Ok(Box::new(Writing { storage: self.clone(), key, limit, bytes: Vec::new() }))
    }

    async fn read(&self, key: AudioKey, from: u64) -> Result<Option<Box<dyn AudioReader>>, AudioError> {
        let piece = self.lock().get(&key).cloned();
        let at = usize::try_from(from).unwrap_or(usize::MAX);
        Ok(piece.map(|bytes| -> Box<dyn AudioReader> { Box::new(Reading { bytes, at }) }))
    }

    async fn size(&self, key: AudioKey) -> Result<Option<u64>, AudioError> {
        Ok(self.lock().get(&key).map(|bytes| u64::try_from(bytes.len()).unwrap_or(u64::MAX)))
    }

    async fn remove(&self, key: AudioKey) -> Result<bool, AudioError> {
        Ok(self.lock().remove(&key).is_some())
    }
}

struct Writing {
    storage: MemoryAudio,
    key: AudioKey,
    limit: u64,
    bytes: Vec<u8>,
}

#[async_trait]
impl AudioWriter for Writing {
    async fn append(&mut self, bytes: &[u8]) -> Result<(), AudioError> {
        self.bytes.extend_from_slice(bytes);
        if u64::try_from(self.bytes.len()).unwrap_or(u64::MAX) > self.limit {
            return Err(AudioError::TooLong { limit: self.limit });
        }
        Ok(())
    }

    async fn finish(self: Box<Self>) -> Result<u64, AudioError> {
        let size = u64::try_from(self.bytes.len()).unwrap_or(u64::MAX);
        self.storage.lock().insert(self.key, Arc::new(self.bytes));
        Ok(size)
    }
}

struct Reading {
    bytes: Arc<Vec<u8>>,
    at: usize,
}

#[async_trait]
impl AudioReader for Reading {
    async fn next(&mut self, most: usize) -> Result<Vec<u8>, AudioError> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let next = rest.get(..most.min(rest.len())).unwrap_or_default().to_vec();
        self.at += next.len();
        Ok(next)
    }
}

/// Writes one test for each case of the suite. The expression gives a fresh storage (anything that dereferences to an
/// [`AudioStore`]).
#[macro_export]
macro_rules! audio_conformance {
    ($fresh:expr) => {
        $crate::audio_conformance!(@cases $fresh,
            a_piece_comes_back_as_it_was_written,
            a_piece_is_read_from_any_byte_on,
            an_unfinished_piece_is_not_there,
            a_piece_that_is_too_long_is_not_there,
            a_removed_piece_is_read_on_by_who_has_it_open,
            what_is_not_there_is_not_there,
            pieces_do_not_share_a_place,
        );
    };
    (@cases $fresh:expr, $($case:ident),+ $(,)?) => {
        $(
            #[tokio::test]
            async fn $case() {
                let storage = $fresh;
                $crate::audio::$case(&*storage).await;
            }
        )+
    };
}

fn key() -> AudioKey {
    AudioKey { shelf: AudioShelf::Recordings, id: id(|uuid| uuid) }
}

async fn write(storage: &dyn AudioStore, key: AudioKey, parts: &[&[u8]]) -> u64 {
    let mut writer = storage.write(key, 1_000_000).await.unwrap();
    for part in parts {
        writer.append(part).await.unwrap();
    }
    writer.finish().await.unwrap()
}

async fn rest(mut reader: Box<dyn AudioReader>, most: usize) -> Vec<u8> {
    let mut all = Vec::new();
    loop {
        let next = reader.next(most).await.unwrap();
        if next.is_empty() {
            return all;
        }
        assert!(next.len() <= most);
        all.extend(next);
    }
}

/// Written in parts, read in others.
pub async fn a_piece_comes_back_as_it_was_written(storage: &dyn AudioStore) {
    let (key, long) = (key(), vec![7; 300_000]);
    assert_eq!(write(storage, key, &[b"RIFF", &long, b"", b"end"]).await, 300_007);
    assert_eq!(storage.size(key).await.unwrap(), Some(300_007));
    let read = rest(storage.read(key, 0).await.unwrap().unwrap(), 1_000).await;
    assert_eq!(read, [b"RIFF".as_slice(), &long, b"end"].concat());
}

/// To its very end and beyond.
pub async fn a_piece_is_read_from_any_byte_on(storage: &dyn AudioStore) {
    let key = key();
    write(storage, key, &[b"0123456789"]).await;
    for (from, expected) in [(0, "0123456789"), (4, "456789"), (9, "9"), (10, ""), (99, "")] {
        let read = rest(storage.read(key, from).await.unwrap().unwrap(), 3).await;
        assert_eq!(String::from_utf8(read).unwrap(), expected);
    }
}

/// Neither while it is written nor after its writer went away.
pub async fn an_unfinished_piece_is_not_there(storage: &dyn AudioStore) {
    let key = key();
    let mut writer = storage.write(key, 100).await.unwrap();
    writer.append(b"half").await.unwrap();
    assert_eq!(storage.size(key).await.unwrap(), None);
    drop(writer);
    assert_eq!(storage.size(key).await.unwrap(), None);
    assert!(storage.read(key, 0).await.unwrap().is_none());
    write(storage, key, &[b"whole"]).await;
    assert_eq!(storage.size(key).await.unwrap(), Some(5), "who comes next begins afresh");
}

/// The limit itself is allowed, one byte more is not.
pub async fn a_piece_that_is_too_long_is_not_there(storage: &dyn AudioStore) {
    let (fits, too_long) = (key(), key());
    let mut writer = storage.write(fits, 10).await.unwrap();
    writer.append(b"0123456789").await.unwrap();
    assert_eq!(writer.finish().await.unwrap(), 10);
    let mut writer = storage.write(too_long, 10).await.unwrap();
    writer.append(b"012345678").await.unwrap();
    assert!(matches!(writer.append(b"9a").await, Err(AudioError::TooLong { limit: 10 })));
    drop(writer);
    assert_eq!(storage.size(too_long).await.unwrap(), None);
}

/// And is gone for everybody else.
pub async fn a_removed_piece_is_read_on_by_who_has_it_open(storage: &dyn AudioStore) {
    let key = key();
    write(storage, key, &[b"0123456789"]).await;
    let mut reader = storage.read(key, 0).await.unwrap().unwrap();
    assert_eq!(reader.next(3).await.unwrap(), b"012");
    assert!(storage.remove(key).await.unwrap());
    assert!(!storage.remove(key).await.unwrap());
    assert!(storage.read(key, 0).await.unwrap().is_none());
    assert_eq!(rest(reader, 100).await, b"3456789");
}

/// No error, nothing.
pub async fn what_is_not_there_is_not_there(storage: &dyn AudioStore) {
    let key = key();
    assert_eq!(storage.size(key).await.unwrap(), None);
    assert!(storage.read(key, 0).await.unwrap().is_none());
    assert!(!storage.remove(key).await.unwrap());
}

/// The same id on another shelf is another piece.
pub async fn pieces_do_not_share_a_place(storage: &dyn AudioStore) {
    let one = key();
    let other = AudioKey { shelf: AudioShelf::VoicemailDrops, ..one };
    write(storage, one, &[b"one"]).await;
    assert_eq!(storage.size(other).await.unwrap(), None);
    write(storage, other, &[b"other"]).await;
    assert!(storage.remove(one).await.unwrap());
    assert_eq!(storage.size(other).await.unwrap(), Some(5));
}
