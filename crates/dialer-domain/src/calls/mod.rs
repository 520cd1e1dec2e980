//! Calls: one row of the log for each attempt, and what is known of it.

pub mod causes;
pub mod evidence;
pub mod inbound;
pub mod merge;
pub mod stopping;
pub mod store;

use serde_json::{Map, Value};
use time::OffsetDateTime;

use crate::dispositions::Disposition;
use crate::identity::Scope;
use crate::ids::{CallId, CampaignId, ContactId, UserId};
use crate::phone::PhoneNumber;
use crate::store::Precondition;
use crate::tag::{micros, tag_of};
use crate::telephony::{AgentLine, ProviderCallId};
use crate::words::words;
use causes::CauseCode;

words! {
    /// Who called whom.
    Direction ("call direction") {
        /// A customer called us.
        Inbound = "inbound",
        /// We called a customer.
        Outbound = "outbound",
    }
}

words! {
    /// How far a call has come. The first three are live, in that order; the rest are final.
    CallStatus ("call status") {
        /// Written down; the provider is being asked, or its answer is awaited.
        Initiated = "initiated",
        /// The customer's phone rings.
        Ringing = "ringing",
        /// The customer talks.
        Answered = "answered",
        /// Over after a conversation.
        Completed = "completed",
        /// Over without one, for a technical reason.
        Failed = "failed",
        /// The line was busy.
        Busy = "busy",
        /// Nobody answered.
        NoAnswer = "no-answer",
        /// Given up: before an answer, or because nobody was there to talk to whoever answered.
        Canceled = "canceled",
    }
}

impl CallStatus {
    /// Whether nothing more will happen on the line.
    #[must_use]
    pub const fn is_final(self) -> bool {
        match self {
            Self::Initiated | Self::Ringing | Self::Answered => false,
            Self::Completed | Self::Failed | Self::Busy | Self::NoAnswer | Self::Canceled => true,
        }
    }
}

words! {
    /// What a call came to. Finer than the status, because the next step for the contact depends on it.
    CallOutcome ("call outcome") {
        /// The customer, or their voicemail, answered.
        Completed = "completed",
        /// The line was busy.
        Busy = "busy",
        /// Nobody answered.
        NoAnswer = "no-answer",
        /// Given up while it rang.
        Canceled = "canceled",
        /// Somebody answered, and no agent came on the line.
        Abandoned = "abandoned",
        /// The network failed after the customer's line was tried.
        Failed = "failed",
        /// There is no such number.
        InvalidNumber = "invalid-number",
        /// The provider will not call this number.
        Refused = "refused",
        /// The customer was never called: an agent without a phone, a provider out of reach, a lost request.
        NotPlaced = "not-placed",
    }
}

impl CallOutcome {
    /// The status that a call with this outcome ends in.
    #[must_use]
    pub const fn status(self) -> CallStatus {
        match self {
            Self::Completed => CallStatus::Completed,
            Self::Busy => CallStatus::Busy,
            Self::NoAnswer => CallStatus::NoAnswer,
            Self::Canceled | Self::Abandoned => CallStatus::Canceled,
            Self::Failed | Self::InvalidNumber | Self::Refused | Self::NotPlaced => CallStatus::Failed,
        }
    }

    /// Whether the customer's line was tried, so that the attempt counts against the caps.
    #[must_use]
    pub const fn reached_customer(self) -> bool {
        match self {
            Self::Completed
            | Self::Busy
            | Self::NoAnswer
            | Self::Canceled
            | Self::Abandoned
            | Self::Failed
            | Self::InvalidNumber => true,
            Self::Refused | Self::NotPlaced => false,
        }
    }
}

words! {
    /// Where the knowledge of a call's end comes from, weakest first. Stronger evidence corrects weaker.
    Evidence ("evidence") {
        /// Nothing was heard within the bound; the end is an assumption.
        Bound = "bound",
        /// A person or a client said so.
        Reported = "reported",
        /// The answer to our own request.
        Answer = "answer",
        /// An event that the provider sent. Anybody who knows the address can send one that looks like it.
        Event = "event",
        /// The provider's call record.
        Record = "record",
    }
}

/// One call, a row of `call_logs`.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// Our id.
    pub id: CallId,
    /// The owner: of the campaign, or the user who placed it.
    pub user_id: UserId,
    /// The provider's id, once it has told one. Column `call_id`.
    pub provider_call_id: Option<ProviderCallId>,
    /// Who called whom.
    pub direction: Direction,
    /// The caller ID shown; `None` leaves it to the provider.
    pub from_number: Option<PhoneNumber>,
    /// The number called.
    pub to_number: PhoneNumber,
    /// How far it has come.
    pub status: CallStatus,
    /// Seconds of talk; 0 without an answer.
    pub duration: u32,
    /// Where the recording is.
    pub recording_url: Option<String>,
    /// The agent's notes.
    pub notes: Option<String>,
    /// The caller's own reference, such as a CRM's lead id.
    pub lead_id: Option<String>,
    /// The campaign; `None` for a person's own call, and after the campaign was deleted.
    pub campaign_id: Option<CampaignId>,
    /// The contact called, where there is one.
    pub contact_id: Option<ContactId>,
    /// The agent whose phone rings.
    pub agent: Option<AgentLine>,
    /// The user who handles it, and may see it beside the owner.
    pub agent_id: Option<UserId>,
    /// Which attempt at the contact this is, from 1.
    pub attempt: Option<u32>,
    /// Whether it keeps a promise to call back.
    pub callback: bool,
    /// What a person said came of it: the last disposition recorded.
    pub disposition: Option<Disposition>,
    /// Whatever the caller wants kept with it.
    pub metadata: Map<String, Value>,
    /// When it was written down.
    pub started_at: OffsetDateTime,
    /// When the customer answered.
    pub answered_at: Option<OffsetDateTime>,
    /// Whether it was placed ahead of agents: the customer's phone rings first, and whoever answers waits to be handed to an
    /// agent.
    pub ahead: bool,
    /// When an agent came on the line of a call that was placed ahead of agents.
    pub connected_at: Option<OffsetDateTime>,
    /// When a customer who waited for an agent was given up: nobody had come within the connect deadline.
    pub abandoned_at: Option<OffsetDateTime>,
    /// When it was over.
    pub ended_at: Option<OffsetDateTime>,
    /// When the provider first no longer listed it as live.
    pub gone_at: Option<OffsetDateTime>,
    /// A client says that it is over, and the provider has not confirmed that yet: its phones may still ring, so its contact
    /// is not called.
    pub unconfirmed: bool,
    /// What it came to.
    pub outcome: Option<CallOutcome>,
    /// How we know.
    pub evidence: Option<Evidence>,
    /// Why it ended, in the provider's words or ours.
    pub cause: Option<String>,
    /// The same as one of the words that have a meaning and an advice.
    pub cause_code: Option<CauseCode>,
    /// When the row was written.
    pub created_at: OffsetDateTime,
    /// When it last changed.
    pub updated_at: OffsetDateTime,
}

impl Call {
    /// Whether a reader in `scope` may see it: its owner, and the agent who handled it.
    #[must_use]
    pub fn visible_in(&self, scope: Scope) -> bool {
        scope.covers(self.user_id) || self.agent_id.is_some_and(|agent| scope.covers(agent))
    }

    /// The customer's number, on whichever side of the call it is.
    #[must_use]
    pub const fn customer_number(&self) -> Option<&PhoneNumber> {
        match self.direction {
            Direction::Outbound => Some(&self.to_number),
            Direction::Inbound => self.from_number.as_ref(),
        }
    }

    /// Whether its phones may still ring, or somebody be talking: there is no end, or nobody but a client told it.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        !self.status.is_final() || self.unconfirmed
    }

    /// Whether the customer is on the line and waits for an agent.
    #[must_use]
    pub fn waits_for_agent(&self) -> bool {
        self.ahead && self.status == CallStatus::Answered && self.agent.is_none() && self.abandoned_at.is_none()
    }

    /// Whether it tried the customer's line, or still may. One that never did keeps no promise to call back.
    #[must_use]
    pub fn reaches_customer(&self) -> bool {
        self.outcome.is_none_or(CallOutcome::reached_customer)
    }
}

/// What is needed to write down a call before the provider is asked.
#[derive(Debug, Clone, PartialEq)]
pub struct NewCall {
    /// The id it will have.
    pub id: CallId,
    /// The owner.
    pub user_id: UserId,
    /// The number to call.
    pub to_number: PhoneNumber,
    /// The caller ID to show.
    pub from_number: Option<PhoneNumber>,
    /// The agent whose phone will ring.
    pub agent: Option<AgentLine>,
    /// The user who handles it, where it is known.
    pub agent_id: Option<UserId>,
    /// The caller's own reference.
    pub lead_id: Option<String>,
    /// The campaign it belongs to.
    pub campaign_id: Option<CampaignId>,
    /// Whether it is placed ahead of agents ([`Call::ahead`]).
    pub ahead: bool,
    /// Whatever the caller wants kept with it.
    pub metadata: Map<String, Value>,
}

impl NewCall {
    /// The row that says that this outbound call is about to be placed.
    #[must_use]
    pub fn intend(self, now: OffsetDateTime) -> Call {
        Call {
            id: self.id,
            user_id: self.user_id,
            provider_call_id: None,
            direction: Direction::Outbound,
            from_number: self.from_number,
            to_number: self.to_number,
            status: CallStatus::Initiated,
            duration: 0,
            recording_url: None,
            notes: None,
            lead_id: self.lead_id,
            campaign_id: self.campaign_id,
            contact_id: None,
            agent: self.agent,
            agent_id: self.agent_id,
            attempt: None,
            callback: false,
            disposition: None,
            metadata: self.metadata,
            started_at: now,
            answered_at: None,
            ahead: self.ahead,
            connected_at: None,
            abandoned_at: None,
            ended_at: None,
            gone_at: None,
            unconfirmed: false,
            outcome: None,
            evidence: None,
            cause: None,
            cause_code: None,
            created_at: now,
            updated_at: now,
        }
    }
}

/// A change that a person makes to the log of a call. `None` leaves a field as it is.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CallPatch {
    /// A status reported by a client; only one that the call can still come to.
    pub status: Option<CallStatus>,
    /// Seconds of talk.
    pub duration: Option<u32>,
    /// When it was answered.
    pub answered_at: Option<OffsetDateTime>,
    /// When it was over.
    pub ended_at: Option<OffsetDateTime>,
    /// Notes; `Some(None)` removes them.
    pub notes: Option<Option<String>>,
    /// Where the recording is; `Some(None)` removes it.
    pub recording_url: Option<Option<String>>,
    /// The caller's own reference; `Some(None)` removes it.
    pub lead_id: Option<Option<String>>,
    /// Replaces the metadata.
    pub metadata: Option<Map<String, Value>>,
    /// What the call has to be.
    pub condition: Precondition,
}

/// Why a [`CallPatch`] cannot be applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CallPatchError {
    /// The call cannot come to this status any more.
    #[error("a call that is {from} cannot become {to}")]
    Transition {
        /// The status it has.
        from: CallStatus,
        /// The status asked for.
        to: CallStatus,
    },
    /// An end before the start, or an answer after the end.
    #[error("{field} does not fit the call's other times")]
    Times {
        /// The field that is wrong.
        field: &'static str,
    },
    /// The call is not what the change was meant for.
    #[error("the call was changed since it was read")]
    Changed,
}

impl Call {
    /// Tells this state of the call from every other one.
    #[must_use]
    pub fn tag(&self) -> String {
        let state = (
            micros(self.updated_at),
            self.status.as_str(),
            self.duration,
            self.ended_at.map(micros),
            &self.notes,
            self.provider_call_id.as_ref().map(ProviderCallId::as_str),
            &self.recording_url,
            &self.lead_id,
            &self.metadata,
        );
        tag_of(&state)
    }
}
