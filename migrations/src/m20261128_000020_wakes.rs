//! Tells nodes that there may be something to do: `dialer_wake()` notifies the channel of the same name.
//!
//! Once a statement, whatever the number of rows, and once a transaction, since `PostgreSQL` tells the same text once. The
//! columns are those that decide whether a campaign dials: neither a claim nor the counts of contacts change them, so the
//! busiest statements notify nobody. `SQLite` has one node, which wakes itself.

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
CREATE FUNCTION dialer_wake() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('dialer_wake', TG_ARGV[0]);
    RETURN NULL;
END
$$;

CREATE TRIGGER dialer_wake AFTER INSERT OR UPDATE OF type, status, max_attempts, retry_interval, active_hours, timezone
    ON dialer_campaigns FOR EACH STATEMENT EXECUTE FUNCTION dialer_wake('work');
CREATE TRIGGER dialer_wake AFTER INSERT ON campaign_contacts
    FOR EACH STATEMENT EXECUTE FUNCTION dialer_wake('work');
CREATE TRIGGER dialer_wake AFTER INSERT ON provider_events
    FOR EACH STATEMENT EXECUTE FUNCTION dialer_wake('events');
";
