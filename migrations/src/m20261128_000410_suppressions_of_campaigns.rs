//! A do-not-call entry may bind one campaign: `campaign_id`, null where it binds all of its owner's. One entry of each number
//! for all of an owner's campaigns, and one for each campaign; the latter go with their campaign.
//!
//! `SQLite` cannot take the old key from the table, so the table is made anew.

use sea_orm_migration::prelude::*;

use crate::walls::{Policy, USER, own, policy};
use crate::{SQLITE_NOW, run};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &postgres(), &sqlite()).await
    }
}

const INDEXES: &str = "
CREATE UNIQUE INDEX uq_suppressions_number ON suppressions (user_id, phone_number) WHERE campaign_id IS NULL;
CREATE UNIQUE INDEX uq_suppressions_campaign ON suppressions (campaign_id, phone_number) WHERE campaign_id IS NOT NULL;
-- All of an owner's entries in the order of their numbers.
CREATE INDEX idx_suppressions_phone_number ON suppressions (user_id, phone_number, id);
";

const POSTGRES: &str = "
ALTER TABLE suppressions ADD COLUMN campaign_id uuid REFERENCES dialer_campaigns (id) ON DELETE CASCADE;
ALTER TABLE suppressions DROP CONSTRAINT uq_suppressions_number;
";

const SQLITE: &str = "
CREATE TABLE suppressions_of_campaigns (
    id BLOB PRIMARY KEY NOT NULL DEFAULT (randomblob(16)),
    user_id BLOB NOT NULL,
    phone_number TEXT NOT NULL,
    reason TEXT,
    created_at TEXT NOT NULL DEFAULT {now},
    source TEXT,
    created_by BLOB,
    campaign_id BLOB REFERENCES dialer_campaigns (id) ON DELETE CASCADE
) STRICT;
INSERT INTO suppressions_of_campaigns (id, user_id, phone_number, reason, created_at, source, created_by)
    SELECT id, user_id, phone_number, reason, created_at, source, created_by FROM suppressions;
DROP TABLE suppressions;
ALTER TABLE suppressions_of_campaigns RENAME TO suppressions;
CREATE INDEX idx_suppressions_user_id ON suppressions (user_id, created_at DESC, id DESC);
";

fn postgres() -> String {
    let of_own = format!(
        "(suppressions.campaign_id IS NULL OR EXISTS (
            SELECT 1 FROM dialer_campaigns AS c WHERE c.id = suppressions.campaign_id AND c.user_id = {USER}))"
    );
    [
        POSTGRES,
        INDEXES,
        "DROP POLICY own ON suppressions;\n",
        &policy("suppressions", "own", &Policy::OwnIf(own("suppressions"), of_own)),
    ]
    .concat()
}

fn sqlite() -> String {
    SQLITE.replace("{now}", SQLITE_NOW) + INDEXES
}
