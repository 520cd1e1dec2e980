//! What explaining a call needs: why it ended, as one of the program's words, and its events without reading the whole log.
//!
//! `call_logs.cause_code` has no check: later versions of the program know more causes.

use sea_orm_migration::prelude::*;

use crate::run;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, EXPLAINING, EXPLAINING).await
    }
}

const EXPLAINING: &str = "
ALTER TABLE call_logs ADD COLUMN cause_code text;
CREATE INDEX idx_dialer_events_call_id ON dialer_events (call_id, seq) WHERE call_id IS NOT NULL;
";
