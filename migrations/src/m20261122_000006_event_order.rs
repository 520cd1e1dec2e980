//! `order_dialer_events()`: events become visible in the order of their numbers.
//!
//! A reader of the log asks for what came after the last number it saw. If a transaction could commit number 7
//! after another has committed number 8, that reader would never see 7. So a transaction that writes events holds a
//! lock from before its first number until its end; events are therefore the last thing that a transaction writes.
//! `SQLite` has one writer at a time anyway.

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
CREATE FUNCTION order_dialer_events() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(TG_RELID::bigint);
    RETURN NULL;
END
$$;

CREATE TRIGGER order_dialer_events BEFORE INSERT ON dialer_events
    FOR EACH STATEMENT EXECUTE FUNCTION order_dialer_events();
";
