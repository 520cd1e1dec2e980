//! The request budgets that nodes share. Only the service reads and writes them.

use sea_orm_migration::prelude::*;

use crate::run;
use crate::walls::{Grant, wall};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let walled = format!("{}{}", TABLE.replace("{json}", "jsonb"), wall("request_budgets", Grant::Append));
        run(manager, &walled, &TABLE.replace("{json}", "text")).await
    }
}

/// No policy opens a row to requests.
const TABLE: &str = "
CREATE TABLE request_budgets (
    account text PRIMARY KEY NOT NULL,
    revision bigint NOT NULL,
    state {json} NOT NULL
);
";
