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
    pub(super) async fn waiting(&self, db: &impl ConnectionTrait, campaign: CampaignId) -> Result<Waiting, StoreError> {
        let count = format!(
            "SELECT count(*) AS waiting, count(*) FILTER (WHERE {PROMISED}) AS promised
             FROM dialer_queues AS q JOIN campaign_contacts AS k ON k.id = q.contact_id
             WHERE q.campaign_id = $1 AND q.status = 'queued'"
        );
        let count = Sql::new(self.backend(), count).bind(campaign.as_uuid());
        let read = async {
            let row = count.one(db).await?;
            let number = |name| row.as_ref().map_or(Ok(0), |row| row.try_get::<i64>("", name));
            Ok::<_, DbErr>((number("waiting")?, number("promised")?))
        };
        let (all, promised) = read.await.map_err(|error| ENTRY.error(error))?;
        let count = |number: i64| usize::try_from(number).unwrap_or(usize::MAX);
        Ok(Waiting { all: count(all), for_anyone: count(all - promised) })
    }

    /// Adds entries until as many wait for anyone as there are ids; how many wait then.
    pub(super) async fn fill(
        &self,
        tx: &DatabaseTransaction,
        campaign: CampaignId,
        lease: &Lease,
        ids: &[QueueEntryId],
        now: OffsetDateTime,
    ) -> Result<usize, StoreError> {
        if locked(tx, campaign).await?.is_none() {
            return Ok(0);
        }
        self.hold(tx, lease, campaign).await?;
        let waiting = self.waiting(tx, campaign).await?;
        let free = ids.len().saturating_sub(waiting.for_anyone);
        if free == 0 {
            return Ok(waiting.all);
        }
        let added = self.add_due(tx, campaign, ids, free, now).await.map_err(|error| ENTRY.error(error))?;
        Ok(waiting.all.saturating_add(usize::try_from(added).unwrap_or(usize::MAX)))
    }

    /// Gives the contacts first in line an entry each, with the ids given, in order: as many as are `free` whom anyone may be
    /// given.
    async fn add_due(
        &self,
        tx: &DatabaseTransaction,
        campaign: CampaignId,
        ids: &[QueueEntryId],
        free: usize,
        now: OffsetDateTime,
    ) -> Result<u64, DbErr> {
        let sql = Sql::new(self.backend(), fill_sql(self.backend()))
            .bind(campaign.as_uuid())
            .bind(Instant::from(now))
            .bind(i64::try_from(free).unwrap_or(i64::MAX))
            .bind(json!(ids))
            .bind(i64::try_from(ids.len()).unwrap_or(i64::MAX));
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

/// How many entries wait.
pub(super) struct Waiting {
    /// In all.
    pub(super) all: usize,
    /// Whose contacts anyone may be given.
    pub(super) for_anyone: usize,
}

/// Holds of contacts whom one agent alone calls back, as [`promised_by`](dialer_domain::agents::offers::promised_by) says.
const PROMISED: &str = "k.status = 'callback' AND k.callback_for IS NOT NULL";

/// The contacts first in line become waiting entries. Parameters: campaign, now, how many whom anyone may be given, the ids
/// of entries, how many ids.
pub(super) fn fill_sql(backend: DbBackend) -> String {
    let place = position(backend);
    let first_in_line = |open: &str, priority: i32, due: &str, most: &str| {
        format!(
            "SELECT * FROM (
                SELECT k.id, {priority} AS priority, {due} AS due, k.{place} AS place
                FROM campaign_contacts AS k
                WHERE k.campaign_id = $1 AND {open}
                AND NOT EXISTS (SELECT 1 FROM dialer_queues AS q
                                WHERE q.contact_id = k.id AND q.status IN ('queued', 'calling'))
                AND NOT EXISTS (SELECT 1 FROM call_logs AS l
                                WHERE l.contact_id = k.id AND (l.ended_at IS NULL OR l.unconfirmed))
                ORDER BY due, place LIMIT {most}) AS line"
        )
    };
    let callback = priority(ContactStatus::Callback);
    let other = priority(ContactStatus::Pending);
    let callbacks = |whose: &str, most: &str| {
        let now_or_never = "(k.next_attempt_at IS NULL OR k.next_attempt_at <= $2)";
        let due = "coalesce(k.next_attempt_at, k.created_at)";
        first_in_line(&format!("{CALLBACKS} AND {now_or_never} AND {whose}"), callback, due, most)
    };
    let promised = callbacks("k.callback_for IS NOT NULL", "$5");
    let callbacks = callbacks("k.callback_for IS NULL", "$3");
    let retries = first_in_line(&format!("{RETRIES} AND k.next_attempt_at <= $2"), other, "k.next_attempt_at", "$3");
    let fresh = first_in_line(FRESH, other, "k.created_at", "$3");
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
               FROM ({promised} UNION ALL SELECT * FROM (
                   SELECT * FROM ({callbacks} UNION ALL {retries} UNION ALL {fresh}) AS pool
                   ORDER BY priority DESC, due, place LIMIT $3) AS anyone) AS due) AS line
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
