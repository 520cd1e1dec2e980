//! Voicemail drops.

use async_trait::async_trait;
use dialer_domain::events::EventKind;
use dialer_domain::ids::VoicemailDropId;
use dialer_domain::voicemail_drops::{ChangedDrop, VoicemailDrop, VoicemailDropPatch, VoicemailDropStore};
use dialer_domain::{CallId, OffsetDateTime, Page, PageRequest, Scope, StoreError};
use sea_orm::sea_query::LockType;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait};

use super::events::append;
use super::owner;
use crate::Database;
use crate::entity::voicemail_drop::{Column, Entity, Model};
use crate::errors::VOICEMAIL_DROP;
use crate::sql::{Sql, columns_without, insert, page, update};
use crate::tx::{DatabaseTransaction, transaction};

#[async_trait]
impl VoicemailDropStore for Database {
    #[tracing::instrument(name = "db.voicemail_drops.add", skip_all, fields(voicemail_drop.id = %drop.id))]
    async fn add(&self, drop: &VoicemailDrop) -> Result<(), StoreError> {
        transaction!(&self.within(Scope::User(drop.user_id)), VOICEMAIL_DROP, |tx| {
            let rows = [Model::from(drop)];
            let written = insert::<Entity, _>(tx, &rows, &columns_without::<Entity>(&[]), "").await;
            written.map_err(|error| VOICEMAIL_DROP.error(error))?;
            let event = drop.event(EventKind::VoicemailDropAdded, None, drop.created_at);
            append(tx, &[event.by(Scope::User(drop.user_id))]).await
        })
    }

    #[tracing::instrument(name = "db.voicemail_drops.get", skip_all, fields(voicemail_drop.id = %id))]
    async fn get(&self, scope: Scope, id: VoicemailDropId) -> Result<Option<VoicemailDrop>, StoreError> {
        let row = Entity::find_by_id(id.as_uuid())
            .apply_if(owner(scope), |query, user| query.filter(Column::UserId.eq(user)))
            .one(self.within(scope).connection())
            .await
            .map_err(|error| VOICEMAIL_DROP.error(error))?;
        row.map(VoicemailDrop::try_from).transpose()
    }

    #[tracing::instrument(name = "db.voicemail_drops.list", skip_all)]
    async fn list(&self, scope: Scope, window: PageRequest) -> Result<Page<VoicemailDrop>, StoreError> {
        let mut condition = Sql::new(self.backend(), "true");
        condition.push_scope("r.user_id", scope);
        let db = self.within(scope);
        let latest_first = "r.created_at DESC, r.id DESC";
        let found = page::<Model>(db.connection(), VOICEMAIL_DROP.table, condition, latest_first, window).await;
        let (rows, total) = found.map_err(|error| VOICEMAIL_DROP.error(error))?;
        Ok(Page { items: rows.into_iter().map(VoicemailDrop::try_from).collect::<Result<_, _>>()?, total })
    }

    #[tracing::instrument(name = "db.voicemail_drops.patch", skip_all, fields(voicemail_drop.id = %id))]
    async fn patch(
        &self,
        scope: Scope,
        id: VoicemailDropId,
        patch: &VoicemailDropPatch,
        now: OffsetDateTime,
    ) -> Result<Option<ChangedDrop>, StoreError> {
        transaction!(&self.within(scope), VOICEMAIL_DROP, |tx| {
            let Some(before) = locked(tx, scope, id).await? else { return Ok(None) };
            let after = before.patched(patch)?;
            if after != before {
                let columns = columns_without::<Entity>(&[Column::Id, Column::UserId, Column::CreatedAt]);
                update::<Entity, _>(tx, VOICEMAIL_DROP, &[Model::from(&after)], &columns, "true").await?;
                let event = after.event(EventKind::VoicemailDropUpdated, None, now);
                append(tx, &[event.by(scope).changing(&before.changes(&after))]).await?;
            }
            Ok(Some(ChangedDrop { before, after }))
        })
    }

    #[tracing::instrument(name = "db.voicemail_drops.count_use", skip_all, fields(voicemail_drop.id = %id))]
    async fn count_use(
        &self,
        scope: Scope,
        id: VoicemailDropId,
        call: Option<CallId>,
        now: OffsetDateTime,
    ) -> Result<Option<VoicemailDrop>, StoreError> {
        transaction!(&self.within(scope), VOICEMAIL_DROP, |tx| {
            let Some(before) = locked(tx, scope, id).await? else { return Ok(None) };
            let after = VoicemailDrop { usage_count: before.usage_count + 1, ..before };
            let next = [Model::from(&after)];
            update::<Entity, _>(tx, VOICEMAIL_DROP, &next, &[Column::UsageCount], "true").await?;
            append(tx, &[after.event(EventKind::VoicemailDropUsed, call, now).by(scope)]).await?;
            Ok(Some(after))
        })
    }

    #[tracing::instrument(name = "db.voicemail_drops.remove", skip_all, fields(voicemail_drop.id = %id))]
    async fn remove(
        &self,
        scope: Scope,
        id: VoicemailDropId,
        now: OffsetDateTime,
    ) -> Result<Option<VoicemailDrop>, StoreError> {
        transaction!(&self.within(scope), VOICEMAIL_DROP, |tx| {
            let Some(drop) = locked(tx, scope, id).await? else { return Ok(None) };
            let removed = Entity::delete_by_id(id.as_uuid()).exec(tx).await;
            removed.map_err(|error| VOICEMAIL_DROP.error(error))?;
            append(tx, &[drop.event(EventKind::VoicemailDropRemoved, None, now).by(scope)]).await?;
            Ok(Some(drop))
        })
    }
}

/// The drop, which nobody else writes until the transaction ends.
async fn locked(
    tx: &DatabaseTransaction,
    scope: Scope,
    id: VoicemailDropId,
) -> Result<Option<VoicemailDrop>, StoreError> {
    let row = Entity::find_by_id(id.as_uuid())
        .apply_if(owner(scope), |query, user| query.filter(Column::UserId.eq(user)))
        .lock(LockType::Update)
        .one(tx)
        .await
        .map_err(|error| VOICEMAIL_DROP.error(error))?;
    row.map(VoicemailDrop::try_from).transpose()
}
