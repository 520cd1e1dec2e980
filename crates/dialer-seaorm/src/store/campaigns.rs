//! Campaigns.

use async_trait::async_trait;
use dialer_domain::campaigns::store::{CampaignFilter, CampaignStore};
use dialer_domain::contacts::imported_event;
use dialer_domain::events::EventKind;
use dialer_domain::{Campaign, CampaignId, OffsetDateTime, Page, PageRequest, Scope, StoreError};
use sea_orm::sea_query::{Expr, LockType};
use sea_orm::{ColumnTrait, DbBackend, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait};

use super::events::append;
use super::owner;
use crate::Database;
use crate::entity::campaign::{Column, Entity, Model};
use crate::errors::{CAMPAIGN, CONTACT};
use crate::mapping::instant::Instant;
use crate::sql::{Sql, columns_without, insert, page, position, update};
use crate::tx::{DatabaseTransaction, transaction};

#[async_trait]
impl CampaignStore for Database {
    #[tracing::instrument(name = "db.campaigns.add", skip_all, fields(campaign.id = %campaign.id))]
    async fn add(&self, campaign: &Campaign) -> Result<(), StoreError> {
        transaction!(&self.within(Scope::User(campaign.user_id)), CAMPAIGN, |tx| {
            let counted_by_the_database = columns_without::<Entity>(&[Column::Stats]);
            insert::<Entity, _>(tx, &[Model::from(campaign)], &counted_by_the_database, "")
                .await
                .map_err(|error| CAMPAIGN.error(error))?;
            let made = campaign.event(EventKind::CampaignCreated, campaign.created_at);
            append(tx, &[made.by(Scope::User(campaign.user_id))]).await
        })
    }

    #[tracing::instrument(name = "db.campaigns.add_copy", skip_all, fields(campaign.id = %copy.id, from = %from))]
    async fn add_copy(&self, scope: Scope, copy: &Campaign, from: CampaignId) -> Result<Campaign, StoreError> {
        transaction!(&self.within(scope), CAMPAIGN, |tx| {
            // Nobody adds to the list or removes from it until it is copied.
            let source = locked(tx, from).await?.filter(|row| owner(scope).is_none_or(|user| user == row.user_id));
            let Some(source) = source else { return Err(StoreError::MissingReference { what: CAMPAIGN.reference }) };
            let listed = Campaign::try_from(source)?.stats.total;
            let columns = columns_without::<Entity>(&[Column::Stats]);
            insert::<Entity, _>(tx, &[Model::from(copy)], &columns, "").await.map_err(|error| CAMPAIGN.error(error))?;
            append(tx, &[copy.event(EventKind::CampaignCreated, copy.created_at).by(scope)]).await?;
            let added = self.copy_contacts(tx, from, copy).await?;
            if added > 0 {
                let skipped = listed.saturating_sub(added);
                let event = imported_event(copy.id, copy.user_id, added, skipped, copy.created_at);
                append(tx, &[event.by(scope)]).await?;
            }
            let stored = locked(tx, copy.id).await?;
            stored.ok_or(StoreError::Stale { what: CAMPAIGN.row })?.try_into()
        })
    }

    #[tracing::instrument(name = "db.campaigns.get", skip_all, fields(campaign.id = %id))]
    async fn get(&self, scope: Scope, id: CampaignId) -> Result<Option<Campaign>, StoreError> {
        let campaign = "SELECT r.* FROM dialer_campaigns AS r WHERE r.id = $1";
        let mut sql = Sql::new(self.backend(), campaign).bind(id.as_uuid());
        if let Some(user) = owner(scope) {
            sql.push_bind(" AND (r.user_id = ", user);
            sql.push(" OR EXISTS (SELECT 1 FROM campaign_agents AS a WHERE a.campaign_id = r.id");
            sql.push_bind(" AND a.user_id = ", user);
            sql.push("))");
        }
        let row = sql.one_as::<Model>(self.within(scope).connection()).await;
        row.map_err(|error| CAMPAIGN.error(error))?.map(Campaign::try_from).transpose()
    }

    #[tracing::instrument(name = "db.campaigns.list", skip_all)]
    async fn list(
        &self,
        scope: Scope,
        filter: CampaignFilter,
        window: PageRequest,
    ) -> Result<Page<Campaign>, StoreError> {
        let mut condition = Sql::new(self.backend(), "true");
        let readable = match owner(scope) {
            None => CAMPAIGN.table,
            Some(user) => {
                condition = condition.bind(user);
                READABLE
            }
        };
        if let Some(status) = filter.status {
            condition.push_bind(" AND r.status = ", status.as_str());
        }
        if let Some(mode) = filter.mode {
            condition.push_bind(" AND r.type = ", mode.as_str());
        }
        let latest_first = "r.created_at DESC, r.id DESC";
        let (rows, total) = page::<Model>(self.within(scope).connection(), readable, condition, latest_first, window)
            .await
            .map_err(|error| CAMPAIGN.error(error))?;
        Ok(Page { items: rows.into_iter().map(Campaign::try_from).collect::<Result<_, _>>()?, total })
    }

    #[tracing::instrument(name = "db.campaigns.save", skip_all, fields(campaign.id = %after.id))]
    async fn save(&self, scope: Scope, after: &Campaign) -> Result<Campaign, StoreError> {
        transaction!(&self.within(scope), CAMPAIGN, |tx| {
            let before = locked(tx, after.id).await?.filter(|row| owner(scope).is_none_or(|user| user == row.user_id));
            let Some(before) = before.filter(|row| row.revision == after.revision - 1) else {
                return Err(StoreError::Stale { what: CAMPAIGN.row });
            };
            let known = Campaign::try_from(before.clone())?;
            let saved = replace(tx, before, after).await?;
            let event = saved.event(EventKind::CampaignUpdated, saved.updated_at);
            append(tx, &[event.by(scope).changing(&known.changes(&saved))]).await?;
            Ok(saved)
        })
    }

    #[tracing::instrument(name = "db.campaigns.delete", skip_all, fields(campaign.id = %id))]
    async fn delete(&self, scope: Scope, id: CampaignId, now: OffsetDateTime) -> Result<bool, StoreError> {
        transaction!(&self.within(scope), CAMPAIGN, |tx| {
            let campaign = Entity::find_by_id(id.as_uuid())
                .apply_if(owner(scope), |query, user| query.filter(Column::UserId.eq(user)))
                .lock(LockType::Update)
                .one(tx)
                .await
                .map_err(|error| CAMPAIGN.error(error))?;
            let Some(campaign) = campaign.map(Campaign::try_from).transpose()? else { return Ok(false) };
            // The foreign keys would do it, one call and one contact at a time.
            let detach = "UPDATE call_logs SET campaign_id = NULL, contact_id = NULL, row_version = row_version + 1
                          WHERE campaign_id = $1";
            let detach = Sql::new(self.backend(), detach).bind(id.as_uuid());
            detach.execute(tx).await.map_err(|error| CAMPAIGN.error(error))?;
            Entity::delete_by_id(id.as_uuid()).exec(tx).await.map_err(|error| CAMPAIGN.error(error))?;
            append(tx, &[campaign.event(EventKind::CampaignDeleted, now).by(scope)]).await?;
            Ok(true)
        })
    }

    #[tracing::instrument(name = "db.campaigns.active", skip_all)]
    async fn active(&self) -> Result<Vec<Campaign>, StoreError> {
        let rows = Entity::find()
            // Spelled out, so that a plan for any parameter can use the index of active campaigns.
            .filter(Expr::cust("status = 'active'"))
            .order_by_asc(Column::CreatedAt)
            .order_by_asc(Column::Id)
            .all(self.connection())
            .await
            .map_err(|error| CAMPAIGN.error(error))?;
        rows.into_iter().map(Campaign::try_from).collect()
    }
}

impl Database {
    /// Adds the contacts of `from` to `copy`, and returns how many. The database makes their ids: the list stays where it is.
    async fn copy_contacts(
        &self,
        tx: &DatabaseTransaction,
        from: CampaignId,
        copy: &Campaign,
    ) -> Result<u64, StoreError> {
        let new_id = match self.backend() {
            DbBackend::Postgres => "gen_random_uuid()",
            _ => "randomblob(16)",
        };
        let contacts = format!(
            "INSERT INTO campaign_contacts (id, campaign_id, phone_number, first_name, last_name, email, company,
                 metadata, status, attempts, row_version, created_at, updated_at)
             SELECT {new_id}, $1, k.phone_number, k.first_name, k.last_name, k.email, k.company, k.metadata, 'pending',
                 0, 1, $2, $2
             FROM campaign_contacts AS k WHERE k.campaign_id = $3 AND NOT EXISTS
                 (SELECT 1 FROM suppressions AS s WHERE s.user_id = $4 AND s.phone_number = k.phone_number
                  AND s.campaign_id IS NULL)
             ORDER BY k.{}",
            position(self.backend())
        );
        let contacts = Sql::new(self.backend(), contacts)
            .bind(copy.id.as_uuid())
            .bind(Instant::from(copy.created_at))
            .bind(from.as_uuid())
            .bind(copy.user_id.as_uuid());
        contacts.execute(tx).await.map_err(|error| CONTACT.error(error))
    }
}

/// The campaigns that user `$1` may read: own ones, and those to which they are assigned. Two questions, each with an index.
const READABLE: &str = "(SELECT * FROM dialer_campaigns WHERE user_id = $1
    UNION ALL SELECT c.* FROM dialer_campaigns AS c JOIN campaign_agents AS a ON a.campaign_id = c.id
    WHERE a.user_id = $1 AND c.user_id <> $1)";

/// The campaign's row, which nobody else writes until the transaction ends.
pub(super) async fn locked(tx: &DatabaseTransaction, id: CampaignId) -> Result<Option<Model>, StoreError> {
    let row = Entity::find_by_id(id.as_uuid()).lock(LockType::NoKeyUpdate).one(tx).await;
    row.map_err(|error| CAMPAIGN.error(error))
}

/// Puts `after` in the place of `before`, and returns it as stored: the owner and the counts stay.
pub(super) async fn replace(tx: &DatabaseTransaction, before: Model, after: &Campaign) -> Result<Campaign, StoreError> {
    let row =
        Model { user_id: before.user_id, stats: before.stats, created_at: before.created_at, ..Model::from(after) };
    let columns = columns_without::<Entity>(&[Column::Id, Column::UserId, Column::Stats, Column::CreatedAt]);
    update::<Entity, _>(tx, CAMPAIGN, std::slice::from_ref(&row), &columns, "t.revision = v.revision - 1").await?;
    row.try_into()
}
