//! What was decided, and from what: the receipt of each dial, the rule books that receipts name, and refusals, counted.
//!
//! - Receipts and books only grow: triggers refuse whoever changes or removes one, the service and the tables' owner included.
//! - A receipt has the id of its call. It has no foreign key but the book's: it stays as it is when the call's campaign and
//!   contact go.
//! - `inputs` and `rules` are JSON as text, kept to the byte, and so is a book.
//! - Only the service writes, and reads books. A user reads the own receipts and counts.

use sea_orm_migration::prelude::*;

use crate::walls::{Grant, Policy, own, policy, wall};
use crate::{SQLITE_NOW, run};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, &postgres(), &sqlite()).await
    }
}

const TABLES: &str = "
CREATE TABLE rule_books (
    hash {text} PRIMARY KEY NOT NULL CHECK (length(hash) = 64),
    body {text} NOT NULL,
    first_used_at {instant} NOT NULL DEFAULT {now}
) {strict};

CREATE TABLE decision_receipts (
    id {uuid} PRIMARY KEY NOT NULL,
    user_id {uuid} NOT NULL,
    campaign_id {uuid} NOT NULL,
    contact_id {uuid} NOT NULL,
    decided_at {instant} NOT NULL,
    book {text} NOT NULL REFERENCES rule_books (hash),
    program {text} NOT NULL,
    inputs {text} NOT NULL,
    rules {text} NOT NULL
) {strict};

-- A campaign's receipts in the order in which they were given.
CREATE INDEX idx_decision_receipts_campaign_id ON decision_receipts (campaign_id, decided_at, id);

CREATE TABLE refusal_counts (
    campaign_id {uuid} NOT NULL,
    hour {instant} NOT NULL,
    code {text} NOT NULL,
    rule_id {text} NOT NULL DEFAULT '',
    rule_version {text} NOT NULL DEFAULT '',
    user_id {uuid} NOT NULL,
    count {integer} NOT NULL CHECK (count > 0),
    PRIMARY KEY (campaign_id, hour, code, rule_id, rule_version)
) {strict};
";

const POSTGRES_TRIGGERS: &str = "
CREATE TRIGGER {table}_only_grow BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW
    EXECUTE FUNCTION dialer_refuse_change();
CREATE TRIGGER {table}_are_not_emptied BEFORE TRUNCATE ON {table} FOR EACH STATEMENT
    EXECUTE FUNCTION dialer_refuse_change();
";

const SQLITE_TRIGGERS: &str = "
CREATE TRIGGER {table}_are_not_changed BEFORE UPDATE ON {table} BEGIN
    SELECT RAISE(ABORT, '{table} only grows: its rows are neither changed nor removed');
END;
CREATE TRIGGER {table}_are_not_removed BEFORE DELETE ON {table} BEGIN
    SELECT RAISE(ABORT, '{table} only grows: its rows are neither changed nor removed');
END;
";

/// The tables that only grow.
const GROWING: [&str; 2] = ["rule_books", "decision_receipts"];

fn triggers(of: &str) -> String {
    GROWING.map(|table| of.replace("{table}", table)).concat()
}

fn postgres() -> String {
    let tables = TABLES
        .replace("{uuid}", "uuid")
        .replace("{text}", "text")
        .replace("{integer}", "bigint")
        .replace("{instant}", "timestamptz")
        .replace("{now}", "now()")
        .replace(" {strict}", "");
    [
        tables,
        triggers(POSTGRES_TRIGGERS),
        wall("rule_books", Grant::Append),
        wall("decision_receipts", Grant::Append),
        policy("decision_receipts", "own", &Policy::Read(own("decision_receipts"))),
        wall("refusal_counts", Grant::Append),
        policy("refusal_counts", "own", &Policy::Read(own("refusal_counts"))),
    ]
    .concat()
}

fn sqlite() -> String {
    let tables = TABLES
        .replace("{uuid}", "BLOB")
        .replace("{text}", "TEXT")
        .replace("{integer}", "INTEGER")
        .replace("{instant}", "TEXT")
        .replace("{now}", SQLITE_NOW)
        .replace("{strict}", "STRICT");
    tables + &triggers(SQLITE_TRIGGERS)
}
