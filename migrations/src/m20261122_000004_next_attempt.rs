//! `schedule_next_attempt()`: gives a contact that became failed or callback its next attempt when the writer gave
//! none.
//!
//! A net under writers that are not this program, which decides by the domain's retry rules and is let through.
//! It follows the same interval and cap: a contact whose attempts are used up gets none, a promised callback
//! always does.

use sea_orm_migration::prelude::*;

use crate::run;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, POSTGRES, &sqlite()).await
    }
}

const POSTGRES: &str = "
CREATE FUNCTION schedule_next_attempt() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    SELECT now() + make_interval(secs => c.retry_interval) INTO NEW.next_attempt_at
    FROM dialer_campaigns AS c
    WHERE c.id = NEW.campaign_id AND (NEW.status = 'callback' OR NEW.attempts < c.max_attempts);
    RETURN NEW;
END
$$;

CREATE TRIGGER schedule_next_attempt_insert BEFORE INSERT ON campaign_contacts FOR EACH ROW
    WHEN (NEW.status IN ('failed', 'callback') AND NEW.next_attempt_at IS NULL AND NEW.closed_reason IS NULL
        AND NEW.row_version = 0)
    EXECUTE FUNCTION schedule_next_attempt();
CREATE TRIGGER schedule_next_attempt_update BEFORE UPDATE ON campaign_contacts FOR EACH ROW
    WHEN (NEW.status IN ('failed', 'callback') AND NEW.status <> OLD.status
        AND NEW.next_attempt_at IS NULL AND NEW.closed_reason IS NULL AND NEW.row_version = OLD.row_version)
    EXECUTE FUNCTION schedule_next_attempt();
";

fn sqlite() -> String {
    let schedule = "
    UPDATE campaign_contacts
    SET next_attempt_at = (
        SELECT strftime('%Y-%m-%dT%H:%M:%f', 'now', '+' || c.retry_interval || ' seconds') || '000001Z'
        FROM dialer_campaigns AS c
        WHERE c.id = NEW.campaign_id AND (NEW.status = 'callback' OR NEW.attempts < c.max_attempts))
    WHERE id = NEW.id;";
    format!(
        "
CREATE TRIGGER schedule_next_attempt_insert AFTER INSERT ON campaign_contacts
WHEN NEW.status IN ('failed', 'callback') AND NEW.next_attempt_at IS NULL AND NEW.closed_reason IS NULL
    AND NEW.row_version = 0
BEGIN {schedule}
END;

CREATE TRIGGER schedule_next_attempt_update AFTER UPDATE OF status ON campaign_contacts
WHEN NEW.status IN ('failed', 'callback') AND NEW.status <> OLD.status
    AND NEW.next_attempt_at IS NULL AND NEW.closed_reason IS NULL AND NEW.row_version = OLD.row_version
BEGIN {schedule}
END;
"
    )
}
