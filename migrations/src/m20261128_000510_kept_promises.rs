//! Whether follow-ups were kept: `judged_at` is when that was found out, `missed_at` the same where no call was made in time.
//! `personal` ones are kept by a call of whoever promised alone.
//!
//! Those whose time was over before are taken for judged: nobody is told today of what was missed last year.

use sea_orm_migration::prelude::*;

use crate::{SQLITE_NOW, run};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let postgres = COLUMNS
            // The tables' owner does not see their rows.
            .replace("{as service}", "SET LOCAL ROLE service_role;")
            .replace("{as before}", "SET LOCAL ROLE NONE;")
            .replace("{instant}", "timestamptz")
            .replace("{boolean}", "boolean")
            .replace("{false}", "false")
            .replace("{now}", "now()");
        let sqlite = COLUMNS
            .replace("{as service}", "")
            .replace("{as before}", "")
            .replace("{instant}", "TEXT")
            .replace("{boolean}", "INTEGER")
            .replace("{false}", "0")
            .replace("{now}", SQLITE_NOW);
        run(manager, &postgres, &sqlite).await
    }
}

const COLUMNS: &str = "
ALTER TABLE call_dispositions ADD COLUMN personal {boolean} NOT NULL DEFAULT {false};
ALTER TABLE call_dispositions ADD COLUMN judged_at {instant};
ALTER TABLE call_dispositions ADD COLUMN missed_at {instant};

{as service}
UPDATE call_dispositions SET judged_at = {now} WHERE follow_up_date <= {now};
{as before}

-- Those that are still to be judged, by the last instant that may be meant.
CREATE INDEX idx_call_dispositions_unjudged ON call_dispositions (coalesce(follow_up_again, follow_up_date))
    WHERE follow_up_date IS NOT NULL AND judged_at IS NULL AND replaced_by IS NULL AND done_at IS NULL;
";
