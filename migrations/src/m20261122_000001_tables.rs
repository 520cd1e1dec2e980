//! The tables: seven of the contract, the do-not-call list and the event log.
//!
//! Both texts come from one table of columns, so that they cannot drift apart.
//!
//! - `row_version` counts this program's own writes of a row. It tells the triggers of later steps whether the
//!   writer was this program, which sets every instant itself (on a clock that may be virtual), or somebody else.
//! - `campaign_contacts.last_call_id` is the id of a call without a foreign key: calls are never deleted, and the
//!   key would be checked with every claim.
//! - The foreign key of a contact is deferrable, so that an import checks it when it commits.
//! - `dialer_events.kind` has no check: later versions of the program know more kinds.

use sea_orm_migration::prelude::*;

use crate::{SQLITE_NOW, run};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &postgres(), &sqlite()).await
    }
}

const TABLES: &str = r#"
CREATE TABLE dialer_campaigns (
    {id},
    user_id {uuid} NOT NULL,
    name {text} NOT NULL,
    description {text},
    type {text} NOT NULL CHECK (type IN ('manual', 'power', 'predictive', 'preview')),
    status {text} NOT NULL DEFAULT 'draft'
        CHECK (status IN ('draft', 'active', 'paused', 'completed', 'archived')),
    caller_id {text},
    script {text},
    max_attempts {integer} NOT NULL DEFAULT 3 CHECK (max_attempts >= 1),
    retry_interval {integer} NOT NULL DEFAULT 3600 CHECK (retry_interval >= 0),
    active_hours {json} NOT NULL DEFAULT '{"start":"09:00","end":"17:00"}',
    timezone {text} NOT NULL DEFAULT 'UTC',
    stats {json} NOT NULL
        DEFAULT '{"total":0,"pending":0,"calling":0,"completed":0,"failed":0,"callback":0,"do-not-call":0}',
    pause_reason {text},
    revision {integer} NOT NULL DEFAULT 1,
    created_at {instant} NOT NULL DEFAULT {now},
    updated_at {instant} NOT NULL DEFAULT {now}
) {strict};

CREATE TABLE campaign_contacts (
    {id},
    campaign_id {uuid} NOT NULL REFERENCES dialer_campaigns (id) ON DELETE CASCADE DEFERRABLE INITIALLY IMMEDIATE,
    phone_number {text} NOT NULL,
    first_name {text},
    last_name {text},
    email {text},
    company {text},
    status {text} NOT NULL DEFAULT 'pending'
        CHECK (status IN ('pending', 'calling', 'completed', 'failed', 'do-not-call', 'callback')),
    attempts {integer} NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    last_attempt_at {instant},
    next_attempt_at {instant},
    last_call_id {uuid},
    closed_reason {text}
        CHECK (closed_reason IN ('reached', 'attempts-exhausted', 'invalid-number', 'refused', 'do-not-call')),
    metadata {json} NOT NULL DEFAULT '{}',
    row_version {integer} NOT NULL DEFAULT 0,
    created_at {instant} NOT NULL DEFAULT {now},
    updated_at {instant} NOT NULL DEFAULT {now},
    {position}
    CONSTRAINT uq_campaign_contacts_number UNIQUE (campaign_id, phone_number)
) {strict};

CREATE TABLE call_logs (
    {id},
    user_id {uuid} NOT NULL,
    call_id {text},
    direction {text} NOT NULL DEFAULT 'outbound' CHECK (direction IN ('inbound', 'outbound')),
    from_number {text},
    to_number {text} NOT NULL,
    status {text} NOT NULL DEFAULT 'initiated' CHECK (status IN
        ('initiated', 'ringing', 'answered', 'completed', 'failed', 'busy', 'no-answer', 'canceled')),
    duration {integer} NOT NULL DEFAULT 0 CHECK (duration >= 0),
    recording_url {text},
    notes {text},
    lead_id {text},
    campaign_id {uuid} REFERENCES dialer_campaigns (id) ON DELETE SET NULL,
    contact_id {uuid} REFERENCES campaign_contacts (id) ON DELETE SET NULL,
    agent {text},
    attempt {integer},
    metadata {json} NOT NULL DEFAULT '{}',
    started_at {instant} NOT NULL DEFAULT {now},
    answered_at {instant},
    ended_at {instant},
    gone_at {instant},
    outcome {text} CHECK (outcome IN
        ('completed', 'busy', 'no-answer', 'canceled', 'abandoned', 'failed', 'invalid-number', 'refused', 'not-placed')),
    evidence {text} CHECK (evidence IN ('bound', 'reported', 'answer', 'event', 'record')),
    cause {text},
    hidden_at {instant},
    row_version {integer} NOT NULL DEFAULT 0,
    created_at {instant} NOT NULL DEFAULT {now},
    updated_at {instant} NOT NULL DEFAULT {now}
) {strict};

CREATE TABLE dialer_queues (
    {id},
    campaign_id {uuid} NOT NULL REFERENCES dialer_campaigns (id) ON DELETE CASCADE,
    contact_id {uuid} NOT NULL REFERENCES campaign_contacts (id) ON DELETE CASCADE,
    priority {integer} NOT NULL DEFAULT 0,
    scheduled_at {instant} NOT NULL DEFAULT {now},
    status {text} NOT NULL DEFAULT 'queued'
        CHECK (status IN ('queued', 'calling', 'completed', 'failed', 'skipped')),
    created_at {instant} NOT NULL DEFAULT {now}
) {strict};

CREATE TABLE call_recordings (
    {id},
    call_id {uuid} NOT NULL REFERENCES call_logs (id) ON DELETE CASCADE,
    recording_url {text} NOT NULL,
    duration {integer} NOT NULL DEFAULT 0 CHECK (duration >= 0),
    file_size {integer} CHECK (file_size >= 0),
    transcription {text},
    sentiment {text} CHECK (sentiment IN ('positive', 'neutral', 'negative')),
    created_at {instant} NOT NULL DEFAULT {now}
) {strict};

CREATE TABLE voicemail_drops (
    {id},
    user_id {uuid} NOT NULL,
    name {text} NOT NULL,
    audio_url {text} NOT NULL,
    duration {integer} NOT NULL DEFAULT 0 CHECK (duration >= 0),
    usage_count {integer} NOT NULL DEFAULT 0 CHECK (usage_count >= 0),
    created_at {instant} NOT NULL DEFAULT {now}
) {strict};

CREATE TABLE call_dispositions (
    {id},
    call_id {uuid} NOT NULL REFERENCES call_logs (id) ON DELETE CASCADE,
    user_id {uuid} NOT NULL,
    disposition {text} NOT NULL CHECK (disposition IN ('interested', 'not-interested', 'callback', 'wrong-number',
        'no-answer', 'voicemail', 'do-not-call', 'qualified', 'not-qualified')),
    notes {text},
    follow_up_date {instant},
    created_at {instant} NOT NULL DEFAULT {now}
) {strict};

CREATE TABLE suppressions (
    {id},
    user_id {uuid} NOT NULL,
    phone_number {text} NOT NULL,
    reason {text},
    created_at {instant} NOT NULL DEFAULT {now},
    CONSTRAINT uq_suppressions_number UNIQUE (user_id, phone_number)
) {strict};

CREATE TABLE dialer_events (
    seq {sequence},
    kind {text} NOT NULL,
    user_id {uuid} NOT NULL,
    campaign_id {uuid},
    contact_id {uuid},
    call_id {uuid},
    at {instant} NOT NULL,
    data {json} NOT NULL DEFAULT '{}'
) {strict};
"#;

/// A claim and the end of a call each update a row of these tables, which would fill with dead rows between two
/// visits of the default autovacuum.
const POSTGRES_UPKEEP: &str = "
ALTER TABLE dialer_queues SET (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 500);
ALTER TABLE dialer_campaigns SET (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 200);
";

fn postgres() -> String {
    let tables = TABLES
        .replace("{id}", "id uuid PRIMARY KEY DEFAULT gen_random_uuid()")
        .replace("{uuid}", "uuid")
        .replace("{text}", "text")
        .replace("{integer}", "bigint")
        .replace("{json}", "jsonb")
        .replace("{instant}", "timestamptz")
        .replace("{now}", "now()")
        .replace("{sequence}", "bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY")
        .replace("{position}", "position bigint GENERATED BY DEFAULT AS IDENTITY,")
        .replace(" {strict}", "");
    tables + POSTGRES_UPKEEP
}

/// Where `PostgreSQL` has the column `position`, the order in which contacts were added, `SQLite` has its rowid.
fn sqlite() -> String {
    TABLES
        .replace("{id}", "id BLOB PRIMARY KEY NOT NULL DEFAULT (randomblob(16))")
        .replace("{uuid}", "BLOB")
        .replace("{text}", "TEXT")
        .replace("{integer}", "INTEGER")
        .replace("{json}", "TEXT")
        .replace("{instant}", "TEXT")
        .replace("{now}", SQLITE_NOW)
        .replace("{sequence}", "INTEGER PRIMARY KEY AUTOINCREMENT")
        .replace("    {position}\n", "")
        .replace("{strict}", "STRICT")
}
