//! Agents: who they are and what they are doing (`agents`), what they did (`agent_states`), and whom they promised to call
//! back (`campaign_contacts.callback_for`).
//!
//! - The row of an agent changes with every call, offer and pause, and each time their client is heard of. No index has a
//!   column that such a change touches, and half of each page is left free, so that the new version of a row stays on its page
//!   and no index learns of it. Who is ready, and whose time is over, is answered by reading the whole table: it has as many
//!   rows as there are agents, and the engine, which asks every second, has to know every agent's phone anyway.
//! - A step of an agent is no change of the profile: like every write of this program it counts `row_version` up, and leaves
//!   `updated_at` to whoever changes the profile.
//! - What an agent is doing is spelled out in flat columns, and checks keep states out that cannot be. Campaign, contact, entry
//!   and call have no foreign keys, which would be checked with every step: what is gone meanwhile is an offer that cannot be
//!   accepted, and is taken back.
//! - A stretch of `agent_states` is written when it begins and closed when the next one begins, in the transaction of the
//!   step. One is open at most. It outlives the profile, of which the log keeps the events, and so has no foreign key.
//! - What agents do is written by the service: a policy lets owners and agents read it, and owners change profiles.

use sea_orm_migration::prelude::*;

use crate::walls::{Grant, Policy, USER, policy, wall};
use crate::{SQLITE_NOW, run};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &postgres(), &sqlite()).await
    }
}

/// Names are sorted byte by byte on either database.
const TABLES: &str = "
CREATE TABLE agents (
    {id},
    owner_id {uuid} NOT NULL,
    user_id {uuid} NOT NULL,
    display_name {text} {by bytes} NOT NULL CHECK (length(display_name) BETWEEN 1 AND 100),
    line {text} NOT NULL CHECK (length(line) > 0),
    wrap_up_seconds {integer} NOT NULL DEFAULT 0 CHECK (wrap_up_seconds BETWEEN 0 AND 3600),
    state {text} NOT NULL DEFAULT 'offline'
        CHECK (state IN ('offline', 'ready', 'reserved', 'ringing', 'talking', 'wrap-up', 'paused')),
    since {instant} NOT NULL DEFAULT {now},
    until {instant},
    pause_code {text} CHECK (length(pause_code) BETWEEN 1 AND 40),
    then_state {text} NOT NULL DEFAULT 'offline' CHECK (then_state IN ('offline', 'ready', 'paused')),
    then_pause_code {text} CHECK (length(then_pause_code) BETWEEN 1 AND 40),
    call_id {uuid},
    campaign_id {uuid},
    contact_id {uuid},
    entry_id {uuid},
    seen_at {instant} NOT NULL DEFAULT {now},
    row_version {integer} NOT NULL DEFAULT 0,
    created_at {instant} NOT NULL DEFAULT {now},
    updated_at {instant} NOT NULL DEFAULT {now},
    CONSTRAINT uq_agents_user_id UNIQUE (user_id),
    CONSTRAINT uq_agents_line UNIQUE (line),
    CONSTRAINT agents_pause CHECK ((state = 'paused') = (pause_code IS NOT NULL)),
    CONSTRAINT agents_pause_to_come CHECK ((then_state = 'paused') = (then_pause_code IS NOT NULL)),
    CONSTRAINT agents_standing CHECK (state NOT IN ('offline', 'ready', 'paused')
        OR (then_state = state AND then_pause_code IS NOT DISTINCT FROM pause_code)),
    CONSTRAINT agents_call CHECK ((state IN ('ringing', 'talking', 'wrap-up')) = (call_id IS NOT NULL)),
    CONSTRAINT agents_until CHECK ((state IN ('reserved', 'wrap-up')) = (until IS NOT NULL)),
    CONSTRAINT agents_offer CHECK ((state = 'reserved') = (campaign_id IS NOT NULL)
        AND (state = 'reserved') = (contact_id IS NOT NULL) AND (state = 'reserved') = (entry_id IS NOT NULL))
) {strict};

-- An owner's agents by name. Those of a user, and of a phone, have a key.
CREATE INDEX idx_agents_owner_id ON agents (owner_id, display_name, id);

CREATE TABLE agent_states (
    seq {sequence},
    agent_id {uuid} NOT NULL,
    state {text} NOT NULL
        CHECK (state IN ('offline', 'ready', 'reserved', 'ringing', 'talking', 'wrap-up', 'paused')),
    pause_code {text},
    call_id {uuid},
    started_at {instant} NOT NULL,
    ended_at {instant} CHECK (ended_at >= started_at)
) {strict};

-- What an agent did, in its order; and never two things at once.
CREATE INDEX idx_agent_states_agent_id ON agent_states (agent_id, started_at, seq);
CREATE UNIQUE INDEX uq_agent_states_open ON agent_states (agent_id) WHERE ended_at IS NULL;

ALTER TABLE campaign_contacts ADD COLUMN callback_for {uuid};
";

/// Holds of a change by somebody who is not this program.
const UNSTAMPED: &str = "NEW.updated_at = OLD.updated_at AND NEW.row_version = OLD.row_version";

/// The hot table has few rows, which die young: it is tidied up by their number and not by their share.
const POSTGRES_UPKEEP: &str = "
ALTER TABLE agents SET (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 200);
DO $$ BEGIN
    EXECUTE format('GRANT USAGE ON SEQUENCE %s TO service_role', pg_get_serial_sequence('agent_states', 'seq'));
END $$;
";

fn postgres() -> String {
    let tables = TABLES
        .replace("{id}", "id uuid PRIMARY KEY DEFAULT gen_random_uuid()")
        .replace("{sequence}", "bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY")
        .replace("{uuid}", "uuid")
        .replace("{text}", "text")
        .replace("{by bytes}", "COLLATE \"C\"")
        .replace("{integer}", "bigint")
        .replace("{instant}", "timestamptz")
        .replace("{now}", "now()")
        .replace(" {strict}", "");
    let trigger = format!(
        "CREATE TRIGGER update_updated_at_column BEFORE UPDATE ON agents FOR EACH ROW WHEN ({UNSTAMPED})
         EXECUTE FUNCTION update_updated_at_column();\n"
    );
    let seen = format!(
        "EXISTS (SELECT 1 FROM agents AS a
                 WHERE a.id = agent_states.agent_id AND (a.owner_id = {USER} OR a.user_id = {USER}))"
    );
    [
        tables,
        trigger,
        wall("agents", Grant::All),
        policy("agents", "own", &Policy::Own(format!("agents.owner_id = {USER}"))),
        policy("agents", "self", &Policy::Read(format!("agents.user_id = {USER}"))),
        wall("agent_states", Grant::Append),
        policy("agent_states", "seen", &Policy::Read(seen)),
        POSTGRES_UPKEEP.to_owned(),
    ]
    .concat()
}

fn sqlite() -> String {
    let tables = TABLES
        .replace("{id}", "id BLOB PRIMARY KEY NOT NULL DEFAULT (randomblob(16))")
        .replace("{sequence}", "INTEGER PRIMARY KEY AUTOINCREMENT")
        .replace("{uuid}", "BLOB")
        .replace("{text}", "TEXT")
        .replace(" {by bytes}", "")
        .replace("{integer}", "INTEGER")
        .replace("{instant}", "TEXT")
        .replace("{now}", SQLITE_NOW)
        .replace("{strict}", "STRICT");
    format!(
        "{tables}
CREATE TRIGGER update_updated_at_column_agents AFTER UPDATE ON agents WHEN {UNSTAMPED}
BEGIN
    UPDATE agents SET updated_at = {SQLITE_NOW} WHERE id = NEW.id;
END;
"
    )
}
