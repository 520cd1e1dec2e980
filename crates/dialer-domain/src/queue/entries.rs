//! The line as people see it: they list it, move an entry forward or back, and skip one.

use std::ops::RangeInclusive;

use async_trait::async_trait;
use serde_json::{Map, json};
use time::{Duration, OffsetDateTime};

use super::QueueStatus;
use crate::campaigns::Campaign;
use crate::contacts::{Contact, ContactStatus};
use crate::events::{EventKind, NewEvent};
use crate::identity::Scope;
use crate::ids::{CampaignId, ContactId, QueueEntryId};
use crate::phone::PhoneNumber;
use crate::store::{Changed, Page, PageRequest, Precondition, StoreError};
use crate::tag::{micros, tag_of};

/// The priorities that a person may give.
pub const PRIORITIES: RangeInclusive<i32> = -1000..=1000;

/// A skipped contact rests at least this long, also in a campaign that tries again at once.
pub const SHORTEST_REST: Duration = Duration::minutes(1);

/// An entry of the horizon, with whom it concerns.
#[derive(Clone, PartialEq, Eq)]
pub struct QueueEntry {
    /// Its id.
    pub id: QueueEntryId,
    /// Its campaign.
    pub campaign_id: CampaignId,
    /// The contact to call.
    pub contact_id: ContactId,
    /// Higher goes first.
    pub priority: i32,
    /// Among equals, earlier goes first.
    pub scheduled_at: OffsetDateTime,
    /// Where it stands.
    pub status: QueueStatus,
    /// When it was planned.
    pub created_at: OffsetDateTime,
    /// The contact's number.
    pub phone_number: PhoneNumber,
    /// The contact's given name.
    pub first_name: Option<String>,
    /// The contact's family name.
    pub last_name: Option<String>,
}

impl std::fmt::Debug for QueueEntry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("QueueEntry")
            .field("id", &self.id)
            .field("contact_id", &self.contact_id)
            .field("priority", &self.priority)
            .field("scheduled_at", &self.scheduled_at)
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

/// What a person does to an entry that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EntryChange {
    /// Gives it another priority.
    Priority {
        /// The priority.
        to: i32,
        /// What the entry has to be.
        condition: Precondition,
    },
    /// Takes it out of the line.
    Skip {
        /// Why, in words.
        reason: Option<String>,
    },
}

/// Only an entry that waits can be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this entry is {0} and no longer waits, so it can be neither moved nor skipped")]
pub struct NotWaiting(pub QueueStatus);

impl QueueEntry {
    /// Tells this state of the entry from every other one. Whom it concerns is another row.
    #[must_use]
    pub fn tag(&self) -> String {
        tag_of(&(self.contact_id, self.priority, micros(self.scheduled_at), self.status, micros(self.created_at)))
    }
}

/// The rows that follow from a change.
#[derive(Debug, Clone, PartialEq)]
pub struct ChangedEntry {
    /// The entry.
    pub entry: QueueEntry,
    /// The contact, when it changes too.
    pub contact: Option<Contact>,
    /// The event to store.
    pub event: NewEvent,
}

impl EntryChange {
    /// Gives an entry another priority, whatever else it is.
    #[must_use]
    pub const fn priority(to: i32) -> Self {
        Self::Priority { to, condition: Precondition::Any }
    }

    /// What follows from this change of `entry`, which is of `contact` and `campaign`.
    ///
    /// A skipped contact that may be called again rests for the campaign's retry interval, [`SHORTEST_REST`] at least, so that
    /// it is not planned again at once. No attempt is counted, and a promised callback is still promised.
    ///
    /// # Errors
    /// [`NotWaiting`] when the entry has become a call or is over, [`Changed`] when it is not what the change was meant for.
    pub fn apply(
        self,
        entry: &QueueEntry,
        contact: &Contact,
        campaign: &Campaign,
        now: OffsetDateTime,
    ) -> Result<ChangedEntry, EntryRefusal> {
        if let Self::Priority { condition, .. } = &self {
            condition.require(&entry.tag(), "queue entry")?;
        }
        if entry.status != QueueStatus::Queued {
            return Err(NotWaiting(entry.status).into());
        }
        let mut data = Map::from_iter([("entry_id".to_owned(), json!(entry.id))]);
        let (kind, field, after, rests) = match self {
            Self::Priority { to: priority, .. } => {
                data.insert("priority".to_owned(), json!(priority));
                (EventKind::QueueEntryMoved, "priority", QueueEntry { priority, ..entry.clone() }, None)
            }
            Self::Skip { reason } => {
                data.insert("reason".to_owned(), json!(reason));
                let after = QueueEntry { status: QueueStatus::Skipped, ..entry.clone() };
                (EventKind::QueueEntrySkipped, "status", after, rested(contact, campaign, now))
            }
        };
        let event = NewEvent {
            kind,
            user_id: campaign.user_id,
            campaign_id: Some(campaign.id),
            contact_id: Some(contact.id),
            call_id: None,
            at: now,
            data,
        }
        .changing(&[field]);
        Ok(ChangedEntry { entry: after, contact: rests, event })
    }
}

/// The contact after it was skipped, when that changes it.
fn rested(contact: &Contact, campaign: &Campaign, now: OffsetDateTime) -> Option<Contact> {
    let open = match contact.status {
        ContactStatus::Pending | ContactStatus::Failed | ContactStatus::Callback => contact.closed_reason.is_none(),
        ContactStatus::Calling | ContactStatus::Completed | ContactStatus::DoNotCall => false,
    };
    let until = now + campaign.retry_interval.max(SHORTEST_REST);
    let sooner = contact.next_attempt_at.is_none_or(|at| at < until);
    (open && sooner).then(|| Contact {
        next_attempt_at: Some(until),
        next_attempt_wall: None,
        updated_at: now,
        ..contact.clone()
    })
}

/// Why an entry cannot be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EntryRefusal {
    /// It no longer waits.
    #[error(transparent)]
    NotWaiting(#[from] NotWaiting),
    /// It is not what the change was meant for.
    #[error(transparent)]
    Changed(#[from] Changed),
}

/// Why an entry was not changed.
#[derive(Debug, thiserror::Error)]
pub enum EntryChangeError {
    /// It cannot be changed like that.
    #[error(transparent)]
    Refused(#[from] EntryRefusal),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The horizon for people. The entry that became a call, or is over, stays in the list until its contact is removed.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait QueueEntries: Send + Sync {
    /// Entries of a campaign in scope: those that wait, in the order in which they will be called, and then the others,
    /// latest planned first. Empty when the campaign is not in scope.
    async fn list(
        &self,
        scope: Scope,
        campaign: CampaignId,
        status: Option<QueueStatus>,
        page: PageRequest,
    ) -> Result<Page<QueueEntry>, StoreError>;

    /// One entry of a campaign in scope.
    async fn get(
        &self,
        scope: Scope,
        campaign: CampaignId,
        entry: QueueEntryId,
    ) -> Result<Option<QueueEntry>, StoreError>;

    /// Makes a person's change by [`EntryChange::apply`]: the entry, its contact and the event in one transaction. `None` when
    /// the scope has no such entry of the campaign. A claim under way comes before it or after it, never between.
    async fn change(
        &self,
        scope: Scope,
        campaign: CampaignId,
        entry: QueueEntryId,
        change: EntryChange,
        now: OffsetDateTime,
    ) -> Result<Option<QueueEntry>, EntryChangeError>;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::campaigns::{DialingMode, NewCampaign};
    use crate::contacts::{ClosedReason, Person};
    use crate::ids::UserId;
    use crate::schedule::{ActiveHours, Zone};
    use rstest::rstest;
    use time::macros::datetime;
    use uuid::Uuid;

    const T0: OffsetDateTime = datetime!(2026-03-02 10:00 UTC);

    fn campaign(retry_interval: u32) -> Campaign {
        let new = NewCampaign {
            name: "Spring".to_owned(),
            description: None,
            mode: DialingMode::Power,
            purpose: crate::rules::Purpose::Informational,
            callee: crate::rules::CalleeKind::Consumer,
            caller_id: None,
            script: None,
            max_attempts: 3,
            retry_interval,
            active_hours: ActiveHours::default(),
            timezone: Zone::utc(),
        };
        Campaign::draft(CampaignId::new(Uuid::nil()), UserId::new(Uuid::nil()), new, T0).unwrap()
    }

    fn contact(status: ContactStatus) -> Contact {
        let number = PhoneNumber::parse("+447700900123", None).unwrap();
        let id = ContactId::new(Uuid::nil());
        let fresh = Contact::fresh(id, CampaignId::new(Uuid::nil()), Person::with_number(number), T0);
        Contact { status, ..fresh }
    }

    fn skipped(contact: &Contact, retry_interval: u32) -> Option<Contact> {
        let entry = QueueEntry {
            id: QueueEntryId::new(Uuid::nil()),
            campaign_id: contact.campaign_id,
            contact_id: contact.id,
            priority: 0,
            scheduled_at: T0,
            status: QueueStatus::Queued,
            created_at: T0,
            phone_number: contact.person.phone_number.clone(),
            first_name: None,
            last_name: None,
        };
        let skip = EntryChange::Skip { reason: None };
        let changed = skip.apply(&entry, contact, &campaign(retry_interval), T0).unwrap();
        assert_eq!(changed.entry.status, QueueStatus::Skipped);
        changed.contact
    }

    #[rstest]
    #[case(ContactStatus::Pending, 600, 600)]
    #[case(ContactStatus::Failed, 600, 600)]
    #[case(ContactStatus::Callback, 600, 600)]
    #[case(ContactStatus::Pending, 0, 60)]
    fn a_skipped_contact_keeps_its_status_and_rests(
        #[case] status: ContactStatus,
        #[case] interval: u32,
        #[case] seconds: i64,
    ) {
        let rested = skipped(&contact(status), interval).unwrap();
        assert_eq!((rested.status, rested.attempts), (status, 0));
        assert_eq!(rested.next_attempt_at, Some(T0 + Duration::seconds(seconds)));
    }

    #[test]
    fn a_later_promise_stands() {
        let promised = Contact { next_attempt_at: Some(T0 + Duration::hours(5)), ..contact(ContactStatus::Callback) };
        assert_eq!(skipped(&promised, 600), None);
    }

    #[test]
    fn whoever_is_not_called_any_more_does_not_rest() {
        let closed = Contact { closed_reason: Some(ClosedReason::Refused), ..contact(ContactStatus::Failed) };
        assert_eq!(skipped(&closed, 600), None);
        assert_eq!(skipped(&contact(ContactStatus::DoNotCall), 600), None);
        assert_eq!(skipped(&contact(ContactStatus::Calling), 600), None);
    }
}
