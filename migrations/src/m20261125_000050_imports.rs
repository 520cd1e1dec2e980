//! What imports need of the schema, and what made every import slow.
//!
//! - An import knows how its list is read and how far it has come. A campaign has one running import at most.
//! - The index on `campaign_contacts.import_id` goes: it cost as much with every row as undoing an import, its only
//!   question, saves by it. That reads the campaign's contacts, of which it removes most.
//! - The foreign key from a contact to its campaign was checked row by row, which made the server's work of an import half
//!   as much again (300,000 rows in batches: 29 microseconds of processor time a row with the key, 19 without, 19 with
//!   the triggers). Triggers that run once a statement keep the same promise: a contact's campaign is there
//!   (`require_campaign()`, which holds on to the campaign like the key did), and a campaign takes its contacts along
//!   (`remove_campaign_contacts()`). Like a key's, their statements pass by Row Level Security; hence the owner's policies.

use sea_orm_migration::prelude::*;

use crate::run;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let postgres = JOBS.replace("{integer}", "bigint").replace("{json}", "jsonb").replace("{text}", "text") + KEY;
        let sqlite = JOBS.replace("{integer}", "INTEGER").replace("{json}", "TEXT").replace("{text}", "TEXT");
        run(manager, &postgres, &sqlite).await
    }
}

const JOBS: &str = "
ALTER TABLE import_jobs ADD COLUMN delimiter {text} NOT NULL DEFAULT ',';
ALTER TABLE import_jobs ADD COLUMN read_lines {integer} NOT NULL DEFAULT 0;
ALTER TABLE import_jobs ADD COLUMN reasons {json} NOT NULL DEFAULT '{}';
ALTER TABLE import_jobs ADD COLUMN kept {integer} NOT NULL DEFAULT 0;
CREATE UNIQUE INDEX uq_import_jobs_running ON import_jobs (campaign_id) WHERE status = 'running';
DROP INDEX idx_import_rows_job_id;
CREATE INDEX idx_import_rows_job_id ON import_rows (job_id, id);
DROP INDEX idx_campaign_contacts_import_id;
";

const KEY: &str = "
CREATE FUNCTION require_campaign() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path FROM CURRENT AS $$
DECLARE
    wanted uuid[];
    found bigint;
BEGIN
    IF TG_LEVEL = 'ROW' THEN
        wanted := ARRAY[NEW.campaign_id];
    ELSE
        wanted := ARRAY(SELECT DISTINCT campaign_id FROM added);
    END IF;
    SELECT count(*) INTO found
        FROM (SELECT 1 FROM dialer_campaigns WHERE id = ANY (wanted) FOR KEY SHARE) AS campaign;
    IF found < cardinality(wanted) THEN
        RAISE EXCEPTION USING ERRCODE = 'foreign_key_violation', TABLE = 'campaign_contacts',
            CONSTRAINT = 'campaign_contacts_campaign_id_fkey',
            MESSAGE = 'a contact refers to a campaign that does not exist';
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION remove_campaign_contacts() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path FROM CURRENT AS $$
BEGIN
    DELETE FROM campaign_contacts WHERE campaign_id = ANY (ARRAY(SELECT id FROM removed));
    RETURN NULL;
END
$$;

CREATE FUNCTION keep_campaign_id() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'foreign_key_violation', TABLE = 'campaign_contacts',
        CONSTRAINT = 'campaign_contacts_campaign_id_fkey', MESSAGE = 'the id of a campaign cannot be changed';
END
$$;

CREATE FUNCTION truncate_campaign_contacts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM campaign_contacts;
    RETURN NULL;
END
$$;

DO $$ BEGIN
    EXECUTE format('ALTER FUNCTION require_campaign() SET search_path = pg_catalog, %I, pg_temp', current_schema());
    EXECUTE format(
        'ALTER FUNCTION remove_campaign_contacts() SET search_path = pg_catalog, %I, pg_temp', current_schema());
END $$;

CREATE POLICY contacts_key ON dialer_campaigns TO CURRENT_USER USING (true);
CREATE POLICY campaign_key ON campaign_contacts FOR SELECT TO CURRENT_USER USING (true);
CREATE POLICY campaign_key_cascade ON campaign_contacts FOR DELETE TO CURRENT_USER USING (true);

CREATE TRIGGER require_campaign_insert AFTER INSERT ON campaign_contacts
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION require_campaign();
CREATE TRIGGER require_campaign_update AFTER UPDATE ON campaign_contacts
    FOR EACH ROW WHEN (NEW.campaign_id <> OLD.campaign_id) EXECUTE FUNCTION require_campaign();
CREATE TRIGGER remove_campaign_contacts AFTER DELETE ON dialer_campaigns
    REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION remove_campaign_contacts();
CREATE TRIGGER keep_campaign_id BEFORE UPDATE ON dialer_campaigns FOR EACH ROW WHEN (NEW.id <> OLD.id)
    EXECUTE FUNCTION keep_campaign_id();
CREATE TRIGGER truncate_campaign_contacts AFTER TRUNCATE ON dialer_campaigns
    FOR EACH STATEMENT EXECUTE FUNCTION truncate_campaign_contacts();

ALTER TABLE campaign_contacts DROP CONSTRAINT campaign_contacts_campaign_id_fkey;
";
