//! Agents of campaigns.

use async_trait::async_trait;
use dialer_domain::campaigns::agents::{Assigned, Assignment, CampaignAgents};
use dialer_domain::events::EventKind;
use dialer_domain::{CampaignId, OffsetDateTime, Page, PageRequest, Scope, StoreError, UserId};

use super::{MemoryStore, State, page};

#[async_trait]
impl CampaignAgents for MemoryStore {
    async fn assign(&self, scope: Scope, new: Assignment) -> Result<Option<Assigned>, StoreError> {
        let mut state = self.lock();
        let Some(owner) = state.owner_in(scope, new.campaign_id) else { return Ok(None) };
        let before = state.agents.iter().find(|row| (row.campaign_id, row.user_id) == (new.campaign_id, new.user_id));
        if let Some(before) = before {
            return Ok(Some(Assigned::Before(*before)));
        }
        state.agents.push(new);
        state.log(new.event(owner, EventKind::AgentAssigned, new.created_at).by(scope));
        Ok(Some(Assigned::Now(new)))
    }

    async fn unassign(
        &self,
        scope: Scope,
        campaign: CampaignId,
        agent: UserId,
        now: OffsetDateTime,
    ) -> Result<bool, StoreError> {
        let mut state = self.lock();
        let Some(owner) = state.owner_in(scope, campaign) else { return Ok(false) };
        let place = state.agents.iter().position(|row| (row.campaign_id, row.user_id) == (campaign, agent));
        let Some(place) = place else { return Ok(false) };
        let gone = state.agents.remove(place);
        state.log(gone.event(owner, EventKind::AgentUnassigned, now).by(scope));
        Ok(true)
    }

    async fn agents(
        &self,
        scope: Scope,
        campaign: CampaignId,
        window: PageRequest,
    ) -> Result<Page<Assignment>, StoreError> {
        let state = self.lock();
        let covered = state.campaign_covered(scope, campaign);
        let mut rows: Vec<_> = state.agents.iter().filter(|row| covered && row.campaign_id == campaign).collect();
        rows.sort_by_key(|row| (row.created_at, row.id));
        Ok(page(&rows, window))
    }
}

impl State {
    /// The owner of a campaign in scope.
    pub(super) fn owner_in(&self, scope: Scope, campaign: CampaignId) -> Option<UserId> {
        self.campaigns.get(&campaign).map(|row| row.user_id).filter(|owner| scope.covers(*owner))
    }
}
