//! Audio in the data folder: `audio/recordings` and `audio/voicemail-drops`, one file for each piece, named by its id.

use std::io::{self, ErrorKind, SeekFrom};
use std::path::PathBuf;

use async_trait::async_trait;
use dialer_domain::audio::{AudioError, AudioKey, AudioReader, AudioShelf, AudioStore, AudioWriter};
use tokio::fs::{self, File};
use tokio::io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt};

use crate::DataFolder;
use crate::unfinished::{Unfinished, sweep, sync_folder};

/// Keeps audio in a folder. A piece is written beside its place and put there once it is on the disk.
#[derive(Debug, Clone)]
pub struct AudioFolder {
    path: PathBuf,
}

impl AudioFolder {
    /// The audio of a data folder. Nothing is made before something is written.
    #[must_use]
    pub fn of(data: &DataFolder) -> Self {
        Self { path: data.path().join("audio") }
    }

    /// The same after what was arriving when an earlier process ended was removed.
    #[must_use]
    pub fn swept(self) -> Self {
        for shelf in AudioShelf::ALL {
            sweep(&self.path.join(shelf.as_str()));
        }
        self
    }

    fn place(&self, key: AudioKey) -> PathBuf {
        self.path.join(key.shelf.as_str()).join(key.id.to_string())
    }
}

fn storage(source: io::Error) -> AudioError {
    AudioError::Storage(source.into())
}

/// `None` where there is no such file.
fn unless_missing<T>(result: io::Result<T>) -> Result<Option<T>, AudioError> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(storage(error)),
    }
}

#[async_trait]
impl AudioStore for AudioFolder {
    async fn write(&self, key: AudioKey, limit: u64) -> Result<Box<dyn AudioWriter>, AudioError> {
        let place = self.place(key);
        let folder = place.parent().unwrap_or(&self.path).to_owned();
        fs::create_dir_all(&folder).await.map_err(storage)?;
        let (unfinished, file) = Unfinished::beside(&place).await.map_err(storage)?;
        Ok(Box::new(Writing { file, unfinished, place, folder, limit, size: 0 }))
    }

    async fn read(&self, key: AudioKey, from: u64) -> Result<Option<Box<dyn AudioReader>>, AudioError> {
        let Some(mut file) = unless_missing(File::open(self.place(key)).await)? else { return Ok(None) };
        if from > 0 {
            file.seek(SeekFrom::Start(from)).await.map_err(storage)?;
        }
        Ok(Some(Box::new(Reading(file))))
    }

    async fn size(&self, key: AudioKey) -> Result<Option<u64>, AudioError> {
        Ok(unless_missing(fs::metadata(self.place(key)).await)?.map(|meta| meta.len()))
    }

    async fn remove(&self, key: AudioKey) -> Result<bool, AudioError> {
        Ok(unless_missing(fs::remove_file(self.place(key)).await)?.is_some())
    }
}

struct Writing {
    file: File,
    unfinished: Unfinished,
    place: PathBuf,
    folder: PathBuf,
    limit: u64,
    size: u64,
}

#[async_trait]
impl AudioWriter for Writing {
    async fn append(&mut self, bytes: &[u8]) -> Result<(), AudioError> {
        self.size += u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        if self.size > self.limit {
            return Err(AudioError::TooLong { limit: self.limit });
        }
        self.file.write_all(bytes).await.map_err(storage)
    }

    async fn finish(mut self: Box<Self>) -> Result<u64, AudioError> {
        self.file.flush().await.map_err(storage)?;
        self.file.sync_all().await.map_err(storage)?;
        self.unfinished.put(&self.place).await.map_err(storage)?;
        sync_folder(&self.folder).await.map_err(storage)?;
        Ok(self.size)
    }
}

struct Reading(File);

#[async_trait]
impl AudioReader for Reading {
    async fn next(&mut self, most: usize) -> Result<Vec<u8>, AudioError> {
        let mut bytes = Vec::with_capacity(most);
        let most = u64::try_from(most).unwrap_or(u64::MAX);
        (&mut self.0).take(most).read_to_end(&mut bytes).await.map_err(storage)?;
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tempfile::TempDir;
    use uuid::Uuid;

    /// A folder that is removed with it.
    struct Temporary(AudioFolder, TempDir);

    impl std::ops::Deref for Temporary {
        type Target = AudioFolder;

        fn deref(&self) -> &AudioFolder {
            &self.0
        }
    }

    fn fresh() -> Temporary {
        let folder = tempfile::tempdir().unwrap();
        Temporary(AudioFolder::of(&DataFolder::open(folder.path()).unwrap()), folder)
    }

    mod conformance {
        dialer_testkit::audio_conformance!(super::fresh());
    }

    fn files(folder: &TempDir) -> Vec<String> {
        let folder = folder.path().join("audio/recordings");
        std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect()
    }

    #[tokio::test]
    async fn an_upload_that_breaks_off_leaves_no_file() {
        let Temporary(audio, folder) = fresh();
        let key = AudioKey { shelf: AudioShelf::Recordings, id: Uuid::from_u128(1) };
        let mut writer = audio.write(key, 10).await.unwrap();
        writer.append(b"half").await.unwrap();
        assert_eq!(files(&folder).len(), 1, "beside its place");
        drop(writer);
        assert_eq!(files(&folder), Vec::<String>::new());
    }

    #[tokio::test]
    async fn files_are_named_by_ids_alone() {
        let Temporary(audio, folder) = fresh();
        let key = AudioKey { shelf: AudioShelf::Recordings, id: Uuid::from_u128(1) };
        audio.write(key, 10).await.unwrap().finish().await.unwrap();
        assert_eq!(files(&folder), [Uuid::from_u128(1).to_string()]);
    }
}
