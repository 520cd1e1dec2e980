//! Dispositions and follow-ups.

use dialer_domain::dispositions::{FollowUp, RecordedDisposition};
use dialer_domain::ids::DispositionId;
use dialer_domain::{Call, CallId, CampaignId, ContactId, StoreError, UserId};
use sea_orm::FromQueryResult;
use sea_orm::prelude::Uuid;

use super::instant::Instant;
use super::{Row, local_and_zone, text_opt};
use crate::entity::disposition::Model;
use crate::errors::DISPOSITION;

impl Model {
    /// The row of a disposition of `call`.
    pub(crate) fn of(recorded: &RecordedDisposition, call: &Call) -> Self {
        let (follow_up_local, follow_up_zone) = local_and_zone(recorded.follow_up_wall.as_ref());
        Self {
            id: recorded.id.as_uuid(),
            call_id: recorded.call_id.as_uuid(),
            user_id: recorded.user_id.as_uuid(),
            disposition: recorded.disposition.as_str().to_owned(),
            notes: text_opt(recorded.notes.as_deref()),
            follow_up_date: recorded.follow_up_date.map(Into::into),
            follow_up_again: recorded.follow_up_again.map(Into::into),
            follow_up_local,
            follow_up_zone,
            personal: recorded.personal,
            created_at: recorded.created_at.into(),
            owner_id: Some(call.user_id.as_uuid()),
        }
    }
}

impl TryFrom<Model> for RecordedDisposition {
    type Error = StoreError;

    fn try_from(model: Model) -> Result<Self, StoreError> {
        let row = Row::new(DISPOSITION.table, &model.id);
        Ok(Self {
            id: DispositionId::new(model.id),
            call_id: CallId::new(model.call_id),
            user_id: UserId::new(model.user_id),
            disposition: row.parse(&model.disposition)?,
            notes: model.notes,
            follow_up_date: model.follow_up_date.map(Instant::get),
            follow_up_again: model.follow_up_again.map(Instant::get),
            follow_up_wall: row.wall(model.follow_up_local, model.follow_up_zone)?,
            personal: model.personal,
            created_at: model.created_at.get(),
        })
    }
}

/// A disposition with a date, its call and its contact.
#[derive(FromQueryResult)]
pub(crate) struct FollowUpRow {
    id: Uuid,
    call_id: Uuid,
    campaign_id: Option<Uuid>,
    contact_id: Option<Uuid>,
    user_id: Uuid,
    disposition: String,
    phone_number: Option<String>,
    first_name: Option<String>,
    last_name: Option<String>,
    company: Option<String>,
    due_at: Instant,
    due_again_at: Option<Instant>,
    due_local: Option<String>,
    due_zone: Option<String>,
    personal: bool,
    notes: Option<String>,
    created_at: Instant,
    done_at: Option<Instant>,
    kept_by: Option<Uuid>,
    missed_at: Option<Instant>,
}

impl TryFrom<FollowUpRow> for FollowUp {
    type Error = StoreError;

    fn try_from(model: FollowUpRow) -> Result<Self, StoreError> {
        let row = Row::new(DISPOSITION.table, &model.id);
        Ok(Self {
            disposition_id: DispositionId::new(model.id),
            call_id: CallId::new(model.call_id),
            campaign_id: model.campaign_id.map(CampaignId::new),
            contact_id: model.contact_id.map(ContactId::new),
            user_id: UserId::new(model.user_id),
            disposition: row.parse(&model.disposition)?,
            phone_number: model.phone_number.map(|number| row.number(&number)).transpose()?,
            first_name: model.first_name,
            last_name: model.last_name,
            company: model.company,
            due_at: model.due_at.get(),
            due_again_at: model.due_again_at.map(Instant::get),
            due_wall: row.wall(model.due_local, model.due_zone)?,
            personal: model.personal,
            notes: model.notes,
            created_at: model.created_at.get(),
            done_at: model.done_at.map(Instant::get),
            kept_by: model.kept_by.map(CallId::new),
            missed_at: model.missed_at.map(Instant::get),
        })
    }
}
