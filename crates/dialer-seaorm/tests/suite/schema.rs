//! The schema that the migrations make, on an empty database of each kind.

use std::collections::{BTreeMap, BTreeSet};

use dialer_domain::calls::{CallOutcome, CallStatus, Direction, Evidence};
use dialer_domain::campaigns::{CampaignStatus, DialingMode};
use dialer_domain::contacts::{ClosedReason, ContactStatus};
use dialer_domain::dispositions::Disposition;
use dialer_domain::queue::QueueStatus;
use dialer_domain::registries::CopyStatus;
use dialer_domain::telephony::inbox::EventFate;
use dialer_seaorm::testing::{TestDatabase, empty_postgres, empty_sqlite, fresh_postgres, fresh_sqlite};
use dialer_seaorm::{ConnectOptions, Database, DatabaseError};
use sea_orm::ConnectionTrait;

use crate::support::{Raw, on_both};

/// The tables of the contract with its columns, then ours.
const TABLES: &[(&str, &str)] = &[
    (
        "call_logs",
        "id user_id call_id direction from_number to_number status duration recording_url notes lead_id campaign_id \
         metadata started_at answered_at ended_at created_at updated_at",
    ),
    (
        "dialer_campaigns",
        "id user_id name description type status caller_id script max_attempts retry_interval active_hours timezone \
         stats created_at updated_at",
    ),
    (
        "campaign_contacts",
        "id campaign_id phone_number first_name last_name email company status attempts last_attempt_at \
         next_attempt_at last_call_id metadata created_at updated_at",
    ),
    ("dialer_queues", "id campaign_id contact_id priority scheduled_at status created_at"),
    ("call_recordings", "id call_id recording_url duration file_size transcription sentiment created_at"),
    ("voicemail_drops", "id user_id name audio_url duration usage_count created_at"),
    ("call_dispositions", "id call_id user_id disposition notes follow_up_date created_at"),
    ("suppressions", "id user_id phone_number campaign_id reason created_at"),
    ("dialer_events", "seq kind user_id campaign_id contact_id call_id at data"),
    (
        "agents",
        "id owner_id user_id display_name line wrap_up_seconds state since until pause_code then_state then_pause_code \
         call_id campaign_id contact_id entry_id seen_at row_version created_at updated_at",
    ),
    ("agent_states", "seq agent_id state pause_code call_id started_at ended_at"),
    (
        "consents",
        "id user_id phone_number contact_id act form purpose channel text_shown evidence happened_at expires_at \
         created_by created_at",
    ),
    ("rule_bans", "id user_id jurisdiction starts_at ends_at reason ended_at ended_by created_by created_at"),
    (
        "registry_copies",
        "id seq registry user_id copied_on status numbers broken file_name file_hash created_by created_at imported_at \
         cleared_at",
    ),
    ("registry_numbers", "copy number since"),
    ("rule_books", "hash body first_used_at"),
    ("decision_receipts", "id user_id campaign_id contact_id decided_at book program inputs rules"),
    ("refusal_counts", "campaign_id hour code rule_id rule_version user_id count"),
    ("dialer_leases", "name campaign_id node fence expires_at"),
    ("request_budgets", "account revision state"),
];

const INDEXES: &[&str] = &[
    "idx_call_logs_user_id",
    "idx_call_logs_call_id",
    "idx_call_logs_status",
    "idx_call_logs_started_at",
    "uq_call_logs_live_attempt",
    "uq_dialer_queues_open_entry",
    "uq_agent_states_open",
];

async fn columns(raw: &Raw, table: &str) -> BTreeSet<String> {
    let sql = match raw.backend() {
        sea_orm::DbBackend::Postgres => {
            format!("SELECT column_name::text FROM information_schema.columns WHERE table_name = '{table}'")
        }
        _ => format!("SELECT name FROM pragma_table_info('{table}')"),
    };
    raw.column(&sql).await.into_iter().collect()
}

async fn every_table_has_the_columns_of_the_contract(test: TestDatabase) {
    let raw = Raw::on(&test).await;
    for (table, expected) in TABLES {
        let found = columns(&raw, table).await;
        let missing: Vec<&str> = expected.split_whitespace().filter(|column| !found.contains(*column)).collect();
        assert_eq!(missing, Vec::<&str>::new(), "columns missing from {table}");
    }
}

async fn the_named_indexes_exist_and_lead_with_the_tenant(test: TestDatabase) {
    let raw = Raw::on(&test).await;
    let sql = match raw.backend() {
        sea_orm::DbBackend::Postgres => "SELECT indexname::text, indexdef FROM pg_indexes WHERE schemaname = 'public'",
        _ => "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL",
    };
    let found: BTreeMap<String, String> = raw
        .rows(sql)
        .await
        .iter()
        .map(|row| (row.try_get_by_index(0).unwrap(), row.try_get_by_index(1).unwrap()))
        .collect();
    for index in INDEXES {
        assert!(found.contains_key(*index), "{index} is missing from {:?}", found.keys());
    }
    for list in ["idx_call_logs_user_id", "idx_call_logs_status", "idx_call_logs_started_at"] {
        assert!(found[list].contains("(user_id, "), "{}", found[list]);
    }
    assert!(
        found["idx_call_logs_status"].contains("(user_id, status, started_at"),
        "{}",
        found["idx_call_logs_status"]
    );
    let columns = |definition: &String| definition.split(" WHERE ").next().unwrap_or_default().to_owned();
    let on_status_alone: Vec<String> = found.values().map(columns).filter(|sql| sql.contains("(status")).collect();
    assert_eq!(on_status_alone, Vec::<String>::new());
}

async fn every_word_of_the_vocabulary_can_be_stored_and_no_other(test: TestDatabase) {
    fn words<T: std::fmt::Display>(all: &[T]) -> Vec<String> {
        all.iter().map(ToString::to_string).collect()
    }
    let raw = Raw::on(&test).await;
    let id = raw.uuid(uuid::Uuid::from_u128(1));
    let parents = [
        format!("INSERT INTO dialer_campaigns (id, user_id, name, type) VALUES ({id}, {id}, 'Spring', 'power')"),
        format!("INSERT INTO campaign_contacts (id, campaign_id, phone_number) VALUES ({id}, {id}, '+447700900100')"),
        format!("INSERT INTO call_logs (id, user_id, to_number) VALUES ({id}, {id}, '+447700900100')"),
        format!("INSERT INTO dialer_queues (id, campaign_id, contact_id) VALUES ({id}, {id}, {id})"),
        format!(
            "INSERT INTO call_dispositions (id, call_id, user_id, disposition) VALUES ({id}, {id}, {id}, 'callback')"
        ),
    ];
    for row in &parents {
        raw.run(row).await;
    }
    raw.run("INSERT INTO provider_events (event_id, body) VALUES ('a', '{}')").await;
    raw.run("INSERT INTO registry_copies (registry, copied_on, status) VALUES ('us-dnc', '2026-03-02', 'loading')")
        .await;
    let columns = [
        ("dialer_campaigns", "type", words(DialingMode::ALL)),
        ("dialer_campaigns", "status", words(CampaignStatus::ALL)),
        ("campaign_contacts", "status", words(ContactStatus::ALL)),
        ("campaign_contacts", "closed_reason", words(ClosedReason::ALL)),
        ("call_logs", "direction", words(Direction::ALL)),
        ("call_logs", "status", words(CallStatus::ALL)),
        ("call_logs", "outcome", words(CallOutcome::ALL)),
        ("call_logs", "evidence", words(Evidence::ALL)),
        ("dialer_queues", "status", words(QueueStatus::ALL)),
        ("provider_events", "status", words(EventFate::ALL)),
        ("call_dispositions", "disposition", words(Disposition::ALL)),
        ("registry_copies", "status", words(CopyStatus::ALL)),
    ];
    for (table, column, words) in columns {
        for word in words {
            raw.run(&format!("UPDATE {table} SET {column} = '{word}'")).await;
        }
        let other = format!("UPDATE {table} SET {column} = 'perhaps'");
        assert!(raw.0.execute_unprepared(&other).await.is_err(), "{table}.{column} takes any word");
    }
}

async fn deleting_a_campaign_takes_its_list_along_and_leaves_its_calls(test: TestDatabase) {
    let raw = Raw::on(&test).await;
    let id = raw.uuid(uuid::Uuid::from_u128(1));
    for row in [
        format!("INSERT INTO dialer_campaigns (id, user_id, name, type) VALUES ({id}, {id}, 'Spring', 'power')"),
        format!("INSERT INTO campaign_contacts (id, campaign_id, phone_number) VALUES ({id}, {id}, '+447700900100')"),
        format!("INSERT INTO dialer_queues (id, campaign_id, contact_id) VALUES ({id}, {id}, {id})"),
        format!(
            "INSERT INTO call_logs (id, user_id, to_number, campaign_id, contact_id)
             VALUES ({id}, {id}, '+447700900100', {id}, {id})"
        ),
    ] {
        raw.run(&row).await;
    }
    raw.run("DELETE FROM dialer_campaigns").await;
    assert_eq!(raw.value::<i64>("SELECT count(*) FROM campaign_contacts").await, 0);
    assert_eq!(raw.value::<i64>("SELECT count(*) FROM dialer_queues").await, 0);
    let left = "SELECT count(*) FROM call_logs WHERE campaign_id IS NULL AND contact_id IS NULL";
    assert_eq!(raw.value::<i64>(left).await, 1);
}

async fn a_prepared_database_has_nothing_pending_and_may_be_prepared_again(test: TestDatabase) {
    assert_eq!(test.db.pending_migrations().await.unwrap(), Vec::<String>::new());
    test.db.migrate().await.unwrap();
}

async fn a_database_of_a_newer_version_is_refused_and_left_alone(test: TestDatabase) {
    let raw = Raw::on(&test).await;
    raw.run("INSERT INTO seaql_migrations (version, applied_at) VALUES ('m20991231_000001_future', 0)").await;
    for refused in [test.db.migrate().await, test.db.pending_migrations().await.map(|_| ())] {
        let error = refused.unwrap_err();
        assert!(matches!(&error, DatabaseError::Newer { migrations } if migrations == &["m20991231_000001_future"]));
        assert!(error.to_string().contains("upgrade the program"), "{error}");
    }
}

on_both!(
    every_table_has_the_columns_of_the_contract,
    the_named_indexes_exist_and_lead_with_the_tenant,
    every_word_of_the_vocabulary_can_be_stored_and_no_other,
    deleting_a_campaign_takes_its_list_along_and_leaves_its_calls,
    a_prepared_database_has_nothing_pending_and_may_be_prepared_again,
    a_database_of_a_newer_version_is_refused_and_left_alone,
);

#[tokio::test]
async fn postgres_has_the_named_functions_with_their_triggers() {
    let raw = Raw::on(&fresh_postgres().await).await;
    for function in ["update_campaign_stats", "schedule_next_attempt", "update_updated_at_column"] {
        let triggers = format!(
            "SELECT count(*) FROM pg_trigger AS t JOIN pg_proc AS p ON p.oid = t.tgfoid WHERE p.proname = '{function}'"
        );
        assert!(raw.value::<i64>(&triggers).await > 0, "{function}");
    }
    let row_by_row = "SELECT count(*) FROM pg_trigger AS t JOIN pg_proc AS p ON p.oid = t.tgfoid
                      WHERE p.proname = 'update_campaign_stats' AND t.tgtype & 1 = 1";
    assert_eq!(raw.value::<i64>(row_by_row).await, 0, "counts are kept by statement");
}

#[tokio::test]
async fn sqlite_has_triggers_to_the_same_effect() {
    let raw = Raw::on(&fresh_sqlite().await).await;
    for function in ["update_campaign_stats", "schedule_next_attempt", "update_updated_at_column"] {
        let triggers = format!("SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND name LIKE '{function}%'");
        assert!(raw.value::<i64>(&triggers).await > 0, "{function}");
    }
}

async fn nodes_that_start_together_prepare_the_database_once(test: TestDatabase) {
    let steps = i64::try_from(test.db.pending_migrations().await.unwrap().len()).unwrap();
    assert!(steps > 0);
    let mut nodes = Vec::new();
    for _ in 0..4 {
        let node = Database::connect(&test.url, ConnectOptions::default()).await.unwrap();
        nodes.push(tokio::spawn(async move { node.migrate().await }));
    }
    for node in nodes {
        node.await.unwrap().unwrap();
    }
    assert_eq!(test.db.pending_migrations().await.unwrap(), Vec::<String>::new());
    let raw = Raw::on(&test).await;
    assert_eq!(raw.value::<i64>("SELECT count(*) FROM seaql_migrations").await, steps);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_that_start_together_prepare_a_server_s_database_once() {
    nodes_that_start_together_prepare_the_database_once(empty_postgres().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn processes_that_start_together_prepare_a_file_once() {
    nodes_that_start_together_prepare_the_database_once(empty_sqlite().await).await;
}
