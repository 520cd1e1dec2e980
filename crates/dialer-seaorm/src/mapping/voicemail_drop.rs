//! Voicemail drops.

use dialer_domain::ids::VoicemailDropId;
use dialer_domain::voicemail_drops::VoicemailDrop;
use dialer_domain::{StoreError, UserId};

use super::{Row, signed, text};
use crate::entity::voicemail_drop::Model;
use crate::errors::VOICEMAIL_DROP;

impl From<&VoicemailDrop> for Model {
    fn from(drop: &VoicemailDrop) -> Self {
        Self {
            id: drop.id.as_uuid(),
            user_id: drop.user_id.as_uuid(),
            name: text(&drop.name),
            audio_url: text(&drop.audio_url),
            duration: drop.duration.into(),
            usage_count: signed(drop.usage_count),
            content_type: drop.content_type.map(|format| format.as_str().to_owned()),
            storage_key: drop.storage_key.map(|key| key.to_string()),
            file_size: drop.file_size.map(signed),
            created_at: drop.created_at.into(),
        }
    }
}

impl TryFrom<Model> for VoicemailDrop {
    type Error = StoreError;

    fn try_from(model: Model) -> Result<Self, StoreError> {
        let row = Row::new(VOICEMAIL_DROP.table, &model.id);
        Ok(Self {
            id: VoicemailDropId::new(model.id),
            user_id: UserId::new(model.user_id),
            name: model.name,
            audio_url: model.audio_url,
            duration: row.count(model.duration)?,
            usage_count: row.size(model.usage_count)?,
            content_type: row.parse_opt(model.content_type)?,
            storage_key: row.parse_opt(model.storage_key)?,
            file_size: model.file_size.map(|size| row.size(size)).transpose()?,
            created_at: model.created_at.get(),
        })
    }
}
