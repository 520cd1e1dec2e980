//! Collections, read page by page to their end.

use std::collections::HashSet;

use dialer_domain::telephony::TelephonyError;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::client::{Client, Order, PageOf};
use crate::wire;

/// Rows asked for at a time, where the settings do not say.
const PAGE_LIMIT: u32 = 500;
/// Pages read of one list: a provider that numbers its pages without end is not followed there.
const MOST_PAGES: u32 = 1000;

/// What to list.
#[derive(Clone, Copy)]
pub(crate) enum Collection<'a> {
    LiveCalls,
    Users,
    Numbers,
    Queues,
    Contacts,
    Messages,
    Tokens,
    Voicemail,
    CallRecords { since: &'a str, order: Order },
    Recordings { since: &'a str },
}

/// What was listed.
pub(crate) struct Listing {
    pub(crate) rows: Vec<Value>,
    /// Whether these are all of them.
    pub(crate) complete: bool,
}

/// Whether to read on after a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AfterPage {
    Go,
    Stop,
}

/// Reads a collection to its end.
pub(crate) async fn read_all(client: &Client, collection: Collection<'_>) -> Result<Listing, TelephonyError> {
    read_while(client, collection, |_| AfterPage::Go).await
}

/// Reads a collection to its end, or to the page after which `after` says to stop.
pub(crate) async fn read_while(
    client: &Client,
    collection: Collection<'_>,
    mut after: impl FnMut(&[Value]) -> AfterPage + Send,
) -> Result<Listing, TelephonyError> {
    let limit = match collection {
        Collection::CallRecords { .. } => client.settings().cdr_page_limit,
        _ => PAGE_LIMIT,
    };
    let mut listing = Listing { rows: Vec::new(), complete: false };
    let mut seen = HashSet::new();
    for number in 1..=MOST_PAGES {
        let list = page_of(client, collection, PageOf { number, limit }).await?;
        let received = list.data.len();
        let before = seen.len();
        let next = after(&list.data);
        for row in list.data {
            // Rows move between pages while the list is read; one without an id is judged by whoever reads it.
            if id_of(&row).is_none_or(|id| seen.insert(id)) {
                listing.rows.push(row);
            }
        }
        // The provider may give shorter pages than asked for, so its total counts for more than their length.
        listing.complete = match list.total.and_then(|total| usize::try_from(total).ok()) {
            Some(total) => listing.rows.len() >= total,
            None => received < usize::try_from(limit).unwrap_or(usize::MAX),
        };
        if listing.complete || next == AfterPage::Stop || seen.len() == before {
            break;
        }
    }
    Ok(listing)
}

async fn page_of(client: &Client, collection: Collection<'_>, page: PageOf) -> Result<wire::List, TelephonyError> {
    match collection {
        Collection::LiveCalls => client.live_calls(page).await,
        Collection::Users => client.users(page).await,
        Collection::Numbers => client.numbers(page).await,
        Collection::Queues => client.queues(page).await,
        Collection::Contacts => client.contacts(page).await,
        Collection::Messages => client.messages(page).await,
        Collection::Tokens => client.tokens(page).await,
        Collection::Voicemail => client.voicemail(page).await,
        Collection::CallRecords { since, order } => client.call_records(since, order, page).await,
        Collection::Recordings { since } => client.recordings(since, page).await,
    }
}

/// The id of a row.
pub(crate) fn id_of(row: &Value) -> Option<String> {
    wire::read::<wire::Identified>(row).and_then(|row| row.id)
}

impl Listing {
    /// The rows that can be read; the others, and missing pages, are told in the log.
    pub(crate) fn readable<W: DeserializeOwned, T>(
        self,
        what: &'static str,
        convert: impl Fn(W) -> Option<T>,
    ) -> Vec<T> {
        let told = self.rows.len();
        let rows: Vec<T> = self.rows.iter().filter_map(|row| wire::read(row).and_then(&convert)).collect();
        if rows.len() < told || !self.complete {
            let (skipped, complete) = (told - rows.len(), self.complete);
            tracing::warn!(what, skipped, complete, "part of the provider's list cannot be read");
        }
        rows
    }
}
