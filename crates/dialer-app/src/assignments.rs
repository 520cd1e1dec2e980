//! Who works on a campaign, as its owner decides.

use dialer_domain::campaigns::agents::{Assigned, Assignment};
use dialer_domain::identity::Principal;
use dialer_domain::ids::{AssignmentId, CampaignId, UserId};
use dialer_domain::store::{Page, PageRequest};
use dialer_domain::stores::Stores;

use crate::campaigns::own_campaign;
use crate::error::UseCaseError;
use crate::ports::Ports;

/// What owners do with the agents of their campaigns.
#[derive(Clone)]
pub struct Agents {
    ports: Ports,
}

impl Agents {
    /// On these ports.
    #[must_use]
    pub const fn new(ports: Ports) -> Self {
        Self { ports }
    }

    /// The same on other stores, such as those of a unit of work.
    #[must_use]
    pub fn on(&self, stores: Stores) -> Self {
        Self { ports: Ports { stores, ..self.ports.clone() } }
    }

    /// The agents of an own campaign, in the order in which they were assigned.
    ///
    /// # Errors
    /// [`UseCaseError::NotFound`] also for an assigned agent.
    pub async fn list(
        &self,
        who: Principal,
        campaign: CampaignId,
        page: PageRequest,
    ) -> Result<Page<Assignment>, UseCaseError> {
        own_campaign(&self.ports, who, campaign).await?;
        Ok(self.ports.stores.agents.agents(who.scope(), campaign, page).await?)
    }

    /// Assigns an agent. Doing it again changes nothing.
    pub async fn assign(&self, who: Principal, campaign: CampaignId, agent: UserId) -> Result<Assigned, UseCaseError> {
        let new = Assignment {
            id: AssignmentId::generate(self.ports.ids.as_ref()),
            campaign_id: campaign,
            user_id: agent,
            created_at: self.ports.clock.now(),
        };
        let assigned = self.ports.stores.agents.assign(who.scope(), new).await?;
        assigned.ok_or(UseCaseError::NotFound("campaign"))
    }

    /// Ends an assignment. Contacts stay reserved for the agent, who no longer sees them.
    pub async fn unassign(&self, who: Principal, campaign: CampaignId, agent: UserId) -> Result<(), UseCaseError> {
        let now = self.ports.clock.now();
        let gone = self.ports.stores.agents.unassign(who.scope(), campaign, agent, now).await?;
        if gone { Ok(()) } else { Err(UseCaseError::NotFound("agent")) }
    }
}
