//! Receipts of decisions.

use dialer_domain::receipts::Receipt;
use dialer_domain::{CallId, CampaignId, ContactId, StoreError, UserId};
use sea_orm::DbErr;

use super::Row;
use crate::entity::receipt::Model;
use crate::errors::RECEIPT;
use crate::mapping::instant::Instant;

impl TryFrom<&Receipt> for Model {
    type Error = StoreError;

    /// Fails only for instants that no calendar of ours shows.
    fn try_from(receipt: &Receipt) -> Result<Self, StoreError> {
        let json = |error: serde_json::Error| RECEIPT.error(DbErr::Json(error.to_string()));
        Ok(Self {
            id: receipt.call_id.as_uuid(),
            user_id: receipt.user_id.as_uuid(),
            campaign_id: receipt.campaign_id.as_uuid(),
            contact_id: receipt.contact_id.as_uuid(),
            decided_at: receipt.decided_at.into(),
            book: receipt.book.to_string(),
            program: receipt.program.clone(),
            inputs: serde_json::to_string(&receipt.inputs).map_err(json)?,
            rules: serde_json::to_string(&receipt.rules).map_err(json)?,
        })
    }
}

impl TryFrom<Model> for Receipt {
    type Error = StoreError;

    fn try_from(model: Model) -> Result<Self, StoreError> {
        let row = Row::new(RECEIPT.table, &model.id);
        Ok(Self {
            call_id: CallId::new(model.id),
            user_id: UserId::new(model.user_id),
            campaign_id: CampaignId::new(model.campaign_id),
            contact_id: ContactId::new(model.contact_id),
            decided_at: Instant::get(model.decided_at),
            book: row.parse(&model.book)?,
            program: model.program.clone(),
            inputs: serde_json::from_str(&model.inputs).map_err(|error| row.corrupt(error))?,
            rules: serde_json::from_str(&model.rules).map_err(|error| row.corrupt(error))?,
        })
    }
}
