//! `count_call_logs()`: how many calls each user has by direction and status, so that a list's exact total costs the same
//! whether there are fifty calls or a million.
//!
//! On `PostgreSQL` a statement adds rows of differences and updates none, so that two writers never wait for each other;
//! the sum of a user's rows is the count. One statement in some twenty folds the rows of the users it touched into one
//! for each direction and status, leaving alone what another is folding. `SQLite` has one writer, and keeps one row.
//! Hidden calls do not count.

use sea_orm_migration::prelude::*;

use crate::run;
use crate::walls::{Grant, Policy, own, policy, wall};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &postgres(), &sqlite()).await
    }
}

const POSTGRES: &str = "
CREATE TABLE call_totals (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id uuid NOT NULL,
    direction text NOT NULL,
    status text NOT NULL,
    n bigint NOT NULL
);
CREATE INDEX idx_call_totals_user_id ON call_totals (user_id);
ALTER TABLE call_totals SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

CREATE FUNCTION count_call_logs() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    touched uuid[];
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        DELETE FROM call_totals;
        RETURN NULL;
    ELSIF TG_OP = 'INSERT' THEN
        WITH change AS (
            INSERT INTO call_totals (user_id, direction, status, n)
            SELECT user_id, direction, status, count(*) FROM added WHERE hidden_at IS NULL GROUP BY 1, 2, 3
            RETURNING user_id)
        SELECT array_agg(DISTINCT user_id) INTO touched FROM change;
    ELSIF TG_OP = 'UPDATE' THEN
        WITH change AS (
            INSERT INTO call_totals (user_id, direction, status, n)
            SELECT user_id, direction, status, sum(n)
            FROM (SELECT user_id, direction, status, 1 AS n FROM added WHERE hidden_at IS NULL
                  UNION ALL
                  SELECT user_id, direction, status, -1 FROM removed WHERE hidden_at IS NULL) AS difference
            GROUP BY 1, 2, 3 HAVING sum(n) <> 0
            RETURNING user_id)
        SELECT array_agg(DISTINCT user_id) INTO touched FROM change;
    ELSE
        WITH change AS (
            INSERT INTO call_totals (user_id, direction, status, n)
            SELECT user_id, direction, status, -count(*) FROM removed WHERE hidden_at IS NULL GROUP BY 1, 2, 3
            RETURNING user_id)
        SELECT array_agg(DISTINCT user_id) INTO touched FROM change;
    END IF;
    IF touched IS NOT NULL AND random() < 0.05 THEN
        WITH mine AS (
            SELECT id FROM call_totals WHERE user_id = ANY (touched) FOR UPDATE SKIP LOCKED),
        folded AS (
            DELETE FROM call_totals WHERE id IN (SELECT id FROM mine) RETURNING user_id, direction, status, n)
        INSERT INTO call_totals (user_id, direction, status, n)
        SELECT user_id, direction, status, sum(n) FROM folded GROUP BY 1, 2, 3 HAVING sum(n) <> 0;
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER count_call_logs_insert AFTER INSERT ON call_logs
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION count_call_logs();
CREATE TRIGGER count_call_logs_update AFTER UPDATE ON call_logs
    REFERENCING OLD TABLE AS removed NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION count_call_logs();
CREATE TRIGGER count_call_logs_delete AFTER DELETE ON call_logs
    REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION count_call_logs();
CREATE TRIGGER count_call_logs_truncate AFTER TRUNCATE ON call_logs
    FOR EACH STATEMENT EXECUTE FUNCTION count_call_logs();
";

/// The calls that are there already, which their table's owner cannot see.
const PRESENT: &str = "
SET LOCAL ROLE service_role;
INSERT INTO call_totals (user_id, direction, status, n)
SELECT user_id, direction, status, count(*) FROM call_logs WHERE hidden_at IS NULL GROUP BY 1, 2, 3;
SET LOCAL ROLE NONE;
";

/// Each user's counts are written by the statements that change the user's calls, and so with the user's rights.
fn postgres() -> String {
    let own = policy("call_totals", "own", &Policy::Own(own("call_totals")));
    [POSTGRES, &wall("call_totals", Grant::All), &own, PRESENT].concat()
}

fn sqlite() -> String {
    let add = |row: &str, n: &str| {
        format!(
            "INSERT INTO call_totals (user_id, direction, status, n)
             SELECT {row}.user_id, {row}.direction, {row}.status, {n} WHERE {row}.hidden_at IS NULL
             ON CONFLICT (user_id, direction, status) DO UPDATE SET n = n + {n};"
        )
    };
    format!(
        "
CREATE TABLE call_totals (
    id BLOB PRIMARY KEY NOT NULL DEFAULT (randomblob(16)),
    user_id BLOB NOT NULL,
    direction TEXT NOT NULL,
    status TEXT NOT NULL,
    n INTEGER NOT NULL,
    CONSTRAINT uq_call_totals UNIQUE (user_id, direction, status)
) STRICT;

CREATE TRIGGER count_call_logs_insert AFTER INSERT ON call_logs
BEGIN
    {added}
END;
CREATE TRIGGER count_call_logs_update AFTER UPDATE OF user_id, direction, status, hidden_at ON call_logs
BEGIN
    {removed}
    {added}
END;
CREATE TRIGGER count_call_logs_delete AFTER DELETE ON call_logs
BEGIN
    {removed}
END;

INSERT INTO call_totals (user_id, direction, status, n)
SELECT user_id, direction, status, count(*) FROM call_logs WHERE hidden_at IS NULL GROUP BY 1, 2, 3;
",
        added = add("NEW", "1"),
        removed = add("OLD", "-1"),
    )
}
