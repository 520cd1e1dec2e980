//! What decisions are made from, for whoever asks about contacts without calling them.

use async_trait::async_trait;
use dialer_domain::campaigns::store::CampaignStore;
use dialer_domain::eligibility::reader::{Case, EligibilityReader};
use dialer_domain::rules::{Circumstances, LedgerEntry};
use dialer_domain::{CampaignId, ContactId, OffsetDateTime, Scope, StoreError, UserId};
use sea_orm::QueryResult;

use super::queue::facts::{Candidate, asked_sql};
use crate::Database;
use crate::errors::CONTACT;
use crate::sql::position;

#[async_trait]
impl EligibilityReader for Database {
    #[tracing::instrument(name = "db.eligibility.circumstances", skip_all)]
    async fn circumstances(&self, owner: UserId, now: OffsetDateTime) -> Result<Circumstances, StoreError> {
        self.circumstances_of(self.within(Scope::User(owner)).connection(), owner, now).await
    }

    #[tracing::instrument(name = "db.eligibility.ledger", skip_all, fields(campaign.id = %campaign))]
    async fn ledger(
        &self,
        scope: Scope,
        campaign: CampaignId,
        now: OffsetDateTime,
    ) -> Result<Option<Vec<LedgerEntry>>, StoreError> {
        let Some(campaign) = CampaignStore::get(self, scope, campaign).await? else { return Ok(None) };
        let db = self.within(scope);
        self.ledger_of(db.connection(), &campaign, &self.governing().book, now).await.map(Some)
    }

    #[tracing::instrument(name = "db.eligibility.case", skip_all, fields(contact.id = %contact))]
    async fn case(&self, scope: Scope, contact: ContactId, now: OffsetDateTime) -> Result<Option<Case>, StoreError> {
        let mut sql = asked_sql(self.backend());
        sql.push_bind(" WHERE k.id = ", contact.as_uuid());
        sql.push_scope("c.user_id", scope);
        Ok(self.read_cases(scope, sql, now).await?.pop().map(|(_, case)| case))
    }

    #[tracing::instrument(name = "db.eligibility.cases", skip_all, fields(campaign.id = %campaign))]
    async fn cases(
        &self,
        scope: Scope,
        campaign: CampaignId,
        after: Option<ContactId>,
        limit: u16,
        now: OffsetDateTime,
    ) -> Result<Vec<Case>, StoreError> {
        let mut sql = asked_sql(self.backend());
        sql.push_bind(" WHERE k.campaign_id = ", campaign.as_uuid());
        if let Some(after) = after {
            sql.push_bind(" AND k.id > ", after.as_uuid());
        }
        sql.push_scope("c.user_id", scope);
        sql.push_bind(" ORDER BY k.id LIMIT ", i64::from(limit));
        Ok(self.read_cases(scope, sql, now).await?.into_iter().map(|(_, case)| case).collect())
    }

    #[tracing::instrument(name = "db.eligibility.following", skip_all, fields(campaign.id = %campaign))]
    async fn following(
        &self,
        scope: Scope,
        campaign: CampaignId,
        after: u64,
        limit: u16,
        now: OffsetDateTime,
    ) -> Result<Vec<(u64, Case)>, StoreError> {
        let place = position(self.backend());
        let mut sql = asked_sql(self.backend());
        sql.push_bind(" WHERE k.campaign_id = ", campaign.as_uuid());
        sql.push_bind(&format!(" AND k.{place} > "), i64::try_from(after).unwrap_or(i64::MAX));
        sql.push_scope("c.user_id", scope);
        sql.push_bind(&format!(" ORDER BY k.{place} LIMIT "), i64::from(limit));
        self.read_cases(scope, sql, now).await
    }
}

impl Database {
    /// The cases of contacts that the statement finds, all of one owner, each with its place in the list.
    async fn read_cases(
        &self,
        scope: Scope,
        sql: crate::sql::Sql,
        now: OffsetDateTime,
    ) -> Result<Vec<(u64, Case)>, StoreError> {
        let db = self.within(scope);
        let rows = sql.all(db.connection()).await.map_err(|error| CONTACT.error(error))?;
        let Some(first) = rows.first() else { return Ok(Vec::new()) };
        let owner = UserId::new(first.try_get("", "owner_id").map_err(|error| CONTACT.error(error))?);
        let mut candidates = rows.iter().map(Candidate::read).collect::<Result<Vec<_>, _>>()?;
        self.look_up(db.connection(), owner, &mut candidates, &self.governing().book, now).await?;
        let place = |row: &QueryResult| row.try_get::<i64>("", "place").map(|place| u64::try_from(place).unwrap_or(0));
        let places = rows.iter().map(place).collect::<Result<Vec<_>, _>>().map_err(|error| CONTACT.error(error))?;
        let case = |Candidate { contact, suppressed, dossier, .. }| Case { contact, suppressed, dossier };
        Ok(places.into_iter().zip(candidates.into_iter().map(case)).collect())
    }
}
