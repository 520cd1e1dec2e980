//! The horizon: the domain decides about each contact, the store keeps the line.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use async_trait::async_trait;
use dialer_domain::calls::NewCall;
use dialer_domain::eligibility::Facts;
use dialer_domain::events::EventKind;
use dialer_domain::leases::Lease;
use dialer_domain::queue::store::{Claimed, ContactClaim, DialQueue, Planned};
use dialer_domain::queue::{Claim, DialSlot, QueueStatus, Refused, claim, claim_as, priority};
use dialer_domain::{
    Call, CallId, CampaignId, CampaignStatus, Contact, ContactId, ContactStatus, OffsetDateTime, QueueEntryId, Scope,
    StoreError,
};

use super::{Entry, MemoryStore, PastEntry, State};

#[async_trait]
impl DialQueue for MemoryStore {
    async fn plan(
        &self,
        campaign: CampaignId,
        lease: &Lease,
        ids: Vec<QueueEntryId>,
        now: OffsetDateTime,
    ) -> Result<Planned, StoreError> {
        let mut state = self.lock();
        if !state.campaigns.contains_key(&campaign) {
            return Ok(Planned::default());
        }
        let due = state.due_contacts(campaign, now);
        let queued = state.horizons.get(&campaign).map_or(0, |horizon| waiting(horizon.values()));
        let free = ids.len().saturating_sub(queued);
        if free > 0 {
            self.hold(&state, lease, campaign)?;
        }
        let horizon = state.horizons.entry(campaign).or_default();
        for ((contact, place), id) in due.into_iter().zip(ids).take(free) {
            horizon.insert(contact, place.entry(id, now));
        }
        let queued = waiting(horizon.values());
        let later = state.list(campaign).filter(|row| may_be_due(row)).filter_map(|row| row.next_attempt_at);
        Ok(Planned { queued: u32::try_from(queued).unwrap_or(u32::MAX), next_due: later.filter(|at| *at > now).min() })
    }

    async fn claim(
        &self,
        campaign: CampaignId,
        lease: &Lease,
        slots: Vec<DialSlot>,
        now: OffsetDateTime,
    ) -> Result<Claimed, StoreError> {
        let mut state = self.lock();
        let mut ids = BTreeSet::new();
        if slots.iter().any(|slot| state.calls.contains_key(&slot.call_id) || !ids.insert(slot.call_id)) {
            return Err(StoreError::Duplicate { what: "the call" });
        }
        let Some(campaign) = state.campaigns.get(&campaign).cloned() else { return Ok(Claimed::default()) };
        self.hold(&state, lease, campaign.id)?;
        let mut waiting = state.waiting_entries(campaign.id).into_iter();
        let mut claimed = Claimed::default();
        'slots: for slot in slots {
            for (contact, entry) in waiting.by_ref() {
                let Some(contact) = &state.candidate(contact) else { continue };
                let suppressed = state.suppressed(campaign.user_id, &contact.person.phone_number);
                let decision = claim(Facts { campaign: &campaign, contact, suppressed }, slot.clone(), now);
                match state.write_claim(decision, entry) {
                    ContactClaim::Call(call) => {
                        claimed.calls.push(*call);
                        continue 'slots;
                    }
                    ContactClaim::Refused(_) => claimed.refused += 1,
                }
            }
        }
        Ok(claimed)
    }

    async fn claim_contact(
        &self,
        scope: Scope,
        contact: ContactId,
        entry: QueueEntryId,
        intent: NewCall,
        now: OffsetDateTime,
    ) -> Result<Option<ContactClaim>, StoreError> {
        let mut state = self.lock();
        let Some(contact) = &state.candidate(contact) else { return Ok(None) };
        let Some(campaign) = state.campaigns.get(&contact.campaign_id).filter(|row| scope.covers(row.user_id)) else {
            return Ok(None);
        };
        if state.calls.contains_key(&intent.id) {
            return Err(StoreError::Duplicate { what: "the call" });
        }
        let horizon = state.horizons.get(&campaign.id);
        let waiting = horizon.and_then(|horizon| horizon.get(&contact.id)).filter(|entry| entry.call.is_none());
        let entry = waiting.copied().unwrap_or_else(|| Place::of(contact).entry(entry, now));
        let suppressed = state.suppressed(campaign.user_id, &contact.person.phone_number);
        let decision = claim_as(Facts { campaign, contact, suppressed }, intent, now);
        Ok(Some(state.write_claim(decision, entry)))
    }

    async fn complete_if_spent(
        &self,
        campaign: CampaignId,
        lease: &Lease,
        now: OffsetDateTime,
    ) -> Result<bool, StoreError> {
        let mut state = self.lock();
        let spent = state.list(campaign).count() > 0
            && state.list(campaign).all(|row| row.status != ContactStatus::Calling && !may_be_due(row))
            && !state.list(campaign).any(|row| state.is_live(row.id));
        let active = state.campaigns.get(&campaign).is_some_and(|row| row.status == CampaignStatus::Active);
        if !spent || !active {
            return Ok(false);
        }
        self.hold(&state, lease, campaign)?;
        let Some(campaign) = state.campaigns.get_mut(&campaign) else { return Ok(false) };
        campaign.status = CampaignStatus::Completed;
        campaign.revision += 1;
        campaign.updated_at = now;
        let event = campaign.event(EventKind::CampaignUpdated, now);
        state.log(event);
        Ok(true)
    }
}

/// A place in the line of a campaign: higher priority first, then earlier time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    priority: Reverse<i32>,
    scheduled_at: OffsetDateTime,
}

impl Place {
    /// Where a contact stands in line. One without a due time has been due since it was added.
    fn of(contact: &Contact) -> Self {
        Self {
            priority: Reverse(priority(contact.status)),
            scheduled_at: contact.next_attempt_at.unwrap_or(contact.created_at),
        }
    }

    /// A waiting entry at this place.
    fn entry(self, id: QueueEntryId, now: OffsetDateTime) -> Entry {
        Entry { id, priority: self.priority.0, scheduled_at: self.scheduled_at, created_at: now, call: None }
    }
}

/// Whether a contact is, or may become, due for another attempt.
fn may_be_due(contact: &Contact) -> bool {
    let open = match contact.status {
        ContactStatus::Pending | ContactStatus::Failed | ContactStatus::Callback => true,
        ContactStatus::Calling | ContactStatus::Completed | ContactStatus::DoNotCall => false,
    };
    open && contact.closed_reason.is_none()
}

fn waiting<'a>(entries: impl Iterator<Item = &'a Entry>) -> usize {
    entries.filter(|entry| entry.call.is_none()).count()
}

impl State {
    fn is_live(&self, contact: ContactId) -> bool {
        self.calls.values().any(|row| row.call.contact_id == Some(contact) && row.call.ended_at.is_none())
    }

    /// Whether another contact of the same campaign is being called or may be.
    pub(super) fn others_open(&self, contact: &Contact) -> bool {
        let mut others = self.list(contact.campaign_id).filter(|row| row.id != contact.id);
        others.any(|row| row.status == ContactStatus::Calling || may_be_due(row))
    }

    /// The contact as a claim decides about it. Whatever its row says: while a call to it lives, it is being called.
    fn candidate(&self, id: ContactId) -> Option<Contact> {
        let mut contact = self.contacts.get(&id)?.clone();
        if self.is_live(id) {
            contact.status = ContactStatus::Calling;
        }
        Some(contact)
    }

    /// Contacts that are due and have no entry, first in line first.
    fn due_contacts(&self, campaign: CampaignId, now: OffsetDateTime) -> Vec<(ContactId, Place)> {
        let horizon = self.horizons.get(&campaign);
        let mut due: Vec<_> = self
            .list(campaign)
            .filter(|row| may_be_due(row) && row.next_attempt_at.is_none_or(|at| at <= now))
            .filter(|row| !horizon.is_some_and(|horizon| horizon.contains_key(&row.id)))
            .map(|row| (row.id, Place::of(row)))
            .collect();
        due.sort_by_key(|(_, place)| *place);
        due
    }

    /// The waiting entries with their contacts, first in line first.
    pub(super) fn waiting_entries(&self, campaign: CampaignId) -> Vec<(ContactId, Entry)> {
        let horizon = self.horizons.get(&campaign).into_iter().flatten();
        let mut entries: Vec<_> =
            horizon.filter(|(_, entry)| entry.call.is_none()).map(|(contact, entry)| (*contact, *entry)).collect();
        entries.sort_by_key(|(_, entry)| (Reverse(entry.priority), entry.scheduled_at, entry.id));
        entries
    }

    /// Writes what was decided about the contact of `entry`.
    fn write_claim(&mut self, decision: Result<Claim, Box<Refused>>, entry: Entry) -> ContactClaim {
        match decision {
            Ok(Claim { contact, call, event }) => {
                let entry = Entry { call: Some(call.id), ..entry };
                self.horizons.entry(contact.campaign_id).or_default().insert(contact.id, entry);
                self.put_contact(contact);
                self.put_call(call.clone());
                self.keep_promises(&call);
                self.log(event);
                ContactClaim::Call(Box::new(call))
            }
            Err(refused) => {
                let Refused { refusal, contact, event } = *refused;
                self.end_entry(contact.campaign_id, contact.id, None, QueueStatus::Skipped);
                if refusal.closes().is_some() {
                    self.put_contact(contact);
                }
                self.log(event);
                ContactClaim::Refused(refusal)
            }
        }
    }

    /// The entry that `call` came from is over.
    pub(super) fn close_entry(&mut self, call: &Call, status: QueueStatus) {
        if let (Some(campaign), Some(contact)) = (call.campaign_id, call.contact_id) {
            self.end_entry(campaign, contact, Some(call.id), status);
        }
    }

    /// Ends the contact's entry if it became `call`, or still waits for one where that is `None`.
    pub(super) fn end_entry(
        &mut self,
        campaign: CampaignId,
        contact: ContactId,
        call: Option<CallId>,
        status: QueueStatus,
    ) {
        let Some(horizon) = self.horizons.get_mut(&campaign) else { return };
        if let Some(entry) = horizon.get(&contact).copied().filter(|entry| entry.call == call) {
            horizon.remove(&contact);
            self.past.push(PastEntry { campaign, contact, entry, status });
        }
    }
}
