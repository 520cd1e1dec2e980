//! The horizon: the domain decides about each contact, the store keeps the line.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use async_trait::async_trait;
use dialer_domain::agents::offers::{may_take, promised_by};
use dialer_domain::agents::{AgentState, AgentStep};
use dialer_domain::calls::NewCall;
use dialer_domain::eligibility::{Facts, Refusal, RefusalCode};
use dialer_domain::events::EventKind;
use dialer_domain::leases::Lease;
use dialer_domain::queue::store::{Claimed, ContactClaim, DialQueue, Planned};
use dialer_domain::queue::{CALLBACK_PRIORITY, Claim, DialSlot, QueueStatus, Refused, claim, claim_as, hand_over};
use dialer_domain::rules::RuleBook;
use dialer_domain::telephony::AgentLine;
use dialer_domain::{
    Call, CallId, CampaignId, CampaignStatus, Contact, ContactId, ContactStatus, OffsetDateTime, QueueEntryId, Scope,
    StoreError, UserId,
};

use super::list::Place;
use super::{Entry, MemoryStore, PastEntry, State};
use uuid::Uuid;

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
        let free = ids.len().saturating_sub(state.for_anyone(campaign));
        if free > 0 {
            self.hold(&state, lease, campaign)?;
        }
        let due = state.due_contacts(campaign, free, now);
        let horizon = state.horizons.entry(campaign).or_default();
        for ((contact, place), id) in due.into_iter().zip(ids) {
            horizon.insert(contact, waiting_at(place, id, now));
        }
        let queued = u32::try_from(waiting(horizon.values())).unwrap_or(u32::MAX);
        Ok(Planned { queued, next_due: state.lists.get(&campaign).and_then(|list| list.next_due(now)) })
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
        let mut slots = slots;
        slots.retain(|slot| slot.user.is_none_or(|user| state.is_ready(user)));
        let mut claimed = Claimed::default();
        let mut at = self.circumstances_of(&state, campaign.user_id, now);
        if slots.iter().any(|slot| slot.agent.is_none()) {
            let ledger = state.ledger(&campaign, &at.governing.book, now);
            at.ahead = Some(ledger.iter().map(Into::into).collect());
        }
        for (contact, entry) in state.waiting_entries(campaign.id) {
            if slots.is_empty() {
                break;
            }
            let Some(contact) = &state.candidate(contact) else { continue };
            let Some(place) = slots.iter().position(|slot| may_take(contact, slot.user)) else { continue };
            let suppressed = state.suppressed(campaign.user_id, &contact.person.phone_number);
            let dossier = state.dossier(&campaign, contact, &at, now);
            let facts = Facts { campaign: &campaign, contact, suppressed, rules: at.facts(&campaign, &dossier) };
            let decision = claim(facts, &at.governing.book, slots[place].clone(), now);
            match state.write_claim(Scope::Service, &at.governing.book, decision, entry) {
                ContactClaim::Call(call) => {
                    let taken = slots.remove(place);
                    slots.retain(|slot| slot.user.is_none() || slot.user != taken.user);
                    claimed.calls.push(*call);
                }
                ContactClaim::Refused(_) => claimed.refused += 1,
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
        let entry = waiting.copied().unwrap_or_else(|| waiting_at(Place::of(contact), entry, now));
        if !may_take(contact, intent.agent_id) {
            return Ok(Some(ContactClaim::Refused(Refusal::taken(RefusalCode::Reserved))));
        }
        if state.can_dial(intent.agent_id, &intent.clone().intend(now), Some(contact.id)).is_err() {
            return Ok(Some(ContactClaim::Refused(Refusal::taken(RefusalCode::AgentBusy))));
        }
        let suppressed = state.suppressed(campaign.user_id, &contact.person.phone_number);
        let at = self.circumstances_of(&state, campaign.user_id, now);
        let dossier = state.dossier(campaign, contact, &at, now);
        let facts = Facts { campaign, contact, suppressed, rules: at.facts(campaign, &dossier) };
        let decision = claim_as(facts, &at.governing.book, intent, now);
        Ok(Some(state.write_claim(scope, &at.governing.book, decision, entry)))
    }

    async fn hand_over(
        &self,
        call: CallId,
        agent: &AgentLine,
        user: Option<UserId>,
        now: OffsetDateTime,
    ) -> Result<Option<Call>, StoreError> {
        let mut state = self.lock();
        let row = state.calls.get(&call).filter(|_| user.is_none_or(|user| state.is_ready(user)));
        let Some((handed, event)) = row.and_then(|row| hand_over(&row.call, agent, user, now)) else {
            return Ok(None);
        };
        state.log(event);
        state.put_call(handed.clone());
        let profile = user.and_then(|user| state.profile_of(user)).cloned();
        if let Some(profile) = profile {
            let dial = AgentStep::Dial { call, contact: handed.contact_id };
            // Whoever is ready can be given a call.
            drop(state.take_step(&profile, &dial, false, now));
        }
        Ok(Some(handed))
    }

    async fn complete_if_spent(
        &self,
        campaign: CampaignId,
        lease: &Lease,
        now: OffsetDateTime,
    ) -> Result<bool, StoreError> {
        let mut state = self.lock();
        let spent = state.lists.get(&campaign).is_some_and(|list| {
            let counts = list.stats();
            counts.total > 0 && counts.calling == 0 && list.open(None).next().is_none()
        }) && !state.open.iter().any(|(_, call)| state.is_attempt_in(*call, campaign));
        let active = state.campaigns.get(&campaign).is_some_and(|row| row.status == CampaignStatus::Active);
        if !spent || !active {
            return Ok(false);
        }
        self.hold(&state, lease, campaign)?;
        let Some(campaign) = state.campaigns.get_mut(&campaign) else { return Ok(false) };
        campaign.status = CampaignStatus::Completed;
        campaign.revision += 1;
        campaign.updated_at = now;
        let event = campaign.event(EventKind::CampaignUpdated, now).changing(&["status"]);
        state.log(event);
        Ok(true)
    }
}

/// An entry that waits at this place.
fn waiting_at(place: Place, id: QueueEntryId, now: OffsetDateTime) -> Entry {
    Entry { id, priority: place.priority.0, scheduled_at: place.scheduled_at, created_at: now, call: None }
}

fn waiting<'a>(entries: impl Iterator<Item = &'a Entry>) -> usize {
    entries.filter(|entry| entry.call.is_none()).count()
}

impl State {
    pub(super) fn is_live(&self, contact: ContactId) -> bool {
        let first = (contact, CallId::new(Uuid::nil()));
        self.live.range(first..).next().is_some_and(|(called, _)| *called == contact)
    }

    fn is_attempt_in(&self, call: CallId, campaign: CampaignId) -> bool {
        self.calls.get(&call).is_some_and(|row| row.call.campaign_id == Some(campaign) && row.call.contact_id.is_some())
    }

    /// Whether another contact of the same campaign is being called or may be.
    pub(super) fn others_open(&self, contact: &Contact) -> bool {
        self.lists.get(&contact.campaign_id).is_some_and(|list| {
            let calling = u64::from(contact.status == ContactStatus::Calling);
            list.stats().calling > calling || list.open(Some(contact.id)).next().is_some()
        })
    }

    fn is_ready(&self, user: UserId) -> bool {
        self.profile_of(user).is_some_and(|agent| agent.presence.state() == AgentState::Ready)
    }

    /// The contact as a claim decides about it. Whatever its row says: while a call to it lives, it is being called, and whoever
    /// does not want to be called by this campaign is not.
    pub(super) fn candidate(&self, id: ContactId) -> Option<Contact> {
        let mut contact = self.contacts.get(&id)?.clone();
        if self.is_live(id) {
            contact.status = ContactStatus::Calling;
        } else if self.suppressed_here(&contact) {
            contact.status = ContactStatus::DoNotCall;
        }
        Some(contact)
    }

    /// Whether the contact's number is suppressed in its campaign alone.
    fn suppressed_here(&self, contact: &Contact) -> bool {
        let Some(campaign) = self.campaigns.get(&contact.campaign_id) else { return false };
        let key = (campaign.user_id, contact.person.phone_number.clone(), Some(campaign.id));
        self.suppressions.contains_key(&key)
    }

    /// How many wait whom anybody may be given.
    fn for_anyone(&self, campaign: CampaignId) -> usize {
        let waiting = self.horizons.get(&campaign).into_iter().flatten().filter(|(_, entry)| entry.call.is_none());
        waiting.filter(|(contact, _)| self.promised_by(contact).is_none()).count()
    }

    fn promised_by(&self, contact: &ContactId) -> Option<UserId> {
        self.contacts.get(contact).and_then(promised_by)
    }

    /// Contacts that are due and have no entry, first in line first: up to `free` whom anybody may be given, and those whom
    /// one agent alone calls back.
    fn due_contacts(&self, campaign: CampaignId, free: usize, now: OffsetDateTime) -> Vec<(ContactId, Place)> {
        let horizon = self.horizons.get(&campaign);
        let due = self.lists.get(&campaign).into_iter().flat_map(|list| list.due(now));
        let mut left = free;
        let mut next = Vec::new();
        for (contact, place) in due.filter(|(contact, _)| !horizon.is_some_and(|horizon| horizon.contains_key(contact)))
        {
            if self.promised_by(&contact).is_some() {
                next.push((contact, place));
            } else if left > 0 {
                left -= 1;
                next.push((contact, place));
            } else if place.priority.0 < CALLBACK_PRIORITY {
                break;
            }
        }
        next
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
    pub(super) fn write_claim(
        &mut self,
        scope: Scope,
        book: &RuleBook,
        decision: Result<Claim, Box<Refused>>,
        entry: Entry,
    ) -> ContactClaim {
        match decision {
            Ok(Claim { contact, call, event, receipt }) => {
                self.keep_receipt(book, receipt);
                let entry = Entry { call: Some(call.id), ..entry };
                self.horizons.entry(contact.campaign_id).or_default().insert(contact.id, entry);
                self.put_contact(contact);
                self.put_call(call.clone());
                self.keep_promises(&call);
                self.log(event.by(scope));
                self.give_call(&call);
                ContactClaim::Call(Box::new(call))
            }
            Err(refused) => {
                let refusal = refused.refusal;
                self.write_refused(scope, *refused);
                ContactClaim::Refused(refusal)
            }
        }
    }

    /// Takes a contact that may not be called out of the line.
    pub(super) fn write_refused(&mut self, scope: Scope, refused: Refused) {
        let Refused { refusal, contact, event, counted } = refused;
        self.count_refusal(counted);
        self.end_entry(contact.campaign_id, contact.id, None, QueueStatus::Skipped);
        if refusal.closes().is_some() || refusal.is_of_place() {
            self.put_contact(contact);
        }
        self.log(event.by(scope));
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
