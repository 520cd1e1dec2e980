//! One person on several numbers: contacts that have the metadata `person_id` in common. Of long ones 64 characters count.

use sea_orm_migration::prelude::*;

use crate::run;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, POSTGRES, SQLITE).await
    }
}

const POSTGRES: &str = "
CREATE INDEX idx_campaign_contacts_person ON campaign_contacts (left(metadata ->> 'person_id', 64))
    WHERE metadata ->> 'person_id' IS NOT NULL;
";

const SQLITE: &str = "
CREATE INDEX idx_campaign_contacts_person ON campaign_contacts (substr(metadata ->> 'person_id', 1, 64))
    WHERE metadata ->> 'person_id' IS NOT NULL;
";
