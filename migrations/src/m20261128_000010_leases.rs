//! Who of several nodes does what. Only the service reads and writes it.

use sea_orm_migration::prelude::*;

use crate::walls::{Grant, wall};
use crate::{SQLITE_NOW, run};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let postgres = TABLE.replace("{uuid}", "uuid").replace("{instant}", "timestamptz").replace("{now}", "now()");
        let walled = format!("{postgres}{}", wall("dialer_leases", Grant::Append));
        let sqlite = TABLE.replace("{uuid}", "blob").replace("{instant}", "text").replace("{now}", SQLITE_NOW);
        run(manager, &walled, &sqlite).await
    }
}

/// No policy opens a row to requests. A row that nobody holds stays, because its fence has to go on growing; that of a
/// campaign goes with the campaign.
const TABLE: &str = "
CREATE TABLE dialer_leases (
    name text PRIMARY KEY NOT NULL,
    campaign_id {uuid} UNIQUE REFERENCES dialer_campaigns (id) ON DELETE CASCADE,
    node {uuid},
    fence bigint NOT NULL DEFAULT 0,
    expires_at {instant} NOT NULL DEFAULT {now}
);
";
