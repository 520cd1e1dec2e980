//! Calls that a client says are over stay live attempts until the provider confirms it.

use sea_orm_migration::prelude::*;

use crate::run;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let column = |kind: &str| format!("ALTER TABLE call_logs ADD COLUMN unconfirmed {kind};{INDEXES}");
        let sqlite = "integer NOT NULL DEFAULT 0 CHECK (unconfirmed IN (0, 1))";
        run(manager, &column("boolean NOT NULL DEFAULT false"), &column(sqlite)).await
    }
}

const INDEXES: &str = "
DROP INDEX uq_call_logs_live_attempt;
CREATE UNIQUE INDEX uq_call_logs_live_attempt ON call_logs (contact_id)
    WHERE (ended_at IS NULL OR unconfirmed) AND contact_id IS NOT NULL;
DROP INDEX idx_call_logs_open;
CREATE INDEX idx_call_logs_open ON call_logs (started_at, id) WHERE ended_at IS NULL OR unconfirmed;
";
