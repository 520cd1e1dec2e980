//! `call_recordings.owner_id` is that of its call, so that the list of an owner's recordings reads an index of its own, also
//! behind the wall: whose a row is can then be told without looking at another table. A writer who leaves it out has it
//! filled in by `own_call_recordings()`.

use sea_orm_migration::prelude::*;

use crate::run;
use crate::walls::{Policy, USER, of_own_call, policy};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &postgres(), &sqlite()).await
    }
}

const PRESENT: &str = "
UPDATE call_recordings SET owner_id = (SELECT c.user_id FROM call_logs AS c WHERE c.id = call_recordings.call_id);
";

const INDEX: &str = "
CREATE INDEX idx_call_recordings_owner_id ON call_recordings (owner_id, created_at DESC, id DESC);
";

const TRIGGER: &str = "
CREATE FUNCTION own_call_recordings() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    SELECT c.user_id INTO NEW.owner_id FROM call_logs AS c WHERE c.id = NEW.call_id;
    RETURN NEW;
END
$$;

CREATE TRIGGER own_call_recordings BEFORE INSERT ON call_recordings FOR EACH ROW
    WHEN (NEW.owner_id IS NULL) EXECUTE FUNCTION own_call_recordings();
";

fn postgres() -> String {
    // Who may see a row has its id; who writes one owns the call as well.
    let own = Policy::OwnIf(format!("call_recordings.owner_id = {USER}"), of_own_call("call_recordings"));
    let own = policy("call_recordings", "own", &own);
    format!(
        "
ALTER TABLE call_recordings ADD COLUMN owner_id uuid;
-- The table's owner cannot see its rows.
SET LOCAL ROLE service_role;
{PRESENT}
SET LOCAL ROLE NONE;
{INDEX}
{TRIGGER}
DROP POLICY own ON call_recordings;
{own}"
    )
}

fn sqlite() -> String {
    format!(
        "
ALTER TABLE call_recordings ADD COLUMN owner_id BLOB;
{PRESENT}
{INDEX}
CREATE TRIGGER own_call_recordings AFTER INSERT ON call_recordings WHEN NEW.owner_id IS NULL
BEGIN
    UPDATE call_recordings SET
        owner_id = (SELECT c.user_id FROM call_logs AS c WHERE c.id = NEW.call_id)
    WHERE id = NEW.id;
END;
"
    )
}
