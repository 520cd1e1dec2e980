//! Whole lists, page after page, each page along an index from where the one before ended.

use async_trait::async_trait;
use dialer_domain::dispositions::RecordedDisposition;
use dialer_domain::dispositions::store::DispositionFilter;
use dialer_domain::exports::{CallExportFilter, Cursor, ExportReader};
use dialer_domain::ids::DispositionId;
use dialer_domain::{Call, CallId, OffsetDateTime, Scope, StoreError};
use sea_orm::prelude::Uuid;
use sea_orm::{DbErr, FromQueryResult};

use super::calls::push_words;
use super::owner;
use crate::Database;
use crate::entity::{call, disposition};
use crate::errors::{CALL, DISPOSITION};
use crate::mapping::instant::Instant;
use crate::sql::Sql;

#[async_trait]
impl ExportReader for Database {
    #[tracing::instrument(name = "db.exports.calls_after", skip_all)]
    async fn calls_after(
        &self,
        scope: Scope,
        filter: &CallExportFilter,
        after: Option<Cursor<CallId>>,
        limit: u16,
    ) -> Result<Vec<Call>, StoreError> {
        let list = List { table: CALL.table, owner: "r.user_id", other: "r.agent_id", at: "r.started_at" };
        let condition = |sql: &mut Sql| {
            sql.push("r.hidden_at IS NULL");
            if let Some(campaign) = filter.calls.campaign {
                sql.push_bind(" AND r.campaign_id = ", campaign.as_uuid());
            }
            push_words(sql, "r.", filter.calls);
            if let Some(from) = filter.period.from {
                sql.push_bind(" AND r.started_at >= ", Instant::from(from));
            }
            if let Some(until) = filter.period.until {
                sql.push_bind(" AND r.started_at < ", Instant::from(until));
            }
        };
        let after = after.map(|after| (after.at, after.id.as_uuid()));
        let rows: Vec<call::Model> =
            self.following(&list, scope, condition, after, limit).await.map_err(|error| CALL.error(error))?;
        rows.into_iter().map(Call::try_from).collect()
    }

    #[tracing::instrument(name = "db.exports.dispositions_after", skip_all)]
    async fn dispositions_after(
        &self,
        scope: Scope,
        filter: DispositionFilter,
        after: Option<Cursor<DispositionId>>,
        limit: u16,
    ) -> Result<Vec<RecordedDisposition>, StoreError> {
        let list = List { table: DISPOSITION.table, owner: "r.owner_id", other: "r.user_id", at: "r.created_at" };
        let condition = |sql: &mut Sql| {
            sql.push("EXISTS (SELECT 1 FROM call_logs AS c WHERE c.id = r.call_id AND c.hidden_at IS NULL)");
            if let Some(call) = filter.call {
                sql.push_bind(" AND r.call_id = ", call.as_uuid());
            }
        };
        let after = after.map(|after| (after.at, after.id.as_uuid()));
        let rows: Vec<disposition::Model> =
            self.following(&list, scope, condition, after, limit).await.map_err(|error| DISPOSITION.error(error))?;
        rows.into_iter().map(RecordedDisposition::try_from).collect()
    }
}

/// A list of what a user owns, or has handled or said for somebody else, latest first.
struct List {
    table: &'static str,
    /// The column of the owner.
    owner: &'static str,
    /// The column of who handled or said it.
    other: &'static str,
    /// The column of the instant that the list is in order of.
    at: &'static str,
}

impl Database {
    /// The next rows of a list. What is owned and what was handled is read each along its own index.
    async fn following<M: FromQueryResult>(
        &self,
        list: &List,
        scope: Scope,
        condition: impl Fn(&mut Sql),
        after: Option<(OffsetDateTime, Uuid)>,
        limit: u16,
    ) -> Result<Vec<M>, DbErr> {
        let List { table, owner: of, other, at } = list;
        let latest_first = format!(" ORDER BY {at} DESC, r.id DESC LIMIT ");
        let mut sql = Sql::new(self.backend(), "SELECT r.* FROM (");
        let halves: &[bool] = if owner(scope).is_some() { &[false, true] } else { &[false] };
        for handled in halves.iter().copied() {
            sql.push(if handled { " UNION ALL " } else { "" });
            sql.push(&format!("SELECT h.* FROM (SELECT r.* FROM {table} AS r WHERE "));
            condition(&mut sql);
            if let Some(user) = owner(scope) {
                let column = if handled { other } else { of };
                sql.push_bind(&format!(" AND {column} = "), user);
                if handled {
                    sql.push(&format!(" AND {other} <> {of}"));
                }
            }
            if let Some((instant, id)) = after {
                sql.push_bind(&format!(" AND ({at}, r.id) < ("), Instant::from(instant));
                sql.push_bind(", ", id);
                sql.push(")");
            }
            sql.push_bind(&latest_first, i64::from(limit));
            sql.push(") AS h");
        }
        sql.push_bind(&format!(") AS r{latest_first}"), i64::from(limit));
        let rows = sql.all(self.within(scope).connection()).await?;
        rows.iter().map(|row| M::from_query_result(row, "")).collect()
    }
}
