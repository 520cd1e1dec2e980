//! What dispositions and follow-ups need beyond the contract's columns.
//!
//! - `call_logs.disposition` is the last disposition of a call, `is_callback` tells that the call keeps a promise.
//! - `call_dispositions.owner_id` is that of its call, so that lists read an index of their own. A writer who leaves it
//!   out has it filled in by `own_call_dispositions()`.
//! - A disposition with a follow-up date is an open follow-up until a later disposition of its call replaces it, a later
//!   call keeps it, or a person clears it.

use sea_orm_migration::prelude::*;

use crate::run;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &postgres(), &sqlite()).await
    }
}

const COLUMNS: &str = "
ALTER TABLE call_logs ADD COLUMN disposition {text} CHECK (disposition IN ('interested', 'not-interested', 'callback',
    'wrong-number', 'no-answer', 'voicemail', 'do-not-call', 'qualified', 'not-qualified'));
ALTER TABLE call_logs ADD COLUMN is_callback {boolean} NOT NULL DEFAULT {false};

ALTER TABLE call_dispositions ADD COLUMN owner_id {uuid};
ALTER TABLE call_dispositions ADD COLUMN replaced_by {uuid};
ALTER TABLE call_dispositions ADD COLUMN kept_by {uuid};
ALTER TABLE call_dispositions ADD COLUMN done_at {instant};

{as service}
UPDATE call_dispositions SET
    owner_id = (SELECT c.user_id FROM call_logs AS c WHERE c.id = call_dispositions.call_id),
    replaced_by = (SELECT l.id FROM call_dispositions AS l
                   WHERE l.call_id = call_dispositions.call_id AND l.id <> call_dispositions.id
                   AND (l.created_at > call_dispositions.created_at
                        OR (l.created_at = call_dispositions.created_at AND l.id > call_dispositions.id))
                   ORDER BY l.created_at, l.id LIMIT 1);
UPDATE call_logs SET row_version = row_version + 1,
    disposition = (SELECT d.disposition FROM call_dispositions AS d
                   WHERE d.call_id = call_logs.id AND d.replaced_by IS NULL)
WHERE EXISTS (SELECT 1 FROM call_dispositions AS d WHERE d.call_id = call_logs.id);
{as before}

-- An owner's list, latest first. That of whoever recorded them has an index.
CREATE INDEX idx_call_dispositions_owner_id ON call_dispositions (owner_id, created_at DESC, id DESC);

-- Open follow-ups, earliest due first: of an owner, and of who promised. And those that a call has kept.
CREATE INDEX idx_call_dispositions_follow_ups ON call_dispositions (owner_id, follow_up_date, id)
    WHERE follow_up_date IS NOT NULL AND replaced_by IS NULL AND kept_by IS NULL AND done_at IS NULL;
CREATE INDEX idx_call_dispositions_own_follow_ups ON call_dispositions (user_id, follow_up_date, id)
    WHERE follow_up_date IS NOT NULL AND replaced_by IS NULL AND kept_by IS NULL AND done_at IS NULL;
CREATE INDEX idx_call_dispositions_kept_by ON call_dispositions (kept_by) WHERE kept_by IS NOT NULL;
";

const POSTGRES_TRIGGER: &str = "
CREATE FUNCTION own_call_dispositions() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    SELECT c.user_id INTO NEW.owner_id FROM call_logs AS c WHERE c.id = NEW.call_id;
    RETURN NEW;
END
$$;

CREATE TRIGGER own_call_dispositions BEFORE INSERT ON call_dispositions FOR EACH ROW
    WHEN (NEW.owner_id IS NULL) EXECUTE FUNCTION own_call_dispositions();
";

const SQLITE_TRIGGER: &str = "
CREATE TRIGGER own_call_dispositions AFTER INSERT ON call_dispositions WHEN NEW.owner_id IS NULL
BEGIN
    UPDATE call_dispositions SET
        owner_id = (SELECT c.user_id FROM call_logs AS c WHERE c.id = NEW.call_id)
    WHERE id = NEW.id;
END;
";

fn postgres() -> String {
    let columns = COLUMNS
        // The tables' owner does not see their rows.
        .replace("{as service}", "SET LOCAL ROLE service_role;")
        .replace("{as before}", "SET LOCAL ROLE NONE;")
        .replace("{uuid}", "uuid")
        .replace("{text}", "text")
        .replace("{instant}", "timestamptz")
        .replace("{boolean}", "boolean")
        .replace("{false}", "false");
    columns + POSTGRES_TRIGGER
}

fn sqlite() -> String {
    let columns = COLUMNS
        .replace("{as service}", "")
        .replace("{as before}", "")
        .replace("{uuid}", "BLOB")
        .replace("{text}", "TEXT")
        .replace("{instant}", "TEXT")
        .replace("{boolean}", "INTEGER")
        .replace("{false}", "0")
        // SQLite uses no partial index for one of two conditions of which either may hold, and of others the one with the
        // most columns that are compared.
        .replace("_id, follow_up_date, id)", "_id, replaced_by, kept_by, done_at, follow_up_date, id)")
        .replace(
            "\n    WHERE follow_up_date IS NOT NULL AND replaced_by IS NULL AND kept_by IS NULL AND done_at IS NULL",
            "",
        );
    columns + SQLITE_TRIGGER
}
