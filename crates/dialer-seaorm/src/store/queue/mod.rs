//! The dialing horizon.
//!
//! Planning and claiming both hold the campaign's row, so that of one campaign only one of them runs at a time. The
//! triggers that keep the campaign's counts need that row anyway.

pub(super) mod claim;
mod dossiers;
pub(super) mod entries;
pub(super) mod facts;
mod hand_over;
mod persons;
mod plan;

use async_trait::async_trait;
use dialer_domain::calls::NewCall;
use dialer_domain::events::EventKind;
use dialer_domain::leases::Lease;
use dialer_domain::queue::DialSlot;
use dialer_domain::queue::store::{Claimed, ContactClaim, DialQueue, Planned};
use dialer_domain::telephony::AgentLine;
use dialer_domain::{
    Call, CallId, Campaign, CampaignId, CampaignStatus, Contact, ContactId, OffsetDateTime, QueueEntryId, Scope,
    StoreError, UserId,
};

use super::campaigns::{locked, replace};
use super::events::append;
use crate::Database;
use crate::errors::{CALL, CAMPAIGN, ENTRY};
use crate::mapping::instant::Instant;
use crate::sql::Sql;
use crate::tx::transaction;
use hand_over::give;

#[async_trait]
impl DialQueue for Database {
    #[tracing::instrument(name = "db.queue.plan", skip_all, fields(campaign.id = %campaign, wanted = ids.len()))]
    async fn plan(
        &self,
        campaign: CampaignId,
        lease: &Lease,
        ids: Vec<QueueEntryId>,
        now: OffsetDateTime,
    ) -> Result<Planned, StoreError> {
        let waiting = self.waiting(self.connection(), campaign).await?;
        let queued = if waiting.for_anyone < ids.len() {
            transaction!(self, ENTRY, |tx| { self.fill(tx, campaign, lease, &ids, now).await })?
        } else {
            waiting.all
        };
        let queued = u32::try_from(queued).unwrap_or(u32::MAX);
        Ok(Planned { queued, next_due: self.next_due(campaign, now).await? })
    }

    #[tracing::instrument(name = "db.queue.claim", skip_all, fields(campaign.id = %campaign, slots = slots.len()))]
    async fn claim(
        &self,
        campaign: CampaignId,
        lease: &Lease,
        slots: Vec<DialSlot>,
        now: OffsetDateTime,
    ) -> Result<Claimed, StoreError> {
        let now = Instant::from(now).get();
        transaction!(self, ENTRY, |tx| { self.claim_next(tx, campaign, lease, &slots, now).await })
    }

    #[tracing::instrument(name = "db.queue.claim_contact", skip_all, fields(contact.id = %contact))]
    async fn claim_contact(
        &self,
        scope: Scope,
        contact: ContactId,
        entry: QueueEntryId,
        intent: NewCall,
        now: OffsetDateTime,
    ) -> Result<Option<ContactClaim>, StoreError> {
        let now = Instant::from(now).get();
        transaction!(&self.within(scope), ENTRY, |tx| {
            self.claim_one(tx, scope, contact, entry, intent.clone(), now).await
        })
    }

    #[tracing::instrument(name = "db.queue.hand_over", skip_all, fields(call.id = %call))]
    async fn hand_over(
        &self,
        call: CallId,
        agent: &AgentLine,
        user: Option<UserId>,
        now: OffsetDateTime,
    ) -> Result<Option<Call>, StoreError> {
        let now = Instant::from(now).get();
        transaction!(self, CALL, |tx| { give(tx, call, agent, user, now).await })
    }

    #[tracing::instrument(name = "db.queue.complete_if_spent", skip_all, fields(campaign.id = %campaign))]
    async fn complete_if_spent(
        &self,
        campaign: CampaignId,
        lease: &Lease,
        now: OffsetDateTime,
    ) -> Result<bool, StoreError> {
        // Asked after every call, and hardly ever true.
        if !self.spent(self.connection(), campaign).await? {
            return Ok(false);
        }
        transaction!(self, CAMPAIGN, |tx| {
            let Some(row) = locked(tx, campaign).await? else { return Ok(false) };
            self.hold(tx, lease, campaign).await?;
            let before = Campaign::try_from(row.clone())?;
            if before.status != CampaignStatus::Active || !self.spent(tx, campaign).await? {
                return Ok(false);
            }
            let after = Campaign {
                status: CampaignStatus::Completed,
                revision: before.revision + 1,
                updated_at: now,
                ..before
            };
            let completed = replace(tx, row, &after).await?;
            append(tx, &[completed.event(EventKind::CampaignUpdated, now).changing(&["status"])]).await?;
            Ok(true)
        })
    }
}

/// Open contacts that were promised a callback. With [`RETRIES`] and [`FRESH`], every contact that can ever be due;
/// each condition is spelled as in the partial index that serves it.
const CALLBACKS: &str = "k.closed_reason IS NULL AND k.status = 'callback'";
/// Open contacts with an instant before which they are not called.
const RETRIES: &str = "k.closed_reason IS NULL AND k.status IN ('pending', 'failed') AND k.next_attempt_at IS NOT NULL";
/// Open contacts that may be called at any time.
const FRESH: &str = "k.closed_reason IS NULL AND k.status IN ('pending', 'failed') AND k.next_attempt_at IS NULL";

impl Database {
    /// Whether an active campaign has contacts, none of which is live or can ever be due again.
    async fn spent(&self, db: &impl sea_orm::ConnectionTrait, campaign: CampaignId) -> Result<bool, StoreError> {
        let mut sql = Sql::new(
            self.backend(),
            "SELECT 1 FROM dialer_campaigns AS c WHERE c.id = $1 AND c.status = 'active'
             AND CAST(c.stats ->> 'total' AS bigint) > 0 AND CAST(c.stats ->> 'calling' AS bigint) = 0
             AND NOT EXISTS (SELECT 1 FROM call_logs AS l
                             WHERE l.campaign_id = c.id AND l.contact_id IS NOT NULL
                             AND (l.ended_at IS NULL OR l.unconfirmed))",
        )
        .bind(campaign.as_uuid());
        for open in [CALLBACKS, RETRIES, FRESH] {
            sql.push(&format!(
                " AND NOT EXISTS (SELECT 1 FROM campaign_contacts AS k WHERE k.campaign_id = c.id AND {open})"
            ));
        }
        Ok(sql.one(db).await.map_err(|error| CAMPAIGN.error(error))?.is_some())
    }

    /// Whether another contact of the same campaign is being called or may be.
    pub(super) async fn others_open(
        &self,
        db: &impl sea_orm::ConnectionTrait,
        contact: &Contact,
    ) -> Result<bool, StoreError> {
        let calling = "k.status = 'calling'";
        let open = [CALLBACKS, RETRIES, FRESH, calling].map(|open| {
            format!("EXISTS (SELECT 1 FROM campaign_contacts AS k WHERE k.campaign_id = $1 AND k.id <> $2 AND {open})")
        });
        let sql = Sql::new(self.backend(), format!("SELECT 1 WHERE {}", open.join(" OR ")));
        let sql = sql.bind(contact.campaign_id.as_uuid()).bind(contact.id.as_uuid());
        Ok(sql.one(db).await.map_err(|error| CAMPAIGN.error(error))?.is_some())
    }
}

#[cfg(test)]
mod tests {
    use sea_orm::{ConnectionTrait, DbBackend, Statement};

    use super::{facts, plan};
    use crate::testing::fresh_sqlite;

    /// How `SQLite` would answer.
    async fn explained(sql: &str) -> String {
        let test = fresh_sqlite().await;
        let explain = Statement::from_string(DbBackend::Sqlite, format!("EXPLAIN QUERY PLAN {sql}"));
        let rows = test.db.connection().query_all_raw(explain).await.unwrap();
        rows.iter().map(|row| row.try_get::<String>("", "detail").unwrap() + "\n").collect()
    }

    #[tokio::test]
    async fn sqlite_fills_the_horizon_from_the_indexes_of_who_is_due() {
        let plan = explained(&plan::fill_sql(DbBackend::Sqlite)).await;
        for index in ["callback", "due", "fresh"] {
            let search = format!("SEARCH k USING INDEX idx_campaign_contacts_{index}");
            assert!(plan.contains(&search), "{search} is missing from\n{plan}");
        }
        assert!(plan.contains("SEARCH q USING INDEX uq_dialer_queues_open_entry"), "{plan}");
        assert!(plan.contains("SEARCH l USING INDEX uq_call_logs_live_attempt"), "{plan}");
        assert!(!plan.contains("SCAN k"), "{plan}");
        let next = explained(&plan::next_due_sql()).await;
        assert!(
            next.contains("idx_campaign_contacts_callback") && next.contains("idx_campaign_contacts_due"),
            "{next}"
        );
    }

    #[tokio::test]
    async fn sqlite_reads_the_head_of_the_line_without_sorting_it() {
        let plan = explained(&facts::head_sql(DbBackend::Sqlite)).await;
        assert!(plan.contains("SEARCH q USING INDEX idx_dialer_queues_waiting"), "{plan}");
        assert!(!plan.contains("TEMP B-TREE"), "{plan}");
    }
}
