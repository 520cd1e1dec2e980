//! Lists of calls that cost the same whatever they are filtered by, and whoever asks.
//!
//! - `call_totals` counts by campaign, too: a list of a campaign's calls counted them one by one. The row of a campaign
//!   has its id, that of all calls, in campaigns or not, the UUID of zeros.
//! - It also counts the calls that a user `handled` for somebody else. Their list counted them one by one, and it looked
//!   at every call that the user had placed alone to find that it is nobody else's. They have an index of their own now.
//! - The counts are written on behalf of the table's owner, as the calls of one user change those of another, and nobody
//!   else may write them.
//! - Two filters at once are read along an index: without one, a list looked through all that meets the first. Indexes
//!   for the lists of campaigns lead with the owner, too: a planner that multiplies how rare the campaign is with how rare the
//!   owner is expects next to nothing, and reads and sorts it all. That of the campaign alone is for its removal.
//! - A page far down a list passes over its index alone, on `PostgreSQL`, which read and sorted the whole table for it.
//! - No question was ever answered by the index on who began an import.

use sea_orm_migration::prelude::*;

use crate::run;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let covering = INDEXES.replace("{read}", READ) + COVERING;
        run(manager, &(postgres() + &covering), &(sqlite() + &INDEXES.replace("{read}", ""))).await
    }
}

const INDEXES: &str = "
DROP INDEX idx_import_jobs_user_id;
DROP INDEX idx_call_logs_agent_id;
CREATE INDEX idx_call_logs_agent_id ON call_logs (agent_id, started_at DESC, id DESC) WHERE agent_id <> user_id;
CREATE INDEX idx_call_logs_direction_status ON call_logs (user_id, direction, status, started_at DESC, id DESC);
CREATE INDEX idx_call_logs_user_campaign ON call_logs (user_id, campaign_id, started_at DESC, id DESC){read};
CREATE INDEX idx_call_logs_campaign_status ON call_logs (user_id, campaign_id, status, started_at DESC, id DESC);
DROP INDEX idx_call_logs_campaign;
CREATE INDEX idx_call_logs_campaign ON call_logs (campaign_id) WHERE campaign_id IS NOT NULL;
";

/// What is read of every row that a page passes over: with it, that is read off the index, and nothing of the table.
const READ: &str = " INCLUDE (agent_id, hidden_at)";

/// The indexes that there are already, made so.
const COVERING: &str = "
DROP INDEX idx_call_logs_started_at, idx_call_logs_user_id, idx_call_logs_status;
CREATE INDEX idx_call_logs_started_at ON call_logs (user_id, started_at DESC, id DESC)
    INCLUDE (agent_id, hidden_at);
CREATE INDEX idx_call_logs_user_id ON call_logs (user_id, direction, started_at DESC, id DESC)
    INCLUDE (agent_id, hidden_at);
CREATE INDEX idx_call_logs_status ON call_logs (user_id, status, started_at DESC, id DESC)
    INCLUDE (agent_id, hidden_at);
";

/// What the row of all campaigns, and of none, has in the place of a campaign's id.
const ALL: &str = "'00000000-0000-0000-0000-000000000000'::uuid";

/// Adds up to the counts what `calls` (shown ones, with a column `n`) add to them: in all and by campaign, for their
/// owners and for who handled them.
fn count(calls: &str) -> String {
    format!(
        "INSERT INTO call_totals (user_id, handled, campaign_id, direction, status, n)
        SELECT who.user_id, who.handled, coalesce(campaign_id, {ALL}), direction, status, sum(n)
        FROM ({calls}) AS call,
        LATERAL (SELECT call.user_id, false AS handled
                 UNION ALL SELECT agent_id, true WHERE agent_id <> call.user_id) AS who
        GROUP BY GROUPING SETS ((who.user_id, who.handled, direction, status),
            (who.user_id, who.handled, direction, status, campaign_id))
        HAVING (grouping(campaign_id) = 1 OR campaign_id IS NOT NULL) AND sum(n) <> 0"
    )
}

/// The calls of `table` that a count is about, each with what it adds.
fn shown(table: &str, n: i8) -> String {
    format!("SELECT user_id, agent_id, campaign_id, direction, status, {n} AS n FROM {table} WHERE hidden_at IS NULL")
}

fn postgres() -> String {
    let noted = |calls: &str| {
        format!(
            "WITH change AS ({} RETURNING user_id, campaign_id)
        SELECT array_agg(DISTINCT user_id), array_agg(DISTINCT campaign_id) INTO users, campaigns FROM change;",
            count(calls)
        )
    };
    let (added, removed) = (shown("added", 1), shown("removed", -1));
    format!(
        "
ALTER TABLE call_totals ADD COLUMN campaign_id uuid NOT NULL DEFAULT {ALL};
ALTER TABLE call_totals ADD COLUMN handled boolean NOT NULL DEFAULT false;
DROP INDEX idx_call_totals_user_id;
CREATE INDEX idx_call_totals_user_id ON call_totals (user_id, campaign_id);
REVOKE INSERT, UPDATE, DELETE ON call_totals FROM authenticated;
CREATE POLICY owner ON call_totals TO CURRENT_USER USING (true) WITH CHECK (true);

CREATE OR REPLACE FUNCTION count_call_logs() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path FROM CURRENT AS $$
DECLARE
    users uuid[];
    campaigns uuid[];
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        DELETE FROM call_totals;
        RETURN NULL;
    ELSIF TG_OP = 'INSERT' THEN
        {inserted}
    ELSIF TG_OP = 'UPDATE' THEN
        {updated}
    ELSE
        {deleted}
    END IF;
    IF users IS NOT NULL AND random() < 0.05 THEN
        WITH mine AS (
            SELECT id FROM call_totals WHERE user_id = ANY (users) AND campaign_id = ANY (campaigns)
            FOR UPDATE SKIP LOCKED),
        folded AS (
            DELETE FROM call_totals WHERE id IN (SELECT id FROM mine)
            RETURNING user_id, handled, campaign_id, direction, status, n)
        INSERT INTO call_totals (user_id, handled, campaign_id, direction, status, n)
        SELECT user_id, handled, campaign_id, direction, status, sum(n) FROM folded
        GROUP BY 1, 2, 3, 4, 5 HAVING sum(n) <> 0;
    END IF;
    RETURN NULL;
END
$$;
DO $$ BEGIN
    EXECUTE format('ALTER FUNCTION count_call_logs() SET search_path = pg_catalog, %I, pg_temp', current_schema());
END $$;

SET LOCAL ROLE service_role;
DELETE FROM call_totals;
{present};
SET LOCAL ROLE NONE;
",
        inserted = noted(&added),
        updated = noted(&format!("{added} UNION ALL {removed}")),
        deleted = noted(&removed),
        present = count(&shown("call_logs", 1)),
    )
}

fn sqlite() -> String {
    let add = |row: &str, n: &str| {
        let count = |user: &str, handled: &str, campaign: &str, and: &str| {
            format!(
                "INSERT INTO call_totals (user_id, handled, campaign_id, direction, status, n)
                 SELECT {row}.{user}, {handled}, {campaign}, {row}.direction, {row}.status, {n}
                 WHERE {row}.hidden_at IS NULL{and}
                 ON CONFLICT (user_id, handled, campaign_id, direction, status) DO UPDATE SET n = n + {n};"
            )
        };
        let campaign = format!("{row}.campaign_id");
        let [by_campaign, by_other] =
            [format!(" AND {campaign} IS NOT NULL"), format!(" AND {row}.agent_id <> {row}.user_id")];
        [
            count("user_id", "0", "zeroblob(16)", ""),
            count("user_id", "0", &campaign, &by_campaign),
            count("agent_id", "1", "zeroblob(16)", &by_other),
            count("agent_id", "1", &campaign, &(by_campaign + &by_other)),
        ]
        .concat()
    };
    let present = |user: &str, handled: &str, campaign: &str, and: &str| {
        format!(
            "INSERT INTO call_totals (user_id, handled, campaign_id, direction, status, n)
             SELECT {user}, {handled}, {campaign}, direction, status, count(*) FROM call_logs
             WHERE hidden_at IS NULL{and} GROUP BY 1, 2, 3, 4, 5;\n"
        )
    };
    let (by_campaign, by_other) = (" AND campaign_id IS NOT NULL", " AND agent_id <> user_id");
    format!(
        "
DROP TRIGGER count_call_logs_insert;
DROP TRIGGER count_call_logs_update;
DROP TRIGGER count_call_logs_delete;
DROP TABLE call_totals;
CREATE TABLE call_totals (
    id BLOB PRIMARY KEY NOT NULL DEFAULT (randomblob(16)),
    user_id BLOB NOT NULL,
    campaign_id BLOB NOT NULL,
    handled INTEGER NOT NULL,
    direction TEXT NOT NULL,
    status TEXT NOT NULL,
    n INTEGER NOT NULL,
    CONSTRAINT uq_call_totals UNIQUE (user_id, campaign_id, handled, direction, status)
) STRICT;

CREATE TRIGGER count_call_logs_insert AFTER INSERT ON call_logs
BEGIN
    {added}
END;
CREATE TRIGGER count_call_logs_update
AFTER UPDATE OF user_id, agent_id, campaign_id, direction, status, hidden_at ON call_logs
BEGIN
    {removed}
    {added}
END;
CREATE TRIGGER count_call_logs_delete AFTER DELETE ON call_logs
BEGIN
    {removed}
END;
{present}",
        added = add("NEW", "1"),
        removed = add("OLD", "-1"),
        present = [
            present("user_id", "0", "zeroblob(16)", ""),
            present("user_id", "0", "campaign_id", by_campaign),
            present("agent_id", "1", "zeroblob(16)", by_other),
            present("agent_id", "1", "campaign_id", &[by_campaign, by_other].concat()),
        ]
        .concat(),
    )
}
