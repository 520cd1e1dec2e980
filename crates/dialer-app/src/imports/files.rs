//! Where lists are kept while they wait and are read, and how they are read. What a list looks like is the business of
//! whoever keeps it.

use std::sync::Arc;

use dialer_domain::contacts::store::SkipReason;
use dialer_domain::ids::ImportId;
use dialer_domain::imports::{ImportJob, Place};

use crate::contacts::ContactInput;
use crate::error::chain;

/// Lists that are kept on this machine, until their imports are over. Every method may block.
pub trait ListFiles: Send + Sync {
    /// The imports whose lists are here.
    ///
    /// # Errors
    /// What the system says.
    fn kept(&self) -> std::io::Result<Vec<ImportId>>;

    /// Opens an import's list where reading goes on.
    ///
    /// # Errors
    /// Why it cannot be read, in words for whoever sent it.
    fn open(&self, job: &ImportJob) -> Result<Box<dyn ListReader>, ListError>;

    /// Forgets a list. One that is not here is forgotten already.
    ///
    /// # Errors
    /// What the system says.
    fn remove(&self, id: ImportId) -> std::io::Result<()>;
}

/// A list that is being read.
pub trait ListReader {
    /// The next row; `None` at the end.
    ///
    /// # Errors
    /// Why the list cannot be read on.
    fn next_row(&mut self) -> Result<Option<ListRow>, ListError>;

    /// Where reading goes on after the rows read so far.
    fn place(&self) -> Place;
}

/// A row of a list.
pub struct ListRow {
    /// The line that it begins on, from 1; the header is usually line 1.
    pub line: u64,
    /// The number of a row that cannot be used, as far as it can be told, cut at 40 characters.
    pub phone_number: String,
    /// The contact, or why the row cannot be used.
    pub content: Result<ContactInput, RowProblem>,
}

/// Why a row cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowProblem {
    /// As a code.
    pub reason: SkipReason,
    /// What is wrong and what would do. Never holds a value of the row.
    pub message: String,
}

/// Why a list cannot be read, or not to its end. Never holds a value of a row.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ListError(pub String);

/// A number as given, cut.
pub(super) fn given(number: &str) -> String {
    number.chars().take(40).collect()
}

/// Forgets a list. What cannot be removed is left to the next start.
pub(super) async fn remove(files: &Arc<dyn ListFiles>, id: ImportId) {
    let removing = tokio::task::spawn_blocking({
        let files = files.clone();
        move || files.remove(id)
    });
    if let Ok(Err(error)) = removing.await {
        tracing::warn!(import.id = %id, error = chain(&error), "the list of an import could not be removed");
    }
}
