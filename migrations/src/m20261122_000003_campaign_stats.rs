//! `update_campaign_stats()`: keeps `dialer_campaigns.stats` true whenever contacts are added, changed, moved or
//! removed, whoever writes.
//!
//! `PostgreSQL` adds up the difference of a whole statement and makes one update of it; contacts whose status and
//! campaign stay the same cost nothing. `SQLite` has row triggers only. A change of the counts is a change of the
//! campaign: it takes over the latest instant of the contacts that caused it. The revision, which tells people's
//! changes apart, stays.

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

const STATUSES: [&str; 6] = ["pending", "calling", "completed", "failed", "callback", "do-not-call"];

fn postgres() -> String {
    let added = "SELECT campaign_id, status, 1 AS n, updated_at AS at FROM added";
    let removed = "SELECT campaign_id, status, -1, NULL::timestamptz FROM removed";
    let deleted = "SELECT campaign_id, status, -1 AS n, now() AS at FROM removed";
    let zeros: Vec<String> = keys().map(|key| format!("'{key}', 0")).collect();
    format!(
        "
CREATE FUNCTION update_campaign_stats() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        {};
    ELSIF TG_OP = 'UPDATE' THEN
        {};
    ELSIF TG_OP = 'DELETE' THEN
        {};
    ELSE
        UPDATE dialer_campaigns SET stats = stats || jsonb_build_object({});
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER update_campaign_stats_insert AFTER INSERT ON campaign_contacts
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION update_campaign_stats();
CREATE TRIGGER update_campaign_stats_update AFTER UPDATE ON campaign_contacts
    REFERENCING OLD TABLE AS removed NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION update_campaign_stats();
CREATE TRIGGER update_campaign_stats_delete AFTER DELETE ON campaign_contacts
    REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION update_campaign_stats();
CREATE TRIGGER update_campaign_stats_truncate AFTER TRUNCATE ON campaign_contacts
    FOR EACH STATEMENT EXECUTE FUNCTION update_campaign_stats();
",
        postgres_update(added),
        postgres_update(&format!("{added} UNION ALL {removed}")),
        postgres_update(deleted),
        zeros.join(", "),
    )
}

fn keys() -> impl Iterator<Item = &'static str> {
    std::iter::once("total").chain(STATUSES)
}

/// Adds the rows of `changes` (campaign, status, +1 or -1, instant) to the counts.
fn postgres_update(changes: &str) -> String {
    let sums: Vec<String> = std::iter::once("sum(n) AS \"total\"".to_owned())
        .chain(STATUSES.iter().map(|s| format!("coalesce(sum(n) FILTER (WHERE status = '{s}'), 0) AS \"{s}\"")))
        .collect();
    let counts: Vec<String> =
        keys().map(|key| format!("'{key}', coalesce((c.stats ->> '{key}')::bigint, 0) + d.\"{key}\"")).collect();
    let differs: Vec<String> = keys().map(|key| format!("d.\"{key}\" <> 0")).collect();
    format!(
        "UPDATE dialer_campaigns AS c
        SET stats = c.stats || jsonb_build_object({}),
            updated_at = greatest(c.updated_at, d.at)
        FROM (SELECT campaign_id, max(at) AS at, {} FROM ({changes}) AS change GROUP BY campaign_id) AS d
        WHERE c.id = d.campaign_id AND ({})",
        counts.join(", "),
        sums.join(", "),
        differs.join(" OR "),
    )
}

fn sqlite() -> String {
    let count = |row: &str, by: &str| {
        format!(
            "'$.total', coalesce(json_extract(stats, '$.total'), 0) {by} 1,
             '$.\"' || {row}.status || '\"', coalesce(json_extract(stats, '$.\"' || {row}.status || '\"'), 0) {by} 1"
        )
    };
    // A writer that is not this program has its instant set by a trigger that may not have run yet.
    let changed = format!("CASE WHEN NEW.row_version = OLD.row_version THEN {SQLITE_NOW} ELSE NEW.updated_at END");
    format!(
        "
CREATE TRIGGER update_campaign_stats_insert AFTER INSERT ON campaign_contacts
BEGIN
    UPDATE dialer_campaigns
    SET stats = json_set(stats, {added}), updated_at = max(updated_at, NEW.updated_at)
    WHERE id = NEW.campaign_id;
END;

CREATE TRIGGER update_campaign_stats_update AFTER UPDATE OF status, campaign_id ON campaign_contacts
WHEN OLD.status <> NEW.status AND OLD.campaign_id = NEW.campaign_id
BEGIN
    UPDATE dialer_campaigns
    SET stats = json_set(stats,
            '$.\"' || OLD.status || '\"', coalesce(json_extract(stats, '$.\"' || OLD.status || '\"'), 0) - 1,
            '$.\"' || NEW.status || '\"', coalesce(json_extract(stats, '$.\"' || NEW.status || '\"'), 0) + 1),
        updated_at = max(updated_at, {changed})
    WHERE id = NEW.campaign_id;
END;

CREATE TRIGGER update_campaign_stats_move AFTER UPDATE OF campaign_id ON campaign_contacts
WHEN OLD.campaign_id <> NEW.campaign_id
BEGIN
    UPDATE dialer_campaigns SET stats = json_set(stats, {removed}) WHERE id = OLD.campaign_id;
    UPDATE dialer_campaigns
    SET stats = json_set(stats, {added}), updated_at = max(updated_at, {changed})
    WHERE id = NEW.campaign_id;
END;

CREATE TRIGGER update_campaign_stats_delete AFTER DELETE ON campaign_contacts
BEGIN
    UPDATE dialer_campaigns
    SET stats = json_set(stats, {removed}), updated_at = max(updated_at, {SQLITE_NOW})
    WHERE id = OLD.campaign_id;
END;
",
        added = count("NEW", "+"),
        removed = count("OLD", "-"),
    )
}
