//! `update_updated_at_column()`: sets `updated_at` on every change of a row that has one.
//!
//! A writer that sets the column to a new value keeps it, and so does this program, whose clock may be virtual and
//! may show the same instant twice: a write that counts up `row_version` (of a campaign: `revision`) has set the
//! column itself. A change of a campaign's counts brings its own instant along.

use sea_orm_migration::prelude::*;

use crate::{SQLITE_NOW, run};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &postgres(), &sqlite()).await
    }
}

const UNSTAMPED: [(&str, &str); 3] = [
    ("call_logs", "NEW.updated_at = OLD.updated_at AND NEW.row_version = OLD.row_version"),
    ("campaign_contacts", "NEW.updated_at = OLD.updated_at AND NEW.row_version = OLD.row_version"),
    ("dialer_campaigns", "NEW.updated_at = OLD.updated_at AND NEW.revision = OLD.revision AND NEW.stats = OLD.stats"),
];

fn postgres() -> String {
    let function = "
CREATE FUNCTION update_updated_at_column() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at := now();
    RETURN NEW;
END
$$;
";
    let triggers = UNSTAMPED.iter().map(|(table, unstamped)| {
        format!(
            "CREATE TRIGGER update_updated_at_column BEFORE UPDATE ON {table} FOR EACH ROW WHEN ({unstamped})
             EXECUTE FUNCTION update_updated_at_column();\n"
        )
    });
    std::iter::once(function.to_owned()).chain(triggers).collect()
}

fn sqlite() -> String {
    let triggers: Vec<String> = UNSTAMPED
        .iter()
        .map(|(table, unstamped)| {
            format!(
                "CREATE TRIGGER update_updated_at_column_{table} AFTER UPDATE ON {table} WHEN {unstamped}
                 BEGIN
                     UPDATE {table} SET updated_at = {SQLITE_NOW} WHERE id = NEW.id;
                 END;\n"
            )
        })
        .collect();
    triggers.concat()
}
