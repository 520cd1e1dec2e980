//! Lists of calls that cost the same whatever they are filtered by.
//!
//! - `call_totals` counts a user's calls by campaign, too: a list of a campaign's calls counted them one by one. The row
//!   of a campaign has its id, that of all calls, in campaigns or not, the UUID of zeros.
//! - The calls that somebody handled for somebody else have an index of their own. That of all calls with an agent holds
//!   a user's own calls as well, every one of which was looked at to find that it is nobody else's.
//! - Two filters at once are read along an index: without one, a list looked through all that meets the first.

use sea_orm_migration::prelude::*;

use crate::run;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &[&postgres(), INDEXES].concat(), &[&sqlite(), INDEXES].concat()).await
    }
}

const INDEXES: &str = "
DROP INDEX idx_call_logs_agent_id;
CREATE INDEX idx_call_logs_agent_id ON call_logs (agent_id, started_at DESC, id DESC) WHERE agent_id <> user_id;
CREATE INDEX idx_call_logs_user_id_status ON call_logs (user_id, direction, status, started_at DESC, id DESC);
CREATE INDEX idx_call_logs_campaign_status ON call_logs (campaign_id, status, started_at DESC, id DESC);
";

/// What the row of all campaigns, and of none, has in the place of a campaign's id.
const ALL: &str = "'00000000-0000-0000-0000-000000000000'::uuid";

/// The counts of `calls` (`row`: one column for each of the four that calls are counted by), in all and by campaign.
fn counted(n: &str, calls: &str, having: &str) -> String {
    format!(
        "INSERT INTO call_totals (user_id, campaign_id, direction, status, n)
        SELECT user_id, coalesce(campaign_id, {ALL}), direction, status, {n} FROM {calls}
        GROUP BY GROUPING SETS ((user_id, direction, status), (user_id, campaign_id, direction, status))
        HAVING (grouping(campaign_id) = 1 OR campaign_id IS NOT NULL){having}"
    )
}

fn postgres() -> String {
    let noted = |insert: String| {
        format!(
            "WITH change AS ({insert} RETURNING user_id, campaign_id)
        SELECT array_agg(DISTINCT user_id), array_agg(DISTINCT campaign_id) INTO users, campaigns FROM change;"
        )
    };
    let shown = |rows: &str| format!("{rows} WHERE hidden_at IS NULL");
    let difference = "(SELECT user_id, campaign_id, direction, status, 1 AS n FROM added WHERE hidden_at IS NULL
                  UNION ALL
                  SELECT user_id, campaign_id, direction, status, -1 FROM removed WHERE hidden_at IS NULL) AS difference";
    format!(
        "
ALTER TABLE call_totals ADD COLUMN campaign_id uuid NOT NULL DEFAULT {ALL};
DROP INDEX idx_call_totals_user_id;
CREATE INDEX idx_call_totals_user_id ON call_totals (user_id, campaign_id);
-- A campaign that is deleted leaves its calls, and that is done on behalf of their table's owner.
CREATE POLICY owner ON call_totals TO CURRENT_USER USING (true) WITH CHECK (true);

CREATE OR REPLACE FUNCTION count_call_logs() RETURNS trigger LANGUAGE plpgsql AS $$
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
            RETURNING user_id, campaign_id, direction, status, n)
        INSERT INTO call_totals (user_id, campaign_id, direction, status, n)
        SELECT user_id, campaign_id, direction, status, sum(n) FROM folded GROUP BY 1, 2, 3, 4 HAVING sum(n) <> 0;
    END IF;
    RETURN NULL;
END
$$;

SET LOCAL ROLE service_role;
DELETE FROM call_totals;
{present};
SET LOCAL ROLE NONE;
",
        inserted = noted(counted("count(*)", &shown("added"), "")),
        updated = noted(counted("sum(n)", difference, " AND sum(n) <> 0")),
        deleted = noted(counted("-count(*)", &shown("removed"), "")),
        present = counted("count(*)", &shown("call_logs"), ""),
    )
}

fn sqlite() -> String {
    let add = |row: &str, n: &str| {
        let count = |campaign: &str, and: &str| {
            format!(
                "INSERT INTO call_totals (user_id, campaign_id, direction, status, n)
                 SELECT {row}.user_id, {campaign}, {row}.direction, {row}.status, {n} WHERE {row}.hidden_at IS NULL{and}
                 ON CONFLICT (user_id, campaign_id, direction, status) DO UPDATE SET n = n + {n};"
            )
        };
        let campaign = format!("{row}.campaign_id");
        count("zeroblob(16)", "") + &count(&campaign, &format!(" AND {campaign} IS NOT NULL"))
    };
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
    direction TEXT NOT NULL,
    status TEXT NOT NULL,
    n INTEGER NOT NULL,
    CONSTRAINT uq_call_totals UNIQUE (user_id, campaign_id, direction, status)
) STRICT;

CREATE TRIGGER count_call_logs_insert AFTER INSERT ON call_logs
BEGIN
    {added}
END;
CREATE TRIGGER count_call_logs_update
AFTER UPDATE OF user_id, campaign_id, direction, status, hidden_at ON call_logs
BEGIN
    {removed}
    {added}
END;
CREATE TRIGGER count_call_logs_delete AFTER DELETE ON call_logs
BEGIN
    {removed}
END;

INSERT INTO call_totals (user_id, campaign_id, direction, status, n)
SELECT user_id, zeroblob(16), direction, status, count(*) FROM call_logs WHERE hidden_at IS NULL GROUP BY 1, 2, 3, 4
UNION ALL
SELECT user_id, campaign_id, direction, status, count(*) FROM call_logs
WHERE hidden_at IS NULL AND campaign_id IS NOT NULL GROUP BY 1, 2, 3, 4;
",
        added = add("NEW", "1"),
        removed = add("OLD", "-1"),
    )
}
