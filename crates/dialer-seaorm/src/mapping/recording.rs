//! Recordings.

use dialer_domain::ids::RecordingId;
use dialer_domain::recordings::Recording;
use dialer_domain::{CallId, StoreError, UserId};

use super::{Row, signed, text, text_opt};
use crate::entity::recording::Model;
use crate::errors::RECORDING;

impl Model {
    /// The row of a recording of a call that `owner` owns.
    pub(crate) fn new(recording: &Recording, owner: UserId) -> Self {
        Self {
            id: recording.id.as_uuid(),
            call_id: recording.call_id.as_uuid(),
            recording_url: text(&recording.recording_url),
            duration: recording.duration.into(),
            file_size: recording.file_size.map(signed),
            transcription: text_opt(recording.transcription.as_deref()),
            sentiment: recording.sentiment.map(|sentiment| sentiment.as_str().to_owned()),
            content_type: recording.content_type.map(|format| format.as_str().to_owned()),
            storage_key: recording.storage_key.map(|key| key.to_string()),
            created_at: recording.created_at.into(),
            owner_id: Some(owner.as_uuid()),
        }
    }
}

impl TryFrom<Model> for Recording {
    type Error = StoreError;

    fn try_from(model: Model) -> Result<Self, StoreError> {
        let row = Row::new(RECORDING.table, &model.id);
        Ok(Self {
            id: RecordingId::new(model.id),
            call_id: CallId::new(model.call_id),
            recording_url: model.recording_url,
            duration: row.count(model.duration)?,
            file_size: model.file_size.map(|size| row.size(size)).transpose()?,
            transcription: model.transcription,
            sentiment: row.parse_opt(model.sentiment)?,
            content_type: row.parse_opt(model.content_type)?,
            storage_key: row.parse_opt(model.storage_key)?,
            created_at: model.created_at.get(),
        })
    }
}
