//! The port.

mod audio;
mod listing;
mod probe;
mod records;

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use dialer_domain::clock::Clock;
use dialer_domain::phone::PhoneNumber;
use dialer_domain::telephony::budget::BudgetStore;
use dialer_domain::telephony::{
    AgentLine, CallRecord, Capabilities, DialRequest, LiveCall, ProviderCallId, ProviderEvent, ProviderRecording,
    ProviderRecordingId, ProviderUser, RecordingAudio, RequestBudget, RequestPriority, Telephony, TelephonyError,
    TextMessage, TransferTarget,
};
use serde_json::Value;
use time::OffsetDateTime;
use tokio::sync::Mutex;

use crate::budget::BudgetSnapshot;
use crate::client::{AudioStream, Client, Turn};
use crate::route::{CallRoute, ConnectTo};
use crate::settings::{SettingsError, VoipStudioSettings};
use crate::shared_pace::SharedPace;
use crate::{convert, events, wire};
use probe::Known;
use records::KeptRecords;

pub(crate) use listing::{Collection, read_all};

/// Under which name nodes share the budget: an installation has one account.
const ACCOUNT: &str = "voipstudio";

/// `VoIPstudio`'s REST API as the dialer's telephony. Clones share one connection pool and one request budget.
///
/// A dial goes by the priority in its request. Looking at one call, ending one and listing users are people's
/// requests; live calls, call records and the health check are bookkeeping.
///
/// A dial is answered within `longest_wait` and `dial_timeout` of the settings together. Dropping its future closes
/// the connection, not the call: what becomes of it is then as open as after a lost answer.
#[derive(Clone)]
pub struct VoipStudio {
    pub(crate) client: Arc<Client>,
    known: Arc<Known>,
    records: Arc<Mutex<KeptRecords>>,
}

impl VoipStudio {
    /// Checks the settings; sends nothing. The request budget is kept by `clock`, time-outs by real time.
    ///
    /// # Errors
    /// [`SettingsError`] with every problem found.
    pub fn new(settings: VoipStudioSettings, clock: Arc<dyn Clock>) -> Result<Self, SettingsError> {
        let known = Arc::new(Known::of(&settings));
        Ok(Self { client: Arc::new(Client::new(settings, clock)?), known, records: Arc::default() })
    }

    /// Keeps the request budget together with the other nodes that use this account, from now on: together they stay within
    /// the limit, and a throttle told to one slows all. While the store is away, each keeps to the limit by itself.
    pub fn share_budget(&self, store: Arc<dyn BudgetStore>) {
        self.client.budget().share(SharedPace::new(store, ACCOUNT.to_owned()));
    }

    /// How the request budget stands now.
    #[must_use]
    pub fn budget(&self) -> BudgetSnapshot {
        self.client.budget().snapshot()
    }

    /// The user that the API key belongs to.
    ///
    /// # Errors
    /// As every reading of [`Telephony`].
    pub async fn key_user(&self) -> Result<AgentLine, TelephonyError> {
        self.client.me().await.map(|me| AgentLine::new(me.id))
    }

    /// Answers a call that rings at the agent's phone, as if it were picked up there.
    ///
    /// # Errors
    /// As [`Telephony::hang_up`].
    pub async fn answer(&self, id: &ProviderCallId) -> Result<(), TelephonyError> {
        if !wire::is_id(id.as_str()) {
            return Err(TelephonyError::NoSuchCall);
        }
        self.client.answer(id.as_str()).await
    }

    /// One call record by its own id; `None` when there is none, or none that can be read.
    ///
    /// # Errors
    /// As every reading of [`Telephony`].
    pub async fn call_record(&self, id: &str) -> Result<Option<CallRecord>, TelephonyError> {
        records::one(&self.client, id).await
    }

    /// Places a call whose customer waits for an agent.
    async fn originate_ahead(&self, request: &DialRequest) -> Result<String, TelephonyError> {
        let Some(place) = &self.client.settings().ahead else {
            let reason = "no place is set where customers wait for agents".to_owned();
            return Err(TelephonyError::Misconfigured { reason });
        };
        self.known.check_route()?;
        let call = wire::NewWebCall { from: request.to.digits(), to: &place.extension };
        self.known.judge_answer(self.client.place_web_call(&call, Turn::of(request)).await)
    }

    /// Places a customer-first call, by the route that the settings choose.
    async fn originate_customer_first(&self, request: &DialRequest) -> Result<String, TelephonyError> {
        self.known.check_route()?;
        let answer = match &self.client.settings().route {
            CallRoute::AgentFirst => {
                return Err(TelephonyError::Refused { reason: "not a customer-first route".to_owned() });
            }
            CallRoute::WebCall { connect_to } => {
                let to = match connect_to {
                    ConnectTo::Extension(extension) => extension.clone(),
                    ConnectTo::Agent => self.known.extension_of(request.agent.as_ref())?,
                };
                let call = wire::NewWebCall { from: request.to.digits(), to: &to };
                self.client.place_web_call(&call, Turn::of(request)).await
            }
            CallRoute::LeadCall { text } => {
                let caller_id =
                    request.caller_id.as_ref().filter(|number| self.known.may_show(number)).ok_or_else(|| {
                        let reason = "this route needs a caller ID that is a number of the account".to_owned();
                        TelephonyError::Misconfigured { reason }
                    })?;
                let call = wire::NewLeadCall { caller_id: caller_id.digits(), to: request.to.digits(), tts: text };
                self.client.place_lead_call(&call, Turn::of(request)).await
            }
        };
        self.known.judge_answer(answer)
    }
}

#[async_trait]
impl Telephony for VoipStudio {
    fn capabilities(&self) -> Capabilities {
        self.known.capabilities()
    }

    async fn probe(&self) -> Result<Capabilities, TelephonyError> {
        self.known.probe(&self.client).await
    }

    async fn turn(&self, priority: RequestPriority) -> Result<(), TelephonyError> {
        self.client.turn(priority).await.map(drop)
    }

    async fn originate(&self, request: DialRequest) -> Result<ProviderCallId, TelephonyError> {
        if request.ahead {
            return self.originate_ahead(&request).await.map(ProviderCallId::new);
        }
        if self.client.settings().route.customer_first().is_some() {
            return self.originate_customer_first(&request).await.map(ProviderCallId::new);
        }
        let call = wire::NewCall {
            to: request.to.digits(),
            from: request.agent.as_ref().map(AgentLine::as_str),
            caller_id: request.caller_id.as_ref().map(PhoneNumber::digits),
        };
        self.client.place(&call, Turn::of(&request)).await.map(ProviderCallId::new)
    }

    /// A list that is cut short or holds a row without an id is no list: a call missing from it would be taken for
    /// one that is over.
    async fn live_calls(&self) -> Result<Vec<LiveCall>, TelephonyError> {
        let listing = read_all(&self.client, Collection::LiveCalls).await?;
        let calls: Option<Vec<LiveCall>> =
            listing.rows.iter().map(|row| wire::read(row).and_then(convert::live_call)).collect();
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
        self.records.lock().await.since(&self.client, since).await
    }

    async fn users(&self) -> Result<Vec<ProviderUser>, TelephonyError> {
        Ok(read_all(&self.client, Collection::Users).await?.readable("users", convert::user))
    }

    async fn transfer(&self, id: &ProviderCallId, to: &TransferTarget) -> Result<(), TelephonyError> {
        if !wire::is_id(id.as_str()) {
            return Err(TelephonyError::NoSuchCall);
        }
        let dst = match to {
            TransferTarget::Number(number) => number.digits().to_owned(),
            TransferTarget::Extension(extension) => extension.trim().to_owned(),
            TransferTarget::Agent(line) => self.known.extension_of(Some(line))?,
            TransferTarget::Message => {
                let message = self.client.settings().ahead.as_ref().and_then(|place| place.message.clone());
                message.ok_or_else(|| TelephonyError::Refused {
                    reason: "no extension is set that plays the message".to_owned(),
                })?
            }
        };
        self.client.transfer(id.as_str(), &dst).await
    }

    async fn numbers(&self) -> Result<Vec<PhoneNumber>, TelephonyError> {
        probe::numbers(&self.client).await
    }

    async fn recordings_since(&self, since: OffsetDateTime) -> Result<Vec<ProviderRecording>, TelephonyError> {
        let since = convert::stamp(since);
        let listing = read_all(&self.client, Collection::Recordings { since: &since }).await?;
        let address = |id: &str| self.client.audio_address(id);
        let mut recordings = listing.readable("recordings", |monitor| convert::recording(monitor, address));
        recordings.sort_by_key(|recording| recording.started_at);
        Ok(recordings)
    }

    async fn recording(&self, id: &ProviderRecordingId) -> Result<Option<ProviderRecording>, TelephonyError> {
        if !wire::is_id(id.as_str()) {
            return Ok(None);
        }
        let Some(monitor) = self.client.recording(id.as_str()).await? else { return Ok(None) };
        let recording = convert::recording(monitor, |id| self.client.audio_address(id))
            .ok_or_else(|| TelephonyError::Unavailable { reason: "the answer names no recording".to_owned() })?;
        Ok(Some(recording))
    }

    async fn recording_audio(
        &self,
        id: &ProviderRecordingId,
    ) -> Result<Option<Box<dyn RecordingAudio>>, TelephonyError> {
        if !wire::is_id(id.as_str()) {
            return Ok(None);
        }
        Ok(boxed(self.client.recording_audio(id.as_str()).await?))
    }

    async fn send_sms(&self, message: &TextMessage) -> Result<String, TelephonyError> {
        let from = message.from.as_ref().map(PhoneNumber::digits);
        let sms = wire::NewSms { to: message.to.digits(), message: &message.text, from };
        self.client.send_sms(&sms).await
    }

    fn read_event(&self, body: &Value) -> Option<ProviderEvent> {
        events::read(body)
    }

    fn budget(&self) -> Option<RequestBudget> {
        let BudgetSnapshot { limit_per_minute, rate_per_minute, available_now, waiting, paused_until } =
            self.client.budget().snapshot();
        Some(RequestBudget { limit_per_minute, rate_per_minute, available_now, waiting, paused_until })
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

/// Audio as the port hands it on.
pub(crate) fn boxed(audio: Option<AudioStream>) -> Option<Box<dyn RecordingAudio>> {
    let audio = audio?;
    Some(Box::new(audio))
}
