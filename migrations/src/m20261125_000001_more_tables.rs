//! The tables behind the whole HTTP contract: teams, API keys, idempotency keys and import jobs, and the columns that
//! the first tables lacked for them.
//!
//! - `campaign_agents`: who works on whose campaign. A campaign's owner writes it; an assigned agent reads it.
//! - `call_logs.agent_id` is the user who handled the call, `campaign_contacts.reserved_for` the agent to whom a contact
//!   has been shown; both open the row to that user.
//! - `campaign_contacts.import_id` names the batch that a contact came with, so that a whole batch can be undone.
//! - `idempotency_keys` holds the answer that was given to a request, stored in the transaction of its effect.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

use crate::{SQLITE_NOW, run};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let text = match manager.get_database_backend() {
            DbBackend::Postgres => postgres(),
            _ => sqlite(),
        };
        run(manager, &text, &text).await
    }
}

const TABLES: &str = "
CREATE TABLE campaign_agents (
    {id},
    campaign_id {uuid} NOT NULL REFERENCES dialer_campaigns (id) ON DELETE CASCADE,
    user_id {uuid} NOT NULL,
    created_at {instant} NOT NULL DEFAULT {now},
    CONSTRAINT uq_campaign_agents UNIQUE (campaign_id, user_id)
) {strict};
CREATE INDEX idx_campaign_agents_user_id ON campaign_agents (user_id, campaign_id);

CREATE TABLE api_keys (
    {id},
    user_id {uuid} NOT NULL,
    name {text} NOT NULL,
    prefix {text} NOT NULL,
    hash {text} NOT NULL,
    role {text} NOT NULL CHECK (role IN ('agent', 'supervisor', 'admin')),
    scopes {json} NOT NULL DEFAULT '[]',
    expires_at {instant},
    last_used_at {instant},
    revoked_at {instant},
    created_at {instant} NOT NULL DEFAULT {now},
    CONSTRAINT uq_api_keys_hash UNIQUE (hash)
) {strict};
CREATE INDEX idx_api_keys_user_id ON api_keys (user_id, created_at DESC, id DESC);

CREATE TABLE idempotency_keys (
    {id},
    user_id {uuid} NOT NULL,
    key {text} NOT NULL,
    fingerprint {text} NOT NULL,
    status {integer} NOT NULL,
    headers {json} NOT NULL DEFAULT '{}',
    body {text} NOT NULL DEFAULT '',
    created_at {instant} NOT NULL DEFAULT {now},
    expires_at {instant} NOT NULL,
    CONSTRAINT uq_idempotency_keys UNIQUE (user_id, key)
) {strict};
CREATE INDEX idx_idempotency_keys_expires_at ON idempotency_keys (expires_at);

CREATE TABLE import_jobs (
    {id},
    user_id {uuid} NOT NULL,
    campaign_id {uuid} NOT NULL REFERENCES dialer_campaigns (id) ON DELETE CASCADE,
    status {text} NOT NULL DEFAULT 'queued'
        CHECK (status IN ('queued', 'running', 'completed', 'failed', 'canceled', 'undone')),
    file_name {text},
    mapping {json} NOT NULL DEFAULT '{}',
    total_bytes {integer} NOT NULL DEFAULT 0,
    read_bytes {integer} NOT NULL DEFAULT 0,
    read_rows {integer} NOT NULL DEFAULT 0,
    added {integer} NOT NULL DEFAULT 0,
    skipped {integer} NOT NULL DEFAULT 0,
    removed {integer} NOT NULL DEFAULT 0,
    error {text},
    row_version {integer} NOT NULL DEFAULT 0,
    created_at {instant} NOT NULL DEFAULT {now},
    started_at {instant},
    finished_at {instant},
    updated_at {instant} NOT NULL DEFAULT {now}
) {strict};
CREATE INDEX idx_import_jobs_user_id ON import_jobs (user_id, created_at DESC, id DESC);
CREATE INDEX idx_import_jobs_campaign_id ON import_jobs (campaign_id, created_at DESC, id DESC);

CREATE TABLE import_rows (
    {id},
    job_id {uuid} NOT NULL REFERENCES import_jobs (id) ON DELETE CASCADE,
    line {integer} NOT NULL,
    phone_number {text} NOT NULL,
    reason {text} NOT NULL,
    message {text} NOT NULL
) {strict};
CREATE INDEX idx_import_rows_job_id ON import_rows (job_id, line);

ALTER TABLE call_logs ADD COLUMN agent_id {uuid};
CREATE INDEX idx_call_logs_agent_id ON call_logs (agent_id, started_at DESC, id DESC) WHERE agent_id IS NOT NULL;

ALTER TABLE campaign_contacts ADD COLUMN reserved_for {uuid};
CREATE INDEX idx_campaign_contacts_reserved_for ON campaign_contacts (reserved_for) WHERE reserved_for IS NOT NULL;
ALTER TABLE campaign_contacts ADD COLUMN import_id {uuid};
CREATE INDEX idx_campaign_contacts_import_id ON campaign_contacts (import_id) WHERE import_id IS NOT NULL;

ALTER TABLE suppressions ADD COLUMN source {text};
ALTER TABLE suppressions ADD COLUMN created_by {uuid};
CREATE INDEX idx_suppressions_user_id ON suppressions (user_id, created_at DESC, id DESC);

ALTER TABLE call_recordings ADD COLUMN content_type {text};
ALTER TABLE call_recordings ADD COLUMN storage_key {text};

ALTER TABLE voicemail_drops ADD COLUMN content_type {text};
ALTER TABLE voicemail_drops ADD COLUMN storage_key {text};
ALTER TABLE voicemail_drops ADD COLUMN file_size {integer};
";

fn postgres() -> String {
    TABLES
        .replace("{id}", "id uuid PRIMARY KEY DEFAULT gen_random_uuid()")
        .replace("{uuid}", "uuid")
        .replace("{text}", "text")
        .replace("{integer}", "bigint")
        .replace("{json}", "jsonb")
        .replace("{instant}", "timestamptz")
        .replace("{now}", "now()")
        .replace(" {strict}", "")
}

fn sqlite() -> String {
    TABLES
        .replace("{id}", "id BLOB PRIMARY KEY NOT NULL DEFAULT (randomblob(16))")
        .replace("{uuid}", "BLOB")
        .replace("{text}", "TEXT")
        .replace("{integer}", "INTEGER")
        .replace("{json}", "TEXT")
        .replace("{instant}", "TEXT")
        .replace("{now}", SQLITE_NOW)
        .replace("{strict}", "STRICT")
}
