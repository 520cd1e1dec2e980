//! Which recordings of the provider have been fetched: also those that were removed since, which must not come back.

use sea_orm_migration::prelude::*;

use crate::walls::{Grant, wall};
use crate::{SQLITE_NOW, run};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let postgres = TABLE.replace("{uuid}", "uuid").replace("{instant}", "timestamptz").replace("{now}", "now()");
        let walled = format!("{postgres}{}", wall("collected_recordings", Grant::Append));
        let sqlite = TABLE.replace("{uuid}", "blob").replace("{instant}", "text").replace("{now}", SQLITE_NOW);
        run(manager, &walled, &sqlite).await
    }
}

/// No policy opens a row to requests. The index on calls is for the question which of them have no recording yet.
const TABLE: &str = "
CREATE TABLE collected_recordings (
    provider_id text PRIMARY KEY NOT NULL,
    call_id {uuid} NOT NULL REFERENCES call_logs (id) ON DELETE CASCADE,
    created_at {instant} NOT NULL DEFAULT {now}
);
CREATE INDEX idx_collected_recordings_call_id ON collected_recordings (call_id);
CREATE INDEX idx_call_logs_heard ON call_logs (ended_at)
    WHERE status = 'completed' AND call_id IS NOT NULL AND hidden_at IS NULL;
";
