//! Do-not-call lists as CSV files: in batches, each stored before the next is read, and out page by page.

use std::fs::File;
use std::sync::Arc;

use actix_web::HttpRequest;
use actix_web::web::{Bytes, Payload};
use dialer_app::{FieldError, SuppressionInput, Suppressions, UseCaseError};
use dialer_domain::Principal;
use dialer_domain::ids::SuppressionId;
use dialer_domain::phone::PhoneNumber;
use dialer_domain::suppression::{Suppression, SuppressionSource};
use futures_util::Stream;
use tokio::sync::mpsc;

use crate::contact_file::{ContactFile, FileError, Options, Row};
use crate::extract::spool;
use crate::problem::ApiError;
use crate::spreadsheet::harmless;

/// Bytes that a file may have: 1 GiB, some 60 million numbers.
const LIMIT: u64 = 1024 * 1024 * 1024;
/// Numbers stored in one transaction.
const BATCH: usize = 5_000;
/// Skipped rows told in the answer.
const TOLD: usize = 1_000;
/// Entries read at a time for a file that goes out.
const PAGE: u16 = 500;

/// What became of a file.
#[derive(Default)]
pub(super) struct FileOutcome {
    pub(super) rows: u64,
    pub(super) added: u64,
    pub(super) skipped: u64,
    pub(super) skipped_lines: Vec<SkippedLine>,
}

/// A row that was left out.
pub(super) struct SkippedLine {
    pub(super) line: u64,
    pub(super) phone_number: String,
    pub(super) code: &'static str,
    pub(super) message: String,
}

impl FileOutcome {
    fn skip(&mut self, line: SkippedLine) {
        self.skipped += 1;
        if self.skipped_lines.len() < TOLD {
            self.skipped_lines.push(line);
        }
    }
}

/// Takes the file.
pub(super) async fn spooled(request: &HttpRequest, body: Payload) -> Result<File, ApiError> {
    spool::csv(request, body, LIMIT).await
}

/// Puts the numbers of a file on the list. What was stored before a fault of the file stays stored, but for a request with
/// an `Idempotency-Key`: a number too many on this list does no harm, one too few does.
pub(super) async fn import(
    who: Principal,
    spooled: File,
    suppressions: &Suppressions,
) -> Result<FileOutcome, ApiError> {
    let (sender, mut batches) = mpsc::channel::<Vec<Row>>(2);
    let reading = tokio::task::spawn_blocking(move || read(spooled, &sender));
    let mut outcome = FileOutcome::default();
    while let Some(rows) = batches.recv().await {
        store(who, rows, suppressions, &mut outcome).await?;
    }
    match reading.await {
        Ok(Ok(())) => {
            outcome.skipped_lines.sort_by_key(|row| row.line);
            Ok(outcome)
        }
        Ok(Err(error)) => Err(ApiError::Invalid(vec![FieldError::new("body", "unreadable_file", error.to_string())])),
        Err(_) => Err(ApiError::UnreadableBody),
    }
}

fn read(file: File, batches: &mpsc::Sender<Vec<Row>>) -> Result<(), FileError> {
    let mut batch = Vec::with_capacity(BATCH);
    for row in ContactFile::open(file, &Options::default())? {
        batch.push(row?);
        if batch.len() == BATCH && batches.blocking_send(std::mem::take(&mut batch)).is_err() {
            return Ok(());
        }
    }
    // Nobody listens any more when the request was given up.
    let _ = batches.blocking_send(batch);
    Ok(())
}

async fn store(
    who: Principal,
    rows: Vec<Row>,
    suppressions: &Suppressions,
    outcome: &mut FileOutcome,
) -> Result<(), ApiError> {
    let mut lines = Vec::with_capacity(rows.len());
    let mut inputs = Vec::with_capacity(rows.len());
    for row in rows {
        outcome.rows += 1;
        match row.content {
            Ok(mut contact) => {
                lines.push(row.line);
                let mut text = |column| {
                    let value = contact.metadata.remove(column);
                    value.and_then(|value| value.as_str().map(str::to_owned))
                };
                let (reason, campaign_id) = (text("reason"), text("campaign_id"));
                inputs.push(SuppressionInput { phone_number: contact.phone_number, campaign_id, reason });
            }
            Err(problem) => outcome.skip(SkippedLine {
                line: row.line,
                phone_number: row.phone_number,
                code: problem.reason.as_str(),
                message: problem.message,
            }),
        }
    }
    let stored = suppressions.add_all(who, inputs, SuppressionSource::Import).await?;
    outcome.added += u64::try_from(stored.added).unwrap_or(u64::MAX);
    for skipped in stored.skipped {
        outcome.skip(SkippedLine {
            line: lines.get(skipped.index).copied().unwrap_or_default(),
            phone_number: skipped.phone_number,
            code: skipped.code,
            message: skipped.message,
        });
    }
    Ok(())
}

/// The whole list as a CSV file that [`import`] reads.
pub(super) fn export(
    who: Principal,
    suppressions: Arc<Suppressions>,
) -> impl Stream<Item = Result<Bytes, UseCaseError>> + 'static {
    /// Where the next page begins.
    enum Next {
        Header,
        After(Option<(PhoneNumber, SuppressionId)>),
        End,
    }
    futures_util::stream::try_unfold(Next::Header, move |next| {
        let suppressions = suppressions.clone();
        async move {
            let after = match next {
                Next::Header => {
                    return Ok(Some((
                        Bytes::from_static(b"phone_number,reason,source,created_at,campaign_id\r\n"),
                        Next::After(None),
                    )));
                }
                Next::After(after) => after,
                Next::End => return Ok(None),
            };
            let entries = suppressions.following(who, after, PAGE).await?;
            let Some(last) = entries.last() else { return Ok(None) };
            let next = if entries.len() < usize::from(PAGE) {
                Next::End
            } else {
                Next::After(Some((last.phone_number.clone(), last.id)))
            };
            Ok(Some((page(&entries), next)))
        }
    })
}

fn page(entries: &[Suppression]) -> Bytes {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    for entry in entries {
        let created_at = crate::stamp::Stamp::from(entry.created_at).to_string();
        let reason = entry.reason.as_deref().map(harmless).unwrap_or_default();
        let source = entry.source.map(SuppressionSource::as_str).unwrap_or_default();
        let campaign = entry.campaign_id.map(|id| id.to_string()).unwrap_or_default();
        // Writing to memory does not fail.
        let _ = writer.write_record([entry.phone_number.as_e164(), &reason, source, &created_at, &campaign]);
    }
    Bytes::from(writer.into_inner().unwrap_or_default())
}
