//! Imports: each batch in one transaction with the progress of its job.

mod batch;

use async_trait::async_trait;
use dialer_domain::contacts::store::SkipReason;
use dialer_domain::events::EventKind;
use dialer_domain::ids::ImportRowId;
use dialer_domain::imports::store::{Appended, ImportStore, Undo};
use dialer_domain::imports::{Batch, ImportEnd, ImportJob, LeftOut, all_left_out, first_of_each_number};
use dialer_domain::{CampaignId, ImportId, OffsetDateTime, Page, PageRequest, PhoneNumber, Scope, StoreError};
use sea_orm::sea_query::LockType;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait};
use serde_json::json;

use super::events::append;
use super::owner;
use crate::entity::import_job::{Column, Entity, Model};
use crate::entity::import_row;
use crate::errors::{CONTACT, IMPORT, IMPORT_ROW};
use crate::sql::{Sql, columns_without, insert, page, update};
use crate::tx::transaction;
use crate::{Database, DatabaseKind};
use batch::NumbersOf;

#[async_trait]
impl ImportStore for Database {
    #[tracing::instrument(name = "db.imports.add", skip_all, fields(import.id = %job.id))]
    async fn add(&self, scope: Scope, job: &ImportJob) -> Result<(), StoreError> {
        transaction!(&self.within(scope), IMPORT, |tx| {
            if campaign_in(tx, scope, job.campaign_id).await?.is_none() {
                return Err(StoreError::MissingReference { what: IMPORT.reference });
            }
            insert::<Entity, _>(tx, &[Model::from(job)], &columns_without::<Entity>(&[]), "")
                .await
                .map_err(|error| IMPORT.error(error))?;
            append(tx, &[job.event(EventKind::ImportQueued, job.created_at).by(scope)]).await
        })
    }

    #[tracing::instrument(name = "db.imports.get", skip_all, fields(import.id = %id))]
    async fn get(&self, scope: Scope, id: ImportId) -> Result<Option<ImportJob>, StoreError> {
        let row = Entity::find_by_id(id.as_uuid())
            .apply_if(owner(scope), |query, user| query.filter(Column::UserId.eq(user)))
            .one(self.within(scope).connection())
            .await
            .map_err(|error| IMPORT.error(error))?;
        row.map(ImportJob::try_from).transpose()
    }

    #[tracing::instrument(name = "db.imports.list", skip_all, fields(campaign.id = %campaign))]
    async fn list(
        &self,
        scope: Scope,
        campaign: CampaignId,
        window: PageRequest,
    ) -> Result<Page<ImportJob>, StoreError> {
        let mut condition = Sql::new(self.backend(), "true");
        condition.push_bind(" AND r.campaign_id = ", campaign.as_uuid());
        condition.push_scope("r.user_id", scope);
        let latest_first = "r.created_at DESC, r.id DESC";
        let (rows, total) =
            page::<Model>(self.within(scope).connection(), IMPORT.table, condition, latest_first, window)
                .await
                .map_err(|error| IMPORT.error(error))?;
        Ok(Page { items: rows.into_iter().map(ImportJob::try_from).collect::<Result<_, _>>()?, total })
    }

    #[tracing::instrument(name = "db.imports.take", skip_all)]
    async fn take(&self, among: Vec<ImportId>, now: OffsetDateTime) -> Result<Option<ImportJob>, StoreError> {
        let taken = transaction!(self, IMPORT, |tx| {
            let Some(before) = self.next_among(tx, &among).await? else { return Ok(None) };
            let job = ImportJob::try_from(before.clone())?.taken(now);
            save(tx, &before, &job).await?;
            Ok(Some(job))
        });
        match taken {
            // Another machine has begun one of the same campaign meanwhile.
            Err(StoreError::Duplicate { .. }) => Ok(None),
            taken => taken,
        }
    }

    #[tracing::instrument(name = "db.imports.append", skip_all, fields(import.id = %id, rows = batch.rows))]
    async fn append(&self, id: ImportId, batch: &Batch, now: OffsetDateTime) -> Result<Option<Appended>, StoreError> {
        transaction!(self, CONTACT, |tx| {
            let Some((before, job)) = locked(tx, Scope::Service, id).await? else { return Ok(None) };
            if !job.awaits(batch.from) {
                return Ok(None);
            }
            let (first, again) = first_of_each_number(&batch.contacts);
            let refused = batch::store(tx, &job, &first, now).await?;
            let left_out = all_left_out(batch, &first, &again, &refused);
            let rows: Vec<_> = left_out.iter().map(|row| import_row::Model::of(id, row)).collect();
            insert::<import_row::Entity, _>(tx, &rows, &columns_without::<import_row::Entity>(&[]), "")
                .await
                .map_err(|error| IMPORT_ROW.error(error))?;
            let added = u64::try_from(first.len() - refused.len()).unwrap_or(u64::MAX);
            let job = job.advanced(batch, added, &left_out, now);
            save(tx, &before, &job).await?;
            if added > 0 {
                let event = job.batch_event(added, left_out.len(), now);
                append(tx, &[event.by(Scope::User(job.user_id))]).await?;
            }
            Ok(Some(Appended { job, left_out }))
        })
    }

    #[tracing::instrument(name = "db.imports.end", skip_all, fields(import.id = %id))]
    async fn end(
        &self,
        scope: Scope,
        id: ImportId,
        end: &ImportEnd,
        now: OffsetDateTime,
    ) -> Result<Option<ImportJob>, StoreError> {
        transaction!(&self.within(scope), IMPORT, |tx| {
            let Some((before, job)) = locked(tx, scope, id).await? else { return Ok(None) };
            let Some(ended) = job.clone().ended(end, now) else { return Ok(Some(job)) };
            save(tx, &before, &ended).await?;
            append(tx, &[ended.event(EventKind::ImportEnded, now).by(scope)]).await?;
            Ok(Some(ended))
        })
    }

    #[tracing::instrument(name = "db.imports.undo", skip_all, fields(import.id = %id))]
    async fn undo(&self, scope: Scope, id: ImportId, now: OffsetDateTime) -> Result<Option<Undo>, StoreError> {
        transaction!(&self.within(scope), IMPORT, |tx| {
            let Some((before, job)) = locked(tx, scope, id).await? else { return Ok(None) };
            if !job.can_be_undone() {
                return Ok(Some(Undo::NotPossible(job)));
            }
            let (removed, kept) = batch::remove(tx, &job).await.map_err(|error| CONTACT.error(error))?;
            let job = job.undone(removed, kept, now);
            save(tx, &before, &job).await?;
            append(tx, &[job.event(EventKind::ImportUndone, now).by(scope)]).await?;
            Ok(Some(Undo::Done(job)))
        })
    }

    #[tracing::instrument(name = "db.imports.left_out", skip_all, fields(import.id = %id))]
    async fn left_out(
        &self,
        scope: Scope,
        id: ImportId,
        after: Option<ImportRowId>,
        window: PageRequest,
    ) -> Result<Vec<LeftOut>, StoreError> {
        let text = "SELECT r.* FROM import_rows AS r JOIN import_jobs AS j ON j.id = r.job_id WHERE r.job_id = $1";
        let mut sql = Sql::new(self.backend(), text).bind(id.as_uuid());
        sql.push_scope("j.user_id", scope);
        if let Some(after) = after {
            sql.push_bind(" AND r.id > ", after.as_uuid());
        }
        sql.push(" ORDER BY r.id");
        sql.push_window(window);
        let rows = sql.all_as::<import_row::Model>(self.within(scope).connection()).await;
        rows.map_err(|error| IMPORT_ROW.error(error))?.into_iter().map(LeftOut::try_from).collect()
    }

    #[tracing::instrument(name = "db.imports.foresee", skip_all, fields(campaign.id = %campaign))]
    async fn foresee(
        &self,
        scope: Scope,
        campaign: CampaignId,
        numbers: Vec<PhoneNumber>,
    ) -> Result<Vec<Option<SkipReason>>, StoreError> {
        let text = format!(
            "SELECT v.place, CASE WHEN k.id IS NULL THEN 0 ELSE 1 END AS listed
             FROM {} JOIN dialer_campaigns AS c ON c.id = $1
             LEFT JOIN campaign_contacts AS k ON k.campaign_id = c.id AND k.phone_number = v.phone_number
             WHERE (k.id IS NOT NULL OR EXISTS (
                 SELECT 1 FROM suppressions AS s WHERE s.user_id = c.user_id AND s.phone_number = v.phone_number
                 AND (s.campaign_id IS NULL OR s.campaign_id = c.id)))",
            NumbersOf::table(self.backend(), 2)
        );
        let mut sql = Sql::new(self.backend(), text).bind(campaign.as_uuid());
        sql = sql.bind(NumbersOf::value(self.backend(), &numbers));
        sql.push_scope("c.user_id", scope);
        let mut foreseen = vec![None; numbers.len()];
        for row in sql.all(self.within(scope).connection()).await.map_err(|error| CONTACT.error(error))? {
            let read = || Ok((row.try_get::<i64>("", "place")?, row.try_get::<i32>("", "listed")?));
            let (place, listed) = read().map_err(|error| CONTACT.error(error))?;
            let why = if listed == 0 { SkipReason::DncInternal } else { SkipReason::DuplicateInCampaign };
            if let Some(foreseen) = usize::try_from(place).ok().and_then(|place| foreseen.get_mut(place)) {
                *foreseen = Some(why);
            }
        }
        Ok(foreseen)
    }
}

impl Database {
    /// The oldest of these jobs that can be taken up.
    async fn next_among(&self, tx: &impl ConnectionTrait, among: &[ImportId]) -> Result<Option<Model>, StoreError> {
        let listed = match self.kind() {
            DatabaseKind::Sqlite => "SELECT unhex(value, '-') FROM json_each($1)",
            DatabaseKind::Postgres => "SELECT value::uuid FROM jsonb_array_elements_text($1)",
        };
        let text = format!(
            "SELECT j.* FROM import_jobs AS j
             WHERE j.id IN ({listed}) AND (j.status = 'running' OR j.status = 'queued' AND NOT EXISTS
                 (SELECT 1 FROM import_jobs AS r WHERE r.campaign_id = j.campaign_id AND r.status = 'running'))
             ORDER BY j.created_at, j.id LIMIT 1"
        );
        let mut sql = Sql::new(self.backend(), text).bind(json!(among));
        sql.push_lock(" FOR UPDATE OF j");
        sql.one_as::<Model>(tx).await.map_err(|error| IMPORT.error(error))
    }
}

/// The campaign that a job adds to, if it is in scope; nobody else writes it until the transaction ends.
async fn campaign_in(tx: &impl ConnectionTrait, scope: Scope, campaign: CampaignId) -> Result<Option<()>, StoreError> {
    let text = "SELECT c.id FROM dialer_campaigns AS c WHERE c.id = $1";
    let mut sql = Sql::new(tx.get_database_backend(), text).bind(campaign.as_uuid());
    sql.push_scope("c.user_id", scope);
    Ok(sql.locked().one(tx).await.map_err(|error| IMPORT.error(error))?.map(|_| ()))
}

/// A job, which nobody else writes until the transaction ends, nor the campaign, which comes first as everywhere.
async fn locked(
    tx: &impl ConnectionTrait,
    scope: Scope,
    id: ImportId,
) -> Result<Option<(Model, ImportJob)>, StoreError> {
    let text = "SELECT c.id FROM dialer_campaigns AS c
                WHERE c.id = (SELECT j.campaign_id FROM import_jobs AS j WHERE j.id = $1)";
    let campaign = Sql::new(tx.get_database_backend(), text).bind(id.as_uuid()).locked();
    if campaign.one(tx).await.map_err(|error| IMPORT.error(error))?.is_none() {
        return Ok(None);
    }
    let row = Entity::find_by_id(id.as_uuid())
        .apply_if(owner(scope), |query, user| query.filter(Column::UserId.eq(user)))
        .order_by_asc(Column::Id)
        .lock(LockType::NoKeyUpdate)
        .one(tx)
        .await
        .map_err(|error| IMPORT.error(error))?;
    let Some(before) = row else { return Ok(None) };
    let job = ImportJob::try_from(before.clone())?;
    Ok(Some((before, job)))
}

/// Puts `job` in the place of `before`.
async fn save(tx: &impl ConnectionTrait, before: &Model, job: &ImportJob) -> Result<(), StoreError> {
    let row = Model { row_version: before.row_version + 1, ..Model::from(job) };
    let columns = columns_without::<Entity>(&[Column::Id, Column::UserId, Column::CampaignId, Column::CreatedAt]);
    update::<Entity, _>(tx, IMPORT, &[row], &columns, crate::sql::NEXT_VERSION).await
}
