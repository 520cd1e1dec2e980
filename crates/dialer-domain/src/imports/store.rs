//! The port to stored imports.

use async_trait::async_trait;
use time::OffsetDateTime;

use super::{Batch, ImportEnd, ImportJob, LeftOut};
use crate::contacts::store::SkipReason;
use crate::identity::Scope;
use crate::ids::{CampaignId, ImportId, ImportRowId};
use crate::phone::PhoneNumber;
use crate::store::{Page, PageRequest, StoreError};

/// A stored batch.
#[derive(Debug, Clone, PartialEq)]
pub struct Appended {
    /// The job as it is now.
    pub job: ImportJob,
    /// Every row of the batch that was left out, in the order of the list.
    pub left_out: Vec<LeftOut>,
}

/// What undoing an import came to.
#[derive(Debug, Clone, PartialEq)]
pub enum Undo {
    /// Its contacts are gone, but for those that had been called.
    Done(ImportJob),
    /// It is not over, or it was undone before. Nothing was changed.
    NotPossible(ImportJob),
}

/// Imports of contact lists.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait ImportStore: Send + Sync {
    /// Stores a new job and its event.
    ///
    /// # Errors
    /// [`StoreError::MissingReference`] when the campaign is not in scope.
    async fn add(&self, scope: Scope, job: &ImportJob) -> Result<(), StoreError>;

    /// One job.
    async fn get(&self, scope: Scope, id: ImportId) -> Result<Option<ImportJob>, StoreError>;

    /// The jobs of a campaign, latest first.
    async fn list(&self, scope: Scope, campaign: CampaignId, page: PageRequest) -> Result<Page<ImportJob>, StoreError>;

    /// Takes up the oldest of these jobs that can be: one that is running, which nobody does any more when its list lies
    /// with the caller, or one that is queued and whose campaign has no running one. A campaign never has two
    /// running jobs.
    async fn take(&self, among: Vec<ImportId>, now: OffsetDateTime) -> Result<Option<ImportJob>, StoreError>;

    /// Stores a batch in one transaction: the contacts that can be added, the rows left out, the job's new state, and
    /// one event when contacts were added. Left out are numbers that the campaign has, that came earlier in the
    /// list, or that its owner has suppressed; the reasons do not depend on where batches end. `None`, and nothing
    /// stored, when the job is not running or has not come to `batch.from`.
    async fn append(&self, id: ImportId, batch: &Batch, now: OffsetDateTime) -> Result<Option<Appended>, StoreError>;

    /// Ends a job that is not over, and stores the event. The job as it is now, whoever ended it.
    async fn end(
        &self,
        scope: Scope,
        id: ImportId,
        end: &ImportEnd,
        now: OffsetDateTime,
    ) -> Result<Option<ImportJob>, StoreError>;

    /// Removes what a job has added, in one transaction with its event: the contacts that came with it and have never been
    /// called. Those with an attempt or a call stay and are counted.
    async fn undo(&self, scope: Scope, id: ImportId, now: OffsetDateTime) -> Result<Option<Undo>, StoreError>;

    /// A page of the rows that a job left out, in the order of the list, of those after the row `after`.
    async fn left_out(
        &self,
        scope: Scope,
        id: ImportId,
        after: Option<ImportRowId>,
        page: PageRequest,
    ) -> Result<Vec<LeftOut>, StoreError>;

    /// For each number, why it would be left out of an import into this campaign by what is stored now. Changes nothing.
    async fn foresee(
        &self,
        scope: Scope,
        campaign: CampaignId,
        numbers: Vec<PhoneNumber>,
    ) -> Result<Vec<Option<SkipReason>>, StoreError>;
}
