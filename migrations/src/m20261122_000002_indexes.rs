//! The indexes, each for a question that the program asks.
//!
//! Every one of them leads with the tenant or the campaign. An index on the status alone would make `PostgreSQL`'s
//! generic plans read the rows of all tenants; the two exceptions hold live rows only, of which there are few.

use sea_orm_migration::prelude::*;

use crate::run;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // An index of SQLite ends with the rowid, which is the position there.
        let sqlite = INDEXES.replace(", position)", ")");
        run(manager, INDEXES, &sqlite).await
    }
}

const INDEXES: &str = "
-- Lists of calls, latest first: all, by direction, by status, by campaign.
CREATE INDEX idx_call_logs_started_at ON call_logs (user_id, started_at DESC, id DESC);
CREATE INDEX idx_call_logs_user_id ON call_logs (user_id, direction, started_at DESC, id DESC);
CREATE INDEX idx_call_logs_status ON call_logs (user_id, status, started_at DESC, id DESC);
CREATE INDEX idx_call_logs_campaign ON call_logs (campaign_id, started_at DESC, id DESC);

-- One row for each call of the provider.
CREATE UNIQUE INDEX idx_call_logs_call_id ON call_logs (call_id);

-- The calls of a contact; and never two live ones.
CREATE INDEX idx_call_logs_contact ON call_logs (contact_id);
CREATE UNIQUE INDEX uq_call_logs_live_attempt ON call_logs (contact_id)
    WHERE ended_at IS NULL AND contact_id IS NOT NULL;

-- The calls that the engine follows.
CREATE INDEX idx_call_logs_open ON call_logs (started_at, id) WHERE ended_at IS NULL;

-- Lists of campaigns, latest first; and those that are dialling.
CREATE INDEX idx_dialer_campaigns_user_id ON dialer_campaigns (user_id, created_at DESC, id DESC);
CREATE INDEX idx_dialer_campaigns_active ON dialer_campaigns (created_at, id) WHERE status = 'active';

-- A list of contacts in the order they were added.
CREATE INDEX idx_campaign_contacts_campaign ON campaign_contacts (campaign_id, position);

-- Who is due: promised callbacks, further attempts, and those never tried. An open contact is in one of the three.
CREATE INDEX idx_campaign_contacts_callback ON campaign_contacts
    (campaign_id, coalesce(next_attempt_at, created_at), position)
    WHERE closed_reason IS NULL AND status = 'callback';
CREATE INDEX idx_campaign_contacts_due ON campaign_contacts (campaign_id, next_attempt_at, position)
    WHERE closed_reason IS NULL AND status IN ('pending', 'failed') AND next_attempt_at IS NOT NULL;
CREATE INDEX idx_campaign_contacts_fresh ON campaign_contacts (campaign_id, created_at, position)
    WHERE closed_reason IS NULL AND status IN ('pending', 'failed') AND next_attempt_at IS NULL;

-- The head of the horizon; and never two open entries for a contact.
CREATE INDEX idx_dialer_queues_waiting ON dialer_queues (campaign_id, priority DESC, scheduled_at, id)
    WHERE status = 'queued';
CREATE UNIQUE INDEX uq_dialer_queues_open_entry ON dialer_queues (contact_id) WHERE status IN ('queued', 'calling');
CREATE INDEX idx_dialer_queues_campaign ON dialer_queues (campaign_id, created_at DESC, id DESC);
CREATE INDEX idx_dialer_queues_contact ON dialer_queues (contact_id);

CREATE INDEX idx_call_recordings_call_id ON call_recordings (call_id);
CREATE INDEX idx_voicemail_drops_user_id ON voicemail_drops (user_id, created_at DESC);
CREATE INDEX idx_call_dispositions_call_id ON call_dispositions (call_id);
CREATE INDEX idx_call_dispositions_user_id ON call_dispositions (user_id, created_at DESC);
CREATE INDEX idx_dialer_events_user_id ON dialer_events (user_id, seq);
";
