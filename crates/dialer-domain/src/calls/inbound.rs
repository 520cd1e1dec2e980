//! Calls that come in: which of what the provider shows are such calls, and how they are written down.
//!
//! Whose they are is a setting: an account's calls belong to one user. A call is told from others by the provider's names of
//! it, so one that the provider gives no name is not written down.

use serde_json::{Map, Value, json};
use time::{Duration, OffsetDateTime};

use super::{Call, CallStatus, Direction, NewCall};
use crate::contacts::Contact;
use crate::ids::{CallId, UserId};
use crate::phone::PhoneNumber;
use crate::telephony::{AgentLine, CallRecord, LegNews, LiveCall, LiveState, ProviderCallId};

/// How long after a call of ours the provider may ring the agent for it.
const AGENT_LEG_WITHIN: Duration = Duration::minutes(5);

/// A call that came in, as the provider shows it. `Debug` shows no number.
#[derive(Clone, PartialEq, Eq)]
pub struct Incoming {
    /// Every name that the provider gives it, the one that all of its legs share first where that is told.
    pub names: Vec<ProviderCallId>,
    /// The agent whose phone rings.
    pub agent: Option<AgentLine>,
    /// Digits of the caller; `None` when they are withheld.
    pub from_digits: Option<String>,
    /// Digits of what was called: a number of the account, or an extension.
    pub to_digits: Option<String>,
    /// When it came in.
    pub started_at: OffsetDateTime,
}

impl std::fmt::Debug for Incoming {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Incoming").field("names", &self.names).field("agent", &self.agent).finish_non_exhaustive()
    }
}

impl Incoming {
    /// What a live call is, when it came in. `list_at` is when the list was asked for.
    #[must_use]
    pub fn live(leg: &LiveCall, list_at: OffsetDateTime) -> Option<Self> {
        let over = leg.state == LiveState::HangUp;
        (from_outside(leg.direction, leg.from_digits.as_deref()) && !over).then(|| Self {
            names: leg.parent.iter().chain([&leg.id]).cloned().collect(),
            agent: leg.agent.clone(),
            from_digits: leg.from_digits.clone(),
            to_digits: leg.to_digits.clone(),
            started_at: leg.started_at.unwrap_or(list_at),
        })
    }

    /// What a record is of, when that came in and the record names it.
    #[must_use]
    pub fn recorded(record: &CallRecord) -> Option<Self> {
        let outside = from_outside(record.direction, record.from_digits.as_deref());
        (outside && !record.call_ids.is_empty()).then(|| Self {
            names: record.call_ids.clone(),
            agent: record.agent.clone(),
            from_digits: record.from_digits.clone(),
            to_digits: record.to_digits.clone(),
            started_at: record.started_at,
        })
    }

    /// What an event tells of, when that came in and lasts. It came at `at`.
    #[must_use]
    pub fn heard(news: &LegNews, at: OffsetDateTime) -> Option<Self> {
        let over = news.state == LiveState::HangUp;
        (from_outside(news.direction, news.from_digits.as_deref()) && !over).then(|| Self {
            names: news.root.iter().chain([&news.leg]).cloned().collect(),
            agent: news.agent.clone(),
            from_digits: news.from_digits.clone(),
            to_digits: news.to_digits.clone(),
            started_at: news.started_at.unwrap_or(at),
        })
    }

    /// Whether it is not a customer's call at all but the leg on which the provider rings an agent for one of `calls`.
    #[must_use]
    pub fn is_leg_of(&self, calls: &[Call]) -> bool {
        calls.iter().filter(|call| call.direction == Direction::Outbound).any(|call| {
            let named = call.provider_call_id.as_ref().is_some_and(|id| self.names.contains(id));
            let same_agent = self.agent.is_some() && self.agent == call.agent;
            let same_number = self.from_digits.as_deref() == Some(call.to_number.digits());
            let age = self.started_at - call.started_at;
            named || (same_agent && same_number && age.abs() <= AGENT_LEG_WITHIN)
        })
    }

    /// The row that says that it came in, for `owner`. Where an extension was called, or nothing is told, `number` is what was
    /// called: a number of the account. `None` when there is none, or no name.
    #[must_use]
    pub fn written(self, id: CallId, owner: UserId, number: Option<&PhoneNumber>, now: OffsetDateTime) -> Option<Call> {
        let provider_call_id = self.names.into_iter().next()?;
        let called = self.to_digits.as_deref().and_then(number_of);
        let mut metadata = Map::new();
        if let (None, Some(extension)) = (&called, self.to_digits) {
            metadata.insert("extension".to_owned(), Value::from(extension));
        }
        let intent = NewCall {
            ahead: false,
            id,
            user_id: owner,
            to_number: called.or_else(|| number.cloned())?,
            from_number: self.from_digits.as_deref().and_then(number_of),
            agent: self.agent,
            agent_id: None,
            lead_id: None,
            campaign_id: None,
            metadata,
        };
        let started_at = self.started_at.min(now);
        Some(Call {
            direction: Direction::Inbound,
            status: CallStatus::Ringing,
            provider_call_id: Some(provider_call_id),
            started_at,
            ..intent.intend(now)
        })
    }
}

/// Whether a customer calls us: an agent's extension is no customer, a withheld number may be one.
fn from_outside(direction: Option<Direction>, from_digits: Option<&str>) -> bool {
    direction == Some(Direction::Inbound) && from_digits.is_none_or(|digits| number_of(digits).is_some())
}

fn number_of(digits: &str) -> Option<PhoneNumber> {
    PhoneNumber::recorded(&format!("+{digits}")).ok()
}

/// The contact that a call from its number is linked to, among all contacts of the owner's with that number: the one called
/// last, else the one added last.
#[must_use]
pub fn contact_of(contacts: &[Contact]) -> Option<&Contact> {
    contacts.iter().max_by_key(|contact| (contact.last_attempt_at, contact.created_at, contact.id))
}

/// What the event of such a call says beside what every call's does.
pub(crate) fn direction_of(call: &Call) -> Option<Value> {
    (call.direction == Direction::Inbound).then(|| json!(call.direction))
}
