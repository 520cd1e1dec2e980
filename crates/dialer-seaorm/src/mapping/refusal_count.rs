//! Counts of refusals.

use dialer_domain::receipts::RefusalCount;
use dialer_domain::rules::RuleRef;
use dialer_domain::{CampaignId, StoreError, UserId};

use super::{Row, signed};
use crate::entity::refusal_count::Model;
use crate::errors::REFUSAL_COUNT;

impl From<&RefusalCount> for Model {
    fn from(count: &RefusalCount) -> Self {
        let rule = count.rule;
        Self {
            campaign_id: count.campaign_id.as_uuid(),
            hour: count.hour.into(),
            code: count.code.as_str().to_owned(),
            rule_id: rule.map(|rule| rule.id.to_string()).unwrap_or_default(),
            rule_version: rule.map(|rule| rule.version.to_string()).unwrap_or_default(),
            user_id: count.user_id.as_uuid(),
            count: signed(count.count),
        }
    }
}

impl TryFrom<Model> for RefusalCount {
    type Error = StoreError;

    fn try_from(model: Model) -> Result<Self, StoreError> {
        let row = Row::new(REFUSAL_COUNT.table, &model.campaign_id);
        let rule = if model.rule_id.is_empty() {
            None
        } else {
            Some(RuleRef { id: row.parse(&model.rule_id)?, version: row.parse(&model.rule_version)? })
        };
        Ok(Self {
            user_id: UserId::new(model.user_id),
            campaign_id: CampaignId::new(model.campaign_id),
            hour: model.hour.get(),
            code: row.parse(&model.code)?,
            rule,
            count: row.size(model.count)?,
        })
    }
}
