//! Leases, by the database's own time: the machine's on `SQLite`, which has one.

use async_trait::async_trait;
use dialer_domain::leases::{Holder, Lease, LeaseName, LeaseRow, LeaseStore, Taken};
use dialer_domain::{CampaignId, Duration, NodeId, OffsetDateTime, StoreError, UserId};
use sea_orm::prelude::Uuid;
use sea_orm::{ConnectionTrait, DbBackend, DbErr, FromQueryResult};
use serde_json::json;

use super::events::append;
use crate::Database;
use crate::errors::LEASE;
use crate::mapping::Row as MappedRow;
use crate::mapping::instant::{Instant, database_now};
use crate::sql::Sql;
use crate::tx::{DatabaseTransaction, transaction};

/// Whoever adds it at the same moment may meet either unique index first.
const ADD: &str =
    "INSERT INTO dialer_leases (name, campaign_id) SELECT $1, c.id FROM dialer_campaigns AS c WHERE c.id = $2
    ON CONFLICT DO NOTHING";

const ADD_WITHOUT_CAMPAIGN: &str = "INSERT INTO dialer_leases (name) VALUES ($1) ON CONFLICT (name) DO NOTHING";

const WRITE: &str = "UPDATE dialer_leases SET node = $2, fence = $3, expires_at = $4 WHERE name = $1";

const RELEASE: &str = "UPDATE dialer_leases SET node = NULL WHERE name = $1 AND node = $2 AND fence = $3";

/// Others may take what was handed back.
const TELL: &str = "SELECT pg_notify('dialer_wake', 'work')";

const RELEASE_ALL: &str = "UPDATE dialer_leases SET node = NULL WHERE node = $1";

#[derive(FromQueryResult)]
struct Row {
    name: String,
    node: Option<Uuid>,
    fence: i64,
    expires_at: Instant,
    owner: Option<Uuid>,
    now: Instant,
}

/// A lease as stored, the owner of its campaign, and what time it was for the database.
struct Seen {
    row: LeaseRow,
    owner: Option<UserId>,
    now: OffsetDateTime,
}

impl TryFrom<Row> for Seen {
    type Error = StoreError;

    fn try_from(stored: Row) -> Result<Self, StoreError> {
        let name = MappedRow::new(LEASE.table, &stored.name).parse(&stored.name)?;
        let row = LeaseRow {
            name,
            node: stored.node.map(NodeId::new),
            fence: stored.fence,
            expires_at: stored.expires_at.get(),
        };
        Ok(Self { row, owner: stored.owner.map(UserId::new), now: stored.now.get() })
    }
}

#[async_trait]
impl LeaseStore for Database {
    #[tracing::instrument(name = "db.leases.take", skip_all, fields(node.id = %node, leases = names.len()))]
    async fn take(&self, names: &[LeaseName], node: NodeId, ttl: Duration) -> Result<Vec<Lease>, StoreError> {
        // Rows that others hold are not locked: their holders are about to renew them.
        let seen = self.leases(self.connection(), names, "").await?;
        let shut = |name: &LeaseName| seen.iter().any(|s| s.row.name == *name && !s.row.is_open_to(node, s.now));
        let open: Vec<LeaseName> = names.iter().copied().filter(|name| !shut(name)).collect();
        if open.is_empty() {
            return Ok(Vec::new());
        }
        let missing: Vec<LeaseName> =
            open.iter().copied().filter(|name| seen.iter().all(|seen| seen.row.name != *name)).collect();
        transaction!(self, LEASE, |tx| {
            for name in &missing {
                self.add_lease(tx, *name).await.map_err(|error| LEASE.error(error))?;
            }
            let mut leases = Vec::new();
            let mut events = Vec::new();
            // A node that stopped in the middle of a claim holds its lease's row: nobody waits for it here.
            for Seen { row, owner, now } in self.leases(tx, &open, " FOR NO KEY UPDATE OF l SKIP LOCKED").await? {
                let Some(Taken { row, lease, event }) = row.take(node, ttl, now, owner) else { continue };
                let write = Sql::new(self.backend(), WRITE).bind(row.name.to_string()).bind(node.as_uuid());
                let write = write.bind(row.fence).bind(Instant::from(row.expires_at));
                write.execute(tx).await.map_err(|error| LEASE.error(error))?;
                leases.push(lease);
                events.extend(event);
            }
            append(tx, &events).await?;
            Ok(leases)
        })
    }

    #[tracing::instrument(name = "db.leases.release", skip_all, fields(lease = %lease.name))]
    async fn release(&self, lease: &Lease) -> Result<bool, StoreError> {
        let released = transaction!(self, LEASE, |tx| {
            let release = Sql::new(self.backend(), RELEASE)
                .bind(lease.name.to_string())
                .bind(lease.node.as_uuid())
                .bind(lease.fence);
            self.release_by(tx, release).await.map_err(|error| LEASE.error(error))
        })?;
        Ok(released > 0)
    }

    #[tracing::instrument(name = "db.leases.release_all", skip_all, fields(node.id = %node))]
    async fn release_all(&self, node: NodeId) -> Result<u64, StoreError> {
        transaction!(self, LEASE, |tx| {
            let release = Sql::new(self.backend(), RELEASE_ALL).bind(node.as_uuid());
            self.release_by(tx, release).await.map_err(|error| LEASE.error(error))
        })
    }

    #[tracing::instrument(name = "db.leases.holder", skip_all, fields(lease = %name))]
    async fn holder(&self, name: LeaseName) -> Result<Option<Holder>, StoreError> {
        let seen = self.leases(self.connection(), &[name], "").await?;
        Ok(seen.first().and_then(|seen| seen.row.holder(seen.now)))
    }
}

impl Database {
    /// Goes on only while `lease` holds for the campaign, and keeps it from being taken until the transaction ends. After the
    /// campaign's row was locked, before anything is written.
    pub(super) async fn hold(
        &self,
        tx: &DatabaseTransaction,
        lease: &Lease,
        campaign: CampaignId,
    ) -> Result<(), StoreError> {
        let seen = self.leases(tx, &[lease.name], " FOR SHARE OF l").await?;
        if seen.iter().any(|seen| lease.paces(campaign, &seen.row, seen.now)) {
            return Ok(());
        }
        Err(StoreError::LeaseLost { name: lease.name })
    }

    /// Hands back what the statement says, and tells others; how many leases those were.
    async fn release_by(&self, tx: &DatabaseTransaction, release: Sql) -> Result<u64, DbErr> {
        let released = release.execute(tx).await?;
        if released > 0 && self.backend() == DbBackend::Postgres {
            Sql::new(self.backend(), TELL).one(tx).await?;
        }
        Ok(released)
    }

    async fn add_lease(&self, tx: &DatabaseTransaction, name: LeaseName) -> Result<u64, DbErr> {
        let add = match name.campaign() {
            Some(campaign) => Sql::new(self.backend(), ADD).bind(name.to_string()).bind(campaign.as_uuid()),
            None => Sql::new(self.backend(), ADD_WITHOUT_CAMPAIGN).bind(name.to_string()),
        };
        add.execute(tx).await
    }

    /// The leases of `names` that are stored; `lock` is a locking clause.
    async fn leases(
        &self,
        db: &impl ConnectionTrait,
        names: &[LeaseName],
        lock: &str,
    ) -> Result<Vec<Seen>, StoreError> {
        let names: Vec<String> = names.iter().map(ToString::to_string).collect();
        let mut sql = Sql::new(self.backend(), leases_sql(self.backend()));
        sql.push_lock(lock);
        let rows: Result<Vec<Row>, DbErr> = sql.bind(json!(names)).all_as(db).await;
        rows.map_err(|error| LEASE.error(error))?.into_iter().map(Seen::try_from).collect()
    }
}

/// Leases by their names, a JSON array. In one order, so that nodes that take several do not get stuck.
fn leases_sql(backend: DbBackend) -> String {
    let now = database_now(backend);
    let names = match backend {
        DbBackend::Postgres => "SELECT jsonb_array_elements_text($1)",
        _ => "SELECT value FROM json_each($1)",
    };
    format!(
        "SELECT l.name, l.node, l.fence, l.expires_at, c.user_id AS owner, {now} AS now
         FROM dialer_leases AS l LEFT JOIN dialer_campaigns AS c ON c.id = l.campaign_id
         WHERE l.name IN ({names}) ORDER BY l.name"
    )
}
