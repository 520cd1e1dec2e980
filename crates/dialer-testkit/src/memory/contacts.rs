//! Contacts: an import sorts out what cannot be stored before it stores the rest.

use std::collections::BTreeSet;

use async_trait::async_trait;
use dialer_domain::contacts::store::{ContactStore, ImportOutcome, SkipReason};
use dialer_domain::events::{EventKind, NewEvent};
use dialer_domain::{
    Campaign, CampaignId, Contact, ContactId, ContactStatus, Page, PageRequest, PhoneNumber, Scope, StoreError,
};
use serde_json::json;

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
        if let Some(first) = outcome.added.first() {
            state.log(NewEvent {
                kind: EventKind::ContactsImported,
                user_id: campaign.user_id,
                campaign_id: Some(campaign.id),
                contact_id: None,
                call_id: None,
                at: first.created_at,
                data: serde_json::Map::from_iter([
                    ("added".to_owned(), json!(outcome.added.len())),
                    ("skipped".to_owned(), json!(outcome.skipped.len())),
                ]),
            });
        }
        for contact in &outcome.added {
            state.lists.entry(campaign.id).or_default().push(contact.id);
            state.put_contact(contact.clone());
        }
        Ok(outcome)
    }

    async fn get(&self, scope: Scope, id: ContactId) -> Result<Option<Contact>, StoreError> {
        let state = self.lock();
        let contact = state.contacts.get(&id).filter(|row| state.campaign_covered(scope, row.campaign_id));
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
}

impl State {
    /// Tells the contacts that can be stored from those that are left out.
    fn sort_out(&self, campaign: &Campaign, contacts: Vec<Contact>) -> ImportOutcome {
        let stored: BTreeSet<&PhoneNumber> = self.list(campaign.id).map(|row| &row.person.phone_number).collect();
        let mut seen = BTreeSet::new();
        let mut outcome = ImportOutcome::default();
        for (index, contact) in contacts.into_iter().enumerate() {
            let number = &contact.person.phone_number;
            let reason = if !seen.insert(number.clone()) {
                SkipReason::DuplicateInFile
            } else if stored.contains(number) {
                SkipReason::DuplicateInCampaign
            } else if self.suppressed(campaign.user_id, number) {
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
