//! Call records, read so that a sweep costs one request however many there are.
//!
//! Records get their ids as legs end. What was read is kept, and the next reading begins at the newest and stops at the
//! first page without a new id. Which order ids have across the provider's switches is not documented, so every ten
//! minutes everything since the date is read again.

use std::collections::HashMap;

use dialer_domain::telephony::{CallRecord, TelephonyError};
use time::{Duration, OffsetDateTime};

use super::listing::{AfterPage, Collection, Listing, id_of, read_all, read_while};
use crate::client::{Client, Order};
use crate::{convert, wire};

/// How often everything is read.
const READ_IN_FULL: Duration = Duration::minutes(10);
/// How long before the date that was asked for records are kept, because the next question may be for an earlier one.
const KEPT: Duration = Duration::hours(1);

/// Records that were read.
#[derive(Default)]
pub(super) struct KeptRecords {
    /// Every leg that began at or after this is among them, unless its record came later; `None` before the first reading.
    since: Option<OffsetDateTime>,
    read_in_full_at: Option<OffsetDateTime>,
    /// By id; `None` for a row that cannot be read.
    rows: HashMap<String, Option<CallRecord>>,
}

impl KeptRecords {
    /// Records of legs that began at or after `since`, oldest first.
    pub(super) async fn since(
        &mut self,
        client: &Client,
        since: OffsetDateTime,
    ) -> Result<Vec<CallRecord>, TelephonyError> {
        let now = client.clock().now();
        // Filters know whole seconds, so the second that was cut is asked for whole, and told whole.
        let since = since.replace_nanosecond(0).unwrap_or(since);
        if self.has_to_read_in_full(since, now) {
            let stamp = convert::stamp(since);
            let listing =
                read_all(client, Collection::CallRecords { since: &stamp, order: Order::OldestFirst }).await?;
            *self = Self::default();
            if listing.complete {
                (self.since, self.read_in_full_at) = (Some(since), Some(now));
            }
            self.take_in(listing);
        } else {
            let stamp = convert::stamp(since);
            let newest = Collection::CallRecords { since: &stamp, order: Order::NewestFirst };
            let known = &self.rows;
            let is_news = |row: &serde_json::Value| id_of(row).is_some_and(|id| !known.contains_key(&id));
            let mut listing =
                read_while(
                    client,
                    newest,
                    |page| {
                        if page.iter().any(is_news) { AfterPage::Go } else { AfterPage::Stop }
                    },
                )
                .await?;
            // What was left out is known already.
            listing.complete = true;
            self.take_in(listing);
        }
        self.forget_before(since - KEPT);
        let mut records: Vec<CallRecord> =
            self.rows.values().flatten().filter(|record| record.started_at >= since).cloned().collect();
        // Read in the order in which legs ended; the port promises the order in which they started.
        records.sort_by(|one, other| (one.started_at, &one.id).cmp(&(other.started_at, &other.id)));
        Ok(records)
    }

    fn has_to_read_in_full(&self, since: OffsetDateTime, now: OffsetDateTime) -> bool {
        self.since.is_none_or(|covered| since < covered)
            || self.read_in_full_at.is_none_or(|read| now - read >= READ_IN_FULL || now < read)
    }

    fn take_in(&mut self, listing: Listing) {
        let ids: Vec<String> = listing.rows.iter().filter_map(id_of).collect();
        let records = listing.readable("call records", convert::call_record);
        for id in ids {
            self.rows.entry(id).or_default();
        }
        for record in records {
            self.rows.insert(record.id.clone(), Some(record));
        }
    }

    fn forget_before(&mut self, earliest: OffsetDateTime) {
        if self.since.is_some_and(|since| since < earliest) {
            self.since = Some(earliest);
            self.rows.retain(|_, record| record.as_ref().is_none_or(|record| record.started_at >= earliest));
        }
    }
}

/// One record by its id.
pub(super) async fn one(client: &Client, id: &str) -> Result<Option<CallRecord>, TelephonyError> {
    if !wire::is_id(id) {
        return Ok(None);
    }
    Ok(client.call_record(id).await?.and_then(convert::call_record))
}
