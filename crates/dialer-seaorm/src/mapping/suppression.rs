//! Do-not-call entries.

use dialer_domain::ids::SuppressionId;
use dialer_domain::suppression::Suppression;
use dialer_domain::{CampaignId, StoreError, UserId};

use super::{Row, text_opt};
use crate::entity::suppression::Model;
use crate::errors::SUPPRESSION;

impl From<&Suppression> for Model {
    fn from(entry: &Suppression) -> Self {
        Self {
            id: entry.id.as_uuid(),
            user_id: entry.user_id.as_uuid(),
            phone_number: entry.phone_number.as_e164().to_owned(),
            reason: text_opt(entry.reason.as_deref()),
            source: entry.source.map(|source| source.as_str().to_owned()),
            created_by: entry.created_by.map(UserId::as_uuid),
            created_at: entry.created_at.into(),
            campaign_id: entry.campaign_id.map(CampaignId::as_uuid),
        }
    }
}

impl TryFrom<Model> for Suppression {
    type Error = StoreError;

    fn try_from(model: Model) -> Result<Self, StoreError> {
        let row = Row::new(SUPPRESSION.table, &model.id);
        Ok(Self {
            id: SuppressionId::new(model.id),
            user_id: UserId::new(model.user_id),
            phone_number: row.number(&model.phone_number)?,
            campaign_id: model.campaign_id.map(CampaignId::new),
            reason: model.reason,
            source: row.parse_opt(model.source)?,
            created_by: model.created_by.map(UserId::new),
            created_at: model.created_at.get(),
        })
    }
}
