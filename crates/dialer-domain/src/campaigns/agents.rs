//! Who works on a campaign. Its owner assigns agents; an assigned agent may read the campaign and the contacts reserved for
//! them in it, and nothing else of it opens.

use async_trait::async_trait;
use serde_json::{Map, json};
use time::OffsetDateTime;

use crate::events::{EventKind, NewEvent};
use crate::identity::Scope;
use crate::ids::{AssignmentId, CampaignId, UserId};
use crate::store::{Page, PageRequest, StoreError};

/// An agent of a campaign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Assignment {
    /// Its id.
    pub id: AssignmentId,
    /// The campaign.
    pub campaign_id: CampaignId,
    /// The agent.
    pub user_id: UserId,
    /// Since when.
    pub created_at: OffsetDateTime,
}

/// What assigning did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Assigned {
    /// The agent is assigned from now on.
    Now(Assignment),
    /// The agent was assigned already; nothing was changed.
    Before(Assignment),
}

impl Assignment {
    /// The event of an assignment or of its end, in a campaign of `owner`.
    #[must_use]
    pub fn event(&self, owner: UserId, kind: EventKind, at: OffsetDateTime) -> NewEvent {
        NewEvent {
            kind,
            user_id: owner,
            campaign_id: Some(self.campaign_id),
            contact_id: None,
            call_id: None,
            at,
            data: Map::from_iter([("agent_id".to_owned(), json!(self.user_id))]),
        }
    }
}

/// Agents of campaigns. A scope holds those of own campaigns: an agent does not see with whom they work.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait CampaignAgents: Send + Sync {
    /// Assigns an agent, with an event. `None` when the campaign is not in scope.
    async fn assign(&self, scope: Scope, new: Assignment) -> Result<Option<Assigned>, StoreError>;

    /// Ends an assignment, with an event. False when there is none in scope.
    async fn unassign(
        &self,
        scope: Scope,
        campaign: CampaignId,
        agent: UserId,
        now: OffsetDateTime,
    ) -> Result<bool, StoreError>;

    /// The agents of a campaign in scope, in the order in which they were assigned.
    async fn agents(
        &self,
        scope: Scope,
        campaign: CampaignId,
        page: PageRequest,
    ) -> Result<Page<Assignment>, StoreError>;
}
