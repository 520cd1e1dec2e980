//! What becomes of promises by themselves: they are judged when their time is over, and move when clocks are changed.

use dialer_domain::dispositions::{FollowUpTime, PastPromise, Verdict, realigned};
use dialer_domain::events::NewEvent;
use dialer_domain::ids::DispositionId;
use dialer_domain::{CallId, CampaignId, ContactId, Duration, OffsetDateTime, StoreError, UserId};
use sea_orm::FromQueryResult;
use sea_orm::prelude::Uuid;
use serde_json::json;

use super::events::append;
use super::follow_ups::{OPEN, WILLING};
use crate::Database;
use crate::errors::{CONTACT, DISPOSITION};
use crate::mapping::Row;
use crate::mapping::instant::Instant;
use crate::sql::{Sql, ids_of};
use crate::tx::{DatabaseTransaction, transaction};

/// A promise, and what came of it.
#[derive(FromQueryResult)]
struct PromiseRow {
    id: Uuid,
    call_id: Uuid,
    owner: Uuid,
    campaign_id: Option<Uuid>,
    contact_id: Option<Uuid>,
    user_id: Uuid,
    due_at: Instant,
    due_again_at: Option<Instant>,
    due_local: Option<String>,
    due_zone: Option<String>,
    called_at: Option<Instant>,
    wanted: bool,
}

/// Promises (`d`) as [`PromiseRow`] reads them: to be narrowed down.
fn promises_sql() -> String {
    format!(
        "SELECT d.id, d.call_id, c.user_id AS owner, c.campaign_id, c.contact_id, d.user_id, d.follow_up_date AS due_at,
            d.follow_up_again AS due_again_at, d.follow_up_local AS due_local, d.follow_up_zone AS due_zone,
            (SELECT l.started_at FROM call_logs AS l WHERE l.id = d.kept_by) AS called_at,
            (c.hidden_at IS NULL AND {WILLING}) AS wanted
         FROM call_dispositions AS d JOIN call_logs AS c ON c.id = d.call_id"
    )
}

/// Those that are to be judged; spelled as in the index that serves it.
const UNJUDGED: &str =
    "d.follow_up_date IS NOT NULL AND d.judged_at IS NULL AND d.replaced_by IS NULL AND d.done_at IS NULL";

impl TryFrom<PromiseRow> for PastPromise {
    type Error = StoreError;

    fn try_from(model: PromiseRow) -> Result<Self, StoreError> {
        let row = Row::new(DISPOSITION.table, &model.id);
        Ok(Self {
            disposition_id: DispositionId::new(model.id),
            call_id: CallId::new(model.call_id),
            owner: UserId::new(model.owner),
            campaign_id: model.campaign_id.map(CampaignId::new),
            contact_id: model.contact_id.map(ContactId::new),
            user_id: UserId::new(model.user_id),
            when: FollowUpTime {
                at: model.due_at.get(),
                again_at: model.due_again_at.map(Instant::get),
                wall: row.wall(model.due_local, model.due_zone)?,
            },
            called_at: model.called_at.map(Instant::get),
            wanted: model.wanted,
        })
    }
}

impl Database {
    /// See [`dialer_domain::dispositions::store::FollowUpStore::judge_follow_ups`].
    pub(super) async fn judge(&self, tolerance: Duration, now: OffsetDateTime, limit: u16) -> Result<u64, StoreError> {
        transaction!(self, DISPOSITION, |tx| {
            let last = "coalesce(d.follow_up_again, d.follow_up_date)";
            let mut over = Sql::new(self.backend(), promises_sql());
            over.push_bind(&format!(" WHERE {UNJUDGED} AND {last} < "), Instant::from(now - tolerance));
            over.push_bind(&format!(" ORDER BY {last}, d.id LIMIT "), i64::from(limit));
            // Whoever holds one is just keeping it, or judging it.
            over.push_lock(" FOR UPDATE OF d SKIP LOCKED");
            let rows: Vec<PromiseRow> = over.all_as(tx).await.map_err(|error| DISPOSITION.error(error))?;
            let (mut judged, mut missed, mut events) = (Vec::new(), Vec::new(), Vec::<NewEvent>::new());
            for row in rows {
                let promise = PastPromise::try_from(row)?;
                let Some(verdict) = promise.judge(tolerance, now) else { continue };
                judged.push(promise.disposition_id);
                if let Verdict::Missed(event) = verdict {
                    missed.push(promise.disposition_id);
                    events.push(*event);
                }
            }
            self.stamp(tx, "judged_at", &judged, now).await?;
            self.stamp(tx, "missed_at", &missed, now).await?;
            append(tx, &events).await?;
            Ok(u64::try_from(judged.len()).unwrap_or(u64::MAX))
        })
    }

    async fn stamp(
        &self,
        tx: &DatabaseTransaction,
        column: &str,
        ids: &[DispositionId],
        now: OffsetDateTime,
    ) -> Result<(), StoreError> {
        if ids.is_empty() {
            return Ok(());
        }
        let ids_given = ids_of(self.backend(), 2);
        let stamp = format!("UPDATE call_dispositions SET {column} = $1 WHERE id IN {ids_given}");
        let stamp = Sql::new(self.backend(), stamp).bind(Instant::from(now)).bind(json!(ids));
        stamp.execute(tx).await.map_err(|error| DISPOSITION.error(error))?;
        Ok(())
    }

    /// See [`dialer_domain::dispositions::store::FollowUpStore::realign_follow_ups`].
    pub(super) async fn realign(
        &self,
        after: Option<DispositionId>,
        limit: u16,
        now: OffsetDateTime,
    ) -> Result<Option<DispositionId>, StoreError> {
        transaction!(self, DISPOSITION, |tx| {
            let mut open = Sql::new(self.backend(), promises_sql());
            open.push(&format!(" WHERE {UNJUDGED} AND {OPEN} AND d.follow_up_local IS NOT NULL"));
            if let Some(after) = after {
                open.push_bind(" AND d.id > ", after.as_uuid());
            }
            open.push_bind(" ORDER BY d.id LIMIT ", i64::from(limit));
            let rows: Vec<PromiseRow> = open.all_as(tx).await.map_err(|error| DISPOSITION.error(error))?;
            let last = rows.last().map(|row| DispositionId::new(row.id));
            for row in rows {
                let promise = PastPromise::try_from(row)?;
                if let Some(moved) = realigned(&promise.when) {
                    self.put_off(tx, &promise, &moved, now).await?;
                }
            }
            Ok(last)
        })
    }

    /// Moves a promise from one instant to another. The contact comes first, as everywhere.
    async fn put_off(
        &self,
        tx: &DatabaseTransaction,
        promise: &PastPromise,
        moved: &FollowUpTime,
        now: OffsetDateTime,
    ) -> Result<(), StoreError> {
        let waits = "UPDATE campaign_contacts SET next_attempt_at = $1, updated_at = $2, row_version = row_version + 1
                     WHERE last_call_id = $3 AND next_attempt_at = $4 AND next_attempt_local IS NOT NULL";
        let waits = Sql::new(self.backend(), waits)
            .bind(Instant::from(moved.at))
            .bind(Instant::from(now))
            .bind(promise.call_id.as_uuid())
            .bind(Instant::from(promise.when.at));
        waits.execute(tx).await.map_err(|error| CONTACT.error(error))?;
        let promised = "UPDATE call_dispositions SET follow_up_date = $1, follow_up_again = $2
                        WHERE id = $3 AND follow_up_date = $4 AND judged_at IS NULL";
        let promised = Sql::new(self.backend(), promised)
            .bind(Instant::from(moved.at))
            .bind(moved.again_at.map(Instant::from))
            .bind(promise.disposition_id.as_uuid())
            .bind(Instant::from(promise.when.at));
        promised.execute(tx).await.map_err(|error| DISPOSITION.error(error))?;
        Ok(())
    }
}
