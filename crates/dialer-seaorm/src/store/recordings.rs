//! Recordings of calls.

use async_trait::async_trait;
use dialer_domain::events::EventKind;
use dialer_domain::ids::RecordingId;
use dialer_domain::recordings::{Recording, RecordingFilter, RecordingPatch, RecordingStore};
use dialer_domain::{Call, CallId, OffsetDateTime, Page, PageRequest, Scope, StoreError};
use sea_orm::EntityTrait;

use super::calls::{locked, set_recording_url};
use super::events::append;
use super::owner;
use crate::Database;
use crate::entity::call;
use crate::entity::recording::{Column, Entity, Model};
use crate::errors::RECORDING;
use crate::sql::{Sql, columns_without, insert, page, update};
use crate::tx::{DatabaseTransaction, transaction};

#[async_trait]
impl RecordingStore for Database {
    #[tracing::instrument(name = "db.recordings.add", skip_all, fields(recording.id = %recording.id))]
    async fn add(&self, scope: Scope, recording: &Recording) -> Result<(), StoreError> {
        transaction!(&self.within(scope), RECORDING, |tx| {
            let Some((row, call)) = own_call(tx, scope, recording.call_id).await? else {
                return Err(StoreError::MissingReference { what: RECORDING.reference });
            };
            let rows = [Model::from(recording)];
            let written = insert::<Entity, _>(tx, &rows, &columns_without::<Entity>(&[]), "").await;
            written.map_err(|error| RECORDING.error(error))?;
            if call.recording_url.is_none() {
                set_recording_url(tx, row, Some(&recording.recording_url), recording.created_at).await?;
            }
            append(tx, &[recording.event(&call, EventKind::RecordingAdded, recording.created_at)]).await
        })
    }

    #[tracing::instrument(name = "db.recordings.get", skip_all, fields(recording.id = %id))]
    async fn get(&self, scope: Scope, id: RecordingId) -> Result<Option<Recording>, StoreError> {
        let mut sql = Sql::new(self.backend(), "SELECT r.* FROM call_recordings AS r WHERE ");
        push_readable(&mut sql, scope);
        sql.push_bind(" AND r.id = ", id.as_uuid());
        let row: Option<Model> =
            sql.one_as(self.within(scope).connection()).await.map_err(|error| RECORDING.error(error))?;
        row.map(Recording::try_from).transpose()
    }

    #[tracing::instrument(name = "db.recordings.list", skip_all)]
    async fn list(
        &self,
        scope: Scope,
        filter: RecordingFilter,
        window: PageRequest,
    ) -> Result<Page<Recording>, StoreError> {
        let mut condition = Sql::new(self.backend(), "");
        push_readable(&mut condition, scope);
        if let Some(call) = filter.call {
            condition.push_bind(" AND r.call_id = ", call.as_uuid());
        }
        if let Some(sentiment) = filter.sentiment {
            condition.push_bind(" AND r.sentiment = ", sentiment.as_str());
        }
        match filter.transcribed {
            Some(true) => condition.push(" AND r.transcription IS NOT NULL"),
            Some(false) => condition.push(" AND r.transcription IS NULL"),
            None => {}
        }
        let db = self.within(scope);
        let latest_first = "r.created_at DESC, r.id DESC";
        let found = page::<Model>(db.connection(), RECORDING.table, condition, latest_first, window).await;
        let (rows, total) = found.map_err(|error| RECORDING.error(error))?;
        Ok(Page { items: rows.into_iter().map(Recording::try_from).collect::<Result<_, _>>()?, total })
    }

    #[tracing::instrument(name = "db.recordings.patch", skip_all, fields(recording.id = %id))]
    async fn patch(
        &self,
        scope: Scope,
        id: RecordingId,
        patch: &RecordingPatch,
        now: OffsetDateTime,
    ) -> Result<Option<Recording>, StoreError> {
        transaction!(&self.within(scope), RECORDING, |tx| {
            let Some((_, call, before)) = self.own_recording(tx, scope, id).await? else { return Ok(None) };
            let after = before.patched(patch)?;
            if after == before {
                return Ok(Some(after));
            }
            let next = Model::from(&after);
            let columns = [Column::Transcription, Column::Sentiment];
            update::<Entity, _>(tx, RECORDING, std::slice::from_ref(&next), &columns, "true").await?;
            append(tx, &[after.event(&call, EventKind::RecordingUpdated, now)]).await?;
            Recording::try_from(next).map(Some)
        })
    }

    #[tracing::instrument(name = "db.recordings.remove", skip_all, fields(recording.id = %id))]
    async fn remove(
        &self,
        scope: Scope,
        id: RecordingId,
        now: OffsetDateTime,
    ) -> Result<Option<Recording>, StoreError> {
        transaction!(&self.within(scope), RECORDING, |tx| {
            let Some((row, call, recording)) = self.own_recording(tx, scope, id).await? else { return Ok(None) };
            let removed = Entity::delete_by_id(id.as_uuid()).exec(tx).await;
            removed.map_err(|error| RECORDING.error(error))?;
            if call.recording_url.as_ref() == Some(&recording.recording_url) {
                set_recording_url(tx, row, None, now).await?;
            }
            append(tx, &[recording.event(&call, EventKind::RecordingRemoved, now)]).await?;
            Ok(Some(recording))
        })
    }
}

/// Appends what recordings (`r`) meet that may be read: their call is in the lists, and the reader owns or handled it.
fn push_readable(sql: &mut Sql, scope: Scope) {
    sql.push("EXISTS (SELECT 1 FROM call_logs AS l WHERE l.id = r.call_id AND l.hidden_at IS NULL");
    if let Some(user) = owner(scope) {
        sql.push_bind(" AND (l.user_id = ", user);
        sql.push_bind(" OR l.agent_id = ", user);
        sql.push(")");
    }
    sql.push(")");
}

/// A call of the owner's, which nobody else writes meanwhile.
async fn own_call(
    tx: &DatabaseTransaction,
    scope: Scope,
    id: CallId,
) -> Result<Option<(call::Model, Call)>, StoreError> {
    let row = locked(tx, id).await?.filter(|row| row.hidden_at.is_none());
    let row = row.filter(|row| owner(scope).is_none_or(|user| user == row.user_id));
    row.map(|row| Ok((row.clone(), row.try_into()?))).transpose()
}

impl Database {
    /// A recording of the owner's and its call, which nobody else writes meanwhile. Whoever changes a recording holds its
    /// call, which is locked first.
    async fn own_recording(
        &self,
        tx: &DatabaseTransaction,
        scope: Scope,
        id: RecordingId,
    ) -> Result<Option<(call::Model, Call, Recording)>, StoreError> {
        let find = || Entity::find_by_id(id.as_uuid()).one(tx);
        let Some(found) = find().await.map_err(|error| RECORDING.error(error))? else { return Ok(None) };
        let Some((row, call)) = own_call(tx, scope, CallId::new(found.call_id)).await? else { return Ok(None) };
        // It may have changed until the call was ours.
        let found = find().await.map_err(|error| RECORDING.error(error))?;
        found.map(|recording| Ok((row, call, recording.try_into()?))).transpose()
    }
}
