//! Follow-ups: what was promised on a call and has not been kept.

use time::{Duration, OffsetDateTime};

use serde_json::json;

use super::Disposition;
use crate::calls::Call;
use crate::campaigns::Campaign;
use crate::contacts::{ClosedReason, Contact, ContactStatus};
use crate::events::{EventKind, NewEvent, data};
use crate::ids::{CallId, CampaignId, ContactId, DispositionId, UserId};
use crate::phone::PhoneNumber;
use crate::queue::settled_event;
use crate::schedule::WallTime;
use crate::store::{Changed, Precondition};
use crate::tag::{micros, tag_of};
use crate::words::words;

words! {
    /// Where a follow-up stands: an open one by its hour, one that a later call has closed by whether that was in time.
    FollowUpStatus ("follow-up status") {
        /// Its time came within the last hour: call now.
        Due = "due",
        /// Its time came longer ago.
        Overdue = "overdue",
        /// Its time is still to come.
        Upcoming = "upcoming",
        /// A call was made in time.
        Kept = "kept",
        /// No call was made in time. Asked for, this is every missed one, whether called since or not.
        Missed = "missed",
    }
}

words! {
    /// What became of the promise that a follow-up is.
    Promise ("promise") {
        /// Its time, and the tolerance after it, are still to come or just over.
        Pending = "pending",
        /// A call was made in time.
        Kept = "kept",
        /// No call was made in time. Whoever is still waiting is called all the same.
        Missed = "missed",
    }
}

/// How long a follow-up is due before it is overdue.
const DUE_FOR: Duration = Duration::hours(1);

impl FollowUpStatus {
    /// Where an open follow-up for `due_at` stands at `now`.
    #[must_use]
    pub fn of(due_at: OffsetDateTime, now: OffsetDateTime) -> Self {
        if due_at > now {
            Self::Upcoming
        } else if due_at > now - DUE_FOR {
            Self::Due
        } else {
            Self::Overdue
        }
    }

    /// The open follow-ups that stand like this at `now`: those for later than the first instant, up to and including the
    /// second. What became of others does not depend on the hour.
    #[must_use]
    pub fn window(self, now: OffsetDateTime) -> (Option<OffsetDateTime>, Option<OffsetDateTime>) {
        match self {
            Self::Upcoming => (Some(now), None),
            Self::Due => (Some(now - DUE_FOR), Some(now)),
            Self::Overdue => (None, Some(now - DUE_FOR)),
            Self::Kept | Self::Missed => (None, None),
        }
    }
}

/// A disposition with a follow-up date, and whom it concerns.
#[derive(Clone, PartialEq, Eq)]
pub struct FollowUp {
    /// The disposition.
    pub disposition_id: DispositionId,
    /// The call on which it was promised.
    pub call_id: CallId,
    /// The call's campaign.
    pub campaign_id: Option<CampaignId>,
    /// The call's contact.
    pub contact_id: Option<ContactId>,
    /// Who promised.
    pub user_id: UserId,
    /// What came of the call.
    pub disposition: Disposition,
    /// The customer's number; `None` of an inbound call that showed none.
    pub phone_number: Option<PhoneNumber>,
    /// The contact's given name.
    pub first_name: Option<String>,
    /// The contact's family name.
    pub last_name: Option<String>,
    /// The contact's company.
    pub company: Option<String>,
    /// When the customer is to be called.
    pub due_at: OffsetDateTime,
    /// The later instant, where the promised wall time means two: until then it is not late.
    pub due_again_at: Option<OffsetDateTime>,
    /// The wall time that was promised, where it was one.
    pub due_wall: Option<WallTime>,
    /// Whether whoever promised calls back themselves, and nobody else.
    pub personal: bool,
    /// What else was said.
    pub notes: Option<String>,
    /// When it was promised.
    pub created_at: OffsetDateTime,
    /// When a person said that it is no longer needed.
    pub done_at: Option<OffsetDateTime>,
    /// The later call that closed it, in time or not.
    pub kept_by: Option<CallId>,
    /// When it was found that nobody had called in time.
    pub missed_at: Option<OffsetDateTime>,
}

impl FollowUp {
    /// What became of the promise.
    #[must_use]
    pub const fn promise(&self) -> Promise {
        match (self.missed_at, self.kept_by) {
            (Some(_), _) => Promise::Missed,
            (None, Some(_)) => Promise::Kept,
            (None, None) => Promise::Pending,
        }
    }

    /// Where it stands at `now`. Means nothing once a person has cleared it.
    #[must_use]
    pub fn status(&self, now: OffsetDateTime) -> FollowUpStatus {
        match (self.kept_by, self.missed_at) {
            (None, _) => FollowUpStatus::of(self.due_at, now),
            (Some(_), None) => FollowUpStatus::Kept,
            (Some(_), Some(_)) => FollowUpStatus::Missed,
        }
    }

    /// Tells this state of the follow-up from every other one. Whom it concerns is another row.
    #[must_use]
    pub fn tag(&self) -> String {
        let became = (self.done_at.map(micros), self.kept_by, self.missed_at.map(micros));
        tag_of(&(self.disposition, micros(self.due_at), &self.notes, became))
    }

    /// Goes on only when the follow-up is what a change was meant for.
    ///
    /// # Errors
    /// [`Changed`].
    pub fn require(&self, condition: &Precondition) -> Result<(), Changed> {
        condition.require(&self.tag(), "follow-up")
    }
}

impl std::fmt::Debug for FollowUp {
    /// Nothing of the person.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FollowUp")
            .field("disposition_id", &self.disposition_id)
            .field("call_id", &self.call_id)
            .field("contact_id", &self.contact_id)
            .field("due_at", &self.due_at)
            .field("done_at", &self.done_at)
            .finish_non_exhaustive()
    }
}

/// What becomes of the contact of `call` when a follow-up of that call is no longer needed. `None` when the contact does
/// not wait for it.
#[must_use]
pub fn cleared(contact: &Contact, call: CallId, now: OffsetDateTime) -> Option<Contact> {
    let waits = contact.status == ContactStatus::Callback && contact.last_call_id == Some(call);
    waits.then(|| Contact {
        status: ContactStatus::Completed,
        next_attempt_at: None,
        next_attempt_wall: None,
        closed_reason: Some(ClosedReason::Reached),
        updated_at: now,
        ..contact.clone()
    })
}

/// The events of a follow-up of `call` being cleared: `settled` is the contact as [`cleared`] left it, with its campaign.
#[must_use]
pub fn follow_up_events(
    id: DispositionId,
    call: &Call,
    settled: Option<(&Contact, &Campaign)>,
    now: OffsetDateTime,
) -> Vec<NewEvent> {
    let done = NewEvent {
        kind: EventKind::FollowUpDone,
        user_id: call.user_id,
        campaign_id: call.campaign_id,
        contact_id: call.contact_id,
        call_id: Some(call.id),
        at: now,
        data: data([("disposition_id", json!(id))]),
    };
    let settled = settled.map(|(contact, campaign)| settled_event(contact, campaign, call.id, now));
    std::iter::once(done).chain(settled).collect()
}
