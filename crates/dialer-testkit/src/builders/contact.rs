//! Contacts at any point of their life.

use dialer_domain::contacts::{ClosedReason, Person};
use dialer_domain::{CallId, CampaignId, Contact, ContactId, ContactStatus, OffsetDateTime, PhoneNumber, UserId};
use serde_json::{Map, Value};

use super::{IDS, T0, next_number};

/// Makes a [`Contact`]; see [`contact`].
#[derive(Debug, Clone)]
#[must_use]
pub struct ContactBuilder(Contact);

/// A contact of `campaign` that has not been called, with a number of its own, added at [`T0`].
pub fn contact(campaign: CampaignId) -> ContactBuilder {
    let person = Person::with_number(next_number());
    ContactBuilder(Contact::fresh(ContactId::generate(&IDS), campaign, person, T0))
}

impl ContactBuilder {
    /// The number to call.
    pub fn number(mut self, number: PhoneNumber) -> Self {
        self.0.person.phone_number = number;
        self
    }

    /// Given and family name.
    pub fn name(mut self, first: &str, last: &str) -> Self {
        self.0.person.first_name = Some(first.to_owned());
        self.0.person.last_name = Some(last.to_owned());
        self
    }

    /// E-mail address.
    pub fn email(mut self, email: &str) -> Self {
        self.0.person.email = Some(email.to_owned());
        self
    }

    /// Company.
    pub fn company(mut self, company: &str) -> Self {
        self.0.person.company = Some(company.to_owned());
        self
    }

    /// Whatever the list's owner wants kept.
    pub fn metadata(mut self, metadata: Map<String, Value>) -> Self {
        self.0.person.metadata = metadata;
        self
    }

    /// Where it stands.
    pub fn status(mut self, status: ContactStatus) -> Self {
        self.0.status = status;
        self
    }

    /// Attempts made, without success, the last of them at `last`.
    pub fn dialled(mut self, attempts: u32, last: OffsetDateTime) -> Self {
        self.0.status = ContactStatus::Failed;
        self.0.attempts = attempts;
        self.0.last_attempt_at = Some(last);
        self
    }

    /// Promised to be called back at `at`.
    pub fn callback(mut self, at: OffsetDateTime) -> Self {
        self.0.status = ContactStatus::Callback;
        self.due(at)
    }

    /// Not to be called before `at`.
    pub fn due(mut self, at: OffsetDateTime) -> Self {
        self.0.next_attempt_at = Some(at);
        self
    }

    /// The last attempt.
    pub fn last_call(mut self, call: CallId) -> Self {
        self.0.last_call_id = Some(call);
        self
    }

    /// No further attempt will be made: the status that goes with `reason`, and nothing due.
    pub fn closed(mut self, reason: ClosedReason) -> Self {
        self.0.status = match reason {
            ClosedReason::Reached => ContactStatus::Completed,
            ClosedReason::DoNotCall => ContactStatus::DoNotCall,
            ClosedReason::AttemptsExhausted | ClosedReason::InvalidNumber | ClosedReason::Refused => {
                ContactStatus::Failed
            }
        };
        self.0.closed_reason = Some(reason);
        self.0.next_attempt_at = None;
        self
    }

    /// The agent who is shown it.
    pub fn reserved_for(mut self, agent: UserId) -> Self {
        self.0.reserved_for = Some(agent);
        self
    }

    /// The agent who promised to call back.
    pub fn callback_for(mut self, agent: UserId) -> Self {
        self.0.callback_for = Some(agent);
        self
    }

    /// When it was added.
    pub fn created_at(mut self, at: OffsetDateTime) -> Self {
        self.0.created_at = at;
        self.0.updated_at = at;
        self
    }

    /// The contact.
    #[must_use]
    pub fn build(self) -> Contact {
        self.0
    }
}
