//! Do-not-call entries.

use async_trait::async_trait;
use dialer_domain::events::{EventKind, NewEvent};
use dialer_domain::suppression::{Suppression, SuppressionStore};
use dialer_domain::{OffsetDateTime, PhoneNumber, Scope, StoreError, UserId};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::Map;

use super::events::append;
use crate::entity::suppression::{Column, Entity, Model};
use crate::errors::SUPPRESSION;
use crate::sql::{Sql, columns_without, insert};
use crate::tx::{DatabaseTransaction, transaction};
use crate::{Database, DatabaseKind};

#[async_trait]
impl SuppressionStore for Database {
    #[tracing::instrument(name = "db.suppressions.suppress", skip_all, fields(suppression.id = %entry.id))]
    async fn suppress(&self, entry: &Suppression) -> Result<(), StoreError> {
        transaction!(&self.within(Scope::User(entry.user_id)), SUPPRESSION, |tx| {
            let unless_there = "ON CONFLICT (user_id, phone_number) DO NOTHING RETURNING id";
            let added = insert::<Entity, _>(tx, &[Model::from(entry)], &columns_without::<Entity>(&[]), unless_there)
                .await
                .map_err(|error| SUPPRESSION.error(error))?;
            if added.is_empty() {
                return Ok(());
            }
            self.wait_for_claims(tx, entry.user_id).await?;
            append(tx, &[event(EventKind::NumberSuppressed, entry.user_id, entry.created_at)]).await
        })
    }

    #[tracing::instrument(name = "db.suppressions.lift", skip_all, fields(user.id = %owner))]
    async fn lift(&self, owner: UserId, number: &PhoneNumber, now: OffsetDateTime) -> Result<bool, StoreError> {
        transaction!(&self.within(Scope::User(owner)), SUPPRESSION, |tx| {
            let lifted = Entity::delete_many()
                .filter(Column::UserId.eq(owner.as_uuid()))
                .filter(Column::PhoneNumber.eq(number.as_e164()))
                .exec(tx)
                .await
                .map_err(|error| SUPPRESSION.error(error))?;
            if lifted.rows_affected == 0 {
                return Ok(false);
            }
            append(tx, &[event(EventKind::NumberLifted, owner, now)]).await?;
            Ok(true)
        })
    }

    #[tracing::instrument(name = "db.suppressions.find", skip_all, fields(user.id = %owner))]
    async fn find(&self, owner: UserId, number: &PhoneNumber) -> Result<Option<Suppression>, StoreError> {
        let row = Entity::find()
            .filter(Column::UserId.eq(owner.as_uuid()))
            .filter(Column::PhoneNumber.eq(number.as_e164()))
            .one(self.within(Scope::User(owner)).connection())
            .await
            .map_err(|error| SUPPRESSION.error(error))?;
        row.map(Suppression::try_from).transpose()
    }
}

impl Database {
    /// Waits until no claim is under way that may have looked before the entry was there. A claim holds its
    /// campaign's row; one that comes later waits for this transaction, and then sees the entry.
    async fn wait_for_claims(&self, tx: &DatabaseTransaction, owner: UserId) -> Result<(), StoreError> {
        if self.kind() == DatabaseKind::Sqlite {
            return Ok(());
        }
        let campaigns =
            "SELECT id FROM dialer_campaigns WHERE user_id = $1 AND status = 'active' ORDER BY id FOR SHARE";
        let campaigns = Sql::new(self.backend(), campaigns).bind(owner.as_uuid());
        campaigns.all(tx).await.map_err(|error| SUPPRESSION.error(error))?;
        Ok(())
    }
}

/// An event that does not say which number it was: the log holds no numbers.
fn event(kind: EventKind, owner: UserId, at: OffsetDateTime) -> NewEvent {
    NewEvent { kind, user_id: owner, campaign_id: None, contact_id: None, call_id: None, at, data: Map::new() }
}
