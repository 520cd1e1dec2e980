//! Entries of the consent ledger.

use dialer_domain::consents::ConsentEvent;
use dialer_domain::ids::ConsentEventId;
use dialer_domain::{ContactId, StoreError, UserId};

use super::{Row, text, text_opt};
use crate::entity::consent::Model;
use crate::errors::CONSENT;
use crate::mapping::instant::Instant;

impl From<&ConsentEvent> for Model {
    fn from(entry: &ConsentEvent) -> Self {
        Self {
            id: entry.id.as_uuid(),
            user_id: entry.user_id.as_uuid(),
            phone_number: entry.phone_number.as_e164().to_owned(),
            contact_id: entry.contact_id.map(ContactId::as_uuid),
            act: entry.act.as_str().to_owned(),
            form: entry.form.as_str().to_owned(),
            purpose: entry.purpose.map(|purpose| purpose.as_str().to_owned()),
            channel: text(&entry.channel),
            text_shown: text_opt(entry.text_shown.as_deref()),
            evidence: text_opt(entry.evidence.as_deref()),
            happened_at: entry.happened_at.into(),
            expires_at: entry.expires_at.map(Instant::from),
            created_by: entry.created_by.map(UserId::as_uuid),
            created_at: entry.created_at.into(),
        }
    }
}

impl TryFrom<Model> for ConsentEvent {
    type Error = StoreError;

    fn try_from(model: Model) -> Result<Self, StoreError> {
        let row = Row::new(CONSENT.table, &model.id);
        Ok(Self {
            id: ConsentEventId::new(model.id),
            user_id: UserId::new(model.user_id),
            phone_number: row.number(&model.phone_number)?,
            contact_id: model.contact_id.map(ContactId::new),
            act: row.parse(&model.act)?,
            form: row.parse(&model.form)?,
            purpose: row.parse_opt(model.purpose)?,
            channel: model.channel,
            text_shown: model.text_shown,
            evidence: model.evidence,
            happened_at: model.happened_at.get(),
            expires_at: model.expires_at.map(Instant::get),
            created_by: model.created_by.map(UserId::new),
            created_at: model.created_at.get(),
        })
    }
}
