//! Imports of contact lists: asked for, looked at, stopped and undone by people, and run in the background.

mod files;
mod reading;
mod runner;

use std::collections::HashSet;
use std::sync::Arc;

use dialer_domain::contacts::Person;
use dialer_domain::contacts::store::SkipReason;
use dialer_domain::identity::Principal;
use dialer_domain::ids::{CampaignId, ImportId, ImportRowId};
use dialer_domain::imports::store::Undo;
use dialer_domain::imports::{ImportEnd, ImportJob, ImportStatus, LeftOut, Mapping, Progress};
use dialer_domain::phone::Region;
use dialer_domain::store::{Page, PageRequest, StoreError};
use dialer_domain::stores::Stores;
use tokio::sync::Notify;

use crate::contacts::read_person;
use crate::error::UseCaseError;
use crate::ports::Ports;
pub use files::{ListError, ListFiles, ListReader, ListRow, RowProblem};
pub use runner::{ImportRunner, ImportSettings};

/// Wakes the runner. Cheap to clone.
#[derive(Clone, Default)]
pub struct ImportsHandle {
    wake: Arc<Notify>,
}

impl ImportsHandle {
    /// Makes the runner look at once for something to do.
    pub fn wake(&self) {
        self.wake.notify_one();
    }

    async fn woken(&self) {
        self.wake.notified().await;
    }
}

/// A list that has arrived whole.
#[derive(Clone)]
pub struct NewImport {
    /// The id under which it is kept; see [`Imports::begin`].
    pub id: ImportId,
    /// What the person calls the file.
    pub file_name: Option<String>,
    /// What separates the columns.
    pub delimiter: char,
    /// Which column holds which field.
    pub mapping: Mapping,
    /// Its length.
    pub total_bytes: u64,
}

/// A row of a list, and what would become of it.
pub struct PreviewRow {
    /// Its line.
    pub line: u64,
    /// The number as given, cut.
    pub phone_number: String,
    /// The contact that it would be, or why it would be left out.
    pub outcome: Result<Person, RowProblem>,
}

/// What owners do with imports.
#[derive(Clone)]
pub struct Imports {
    ports: Ports,
    files: Arc<dyn ListFiles>,
    handle: ImportsHandle,
    default_region: Option<Region>,
}

impl Imports {
    /// On these ports. Lists are kept in `files`; numbers without a country code are read inside `default_region`.
    #[must_use]
    pub fn new(ports: Ports, files: Arc<dyn ListFiles>, handle: ImportsHandle, default_region: Option<Region>) -> Self {
        Self { ports, files, handle, default_region }
    }

    /// The same on these stores, such as those of a unit of work.
    #[must_use]
    pub fn on(&self, stores: Stores) -> Self {
        Self { ports: Ports { stores, ..self.ports.clone() }, ..self.clone() }
    }

    /// Whether this person may import into the campaign, and the id under which the list is to be kept: asked before a
    /// byte of it is read.
    pub async fn begin(&self, who: Principal, campaign: CampaignId) -> Result<ImportId, UseCaseError> {
        self.require_campaign(who, campaign).await?;
        Ok(ImportId::generate(self.ports.ids.as_ref()))
    }

    /// Queues a list that is kept. Whoever does so in a unit of work tells it with [`Self::look`] once that is stored.
    pub async fn start(&self, who: Principal, campaign: CampaignId, new: NewImport) -> Result<ImportJob, UseCaseError> {
        let now = self.ports.clock.now();
        let job = ImportJob {
            id: new.id,
            user_id: who.user,
            campaign_id: campaign,
            status: ImportStatus::Queued,
            file_name: new.file_name,
            delimiter: new.delimiter,
            mapping: new.mapping,
            total_bytes: new.total_bytes,
            progress: Progress::default(),
            removed: 0,
            kept: 0,
            error: None,
            created_at: now,
            started_at: None,
            finished_at: None,
            updated_at: now,
        };
        match self.ports.stores.imports.add(who.scope(), &job).await {
            Ok(()) => {}
            Err(StoreError::MissingReference { .. }) => return Err(UseCaseError::NotFound("campaign")),
            Err(error) => return Err(error.into()),
        }
        self.handle.wake();
        Ok(job)
    }

    /// Makes the runner look for what is queued.
    pub fn look(&self) {
        self.handle.wake();
    }

    /// What would become of the first rows of a list. Changes nothing.
    pub async fn preview(
        &self,
        who: Principal,
        campaign: CampaignId,
        rows: Vec<ListRow>,
    ) -> Result<Vec<PreviewRow>, UseCaseError> {
        self.require_campaign(who, campaign).await?;
        let mut preview: Vec<PreviewRow> = rows.into_iter().map(|row| self.read(row)).collect();
        let numbers = preview.iter().filter_map(|row| Some(row.outcome.as_ref().ok()?.phone_number.clone())).collect();
        let foreseen = self.ports.stores.imports.foresee(who.scope(), campaign, numbers).await?;
        let mut seen = HashSet::new();
        let callable = preview.iter_mut().filter(|row| row.outcome.is_ok());
        for (row, foreseen) in callable.zip(foreseen) {
            let Ok(person) = &row.outcome else { continue };
            let again = !seen.insert(person.phone_number.clone());
            if let Some(reason) = foreseen.or_else(|| again.then_some(SkipReason::DuplicateInFile)) {
                row.outcome = Err(RowProblem { reason, message: reason.message().to_owned() });
            }
        }
        Ok(preview)
    }

    fn read(&self, row: ListRow) -> PreviewRow {
        let ListRow { line, phone_number, content } = row;
        match content {
            Err(problem) => PreviewRow { line, phone_number, outcome: Err(problem) },
            Ok(input) => {
                let phone_number = files::given(&input.phone_number);
                let outcome = read_person(input, self.default_region);
                let outcome = outcome.map_err(|(reason, message)| RowProblem { reason, message });
                PreviewRow { line, phone_number, outcome }
            }
        }
    }

    /// The imports of an own campaign, latest first.
    pub async fn list(
        &self,
        who: Principal,
        campaign: CampaignId,
        page: PageRequest,
    ) -> Result<Page<ImportJob>, UseCaseError> {
        self.require_campaign(who, campaign).await?;
        Ok(self.ports.stores.imports.list(who.scope(), campaign, page).await?)
    }

    /// One import.
    pub async fn get(&self, who: Principal, id: ImportId) -> Result<ImportJob, UseCaseError> {
        self.ports.stores.imports.get(who.scope(), id).await?.ok_or(UseCaseError::NotFound("import"))
    }

    /// Stops an import; what was added stays. One that was canceled before stays as it is. Its list is still there; see
    /// [`Self::forget`].
    pub async fn cancel(&self, who: Principal, id: ImportId) -> Result<ImportJob, UseCaseError> {
        let now = self.ports.clock.now();
        let ended = self.ports.stores.imports.end(who.scope(), id, &ImportEnd::Canceled, now).await?;
        let job = ended.ok_or(UseCaseError::NotFound("import"))?;
        if job.status != ImportStatus::Canceled {
            return Err(UseCaseError::Conflict(format!("this import is {} already", job.status)));
        }
        Ok(job)
    }

    /// Removes the list of an import that is over, once that is stored. Of one that was begun, whoever runs it removes the
    /// list with the next batch; what cannot be removed now is left to the next start.
    pub async fn forget(&self, who: Principal, id: ImportId) {
        if let Ok(job) = self.get(who, id).await
            && job.status.is_over()
            && job.started_at.is_none()
        {
            files::remove(&self.files, id).await;
        }
    }

    /// Removes what an import has added, but for contacts that have been called.
    pub async fn undo(&self, who: Principal, id: ImportId) -> Result<ImportJob, UseCaseError> {
        let undo = self.ports.stores.imports.undo(who.scope(), id, self.ports.clock.now()).await?;
        match undo.ok_or(UseCaseError::NotFound("import"))? {
            Undo::Done(job) => Ok(job),
            Undo::NotPossible(job) if job.status == ImportStatus::Undone => {
                Err(UseCaseError::Conflict("this import is undone already".to_owned()))
            }
            Undo::NotPossible(job) => Err(UseCaseError::Conflict(format!(
                "this import is {}; cancel it first, or wait until it is over",
                job.status
            ))),
        }
    }

    /// A page of the rows that an import left out, in the order of its list, of those after the row `after`.
    pub async fn left_out(
        &self,
        who: Principal,
        id: ImportId,
        after: Option<ImportRowId>,
        page: PageRequest,
    ) -> Result<Vec<LeftOut>, UseCaseError> {
        Ok(self.ports.stores.imports.left_out(who.scope(), id, after, page).await?)
    }

    async fn require_campaign(&self, who: Principal, campaign: CampaignId) -> Result<(), UseCaseError> {
        let found = self.ports.stores.campaigns.get(who.scope(), campaign).await?;
        found.map(|_| ()).ok_or(UseCaseError::NotFound("campaign"))
    }
}
