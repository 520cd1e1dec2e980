//! What decisions are made from.

use async_trait::async_trait;
use dialer_domain::eligibility::reader::{Case, EligibilityReader};
use dialer_domain::rules::{Circumstances, LedgerEntry};
use dialer_domain::{CampaignId, ContactId, OffsetDateTime, Scope, StoreError, UserId};

use super::{MemoryStore, State};

impl MemoryStore {
    fn case_of(&self, state: &State, scope: Scope, id: ContactId, now: OffsetDateTime) -> Option<Case> {
        let contact = state.candidate(id)?;
        let campaign = state.campaigns.get(&contact.campaign_id).filter(|campaign| scope.covers(campaign.user_id))?;
        let at = self.circumstances_of(state, campaign.user_id, now);
        let suppressed = state.suppressed(campaign.user_id, &contact.person.phone_number);
        let dossier = state.dossier(campaign, &contact, &at, now);
        Some(Case { contact, suppressed, dossier })
    }
}

#[async_trait]
impl EligibilityReader for MemoryStore {
    async fn circumstances(&self, owner: UserId, now: OffsetDateTime) -> Result<Circumstances, StoreError> {
        Ok(self.circumstances_of(&self.lock(), owner, now))
    }

    async fn ledger(
        &self,
        scope: Scope,
        campaign: CampaignId,
        now: OffsetDateTime,
    ) -> Result<Option<Vec<LedgerEntry>>, StoreError> {
        let state = self.lock();
        let campaign = state.campaigns.get(&campaign).filter(|campaign| scope.covers(campaign.user_id));
        Ok(campaign.map(|campaign| state.ledger(campaign, &self.rules.0.governing().book, now)))
    }

    async fn case(&self, scope: Scope, contact: ContactId, now: OffsetDateTime) -> Result<Option<Case>, StoreError> {
        Ok(self.case_of(&self.lock(), scope, contact, now))
    }

    async fn cases(
        &self,
        scope: Scope,
        campaign: CampaignId,
        after: Option<ContactId>,
        limit: u16,
        now: OffsetDateTime,
    ) -> Result<Vec<Case>, StoreError> {
        let state = self.lock();
        let later = |id: &&ContactId| after.is_none_or(|after| **id > after);
        let of_list = |id: &&ContactId| state.contacts.get(id).is_some_and(|row| row.campaign_id == campaign);
        let ids = state.contacts.keys().filter(later).filter(of_list).take(limit.into());
        Ok(ids.filter_map(|id| self.case_of(&state, scope, *id, now)).collect())
    }

    async fn following(
        &self,
        scope: Scope,
        campaign: CampaignId,
        after: u64,
        limit: u16,
        now: OffsetDateTime,
    ) -> Result<Vec<(u64, Case)>, StoreError> {
        let state = self.lock();
        let rows = (1..).zip(state.list(campaign)).filter(|(place, _)| *place > after).take(limit.into());
        Ok(rows.filter_map(|(place, row)| Some((place, self.case_of(&state, scope, row.id, now)?))).collect())
    }
}
