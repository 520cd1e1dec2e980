//! Contacts: an import sorts out what cannot be stored before it stores the rest.

use std::collections::BTreeSet;

use async_trait::async_trait;
use dialer_domain::contacts::ContactPatch;
use dialer_domain::contacts::store::{ContactChangeError, ContactStore, ImportOutcome, Removal, SkipReason};
use dialer_domain::events::EventKind;
use dialer_domain::{
    Campaign, CampaignId, Contact, ContactId, ContactStatus, OffsetDateTime, Page, PageRequest, PhoneNumber, Scope,
    StoreError, UserId,
};

use super::{MemoryStore, State, page};

#[async_trait]
impl ContactStore for MemoryStore {
    async fn import(
        &self,
        scope: Scope,
        campaign: CampaignId,
        contacts: Vec<Contact>,
    ) -> Result<ImportOutcome, StoreError> {
        let mut state = self.lock();
        let Some(campaign) = state.campaigns.get(&campaign).filter(|row| scope.covers(row.user_id)).cloned() else {
            return Err(StoreError::MissingReference { what: "the campaign" });
        };
        let outcome = state.sort_out(&campaign, contacts);
        let mut ids = BTreeSet::new();
        if outcome.added.iter().any(|new| state.contacts.contains_key(&new.id) || !ids.insert(new.id)) {
            return Err(StoreError::Duplicate { what: "the contact" });
        }
        if let Some(event) = outcome.event(campaign.user_id) {
            state.log(event.by(scope));
        }
        for contact in &outcome.added {
            state.put_contact(contact.clone());
        }
        Ok(outcome)
    }

    async fn get(&self, scope: Scope, id: ContactId) -> Result<Option<Contact>, StoreError> {
        let state = self.lock();
        let reserved = |row: &Contact| {
            row.reserved_for.is_some_and(|agent| scope.covers(agent)) && state.is_agent(scope, row.campaign_id)
        };
        let contact =
            state.contacts.get(&id).filter(|row| state.campaign_covered(scope, row.campaign_id) || reserved(row));
        Ok(contact.cloned())
    }

    async fn find(
        &self,
        scope: Scope,
        campaign: CampaignId,
        number: &PhoneNumber,
    ) -> Result<Option<Contact>, StoreError> {
        let state = self.lock();
        if !state.campaign_covered(scope, campaign) {
            return Ok(None);
        }
        Ok(state.list(campaign).find(|row| row.person.phone_number == *number).cloned())
    }

    async fn list(
        &self,
        scope: Scope,
        campaign: CampaignId,
        status: Option<ContactStatus>,
        window: PageRequest,
    ) -> Result<Page<Contact>, StoreError> {
        let state = self.lock();
        if !state.campaign_covered(scope, campaign) {
            return Ok(Page { items: Vec::new(), total: 0 });
        }
        let rows: Vec<&Contact> =
            state.list(campaign).filter(|row| status.is_none_or(|status| row.status == status)).collect();
        Ok(page(&rows, window))
    }

    async fn following(
        &self,
        scope: Scope,
        campaign: CampaignId,
        after: u64,
        limit: u16,
    ) -> Result<Vec<(u64, Contact)>, StoreError> {
        let state = self.lock();
        if !state.campaign_covered(scope, campaign) {
            return Ok(Vec::new());
        }
        let contacts = (1..).zip(state.list(campaign)).filter(|(place, _)| *place > after);
        Ok(contacts.take(limit.into()).map(|(place, contact)| (place, contact.clone())).collect())
    }

    async fn patch(
        &self,
        scope: Scope,
        id: ContactId,
        patch: ContactPatch,
        now: OffsetDateTime,
    ) -> Result<Option<Contact>, ContactChangeError> {
        let mut state = self.lock();
        let Some((contact, owner)) = state.contact_in_scope(scope, id) else { return Ok(None) };
        let after = contact.patched(patch, now)?;
        let number = &after.person.phone_number;
        if state.list(after.campaign_id).any(|other| other.id != id && other.person.phone_number == *number) {
            return Err(StoreError::Duplicate { what: "the contact" }.into());
        }
        state.put_contact(after.clone());
        let event = after.event(owner, EventKind::ContactUpdated, now);
        state.log(event.by(scope).changing(&contact.changes(&after)));
        Ok(Some(after))
    }

    async fn remove(&self, scope: Scope, id: ContactId, now: OffsetDateTime) -> Result<Removal, StoreError> {
        let mut state = self.lock();
        let Some((contact, owner)) = state.contact_in_scope(scope, id) else { return Ok(Removal::NotThere) };
        if contact.status == ContactStatus::Calling {
            return Ok(Removal::Live);
        }
        state.remove_contact(id);
        state.forget_live(id);
        state.past.retain(|past| past.contact != id);
        for row in state.calls.values_mut().filter(|row| row.call.contact_id == Some(id)) {
            row.call.contact_id = None;
        }
        if let Some(campaign) = state.campaigns.get_mut(&contact.campaign_id) {
            campaign.updated_at = campaign.updated_at.max(now);
        }
        state.log(contact.event(owner, EventKind::ContactRemoved, now).by(scope));
        Ok(Removal::Removed)
    }
}

impl State {
    /// Tells the contacts that can be stored from those that are left out.
    pub(super) fn sort_out(&self, campaign: &Campaign, contacts: Vec<Contact>) -> ImportOutcome {
        let stored: BTreeSet<&PhoneNumber> = self.list(campaign.id).map(|row| &row.person.phone_number).collect();
        let mut seen = BTreeSet::new();
        let mut outcome = ImportOutcome::default();
        for (index, contact) in contacts.into_iter().enumerate() {
            let number = &contact.person.phone_number;
            let reason = if !seen.insert(number.clone()) {
                SkipReason::DuplicateInFile
            } else if stored.contains(number) {
                SkipReason::DuplicateInCampaign
            } else if self.suppressed_in(campaign.user_id, number, Some(campaign.id)) {
                SkipReason::DncInternal
            } else {
                outcome.added.push(contact);
                continue;
            };
            outcome.skipped.push((index, reason));
        }
        outcome
    }
}

impl State {
    /// A contact in scope, with its campaign's owner.
    fn contact_in_scope(&self, scope: Scope, id: ContactId) -> Option<(Contact, UserId)> {
        let contact = self.contacts.get(&id)?;
        let owner = self.campaigns.get(&contact.campaign_id)?.user_id;
        scope.covers(owner).then(|| (contact.clone(), owner))
    }
}
