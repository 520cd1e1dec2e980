//! The data folder: the database of a one-machine installation, and the key that signs local tokens.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use secrecy::SecretString;

/// The folder used when none is named, inside the folder the program is started in.
pub const DEFAULT: &str = "./dialer-data";

const KEY_FILE: &str = "signing.key";
const DATABASE_FILE: &str = "dialer.sqlite";
const IMPORTS: &str = "imports";
const KEY_BYTES: usize = 32;

/// A folder that exists and belongs to this installation.
#[derive(Debug, Clone)]
pub struct DataFolder {
    path: PathBuf,
}

/// Why the data folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DataFolderError {
    /// It cannot be made or is not a folder.
    #[error("the data folder {} cannot be used: {source}; name another one with --data-dir", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The signing key can be neither read nor made.
    #[error("the signing key {} cannot be read or written: {source}; check who owns the file", path.display())]
    Key {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The signing key is not what this program wrote.
    #[error(
        "{} does not hold a signing key (64 hexadecimal digits); remove it to have a new one made, which ends all \
         tokens signed so far",
        path.display()
    )]
    BrokenKey {
        /// The file.
        path: PathBuf,
    },
}

impl DataFolder {
    /// The folder at `path`, made for its owner alone when it is not there yet.
    ///
    /// # Errors
    /// [`DataFolderError::Folder`].
    pub fn open(path: &Path) -> Result<Self, DataFolderError> {
        let wrong = |source| DataFolderError::Folder { path: path.to_owned(), source };
        make_private_folder(path).map_err(wrong)?;
        if !fs::metadata(path).map_err(wrong)?.is_dir() {
            return Err(wrong(ErrorKind::NotADirectory.into()));
        }
        Ok(Self { path: fs::canonicalize(path).map_err(wrong)? })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The address of the SQLite database inside it.
    #[must_use]
    pub fn sqlite_url(&self) -> SecretString {
        // In a URL these characters would begin something else.
        let path =
            self.path.join(DATABASE_FILE).to_string_lossy().replace('%', "%25").replace('?', "%3F").replace('#', "%23");
        format!("sqlite://{path}?mode=rwc").into()
    }

    /// Where the database of the folder at `path` is, whether or not either is there.
    #[must_use]
    pub fn database_file(path: &Path) -> PathBuf {
        path.join(DATABASE_FILE)
    }

    /// Where contact lists wait to be imported, made for its owner alone when it is not there yet.
    ///
    /// # Errors
    /// [`DataFolderError::Folder`].
    pub fn imports(&self) -> Result<PathBuf, DataFolderError> {
        let path = self.path.join(IMPORTS);
        make_private_folder(&path).map_err(|source| DataFolderError::Folder { path: path.clone(), source })?;
        Ok(path)
    }

    /// Whether the key was made already.
    #[must_use]
    pub fn has_signing_key(&self) -> bool {
        self.path.join(KEY_FILE).exists()
    }

    /// The key that signs local tokens, as hexadecimal digits; made on first use.
    ///
    /// # Errors
    /// [`DataFolderError::Key`] and [`DataFolderError::BrokenKey`].
    pub fn signing_key(&self) -> Result<SecretString, DataFolderError> {
        let path = self.path.join(KEY_FILE);
        match fs::read_to_string(&path) {
            Ok(text) => read_key(&text).ok_or(DataFolderError::BrokenKey { path }),
            Err(error) if error.kind() == ErrorKind::NotFound => self.make_key(path),
            Err(error) if error.kind() == ErrorKind::InvalidData => Err(DataFolderError::BrokenKey { path }),
            Err(source) => Err(DataFolderError::Key { path, source }),
        }
    }

    /// Writes a fresh key beside its place and links it there, so that of two programs that start at once both
    /// use the one key that was there first.
    fn make_key(&self, path: PathBuf) -> Result<SecretString, DataFolderError> {
        let fresh = hex::encode(random().map_err(|source| DataFolderError::Key { path: path.clone(), source })?);
        let beside = self.path.join(format!("{KEY_FILE}.{}", std::process::id()));
        let written = write_private(&beside, fresh.as_bytes()).and_then(|()| match fs::hard_link(&beside, &path) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
            linked => linked,
        });
        let tidied = fs::remove_file(&beside);
        written.and(tidied).map_err(|source| DataFolderError::Key { path: path.clone(), source })?;
        let text = fs::read_to_string(&path).map_err(|source| DataFolderError::Key { path: path.clone(), source })?;
        read_key(&text).ok_or(DataFolderError::BrokenKey { path })
    }

    /// Whether other users of this machine can look inside. Always false where the system has no such rights.
    #[must_use]
    pub fn is_open_to_others(&self) -> bool {
        others_can_enter(&self.path)
    }
}

fn read_key(text: &str) -> Option<SecretString> {
    let key = text.trim();
    (key.len() == 2 * KEY_BYTES && key.bytes().all(|byte| byte.is_ascii_hexdigit())).then(|| key.to_owned().into())
}

fn random() -> std::io::Result<[u8; KEY_BYTES]> {
    let mut bytes = [0; KEY_BYTES];
    getrandom::fill(&mut bytes).map_err(std::io::Error::other)?;
    Ok(bytes)
}

fn write_private(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file: File = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn make_private_folder(path: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

#[cfg(unix)]
fn others_can_enter(folder: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    fs::metadata(folder).is_ok_and(|data| data.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn others_can_enter(_: &Path) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    #[test]
    fn the_key_is_made_once_and_stays_the_same() {
        let temp = tempfile::tempdir().unwrap();
        let folder = DataFolder::open(&temp.path().join("a/b")).unwrap();
        let first = folder.signing_key().unwrap();
        let again = DataFolder::open(folder.path()).unwrap().signing_key().unwrap();
        assert_eq!(first.expose_secret(), again.expose_secret());
        assert_eq!(first.expose_secret().len(), 64);
        let other = DataFolder::open(&temp.path().join("c")).unwrap().signing_key().unwrap();
        assert_ne!(first.expose_secret(), other.expose_secret());
    }

    #[test]
    fn programs_that_start_at_once_agree_on_one_key() {
        let temp = tempfile::tempdir().unwrap();
        let folder = DataFolder::open(temp.path()).unwrap();
        // What a second program leaves there between our look and our write.
        let theirs = "ab".repeat(32);
        fs::write(temp.path().join(KEY_FILE), &theirs).unwrap();
        let key = folder.make_key(folder.path().join(KEY_FILE)).unwrap();
        assert_eq!(key.expose_secret(), theirs);
        assert_eq!(fs::read_dir(temp.path()).unwrap().count(), 1, "nothing is left lying about");
    }

    #[test]
    #[cfg(unix)]
    fn folder_and_key_are_for_their_owner_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let temp = tempfile::tempdir().unwrap();
        let folder = DataFolder::open(&temp.path().join("data")).unwrap();
        folder.signing_key().unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(folder.path()), mode(&folder.path().join(KEY_FILE))), (0o700, 0o600));
        assert!(!folder.is_open_to_others());
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        assert!(folder.is_open_to_others());
    }

    #[test]
    fn a_broken_key_is_named_and_not_overwritten() {
        let temp = tempfile::tempdir().unwrap();
        fs::write(temp.path().join(KEY_FILE), "not a key").unwrap();
        let error = DataFolder::open(temp.path()).unwrap().signing_key().unwrap_err();
        assert!(error.to_string().contains("does not hold a signing key"), "{error}");
        assert_eq!(fs::read_to_string(temp.path().join(KEY_FILE)).unwrap(), "not a key");
    }

    #[test]
    fn a_file_in_the_folder_s_place_is_named() {
        let temp = tempfile::NamedTempFile::new().unwrap();
        let error = DataFolder::open(temp.path()).unwrap_err();
        assert!(error.to_string().contains("--data-dir"), "{error}");
    }
}
