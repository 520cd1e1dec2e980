//! From a list to batches, on a thread of its own: reading numbers keeps a processor busy.

use std::sync::Arc;

use dialer_domain::ids::{ContactId, IdSource, ImportRowId};
use dialer_domain::imports::{Batch, ImportJob, LeftOut, ListedPerson};
use dialer_domain::phone::Region;
use tokio::sync::mpsc;

use super::files::{self, ListError, ListFiles, ListRow};
use crate::contacts::read_person;

/// Bytes of a list after which a batch ends, however few rows they are.
const BATCH_BYTES: u64 = 2 * 1024 * 1024;

pub(super) struct Reading {
    pub(super) files: Arc<dyn ListFiles>,
    pub(super) ids: Arc<dyn IdSource>,
    pub(super) region: Option<Region>,
    pub(super) batch_rows: u64,
}

impl Reading {
    /// Reads the job's list from where it has come to, and hands on batch after batch until the end or until nobody takes
    /// them any more. One batch waits while the next is read.
    pub(super) fn read(&self, job: &ImportJob, batches: &mpsc::Sender<Batch>) -> Result<(), ListError> {
        let mut list = self.files.open(job)?;
        let start = job.progress.place;
        let mut batch = Batch { from: start, to: start, ..Batch::default() };
        loop {
            let row = list.next_row();
            if let Ok(Some(row)) = row {
                self.note(&mut batch, row);
                batch.to = list.place();
                if batch.rows < self.batch_rows && batch.to.bytes - batch.from.bytes < BATCH_BYTES {
                    continue;
                }
                let next = Batch { from: batch.to, to: batch.to, ..Batch::default() };
                if batches.blocking_send(std::mem::replace(&mut batch, next)).is_err() {
                    return Ok(());
                }
                continue;
            }
            // What came before an end of any kind is stored.
            if batch.rows > 0 && batches.blocking_send(batch).is_err() {
                return Ok(());
            }
            return row.map(|_| ());
        }
    }

    fn note(&self, batch: &mut Batch, row: ListRow) {
        let ListRow { line, phone_number, content } = row;
        batch.rows += 1;
        let (phone_number, reason, message) = match content {
            Err(problem) => (phone_number, problem.reason, problem.message),
            Ok(input) => {
                let number = input.phone_number.clone();
                match read_person(input, self.region) {
                    Ok(person) => {
                        let id = ContactId::generate(self.ids.as_ref());
                        batch.contacts.push(ListedPerson { id, line, person });
                        return;
                    }
                    Err((reason, message)) => (files::given(&number), reason, message),
                }
            }
        };
        let id = ImportRowId::generate(self.ids.as_ref());
        batch.left_out.push(LeftOut { id, line, phone_number, reason, message });
    }
}
