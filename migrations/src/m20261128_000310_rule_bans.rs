//! Emergency bans: nobody in a place is called for a time.
//!
//! `user_id` is null where a ban binds everybody; only the service writes those, and everybody reads them. A ban is kept when
//! it is over or was ended early, and triggers refuse whoever removes one: it says why nobody was called.

use sea_orm_migration::prelude::*;

use crate::walls::{Grant, Policy, USER, own, policy, wall};
use crate::{SQLITE_NOW, run};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &postgres(), &sqlite()).await
    }
}

const TABLE: &str = "
CREATE TABLE rule_bans (
    {id},
    user_id {uuid},
    jurisdiction {text} NOT NULL CHECK (length(jurisdiction) BETWEEN 2 AND 6),
    starts_at {instant} NOT NULL,
    ends_at {instant} NOT NULL,
    reason {text},
    ended_at {instant},
    ended_by {uuid},
    created_by {uuid},
    created_at {instant} NOT NULL DEFAULT {now},
    CONSTRAINT rule_bans_end CHECK (ends_at > starts_at)
) {strict};

-- What binds a user, asked with every claim: of the few that were not ended, and hardly any for everybody.
CREATE INDEX idx_rule_bans_standing ON rule_bans (user_id, ends_at) WHERE ended_at IS NULL;
-- Lists, the one that begins last first.
CREATE INDEX idx_rule_bans_starts_at ON rule_bans (starts_at DESC, id DESC);
";

const POSTGRES_TRIGGERS: &str = "
CREATE TRIGGER rule_bans_are_kept BEFORE DELETE ON rule_bans FOR EACH ROW EXECUTE FUNCTION dialer_refuse_removal();
CREATE TRIGGER rule_bans_are_not_emptied BEFORE TRUNCATE ON rule_bans FOR EACH STATEMENT
    EXECUTE FUNCTION dialer_refuse_removal();
";

const POSTGRES_FUNCTION: &str = "
CREATE FUNCTION dialer_refuse_removal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are kept: end them instead', TG_TABLE_NAME USING ERRCODE = 'check_violation';
END
$$;
";

const SQLITE_TRIGGER: &str = "
CREATE TRIGGER rule_bans_are_kept BEFORE DELETE ON rule_bans BEGIN
    SELECT RAISE(ABORT, 'rows of rule_bans are kept: end them instead');
END;
";

fn postgres() -> String {
    let table = TABLE
        .replace("{id}", "id uuid PRIMARY KEY DEFAULT gen_random_uuid()")
        .replace("{uuid}", "uuid")
        .replace("{text}", "text")
        .replace("{instant}", "timestamptz")
        .replace("{now}", "now()")
        .replace(" {strict}", "");
    [
        table,
        POSTGRES_FUNCTION.to_owned(),
        POSTGRES_TRIGGERS.to_owned(),
        wall("rule_bans", Grant::Append),
        policy("rule_bans", "own", &Policy::Read(own("rule_bans"))),
        policy("rule_bans", "ordered", &Policy::Add(own("rule_bans"))),
        policy("rule_bans", "everybody", &Policy::Read(format!("rule_bans.user_id IS NULL AND {USER} IS NOT NULL"))),
    ]
    .concat()
}

fn sqlite() -> String {
    let table = TABLE
        .replace("{id}", "id BLOB PRIMARY KEY NOT NULL DEFAULT (randomblob(16))")
        .replace("{uuid}", "BLOB")
        .replace("{text}", "TEXT")
        .replace("{instant}", "TEXT")
        .replace("{now}", SQLITE_NOW)
        .replace("{strict}", "STRICT");
    table + SQLITE_TRIGGER
}
