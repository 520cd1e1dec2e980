//! The port.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use dialer_domain::clock::Clock;
use dialer_domain::phone::PhoneNumber;
use dialer_domain::telephony::{
    AgentLine, CallRecord, Capabilities, DialRequest, LiveCall, ProviderCallId, ProviderEvent, ProviderRecording,
    ProviderRecordingId, ProviderUser, RecordingAudio, Telephony, TelephonyError, TextMessage, TransferTarget,
};
use serde::de::DeserializeOwned;
use serde_json::Value;
use time::OffsetDateTime;

use crate::budget::BudgetSnapshot;
use crate::client::{Client, PageOf};
use crate::settings::{SettingsError, VoipStudioSettings};
use crate::{convert, wire};

/// Rows asked for at a time, where the settings do not say.
const PAGE_LIMIT: u32 = 500;
/// Pages read of one list: a provider that numbers its pages without end is not followed there.
const MOST_PAGES: u32 = 1000;

/// `VoIPstudio`'s REST API as the dialer's telephony. Clones share one connection pool and one request budget.
///
/// A dial goes by the priority in its request. Looking at one call, ending one and listing users are people's
/// requests; live calls, call records and the health check are bookkeeping.
///
/// A dial is answered within `longest_wait` and `dial_timeout` of the settings together. Dropping its future closes
/// the connection, not the call: what becomes of it is then as open as after a lost answer.
#[derive(Clone)]
pub struct VoipStudio {
    client: Arc<Client>,
}

impl VoipStudio {
    /// Checks the settings; sends nothing. The request budget is kept by `clock`, time-outs by real time.
    ///
    /// # Errors
    /// [`SettingsError`] with every problem found.
    pub fn new(settings: VoipStudioSettings, clock: Arc<dyn Clock>) -> Result<Self, SettingsError> {
        Ok(Self { client: Arc::new(Client::new(settings, clock)?) })
    }

    /// How the request budget stands now.
    #[must_use]
    pub fn budget(&self) -> BudgetSnapshot {
        self.client.budget().snapshot()
    }

    /// Reads a collection to its end.
    async fn read_all(&self, collection: Collection<'_>) -> Result<Listing, TelephonyError> {
        let limit = match collection {
            Collection::CallRecords { .. } => self.client.settings().cdr_page_limit,
            Collection::LiveCalls | Collection::Users => PAGE_LIMIT,
        };
        let mut listing = Listing { rows: Vec::new(), complete: false };
        let mut seen = HashSet::new();
        for number in 1..=MOST_PAGES {
            let page = PageOf { number, limit };
            let list = match collection {
                Collection::LiveCalls => self.client.live_calls(page).await?,
                Collection::Users => self.client.users(page).await?,
                Collection::CallRecords { since } => self.client.call_records(since, page).await?,
            };
            let received = list.data.len();
            let before = seen.len();
            for row in list.data {
                // Rows move between pages while the list is read; one without an id is judged by whoever reads it.
                if read::<wire::Identified>(&row).and_then(|row| row.id).is_none_or(|id| seen.insert(id)) {
                    listing.rows.push(row);
                }
            }
            // The provider may give shorter pages than asked for, so its total counts for more than their length.
            listing.complete = match list.total.and_then(|total| usize::try_from(total).ok()) {
                Some(total) => listing.rows.len() >= total,
                None => received < usize::try_from(limit).unwrap_or(usize::MAX),
            };
            if listing.complete || seen.len() == before {
                break;
            }
        }
        Ok(listing)
    }
}

#[derive(Clone, Copy)]
enum Collection<'a> {
    LiveCalls,
    Users,
    CallRecords { since: &'a str },
}

struct Listing {
    rows: Vec<Value>,
    /// Whether these are all of them.
    complete: bool,
}

impl Listing {
    /// The rows that can be read; the others, and missing pages, are told in the log.
    fn readable<W: DeserializeOwned, T>(self, what: &'static str, convert: fn(W) -> Option<T>) -> Vec<T> {
        let told = self.rows.len();
        let rows: Vec<T> = self.rows.iter().filter_map(|row| read(row).and_then(convert)).collect();
        if rows.len() < told || !self.complete {
            let (skipped, complete) = (told - rows.len(), self.complete);
            tracing::warn!(what, skipped, complete, "part of the provider's list cannot be read");
        }
        rows
    }
}

fn read<T: DeserializeOwned>(row: &Value) -> Option<T> {
    T::deserialize(row).ok()
}

#[async_trait]
impl Telephony for VoipStudio {
    fn capabilities(&self) -> Capabilities {
        Capabilities::AGENT_FIRST
    }

    async fn originate(&self, request: DialRequest) -> Result<ProviderCallId, TelephonyError> {
        let call = wire::NewCall {
            to: request.to.digits(),
            from: request.agent.as_ref().map(AgentLine::as_str),
            caller_id: request.caller_id.as_ref().map(PhoneNumber::digits),
        };
        self.client.place(&call, request.priority).await.map(ProviderCallId::new)
    }

    /// A list that is cut short or holds a row without an id is no list: a call missing from it would be taken for
    /// one that is over.
    async fn live_calls(&self) -> Result<Vec<LiveCall>, TelephonyError> {
        let listing = self.read_all(Collection::LiveCalls).await?;
        let calls: Option<Vec<LiveCall>> =
            listing.rows.iter().map(|row| read(row).and_then(convert::live_call)).collect();
        calls
            .filter(|_| listing.complete)
            .ok_or_else(|| TelephonyError::Unavailable { reason: "the list of live calls is not complete".to_owned() })
    }

    async fn call(&self, id: &ProviderCallId) -> Result<Option<LiveCall>, TelephonyError> {
        if !wire::is_id(id.as_str()) {
            return Ok(None);
        }
        let Some(call) = self.client.call(id.as_str()).await? else { return Ok(None) };
        let call = convert::live_call(call)
            .ok_or_else(|| TelephonyError::Unavailable { reason: "the answer names no call".to_owned() })?;
        Ok(Some(call))
    }

    async fn hang_up(&self, id: &ProviderCallId) -> Result<(), TelephonyError> {
        if !wire::is_id(id.as_str()) {
            return Err(TelephonyError::NoSuchCall);
        }
        self.client.hang_up(id.as_str()).await
    }

    async fn call_records_since(&self, since: OffsetDateTime) -> Result<Vec<CallRecord>, TelephonyError> {
        let since = convert::stamp(since);
        let listing = self.read_all(Collection::CallRecords { since: &since }).await?;
        let mut records = listing.readable("call records", convert::call_record);
        // Read in the order in which legs ended; the port promises the order in which they started.
        records.sort_by_key(|record| record.started_at);
        Ok(records)
    }

    async fn users(&self) -> Result<Vec<ProviderUser>, TelephonyError> {
        Ok(self.read_all(Collection::Users).await?.readable("users", convert::user))
    }

    async fn probe(&self) -> Result<Capabilities, TelephonyError> {
        Err(missing())
    }

    async fn transfer(&self, _: &ProviderCallId, _: &TransferTarget) -> Result<(), TelephonyError> {
        Err(missing())
    }

    async fn numbers(&self) -> Result<Vec<PhoneNumber>, TelephonyError> {
        Err(missing())
    }

    async fn recordings_since(&self, _: OffsetDateTime) -> Result<Vec<ProviderRecording>, TelephonyError> {
        Err(missing())
    }

    async fn recording(&self, _: &ProviderRecordingId) -> Result<Option<ProviderRecording>, TelephonyError> {
        Err(missing())
    }

    async fn recording_audio(
        &self,
        _: &ProviderRecordingId,
    ) -> Result<Option<Box<dyn RecordingAudio>>, TelephonyError> {
        Err(missing())
    }

    async fn send_sms(&self, _: &TextMessage) -> Result<String, TelephonyError> {
        Err(missing())
    }

    fn read_event(&self, _: &Value) -> Option<ProviderEvent> {
        None
    }

    async fn health(&self) -> Result<(), TelephonyError> {
        self.client.ping().await
    }
}

impl fmt::Debug for VoipStudio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VoipStudio")
            .field("settings", self.client.settings())
            .field("budget", &self.budget())
            .finish_non_exhaustive()
    }
}

fn missing() -> TelephonyError {
    TelephonyError::Refused { reason: "not built yet".to_owned() }
}
