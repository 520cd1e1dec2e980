//! Calls, and the news that moves them on.

use dialer_domain::calls::merge::{CallEvent, Ending, merge};
use dialer_domain::calls::{Evidence, NewCall};
use dialer_domain::telephony::{AgentLine, ProviderCallId};
use dialer_domain::{Call, CallId, CallOutcome, Campaign, Contact, Direction, OffsetDateTime, PhoneNumber, UserId};
use serde_json::{Map, Value};

use super::{IDS, T0, next_number, user};

/// Makes a [`Call`]; see [`call`].
#[derive(Debug, Clone)]
#[must_use]
pub struct CallBuilder(Call);

/// A person's own outbound call, of a user of its own to a number of its own, written down at [`T0`] and not
/// placed yet.
pub fn call() -> CallBuilder {
    let intent = NewCall {
        ahead: false,
        id: CallId::generate(&IDS),
        user_id: user(),
        to_number: next_number(),
        from_number: None,
        agent: Some(AgentLine::new("agent-1")),
        agent_id: None,
        lead_id: None,
        campaign_id: None,
        metadata: Map::new(),
    };
    CallBuilder(intent.intend(T0))
}

/// News that the provider took a call and calls it `provider_call_id`.
#[must_use]
pub fn placed(provider_call_id: &str, at: OffsetDateTime) -> CallEvent {
    CallEvent::Placed { provider_call_id: ProviderCallId::new(provider_call_id), at }
}

/// News that the customer answered.
#[must_use]
pub const fn answered(at: OffsetDateTime) -> CallEvent {
    CallEvent::Answered { at }
}

/// News that a call is over, from a source that tells neither the time of talk nor a cause.
#[must_use]
pub const fn ended(outcome: CallOutcome, evidence: Evidence, at: OffsetDateTime) -> CallEvent {
    CallEvent::Ended(Ending {
        outcome,
        evidence,
        at,
        answered_at: None,
        talk_seconds: None,
        cause: None,
        cause_code: None,
    })
}

impl CallBuilder {
    /// The id, where a test needs to know it beforehand.
    pub fn id(mut self, id: CallId) -> Self {
        self.0.id = id;
        self
    }

    /// Who owns it.
    pub fn owner(mut self, owner: UserId) -> Self {
        self.0.user_id = owner;
        self
    }

    /// The number called.
    pub fn to(mut self, number: PhoneNumber) -> Self {
        self.0.to_number = number;
        self
    }

    /// The number shown.
    pub fn from(mut self, number: PhoneNumber) -> Self {
        self.0.from_number = Some(number);
        self
    }

    /// A customer called us.
    pub fn inbound(mut self) -> Self {
        self.0.direction = Direction::Inbound;
        self
    }

    /// A call of this campaign, and so of its owner.
    pub fn campaign(mut self, campaign: &Campaign) -> Self {
        self.0.user_id = campaign.user_id;
        self.0.campaign_id = Some(campaign.id);
        self
    }

    /// The `attempt`th attempt at this contact.
    pub fn contact(mut self, contact: &Contact, attempt: u32) -> Self {
        self.0.to_number = contact.person.phone_number.clone();
        self.0.campaign_id = Some(contact.campaign_id);
        self.0.contact_id = Some(contact.id);
        self.0.attempt = Some(attempt);
        self
    }

    /// The agent whose phone rings.
    pub fn agent(mut self, line: &str) -> Self {
        self.0.agent = Some(AgentLine::new(line));
        self
    }

    /// The user who handles it.
    pub fn handled_by(mut self, agent: UserId) -> Self {
        self.0.agent_id = Some(agent);
        self
    }

    /// Seconds of talk. Say it after the end.
    pub fn talked(mut self, seconds: u32) -> Self {
        self.0.duration = seconds;
        self
    }

    /// The caller's own reference.
    pub fn lead(mut self, lead: &str) -> Self {
        self.0.lead_id = Some(lead.to_owned());
        self
    }

    /// The agent's notes.
    pub fn notes(mut self, notes: &str) -> Self {
        self.0.notes = Some(notes.to_owned());
        self
    }

    /// Whatever the caller wants kept with it.
    pub fn metadata(mut self, metadata: Map<String, Value>) -> Self {
        self.0.metadata = metadata;
        self
    }

    /// When it was written down. Say it before what happened later.
    pub fn started_at(mut self, at: OffsetDateTime) -> Self {
        self.0.started_at = at;
        self.0.created_at = at;
        self.0.updated_at = at;
        self
    }

    /// The provider took it and named it; it rings.
    pub fn placed(self, provider_call_id: &str) -> Self {
        let at = self.0.started_at;
        self.after(&placed(provider_call_id, at))
    }

    /// The customer answered.
    pub fn answered(self, at: OffsetDateTime) -> Self {
        self.after(&CallEvent::Answered { at })
    }

    /// It is over, by the provider's answer to our request.
    pub fn ended(self, outcome: CallOutcome, at: OffsetDateTime) -> Self {
        self.after(&ended(outcome, Evidence::Answer, at))
    }

    fn after(self, event: &CallEvent) -> Self {
        Self(merge(&self.0, event).unwrap_or(self.0))
    }

    /// The call.
    #[must_use]
    pub fn build(self) -> Call {
        self.0
    }
}
