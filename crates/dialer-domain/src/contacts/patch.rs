//! What a person may change about a contact.

use serde_json::{Map, Value};
use time::OffsetDateTime;

use super::{ClosedReason, Contact, ContactStatus, Person};
use crate::phone::PhoneNumber;
use crate::store::Precondition;

/// A change of a contact. `None` leaves a field as it is.
#[derive(Clone, Default, PartialEq)]
pub struct ContactPatch {
    /// New number.
    pub phone_number: Option<PhoneNumber>,
    /// New given name; `Some(None)` removes it.
    pub first_name: Option<Option<String>>,
    /// New family name; `Some(None)` removes it.
    pub last_name: Option<Option<String>>,
    /// New e-mail address; `Some(None)` removes it.
    pub email: Option<Option<String>>,
    /// New company; `Some(None)` removes it.
    pub company: Option<Option<String>>,
    /// Replaces the metadata.
    pub metadata: Option<Map<String, Value>>,
    /// Where the contact stands from now on: `pending` opens it again, `callback` promises a call, `completed` and
    /// `do-not-call` close it. Attempts made stay counted.
    pub status: Option<ContactStatus>,
    /// Not to be called before this instant; `Some(None)` makes it due.
    pub next_attempt_at: Option<Option<OffsetDateTime>>,
    /// What the contact has to be.
    pub condition: Precondition,
}

/// Why a [`ContactPatch`] cannot be applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ContactPatchError {
    /// The contact is not what the change was meant for.
    #[error("the contact was changed since it was read")]
    Changed,
    /// A live attempt needs its contact's number and state as they are.
    #[error("a call to this contact is under way; its number and status can be changed when the call is over")]
    Live,
    /// Only the end of a call brings a contact there.
    #[error("a contact becomes {0} by a call only; use pending, completed, callback or do-not-call")]
    ByCallOnly(ContactStatus),
    /// A closed contact has no next attempt.
    #[error("the contact is closed; open it with the status pending or callback to give it a next attempt")]
    Closed,
}

impl Contact {
    /// This contact after a person's change.
    ///
    /// # Errors
    /// [`ContactPatchError`] names the first thing that cannot be.
    pub fn patched(&self, patch: ContactPatch, now: OffsetDateTime) -> Result<Self, ContactPatchError> {
        if !patch.condition.holds(&self.tag()) {
            return Err(ContactPatchError::Changed);
        }
        let moves = patch.phone_number.as_ref().is_some_and(|number| *number != self.person.phone_number)
            || patch.status.is_some_and(|status| status != self.status)
            || patch.next_attempt_at.is_some();
        if moves && self.status == ContactStatus::Calling {
            return Err(ContactPatchError::Live);
        }
        let person = self.person.clone();
        let mut next = Self {
            person: Person {
                phone_number: patch.phone_number.unwrap_or(person.phone_number),
                first_name: patch.first_name.unwrap_or(person.first_name),
                last_name: patch.last_name.unwrap_or(person.last_name),
                email: patch.email.unwrap_or(person.email),
                company: patch.company.unwrap_or(person.company),
                metadata: patch.metadata.unwrap_or(person.metadata),
            },
            updated_at: now,
            ..self.clone()
        };
        if let Some(status) = patch.status.filter(|status| *status != self.status) {
            next.closed_reason = match status {
                ContactStatus::Pending | ContactStatus::Callback => None,
                ContactStatus::Completed => Some(ClosedReason::Reached),
                ContactStatus::DoNotCall => Some(ClosedReason::DoNotCall),
                ContactStatus::Calling | ContactStatus::Failed => return Err(ContactPatchError::ByCallOnly(status)),
            };
            next.status = status;
            next.next_attempt_at = None;
            next.next_attempt_wall = None;
        }
        if let Some(at) = patch.next_attempt_at {
            if at.is_some() && next.closed_reason.is_some() {
                return Err(ContactPatchError::Closed);
            }
            next.next_attempt_at = at;
            next.next_attempt_wall = None;
        }
        Ok(next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{CampaignId, ContactId};
    use rstest::rstest;
    use time::Duration;
    use time::macros::datetime;
    use uuid::Uuid;

    const T0: OffsetDateTime = datetime!(2026-03-02 10:00 UTC);

    fn contact(status: ContactStatus, closed_reason: Option<ClosedReason>) -> Contact {
        let number = PhoneNumber::parse("+447700900123", None).unwrap();
        let (id, campaign) = (ContactId::new(Uuid::nil()), CampaignId::new(Uuid::nil()));
        let fresh = Contact::fresh(id, campaign, Person::with_number(number), T0);
        Contact { status, closed_reason, attempts: 2, ..fresh }
    }

    fn to(status: ContactStatus) -> ContactPatch {
        ContactPatch { status: Some(status), ..ContactPatch::default() }
    }

    #[rstest]
    #[case(ContactStatus::Pending, None)]
    #[case(ContactStatus::Callback, None)]
    #[case(ContactStatus::Completed, Some(ClosedReason::Reached))]
    #[case(ContactStatus::DoNotCall, Some(ClosedReason::DoNotCall))]
    fn a_person_opens_and_closes_a_contact(#[case] status: ContactStatus, #[case] closed: Option<ClosedReason>) {
        let before = contact(ContactStatus::Failed, Some(ClosedReason::AttemptsExhausted));
        let after = before.patched(to(status), T0).unwrap();
        assert_eq!((after.status, after.closed_reason, after.attempts), (status, closed, 2));
    }

    #[rstest]
    #[case(ContactStatus::Calling)]
    #[case(ContactStatus::Failed)]
    fn only_a_call_s_end_brings_a_contact_there(#[case] status: ContactStatus) {
        let refused = contact(ContactStatus::Pending, None).patched(to(status), T0).unwrap_err();
        assert_eq!(refused, ContactPatchError::ByCallOnly(status));
    }

    #[test]
    fn a_live_attempt_keeps_its_number_and_state_and_nothing_else() {
        let live = contact(ContactStatus::Calling, None);
        assert_eq!(live.patched(to(ContactStatus::Pending), T0).unwrap_err(), ContactPatchError::Live);
        let number = PhoneNumber::parse("+447700900124", None).unwrap();
        let renumbered = ContactPatch { phone_number: Some(number), ..ContactPatch::default() };
        assert_eq!(live.patched(renumbered, T0).unwrap_err(), ContactPatchError::Live);
        let renamed = ContactPatch { company: Some(Some("Example".to_owned())), ..ContactPatch::default() };
        assert_eq!(live.patched(renamed, T0).unwrap().person.company.as_deref(), Some("Example"));
    }

    #[test]
    fn only_an_open_contact_has_a_next_attempt() {
        let later = Some(Some(T0 + Duration::hours(1)));
        let closed = contact(ContactStatus::Completed, Some(ClosedReason::Reached));
        let patch = ContactPatch { next_attempt_at: later, ..ContactPatch::default() };
        assert_eq!(closed.patched(patch.clone(), T0).unwrap_err(), ContactPatchError::Closed);
        let promised = ContactPatch { next_attempt_at: later, ..to(ContactStatus::Callback) };
        assert_eq!(closed.patched(promised, T0).unwrap().next_attempt_at, later.flatten());
        assert_eq!(contact(ContactStatus::Pending, None).patched(patch, T0).unwrap().next_attempt_at, later.flatten());
    }
}
