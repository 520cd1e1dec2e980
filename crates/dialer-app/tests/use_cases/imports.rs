//! The runner: takes up where another one stopped, stops in order, and waits for a store that is away.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use dialer_app::imports::{ListError, ListFiles, ListReader, ListRow, NewImport};
use dialer_app::{ContactInput, EngineHandle, ImportRunner, ImportSettings, Imports, ImportsHandle};
use dialer_domain::imports::{ImportJob, ImportStatus, Mapping, Place};
use dialer_domain::{Campaign, ImportId, PageRequest, Scope};
use dialer_testkit::builders::{campaign, number};
use tokio::sync::watch;

use crate::House;

/// Lists of this many rows, each a line of one byte.
#[derive(Clone)]
struct Lists {
    kept: Arc<Mutex<BTreeSet<ImportId>>>,
    rows: u32,
    breaks_at: Option<u32>,
    opened_at: Arc<Mutex<Vec<u64>>>,
}

impl Lists {
    fn of(rows: u32) -> Self {
        Self { kept: Arc::default(), rows, breaks_at: None, opened_at: Arc::default() }
    }
}

struct Reader {
    lists: Lists,
    next: u32,
}

impl ListFiles for Lists {
    fn kept(&self) -> std::io::Result<Vec<ImportId>> {
        Ok(self.kept.lock().unwrap().iter().copied().collect())
    }

    fn open(&self, job: &ImportJob) -> Result<Box<dyn ListReader>, ListError> {
        let next = u32::try_from(job.progress.place.bytes).unwrap();
        self.opened_at.lock().unwrap().push(next.into());
        Ok(Box::new(Reader { lists: self.clone(), next }))
    }

    fn remove(&self, id: ImportId) -> std::io::Result<()> {
        self.kept.lock().unwrap().remove(&id);
        Ok(())
    }
}

impl ListReader for Reader {
    fn next_row(&mut self) -> Result<Option<ListRow>, ListError> {
        if self.lists.breaks_at == Some(self.next) {
            return Err(ListError("the list broke off".to_owned()));
        }
        if self.next == self.lists.rows {
            return Ok(None);
        }
        self.next += 1;
        let phone_number = number(self.next).as_e164().to_owned();
        let content = Ok(ContactInput { phone_number, ..ContactInput::default() });
        Ok(Some(ListRow { line: self.next.into(), phone_number: String::new(), content }))
    }

    fn place(&self) -> Place {
        Place { bytes: self.next.into(), lines: self.next.into() }
    }
}

struct Scene {
    house: House,
    lists: Lists,
    imports: Imports,
    handle: ImportsHandle,
    list: Campaign,
}

impl Scene {
    async fn new(lists: Lists) -> Self {
        let house = House::new();
        let list = campaign().owner(house.me.user).build();
        house.ports.stores.campaigns.add(&list).await.unwrap();
        let handle = ImportsHandle::default();
        let imports = Imports::new(house.ports(), Arc::new(lists.clone()), handle.clone(), None);
        Self { house, lists, imports, handle, list }
    }

    async fn start(&self, of: &Campaign) -> ImportJob {
        let id = self.imports.begin(self.house.me, of.id).await.unwrap();
        self.lists.kept.lock().unwrap().insert(id);
        let new = NewImport {
            id,
            file_name: None,
            delimiter: ',',
            mapping: Mapping::new(),
            total_bytes: self.lists.rows.into(),
        };
        self.imports.start(self.house.me, of.id, new).await.unwrap()
    }

    fn runner(&self, batch_rows: u32) -> ImportRunner {
        let settings = ImportSettings { batch_rows, parallel: 2 };
        let files = Arc::new(self.lists.clone());
        ImportRunner::new(self.house.ports(), files, settings, None, self.handle.clone(), EngineHandle::default())
    }

    async fn job(&self, id: ImportId) -> ImportJob {
        self.house.ports.stores.imports.get(Scope::Service, id).await.unwrap().unwrap()
    }

    async fn until(&self, id: ImportId, right: impl Fn(&ImportJob) -> bool) -> ImportJob {
        loop {
            let job = self.job(id).await;
            if right(&job) {
                return job;
            }
            tokio::task::yield_now().await;
        }
    }

    async fn contacts(&self) -> u64 {
        let page = PageRequest::default();
        self.house.ports.stores.contacts.list(Scope::Service, self.list.id, None, page).await.unwrap().total
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_is_read_to_its_end_and_forgotten() {
    let scene = Scene::new(Lists::of(25)).await;
    let job = scene.start(&scene.list).await;
    let (_stop, stopped) = watch::channel(false);
    tokio::spawn(scene.runner(10).run(stopped));
    let done = scene.until(job.id, |job| job.status.is_over()).await;
    assert_eq!((done.status, done.progress.rows, done.progress.added), (ImportStatus::Completed, 25, 25));
    assert_eq!((done.percent(), scene.contacts().await), (100, 25));
    while !scene.lists.kept.lock().unwrap().is_empty() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_runner_goes_on_where_the_first_one_stopped_and_adds_nobody_twice() {
    let scene = Scene::new(Lists::of(300)).await;
    let job = scene.start(&scene.list).await;
    let (stop, stopped) = watch::channel(false);
    let first = tokio::spawn(scene.runner(1).run(stopped));
    scene.until(job.id, |job| job.progress.rows >= 20).await;
    stop.send_replace(true);
    first.await.unwrap();
    let half = scene.job(job.id).await;
    assert!(half.status == ImportStatus::Running && half.progress.rows < 300, "the first one came to the end");
    assert_eq!(scene.contacts().await, half.progress.added);
    let (_stop, stopped) = watch::channel(false);
    tokio::spawn(scene.runner(7).run(stopped));
    let done = scene.until(job.id, |job| job.status.is_over()).await;
    assert_eq!((done.status, done.progress.added, done.progress.skipped_rows()), (ImportStatus::Completed, 300, 0));
    assert_eq!(scene.contacts().await, 300);
    assert_eq!(*scene.lists.opened_at.lock().unwrap(), [0, half.progress.rows]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_that_breaks_off_fails_after_what_came_before_is_stored() {
    let scene = Scene::new(Lists { breaks_at: Some(7), ..Lists::of(10) }).await;
    let job = scene.start(&scene.list).await;
    let (_stop, stopped) = watch::channel(false);
    tokio::spawn(scene.runner(5).run(stopped));
    let done = scene.until(job.id, |job| job.status.is_over()).await;
    assert_eq!((done.status, done.progress.added), (ImportStatus::Failed, 7));
    assert_eq!(done.error.as_deref(), Some("the list broke off"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_campaign_s_imports_run_in_turn_and_those_of_others_beside_them() {
    let scene = Scene::new(Lists::of(20)).await;
    let other = campaign().owner(scene.house.me.user).build();
    scene.house.ports.stores.campaigns.add(&other).await.unwrap();
    let jobs = [scene.start(&scene.list).await, scene.start(&scene.list).await, scene.start(&other).await];
    let (_stop, stopped) = watch::channel(false);
    tokio::spawn(scene.runner(5).run(stopped));
    for job in &jobs {
        assert_eq!(scene.until(job.id, |job| job.status.is_over()).await.status, ImportStatus::Completed);
    }
    let second = scene.job(jobs[1].id).await;
    assert_eq!((second.progress.added, second.progress.skipped_rows()), (0, 20));
    assert_eq!(scene.job(jobs[2].id).await.progress.added, 20);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_whose_import_is_over_is_tidied_away_at_the_start() {
    let scene = Scene::new(Lists::of(3)).await;
    let job = scene.start(&scene.list).await;
    scene.imports.cancel(scene.house.me, job.id).await.unwrap();
    scene.lists.kept.lock().unwrap().insert(job.id);
    let (_stop, stopped) = watch::channel(false);
    tokio::spawn(scene.runner(5).run(stopped));
    while !scene.lists.kept.lock().unwrap().is_empty() {
        tokio::task::yield_now().await;
    }
    assert_eq!(scene.contacts().await, 0);
}
