//! Campaigns, as their owners handle them.

use dialer_domain::campaigns::store::CampaignFilter;
use dialer_domain::campaigns::{Campaign, CampaignPatch, NewCampaign};
use dialer_domain::identity::Principal;
use dialer_domain::ids::CampaignId;
use dialer_domain::store::{Page, PageRequest, StoreError};

use crate::engine::EngineHandle;
use crate::error::UseCaseError;
use crate::ports::Ports;

/// What owners do with campaigns.
#[derive(Clone)]
pub struct Campaigns {
    ports: Ports,
    engine: EngineHandle,
}

impl Campaigns {
    /// On these ports; `engine` is woken when a campaign changes.
    #[must_use]
    pub const fn new(ports: Ports, engine: EngineHandle) -> Self {
        Self { ports, engine }
    }

    /// Makes a draft.
    pub async fn create(&self, who: Principal, new: NewCampaign) -> Result<Campaign, UseCaseError> {
        let id = CampaignId::generate(self.ports.ids.as_ref());
        let campaign = Campaign::draft(id, who.user, new, self.ports.clock.now())?;
        self.ports.stores.campaigns.add(&campaign).await?;
        Ok(campaign)
    }

    /// One campaign.
    pub async fn get(&self, who: Principal, id: CampaignId) -> Result<Campaign, UseCaseError> {
        self.ports.stores.campaigns.get(who.scope(), id).await?.ok_or(UseCaseError::NotFound("campaign"))
    }

    /// Own campaigns, latest first.
    pub async fn list(
        &self,
        who: Principal,
        filter: CampaignFilter,
        page: PageRequest,
    ) -> Result<Page<Campaign>, UseCaseError> {
        Ok(self.ports.stores.campaigns.list(who.scope(), filter, page).await?)
    }

    /// Changes a campaign. Changes that meet another one half-way are decided again on what is stored then.
    pub async fn change(&self, who: Principal, id: CampaignId, patch: CampaignPatch) -> Result<Campaign, UseCaseError> {
        const TRIES: u32 = 5;
        for _ in 0..TRIES {
            let before = self.get(who, id).await?;
            let after = before.patched(patch.clone(), self.ports.clock.now())?;
            match self.ports.stores.campaigns.save(who.scope(), &after).await {
                Ok(stored) => {
                    self.engine.wake();
                    return Ok(stored);
                }
                Err(StoreError::Stale { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(UseCaseError::Conflict("the campaign is being changed by others; try again".to_owned()))
    }

    /// Deletes a campaign with its contacts. Its calls stay in the log.
    pub async fn delete(&self, who: Principal, id: CampaignId) -> Result<(), UseCaseError> {
        let deleted = self.ports.stores.campaigns.delete(who.scope(), id, self.ports.clock.now()).await?;
        if deleted { Ok(()) } else { Err(UseCaseError::NotFound("campaign")) }
    }
}
