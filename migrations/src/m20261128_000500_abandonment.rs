//! Calls ahead of agents, and the ledger of those that were abandoned: counts by campaign and quarter of an hour, written with
//! the calls.

use sea_orm_migration::prelude::*;

use crate::walls::{Grant, Policy, of_own_campaign, policy, wall};
use crate::{SQLITE_NOW, run};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &postgres(), &sqlite()).await
    }
}

const COLUMNS: &str = "
ALTER TABLE call_logs ADD COLUMN ahead {flag};
ALTER TABLE call_logs ADD COLUMN connected_at {instant};
ALTER TABLE call_logs ADD COLUMN abandoned_at {instant};
";

/// Only the service writes it; owners read.
const TABLE: &str = "
CREATE TABLE abandonment_tallies (
    {id},
    campaign_id {uuid} NOT NULL REFERENCES dialer_campaigns (id) ON DELETE CASCADE,
    quarter {instant} NOT NULL,
    live {count} NOT NULL,
    abandoned {count} NOT NULL,
    machines {count} NOT NULL,
    created_at {instant} NOT NULL DEFAULT {now},
    CONSTRAINT uq_abandonment_tallies UNIQUE (campaign_id, quarter)
) {strict};
";

fn postgres() -> String {
    let tables = (COLUMNS.to_owned() + TABLE)
        .replace("{flag}", "boolean NOT NULL DEFAULT false")
        .replace("{id}", "id uuid PRIMARY KEY DEFAULT gen_random_uuid()")
        .replace("{uuid}", "uuid")
        .replace("{count}", "bigint")
        .replace("{instant}", "timestamptz")
        .replace("{now}", "now()")
        .replace(" {strict}", "");
    let own = Policy::Read(of_own_campaign("abandonment_tallies"));
    [tables, wall("abandonment_tallies", Grant::Append), policy("abandonment_tallies", "own", &own)].concat()
}

fn sqlite() -> String {
    (COLUMNS.to_owned() + TABLE)
        .replace("{flag}", "integer NOT NULL DEFAULT 0 CHECK (ahead IN (0, 1))")
        .replace("{id}", "id BLOB PRIMARY KEY NOT NULL DEFAULT (randomblob(16))")
        .replace("{uuid}", "BLOB")
        .replace("{count}", "INTEGER")
        .replace("{instant}", "TEXT")
        .replace("{now}", SQLITE_NOW)
        .replace("{strict}", "STRICT")
}
