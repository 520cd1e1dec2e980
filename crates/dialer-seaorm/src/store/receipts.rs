//! Receipts of decisions, the rule books that they name, and counts of refusals.

use async_trait::async_trait;
use dialer_domain::analytics::Period;
use dialer_domain::consents::ConsentEvent;
use dialer_domain::ids::ConsentEventId;
use dialer_domain::receipts::store::{After, ReceiptReader};
use dialer_domain::receipts::{Receipt, RefusalCount, tally};
use dialer_domain::rules::{BookHash, RuleBook};
use dialer_domain::{Call, CallId, CampaignId, OffsetDateTime, Scope, StoreError};
use sea_orm::{ConnectionTrait, DbErr};

use crate::Database;
use crate::entity::{call, consent, receipt, refusal_count};
use crate::errors::{CALL, CONSENT, RECEIPT, REFUSAL_COUNT, RULE_BOOK};
use crate::mapping::instant::Instant;
use crate::sql::{Sql, columns_without, insert};
use crate::tx::DatabaseTransaction;

#[async_trait]
impl ReceiptReader for Database {
    #[tracing::instrument(name = "db.receipts.get", skip_all, fields(call.id = %call))]
    async fn receipt(&self, scope: Scope, call: CallId) -> Result<Option<Receipt>, StoreError> {
        let sql = "SELECT r.* FROM decision_receipts AS r WHERE r.id = $1";
        let mut sql = Sql::new(self.backend(), sql).bind(call.as_uuid());
        sql.push_scope("r.user_id", scope);
        let db = self.within(scope);
        let row: Option<receipt::Model> = sql.one_as(db.connection()).await.map_err(|error| RECEIPT.error(error))?;
        row.map(Receipt::try_from).transpose()
    }

    #[tracing::instrument(name = "db.receipts.rule_book", skip_all)]
    async fn rule_book(&self, hash: BookHash) -> Result<Option<String>, StoreError> {
        let sql = "SELECT b.body FROM rule_books AS b WHERE b.hash = $1";
        let sql = Sql::new(self.backend(), sql).bind(hash.to_string());
        let read = async { sql.one(self.connection()).await?.map(|row| row.try_get("", "body")).transpose() };
        read.await.map_err(|error: DbErr| RULE_BOOK.error(error))
    }

    #[tracing::instrument(name = "db.receipts.list", skip_all, fields(campaign.id = %campaign))]
    async fn receipts(
        &self,
        scope: Scope,
        campaign: CampaignId,
        period: Period,
        after: Option<After>,
        limit: u16,
    ) -> Result<Vec<Receipt>, StoreError> {
        let mut sql = Sql::new(self.backend(), "SELECT r.* FROM decision_receipts AS r");
        push_decided(&mut sql, scope, campaign, period);
        push_page(&mut sql, "r.decided_at", after, limit);
        let db = self.within(scope);
        let rows: Vec<receipt::Model> = sql.all_as(db.connection()).await.map_err(|error| RECEIPT.error(error))?;
        rows.into_iter().map(Receipt::try_from).collect()
    }

    #[tracing::instrument(name = "db.receipts.calls_made", skip_all, fields(campaign.id = %campaign))]
    async fn calls_made(
        &self,
        scope: Scope,
        campaign: CampaignId,
        period: Period,
        after: Option<After>,
        limit: u16,
    ) -> Result<Vec<Call>, StoreError> {
        let mut sql = Sql::new(self.backend(), "SELECT r.* FROM call_logs AS r");
        push_of(&mut sql, scope, campaign, period, "r.started_at");
        push_page(&mut sql, "r.started_at", after, limit);
        let db = self.within(scope);
        let rows: Vec<call::Model> = sql.all_as(db.connection()).await.map_err(|error| CALL.error(error))?;
        rows.into_iter().map(Call::try_from).collect()
    }

    #[tracing::instrument(name = "db.receipts.consents", skip_all, fields(campaign.id = %campaign))]
    async fn consents_of_called(
        &self,
        scope: Scope,
        campaign: CampaignId,
        period: Period,
        after: Option<ConsentEventId>,
        limit: u16,
    ) -> Result<Vec<ConsentEvent>, StoreError> {
        let called = "SELECT n.* FROM consents AS n WHERE (n.user_id, n.phone_number) IN
            (SELECT r.user_id, l.to_number FROM decision_receipts AS r JOIN call_logs AS l ON l.id = r.id";
        let mut sql = Sql::new(self.backend(), called);
        push_decided(&mut sql, scope, campaign, period);
        sql.push(")");
        if let Some(after) = after {
            sql.push_bind(" AND n.id > ", after.as_uuid());
        }
        sql.push_bind(" ORDER BY n.id LIMIT ", i64::from(limit));
        let db = self.within(scope);
        let rows: Vec<consent::Model> = sql.all_as(db.connection()).await.map_err(|error| CONSENT.error(error))?;
        rows.into_iter().map(ConsentEvent::try_from).collect()
    }

    #[tracing::instrument(name = "db.receipts.refusals", skip_all, fields(campaign.id = %campaign))]
    async fn refusal_counts(
        &self,
        scope: Scope,
        campaign: CampaignId,
        period: Period,
    ) -> Result<Vec<RefusalCount>, StoreError> {
        let mut sql = Sql::new(self.backend(), "SELECT r.* FROM refusal_counts AS r");
        push_of(&mut sql, scope, campaign, period, "r.hour");
        let db = self.within(scope);
        let rows: Vec<refusal_count::Model> =
            sql.all_as(db.connection()).await.map_err(|error| REFUSAL_COUNT.error(error))?;
        let counts = rows.into_iter().map(RefusalCount::try_from).collect::<Result<Vec<_>, _>>()?;
        Ok(tally(counts))
    }
}

fn push_decided(sql: &mut Sql, scope: Scope, campaign: CampaignId, period: Period) {
    push_of(sql, scope, campaign, period, "r.decided_at");
}

/// Appends the condition that only rows `r` of a campaign meet whose instant is in the period.
fn push_of(sql: &mut Sql, scope: Scope, campaign: CampaignId, period: Period, instant: &str) {
    sql.push_bind(" WHERE r.campaign_id = ", campaign.as_uuid());
    if let Some(from) = period.from {
        sql.push_bind(&format!(" AND {instant} >= "), Instant::from(from));
    }
    if let Some(until) = period.until {
        sql.push_bind(&format!(" AND {instant} < "), Instant::from(until));
    }
    sql.push_scope("r.user_id", scope);
}

/// Appends the order of rows `r`, oldest first, and which of them are read.
fn push_page(sql: &mut Sql, instant: &str, after: Option<After>, limit: u16) {
    if let Some(After { at, call }) = after {
        sql.push_bind(&format!(" AND ({instant}, r.id) > ("), Instant::from(at));
        sql.push_bind(", ", call.as_uuid());
        sql.push(")");
    }
    sql.push_bind(&format!(" ORDER BY {instant}, r.id LIMIT "), i64::from(limit));
}

/// Writes receipts of decisions by `book`, and the book where none named it before. For the service.
pub(in crate::store) async fn write_receipts(
    tx: &DatabaseTransaction,
    book: &RuleBook,
    receipts: &[receipt::Model],
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    if receipts.is_empty() {
        return Ok(());
    }
    keep_book(tx, book, now).await.map_err(|error| RULE_BOOK.error(error))?;
    let columns = columns_without::<receipt::Entity>(&[]);
    insert::<receipt::Entity, _>(tx, receipts, &columns, "").await.map(drop).map_err(|error| RECEIPT.error(error))
}

async fn keep_book(tx: &DatabaseTransaction, book: &RuleBook, now: OffsetDateTime) -> Result<(), DbErr> {
    let (backend, hash) = (tx.get_database_backend(), book.hash().to_string());
    let known = Sql::new(backend, "SELECT 1 FROM rule_books WHERE hash = $1").bind(hash.clone());
    if known.one(tx).await?.is_some() {
        return Ok(());
    }
    let keep = "INSERT INTO rule_books (hash, body, first_used_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
    Sql::new(backend, keep).bind(hash).bind(book.text()).bind(Instant::from(now)).execute(tx).await.map(drop)
}

/// Adds to the counts of refusals. For the service, which holds the campaigns that they are of.
pub(in crate::store) async fn add_refusals(
    tx: &DatabaseTransaction,
    counts: impl IntoIterator<Item = RefusalCount>,
) -> Result<(), StoreError> {
    // One row a key: a statement changes no row twice.
    let rows: Vec<refusal_count::Model> = tally(counts).iter().map(Into::into).collect();
    if rows.is_empty() {
        return Ok(());
    }
    let add = "ON CONFLICT (campaign_id, hour, code, rule_id, rule_version)
        DO UPDATE SET count = refusal_counts.count + excluded.count";
    let columns = columns_without::<refusal_count::Entity>(&[]);
    insert::<refusal_count::Entity, _>(tx, &rows, &columns, add)
        .await
        .map(drop)
        .map_err(|error| REFUSAL_COUNT.error(error))
}
