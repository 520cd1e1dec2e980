//! Imports as clients see them.

use std::collections::BTreeMap;
use utoipa::ToSchema;

use dialer_app::imports::PreviewRow;
use dialer_domain::contacts::Person;
use dialer_domain::contacts::store::SkipReason;
use dialer_domain::ids::{CampaignId, ImportId, UserId};
use dialer_domain::imports::{ImportJob, ImportStatus, LeftOut, Mapping};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::options::{ColumnMapping, Delimiter};
use crate::contact_file::About;
use crate::stamp::Stamp;

/// A contact list in a form.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only its schema is used; the parts are read one by one")]
pub(super) struct ListForm {
    /// The list.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
    /// What separates columns; found out when not given.
    #[schema(value_type = Delimiter, inline, required = false)]
    delimiter: Option<String>,
    /// Which column holds which field; found out from the header when not given.
    #[schema(value_type = ColumnMapping, inline, required = false)]
    mapping: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct ImportAnswer {
    import: ImportRow,
}

impl From<ImportJob> for ImportAnswer {
    fn from(job: ImportJob) -> Self {
        Self { import: job.into() }
    }
}

#[derive(Serialize, ToSchema)]
pub(super) struct ImportList {
    pub(super) imports: Vec<ImportRow>,
    pub(super) total: u64,
}

/// An import of a contact list.
#[derive(Serialize, ToSchema)]
pub(super) struct ImportRow {
    id: ImportId,
    user_id: UserId,
    campaign_id: CampaignId,
    /// queued, running, completed, failed, canceled or undone.
    status: ImportStatus,
    file_name: Option<String>,
    /// What separates the columns.
    delimiter: char,
    /// Which column holds which field.
    #[schema(value_type = BTreeMap<String, String>)]
    mapping: Mapping,
    total_bytes: u64,
    read_bytes: u64,
    read_rows: u64,
    /// How much of the list has been read, in percent.
    percent: u64,
    /// Contacts added.
    added: u64,
    /// Rows left out.
    skipped: u64,
    /// Rows left out, by reason.
    skipped_by_reason: BTreeMap<SkipReason, u64>,
    /// Contacts that undoing it has removed.
    removed: u64,
    /// Contacts that undoing it has left, since they had been called.
    kept: u64,
    /// Why it failed.
    error: Option<String>,
    created_at: Stamp,
    started_at: Option<Stamp>,
    finished_at: Option<Stamp>,
    updated_at: Stamp,
}

impl From<ImportJob> for ImportRow {
    fn from(job: ImportJob) -> Self {
        Self {
            id: job.id,
            user_id: job.user_id,
            campaign_id: job.campaign_id,
            status: job.status,
            percent: job.percent(),
            file_name: job.file_name,
            delimiter: job.delimiter,
            mapping: job.mapping,
            total_bytes: job.total_bytes,
            read_bytes: job.progress.place.bytes,
            read_rows: job.progress.rows,
            added: job.progress.added,
            skipped: job.progress.skipped_rows(),
            skipped_by_reason: job.progress.skipped,
            removed: job.removed,
            kept: job.kept,
            error: job.error,
            created_at: job.created_at.into(),
            started_at: job.started_at.map(Stamp::from),
            finished_at: job.finished_at.map(Stamp::from),
            updated_at: job.updated_at.into(),
        }
    }
}

#[derive(Serialize, ToSchema)]
pub(super) struct LeftOutList {
    pub(super) rows: Vec<LeftOutRow>,
    pub(super) total: u64,
}

/// A row of the list that was left out.
#[derive(Serialize, ToSchema)]
pub(super) struct LeftOutRow {
    /// The line that it begins on, from 1.
    line: u64,
    /// The number as given, cut at 40 characters.
    phone_number: String,
    reason: SkipReason,
    message: String,
}

impl From<LeftOut> for LeftOutRow {
    fn from(row: LeftOut) -> Self {
        Self { line: row.line, phone_number: row.phone_number, reason: row.reason, message: row.message }
    }
}

#[derive(Serialize, ToSchema)]
pub(super) struct PreviewAnswer {
    pub(super) preview: Preview,
}

/// What would become of the first rows of a list.
#[derive(Serialize, ToSchema)]
pub(super) struct Preview {
    /// What separates the columns.
    delimiter: char,
    /// Always utf-8: a list in another encoding is refused, or its rows are.
    encoding: &'static str,
    /// Whether the list begins with a byte order mark, which is passed over.
    byte_order_mark: bool,
    total_bytes: u64,
    /// The names of the columns.
    header: Vec<String>,
    /// Which column holds which field; the others are kept as metadata.
    #[schema(value_type = BTreeMap<String, String>)]
    mapping: Mapping,
    /// Rows looked at.
    sampled_rows: usize,
    /// Contacts that would be added.
    contacts: Vec<SampleRow>,
    /// Rows that would be left out.
    skipped: Vec<LeftOutRow>,
}

/// A contact that would be added.
#[derive(Serialize, ToSchema)]
pub(super) struct SampleRow {
    line: u64,
    phone_number: String,
    first_name: Option<String>,
    last_name: Option<String>,
    email: Option<String>,
    company: Option<String>,
    #[schema(value_type = Object)]
    metadata: Map<String, Value>,
}

impl SampleRow {
    fn new(line: u64, person: Person) -> Self {
        Self {
            line,
            phone_number: person.phone_number.as_e164().to_owned(),
            first_name: person.first_name,
            last_name: person.last_name,
            email: person.email,
            company: person.company,
            metadata: person.metadata,
        }
    }
}

impl Preview {
    pub(super) fn new(about: About, total_bytes: u64, rows: Vec<PreviewRow>) -> Self {
        let mut preview = Self {
            delimiter: char::from(about.delimiter),
            encoding: "utf-8",
            byte_order_mark: about.byte_order_mark,
            total_bytes,
            header: about.header,
            mapping: about.mapping,
            sampled_rows: rows.len(),
            contacts: Vec::new(),
            skipped: Vec::new(),
        };
        for PreviewRow { line, phone_number, outcome } in rows {
            match outcome {
                Ok(person) => preview.contacts.push(SampleRow::new(line, person)),
                Err(problem) => preview.skipped.push(LeftOutRow {
                    line,
                    phone_number,
                    reason: problem.reason,
                    message: problem.message,
                }),
            }
        }
        preview
    }
}
