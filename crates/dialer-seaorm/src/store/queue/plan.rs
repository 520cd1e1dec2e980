//! Filling the horizon.

use dialer_domain::leases::Lease;
use dialer_domain::queue::priority;
use dialer_domain::{CampaignId, ContactStatus, OffsetDateTime, QueueEntryId, StoreError};
use sea_orm::{ConnectionTrait, DbBackend, DbErr};
use serde_json::json;

use super::{CALLBACKS, FRESH, RETRIES};
use crate::Database;
use crate::errors::ENTRY;
use crate::mapping::instant::Instant;
use crate::sql::{Sql, position};
use crate::store::campaigns::locked;
use crate::tx::DatabaseTransaction;

impl Database {
    /// How many entries wait.
    pub(super) async fn waiting(&self, db: &impl ConnectionTrait, campaign: CampaignId) -> Result<u32, StoreError> {
        let count = "SELECT count(*) AS waiting FROM dialer_queues WHERE campaign_id = $1 AND status = 'queued'";
        let count = Sql::new(self.backend(), count).bind(campaign.as_uuid());
        let read = async { count.one(db).await?.map_or(Ok(0), |row| row.try_get::<i64>("", "waiting")) };
        let waiting = read.await.map_err(|error| ENTRY.error(error))?;
        Ok(u32::try_from(waiting).unwrap_or(u32::MAX))
    }

    /// Adds entries until as many wait as there are ids; how many wait then.
    pub(super) async fn fill(
        &self,
        tx: &DatabaseTransaction,
        campaign: CampaignId,
        lease: &Lease,
        ids: &[QueueEntryId],
        now: OffsetDateTime,
    ) -> Result<u32, StoreError> {
        if locked(tx, campaign).await?.is_none() {
            return Ok(0);
        }
        self.hold(tx, lease, campaign).await?;
        let waiting = self.waiting(tx, campaign).await?;
        let wanted = ids.len().saturating_sub(usize::try_from(waiting).unwrap_or(usize::MAX));
        let Some(ids) = ids.get(..wanted).filter(|ids| !ids.is_empty()) else { return Ok(waiting) };
        let added = self.add_due(tx, campaign, ids, now).await.map_err(|error| ENTRY.error(error))?;
        Ok(waiting.saturating_add(u32::try_from(added).unwrap_or(u32::MAX)))
    }

    /// Gives the contacts first in line an entry each, with the ids given, in order.
    async fn add_due(
        &self,
        tx: &DatabaseTransaction,
        campaign: CampaignId,
        ids: &[QueueEntryId],
        now: OffsetDateTime,
    ) -> Result<u64, DbErr> {
        let sql = Sql::new(self.backend(), fill_sql(self.backend()))
            .bind(campaign.as_uuid())
            .bind(Instant::from(now))
            .bind(i64::try_from(ids.len()).unwrap_or(i64::MAX))
            .bind(json!(ids));
        sql.execute(tx).await
    }

    /// When the next contact that is not due yet becomes due.
    pub(super) async fn next_due(
        &self,
        campaign: CampaignId,
        now: OffsetDateTime,
    ) -> Result<Option<OffsetDateTime>, StoreError> {
        let sql = Sql::new(self.backend(), next_due_sql()).bind(campaign.as_uuid()).bind(Instant::from(now));
        let read = async {
            let rows = sql.all(self.connection()).await?;
            rows.iter().map(|row| row.try_get::<Option<Instant>>("", "due")).collect::<Result<Vec<_>, _>>()
        };
        let due = read.await.map_err(|error| ENTRY.error(error))?;
        Ok(due.into_iter().flatten().min().map(Instant::get))
    }
}

/// The contacts first in line become waiting entries. Parameters: campaign, now, how many, their ids.
pub(super) fn fill_sql(backend: DbBackend) -> String {
    let place = position(backend);
    // `$1` campaign, `$2` now, `$3` how many, `$4` ids
    let first_in_line = |open: &str, priority: i32, due: &str| {
        format!(
            "SELECT * FROM (
                SELECT k.id, {priority} AS priority, {due} AS due, k.{place} AS place
                FROM campaign_contacts AS k
                WHERE k.campaign_id = $1 AND {open}
                AND NOT EXISTS (SELECT 1 FROM dialer_queues AS q
                                WHERE q.contact_id = k.id AND q.status IN ('queued', 'calling'))
                AND NOT EXISTS (SELECT 1 FROM call_logs AS l WHERE l.contact_id = k.id AND l.ended_at IS NULL)
                ORDER BY due, place LIMIT $3) AS line"
        )
    };
    let callback = priority(ContactStatus::Callback);
    let other = priority(ContactStatus::Pending);
    let now_or_never = "(k.next_attempt_at IS NULL OR k.next_attempt_at <= $2)";
    let callbacks = first_in_line(
        &format!("{CALLBACKS} AND {now_or_never}"),
        callback,
        "coalesce(k.next_attempt_at, k.created_at)",
    );
    let retries = first_in_line(&format!("{RETRIES} AND k.next_attempt_at <= $2"), other, "k.next_attempt_at");
    let fresh = first_in_line(FRESH, other, "k.created_at");
    let given = match backend {
        DbBackend::Postgres => {
            "SELECT value::uuid AS id, ordinality AS number
             FROM jsonb_array_elements_text($4) WITH ORDINALITY AS given(value, ordinality)"
        }
        _ => "SELECT unhex(value, '-') AS id, key + 1 AS number FROM json_each($4)",
    };
    format!(
        "INSERT INTO dialer_queues (id, campaign_id, contact_id, priority, scheduled_at, status, created_at)
         SELECT given.id, $1, line.id, line.priority, line.due, 'queued', $2
         FROM (SELECT due.*, row_number() OVER (ORDER BY priority DESC, due, place) AS number
               FROM ({callbacks} UNION ALL {retries} UNION ALL {fresh}) AS due) AS line
         JOIN ({given}) AS given ON given.number = line.number
         WHERE true ON CONFLICT (contact_id) WHERE status IN ('queued', 'calling') DO NOTHING"
    )
}

/// When the first promised callback and the first further attempt become due. Parameters: campaign, now.
pub(super) fn next_due_sql() -> String {
    let first = |open: &str, due: &str| {
        format!(
            "SELECT min({due}) AS due FROM campaign_contacts AS k
             WHERE k.campaign_id = $1 AND {open} AND k.next_attempt_at IS NOT NULL AND {due} > $2"
        )
    };
    let callbacks = first(CALLBACKS, "coalesce(k.next_attempt_at, k.created_at)");
    let retries = first(RETRIES, "k.next_attempt_at");
    format!("{callbacks} UNION ALL {retries}")
}
