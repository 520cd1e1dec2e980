//! Contacts: the people on a campaign's list.

mod patch;
pub mod store;

use serde_json::{Map, Value, json};
use time::OffsetDateTime;

use crate::events::{EventKind, NewEvent, data};
use crate::ids::{CallId, CampaignId, ContactId, UserId};
use crate::phone::PhoneNumber;
use crate::schedule::WallTime;
use crate::tag::{micros, tag_of};
use crate::words::words;

pub use patch::{ContactPatch, ContactPatchError};

words! {
    /// Where a contact stands.
    ContactStatus ("contact status") {
        /// Not called yet.
        Pending = "pending",
        /// In a live attempt.
        Calling = "calling",
        /// Reached.
        Completed = "completed",
        /// Tried without success; tried again while it is not closed.
        Failed = "failed",
        /// Not to be called.
        DoNotCall = "do-not-call",
        /// To be called back.
        Callback = "callback",
    }
}

words! {
    /// Why no further attempt at a contact will be made.
    ClosedReason ("closed reason") {
        /// Somebody answered.
        Reached = "reached",
        /// The campaign's cap on attempts.
        AttemptsExhausted = "attempts-exhausted",
        /// There is no such number.
        InvalidNumber = "invalid-number",
        /// The provider will not call the number.
        Refused = "refused",
        /// The number is on a do-not-call list.
        DoNotCall = "do-not-call",
    }
}

/// A person on a campaign's list, a row of `campaign_contacts`.
#[derive(Debug, Clone, PartialEq)]
pub struct Contact {
    /// Its id.
    pub id: ContactId,
    /// The campaign.
    pub campaign_id: CampaignId,
    /// Who it is.
    pub person: Person,
    /// Where it stands.
    pub status: ContactStatus,
    /// Attempts that reached the customer's line, the live one included.
    pub attempts: u32,
    /// When the last attempt began.
    pub last_attempt_at: Option<OffsetDateTime>,
    /// Not to be called before this instant.
    pub next_attempt_at: Option<OffsetDateTime>,
    /// The wall time that it stands for, where one was promised.
    pub next_attempt_wall: Option<WallTime>,
    /// The last attempt.
    pub last_call_id: Option<CallId>,
    /// Why no further attempt will be made; `None` while there may be one.
    pub closed_reason: Option<ClosedReason>,
    /// The agent who is shown the contact now, to whom nobody else is preferred, and who may read it while assigned to the
    /// campaign.
    pub reserved_for: Option<UserId>,
    /// The agent who promised to call back: nobody else keeps that promise.
    pub callback_for: Option<UserId>,
    /// When it was added.
    pub created_at: OffsetDateTime,
    /// When it last changed.
    pub updated_at: OffsetDateTime,
}

/// Who a contact is. `Debug` shows nothing of it but the masked number.
#[derive(Clone, PartialEq)]
pub struct Person {
    /// The number to call.
    pub phone_number: PhoneNumber,
    /// Given name.
    pub first_name: Option<String>,
    /// Family name.
    pub last_name: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
    /// Company.
    pub company: Option<String>,
    /// Whatever the list's owner wants kept.
    pub metadata: Map<String, Value>,
}

impl std::fmt::Debug for Person {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Person").field("phone_number", &self.phone_number).finish_non_exhaustive()
    }
}

impl Person {
    /// Longest name, company or e-mail address, in characters.
    pub const MAX_TEXT: usize = 320;

    /// What a list's owner calls this person: the metadata `person_id`, text or a whole number. Contacts of one owner that have
    /// it in common are one person on several numbers, and caps "per person" count the calls to all of them. Cut at
    /// [`Self::MAX_ID`] characters.
    #[must_use]
    pub fn person_id(&self) -> Option<String> {
        id_of(&self.metadata, "person_id")
    }

    /// What calls to this contact are about, such as a debt's reference: the metadata `subject_id`. Calls that are known to be
    /// about something else do not count against caps "per person and debt", or subject. Cut at [`Self::MAX_ID`] characters.
    #[must_use]
    pub fn subject_id(&self) -> Option<String> {
        id_of(&self.metadata, "subject_id")
    }

    /// Longest id of a person or of a subject, in characters; what comes after is not looked at.
    pub const MAX_ID: usize = 64;

    /// A person of whom only the number is known.
    #[must_use]
    pub fn with_number(phone_number: PhoneNumber) -> Self {
        Self { phone_number, first_name: None, last_name: None, email: None, company: None, metadata: Map::new() }
    }
}

fn id_of(metadata: &Map<String, Value>, key: &str) -> Option<String> {
    let text = match metadata.get(key)? {
        Value::String(text) => text.clone(),
        Value::Number(number) if number.is_i64() || number.is_u64() => number.to_string(),
        _ => return None,
    };
    Some(text.chars().take(Person::MAX_ID).collect()).filter(|id: &String| !id.is_empty())
}

/// What the log says of contacts that were added to a campaign of `owner`'s, all at once.
#[must_use]
pub fn imported_event(campaign: CampaignId, owner: UserId, added: u64, skipped: u64, at: OffsetDateTime) -> NewEvent {
    NewEvent {
        kind: EventKind::ContactsImported,
        user_id: owner,
        campaign_id: Some(campaign),
        contact_id: None,
        call_id: None,
        at,
        data: data([("added", json!(added)), ("skipped", json!(skipped))]),
    }
}

impl Contact {
    /// Tells this state of the contact from every other one.
    #[must_use]
    pub fn tag(&self) -> String {
        let Person { phone_number, first_name, last_name, email, company, metadata } = &self.person;
        let attempts = (self.attempts, self.last_attempt_at.map(micros), self.next_attempt_at.map(micros));
        tag_of(&(
            (phone_number.as_e164(), first_name, last_name, email, company, metadata),
            (self.status, attempts, self.last_call_id, self.closed_reason, self.reserved_for, self.callback_for),
            micros(self.updated_at),
        ))
    }

    /// What the log says of a person's step in this contact's life; `owner` is its campaign's.
    #[must_use]
    pub fn event(&self, owner: UserId, kind: EventKind, at: OffsetDateTime) -> NewEvent {
        NewEvent {
            kind,
            user_id: owner,
            campaign_id: Some(self.campaign_id),
            contact_id: Some(self.id),
            call_id: None,
            at,
            data: data([("status", json!(self.status))]),
        }
    }

    /// A contact that has not been called.
    #[must_use]
    pub fn fresh(id: ContactId, campaign_id: CampaignId, person: Person, now: OffsetDateTime) -> Self {
        Self {
            id,
            campaign_id,
            person,
            status: ContactStatus::Pending,
            attempts: 0,
            last_attempt_at: None,
            next_attempt_at: None,
            next_attempt_wall: None,
            last_call_id: None,
            closed_reason: None,
            reserved_for: None,
            callback_for: None,
            created_at: now,
            updated_at: now,
        }
    }
}
