//! The contacts of one campaign: in the order they were added, counted, and in line for a call.
//!
//! What a database does with indexes is done here by hand, so that a campaign of tens of thousands of contacts can be dialled
//! in a test.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use dialer_domain::campaigns::CampaignStats;
use dialer_domain::queue::priority;
use dialer_domain::{Contact, ContactId, ContactStatus, Duration, OffsetDateTime};
use uuid::Uuid;

/// A place in the line of a campaign: higher priority first, then earlier time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) priority: Reverse<i32>,
    pub(super) scheduled_at: OffsetDateTime,
}

impl Place {
    /// Where a contact stands in line. One without a due time has been due since it was added.
    pub(super) fn of(contact: &Contact) -> Self {
        Self {
            priority: Reverse(priority(contact.status)),
            scheduled_at: contact.next_attempt_at.unwrap_or(contact.created_at),
        }
    }
}

/// Whether a contact is, or may become, due for another attempt.
pub(super) fn may_be_due(contact: &Contact) -> bool {
    let open = match contact.status {
        ContactStatus::Pending | ContactStatus::Failed | ContactStatus::Callback => true,
        ContactStatus::Calling | ContactStatus::Completed | ContactStatus::DoNotCall => false,
    };
    open && contact.closed_reason.is_none()
}

/// When somebody's turn is, who was added first among equals, and whose it is.
type InLine = (OffsetDateTime, u64, ContactId);

/// Those in line, by priority.
type Line = BTreeMap<Reverse<i32>, BTreeSet<InLine>>;

/// A campaign's contacts.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct List {
    order: BTreeMap<u64, ContactId>,
    places: BTreeMap<ContactId, u64>,
    stats: CampaignStats,
    /// Those who may be called at any time.
    fresh: Line,
    /// Those who may be called from an instant on.
    timed: Line,
}

impl List {
    /// The contacts in the order they were added.
    pub(super) fn ids(&self) -> impl Iterator<Item = ContactId> {
        self.order.values().copied()
    }

    pub(super) const fn stats(&self) -> CampaignStats {
        self.stats
    }

    /// Takes in a contact's new state. One that is not known yet is added at the end.
    pub(super) fn put(&mut self, before: Option<&Contact>, after: &Contact) {
        if let Some(before) = before {
            self.leave_line(before);
            *self.count(before.status) -= 1;
        } else {
            let place = self.order.last_key_value().map_or(1, |(last, _)| last + 1);
            self.order.insert(place, after.id);
            self.places.insert(after.id, place);
            self.stats.total += 1;
        }
        *self.count(after.status) += 1;
        if may_be_due(after) {
            let in_line = self.in_line(after);
            self.line_of(after).insert(in_line);
        }
    }

    pub(super) fn remove(&mut self, contact: &Contact) {
        self.leave_line(contact);
        if let Some(place) = self.places.remove(&contact.id) {
            self.order.remove(&place);
            *self.count(contact.status) -= 1;
            self.stats.total -= 1;
        }
    }

    /// Those who are due at `now`, first in line first.
    pub(super) fn due(&self, now: OffsetDateTime) -> impl Iterator<Item = (ContactId, Place)> {
        let mut fresh = in_turn(&self.fresh, None).peekable();
        let mut timed = in_turn(&self.timed, Some(now)).peekable();
        std::iter::from_fn(move || {
            let from_fresh = match (fresh.peek(), timed.peek()) {
                (Some(first), Some(other)) => first < other,
                (Some(_), None) => true,
                (None, _) => false,
            };
            let next = if from_fresh { fresh.next() } else { timed.next() };
            next.map(|(place, _, contact)| (contact, place))
        })
    }

    /// When the next one who is not due at `now` is.
    pub(super) fn next_due(&self, now: OffsetDateTime) -> Option<OffsetDateTime> {
        let later = (now + Duration::NANOSECOND, 0, ContactId::new(Uuid::nil()));
        self.timed.values().filter_map(|line| line.range(later..).next()).map(|(at, ..)| *at).min()
    }

    /// Everybody who may ever be called, but for `except`.
    pub(super) fn open(&self, except: Option<ContactId>) -> impl Iterator<Item = ContactId> {
        let in_line = self.fresh.values().chain(self.timed.values()).flatten().map(|(.., contact)| *contact);
        in_line.filter(move |contact| Some(*contact) != except)
    }

    fn leave_line(&mut self, contact: &Contact) {
        if may_be_due(contact) {
            let in_line = self.in_line(contact);
            self.line_of(contact).remove(&in_line);
        }
    }

    fn in_line(&self, contact: &Contact) -> InLine {
        (Place::of(contact).scheduled_at, self.places.get(&contact.id).copied().unwrap_or_default(), contact.id)
    }

    fn line_of(&mut self, contact: &Contact) -> &mut BTreeSet<InLine> {
        let line = if contact.next_attempt_at.is_none() { &mut self.fresh } else { &mut self.timed };
        line.entry(Place::of(contact).priority).or_default()
    }

    const fn count(&mut self, status: ContactStatus) -> &mut u64 {
        match status {
            ContactStatus::Pending => &mut self.stats.pending,
            ContactStatus::Calling => &mut self.stats.calling,
            ContactStatus::Completed => &mut self.stats.completed,
            ContactStatus::Failed => &mut self.stats.failed,
            ContactStatus::Callback => &mut self.stats.callback,
            ContactStatus::DoNotCall => &mut self.stats.do_not_call,
        }
    }
}

/// Those whose turn is at `until` or before.
fn in_turn(line: &Line, until: Option<OffsetDateTime>) -> impl Iterator<Item = (Place, u64, ContactId)> {
    line.iter().flat_map(move |(priority, line)| {
        let turns = line.iter().take_while(move |(at, ..)| until.is_none_or(|until| *at <= until));
        turns.map(|(at, added, contact)| (Place { priority: *priority, scheduled_at: *at }, *added, *contact))
    })
}
