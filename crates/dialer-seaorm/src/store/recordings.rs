//! Recordings of calls.

use async_trait::async_trait;
use dialer_domain::events::EventKind;
use dialer_domain::ids::RecordingId;
use dialer_domain::recordings::{Recording, RecordingFilter, RecordingPatch, RecordingStore};
use dialer_domain::telephony::ProviderRecordingId;
use dialer_domain::{Call, CallId, OffsetDateTime, Page, PageRequest, Scope, StoreError};
use sea_orm::EntityTrait;

use super::calls::{locked, set_recording_url};
use super::events::append;
use super::owner;
use crate::Database;
use crate::entity::call;
use crate::entity::recording::{Column, Entity, Model};
use crate::errors::{COLLECTED, RECORDING};
use crate::mapping::instant::Instant;
use crate::mapping::text;
use crate::sql::{Sql, columns_without, insert, page, update};
use crate::tx::{DatabaseTransaction, transaction};

#[async_trait]
impl RecordingStore for Database {
    #[tracing::instrument(name = "db.recordings.add", skip_all, fields(recording.id = %recording.id))]
    async fn add(&self, scope: Scope, recording: &Recording) -> Result<(), StoreError> {
        transaction!(&self.within(scope), RECORDING, |tx| { write(tx, scope, recording).await })
    }

    #[tracing::instrument(name = "db.recordings.collect", skip_all, fields(recording.id = %recording.id))]
    async fn collect(&self, recording: &Recording, from: &ProviderRecordingId) -> Result<bool, StoreError> {
        transaction!(self, RECORDING, |tx| {
            write(tx, Scope::Service, recording).await?;
            let collect = Sql::new(self.backend(), COLLECT)
                .bind(text(from.as_str()))
                .bind(recording.call_id.as_uuid())
                .bind(Instant::from(recording.created_at));
            collect.execute(tx).await.map_err(|error| COLLECTED.error(error))?;
            Ok(())
        })
        .map_or_else(|error| if known(&error) { Ok(false) } else { Err(error) }, |()| Ok(true))
    }

    #[tracing::instrument(name = "db.recordings.uncollected", skip_all)]
    async fn uncollected(&self, since: OffsetDateTime, most: u32) -> Result<Vec<Call>, StoreError> {
        let sql = Sql::new(self.backend(), UNCOLLECTED).bind(Instant::from(since)).bind(i64::from(most));
        let rows: Result<Vec<call::Model>, _> = sql.all_as(self.connection()).await;
        rows.map_err(|error| RECORDING.error(error))?.into_iter().map(Call::try_from).collect()
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
        let (readable, mut condition) = self.readable(scope);
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
        let found = page::<Model>(db.connection(), readable, condition, latest_first, window).await;
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
            let next = Model::new(&after, call.user_id);
            let columns = [Column::Transcription, Column::Sentiment];
            update::<Entity, _>(tx, RECORDING, std::slice::from_ref(&next), &columns, "true").await?;
            let event = after.event(&call, EventKind::RecordingUpdated, now);
            append(tx, &[event.by(scope).changing(&before.changes(&after))]).await?;
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
            append(tx, &[recording.event(&call, EventKind::RecordingRemoved, now).by(scope)]).await?;
            Ok(Some(recording))
        })
    }
}

const COLLECT: &str = "INSERT INTO collected_recordings (provider_id, call_id, created_at) VALUES ($1, $2, $3)";

const UNCOLLECTED: &str = "SELECT l.* FROM call_logs AS l
    WHERE l.status = 'completed' AND l.call_id IS NOT NULL AND l.hidden_at IS NULL AND l.ended_at >= $1
    AND NOT EXISTS (SELECT 1 FROM collected_recordings AS c WHERE c.call_id = l.id)
    ORDER BY l.ended_at, l.id LIMIT $2";

/// Whether a recording was not collected because it had been before.
fn known(error: &StoreError) -> bool {
    matches!(error, StoreError::Duplicate { what } if *what == COLLECTED.unique)
}

/// Writes a recording of a call that `scope` covers, with its event.
async fn write(tx: &DatabaseTransaction, scope: Scope, recording: &Recording) -> Result<(), StoreError> {
    let Some((row, call)) = own_call(tx, scope, recording.call_id).await? else {
        return Err(StoreError::MissingReference { what: RECORDING.reference });
    };
    let rows = [Model::new(recording, call.user_id)];
    let written = insert::<Entity, _>(tx, &rows, &columns_without::<Entity>(&[]), "").await;
    written.map_err(|error| RECORDING.error(error))?;
    if call.recording_url.is_none() {
        set_recording_url(tx, row, Some(&recording.recording_url), recording.created_at).await?;
    }
    append(tx, &[recording.event(&call, EventKind::RecordingAdded, recording.created_at).by(scope)]).await
}

/// The recordings that user `$1` may read: own ones, and those of calls that they handled. Two questions, each with an
/// index.
const READABLE: &str = "(SELECT * FROM call_recordings WHERE owner_id = $1
    UNION ALL SELECT h.* FROM call_recordings AS h WHERE h.owner_id <> $1
    AND h.call_id IN (SELECT l.id FROM call_logs AS l WHERE l.agent_id = $1 AND l.agent_id <> l.user_id))";

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
    /// The table of the recordings that may be read, and the condition on them (`r`) that their calls are in the lists.
    fn readable(&self, scope: Scope) -> (&'static str, Sql) {
        let listed = "EXISTS (SELECT 1 FROM call_logs AS l WHERE l.id = r.call_id AND l.hidden_at IS NULL)";
        let listed = Sql::new(self.backend(), listed);
        match owner(scope) {
            None => (RECORDING.table, listed),
            Some(user) => (READABLE, listed.bind(user)),
        }
    }

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

#[cfg(test)]
mod tests {
    use dialer_domain::UserId;
    use sea_orm::prelude::Uuid;
    use sea_orm::{ConnectionTrait, TransactionTrait};

    use super::*;
    use crate::postgres;
    use crate::sql::page_sql;
    use crate::testing::{fresh_postgres, fresh_sqlite};

    /// How the database goes about the list of a user who has heard nothing yet.
    async fn plan(db: &impl ConnectionTrait, of: &Database, scope: Scope, explain: &str) -> String {
        let (readable, condition) = of.readable(scope);
        let mut sql = page_sql(readable, condition, "r.created_at DESC, r.id DESC", PageRequest::default());
        sql.wrap(explain, "");
        let rows = sql.all(db).await.unwrap();
        let last = |row: &sea_orm::QueryResult| row.try_get_by_index::<String>(row.column_names().len() - 1).unwrap();
        rows.iter().map(|row| last(row) + "\n").collect()
    }

    /// A hundred thousand recordings of a thousand strangers, and ten of the user's, who has made many more calls.
    const STRANGERS: &str = "
        INSERT INTO call_logs (id, user_id, to_number)
        SELECT lpad(to_hex(n), 32, '0')::uuid, lpad(to_hex(n % 1000), 32, 'a')::uuid, '+447700900101'
        FROM generate_series(1, 100000) AS n;
        INSERT INTO call_recordings (id, call_id, recording_url) SELECT gen_random_uuid(), id, 'a' FROM call_logs;
        INSERT INTO call_logs (id, user_id, to_number)
        SELECT gen_random_uuid(), '00000000-0000-0000-0000-0000000000a1', '+447700900101'
        FROM generate_series(1, 20000) AS n;
        INSERT INTO call_recordings (id, call_id, recording_url) SELECT gen_random_uuid(), id, 'a' FROM call_logs
        WHERE user_id = '00000000-0000-0000-0000-0000000000a1' LIMIT 10;
        ANALYZE call_logs, call_recordings;";

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_user_s_recordings_are_read_from_indexes_among_a_hundred_thousand_of_strangers() {
        let test = fresh_postgres().await;
        let raw = sea_orm::Database::connect(&test.url).await.unwrap();
        raw.execute_unprepared(STRANGERS).await.unwrap();
        let scope = Scope::User(UserId::new(Uuid::from_u128(0xa1)));
        let found = RecordingStore::list(&test.db, scope, RecordingFilter::default(), PageRequest::default()).await;
        assert_eq!(found.unwrap().total, 10);
        let tx = raw.begin().await.unwrap();
        tx.execute_unprepared(&postgres::become_scope(scope)).await.unwrap();
        let plan = plan(&tx, &test.db, scope, "EXPLAIN ").await;
        assert!(plan.contains("idx_call_recordings_owner_id"), "{plan}");
        assert!(plan.contains("call_logs_pkey"), "the call of each recording, not the recording of each call: {plan}");
        assert!(!plan.contains("Seq Scan on call_recordings") && !plan.contains("Seq Scan on call_logs"), "{plan}");
    }

    #[tokio::test]
    async fn sqlite_reads_a_user_s_recordings_from_indexes() {
        let test = fresh_sqlite().await;
        let scope = Scope::User(UserId::new(Uuid::from_u128(0xa1)));
        let plan = plan(test.db.connection(), &test.db, scope, "EXPLAIN QUERY PLAN ").await;
        assert!(plan.contains("idx_call_recordings_owner_id"), "{plan}");
        for scan in ["SCAN call_recordings", "SCAN h", "SCAN l"] {
            assert!(!plan.contains(scan), "{plan}");
        }
    }
}
