//! The telephone network as the dialer sees it, and the port to it.
//!
//! A provider dials, tells which calls are live, and keeps records of the ones that are over. Its errors say
//! what to do next, because a lost answer is not a refusal: the phone may be ringing.

mod account;
pub mod budget;
mod errors;
mod events;
pub mod inbox;
mod live;
mod names;
mod recordings;
mod records;

use std::fmt;

use async_trait::async_trait;
use serde_json::Value;
use time::OffsetDateTime;

use crate::phone::PhoneNumber;
use crate::words::words;

pub use account::ProviderUser;
pub use budget::RequestBudget;
pub use errors::{Advice, TelephonyError};
pub use events::{LegNews, ProviderEvent, ProviderNews};
pub use live::{LiveCall, LiveState};
pub use names::{AgentLine, ProviderCallId, ProviderRecordingId};
pub use recordings::{ProviderRecording, RecordingAudio};
pub use records::{CallRecord, RecordResult};

words! {
    /// Which leg of a two-leg call is dialled first.
    LegOrder ("leg order") {
        /// The agent's phone rings, then the customer's: nobody ever waits for an agent.
        AgentFirst = "agent-first",
        /// The customer's phone rings, then an agent is connected: calls can be abandoned.
        CustomerFirst = "customer-first",
    }
}

/// What the provider, as this account has it, can do.
#[expect(clippy::struct_excessive_bools, reason = "each is a question of its own, and none rules another out")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capabilities {
    /// Which leg rings first.
    pub leg_order: LegOrder,
    /// Calls that one agent's line may have in progress at once, at least 1.
    pub lines_per_agent: u8,
    /// Whether it tells a person who answers from a machine.
    pub machine_detection: bool,
    /// Whether it tells when the customer's phone begins to ring.
    pub ring_reporting: bool,
    /// Whether it records calls, and hands the recordings out.
    pub recording: bool,
    /// Whether it sends text messages.
    pub sms: bool,
    /// Whether the number shown to the customer can be chosen.
    pub caller_id: bool,
    /// Whether it places calls without an agent: the customer's phone rings, and whoever answers waits until they are handed
    /// to an agent ([`TransferTarget::Agent`]).
    pub dials_ahead: bool,
    /// Whether it plays a recorded message to a customer for whom no agent was there ([`TransferTarget::Message`]).
    pub plays_message: bool,
}

impl Capabilities {
    /// The least that a provider can do: ring one agent, then the customer.
    pub const AGENT_FIRST: Self = Self {
        leg_order: LegOrder::AgentFirst,
        lines_per_agent: 1,
        machine_detection: false,
        ring_reporting: false,
        recording: false,
        sms: false,
        caller_id: true,
        dials_ahead: false,
        plays_message: false,
    };
}

words! {
    /// Whose request goes first when the request budget is short.
    RequestPriority ("request priority") {
        /// A person waits for the answer.
        Person = "person",
        /// A campaign's dial.
        Campaign = "campaign",
        /// Bookkeeping: live calls and call records.
        Sweep = "sweep",
    }
}

/// A call to place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DialRequest {
    /// The customer's number.
    pub to: PhoneNumber,
    /// The agent whose phone rings; `None` for the account's own default.
    pub agent: Option<AgentLine>,
    /// The number shown to the customer; `None` for the agent's own.
    pub caller_id: Option<PhoneNumber>,
    /// Whether it is placed ahead of agents: the customer's phone rings, and whoever answers waits. Only where
    /// [`Capabilities::dials_ahead`] says so.
    pub ahead: bool,
    /// Who waits for it.
    pub priority: RequestPriority,
    /// Whether its turn in the request budget has come already ([`Telephony::turn`]).
    pub paced: bool,
}

/// Who a call is handed to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TransferTarget {
    /// A number outside.
    Number(PhoneNumber),
    /// An extension of the account: an agent's, or a queue's.
    Extension(String),
    /// The phone of an agent.
    Agent(AgentLine),
    /// The recorded message for customers for whom no agent was there, after which the provider hangs up.
    Message,
}

/// A text message to send. `Debug` shows neither number nor text.
#[derive(Clone, PartialEq, Eq)]
pub struct TextMessage {
    /// Who gets it.
    pub to: PhoneNumber,
    /// The number that it comes from; `None` for the account's own default.
    pub from: Option<PhoneNumber>,
    /// What it says.
    pub text: String,
}

impl fmt::Debug for TextMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TextMessage").finish_non_exhaustive()
    }
}

/// Places calls and tells what became of them.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait Telephony: Send + Sync {
    /// What this provider can do, as far as is known: by what it is, and by what the last [`Self::probe`] found.
    fn capabilities(&self) -> Capabilities;

    /// Finds out what the account really offers, without calling anybody, and remembers it.
    ///
    /// # Errors
    /// When the provider could not be asked. What it can do stays what was known before.
    async fn probe(&self) -> Result<Capabilities, TelephonyError>;

    /// Waits until the request budget lets a request of this priority go, and books it: for whoever wants a last look at what
    /// may have changed while it waited. The request itself then goes as one that is `paced`.
    ///
    /// # Errors
    /// [`TelephonyError::Throttled`] when the wait would be too long.
    async fn turn(&self, priority: RequestPriority) -> Result<(), TelephonyError>;

    /// Places a call and returns the provider's id of it. With [`LegOrder::AgentFirst`] this returns when the
    /// agent has picked up and the customer's phone begins to ring, which can take a minute.
    ///
    /// # Errors
    /// After [`TelephonyError::OutcomeUnknown`] the call may exist. After every other error it does not, and
    /// the customer's phone has not rung.
    async fn originate(&self, request: DialRequest) -> Result<ProviderCallId, TelephonyError>;

    /// Every call in progress on the account.
    async fn live_calls(&self) -> Result<Vec<LiveCall>, TelephonyError>;

    /// One call in progress; `None` once it is over.
    async fn call(&self, id: &ProviderCallId) -> Result<Option<LiveCall>, TelephonyError>;

    /// Ends a call.
    ///
    /// # Errors
    /// [`TelephonyError::NoSuchCall`] when it is over already; [`TelephonyError::Refused`] when the provider does not
    /// end calls in its present state; [`TelephonyError::OutcomeUnknown`] when its answer was lost.
    async fn hang_up(&self, id: &ProviderCallId) -> Result<(), TelephonyError>;

    /// Hands the customer of a connected call, or one who waits, to somebody else; an agent who was on it is off the call.
    ///
    /// # Errors
    /// As [`Self::hang_up`].
    async fn transfer(&self, id: &ProviderCallId, to: &TransferTarget) -> Result<(), TelephonyError>;

    /// Records of legs that started at or after `since`, oldest first. A record appears some seconds after
    /// its call is over; a call may have one record or one for each leg.
    async fn call_records_since(&self, since: OffsetDateTime) -> Result<Vec<CallRecord>, TelephonyError>;

    /// The account's users.
    async fn users(&self) -> Result<Vec<ProviderUser>, TelephonyError>;

    /// The account's numbers: those that may be shown to customers.
    async fn numbers(&self) -> Result<Vec<PhoneNumber>, TelephonyError>;

    /// Recordings that began at or after `since`, oldest first. A recording appears some time after its call is over.
    async fn recordings_since(&self, since: OffsetDateTime) -> Result<Vec<ProviderRecording>, TelephonyError>;

    /// One recording; `None` when there is none of that id.
    async fn recording(&self, id: &ProviderRecordingId) -> Result<Option<ProviderRecording>, TelephonyError>;

    /// The audio of a recording, from its beginning; `None` when there is none of that id.
    async fn recording_audio(
        &self,
        id: &ProviderRecordingId,
    ) -> Result<Option<Box<dyn RecordingAudio>>, TelephonyError>;

    /// Sends a text message and returns the provider's id of it.
    ///
    /// # Errors
    /// After [`TelephonyError::OutcomeUnknown`] it may have been sent.
    async fn send_sms(&self, message: &TextMessage) -> Result<String, TelephonyError>;

    /// Reads an event that the provider sent: the body of its webhook. `None` when the body is no event of this provider at
    /// all. Words and types that are not known are passed over.
    fn read_event(&self, body: &Value) -> Option<ProviderEvent>;

    /// How the budget of requests to the provider stands; `None` for one that has none.
    fn budget(&self) -> Option<RequestBudget> {
        None
    }

    /// Returns when the provider answers and accepts our credentials.
    async fn health(&self) -> Result<(), TelephonyError>;
}
