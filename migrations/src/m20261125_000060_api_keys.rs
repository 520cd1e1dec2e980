//! API keys are written by the service alone. A person may look at own keys through the database, but whoever could write
//! them there could give a key a larger role than their own, since the database does not know what role a person has.

use sea_orm_migration::prelude::*;

use crate::run;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, POSTGRES, "SELECT 1").await
    }
}

const POSTGRES: &str = "
REVOKE INSERT, UPDATE, DELETE ON api_keys FROM authenticated;
DROP POLICY own ON api_keys;
CREATE POLICY own ON api_keys FOR SELECT TO authenticated USING (api_keys.user_id = (SELECT auth.uid()));
";
