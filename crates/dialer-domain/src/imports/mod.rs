//! Imports: contact lists that are read as files, batch by batch, in the background.
//!
//! A job knows how far it has come, and every batch is stored together with the job's new state. Whoever takes a job
//! up after a crash reads on from there, and nothing is added twice.

pub mod store;

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use time::OffsetDateTime;

use crate::contacts::Person;
use crate::contacts::store::SkipReason;
use crate::events::{EventKind, NewEvent, data};
use crate::ids::{CampaignId, ContactId, ImportId, ImportRowId, UserId};
use crate::words::words;

words! {
    /// Where an import stands.
    ImportStatus ("import status") {
        /// It waits for its turn.
        Queued = "queued",
        /// Rows are being read.
        Running = "running",
        /// The list was read to its end.
        Completed = "completed",
        /// The list could not be read to its end; what was added stays.
        Failed = "failed",
        /// A person stopped it; what was added stays.
        Canceled = "canceled",
        /// What it had added was removed again.
        Undone = "undone",
    }
}

impl ImportStatus {
    /// Whether no further row will be read.
    #[must_use]
    pub const fn is_over(self) -> bool {
        match self {
            Self::Queued | Self::Running => false,
            Self::Completed | Self::Failed | Self::Canceled | Self::Undone => true,
        }
    }
}

words! {
    /// A field of a contact that a column can hold.
    ContactField ("contact field") {
        /// The number to call.
        PhoneNumber = "phone_number",
        /// Given name.
        FirstName = "first_name",
        /// Family name.
        LastName = "last_name",
        /// E-mail address.
        Email = "email",
        /// Company.
        Company = "company",
    }
}

/// Which column holds which field, by the column's name. Other columns are kept as metadata.
pub type Mapping = BTreeMap<ContactField, String>;

/// A place in a list between two rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Place {
    /// Bytes before it.
    pub bytes: u64,
    /// Lines before it.
    pub lines: u64,
}

/// How far an import has come.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Progress {
    /// Where reading goes on.
    pub place: Place,
    /// Rows read.
    pub rows: u64,
    /// Contacts added.
    pub added: u64,
    /// Rows left out, by reason.
    pub skipped: BTreeMap<SkipReason, u64>,
}

impl Progress {
    /// Rows left out.
    #[must_use]
    pub fn skipped_rows(&self) -> u64 {
        self.skipped.values().sum()
    }

    /// Whether a row was left out because its number was there already.
    #[must_use]
    pub fn met_duplicates(&self) -> bool {
        [SkipReason::DuplicateInFile, SkipReason::DuplicateInCampaign].iter().any(|why| self.skipped.contains_key(why))
    }
}

/// An import, a row of `import_jobs`.
#[derive(Clone, PartialEq, Eq)]
pub struct ImportJob {
    /// Its id, which its contacts carry.
    pub id: ImportId,
    /// Who started it: the campaign's owner.
    pub user_id: UserId,
    /// The campaign that gets the contacts.
    pub campaign_id: CampaignId,
    /// Where it stands.
    pub status: ImportStatus,
    /// What the person called the file.
    pub file_name: Option<String>,
    /// What separates the columns.
    pub delimiter: char,
    /// Which column holds which field.
    pub mapping: Mapping,
    /// Length of the list in bytes.
    pub total_bytes: u64,
    /// How far it has come.
    pub progress: Progress,
    /// Contacts that undoing it has removed.
    pub removed: u64,
    /// Contacts that undoing it has left, since they had been called.
    pub kept: u64,
    /// Why it failed.
    pub error: Option<String>,
    /// When it was asked for.
    pub created_at: OffsetDateTime,
    /// When reading began.
    pub started_at: Option<OffsetDateTime>,
    /// When it was over.
    pub finished_at: Option<OffsetDateTime>,
    /// When it last changed.
    pub updated_at: OffsetDateTime,
}

/// Names of files and columns may be names of people.
impl std::fmt::Debug for ImportJob {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ImportJob")
            .field("id", &self.id)
            .field("status", &self.status)
            .field("progress", &self.progress)
            .finish_non_exhaustive()
    }
}

/// How an import ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImportEnd {
    /// At the end of the list.
    Completed,
    /// Before, for this reason.
    Failed(String),
    /// A person stopped it.
    Canceled,
}

impl ImportJob {
    /// How much of the list has been read, in percent, cut. A list that was read to its end is 100, also an empty one.
    #[must_use]
    pub fn percent(&self) -> u64 {
        if self.status == ImportStatus::Completed {
            return 100;
        }
        (self.progress.place.bytes * 100).checked_div(self.total_bytes).unwrap_or(0).min(100)
    }

    /// The job, taken up: for the first time, or again after whoever ran it has gone.
    #[must_use]
    pub fn taken(self, now: OffsetDateTime) -> Self {
        Self {
            status: ImportStatus::Running,
            started_at: self.started_at.or(Some(now)),
            updated_at: self.updated_at.max(now),
            ..self
        }
    }

    /// Whether a batch that begins at `from` is the next one.
    #[must_use]
    pub fn awaits(&self, from: Place) -> bool {
        self.status == ImportStatus::Running && self.progress.place == from
    }

    /// The job after a batch of which `added` contacts were added and these rows left out.
    #[must_use]
    pub fn advanced(mut self, batch: &Batch, added: u64, left_out: &[LeftOut], now: OffsetDateTime) -> Self {
        self.progress.place = batch.to;
        self.progress.rows += batch.rows;
        self.progress.added += added;
        for row in left_out {
            *self.progress.skipped.entry(row.reason).or_default() += 1;
        }
        self.updated_at = self.updated_at.max(now);
        self
    }

    /// The job, ended. `None` when it is over already.
    #[must_use]
    pub fn ended(self, end: &ImportEnd, now: OffsetDateTime) -> Option<Self> {
        if self.status.is_over() {
            return None;
        }
        let (status, error) = match end {
            ImportEnd::Completed => (ImportStatus::Completed, None),
            ImportEnd::Failed(why) => (ImportStatus::Failed, Some(why.clone())),
            ImportEnd::Canceled => (ImportStatus::Canceled, None),
        };
        Some(Self { status, error, finished_at: Some(now), updated_at: self.updated_at.max(now), ..self })
    }

    /// Whether what it added can be removed: it is over and that has not been done.
    #[must_use]
    pub fn can_be_undone(&self) -> bool {
        self.status.is_over() && self.status != ImportStatus::Undone
    }

    /// The job after `removed` of its contacts were removed and `kept` stayed.
    #[must_use]
    pub fn undone(self, removed: u64, kept: u64, now: OffsetDateTime) -> Self {
        Self { status: ImportStatus::Undone, removed, kept, updated_at: self.updated_at.max(now), ..self }
    }

    /// An event about the job.
    #[must_use]
    pub fn event(&self, kind: EventKind, at: OffsetDateTime) -> NewEvent {
        self.event_with(kind, at, data([("import_id", json!(self.id)), ("status", json!(self.status))]))
    }

    /// The event of a batch that added contacts.
    #[must_use]
    pub fn batch_event(&self, added: u64, left_out: usize, at: OffsetDateTime) -> NewEvent {
        let particulars = data([("import_id", json!(self.id)), ("added", json!(added)), ("skipped", json!(left_out))]);
        self.event_with(EventKind::ContactsImported, at, particulars)
    }

    const fn event_with(&self, kind: EventKind, at: OffsetDateTime, data: Map<String, Value>) -> NewEvent {
        NewEvent {
            kind,
            user_id: self.user_id,
            campaign_id: Some(self.campaign_id),
            contact_id: None,
            call_id: None,
            at,
            data,
        }
    }

    /// Why a contact of this import could not be added: `listed` is the import that the contact with its number came with,
    /// where the campaign has one. Whatever the batches, a number that this import added itself came earlier in the
    /// file, and one that it did not add is refused for the same reason each time it comes.
    #[must_use]
    pub fn why_left_out(&self, listed: Option<Option<ImportId>>) -> SkipReason {
        match listed {
            Some(import) if import == Some(self.id) => SkipReason::DuplicateInFile,
            Some(_) => SkipReason::DuplicateInCampaign,
            None => SkipReason::DncInternal,
        }
    }
}

/// Rows that follow one another in a list.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Batch {
    /// Where it begins.
    pub from: Place,
    /// Where it ends.
    pub to: Place,
    /// How many rows it has.
    pub rows: u64,
    /// The rows that can be contacts, in the order of the list.
    pub contacts: Vec<ListedPerson>,
    /// The rows that cannot.
    pub left_out: Vec<LeftOut>,
}

/// A row that can be a contact.
#[derive(Debug, Clone, PartialEq)]
pub struct ListedPerson {
    /// The id that the contact gets, or else the row that reports it.
    pub id: ContactId,
    /// The line that the row begins on, from 1.
    pub line: u64,
    /// Who it is. An empty text is a missing one.
    pub person: Person,
}

impl ListedPerson {
    /// The report that it was left out.
    #[must_use]
    pub fn left_out(&self, reason: SkipReason) -> LeftOut {
        LeftOut {
            id: ImportRowId::new(self.id.as_uuid()),
            line: self.line,
            phone_number: self.person.phone_number.as_e164().to_owned(),
            reason,
            message: reason.message().to_owned(),
        }
    }
}

/// A row that was left out, a row of `import_rows`.
#[derive(Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// Its id; later rows have greater ones.
    pub id: ImportRowId,
    /// The line that the row begins on, from 1.
    pub line: u64,
    /// The number as given, cut.
    pub phone_number: String,
    /// Why, as a code.
    pub reason: SkipReason,
    /// Why, in words. Never holds a value of the row.
    pub message: String,
}

impl std::fmt::Debug for LeftOut {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LeftOut").field("line", &self.line).field("reason", &self.reason).finish_non_exhaustive()
    }
}

/// Sorts a batch's contacts into those to store and those whose number came earlier in the batch, each with the index of
/// that earlier one among those to store.
#[must_use]
pub fn first_of_each_number(contacts: &[ListedPerson]) -> (Vec<&ListedPerson>, Vec<(&ListedPerson, usize)>) {
    let mut places = std::collections::HashMap::with_capacity(contacts.len());
    let (mut first, mut again) = (Vec::with_capacity(contacts.len()), Vec::new());
    for contact in contacts {
        let next = first.len();
        match *places.entry(&contact.person.phone_number).or_insert(next) {
            place if place == next => first.push(contact),
            place => again.push((contact, place)),
        }
    }
    (first, again)
}

/// What is reported of a batch: its unreadable rows, the contacts in `refused` (by their index in `first`), and
/// every later row with a number of `first`, for the same reason as that one, or as its duplicate.
#[must_use]
pub fn all_left_out(
    batch: &Batch,
    first: &[&ListedPerson],
    again: &[(&ListedPerson, usize)],
    refused: &BTreeMap<usize, SkipReason>,
) -> Vec<LeftOut> {
    let mut rows = batch.left_out.clone();
    rows.extend(refused.iter().filter_map(|(index, reason)| Some(first.get(*index)?.left_out(*reason))));
    rows.extend(
        again.iter().map(|(contact, place)| {
            contact.left_out(refused.get(place).copied().unwrap_or(SkipReason::DuplicateInFile))
        }),
    );
    rows.sort_by_key(|row| row.id);
    rows
}
