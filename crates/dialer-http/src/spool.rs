//! Contact lists on their way in: written to a folder as they arrive, kept until their imports are over, and readable by
//! the program's own user alone.

use std::fs::{self, File};
use std::io::{ErrorKind, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use dialer_app::imports::{ListError, ListFiles, ListReader, ListRow};
use dialer_domain::ImportId;
use dialer_domain::imports::{ImportJob, Place};
use tokio::io::{AsyncWriteExt, BufWriter};

use crate::contact_file::{ContactFile, FileError, Options};
use crate::logs::cause;

/// How the name of a list ends that has arrived whole.
const WHOLE: &str = "csv";
/// How the name of a list ends that is arriving.
const PART: &str = "part";
/// Bytes written at once.
const BUFFER: usize = 256 * 1024;

/// The folder.
#[derive(Debug, Clone)]
pub struct Spool {
    folder: PathBuf,
    limit: u64,
}

impl Spool {
    /// The folder, which must be there, for lists of at most `limit` bytes. What was arriving when the program ended is
    /// removed: nobody will send the rest.
    #[must_use]
    pub fn open(folder: PathBuf, limit: u64) -> Self {
        for path in files_of(&folder).unwrap_or_default() {
            if path.extension().is_some_and(|end| end == PART)
                && let Err(error) = fs::remove_file(&path)
            {
                tracing::warn!(error = cause(&error), "what is left of a broken upload could not be removed");
            }
        }
        Self { folder, limit }
    }

    /// Bytes that a list may have.
    #[must_use]
    pub const fn limit(&self) -> u64 {
        self.limit
    }

    /// A place for a list that arrives.
    ///
    /// # Errors
    /// What the system says.
    pub async fn receive(&self, id: ImportId) -> std::io::Result<Upload> {
        let path = self.path(id, PART);
        let mut options = tokio::fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        options.mode(0o600);
        let file = BufWriter::with_capacity(BUFFER, options.open(&path).await?);
        Ok(Upload { file, path, whole: self.path(id, WHOLE), bytes: 0, kept: false })
    }

    fn path(&self, id: ImportId, end: &str) -> PathBuf {
        self.folder.join(format!("{id}.{end}"))
    }
}

fn files_of(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect()
}

/// A list that arrives. Dropping it before it is kept removes it.
pub struct Upload {
    file: BufWriter<tokio::fs::File>,
    path: PathBuf,
    whole: PathBuf,
    bytes: u64,
    kept: bool,
}

impl Upload {
    /// Writes down what has arrived.
    ///
    /// # Errors
    /// What the system says.
    pub async fn write(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.file.write_all(bytes).await?;
        self.bytes += u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        Ok(())
    }

    /// How much has arrived.
    #[must_use]
    pub const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Everything has arrived; the list can be read at this path.
    ///
    /// # Errors
    /// What the system says.
    pub async fn finish(&mut self) -> std::io::Result<PathBuf> {
        self.file.flush().await?;
        Ok(self.path.clone())
    }

    /// Keeps the list, also when the machine fails.
    ///
    /// # Errors
    /// What the system says.
    pub async fn keep(mut self) -> std::io::Result<Kept> {
        self.file.flush().await?;
        self.file.get_ref().sync_all().await?;
        tokio::fs::rename(&self.path, &self.whole).await?;
        self.kept = true;
        Ok(Kept { path: self.whole.clone(), belongs: false })
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        if !self.kept {
            // What cannot be removed now is removed at the next start.
            drop(fs::remove_file(&self.path));
        }
    }
}

/// A list that has arrived whole. Dropping it removes it, unless it belongs to an import.
pub struct Kept {
    path: PathBuf,
    belongs: bool,
}

impl Kept {
    /// An import is stored, or may be; the list is its runner's.
    pub fn belongs_to_an_import(&mut self) {
        self.belongs = true;
    }

    /// No import was stored.
    pub fn belongs_to_nobody(&mut self) {
        self.belongs = false;
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        if !self.belongs {
            drop(fs::remove_file(&self.path));
        }
    }
}

impl ListFiles for Spool {
    fn kept(&self) -> std::io::Result<Vec<ImportId>> {
        let whole = files_of(&self.folder)?.into_iter().filter(|path| path.extension().is_some_and(|end| end == WHOLE));
        Ok(whole.filter_map(|path| path.file_stem()?.to_str()?.parse().ok()).collect())
    }

    fn open(&self, job: &ImportJob) -> Result<Box<dyn ListReader>, ListError> {
        let path = self.path(job.id, WHOLE);
        let delimiter = u8::try_from(job.delimiter).ok();
        let options = Options { delimiter, mapping: job.mapping.clone() };
        let from = job.progress.place;
        let list = open_file(&path).and_then(|file| ContactFile::open(file, &options)).map_err(|error| told(&error))?;
        if from == Place::default() {
            return Ok(Box::new(Reading(list)));
        }
        let mut rest = open_file(&path).map_err(|error| told(&error))?;
        rest.seek(SeekFrom::Start(from.bytes)).map_err(|source| told(&FileError::Read { line: from.lines, source }))?;
        Ok(Box::new(Reading(list.resumed(rest, from))))
    }

    fn remove(&self, id: ImportId) -> std::io::Result<()> {
        match fs::remove_file(self.path(id, WHOLE)) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

fn open_file(path: &Path) -> Result<File, FileError> {
    File::open(path).map_err(|source| FileError::Read { line: 0, source })
}

fn told(error: &FileError) -> ListError {
    ListError(error.to_string())
}

struct Reading(ContactFile<File>);

impl ListReader for Reading {
    fn next_row(&mut self) -> Result<Option<ListRow>, ListError> {
        self.0.next().transpose().map_err(|error| told(&error))
    }

    fn place(&self) -> Place {
        self.0.place()
    }
}

#[cfg(test)]
mod tests {
    use dialer_testkit::builders::{campaign, import};

    use super::*;

    fn spool() -> (tempfile::TempDir, Spool) {
        let folder = tempfile::tempdir().unwrap();
        let spool = Spool::open(folder.path().to_owned(), 1_000);
        (folder, spool)
    }

    #[tokio::test]
    async fn a_list_is_kept_under_its_import_until_it_is_removed() {
        let (_folder, spool) = spool();
        let job = ImportJob { mapping: [].into(), delimiter: ',', ..import(&campaign().build()) };
        let mut upload = spool.receive(job.id).await.unwrap();
        upload.write(b"phone\n+447700900101\n").await.unwrap();
        assert_eq!((upload.bytes(), spool.kept().unwrap().len()), (20, 0));
        upload.keep().await.unwrap().belongs_to_an_import();
        assert_eq!(spool.kept().unwrap(), [job.id]);
        let mut list = spool.open(&job).unwrap();
        assert_eq!(list.next_row().unwrap().unwrap().content.unwrap().phone_number, "+447700900101");
        assert!(list.next_row().unwrap().is_none());
        spool.remove(job.id).unwrap();
        spool.remove(job.id).unwrap();
        assert!(spool.open(&job).is_err());
    }

    #[tokio::test]
    async fn what_does_not_become_an_import_leaves_nothing() {
        let (folder, spool) = spool();
        let job = import(&campaign().build());
        let mut upload = spool.receive(job.id).await.unwrap();
        upload.write(b"phone\n").await.unwrap();
        drop(upload);
        drop(spool.receive(job.id).await.unwrap().keep().await.unwrap());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        fs::write(folder.path().join(format!("{}.{PART}", job.id)), "phone").unwrap();
        drop(Spool::open(folder.path().to_owned(), 1_000));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[tokio::test]
    #[cfg(unix)]
    async fn a_list_is_for_the_program_s_user_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let (_folder, spool) = spool();
        let mut upload = spool.receive(import(&campaign().build()).id).await.unwrap();
        let path = upload.finish().await.unwrap();
        assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
