//! The agent who handled a call may read its recordings, and what lists of recordings are sorted by.

use sea_orm_migration::prelude::*;

use crate::run;
use crate::walls::{Policy, USER, policy};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let handled = format!(
            "EXISTS (SELECT 1 FROM call_logs AS l WHERE l.id = call_recordings.call_id AND l.agent_id = {USER})"
        );
        let handled = policy("call_recordings", "handled", &Policy::Read(handled));
        run(manager, &format!("{INDEX} {handled}"), INDEX).await
    }
}

const INDEX: &str = "
DROP INDEX idx_call_recordings_call_id;
CREATE INDEX idx_call_recordings_call_id ON call_recordings (call_id, created_at DESC, id DESC);
";
