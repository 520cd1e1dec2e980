//! The consent ledger. It only grows.
//!
//! - Triggers refuse whoever changes or removes an entry, the service and the tables' owner included. Where a law wants a
//!   person's entries erased, an administrator disables the trigger for the moment of it.
//! - `contact_id` has no foreign key: the entry stays as it is when the contact goes. That it is one of the owner's is
//!   checked when it is written.

use sea_orm_migration::prelude::*;

use crate::walls::{Grant, Policy, USER, own, policy, wall};
use crate::{SQLITE_NOW, run};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &postgres(), &sqlite()).await
    }
}

const TABLE: &str = "
CREATE TABLE consents (
    {id},
    user_id {uuid} NOT NULL,
    phone_number {text} NOT NULL,
    contact_id {uuid},
    act {text} NOT NULL CHECK (act IN ('granted', 'revoked')),
    form {text} NOT NULL DEFAULT 'express' CHECK (form IN ('express', 'written', 'relationship', 'inquiry')),
    purpose {text} CHECK (purpose IN ('sales', 'collections', 'informational', 'survey', 'charity')),
    channel {text} NOT NULL CHECK (length(channel) BETWEEN 1 AND 40),
    text_shown {text},
    evidence {text},
    happened_at {instant} NOT NULL DEFAULT {now},
    expires_at {instant} CHECK (expires_at > happened_at),
    created_by {uuid},
    created_at {instant} NOT NULL DEFAULT {now}
) {strict};

-- What a claim asks, of one number, in the order in which it was said.
CREATE INDEX idx_consents_number ON consents (user_id, phone_number, happened_at, created_at, id);
-- Lists, the one written down last first: all, and of a contact.
CREATE INDEX idx_consents_user_id ON consents (user_id, created_at DESC, id DESC);
CREATE INDEX idx_consents_contact_id ON consents (contact_id, created_at DESC, id DESC) WHERE contact_id IS NOT NULL;
";

const POSTGRES_TRIGGERS: &str = "
CREATE FUNCTION dialer_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% only grows: its rows are neither changed nor removed', TG_TABLE_NAME
        USING ERRCODE = 'check_violation';
END
$$;
CREATE TRIGGER consents_only_grow BEFORE UPDATE OR DELETE ON consents FOR EACH ROW
    EXECUTE FUNCTION dialer_refuse_change();
CREATE TRIGGER consents_are_not_emptied BEFORE TRUNCATE ON consents FOR EACH STATEMENT
    EXECUTE FUNCTION dialer_refuse_change();
";

const SQLITE_TRIGGERS: &str = "
CREATE TRIGGER consents_are_not_changed BEFORE UPDATE ON consents BEGIN
    SELECT RAISE(ABORT, 'consents only grows: its rows are neither changed nor removed');
END;
CREATE TRIGGER consents_are_not_removed BEFORE DELETE ON consents BEGIN
    SELECT RAISE(ABORT, 'consents only grows: its rows are neither changed nor removed');
END;
";

fn postgres() -> String {
    let table = TABLE
        .replace("{id}", "id uuid PRIMARY KEY DEFAULT gen_random_uuid()")
        .replace("{uuid}", "uuid")
        .replace("{text}", "text")
        .replace("{instant}", "timestamptz")
        .replace("{now}", "now()")
        .replace(" {strict}", "");
    let written = format!(
        "{} AND (consents.contact_id IS NULL OR EXISTS (
            SELECT 1 FROM campaign_contacts AS k JOIN dialer_campaigns AS c ON c.id = k.campaign_id
            WHERE k.id = consents.contact_id AND c.user_id = {USER}))",
        own("consents")
    );
    [
        table,
        POSTGRES_TRIGGERS.to_owned(),
        wall("consents", Grant::Append),
        policy("consents", "own", &Policy::Read(own("consents"))),
        policy("consents", "written", &Policy::Add(written)),
    ]
    .concat()
}

fn sqlite() -> String {
    let table = TABLE
        .replace("{id}", "id BLOB PRIMARY KEY NOT NULL DEFAULT (randomblob(16))")
        .replace("{uuid}", "BLOB")
        .replace("{text}", "TEXT")
        .replace("{instant}", "TEXT")
        .replace("{now}", SQLITE_NOW)
        .replace("{strict}", "STRICT");
    table + SQLITE_TRIGGERS
}
