//! Campaigns: counts are made when a row is read.

use std::cmp::Reverse;

use async_trait::async_trait;
use dialer_domain::campaigns::store::{CampaignFilter, CampaignStore};
use dialer_domain::events::EventKind;
use dialer_domain::leases::LeaseName;
use dialer_domain::{
    Campaign, CampaignId, CampaignStatus, Contact, ContactId, OffsetDateTime, Page, PageRequest, Scope, StoreError,
};
use uuid::Uuid;

use super::list::List;
use super::{MemoryStore, page};

#[async_trait]
impl CampaignStore for MemoryStore {
    async fn add(&self, campaign: &Campaign) -> Result<(), StoreError> {
        let mut state = self.lock();
        if state.campaigns.contains_key(&campaign.id) {
            return Err(StoreError::Duplicate { what: "the campaign" });
        }
        let made = campaign.event(EventKind::CampaignCreated, campaign.created_at);
        state.log(made.by(Scope::User(campaign.user_id)));
        state.campaigns.insert(campaign.id, campaign.clone());
        Ok(())
    }

    async fn add_copy(&self, scope: Scope, copy: &Campaign, from: CampaignId) -> Result<Campaign, StoreError> {
        let mut state = self.lock();
        if !state.campaign_covered(scope, from) {
            return Err(StoreError::MissingReference { what: "the campaign" });
        }
        if state.campaigns.contains_key(&copy.id) {
            return Err(StoreError::Duplicate { what: "the campaign" });
        }
        state.log(copy.event(EventKind::CampaignCreated, copy.created_at).by(scope));
        state.campaigns.insert(copy.id, copy.clone());
        let fresh = |contact: &Contact| {
            // Another id for each, and the same one in every run.
            let id = Uuid::from_u128(contact.id.as_uuid().as_u128() ^ copy.id.as_uuid().as_u128());
            Contact::fresh(ContactId::new(id), copy.id, contact.person.clone(), copy.created_at)
        };
        let listed = state.list(from).map(fresh).collect();
        let outcome = state.sort_out(copy, listed);
        if let Some(event) = outcome.event(copy.user_id) {
            state.log(event.by(scope));
        }
        for contact in outcome.added {
            state.put_contact(contact);
        }
        Ok(state.counted(copy))
    }

    async fn get(&self, scope: Scope, id: CampaignId) -> Result<Option<Campaign>, StoreError> {
        Ok(self.lock().campaign(scope, id))
    }

    async fn list(
        &self,
        scope: Scope,
        filter: CampaignFilter,
        window: PageRequest,
    ) -> Result<Page<Campaign>, StoreError> {
        let state = self.lock();
        let mut rows: Vec<&Campaign> = state
            .campaigns
            .values()
            .filter(|row| state.may_read(scope, row))
            .filter(|row| filter.status.is_none_or(|status| row.status == status))
            .filter(|row| filter.mode.is_none_or(|mode| row.mode == mode))
            .collect();
        rows.sort_by_key(|row| Reverse((row.created_at, row.id)));
        let mut found = page(&rows, window);
        for campaign in &mut found.items {
            *campaign = state.counted(campaign);
        }
        Ok(found)
    }

    async fn save(&self, scope: Scope, after: &Campaign) -> Result<Campaign, StoreError> {
        let mut state = self.lock();
        let stored = state.campaigns.get(&after.id).filter(|row| scope.covers(row.user_id));
        let Some(before) = stored.filter(|row| row.revision == after.revision - 1) else {
            return Err(StoreError::Stale { what: "campaign" });
        };
        let replacement = Campaign { user_id: before.user_id, ..after.clone() };
        let event = replacement.event(EventKind::CampaignUpdated, replacement.updated_at);
        let event = event.by(scope).changing(&before.changes(&replacement));
        state.log(event);
        state.campaigns.insert(after.id, replacement.clone());
        Ok(state.counted(&replacement))
    }

    async fn delete(&self, scope: Scope, id: CampaignId, now: OffsetDateTime) -> Result<bool, StoreError> {
        let mut state = self.lock();
        if !state.campaigns.get(&id).is_some_and(|row| scope.covers(row.user_id)) {
            return Ok(false);
        }
        if let Some(campaign) = state.campaigns.remove(&id) {
            state.log(campaign.event(EventKind::CampaignDeleted, now).by(scope));
        }
        for contact in state.lists.remove(&id).iter().flat_map(List::ids) {
            state.contacts.remove(&contact);
            state.imported.remove(&contact);
            state.forget_live(contact);
        }
        state.forget_imports(id);
        state.horizons.remove(&id);
        state.past.retain(|past| past.campaign != id);
        state.agents.retain(|agent| agent.campaign_id != id);
        state.leases.remove(&LeaseName::Campaign(id));
        state.suppressions.retain(|_, entry| entry.campaign_id != Some(id));
        for row in state.calls.values_mut().filter(|row| row.call.campaign_id == Some(id)) {
            row.call.campaign_id = None;
            row.call.contact_id = None;
        }
        Ok(true)
    }

    async fn active(&self) -> Result<Vec<Campaign>, StoreError> {
        let state = self.lock();
        let mut rows: Vec<&Campaign> =
            state.campaigns.values().filter(|row| row.status == CampaignStatus::Active).collect();
        rows.sort_by_key(|row| (row.created_at, row.id));
        Ok(rows.into_iter().map(|row| state.counted(row)).collect())
    }
}
