//! Agents of campaigns.

use dialer_domain::campaigns::agents::Assignment;
use dialer_domain::ids::AssignmentId;
use dialer_domain::{CampaignId, UserId};

use crate::entity::assignment::Model;

impl From<&Assignment> for Model {
    fn from(agent: &Assignment) -> Self {
        Self {
            id: agent.id.as_uuid(),
            campaign_id: agent.campaign_id.as_uuid(),
            user_id: agent.user_id.as_uuid(),
            created_at: agent.created_at.into(),
        }
    }
}

impl From<Model> for Assignment {
    fn from(model: Model) -> Self {
        Self {
            id: AssignmentId::new(model.id),
            campaign_id: CampaignId::new(model.campaign_id),
            user_id: UserId::new(model.user_id),
            created_at: model.created_at.get(),
        }
    }
}
