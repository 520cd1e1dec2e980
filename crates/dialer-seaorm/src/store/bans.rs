//! Emergency bans.

use async_trait::async_trait;
use dialer_domain::bans::OrderedBan;
use dialer_domain::bans::store::BanStore;
use dialer_domain::ids::BanId;
use dialer_domain::rules::Ban;
use dialer_domain::{OffsetDateTime, Page, PageRequest, Scope, StoreError, UserId};
use sea_orm::ConnectionTrait;

use super::events::append;
use crate::Database;
use crate::entity::ban::{Entity, Model};
use crate::errors::BAN;
use crate::mapping::instant::Instant;
use crate::sql::{Sql, columns_without, insert, page};
use crate::tx::transaction;

#[async_trait]
impl BanStore for Database {
    #[tracing::instrument(name = "db.bans.order", skip_all, fields(ban.id = %ban.id))]
    async fn order_ban(&self, ban: &Ban) -> Result<(), StoreError> {
        let ordered = OrderedBan::new(ban.clone());
        let scope = ban.user_id.map_or(Scope::Service, Scope::User);
        transaction!(&self.within(scope), BAN, |tx| {
            insert::<Entity, _>(tx, &[Model::from(&ordered)], &columns_without::<Entity>(&[]), "")
                .await
                .map_err(|error| BAN.error(error))?;
            match ban.user_id {
                Some(owner) => self.wait_for_claims(tx, owner, None).await?,
                None => self.wait_for_all_claims(tx).await?,
            }
            append(tx, &[ordered.ordered()]).await
        })
    }

    #[tracing::instrument(name = "db.bans.get", skip_all, fields(ban.id = %id))]
    async fn ban(&self, scope: Scope, id: BanId) -> Result<Option<OrderedBan>, StoreError> {
        let mut sql = Sql::new(self.backend(), "SELECT r.* FROM rule_bans AS r WHERE true");
        sql.push_bind(" AND r.id = ", id.as_uuid());
        push_seen(&mut sql, scope);
        let row = sql.one_as::<Model>(self.within(scope).connection()).await.map_err(|error| BAN.error(error))?;
        row.map(OrderedBan::try_from).transpose()
    }

    #[tracing::instrument(name = "db.bans.list", skip_all)]
    async fn bans(
        &self,
        scope: Scope,
        standing_at: Option<OffsetDateTime>,
        window: PageRequest,
    ) -> Result<Page<OrderedBan>, StoreError> {
        let mut condition = Sql::new(self.backend(), "true");
        push_seen(&mut condition, scope);
        if let Some(now) = standing_at {
            condition.push_bind(" AND r.ended_at IS NULL AND r.ends_at > ", Instant::from(now));
        }
        let last_first = "r.starts_at DESC, r.id DESC";
        let db = self.within(scope);
        let found = page::<Model>(db.connection(), BAN.table, condition, last_first, window).await;
        let (rows, total) = found.map_err(|error| BAN.error(error))?;
        Ok(Page { items: rows.into_iter().map(OrderedBan::try_from).collect::<Result<_, _>>()?, total })
    }

    #[tracing::instrument(name = "db.bans.binding", skip_all, fields(user.id = %owner))]
    async fn bans_binding(&self, owner: UserId, now: OffsetDateTime) -> Result<Vec<Ban>, StoreError> {
        binding(self.within(Scope::User(owner)).connection(), owner, now).await
    }

    #[tracing::instrument(name = "db.bans.end", skip_all, fields(ban.id = %id))]
    async fn end_ban(
        &self,
        scope: Scope,
        id: BanId,
        by: Option<UserId>,
        now: OffsetDateTime,
    ) -> Result<Option<OrderedBan>, StoreError> {
        transaction!(&self.within(scope), BAN, |tx| {
            let mut seen =
                Sql::new(self.backend(), "SELECT r.* FROM rule_bans AS r WHERE r.id = $1").bind(id.as_uuid());
            seen.push_scope("r.user_id", scope);
            if seen.one(tx).await.map_err(|error| BAN.error(error))?.is_none() {
                return Ok(None);
            }
            // The ban has passed the person's wall, and only the service changes bans.
            tx.continue_as(Scope::Service).await.map_err(|error| BAN.error(error))?;
            let row = Sql::new(self.backend(), "SELECT r.* FROM rule_bans AS r WHERE r.id = $1").bind(id.as_uuid());
            let row = row.locked().one_as::<Model>(tx).await.map_err(|error| BAN.error(error))?;
            let Some(row) = row.map(OrderedBan::try_from).transpose()? else { return Ok(None) };
            if !row.stands(now) {
                return Ok(Some(row));
            }
            let end = "UPDATE rule_bans SET ended_at = $1, ended_by = $2 WHERE id = $3";
            let end = Sql::new(self.backend(), end).bind(Instant::from(now)).bind(by.map(UserId::as_uuid));
            end.bind(id.as_uuid()).execute(tx).await.map_err(|error| BAN.error(error))?;
            let ended = OrderedBan { ended_at: Some(Instant::from(now).get()), ended_by: by, ..row };
            append(tx, &[ended.ended(now)]).await?;
            Ok(Some(ended))
        })
    }
}

/// The bans that bind `owner` at `now` or will, in or outside of a transaction; see [`BanStore::bans_binding`].
pub(super) async fn binding(
    db: &impl ConnectionTrait,
    owner: UserId,
    now: OffsetDateTime,
) -> Result<Vec<Ban>, StoreError> {
    // Two questions, so that the index answers both.
    let standing = "
        SELECT r.* FROM rule_bans AS r WHERE r.user_id = $1 AND r.ended_at IS NULL AND r.ends_at > $2
        UNION ALL
        SELECT r.* FROM rule_bans AS r WHERE r.user_id IS NULL AND r.ended_at IS NULL AND r.ends_at > $2
        ORDER BY starts_at, id";
    let standing = Sql::new(db.get_database_backend(), standing).bind(owner.as_uuid()).bind(Instant::from(now));
    let rows = standing.all_as::<Model>(db).await.map_err(|error| BAN.error(error))?;
    rows.into_iter().map(|row| OrderedBan::try_from(row).map(|row| row.ban)).collect()
}

/// Appends a condition that only bans meet which `scope` may see.
fn push_seen(sql: &mut Sql, scope: Scope) {
    if let Scope::User(user) = scope {
        sql.push_bind(" AND (r.user_id IS NULL OR r.user_id = ", user.as_uuid());
        sql.push(")");
    }
}
