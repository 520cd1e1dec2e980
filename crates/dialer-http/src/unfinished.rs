//! Files that are being written and are not whole yet, named `*.part`. Whoever writes one holds a lock on it, which ends with
//! its process, so that what a killed process left is told from what another one is writing.

use std::fs::{File, OpenOptions, TryLockError, read_dir, remove_file};
use std::io;
use std::path::{Path, PathBuf};

use crate::logs::cause;

/// How the names of such files end.
pub(crate) const PART: &str = "part";

/// A new file that goes when it is dropped, unless it was put into its place.
pub(crate) struct Unfinished {
    path: PathBuf,
}

impl Unfinished {
    /// Makes the file beside its `place`, for the program's own user alone.
    pub(crate) async fn beside(place: &Path) -> io::Result<(Self, tokio::fs::File)> {
        let path = place.with_extension(PART);
        let mut options = tokio::fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        options.mode(0o600);
        let file = options.open(&path).await?.into_std().await;
        let unfinished = Self { path };
        // A file system that knows no locks has nobody who could sweep it by them either.
        if let Err(TryLockError::Error(error)) = file.try_lock()
            && error.kind() != io::ErrorKind::Unsupported
        {
            return Err(error);
        }
        Ok((unfinished, tokio::fs::File::from_std(file)))
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// It is whole, and gets its name.
    pub(crate) async fn put(&self, place: &Path) -> io::Result<()> {
        tokio::fs::rename(&self.path, place).await
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // After it was put into its place there is nothing here. What cannot be removed now is swept at the next start.
        drop(remove_file(&self.path));
    }
}

/// Removes what ended processes left unfinished in a folder: nobody will send the rest. A folder that is not there holds
/// nothing.
pub(crate) fn sweep(folder: &Path) {
    let swept = read_dir(folder).and_then(|entries| {
        for entry in entries {
            let path = entry?.path();
            if path.extension().is_some_and(|end| end == PART) && is_left(&path)? {
                remove_file(&path)?;
            }
        }
        Ok(())
    });
    match swept {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            tracing::warn!(error = cause(&error), "what is left of broken uploads could not be removed");
        }
        _ => {}
    }
}

/// Whether nobody writes the file any more.
fn is_left(path: &Path) -> io::Result<bool> {
    match OpenOptions::new().write(true).open(path)?.try_lock() {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// The files of a folder.
pub(crate) fn files_of(folder: &Path) -> io::Result<Vec<PathBuf>> {
    read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect()
}

/// Makes a new name in a folder survive a power cut, where the system can.
pub(crate) async fn sync_folder(folder: &Path) -> io::Result<()> {
    let folder = folder.to_owned();
    let sync = move || if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) };
    tokio::task::spawn_blocking(sync).await.map_err(io::Error::other)?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_being_written_is_left_alone_and_what_nobody_writes_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let (writing, file) = Unfinished::beside(&folder.path().join("a")).await.unwrap();
        std::fs::write(folder.path().join("b.part"), "left").unwrap();
        std::fs::write(folder.path().join("c"), "whole").unwrap();
        sweep(folder.path());
        let mut names: Vec<_> = files_of(folder.path()).unwrap();
        names.sort();
        assert_eq!(names, [folder.path().join("a.part"), folder.path().join("c")]);
        // Its process ends: the lock goes, and nobody removes the file.
        drop(file);
        std::mem::forget(writing);
        sweep(folder.path());
        assert_eq!(files_of(folder.path()).unwrap(), [folder.path().join("c")]);
        sweep(&folder.path().join("nowhere"));
    }

    #[tokio::test]
    async fn what_is_not_put_into_its_place_goes() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("a");
        drop(Unfinished::beside(&place).await.unwrap());
        assert!(files_of(folder.path()).unwrap().is_empty());
        let (whole, _file) = Unfinished::beside(&place).await.unwrap();
        whole.put(&place).await.unwrap();
        drop(whole);
        assert_eq!(files_of(folder.path()).unwrap(), [place]);
    }
}
