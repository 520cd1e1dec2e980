//! Imports and the rows they left out.

use std::collections::BTreeMap;

use dialer_domain::contacts::store::SkipReason;
use dialer_domain::ids::ImportRowId;
use dialer_domain::imports::{ImportJob, LeftOut, Place, Progress};
use dialer_domain::{CampaignId, ImportId, StoreError, UserId};
use serde_json::json;

use super::instant::Instant;
use super::{Row, text, text_opt};
use crate::entity::{import_job, import_row};
use crate::errors::{IMPORT, IMPORT_ROW};

impl From<&ImportJob> for import_job::Model {
    fn from(job: &ImportJob) -> Self {
        let progress = &job.progress;
        let names: BTreeMap<&str, String> =
            job.mapping.iter().map(|(field, column)| (field.as_str(), text(column))).collect();
        Self {
            id: job.id.as_uuid(),
            user_id: job.user_id.as_uuid(),
            campaign_id: job.campaign_id.as_uuid(),
            status: job.status.as_str().to_owned(),
            file_name: text_opt(job.file_name.as_deref()),
            delimiter: job.delimiter.to_string(),
            mapping: json!(names),
            total_bytes: stored(job.total_bytes),
            read_bytes: stored(progress.place.bytes),
            read_lines: stored(progress.place.lines),
            read_rows: stored(progress.rows),
            added: stored(progress.added),
            skipped: stored(progress.skipped_rows()),
            reasons: json!(progress.skipped),
            removed: stored(job.removed),
            kept: stored(job.kept),
            error: text_opt(job.error.as_deref()),
            row_version: 1,
            created_at: job.created_at.into(),
            started_at: job.started_at.map(Into::into),
            finished_at: job.finished_at.map(Into::into),
            updated_at: job.updated_at.into(),
        }
    }
}

impl TryFrom<import_job::Model> for ImportJob {
    type Error = StoreError;

    fn try_from(model: import_job::Model) -> Result<Self, StoreError> {
        let row = Row::new(IMPORT.table, &model.id);
        let count = |stored: i64| u64::try_from(stored).map_err(|error| row.corrupt(error));
        let skipped: BTreeMap<SkipReason, u64> =
            serde_json::from_value(model.reasons).map_err(|error| row.corrupt(error))?;
        Ok(Self {
            id: ImportId::new(model.id),
            user_id: UserId::new(model.user_id),
            campaign_id: CampaignId::new(model.campaign_id),
            status: row.parse(&model.status)?,
            file_name: model.file_name,
            delimiter: row.parse(&model.delimiter)?,
            mapping: serde_json::from_value(model.mapping).map_err(|error| row.corrupt(error))?,
            total_bytes: count(model.total_bytes)?,
            progress: Progress {
                place: Place { bytes: count(model.read_bytes)?, lines: count(model.read_lines)? },
                rows: count(model.read_rows)?,
                added: count(model.added)?,
                skipped,
            },
            removed: count(model.removed)?,
            kept: count(model.kept)?,
            error: model.error,
            created_at: model.created_at.get(),
            started_at: model.started_at.map(Instant::get),
            finished_at: model.finished_at.map(Instant::get),
            updated_at: model.updated_at.get(),
        })
    }
}

impl import_row::Model {
    pub(crate) fn of(job: ImportId, row: &LeftOut) -> Self {
        Self {
            id: row.id.as_uuid(),
            job_id: job.as_uuid(),
            line: stored(row.line),
            phone_number: text(&row.phone_number),
            reason: row.reason.as_str().to_owned(),
            message: text(&row.message),
        }
    }
}

impl TryFrom<import_row::Model> for LeftOut {
    type Error = StoreError;

    fn try_from(model: import_row::Model) -> Result<Self, StoreError> {
        let row = Row::new(IMPORT_ROW.table, &model.id);
        Ok(Self {
            id: ImportRowId::new(model.id),
            line: u64::try_from(model.line).map_err(|error| row.corrupt(error))?,
            phone_number: model.phone_number,
            reason: row.parse(&model.reason)?,
            message: model.message,
        })
    }
}

/// A count as databases keep it, with a sign. No list has that many bytes.
fn stored(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
