//! Offers: a contact that one agent looks at before calling it.

use time::OffsetDateTime;

use crate::contacts::{Contact, ContactStatus};
use crate::ids::{CampaignId, ContactId, QueueEntryId, UserId};

/// A contact reserved for an agent, for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// The campaign.
    pub campaign_id: CampaignId,
    /// The contact.
    pub contact_id: ContactId,
    /// Its place in the line.
    pub entry_id: QueueEntryId,
    /// When the offer runs out.
    pub until: OffsetDateTime,
}

/// Whether `agent` may be given this contact: nobody else looks at it, and nobody else promised to call it back. `None` is
/// a phone without a profile.
#[must_use]
pub fn may_take(contact: &Contact, agent: Option<UserId>) -> bool {
    let free = |holder: Option<UserId>| holder.is_none() || holder == agent;
    free(contact.reserved_for) && free(promised_by(contact))
}

/// The agent who alone calls this contact back.
#[must_use]
pub fn promised_by(contact: &Contact) -> Option<UserId> {
    contact.callback_for.filter(|_| contact.status == ContactStatus::Callback)
}

/// The contact while `agent` looks at it.
#[must_use]
pub fn reserved(contact: &Contact, agent: UserId, now: OffsetDateTime) -> Contact {
    Contact { reserved_for: Some(agent), updated_at: now, ..contact.clone() }
}

/// The contact once `agent` has turned to something else; `None` when it was not theirs.
#[must_use]
pub fn released(contact: &Contact, agent: UserId, now: OffsetDateTime) -> Option<Contact> {
    (contact.reserved_for == Some(agent)).then(|| Contact { reserved_for: None, updated_at: now, ..contact.clone() })
}
