//! The consent ledger.

use std::cmp::Reverse;

use async_trait::async_trait;
use dialer_domain::consents::store::{ConsentFilter, ConsentStore};
use dialer_domain::consents::{ConsentEvent, recorded};
use dialer_domain::ids::ConsentEventId;
use dialer_domain::{Page, PageRequest, PhoneNumber, Scope, StoreError, UserId};

use super::{MemoryStore, State, page};

#[async_trait]
impl ConsentStore for MemoryStore {
    async fn record_consents(&self, owner: UserId, entries: Vec<ConsentEvent>) -> Result<(), StoreError> {
        let mut state = self.lock();
        state.check_consents(owner, &entries)?;
        state.put_consents(owner, entries);
        Ok(())
    }

    async fn consents_of(&self, owner: UserId, number: &PhoneNumber) -> Result<Vec<ConsentEvent>, StoreError> {
        Ok(self.lock().consents_about(owner, number))
    }

    async fn consent(&self, owner: UserId, id: ConsentEventId) -> Result<Option<ConsentEvent>, StoreError> {
        Ok(self.lock().consents.get(&id).filter(|entry| entry.user_id == owner).cloned())
    }

    async fn consents(
        &self,
        owner: UserId,
        filter: ConsentFilter,
        window: PageRequest,
    ) -> Result<Page<ConsentEvent>, StoreError> {
        let state = self.lock();
        let mut rows: Vec<&ConsentEvent> = state
            .consents
            .values()
            .filter(|entry| entry.user_id == owner)
            .filter(|entry| filter.phone_number.as_ref().is_none_or(|number| *number == entry.phone_number))
            .filter(|entry| filter.contact_id.is_none_or(|contact| entry.contact_id == Some(contact)))
            .filter(|entry| filter.purpose.is_none_or(|purpose| entry.purpose == Some(purpose)))
            .filter(|entry| filter.act.is_none_or(|act| entry.act == act))
            .collect();
        rows.sort_by_key(|entry| Reverse((entry.created_at, entry.id)));
        Ok(page(&rows, window))
    }
}

impl super::State {
    /// Every entry of `owner`'s about a number, as they happened.
    pub(super) fn consents_about(&self, owner: UserId, number: &PhoneNumber) -> Vec<ConsentEvent> {
        let of_number = |entry: &&ConsentEvent| entry.user_id == owner && entry.phone_number == *number;
        let mut rows: Vec<ConsentEvent> = self.consents.values().filter(of_number).cloned().collect();
        rows.sort_by_key(|entry| (entry.happened_at, entry.created_at, entry.id));
        rows
    }
}

impl State {
    /// Goes on only when these entries may be added.
    pub(super) fn check_consents(&self, owner: UserId, entries: &[ConsentEvent]) -> Result<(), StoreError> {
        let is_own = |contact| {
            let contact = self.contacts.get(&contact);
            contact.is_some_and(|contact| self.campaign_covered(Scope::User(owner), contact.campaign_id))
        };
        if !entries.iter().filter_map(|entry| entry.contact_id).all(is_own) {
            return Err(StoreError::MissingReference { what: "the contact" });
        }
        if entries.iter().any(|entry| self.consents.contains_key(&entry.id)) {
            return Err(StoreError::Duplicate { what: "the consent" });
        }
        Ok(())
    }

    pub(super) fn put_consents(&mut self, owner: UserId, entries: Vec<ConsentEvent>) {
        let Some(event) = recorded(owner, &entries) else { return };
        self.consents.extend(entries.into_iter().map(|entry| (entry.id, ConsentEvent { user_id: owner, ..entry })));
        self.log(event);
    }
}
