//! Agents of campaigns.

use async_trait::async_trait;
use dialer_domain::campaigns::agents::{Assigned, Assignment, CampaignAgents};
use dialer_domain::events::EventKind;
use dialer_domain::{CampaignId, OffsetDateTime, Page, PageRequest, Scope, StoreError, UserId};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::events::append;
use crate::Database;
use crate::entity::assignment::{Column, Entity, Model};
use crate::errors::ASSIGNMENT;
use crate::mapping::instant::Instant;
use crate::sql::{Sql, columns_without, insert, page};
use crate::tx::{DatabaseTransaction, transaction};

#[async_trait]
impl CampaignAgents for Database {
    #[tracing::instrument(name = "db.agents.assign", skip_all, fields(campaign.id = %new.campaign_id))]
    async fn assign(&self, scope: Scope, new: Assignment) -> Result<Option<Assigned>, StoreError> {
        let new = Assignment { created_at: Instant::from(new.created_at).get(), ..new };
        transaction!(&self.within(scope), ASSIGNMENT, |tx| {
            let Some(owner) = self.owner_of(tx, scope, new.campaign_id).await? else { return Ok(None) };
            if let Some(before) = agent(tx, new.campaign_id, new.user_id).await? {
                return Ok(Some(Assigned::Before(before)));
            }
            let row = [Model::from(&new)];
            let stored = insert::<Entity, _>(tx, &row, &columns_without::<Entity>(&[]), "").await;
            stored.map_err(|error| ASSIGNMENT.error(error))?;
            append(tx, &[new.event(owner, EventKind::AgentAssigned, new.created_at).by(scope)]).await?;
            Ok(Some(Assigned::Now(new)))
        })
    }

    #[tracing::instrument(name = "db.agents.unassign", skip_all, fields(campaign.id = %campaign))]
    async fn unassign(
        &self,
        scope: Scope,
        campaign: CampaignId,
        user: UserId,
        now: OffsetDateTime,
    ) -> Result<bool, StoreError> {
        transaction!(&self.within(scope), ASSIGNMENT, |tx| {
            let Some(owner) = self.owner_of(tx, scope, campaign).await? else { return Ok(false) };
            let Some(gone) = agent(tx, campaign, user).await? else { return Ok(false) };
            let done = Entity::delete_by_id(gone.id.as_uuid()).exec(tx).await;
            done.map_err(|error| ASSIGNMENT.error(error))?;
            append(tx, &[gone.event(owner, EventKind::AgentUnassigned, now).by(scope)]).await?;
            Ok(true)
        })
    }

    #[tracing::instrument(name = "db.agents.list", skip_all, fields(campaign.id = %campaign))]
    async fn agents(
        &self,
        scope: Scope,
        campaign: CampaignId,
        window: PageRequest,
    ) -> Result<Page<Assignment>, StoreError> {
        let own = "r.campaign_id = $1 AND EXISTS (SELECT 1 FROM dialer_campaigns AS c WHERE c.id = $1";
        let mut condition = Sql::new(self.backend(), own).bind(campaign.as_uuid());
        condition.push_scope("c.user_id", scope);
        condition.push(")");
        let db = self.within(scope);
        let found = page::<Model>(db.connection(), ASSIGNMENT.table, condition, "r.created_at, r.id", window).await;
        let (rows, total) = found.map_err(|error| ASSIGNMENT.error(error))?;
        Ok(Page { items: rows.into_iter().map(Assignment::from).collect(), total })
    }
}

/// A user's assignment to a campaign.
async fn agent(tx: &DatabaseTransaction, campaign: CampaignId, user: UserId) -> Result<Option<Assignment>, StoreError> {
    let row = Entity::find()
        .filter(Column::CampaignId.eq(campaign.as_uuid()))
        .filter(Column::UserId.eq(user.as_uuid()))
        .one(tx)
        .await;
    Ok(row.map_err(|error| ASSIGNMENT.error(error))?.map(Assignment::from))
}
