//! Do-not-call entries.

use std::collections::{BTreeSet, HashSet};

use async_trait::async_trait;
use dialer_domain::consents::ConsentEvent;
use dialer_domain::events::{EventKind, NewEvent};
use dialer_domain::ids::SuppressionId;
use dialer_domain::suppression::{Suppression, SuppressionFilter, SuppressionStore};
use dialer_domain::{CallId, CampaignId, OffsetDateTime, Page, PageRequest, PhoneNumber, Scope, StoreError, UserId};
use sea_orm::sea_query::SimpleExpr;
use sea_orm::{
    ColumnTrait, Condition, DbErr, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
};
use serde_json::{Map, Value, json};

use super::events::append;
use crate::entity::suppression::{Column, Entity, Model};
use crate::errors::SUPPRESSION;
use crate::sql::{Sql, columns_without, ids_of, insert, page};
use crate::tx::{DatabaseTransaction, transaction};
use crate::{Database, DatabaseKind};

#[async_trait]
impl SuppressionStore for Database {
    #[tracing::instrument(name = "db.suppressions.suppress", skip_all, fields(user.id = %owner, count = entries.len()))]
    async fn suppress_all(&self, owner: UserId, entries: Vec<Suppression>) -> Result<Vec<SuppressionId>, StoreError> {
        transaction!(&self.within(Scope::User(owner)), SUPPRESSION, |tx| {
            let (added, told) = self.add_entries(tx, owner, &entries).await?;
            append(tx, told.as_slice()).await?;
            Ok(added)
        })
    }

    #[tracing::instrument(name = "db.suppressions.opt_out", skip_all, fields(user.id = %entry.user_id))]
    async fn opt_out(&self, entry: &Suppression, revocation: &ConsentEvent) -> Result<bool, StoreError> {
        let owner = entry.user_id;
        transaction!(&self.within(Scope::User(owner)), SUPPRESSION, |tx| {
            let (added, told) = self.add_entries(tx, owner, std::slice::from_ref(entry)).await?;
            let taken_back = self.add_consents(tx, owner, std::slice::from_ref(revocation)).await?;
            let events: Vec<NewEvent> = told.into_iter().chain(taken_back).collect();
            append(tx, &events).await?;
            Ok(!added.is_empty())
        })
    }

    #[tracing::instrument(name = "db.suppressions.lift", skip_all, fields(user.id = %owner))]
    async fn lift(
        &self,
        owner: UserId,
        number: &PhoneNumber,
        campaign: Option<CampaignId>,
        reason: Option<String>,
        now: OffsetDateTime,
    ) -> Result<bool, StoreError> {
        transaction!(&self.within(Scope::User(owner)), SUPPRESSION, |tx| {
            let lifted = Entity::delete_many()
                .filter(Column::UserId.eq(owner.as_uuid()))
                .filter(Column::PhoneNumber.eq(number.as_e164()))
                .filter(binds(campaign))
                .exec(tx)
                .await
                .map_err(|error| SUPPRESSION.error(error))?;
            if lifted.rows_affected == 0 {
                return Ok(false);
            }
            let lifted = event(EventKind::NumberLifted, owner, ("reason", json!(reason)), now);
            append(tx, &[lifted.by(Scope::User(owner))]).await?;
            Ok(true)
        })
    }

    #[tracing::instrument(name = "db.suppressions.find", skip_all, fields(user.id = %owner))]
    async fn find(
        &self,
        owner: UserId,
        number: &PhoneNumber,
        campaign: Option<CampaignId>,
    ) -> Result<Option<Suppression>, StoreError> {
        self.one_entry(owner, Column::PhoneNumber.eq(number.as_e164()).and(binds(campaign))).await
    }

    #[tracing::instrument(name = "db.suppressions.unwanted_calls", skip_all)]
    async fn unwanted_calls(&self) -> Result<Vec<CallId>, StoreError> {
        let unwanted = "SELECT l.id FROM call_logs AS l
            WHERE l.ended_at IS NULL AND l.status IN ('initiated', 'ringing') AND l.direction = 'outbound'
            AND EXISTS (SELECT 1 FROM suppressions AS s WHERE s.user_id = l.user_id AND s.phone_number = l.to_number
                        AND (s.campaign_id IS NULL OR s.campaign_id = l.campaign_id))
            ORDER BY l.started_at, l.id";
        let rows = Sql::new(self.backend(), unwanted).all(self.connection()).await;
        let ids = rows.and_then(|rows| rows.iter().map(|row| row.try_get("", "id").map(CallId::new)).collect());
        ids.map_err(|error| SUPPRESSION.error(error))
    }

    #[tracing::instrument(name = "db.suppressions.get", skip_all, fields(suppression.id = %id))]
    async fn get(&self, owner: UserId, id: SuppressionId) -> Result<Option<Suppression>, StoreError> {
        self.one_entry(owner, Column::Id.eq(id.as_uuid())).await
    }

    #[tracing::instrument(name = "db.suppressions.list", skip_all, fields(user.id = %owner))]
    async fn list(
        &self,
        owner: UserId,
        filter: SuppressionFilter,
        window: PageRequest,
    ) -> Result<Page<Suppression>, StoreError> {
        let mut condition = Sql::new(self.backend(), "true");
        condition.push_scope("r.user_id", Scope::User(owner));
        if let Some(number) = &filter.phone_number {
            condition.push_bind(" AND r.phone_number = ", number.as_e164());
        }
        if let Some(campaign) = filter.campaign_id {
            condition.push_bind(" AND r.campaign_id = ", campaign.as_uuid());
        }
        if let Some(source) = filter.source {
            condition.push_bind(" AND r.source = ", source.as_str());
        }
        let db = self.within(Scope::User(owner));
        let latest_first = "r.created_at DESC, r.id DESC";
        let found = page::<Model>(db.connection(), SUPPRESSION.table, condition, latest_first, window).await;
        let (rows, total) = found.map_err(|error| SUPPRESSION.error(error))?;
        Ok(Page { items: rows.into_iter().map(Suppression::try_from).collect::<Result<_, _>>()?, total })
    }

    #[tracing::instrument(name = "db.suppressions.following", skip_all, fields(user.id = %owner))]
    async fn following(
        &self,
        owner: UserId,
        after: Option<(PhoneNumber, SuppressionId)>,
        limit: u16,
    ) -> Result<Vec<Suppression>, StoreError> {
        let rows = Entity::find()
            .filter(Column::UserId.eq(owner.as_uuid()))
            .apply_if(after, |query, (number, id)| {
                let same = Column::PhoneNumber.eq(number.as_e164()).and(Column::Id.gt(id.as_uuid()));
                // Told twice, so that an index begins there.
                let from = Column::PhoneNumber.gte(number.as_e164());
                query.filter(from).filter(Condition::any().add(Column::PhoneNumber.gt(number.as_e164())).add(same))
            })
            .order_by_asc(Column::PhoneNumber)
            .order_by_asc(Column::Id)
            .limit(u64::from(limit))
            .all(self.within(Scope::User(owner)).connection())
            .await
            .map_err(|error| SUPPRESSION.error(error))?;
        rows.into_iter().map(Suppression::try_from).collect()
    }
}

impl Database {
    /// Adds entries that are not there yet, and waits for claims that may not have seen them. Returns what was added, and the
    /// event to store.
    async fn add_entries(
        &self,
        tx: &DatabaseTransaction,
        owner: UserId,
        entries: &[Suppression],
    ) -> Result<(Vec<SuppressionId>, Option<NewEvent>), StoreError> {
        let Some(at) = entries.first().map(|entry| entry.created_at) else { return Ok((Vec::new(), None)) };
        let by = entries.iter().find_map(|entry| entry.created_by).unwrap_or(owner);
        let rows: Vec<Model> =
            entries.iter().map(|entry| Model { user_id: owner.as_uuid(), ..Model::from(entry) }).collect();
        self.require_campaigns(tx, owner, entries).await?;
        let added = self.insert_new(tx, &rows).await.map_err(|error| SUPPRESSION.error(error))?;
        if added.is_empty() {
            return Ok((added, None));
        }
        self.wait_for_claims(tx, owner, None).await?;
        let told = event(EventKind::NumberSuppressed, owner, ("count", json!(added.len())), at);
        Ok((added, Some(told.by(Scope::User(by)))))
    }

    /// Inserts the rows whose numbers are not there yet for the campaigns that they bind, the first of each.
    pub(super) async fn insert_new(
        &self,
        tx: &DatabaseTransaction,
        rows: &[Model],
    ) -> Result<Vec<SuppressionId>, DbErr> {
        let mut seen = HashSet::new();
        let mut is_first = |row: &&Model| seen.insert((row.phone_number.clone(), row.campaign_id));
        let fresh: Vec<Model> = rows.iter().filter(&mut is_first).cloned().collect();
        let unless_there = "ON CONFLICT DO NOTHING RETURNING id";
        let added = insert::<Entity, _>(tx, &fresh, &columns_without::<Entity>(&[]), unless_there).await?;
        added.iter().map(|row| row.try_get("", "id").map(SuppressionId::new)).collect()
    }

    /// Goes on only when every campaign that entries name is the owner's.
    async fn require_campaigns(
        &self,
        tx: &DatabaseTransaction,
        owner: UserId,
        entries: &[Suppression],
    ) -> Result<(), StoreError> {
        let named: BTreeSet<CampaignId> = entries.iter().filter_map(|entry| entry.campaign_id).collect();
        if named.is_empty() {
            return Ok(());
        }
        let own = format!(
            "SELECT count(*) AS own FROM dialer_campaigns WHERE user_id = $1 AND id IN {}",
            ids_of(self.backend(), 2)
        );
        let own = Sql::new(self.backend(), own).bind(owner.as_uuid()).bind(json!(named));
        let count = async { own.one(tx).await?.map_or(Ok(0), |row| row.try_get::<i64>("", "own")) };
        let count = count.await.map_err(|error| SUPPRESSION.error(error))?;
        if usize::try_from(count) == Ok(named.len()) {
            Ok(())
        } else {
            Err(StoreError::MissingReference { what: SUPPRESSION.reference })
        }
    }

    async fn one_entry(&self, owner: UserId, which: SimpleExpr) -> Result<Option<Suppression>, StoreError> {
        let row = Entity::find()
            .filter(Column::UserId.eq(owner.as_uuid()))
            .filter(which)
            .one(self.within(Scope::User(owner)).connection())
            .await
            .map_err(|error| SUPPRESSION.error(error))?;
        row.map(Suppression::try_from).transpose()
    }

    /// Waits until no claim is under way that may have looked before the entry was there. A claim holds its
    /// campaign's row; one that comes later waits for this transaction, and then sees the entry. A transaction that
    /// goes on to change `changing` holds the rows as strongly as that needs, so that two of them do not get stuck.
    pub(super) async fn wait_for_claims(
        &self,
        tx: &DatabaseTransaction,
        owner: UserId,
        changing: Option<CampaignId>,
    ) -> Result<(), StoreError> {
        if self.kind() == DatabaseKind::Sqlite {
            return Ok(());
        }
        let strength = if changing.is_some() { "NO KEY UPDATE" } else { "SHARE" };
        let campaigns = format!(
            "SELECT id FROM dialer_campaigns WHERE user_id = $1 AND (status = 'active' OR id = $2)
             ORDER BY id FOR {strength}"
        );
        let campaigns = Sql::new(self.backend(), campaigns).bind(owner.as_uuid());
        let campaigns = campaigns.bind(changing.map(CampaignId::as_uuid));
        campaigns.all(tx).await.map_err(|error| SUPPRESSION.error(error))?;
        Ok(())
    }
}

impl Database {
    /// [`Self::wait_for_claims`] of every owner.
    pub(super) async fn wait_for_all_claims(&self, tx: &DatabaseTransaction) -> Result<(), StoreError> {
        let mut campaigns =
            Sql::new(self.backend(), "SELECT id FROM dialer_campaigns WHERE status = 'active' ORDER BY id");
        campaigns.push_lock(" FOR SHARE");
        campaigns.all(tx).await.map_err(|error| SUPPRESSION.error(error))?;
        Ok(())
    }
}

/// Holds of entries that bind `campaign` and no other, or all of an owner's campaigns.
fn binds(campaign: Option<CampaignId>) -> SimpleExpr {
    campaign.map_or_else(|| Column::CampaignId.is_null(), |campaign| Column::CampaignId.eq(campaign.as_uuid()))
}

/// An event that does not say which numbers it was: the log holds no numbers.
pub(super) fn event(kind: EventKind, owner: UserId, (key, value): (&str, Value), at: OffsetDateTime) -> NewEvent {
    let data = Map::from_iter([(key.to_owned(), value)]);
    NewEvent { kind, user_id: owner, campaign_id: None, contact_id: None, call_id: None, at, data }
}
