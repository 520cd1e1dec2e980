//! API keys.

use async_trait::async_trait;
use dialer_domain::api_keys::store::ApiKeyStore;
use dialer_domain::api_keys::{ApiKey, KeyHash};
use dialer_domain::events::{EventKind, NewEvent};
use dialer_domain::{ApiKeyId, OffsetDateTime, Page, PageRequest, Scope, StoreError};
use sea_orm::sea_query::LockType;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait};
use serde_json::{Map, json};

use super::events::append;
use super::owner;
use crate::Database;
use crate::entity::api_key::{Column, Entity, Model};
use crate::errors::API_KEY;
use crate::mapping::instant::Instant;
use crate::sql::{Sql, columns_without, insert, page};
use crate::tx::transaction;

#[async_trait]
impl ApiKeyStore for Database {
    #[tracing::instrument(name = "db.api_keys.add", skip_all, fields(api_key.id = %key.id))]
    async fn add_key(&self, key: &ApiKey) -> Result<(), StoreError> {
        // Only the service writes keys; see the step `api_keys` of the schema.
        transaction!(self, API_KEY, |tx| {
            insert::<Entity, _>(tx, &[Model::from(key)], &columns_without::<Entity>(&[]), "")
                .await
                .map_err(|error| API_KEY.error(error))?;
            let made = event(EventKind::ApiKeyCreated, key, key.created_at);
            append(tx, &[made.by(Scope::User(key.user_id))]).await
        })
    }

    #[tracing::instrument(name = "db.api_keys.get", skip_all, fields(api_key.id = %id))]
    async fn key(&self, scope: Scope, id: ApiKeyId) -> Result<Option<ApiKey>, StoreError> {
        let row = Entity::find_by_id(id.as_uuid())
            .apply_if(owner(scope), |query, user| query.filter(Column::UserId.eq(user)))
            .one(self.within(scope).connection())
            .await
            .map_err(|error| API_KEY.error(error))?;
        row.map(ApiKey::try_from).transpose()
    }

    #[tracing::instrument(name = "db.api_keys.list", skip_all)]
    async fn keys(&self, scope: Scope, window: PageRequest) -> Result<Page<ApiKey>, StoreError> {
        let mut condition = Sql::new(self.backend(), "true");
        condition.push_scope("r.user_id", scope);
        let latest_first = "r.created_at DESC, r.id DESC";
        let (rows, total) =
            page::<Model>(self.within(scope).connection(), API_KEY.table, condition, latest_first, window)
                .await
                .map_err(|error| API_KEY.error(error))?;
        Ok(Page { items: rows.into_iter().map(ApiKey::try_from).collect::<Result<_, _>>()?, total })
    }

    #[tracing::instrument(name = "db.api_keys.by_hash", skip_all)]
    async fn key_by_hash(&self, hash: &KeyHash) -> Result<Option<ApiKey>, StoreError> {
        let row = Entity::find()
            .filter(Column::Hash.eq(hash.as_str()))
            .one(self.connection())
            .await
            .map_err(|error| API_KEY.error(error))?;
        row.map(ApiKey::try_from).transpose()
    }

    #[tracing::instrument(name = "db.api_keys.revoke", skip_all, fields(api_key.id = %id))]
    async fn revoke_key(&self, scope: Scope, id: ApiKeyId, now: OffsetDateTime) -> Result<Option<ApiKey>, StoreError> {
        transaction!(&self.within(scope), API_KEY, |tx| {
            let visible = Entity::find_by_id(id.as_uuid())
                .apply_if(owner(scope), |query, user| query.filter(Column::UserId.eq(user)))
                .one(tx)
                .await
                .map_err(|error| API_KEY.error(error))?;
            if visible.is_none() {
                return Ok(None);
            }
            // The key has passed the person's wall, and only the service writes keys.
            tx.continue_as(Scope::Service).await.map_err(|error| API_KEY.error(error))?;
            let row = Entity::find_by_id(id.as_uuid()).lock(LockType::NoKeyUpdate).one(tx).await;
            let Some(row) = row.map_err(|error| API_KEY.error(error))? else { return Ok(None) };
            if row.revoked_at.is_some() {
                return ApiKey::try_from(row).map(Some);
            }
            let revoke = "UPDATE api_keys SET revoked_at = $1 WHERE id = $2";
            let revoke = Sql::new(self.backend(), revoke).bind(Instant::from(now)).bind(id.as_uuid());
            revoke.execute(tx).await.map_err(|error| API_KEY.error(error))?;
            let revoked = ApiKey::try_from(Model { revoked_at: Some(now.into()), ..row })?;
            append(tx, &[event(EventKind::ApiKeyRevoked, &revoked, now).by(scope)]).await?;
            Ok(Some(revoked))
        })
    }

    #[tracing::instrument(name = "db.api_keys.note_use", skip_all, fields(api_key.id = %id))]
    async fn note_key_use(
        &self,
        id: ApiKeyId,
        now: OffsetDateTime,
        unless_since: OffsetDateTime,
    ) -> Result<(), StoreError> {
        transaction!(self, API_KEY, |tx| {
            let note = "UPDATE api_keys SET last_used_at = $1
                        WHERE id = $2 AND (last_used_at IS NULL OR last_used_at <= $3)";
            let note = Sql::new(self.backend(), note).bind(Instant::from(now)).bind(id.as_uuid());
            let note = note.bind(Instant::from(unless_since));
            note.execute(tx).await.map_err(|error| API_KEY.error(error))?;
            Ok(())
        })
    }
}

/// An event that says which key it was, by its id.
fn event(kind: EventKind, key: &ApiKey, at: OffsetDateTime) -> NewEvent {
    let data = Map::from_iter([("api_key_id".to_owned(), json!(key.id))]);
    NewEvent { kind, user_id: key.user_id, campaign_id: None, contact_id: None, call_id: None, at, data }
}
