//! The abandonment ledger, counted as calls end.

use dialer_domain::rules::{Counted, LEDGER_REACH, LedgerEntry, RuleBook, Tally, TallyChange};
use dialer_domain::{Call, Campaign, OffsetDateTime, StoreError};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};

use crate::Database;
use crate::errors::CALL;
use crate::mapping::Row as MappedRow;
use crate::mapping::instant::Instant;
use crate::sql::Sql;
use crate::tx::DatabaseTransaction;

const ADD: &str = "INSERT INTO abandonment_tallies AS t (campaign_id, quarter, live, abandoned, machines)
    SELECT c.id, $2, $3, $4, $5 FROM dialer_campaigns AS c WHERE c.id = $1
    ON CONFLICT (campaign_id, quarter) DO UPDATE SET live = t.live + excluded.live,
        abandoned = t.abandoned + excluded.abandoned, machines = t.machines + excluded.machines";

/// The quarters of the longest period, and the first that counts at all.
const READ: &str = "SELECT quarter, live, abandoned, machines FROM abandonment_tallies
    WHERE campaign_id = $1 AND quarter >= $2
    UNION ALL
    SELECT * FROM (SELECT quarter, live, abandoned, machines FROM abandonment_tallies
        WHERE campaign_id = $1 AND quarter < $2 ORDER BY quarter LIMIT 1) AS first
    ORDER BY quarter";

/// Counts what the change of a call means. On behalf of the service, after the call was written.
pub(super) async fn tally(tx: &DatabaseTransaction, before: &Call, after: &Call) -> Result<(), StoreError> {
    for change in TallyChange::between(before, after) {
        let add = Sql::new(tx.get_database_backend(), ADD)
            .bind(change.campaign.as_uuid())
            .bind(Instant::from(change.quarter))
            .bind(change.live)
            .bind(change.abandoned)
            .bind(change.machines);
        add.execute(tx).await.map_err(|error| CALL.error(error))?;
    }
    Ok(())
}

#[derive(FromQueryResult)]
struct Row {
    quarter: Instant,
    live: i64,
    abandoned: i64,
    machines: i64,
}

impl TryFrom<Row> for Counted {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let quarter = row.quarter.get();
        let stored = MappedRow::new("abandonment_tallies", &quarter);
        let count = |count: i64| u64::try_from(count).map_err(|error| stored.corrupt(error));
        let tally = Tally { live: count(row.live)?, abandoned: count(row.abandoned)?, machines: count(row.machines)? };
        Ok(Self { quarter, tally })
    }
}

impl Database {
    /// How each rule of `book` that limits abandoned calls stands for a campaign.
    pub(super) async fn ledger_of(
        &self,
        db: &impl ConnectionTrait,
        campaign: &Campaign,
        book: &RuleBook,
        now: OffsetDateTime,
    ) -> Result<Vec<LedgerEntry>, StoreError> {
        let read = Sql::new(self.backend(), READ).bind(campaign.id.as_uuid()).bind(Instant::from(now - LEDGER_REACH));
        let rows: Result<Vec<Row>, DbErr> = read.all_as(db).await;
        let rows = rows.map_err(|error| CALL.error(error))?;
        let counted = rows.into_iter().map(Counted::try_from).collect::<Result<Vec<_>, _>>()?;
        let counts = |counted: &&Counted| counted.tally != Tally::default();
        let began_at = counted.iter().find(counts).map(|counted| counted.quarter);
        Ok(book.ledger(campaign, &counted, began_at, now))
    }
}
