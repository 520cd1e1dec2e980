//! Follow-ups: open until they are kept, cleared or replaced.

use async_trait::async_trait;
use dialer_domain::dispositions::store::{FollowUpFilter, FollowUpStore};
use dialer_domain::dispositions::{FollowUp, FollowUpStatus, cleared, follow_up_events};
use dialer_domain::events::NewEvent;
use dialer_domain::ids::DispositionId;
use dialer_domain::{CallId, Duration, OffsetDateTime, Page, PageRequest, Precondition, Scope, StoreError};
use sea_orm::ConnectionTrait;

use super::dispositions::{become_service, push_seen_by};
use super::events::append;
use super::settling::SETTLED;
use crate::Database;
use crate::entity::{call, contact};
use crate::errors::{CONTACT, DISPOSITION};
use crate::mapping::disposition::FollowUpRow;
use crate::mapping::instant::Instant;
use crate::sql::{NEXT_VERSION, Sql, as_json, page, table_of, update};
use crate::tx::{DatabaseTransaction, transaction};

/// Dispositions with a date whose call is not hidden, with their calls and contacts.
const FOLLOW_UPS: &str = "
    SELECT d.id, d.call_id, d.owner_id, d.user_id, d.disposition, d.notes, d.personal, d.created_at, d.done_at,
        d.kept_by, d.missed_at,
        d.follow_up_date AS due_at, d.follow_up_again AS due_again_at, d.follow_up_local AS due_local,
        d.follow_up_zone AS due_zone, c.campaign_id, c.contact_id, k.first_name, k.last_name, k.company,
        CASE c.direction WHEN 'inbound' THEN c.from_number ELSE c.to_number END AS phone_number
    FROM call_dispositions AS d JOIN call_logs AS c ON c.id = d.call_id
    LEFT JOIN campaign_contacts AS k ON k.id = c.contact_id
    WHERE c.hidden_at IS NULL AND d.follow_up_date IS NOT NULL";

/// Holds of follow-ups (`d`) that are open; spelled as in the indexes that serve it.
pub(super) const OPEN: &str =
    "d.follow_up_date IS NOT NULL AND d.replaced_by IS NULL AND d.kept_by IS NULL AND d.done_at IS NULL";

/// Holds of follow-ups whose number may be called.
pub(super) const WILLING: &str = "NOT EXISTS (SELECT 1 FROM suppressions AS s WHERE s.user_id = c.user_id
    AND s.phone_number = CASE c.direction WHEN 'inbound' THEN c.from_number ELSE c.to_number END
    AND (s.campaign_id IS NULL OR s.campaign_id = c.campaign_id))";

#[async_trait]
impl FollowUpStore for Database {
    #[tracing::instrument(name = "db.follow_ups.list", skip_all)]
    async fn follow_ups(
        &self,
        scope: Scope,
        filter: FollowUpFilter,
        window: PageRequest,
        now: OffsetDateTime,
    ) -> Result<Page<FollowUp>, StoreError> {
        let mut condition = Sql::new(self.backend(), "true");
        push_seen_by(&mut condition, scope);
        if let Some(campaign) = filter.campaign {
            condition.push_bind(" AND r.campaign_id = ", campaign.as_uuid());
        }
        let table = match filter.status {
            Some(FollowUpStatus::Missed) => format!("({FOLLOW_UPS} AND d.missed_at IS NOT NULL)"),
            Some(FollowUpStatus::Kept) => format!("({FOLLOW_UPS} AND d.kept_by IS NOT NULL AND d.missed_at IS NULL)"),
            Some(FollowUpStatus::Upcoming | FollowUpStatus::Due | FollowUpStatus::Overdue) | None => open_sql(),
        };
        let (after, until) = filter.status.map_or((None, None), |status| status.window(now));
        if let Some(after) = after {
            condition.push_bind(" AND r.due_at > ", Instant::from(after));
        }
        if let Some(until) = until {
            condition.push_bind(" AND r.due_at <= ", Instant::from(until));
        }
        let db = self.within(scope);
        let (rows, total) = page::<FollowUpRow>(db.connection(), &table, condition, "r.due_at, r.id", window)
            .await
            .map_err(|error| DISPOSITION.error(error))?;
        Ok(Page { items: rows.into_iter().map(FollowUp::try_from).collect::<Result<_, _>>()?, total })
    }

    #[tracing::instrument(name = "db.follow_ups.get", skip_all, fields(disposition.id = %id))]
    async fn follow_up(&self, scope: Scope, id: DispositionId) -> Result<Option<FollowUp>, StoreError> {
        self.one_follow_up(self.within(scope).connection(), scope, id).await
    }

    #[tracing::instrument(name = "db.follow_ups.clear", skip_all, fields(disposition.id = %id))]
    async fn clear_follow_up(
        &self,
        scope: Scope,
        id: DispositionId,
        condition: &Precondition,
        now: OffsetDateTime,
    ) -> Result<Option<FollowUp>, StoreError> {
        transaction!(&self.within(scope), DISPOSITION, |tx| {
            let Some(seen) = self.one_follow_up(tx, scope, id).await? else { return Ok(None) };
            become_service(tx).await?;
            let Some(found) = self.load(tx, seen.call_id, true).await? else { return Ok(None) };
            // Whoever clears a follow-up holds its call; until it was ours somebody may have done so.
            if let Some(now_seen) = self.one_follow_up(tx, Scope::Service, id).await? {
                now_seen.require(condition)?;
            }
            let clear = format!("UPDATE call_dispositions AS d SET done_at = $2 WHERE d.id = $1 AND {OPEN}");
            let clear = Sql::new(self.backend(), clear).bind(id.as_uuid()).bind(Instant::from(now));
            let changed = clear.execute(tx).await.map_err(|error| DISPOSITION.error(error))?;
            if changed > 0 {
                let waiting = found.contact.as_ref().and_then(|(stored, contact, campaign)| {
                    Some((stored, cleared(contact, found.call.id, now)?, campaign))
                });
                if let Some((stored, settled, _)) = &waiting {
                    let next = contact::Model { row_version: stored.row_version + 1, ..settled.into() };
                    update::<contact::Entity, _>(tx, CONTACT, &[next], &SETTLED, NEXT_VERSION).await?;
                }
                let settled = waiting.as_ref().map(|(_, settled, campaign)| (settled, *campaign));
                let events = follow_up_events(id, &found.call, settled, now);
                let events: Vec<NewEvent> = events.into_iter().map(|event| event.by(scope)).collect();
                append(tx, &events).await?;
            }
            tx.continue_as(scope).await.map_err(|error| DISPOSITION.error(error))?;
            self.one_follow_up(tx, scope, id).await
        })
    }

    #[tracing::instrument(name = "db.follow_ups.judge", skip_all)]
    async fn judge_follow_ups(&self, tolerance: Duration, now: OffsetDateTime, limit: u16) -> Result<u64, StoreError> {
        self.judge(tolerance, now, limit).await
    }

    #[tracing::instrument(name = "db.follow_ups.realign", skip_all)]
    async fn realign_follow_ups(
        &self,
        after: Option<DispositionId>,
        limit: u16,
        now: OffsetDateTime,
    ) -> Result<Option<DispositionId>, StoreError> {
        self.realign(after, limit, now).await
    }
}

/// Open follow-ups as a table.
fn open_sql() -> String {
    format!("({FOLLOW_UPS} AND {OPEN} AND {WILLING})")
}

impl Database {
    /// One follow-up, open or not.
    async fn one_follow_up(
        &self,
        db: &impl ConnectionTrait,
        scope: Scope,
        id: DispositionId,
    ) -> Result<Option<FollowUp>, StoreError> {
        let one = format!("SELECT r.* FROM ({FOLLOW_UPS}) AS r WHERE r.id = $1");
        let mut one = Sql::new(self.backend(), one).bind(id.as_uuid());
        push_seen_by(&mut one, scope);
        let row: Option<FollowUpRow> = one.one_as(db).await.map_err(|error| DISPOSITION.error(error))?;
        row.map(FollowUp::try_from).transpose()
    }
}

/// The new calls in `calls` keep what was promised before to those whom they call.
pub(super) async fn keep_promises(tx: &DatabaseTransaction, calls: &[call::Model]) -> Result<(), StoreError> {
    use call::Column::{AgentId, ContactId, Id, StartedAt, ToNumber, UserId};
    let backend = tx.get_database_backend();
    let later = table_of::<call::Entity>(backend, 1, &[Id, UserId, AgentId, ContactId, ToNumber, StartedAt]);
    let keep = |matching: &str| {
        format!(
            "UPDATE call_dispositions AS d SET kept_by = v.id FROM {later}, call_logs AS c
             WHERE {matching} AND c.id = d.call_id AND d.call_id <> v.id AND d.created_at <= v.started_at
             AND (NOT d.personal OR v.agent_id = d.user_id) AND {OPEN}"
        )
    };
    let of_contacts = "c.contact_id = v.contact_id";
    let of_numbers = "v.contact_id IS NULL AND c.contact_id IS NULL AND d.owner_id = v.user_id
        AND v.to_number = CASE c.direction WHEN 'inbound' THEN c.from_number ELSE c.to_number END";
    for (some, matching) in [
        (calls.iter().any(|call| call.contact_id.is_some()), of_contacts),
        (calls.iter().any(|call| call.contact_id.is_none()), of_numbers),
    ] {
        if some {
            let calls = as_json(calls).map_err(|error| DISPOSITION.error(error))?;
            let keep = Sql::new(backend, keep(matching)).bind(calls);
            keep.execute(tx).await.map_err(|error| DISPOSITION.error(error))?;
        }
    }
    Ok(())
}

/// A call turned out not to have tried the line: what it seemed to keep is open again.
pub(super) async fn reopen_promises(tx: &DatabaseTransaction, call: CallId) -> Result<(), StoreError> {
    // What was missed stays missed, and everything else is judged again.
    let reopen = "UPDATE call_dispositions SET kept_by = NULL,
                      judged_at = CASE WHEN missed_at IS NULL THEN NULL ELSE judged_at END
                  WHERE kept_by = $1";
    let reopen = Sql::new(tx.get_database_backend(), reopen).bind(call.as_uuid());
    reopen.execute(tx).await.map_err(|error| DISPOSITION.error(error))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use sea_orm::{ConnectionTrait, DbBackend, Statement};

    use super::open_sql;
    use crate::testing::fresh_sqlite;

    #[tokio::test]
    async fn sqlite_reads_open_follow_ups_from_the_indexes_of_owners_and_of_who_promised() {
        let test = fresh_sqlite().await;
        let sql = format!(
            "EXPLAIN QUERY PLAN SELECT r.* FROM {} AS r WHERE true AND (r.owner_id = $1 OR r.user_id = $2)
             ORDER BY r.due_at, r.id",
            open_sql()
        );
        let rows = test.db.connection().query_all_raw(Statement::from_string(DbBackend::Sqlite, sql)).await.unwrap();
        let plan: String = rows.iter().map(|row| row.try_get::<String>("", "detail").unwrap() + "\n").collect();
        for index in ["idx_call_dispositions_follow_ups", "idx_call_dispositions_own_follow_ups"] {
            assert!(plan.contains(&format!("SEARCH d USING INDEX {index}")), "{index} is missing from\n{plan}");
        }
        assert!(!plan.contains("SCAN d") && !plan.contains("SCAN c"), "{plan}");
    }
}
