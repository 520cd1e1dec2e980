//! Which node this process is, written into the data folder and locked as long as the process lives.
//!
//! The system lets go of the lock however a process ends. So whoever gets it knows that the process of before is gone, and
//! may hand back what that one held: a program that was killed and is started again goes on at once. A process that is
//! only stopped keeps the lock; its leases end by themselves.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};

use dialer_domain::ids::NodeId;
use dialer_domain::leases::LeaseStore;

use crate::data_folder::DataFolder;
use crate::logs::cause;

const FILE: &str = "node";

/// The lock, let go when dropped. Empty when another process runs in the same folder.
#[derive(Debug)]
pub(crate) struct NodeFile {
    _locked: Option<File>,
}

impl NodeFile {
    /// Puts `node` in the place of the node of before, and hands back what that one held. What fails here costs no more than
    /// a wait for the end of those leases.
    pub(crate) async fn take(data: &DataFolder, node: NodeId, leases: &dyn LeaseStore) -> Self {
        let (locked, before) = succeed(data, node).unwrap_or_else(|error| {
            tracing::warn!(error = cause(&error), "the data folder's file `{FILE}` could not be read or written");
            (None, None)
        });
        if let Some(before) = before {
            match leases.release_all(before).await {
                Ok(0) => {}
                Ok(leases) => tracing::info!(leases, "taking over from a run that was cut short"),
                Err(error) => tracing::warn!(error = cause(&error), "leases of the last run could not be handed back"),
            }
        }
        Self { _locked: locked }
    }
}

/// The locked file with `node` in it, and the node that stood there.
fn succeed(data: &DataFolder, node: NodeId) -> io::Result<(Option<File>, Option<NodeId>)> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    let mut file = options.open(data.path().join(FILE))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Ok((None, None)),
        Err(TryLockError::Error(error)) => return Err(error),
    }
    let mut before = String::new();
    file.read_to_string(&mut before)?;
    file.set_len(0)?;
    file.seek(SeekFrom::Start(0))?;
    file.write_all(node.to_string().as_bytes())?;
    Ok((Some(file), before.trim().parse().ok()))
}

#[cfg(test)]
mod tests {
    use dialer_domain::Duration;
    use dialer_domain::leases::LeaseName;
    use dialer_testkit::MemoryStore;
    use dialer_testkit::builders::id;

    use super::*;

    const NAME: LeaseName = LeaseName::Provider;

    async fn holder(store: &MemoryStore) -> Option<NodeId> {
        store.holder(NAME).await.unwrap().map(|holder| holder.node)
    }

    #[tokio::test]
    async fn who_comes_after_a_process_that_is_gone_hands_back_what_it_held() {
        let temp = tempfile::tempdir().unwrap();
        let data = DataFolder::open(temp.path()).unwrap();
        let store = MemoryStore::new();
        let (first, beside, second) = (id(NodeId::new), id(NodeId::new), id(NodeId::new));

        let running = NodeFile::take(&data, first, &store).await;
        LeaseStore::take(&store, &[NAME], first, Duration::MINUTE).await.unwrap();
        let other = NodeFile::take(&data, beside, &store).await;
        assert_eq!(holder(&store).await, Some(first), "it still runs");
        drop(other);
        drop(running);
        let _running = NodeFile::take(&data, second, &store).await;
        assert_eq!(holder(&store).await, None);
    }
}
