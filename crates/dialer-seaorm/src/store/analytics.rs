//! Counts of calls.

use async_trait::async_trait;
use dialer_domain::analytics::{AnalyticsReader, CallCount, CallsCounted};
use dialer_domain::{Call, Scope, StoreError};
use sea_orm::{DbBackend, DbErr, FromQueryResult, QueryResult};

use super::calls::{HANDLED, LATEST_FIRST, OWN};
use super::owner;
use crate::Database;
use crate::entity::call::Model;
use crate::errors::CALL;
use crate::mapping::Row;
use crate::mapping::instant::Instant;
use crate::sql::Sql;

#[async_trait]
impl AnalyticsReader for Database {
    #[tracing::instrument(name = "db.analytics.count", skip_all)]
    async fn count_calls(&self, scope: Scope, which: CallsCounted) -> Result<Vec<CallCount>, StoreError> {
        let quarter = quarter(self.backend());
        let mut sql = self.counted(scope, which, "r.started_at, r.status, r.duration", None);
        sql.wrap(
            &format!(
                "SELECT {quarter} AS quarter, r.status, count(*) AS calls, CAST(sum(r.duration) AS bigint) AS duration
                 FROM ("
            ),
            ") AS r GROUP BY 1, 2",
        );
        let rows = sql.all(self.within(scope).connection()).await.map_err(|error| CALL.error(error))?;
        rows.iter().map(read).collect()
    }

    #[tracing::instrument(name = "db.analytics.recent", skip_all)]
    async fn recent_calls(&self, scope: Scope, which: CallsCounted, limit: u16) -> Result<Vec<Call>, StoreError> {
        let mut sql = self.counted(scope, which, "r.*", Some(limit));
        sql.wrap("SELECT r.* FROM (", &format!(") AS r ORDER BY {LATEST_FIRST} LIMIT {limit}"));
        let read = async {
            let rows = sql.all(self.within(scope).connection()).await?;
            rows.iter().map(|row| Model::from_query_result(row, "")).collect::<Result<Vec<_>, DbErr>>()
        };
        read.await.map_err(|error| CALL.error(error))?.into_iter().map(Call::try_from).collect()
    }
}

/// The quarter of an hour in which call `r` began. `SQLite` keeps instants as text of one width.
const fn quarter(backend: DbBackend) -> &'static str {
    match backend {
        DbBackend::Postgres => "date_bin(INTERVAL '15 minutes', r.started_at, TIMESTAMPTZ '1970-01-01 00:00:00+00')",
        _ => {
            "substr(r.started_at, 1, 14) || printf('%02d', CAST(substr(r.started_at, 15, 2) AS INTEGER) / 15 * 15)
             || ':00.000000001Z'"
        }
    }
}

fn read(row: &QueryResult) -> Result<CallCount, StoreError> {
    let read = || -> Result<(Instant, String, i64, i64), DbErr> {
        Ok((
            row.try_get("", "quarter")?,
            row.try_get("", "status")?,
            row.try_get("", "calls")?,
            row.try_get("", "duration")?,
        ))
    };
    let (quarter, status, calls, duration) = read().map_err(|error| CALL.error(error))?;
    let row = Row::new(CALL.table, &"(among several)");
    let count = |stored: i64| u64::try_from(stored).map_err(|error| row.corrupt(error));
    Ok(CallCount {
        quarter: quarter.get(),
        status: row.parse(&status)?,
        calls: count(calls)?,
        duration: count(duration)?,
    })
}

impl Database {
    /// `columns` of the calls in scope that count, the latest `limit` of each half where there is one. A user's own
    /// calls and those handled for others are each read along their own index, as in lists.
    fn counted(&self, scope: Scope, which: CallsCounted, columns: &str, limit: Option<u16>) -> Sql {
        let mut sql = Sql::new(self.backend(), "");
        let halves: &[&str] = match owner(scope) {
            None => &["r.hidden_at IS NULL"],
            Some(user) => {
                sql = sql.bind(user);
                &[OWN, HANDLED]
            }
        };
        for (n, of) in halves.iter().enumerate() {
            sql.push(if n == 0 { "" } else { " UNION ALL " });
            sql.push(&format!("SELECT r.* FROM (SELECT {columns} FROM call_logs AS r WHERE {of}"));
            if let Some(campaign) = which.campaign {
                sql.push_bind(" AND r.campaign_id = ", campaign.as_uuid());
            }
            if let Some(from) = which.period.from {
                sql.push_bind(" AND r.started_at >= ", Instant::from(from));
            }
            if let Some(until) = which.period.until {
                sql.push_bind(" AND r.started_at < ", Instant::from(until));
            }
            if let Some(limit) = limit {
                sql.push(&format!(" ORDER BY {LATEST_FIRST} LIMIT {limit}"));
            }
            sql.push(") AS r");
        }
        sql
    }
}
