//! Campaigns.

use dialer_domain::campaigns::{Campaign, CampaignStats};
use dialer_domain::schedule::ActiveHours;
use dialer_domain::{CampaignId, Duration, StoreError, UserId};
use serde::Deserialize;
use serde_json::json;

use super::{Row, text, text_opt};
use crate::entity::campaign::Model;
use crate::errors::CAMPAIGN;

#[derive(Deserialize)]
struct Hours {
    start: String,
    end: String,
}

impl From<&Campaign> for Model {
    fn from(campaign: &Campaign) -> Self {
        let hours = campaign.active_hours;
        Self {
            id: campaign.id.as_uuid(),
            user_id: campaign.user_id.as_uuid(),
            name: text(&campaign.name),
            description: text_opt(campaign.description.as_deref()),
            mode: campaign.mode.as_str().to_owned(),
            purpose: campaign.purpose.as_str().to_owned(),
            callee: campaign.callee.as_str().to_owned(),
            status: campaign.status.as_str().to_owned(),
            caller_id: campaign.caller_id.as_ref().map(|number| number.as_e164().to_owned()),
            script: text_opt(campaign.script.as_deref()),
            max_attempts: campaign.max_attempts.into(),
            retry_interval: campaign.retry_interval.whole_seconds(),
            active_hours: json!({"start": hours.start().to_string(), "end": hours.end().to_string()}),
            timezone: campaign.timezone.name().to_owned(),
            stats: json!(campaign.stats),
            pause_reason: text_opt(campaign.pause_reason.as_deref()),
            revision: campaign.revision,
            created_at: campaign.created_at.into(),
            updated_at: campaign.updated_at.into(),
        }
    }
}

impl TryFrom<Model> for Campaign {
    type Error = StoreError;

    fn try_from(model: Model) -> Result<Self, StoreError> {
        let row = Row::new(CAMPAIGN.table, &model.id);
        let hours: Hours = serde_json::from_value(model.active_hours).map_err(|error| row.corrupt(error))?;
        let stats: CampaignStats = serde_json::from_value(model.stats).map_err(|error| row.corrupt(error))?;
        Ok(Self {
            id: CampaignId::new(model.id),
            user_id: UserId::new(model.user_id),
            name: model.name,
            description: model.description,
            mode: row.parse(&model.mode)?,
            purpose: row.parse(&model.purpose)?,
            callee: row.parse(&model.callee)?,
            status: row.parse(&model.status)?,
            caller_id: model.caller_id.map(|number| row.number(&number)).transpose()?,
            script: model.script,
            max_attempts: row.count(model.max_attempts)?,
            retry_interval: Duration::seconds(row.count(model.retry_interval)?.into()),
            active_hours: ActiveHours::parse(&hours.start, &hours.end).map_err(|error| row.corrupt(error))?,
            timezone: row.parse(&model.timezone)?,
            stats,
            pause_reason: model.pause_reason,
            revision: model.revision,
            created_at: model.created_at.get(),
            updated_at: model.updated_at.get(),
        })
    }
}
