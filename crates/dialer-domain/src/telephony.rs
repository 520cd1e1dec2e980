//! The telephone network as the dialer sees it, and the port to it.
//!
//! A provider dials, tells which calls are live, and keeps records of the ones that are over. Its errors say
//! what to do next, because a lost answer is not a refusal: the phone may be ringing.

use std::fmt;

use async_trait::async_trait;
use time::{Duration, OffsetDateTime};

use crate::phone::PhoneNumber;
use crate::words::words;

/// The provider's own name of a call.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ProviderCallId(String);

impl ProviderCallId {
    /// Wraps what the provider calls the call.
    #[must_use]
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    /// The text as the provider spells it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ProviderCallId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The provider's name of an agent's line: whose phone rings.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AgentLine(String);

impl AgentLine {
    /// Wraps the provider's user id.
    #[must_use]
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    /// The text as the provider spells it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AgentLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capabilities {
    /// Which leg rings first.
    pub leg_order: LegOrder,
    /// Calls that one agent's line may have in progress at once, at least 1.
    pub lines_per_agent: u8,
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
    /// Who waits for it.
    pub priority: RequestPriority,
}

words! {
    /// How far a live call has come.
    LiveState ("live state") {
        /// The first leg is being reached.
        Initial = "initial",
        /// The customer's phone rings.
        Ringing = "ringing",
        /// Both parties talk.
        Connected = "connected",
        /// Connected, and put on hold.
        OnHold = "on-hold",
        /// Over, and about to leave the list.
        HangUp = "hang-up",
        /// A word of the provider that we do not know; nothing is concluded from it.
        Unknown = "unknown",
    }
}

/// A call that is in progress, or one leg of it. `Debug` shows no number.
#[derive(Clone, PartialEq, Eq)]
pub struct LiveCall {
    /// The provider's id.
    pub id: ProviderCallId,
    /// The leg that this one came from.
    pub parent: Option<ProviderCallId>,
    /// How far it has come.
    pub state: LiveState,
    /// The agent on it.
    pub agent: Option<AgentLine>,
    /// Digits of the number called, without `+`; an extension for an internal party.
    pub to_digits: Option<String>,
    /// When it was placed.
    pub started_at: Option<OffsetDateTime>,
    /// When both parties were connected.
    pub connected_at: Option<OffsetDateTime>,
}

words! {
    /// How a leg ended, in a provider's call record.
    RecordResult ("call record result") {
        /// Somebody or something answered.
        Connected = "connected",
        /// It rang out.
        NoAnswer = "no-answer",
        /// The line was busy.
        Busy = "busy",
        /// The caller gave up.
        Canceled = "canceled",
        /// The network says that there is no such number.
        InvalidNumber = "invalid-number",
        /// It failed for another reason, or one that we do not know.
        Failed = "failed",
    }
}

/// What a provider keeps of one leg that is over. `Debug` shows no number.
#[derive(Clone, PartialEq, Eq)]
pub struct CallRecord {
    /// The record's own id.
    pub id: String,
    /// Every call id that the record names: its own live id, its parent's and its root's.
    pub call_ids: Vec<ProviderCallId>,
    /// The agent on it.
    pub agent: Option<AgentLine>,
    /// Digits of the number called, without `+`; an extension for an internal party.
    pub to_digits: Option<String>,
    /// How it ended.
    pub result: RecordResult,
    /// When it was placed.
    pub started_at: OffsetDateTime,
    /// Whole length in seconds, ringing included.
    pub total_seconds: u32,
    /// Seconds of talk; 0 when nobody answered.
    pub talk_seconds: u32,
    /// The provider's words for why it ended.
    pub cause: Option<String>,
}

impl fmt::Debug for LiveCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LiveCall")
            .field("id", &self.id)
            .field("parent", &self.parent)
            .field("state", &self.state)
            .field("agent", &self.agent)
            .field("started_at", &self.started_at)
            .field("connected_at", &self.connected_at)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for CallRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallRecord")
            .field("id", &self.id)
            .field("call_ids", &self.call_ids)
            .field("agent", &self.agent)
            .field("result", &self.result)
            .field("started_at", &self.started_at)
            .field("total_seconds", &self.total_seconds)
            .field("talk_seconds", &self.talk_seconds)
            .field("cause", &self.cause)
            .finish_non_exhaustive()
    }
}

/// A user of the provider's account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderUser {
    /// The line that rings when a call is placed for this user.
    pub line: AgentLine,
    /// Given and family name, as the provider has them.
    pub name: String,
    /// Whether the account lets this user make calls.
    pub active: bool,
    /// Phones configured for the user; says nothing about which are switched on. `None` when not told.
    pub devices: Option<u32>,
}

/// Why the provider did not do as asked. Each variant calls for a different next step, see [`Self::advice`].
#[derive(Debug, thiserror::Error)]
pub enum TelephonyError {
    /// The provider will not call this number, now or later. The customer was not called.
    #[error("the provider refuses this call: {reason}")]
    Refused {
        /// The provider's words.
        reason: String,
    },
    /// The agent has no phone that can ring, or did not pick it up. The customer was not called.
    #[error("the agent's phone cannot be reached: {reason}")]
    AgentUnreachable {
        /// The provider's words.
        reason: String,
    },
    /// Too many requests or calls. The customer was not called.
    #[error("the provider asks for fewer requests: {reason}")]
    Throttled {
        /// The provider's words.
        reason: String,
        /// When the provider says to come back.
        retry_after: Option<Duration>,
    },
    /// Credentials are wrong or have expired. Nothing works until a person mends it.
    #[error("the provider does not accept the API key: {reason}")]
    Unauthorized {
        /// The provider's words.
        reason: String,
    },
    /// The account or our settings do not allow what was asked, whatever the number: an unusable caller ID, an
    /// agent id that is none, no balance. Nothing works until a person mends it.
    #[error("the provider account is not set up for this: {reason}")]
    Misconfigured {
        /// The provider's words.
        reason: String,
    },
    /// The request did not reach the provider, or it said that it did nothing. Safe to send again.
    #[error("the provider cannot be reached: {reason}")]
    Unavailable {
        /// What went wrong.
        reason: String,
    },
    /// The request may have been carried out, and its answer was lost. Ask what happened before anything else.
    #[error("the provider's answer was lost: {reason}")]
    OutcomeUnknown {
        /// What went wrong.
        reason: String,
    },
    /// There is no such call any more.
    #[error("the provider knows no such call")]
    NoSuchCall,
}

/// What to do about a [`TelephonyError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Advice {
    /// Do not try this number again.
    GiveUp,
    /// Try again after this long.
    RetryAfter(Duration),
    /// Try another agent; leave this one alone for a while.
    RestAgent,
    /// Find out whether the call exists before anything else.
    ReconcileFirst,
    /// Stop dialling and tell a person.
    StopDialing,
}

impl TelephonyError {
    /// How long to wait where the provider does not say, and the longest we take its word for.
    const PAUSE: Duration = Duration::seconds(5);
    const LONGEST_PAUSE: Duration = Duration::minutes(10);

    /// What to do next.
    #[must_use]
    pub fn advice(&self) -> Advice {
        match self {
            Self::Refused { .. } | Self::NoSuchCall => Advice::GiveUp,
            Self::AgentUnreachable { .. } => Advice::RestAgent,
            Self::Throttled { retry_after, .. } => {
                Advice::RetryAfter(retry_after.unwrap_or(Self::PAUSE).clamp(Duration::SECOND, Self::LONGEST_PAUSE))
            }
            Self::Unavailable { .. } => Advice::RetryAfter(Self::PAUSE),
            Self::Unauthorized { .. } | Self::Misconfigured { .. } => Advice::StopDialing,
            Self::OutcomeUnknown { .. } => Advice::ReconcileFirst,
        }
    }

    /// A stable code for machines.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Refused { .. } => "provider_refused",
            Self::AgentUnreachable { .. } => "agent_unreachable",
            Self::Throttled { .. } => "provider_throttled",
            Self::Unauthorized { .. } => "provider_unauthorized",
            Self::Misconfigured { .. } => "provider_misconfigured",
            Self::Unavailable { .. } => "provider_unavailable",
            Self::OutcomeUnknown { .. } => "outcome_unknown",
            Self::NoSuchCall => "no_such_call",
        }
    }
}

/// Places calls and tells what became of them.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait Telephony: Send + Sync {
    /// What this provider can do, as far as is known without asking it.
    fn capabilities(&self) -> Capabilities;

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

    /// Records of legs that started at or after `since`, oldest first. A record appears some seconds after
    /// its call is over; a call may have one record or one for each leg.
    async fn call_records_since(&self, since: OffsetDateTime) -> Result<Vec<CallRecord>, TelephonyError>;

    /// The account's users.
    async fn users(&self) -> Result<Vec<ProviderUser>, TelephonyError>;

    /// Returns when the provider answers and accepts our credentials.
    async fn health(&self) -> Result<(), TelephonyError>;
}
