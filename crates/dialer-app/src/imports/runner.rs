//! Runs the imports whose lists are kept on this machine, a few at a time.
//!
//! All that must survive lives in the store and in the lists: a runner that starts takes up what was running, from the
//! last batch that was stored.

use std::collections::HashMap;
use std::sync::Arc;

use dialer_domain::Scope;
use dialer_domain::ids::ImportId;
use dialer_domain::imports::store::Appended;
use dialer_domain::imports::{Batch, ImportEnd, ImportJob};
use dialer_domain::phone::Region;
use dialer_domain::store::StoreError;
use time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::task::{Id, JoinSet};

use super::ImportsHandle;
use super::files::{self, ListError, ListFiles};
use super::reading::Reading;
use crate::engine::EngineHandle;
use crate::error::chain;
use crate::ports::Ports;

/// How imports are run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImportSettings {
    /// Rows stored in one transaction, at most.
    pub batch_rows: u32,
    /// Imports that run at once, each of another campaign.
    pub parallel: usize,
}

impl Default for ImportSettings {
    fn default() -> Self {
        Self { batch_rows: 10_000, parallel: 2 }
    }
}

/// How long a runner with nothing to do waits before it looks by itself, and one whose store is away before it tries
/// again.
const PAUSE: Duration = Duration::seconds(5);

/// Runs imports: one at a time for each campaign, several beside each other.
pub struct ImportRunner {
    worker: Worker,
    parallel: usize,
    handle: ImportsHandle,
    running: JoinSet<()>,
    jobs: HashMap<Id, ImportId>,
}

impl ImportRunner {
    /// A runner on these ports and lists. `engine` is told of new contacts.
    #[must_use]
    pub fn new(
        ports: Ports,
        files: Arc<dyn ListFiles>,
        settings: ImportSettings,
        region: Option<Region>,
        handle: ImportsHandle,
        engine: EngineHandle,
    ) -> Self {
        let worker = Worker { ports, files, engine, region, batch_rows: settings.batch_rows.into() };
        Self { worker, parallel: settings.parallel, handle, running: JoinSet::new(), jobs: HashMap::new() }
    }

    /// Runs until `stop` becomes true: then the batches under way are stored, and the next start goes on from there.
    pub async fn run(mut self, mut stop: watch::Receiver<bool>) {
        self.worker.tidy().await;
        while !*stop.borrow() {
            if let Err(error) = self.begin(&stop).await {
                tracing::warn!(error = chain(&error), "imports could not be looked for; it is tried again");
            }
            let clock = self.worker.ports.clock.clone();
            tokio::select! {
                () = clock.sleep(PAUSE) => {}
                () = self.handle.woken() => {}
                Some(ended) = self.running.join_next_with_id() => self.forget(ended),
                _ = stop.changed() => {}
            }
        }
        while let Some(ended) = self.running.join_next_with_id().await {
            self.forget(ended);
        }
    }

    /// Begins as many imports as may run.
    async fn begin(&mut self, stop: &watch::Receiver<bool>) -> Result<(), StoreError> {
        while self.running.len() < self.parallel {
            let idle: Vec<ImportId> =
                self.worker.kept().await.into_iter().filter(|id| self.jobs.values().all(|job| job != id)).collect();
            if idle.is_empty() {
                break;
            }
            let now = self.worker.ports.clock.now();
            let Some(job) = self.worker.ports.stores.imports.take(idle, now).await? else { break };
            let id = job.id;
            let (worker, stop) = (self.worker.clone(), stop.clone());
            let task = self.running.spawn(async move { worker.work(job, stop).await });
            self.jobs.insert(task.id(), id);
        }
        Ok(())
    }

    fn forget(&mut self, ended: Result<(Id, ()), tokio::task::JoinError>) {
        let task = ended.as_ref().map_or_else(tokio::task::JoinError::id, |(task, ())| *task);
        let job = self.jobs.remove(&task);
        if let (Err(error), Some(id)) = (ended, job) {
            tracing::error!(import.id = %id, error = chain(&error), "an import broke off; it is taken up again");
        }
    }
}

/// What became of a batch.
enum Stored {
    Yes,
    /// The job is not ours any more.
    NotOurs,
    /// The program stops.
    Stopped,
}

/// Runs one import.
#[derive(Clone)]
struct Worker {
    ports: Ports,
    files: Arc<dyn ListFiles>,
    engine: EngineHandle,
    region: Option<Region>,
    batch_rows: u64,
}

impl Worker {
    async fn kept(&self) -> Vec<ImportId> {
        let files = self.files.clone();
        match tokio::task::spawn_blocking(move || files.kept()).await {
            Ok(Ok(kept)) => kept,
            Ok(Err(error)) => {
                tracing::warn!(error = chain(&error), "the lists of imports could not be looked through");
                Vec::new()
            }
            Err(_) => Vec::new(),
        }
    }

    /// Removes the lists of imports that are over, or that never were.
    async fn tidy(&self) {
        for id in self.kept().await {
            self.tidy_after(id).await;
        }
    }

    async fn work(self, job: ImportJob, mut stop: watch::Receiver<bool>) {
        let id = job.id;
        tracing::info!(import.id = %id, campaign.id = %job.campaign_id, from = job.progress.place.bytes, "importing a list");
        let (batches, mut read) = mpsc::channel(1);
        let reading = Reading {
            files: self.files.clone(),
            ids: self.ports.ids.clone(),
            region: self.region,
            batch_rows: self.batch_rows,
        };
        let reading = tokio::task::spawn_blocking(move || reading.read(&job, &batches));
        let mut broken = None;
        while let Some(batch) = read.recv().await {
            match self.store(id, &batch, &mut stop).await {
                Ok(Stored::Yes) => self.engine.wake(),
                Ok(Stored::NotOurs) => return self.tidy_after(id).await,
                Ok(Stored::Stopped) => return,
                Err(error) => {
                    tracing::error!(import.id = %id, error = chain(&error), "a batch of an import was refused");
                    broken = Some(ImportEnd::Failed("the database refused a row; the log tells more".to_owned()));
                    break;
                }
            }
        }
        drop(read);
        let end = match (broken, reading.await) {
            (Some(end), _) => end,
            (None, Ok(Ok(()))) => ImportEnd::Completed,
            (None, Ok(Err(ListError(why)))) => ImportEnd::Failed(why),
            (None, Err(_)) => ImportEnd::Failed("the list could not be read; the log tells more".to_owned()),
        };
        self.end(id, &end, &mut stop).await;
    }

    /// Stores a batch; waits for a store that is away.
    async fn store(&self, id: ImportId, batch: &Batch, stop: &mut watch::Receiver<bool>) -> Result<Stored, StoreError> {
        while !*stop.borrow() {
            match self.ports.stores.imports.append(id, batch, self.ports.clock.now()).await {
                Ok(Some(Appended { .. })) => return Ok(Stored::Yes),
                Ok(None) => return Ok(Stored::NotOurs),
                Err(error @ StoreError::Unavailable { .. }) => self.pause(id, &error, stop).await,
                Err(error) => return Err(error),
            }
        }
        Ok(Stored::Stopped)
    }

    async fn end(&self, id: ImportId, end: &ImportEnd, stop: &mut watch::Receiver<bool>) {
        while !*stop.borrow() {
            match self.ports.stores.imports.end(Scope::Service, id, end, self.ports.clock.now()).await {
                Ok(job) => {
                    if let Some(job) = job {
                        let (added, skipped) = (job.progress.added, job.progress.skipped_rows());
                        tracing::info!(import.id = %id, status = %job.status, added, skipped, "an import is over");
                    }
                    return files::remove(&self.files, id).await;
                }
                Err(error) => self.pause(id, &error, stop).await,
            }
        }
    }

    async fn pause(&self, id: ImportId, error: &StoreError, stop: &mut watch::Receiver<bool>) {
        tracing::warn!(import.id = %id, error = chain(error), "the store is away; the import waits");
        tokio::select! {
            () = self.ports.clock.sleep(PAUSE) => {}
            _ = stop.changed() => {}
        }
    }

    /// Removes the list of a job that is over. One that takes no batches and is not has been gone on with by somebody
    /// else.
    async fn tidy_after(&self, id: ImportId) {
        if let Ok(job) = self.ports.stores.imports.get(Scope::Service, id).await
            && job.is_none_or(|job| job.status.is_over())
        {
            files::remove(&self.files, id).await;
        }
    }
}
