//! Events.

use dialer_domain::events::{Event, NewEvent};
use dialer_domain::{CallId, CampaignId, ContactId, StoreError, UserId};

use super::{Row, json, text};
use crate::entity::event::Model;
use crate::errors::EVENT;

impl From<&NewEvent> for Model {
    /// The row without its number, which the database gives.
    fn from(event: &NewEvent) -> Self {
        Self {
            seq: 0,
            kind: text(event.kind.as_str()),
            user_id: event.user_id.as_uuid(),
            campaign_id: event.campaign_id.map(CampaignId::as_uuid),
            contact_id: event.contact_id.map(ContactId::as_uuid),
            call_id: event.call_id.map(CallId::as_uuid),
            at: event.at.into(),
            data: json(&event.data),
        }
    }
}

impl TryFrom<Model> for Event {
    type Error = StoreError;

    fn try_from(model: Model) -> Result<Self, StoreError> {
        let row = Row::new(EVENT.table, &model.seq);
        Ok(Self {
            seq: model.seq,
            event: NewEvent {
                kind: row.parse(&model.kind)?,
                user_id: UserId::new(model.user_id),
                campaign_id: model.campaign_id.map(CampaignId::new),
                contact_id: model.contact_id.map(ContactId::new),
                call_id: model.call_id.map(CallId::new),
                at: model.at.get(),
                data: row.object(model.data)?,
            },
        })
    }
}
