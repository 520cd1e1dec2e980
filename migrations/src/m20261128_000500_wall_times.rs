//! A follow-up may be promised as a wall time: what the clocks of a zone show. The wall time is the promise; the instants beside
//! it are derived from it. `follow_up_again` is the later instant, where the clocks go back and show the time twice.

use sea_orm_migration::prelude::*;

use crate::run;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let of_kind = |instant| COLUMNS.replace("{instant}", instant);
        run(manager, &of_kind("timestamptz"), &of_kind("text")).await
    }
}

const COLUMNS: &str = "
ALTER TABLE call_dispositions ADD COLUMN follow_up_again {instant};
ALTER TABLE call_dispositions ADD COLUMN follow_up_local text;
ALTER TABLE call_dispositions ADD COLUMN follow_up_zone text
    CHECK ((follow_up_zone IS NULL) = (follow_up_local IS NULL));

-- What next_attempt_at stands for, where it was promised so.
ALTER TABLE campaign_contacts ADD COLUMN next_attempt_local text;
ALTER TABLE campaign_contacts ADD COLUMN next_attempt_zone text
    CHECK ((next_attempt_zone IS NULL) = (next_attempt_local IS NULL));
";
