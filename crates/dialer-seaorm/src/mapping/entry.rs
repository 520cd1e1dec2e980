//! Queue entries with whom they concern.

use dialer_domain::queue::entries::QueueEntry;
use dialer_domain::{CampaignId, ContactId, QueueEntryId, StoreError};
use sea_orm::FromQueryResult;
use sea_orm::prelude::Uuid;

use super::Row;
use super::instant::Instant;
use crate::errors::ENTRY;

/// A row of `dialer_queues` beside what is shown of its contact.
#[derive(Debug, FromQueryResult)]
pub(crate) struct Listed {
    id: Uuid,
    campaign_id: Uuid,
    contact_id: Uuid,
    priority: i64,
    scheduled_at: Instant,
    status: String,
    created_at: Instant,
    phone_number: String,
    first_name: Option<String>,
    last_name: Option<String>,
}

impl TryFrom<Listed> for QueueEntry {
    type Error = StoreError;

    fn try_from(listed: Listed) -> Result<Self, StoreError> {
        let row = Row::new(ENTRY.table, &listed.id);
        Ok(Self {
            id: QueueEntryId::new(listed.id),
            campaign_id: CampaignId::new(listed.campaign_id),
            contact_id: ContactId::new(listed.contact_id),
            priority: i32::try_from(listed.priority).map_err(|error| row.corrupt(error))?,
            scheduled_at: listed.scheduled_at.get(),
            status: row.parse(&listed.status)?,
            created_at: listed.created_at.get(),
            phone_number: row.number(&listed.phone_number)?,
            first_name: listed.first_name,
            last_name: listed.last_name,
        })
    }
}
