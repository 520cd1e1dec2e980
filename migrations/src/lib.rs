//! The database schema, as the steps that lead to it.
//!
//! Plain SQL, because the schema's guarantees (checks, partial indexes, triggers) have no other notation; where
//! `SQLite` and `PostgreSQL` differ, a step has one text for each. A step that has been released never changes
//! again and is never undone: a later step corrects it.
//!
//! Every table keeps its id as a UUID, 16 bytes long on `SQLite`. Instants are `timestamptz` on `PostgreSQL`; on
//! `SQLite` they are text of one fixed width (`2026-03-02T10:00:00.123456001Z`), so that text sorts as time does.
//! See `dialer_seaorm` for where they are written.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

pub use sea_orm_migration::MigratorTrait;

mod m20261122_000001_tables;
mod m20261122_000002_indexes;
mod m20261122_000003_campaign_stats;
mod m20261122_000004_next_attempt;
mod m20261122_000005_updated_at;
mod m20261122_000006_event_order;
mod m20261125_000001_more_tables;
mod m20261125_000010_row_level_security;
mod m20261125_000020_dispositions;
mod m20261125_000040_audio;
mod m20261125_000050_imports;
mod m20261125_000060_api_keys;
mod m20261125_000070_call_totals;
mod m20261125_000090_recording_owners;
mod m20261125_000100_call_lists;
mod m20261125_000110_provider_events;
mod m20261125_000120_collected_recordings;
mod m20261128_000010_leases;
mod m20261128_000020_wakes;
mod m20261128_000030_request_budgets;
mod m20261128_000130_agents;
mod m20261128_000200_explaining;
mod m20261128_000300_consents;
mod m20261128_000300_unconfirmed_ends;
mod m20261128_000310_rule_bans;
mod m20261128_000320_registries;
mod m20261128_000400_rules;
mod m20261128_000410_suppressions_of_campaigns;
mod m20261128_000500_abandonment;
mod m20261128_000500_receipts;
mod m20261128_000500_wall_times;
mod m20261128_000510_kept_promises;
mod m20261128_000520_persons;
mod walls;

/// All steps, oldest first.
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261122_000001_tables::Migration),
            Box::new(m20261122_000002_indexes::Migration),
            Box::new(m20261122_000003_campaign_stats::Migration),
            Box::new(m20261122_000004_next_attempt::Migration),
            Box::new(m20261122_000005_updated_at::Migration),
            Box::new(m20261122_000006_event_order::Migration),
            Box::new(m20261125_000001_more_tables::Migration),
            Box::new(m20261125_000010_row_level_security::Migration),
            Box::new(m20261125_000020_dispositions::Migration),
            Box::new(m20261125_000050_imports::Migration),
            Box::new(m20261125_000060_api_keys::Migration),
            Box::new(m20261125_000040_audio::Migration),
            Box::new(m20261125_000070_call_totals::Migration),
            Box::new(m20261125_000090_recording_owners::Migration),
            Box::new(m20261125_000100_call_lists::Migration),
            Box::new(m20261125_000110_provider_events::Migration),
            Box::new(m20261125_000120_collected_recordings::Migration),
            Box::new(m20261128_000010_leases::Migration),
            Box::new(m20261128_000020_wakes::Migration),
            Box::new(m20261128_000030_request_budgets::Migration),
            Box::new(m20261128_000130_agents::Migration),
            Box::new(m20261128_000200_explaining::Migration),
            Box::new(m20261128_000300_unconfirmed_ends::Migration),
            Box::new(m20261128_000300_consents::Migration),
            Box::new(m20261128_000310_rule_bans::Migration),
            Box::new(m20261128_000320_registries::Migration),
            Box::new(m20261128_000400_rules::Migration),
            Box::new(m20261128_000410_suppressions_of_campaigns::Migration),
            Box::new(m20261128_000500_abandonment::Migration),
            Box::new(m20261128_000500_receipts::Migration),
            Box::new(m20261128_000500_wall_times::Migration),
            Box::new(m20261128_000510_kept_promises::Migration),
            Box::new(m20261128_000520_persons::Migration),
        ]
    }
}

/// Now, in the form in which `SQLite` keeps instants.
pub(crate) const SQLITE_NOW: &str = "(strftime('%Y-%m-%dT%H:%M:%f', 'now') || '000001Z')";

/// Where functions that act as their owner look names up, which is as here (`SET search_path FROM CURRENT`): never first
/// among the tables that whoever calls them has made for a moment (PostgreSQL documentation, `CREATE FUNCTION`, "Writing
/// SECURITY DEFINER Functions Safely").
const PATH: &str = "SELECT set_config('search_path', current_setting('search_path') || ', pg_temp', true);\n";

/// Runs the text that is meant for the manager's database.
pub(crate) async fn run(manager: &SchemaManager<'_>, postgres: &str, sqlite: &str) -> Result<(), DbErr> {
    let sql = match manager.get_database_backend() {
        DbBackend::Postgres => &format!("{PATH}{postgres}"),
        DbBackend::Sqlite => sqlite,
        other => return Err(DbErr::Migration(format!("the schema does not exist for {other:?}"))),
    };
    manager.get_connection().execute_unprepared(sql).await.map(|_| ())
}
