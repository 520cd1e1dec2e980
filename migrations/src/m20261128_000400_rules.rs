//! What the rules of the callee's place ask: a campaign's purpose and callees, and past calls by number.

use sea_orm_migration::prelude::*;

use crate::run;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, RULES, RULES).await
    }
}

const RULES: &str = "
ALTER TABLE dialer_campaigns ADD COLUMN purpose text NOT NULL DEFAULT 'informational'
    CHECK (purpose IN ('sales', 'collections', 'informational', 'survey', 'charity'));
ALTER TABLE dialer_campaigns ADD COLUMN callee text NOT NULL DEFAULT 'consumer' CHECK (callee IN ('consumer', 'business'));

-- The calls of an owner with one number, made or come in: what caps and holds count.
CREATE INDEX idx_call_logs_to_number ON call_logs (user_id, to_number, started_at) WHERE direction = 'outbound';
CREATE INDEX idx_call_logs_from_number ON call_logs (user_id, from_number, started_at) WHERE direction = 'inbound';
";
