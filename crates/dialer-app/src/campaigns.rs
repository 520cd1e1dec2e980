//! Campaigns, as their owners handle them.

use dialer_domain::campaigns::store::CampaignFilter;
use dialer_domain::campaigns::{Campaign, CampaignAction, CampaignPatch, DialingMode, NewCampaign};
use dialer_domain::identity::Principal;
use dialer_domain::ids::CampaignId;
use dialer_domain::store::{Page, PageRequest, Precondition, StoreError};
use dialer_domain::stores::Stores;

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

    /// The same on other stores, such as those of a unit of work.
    #[must_use]
    pub fn on(&self, stores: Stores) -> Self {
        Self { ports: Ports { stores, ..self.ports.clone() }, engine: self.engine.clone() }
    }

    /// Makes a draft.
    pub async fn create(&self, who: Principal, new: NewCampaign) -> Result<Campaign, UseCaseError> {
        let id = CampaignId::generate(self.ports.ids.as_ref());
        let campaign = Campaign::draft(id, who.user, new, self.ports.clock.now())?;
        self.ports.stores.campaigns.add(&campaign).await?;
        Ok(campaign)
    }

    /// One campaign: an own one, or one to which the caller is assigned as an agent.
    pub async fn get(&self, who: Principal, id: CampaignId) -> Result<Campaign, UseCaseError> {
        self.ports.stores.campaigns.get(who.scope(), id).await?.ok_or(UseCaseError::NotFound("campaign"))
    }

    /// Own campaigns and those to which the caller is assigned, latest first.
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
        self.change_if(who, id, patch, &Precondition::Any).await
    }

    /// Changes a campaign that is still what the caller takes it for.
    ///
    /// # Errors
    /// [`UseCaseError::Changed`] when it is not.
    pub async fn change_if(
        &self,
        who: Principal,
        id: CampaignId,
        patch: CampaignPatch,
        condition: &Precondition,
    ) -> Result<Campaign, UseCaseError> {
        const TRIES: u32 = 5;
        for _ in 0..TRIES {
            let before = self.owned(who, id).await?;
            // The store takes the change of this revision only, so that what holds here holds when it is written.
            if !condition.holds(&before.tag()) {
                return Err(UseCaseError::Changed("campaign"));
            }
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

    /// Starts, pauses, resumes, completes or archives a campaign.
    ///
    /// # Errors
    /// [`UseCaseError::Conflict`] when the action does not fit the campaign's status, or when there is nobody to dial.
    pub async fn act(&self, who: Principal, id: CampaignId, action: CampaignAction) -> Result<Campaign, UseCaseError> {
        let campaign = self.owned(who, id).await?;
        let Some(status) = action.leads_to(campaign.status) else {
            return Err(UseCaseError::Conflict(format!("a campaign that is {} cannot {action}", campaign.status)));
        };
        let dials_a_list = campaign.mode != DialingMode::Manual;
        if action == CampaignAction::Start && dials_a_list && campaign.stats.total == 0 {
            let nobody = "the campaign has no contacts, so it would dial nobody; add some first";
            return Err(UseCaseError::Conflict(nobody.to_owned()));
        }
        self.change(who, id, CampaignPatch { status: Some(status), ..CampaignPatch::default() }).await
    }

    /// Makes a draft with the settings of a campaign, and with `contacts` also its contacts, as if they had never been
    /// called. Numbers that were suppressed meanwhile are left out.
    pub async fn duplicate(&self, who: Principal, id: CampaignId, contacts: bool) -> Result<Campaign, UseCaseError> {
        let campaign = self.owned(who, id).await?;
        let now = self.ports.clock.now();
        let copy = campaign.copy(CampaignId::generate(self.ports.ids.as_ref()), who.user, now);
        let store = &self.ports.stores.campaigns;
        if !contacts {
            store.add(&copy).await?;
            return self.get(who, copy.id).await;
        }
        match store.add_copy(who.scope(), &copy, id).await {
            Err(StoreError::MissingReference { .. }) => Err(UseCaseError::NotFound("campaign")),
            copied => Ok(copied?),
        }
    }

    async fn owned(&self, who: Principal, id: CampaignId) -> Result<Campaign, UseCaseError> {
        own_campaign(&self.ports, who, id).await
    }

    /// Deletes a campaign with its contacts. Its calls stay in the log.
    pub async fn delete(&self, who: Principal, id: CampaignId) -> Result<(), UseCaseError> {
        let deleted = self.ports.stores.campaigns.delete(who.scope(), id, self.ports.clock.now()).await?;
        if deleted { Ok(()) } else { Err(UseCaseError::NotFound("campaign")) }
    }
}

/// A campaign of the caller's own. To an assigned agent it does not exist here: they may read it and nothing more.
pub(crate) async fn own_campaign(ports: &Ports, who: Principal, id: CampaignId) -> Result<Campaign, UseCaseError> {
    let campaign = ports.stores.campaigns.get(who.scope(), id).await?;
    campaign.filter(|campaign| who.scope().covers(campaign.user_id)).ok_or(UseCaseError::NotFound("campaign"))
}
