//! Row Level Security, tried from outside the application: raw SQL as the role of requests, in every table there is.

use std::collections::BTreeMap;

use dialer_seaorm::testing::fresh_postgres;
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, QueryResult, Statement, TransactionTrait};
use uuid::Uuid;

use crate::support::Raw;

/// Owns a campaign with an assigned agent, and one without.
const OWNER: Uuid = Uuid::from_u128(0xA);
/// Owns a campaign of their own.
const OTHER: Uuid = Uuid::from_u128(0xB);
/// Is assigned to the owner's first campaign.
const AGENT: Uuid = Uuid::from_u128(0xC);
/// Owns nothing, and was never heard of.
const STRANGER: Uuid = Uuid::from_u128(0xD);

/// Two rows of every table for the owner and one for the other user, and what the agent works on.
///
/// The owner's rows are `1` and `2`, the other's `3`. The agent is assigned to campaign `1`, contact `1` is reserved for
/// them, and they handled call `1` and wrote its disposition `4`. Contact `2` is of campaign `2`, to which nobody is assigned.
const ROWS: &str = "
INSERT INTO dialer_campaigns (id, user_id, name, type) VALUES (@1, @owner, 'Spring', 'power'),
    (@2, @owner, 'Summer', 'power'), (@3, @other, 'Autumn', 'power');
INSERT INTO campaign_contacts (id, campaign_id, phone_number, reserved_for) VALUES
    (@1, @1, '+447700900101', @agent), (@2, @2, '+447700900102', @agent), (@3, @3, '+447700900103', NULL),
    (@4, @1, '+447700900104', NULL);
INSERT INTO dialer_queues (id, campaign_id, contact_id) VALUES (@1, @1, @1), (@2, @2, @2), (@3, @3, @3);
INSERT INTO call_logs (id, user_id, to_number, campaign_id, contact_id, agent_id) VALUES
    (@1, @owner, '+447700900101', @1, @1, @agent), (@2, @owner, '+447700900102', @2, @2, NULL),
    (@3, @other, '+447700900103', @3, @3, NULL);
INSERT INTO call_recordings (id, call_id, recording_url) VALUES (@1, @1, 'a'), (@2, @2, 'b'), (@3, @3, 'c');
INSERT INTO voicemail_drops (id, user_id, name, audio_url) VALUES (@1, @owner, 'a', 'a'), (@3, @other, 'c', 'c');
INSERT INTO call_dispositions (id, call_id, user_id, disposition) VALUES
    (@1, @1, @owner, 'callback'), (@2, @2, @owner, 'callback'), (@3, @3, @other, 'callback'), (@4, @1, @agent, 'interested');
INSERT INTO suppressions (id, user_id, phone_number) VALUES
    (@1, @owner, '+447700900105'), (@3, @other, '+447700900105');
INSERT INTO dialer_events (kind, user_id, at) VALUES ('call.ended', @owner, now()), ('call.ended', @other, now());
INSERT INTO campaign_agents (id, campaign_id, user_id) VALUES (@1, @1, @agent), (@3, @3, @other);
INSERT INTO api_keys (id, user_id, name, prefix, hash, role) VALUES
    (@1, @owner, 'a', 'a', 'a', 'agent'), (@3, @other, 'c', 'c', 'c', 'agent');
INSERT INTO idempotency_keys (id, user_id, key, fingerprint, status, expires_at) VALUES
    (@1, @owner, 'k', 'f', 201, now()), (@3, @other, 'k', 'f', 201, now());
INSERT INTO import_jobs (id, user_id, campaign_id) VALUES (@1, @owner, @1), (@3, @other, @3);
INSERT INTO import_rows (id, job_id, line, phone_number, reason, message) VALUES
    (@1, @1, 2, '1', 'invalid_number', 'a'), (@3, @3, 2, '1', 'invalid_number', 'c');
INSERT INTO provider_events (event_id, body) VALUES ('a', '{}');
INSERT INTO collected_recordings (provider_id, call_id) VALUES ('a', @1);
INSERT INTO agents (id, owner_id, user_id, display_name, line) VALUES
    (@1, @owner, @agent, 'Robin', 'a'), (@3, @other, @other, 'Kim', 'c');
INSERT INTO agent_states (agent_id, state, started_at) VALUES (@1, 'offline', now()), (@3, 'offline', now());
INSERT INTO consents (id, user_id, phone_number, contact_id, act, channel) VALUES
    (@1, @owner, '+447700900105', @1, 'granted', 'call'), (@3, @other, '+447700900105', @3, 'granted', 'call');
INSERT INTO rule_bans (id, user_id, jurisdiction, starts_at, ends_at) VALUES
    (@1, @owner, 'US-LA', now(), now() + interval '1 day'), (@3, @other, 'US-LA', now(), now() + interval '1 day');
INSERT INTO rule_books (hash, body) VALUES (repeat('0', 64), '{}');
INSERT INTO decision_receipts (id, user_id, campaign_id, contact_id, decided_at, book, program, inputs, rules) VALUES
    (@1, @owner, @1, @1, now(), repeat('0', 64), 'a', '{}', '[]'),
    (@3, @other, @3, @3, now(), repeat('0', 64), 'a', '{}', '[]');
INSERT INTO refusal_counts (campaign_id, hour, code, user_id, count) VALUES
    (@1, now(), 'before_window', @owner, 2), (@3, now(), 'before_window', @other, 2);
INSERT INTO registry_copies (id, seq, registry, user_id, copied_on, status) VALUES
    (@1, 1, 'us-dnc', @owner, '2026-03-01', 'active'), (@3, 3, 'us-dnc', @other, '2026-03-01', 'active');
INSERT INTO registry_numbers (copy, number) VALUES (1, 447700900105), (3, 447700900105), (3, 447700900106);
INSERT INTO abandonment_tallies (campaign_id, quarter, live, abandoned, machines) VALUES
    (@1, now(), 1, 0, 0), (@3, now(), 1, 0, 0);
INSERT INTO dialer_leases (name, campaign_id) VALUES ('a', @1);
INSERT INTO request_budgets (account, revision, state) VALUES ('a', 1, '{}');
";

/// A database with [`ROWS`].
async fn filled() -> Raw {
    let raw = Raw::on(&fresh_postgres().await).await;
    raw.run(&named(ROWS)).await;
    raw
}

/// Puts ids in the place of names.
fn named(sql: &str) -> String {
    let people = [("@owner", OWNER), ("@other", OTHER), ("@agent", AGENT), ("@stranger", STRANGER)];
    let rows = (1..=9).map(|n| (format!("@{n}"), Uuid::from_u128(n)));
    let names = people.into_iter().map(|(name, id)| (name.to_owned(), id)).chain(rows);
    names.fold(sql.to_owned(), |sql, (name, id)| sql.replace(&name, &format!("'{id}'")))
}

/// Every table of the schema but the list of applied steps.
async fn tables(raw: &Raw) -> Vec<String> {
    let tables = "SELECT c.relname::text FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
                  WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname = 'public'
                  AND c.relname <> 'seaql_migrations' ORDER BY 1";
    raw.column(tables).await
}

/// A transaction as the role of requests, with the claims of a user; `None` sets no claims.
async fn become_role(raw: &Raw, user: Option<Uuid>) -> DatabaseTransaction {
    let tx = raw.0.begin().await.unwrap();
    tx.execute_unprepared("SET LOCAL ROLE authenticated").await.unwrap();
    if let Some(user) = user {
        let claims = format!("SET LOCAL request.jwt.claims = '{{\"sub\": \"{user}\"}}'");
        tx.execute_unprepared(&claims).await.unwrap();
    }
    tx
}

/// What became of a statement of a user.
#[derive(Debug, PartialEq, Eq)]
enum Met {
    Rows(u64),
    Refused,
}

/// Runs a statement as a user, in a transaction of its own, and keeps what it did when asked to.
async fn attempt(raw: &Raw, user: Option<Uuid>, sql: &str) -> Met {
    let tx = become_role(raw, user).await;
    match tx.execute_unprepared(&named(sql)).await {
        Ok(done) => {
            tx.commit().await.unwrap();
            Met::Rows(done.rows_affected())
        }
        Err(error) if refused(&error) => Met::Refused,
        Err(error) => panic!("{sql}: {error}"),
    }
}

/// Whether it was a matter of permission or of Row Level Security, and not of a constraint.
fn refused(error: &DbErr) -> bool {
    let said = error.to_string();
    said.contains("row-level security") || said.contains("permission denied")
}

/// How many rows of each table a user sees.
async fn seen(raw: &Raw, user: Option<Uuid>) -> BTreeMap<String, i64> {
    let mut seen = BTreeMap::new();
    for table in tables(raw).await {
        let tx = become_role(raw, user).await;
        let count = Statement::from_string(raw.backend(), format!("SELECT count(*) FROM {table}"));
        let row: QueryResult = tx.query_one_raw(count).await.unwrap().unwrap();
        seen.insert(table, row.try_get_by_index(0).unwrap());
    }
    seen
}

/// Everything that every table holds.
async fn everything(raw: &Raw) -> BTreeMap<String, Vec<String>> {
    let mut all = BTreeMap::new();
    for table in tables(raw).await {
        let rows = raw.column(&format!("SELECT to_jsonb(t)::text FROM {table} AS t ORDER BY 1")).await;
        all.insert(table, rows);
    }
    all
}

#[tokio::test]
async fn every_table_is_behind_a_wall_that_its_owner_cannot_look_over() {
    let raw = Raw::on(&fresh_postgres().await).await;
    let open: Vec<String> = raw
        .column(
            "SELECT c.relname::text FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
             WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
             AND NOT (c.relrowsecurity AND (c.relforcerowsecurity OR c.relname = 'seaql_migrations'))",
        )
        .await;
    assert_eq!(open, Vec::<String>::new(), "tables without a wall: see `walls` in the migrations");
    let exempt: Vec<String> = raw
        .column("SELECT rolname::text FROM pg_roles WHERE rolname = 'authenticated' AND (rolsuper OR rolbypassrls OR rolcanlogin)")
        .await;
    assert_eq!(exempt, Vec::<String>::new());
    let owned: i64 = raw.value("SELECT count(*) FROM pg_class WHERE relowner = 'authenticated'::regrole").await;
    assert_eq!(owned, 0);
}

#[tokio::test]
async fn a_function_that_acts_as_its_owner_cannot_be_led_to_tables_of_its_caller() {
    let raw = filled().await;
    let paths: Vec<String> = raw
        .column(
            "SELECT coalesce(array_to_string(p.proconfig, ';'), 'none') FROM pg_proc AS p
             WHERE p.prosecdef AND p.pronamespace = current_schema()::regnamespace",
        )
        .await;
    assert!(paths.len() >= 4, "{paths:?}");
    for path in paths {
        assert!(path.starts_with("search_path=") && path.ends_with("pg_temp"), "{path}");
    }
}

#[tokio::test]
async fn a_stranger_reads_and_writes_no_row_of_any_table() {
    let raw = filled().await;
    let before = everything(&raw).await;
    for (table, rows) in &before {
        assert!(!rows.is_empty(), "the test has no row of {table}: add one to ROWS");
    }
    for who in [Some(STRANGER), None] {
        assert!(seen(&raw, who).await.values().all(|count| *count == 0), "{:?}", seen(&raw, who).await);
        for (table, rows) in &before {
            let column: String = raw
                .value(&format!(
                    "SELECT attname::text FROM pg_attribute WHERE attrelid = '{table}'::regclass AND attnum > 0
                     AND NOT attisdropped ORDER BY attnum LIMIT 1"
                ))
                .await;
            for write in [format!("UPDATE {table} SET {column} = {column}"), format!("DELETE FROM {table}")] {
                let met = attempt(&raw, who, &write).await;
                assert!(matches!(met, Met::Rows(0) | Met::Refused), "{write} by {who:?}: {met:?}");
            }
            for row in rows {
                let copy = format!("INSERT INTO {table} SELECT * FROM jsonb_populate_record(NULL::{table}, '{row}')");
                assert_eq!(attempt(&raw, who, &copy).await, Met::Refused, "{copy} by {who:?}");
            }
            assert_eq!(attempt(&raw, who, &format!("TRUNCATE {table} CASCADE")).await, Met::Refused, "{table}");
        }
    }
    assert_eq!(everything(&raw).await, before);
}

#[tokio::test]
async fn rows_of_ones_own_cannot_refer_to_a_strangers() {
    let raw = filled().await;
    for insert in [
        "INSERT INTO call_logs (user_id, to_number, campaign_id) VALUES (@stranger, '+447700900101', @1)",
        "INSERT INTO call_logs (user_id, to_number, contact_id) VALUES (@stranger, '+447700900101', @1)",
        "INSERT INTO import_jobs (user_id, campaign_id) VALUES (@stranger, @1)",
        "INSERT INTO suppressions (user_id, phone_number, campaign_id) VALUES (@stranger, '1', @1)",
        "INSERT INTO consents (user_id, phone_number, contact_id, act, channel) VALUES (@stranger, '1', @1, 'granted', 'call')",
        "INSERT INTO call_dispositions (call_id, user_id, disposition) VALUES (@1, @stranger, 'callback')",
        "INSERT INTO campaign_agents (campaign_id, user_id) VALUES (@1, @stranger)",
        "INSERT INTO call_recordings (call_id, recording_url) VALUES (@1, 'x')",
        "INSERT INTO call_recordings (call_id, recording_url, owner_id) VALUES (@1, 'x', @stranger)",
    ] {
        assert_eq!(attempt(&raw, Some(STRANGER), insert).await, Met::Refused, "{insert}");
    }
    let own = "INSERT INTO dialer_campaigns (id, user_id, name, type) VALUES (@9, @stranger, 'Own', 'power')";
    assert_eq!(attempt(&raw, Some(STRANGER), own).await, Met::Rows(1));
    let mixed = "INSERT INTO dialer_queues (campaign_id, contact_id) VALUES (@9, @4)";
    assert_eq!(attempt(&raw, Some(STRANGER), mixed).await, Met::Refused, "an entry for somebody else's contact");
    let given_away = "UPDATE dialer_campaigns SET user_id = @owner WHERE id = @9";
    assert_eq!(attempt(&raw, Some(STRANGER), given_away).await, Met::Refused);
}

#[tokio::test]
async fn an_owner_sees_and_changes_own_rows_and_no_others() {
    let raw = filled().await;
    let own = BTreeMap::from([
        ("abandonment_tallies", 1),
        ("agent_states", 1),
        ("agents", 1),
        ("api_keys", 1),
        ("call_dispositions", 3),
        ("call_logs", 2),
        ("call_recordings", 2),
        ("call_totals", 3),
        ("campaign_agents", 1),
        ("campaign_contacts", 3),
        ("collected_recordings", 0),
        ("consents", 1),
        ("decision_receipts", 1),
        ("dialer_campaigns", 2),
        ("dialer_events", 1),
        ("dialer_leases", 0),
        ("dialer_queues", 2),
        ("idempotency_keys", 1),
        ("import_jobs", 1),
        ("import_rows", 1),
        ("provider_events", 0),
        ("refusal_counts", 1),
        ("registry_copies", 1),
        ("registry_numbers", 1),
        ("request_budgets", 0),
        ("rule_bans", 1),
        ("rule_books", 0),
        ("suppressions", 1),
        ("voicemail_drops", 1),
    ]);
    for (table, count) in seen(&raw, Some(OWNER)).await {
        assert_eq!(Some(&count), own.get(table.as_str()), "{table}");
    }
    for (update, rows) in [
        ("UPDATE dialer_campaigns SET name = 'Changed'", 2),
        ("UPDATE campaign_contacts SET status = 'failed'", 3),
        ("UPDATE dialer_queues SET priority = 1", 2),
        ("UPDATE call_logs SET notes = 'Changed'", 2),
        ("UPDATE voicemail_drops SET name = 'Changed'", 1),
        ("UPDATE import_jobs SET error = 'Changed'", 1),
        ("UPDATE agents SET display_name = 'Changed'", 1),
        ("DELETE FROM campaign_contacts WHERE id = @4", 1),
        ("INSERT INTO dialer_events (kind, user_id, at) VALUES ('call.ended', @owner, now())", 1),
        ("INSERT INTO campaign_contacts (campaign_id, phone_number) VALUES (@1, '+447700900110')", 1),
        ("DELETE FROM dialer_campaigns WHERE id = @1", 1),
    ] {
        assert_eq!(attempt(&raw, Some(OWNER), update).await, Met::Rows(rows), "{update}");
    }
    assert_eq!(attempt(&raw, Some(OWNER), "DELETE FROM dialer_events").await, Met::Refused, "the log is a log");
    for write in [
        "UPDATE call_recordings SET owner_id = @other",
        "UPDATE call_recordings SET call_id = @3",
        "UPDATE agents SET owner_id = @other",
        "UPDATE consents SET act = 'granted'",
        "DELETE FROM consents",
        "UPDATE rule_bans SET ended_at = now()",
        "DELETE FROM rule_bans",
        "INSERT INTO rule_bans (jurisdiction, starts_at, ends_at) VALUES ('US', now(), now() + interval '1 day')",
        "UPDATE decision_receipts SET rules = '[]'",
        "DELETE FROM decision_receipts",
        "INSERT INTO decision_receipts (id, user_id, campaign_id, contact_id, decided_at, book, program, inputs, rules) \
         VALUES (@2, @owner, @2, @2, now(), repeat('0', 64), 'a', '{}', '[]')",
        "INSERT INTO rule_books (hash, body) VALUES (repeat('1', 64), '{}')",
        "UPDATE refusal_counts SET count = 1",
        "DELETE FROM refusal_counts",
        "UPDATE registry_copies SET status = 'failed'",
        "INSERT INTO registry_numbers (copy, number) VALUES (1, 447700900107)",
        "DELETE FROM registry_numbers",
        "UPDATE abandonment_tallies SET abandoned = 0",
        "DELETE FROM abandonment_tallies",
        "INSERT INTO abandonment_tallies (campaign_id, quarter, live, abandoned, machines)
             VALUES (@1, now() - interval '1 day', 9, 0, 0)",
        "UPDATE agent_states SET ended_at = now()",
        "DELETE FROM agent_states",
        "INSERT INTO agent_states (agent_id, state, started_at, ended_at) VALUES (@1, 'ready', now(), now())",
    ] {
        assert_eq!(attempt(&raw, Some(OWNER), write).await, Met::Refused, "{write}");
    }
    let counts: String = raw.value(&named("SELECT stats ->> 'failed' FROM dialer_campaigns WHERE id = @2")).await;
    assert_eq!(counts, "1", "the triggers work for the role");
    let others: String = raw.value(&named("SELECT name FROM dialer_campaigns WHERE id = @3")).await;
    assert_eq!(others, "Autumn");
}

#[tokio::test]
async fn an_assigned_agent_sees_the_campaign_the_reserved_contact_and_the_handled_call_and_nothing_else() {
    let raw = filled().await;
    let opened = BTreeMap::from([
        ("dialer_campaigns", 1),
        ("campaign_contacts", 1),
        ("call_logs", 1),
        // Of the call, in all and in its campaign.
        ("call_totals", 2),
        ("call_recordings", 1),
        ("call_dispositions", 1),
        ("campaign_agents", 1),
        ("agents", 1),
        ("agent_states", 1),
    ]);
    for (table, count) in seen(&raw, Some(AGENT)).await {
        assert_eq!(count, opened.get(table.as_str()).copied().unwrap_or(0), "{table}");
    }
    for row in ["campaign_contacts WHERE id = @1", "dialer_campaigns WHERE id = @1", "call_logs WHERE id = @1"] {
        let read = format!("SELECT 1 FROM {row}");
        assert_eq!(attempt(&raw, Some(AGENT), &read).await, Met::Rows(1), "{read}");
    }
    for table in tables(&raw).await {
        for write in [format!("DELETE FROM {table}"), format!("TRUNCATE {table} CASCADE")] {
            let met = attempt(&raw, Some(AGENT), &write).await;
            assert!(matches!(met, Met::Rows(0) | Met::Refused), "{write}: {met:?}");
        }
    }
    for (write, met) in [
        ("UPDATE dialer_campaigns SET name = 'Mine'", Met::Rows(0)),
        ("UPDATE campaign_contacts SET status = 'completed'", Met::Rows(0)),
        ("UPDATE call_logs SET notes = 'Mine'", Met::Rows(0)),
        ("UPDATE call_dispositions SET notes = 'Mine'", Met::Rows(0)),
        ("UPDATE campaign_agents SET campaign_id = @2", Met::Rows(0)),
        ("UPDATE agents SET state = 'ready', then_state = 'ready'", Met::Rows(0)),
        ("INSERT INTO campaign_agents (campaign_id, user_id) VALUES (@2, @agent)", Met::Refused),
        ("INSERT INTO call_dispositions (call_id, user_id, disposition) VALUES (@1, @agent, 'callback')", Met::Rows(1)),
        ("INSERT INTO call_dispositions (call_id, user_id, disposition) VALUES (@1, @owner, 'callback')", Met::Refused),
        ("INSERT INTO call_dispositions (call_id, user_id, disposition) VALUES (@2, @agent, 'callback')", Met::Refused),
        ("INSERT INTO dialer_events (kind, user_id, at) VALUES ('call.ended', @owner, now())", Met::Refused),
    ] {
        assert_eq!(attempt(&raw, Some(AGENT), write).await, met, "{write}");
    }
}

#[tokio::test]
async fn an_agent_who_is_assigned_no_longer_sees_neither_campaign_nor_contact() {
    let raw = filled().await;
    raw.run(&named("DELETE FROM campaign_agents WHERE user_id = @agent")).await;
    let seen = seen(&raw, Some(AGENT)).await;
    assert_eq!((seen["dialer_campaigns"], seen["campaign_contacts"], seen["campaign_agents"]), (0, 0, 0));
}

#[tokio::test]
async fn the_wall_costs_a_list_of_calls_no_call_of_a_function_a_row_and_no_index() {
    let raw = filled().await;
    let tx = become_role(&raw, Some(OWNER)).await;
    tx.execute_unprepared("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off").await.unwrap();
    let list = named(
        "EXPLAIN (VERBOSE) SELECT * FROM call_logs AS r WHERE r.hidden_at IS NULL AND r.user_id = @owner
         ORDER BY r.started_at DESC, r.id DESC LIMIT 50",
    );
    let rows = tx.query_all_raw(Statement::from_string(raw.backend(), list)).await.unwrap();
    let plan: Vec<String> = rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect();
    let shown = plan.join("\n");
    assert!(shown.contains("idx_call_logs_started_at"), "{shown}");
    assert!(!shown.contains("SubPlan") && !shown.contains("Sort"), "{shown}");
    let filters = plan.iter().filter(|line| line.contains("Filter:") || line.contains("Index Cond:"));
    for filter in filters {
        assert!(!filter.contains("uid()") && !filter.contains("current_setting"), "{filter}");
    }
}

#[tokio::test]
async fn nobody_but_the_service_writes_api_keys() {
    let raw = filled().await;
    for write in [
        "INSERT INTO api_keys (id, user_id, name, prefix, hash, role) VALUES (@9, @owner, 'a', 'a', 'b', 'admin')",
        "UPDATE api_keys SET role = 'admin'",
        "UPDATE api_keys SET revoked_at = NULL",
        "DELETE FROM api_keys",
    ] {
        assert_eq!(attempt(&raw, Some(OWNER), write).await, Met::Refused, "{write}");
    }
    assert_eq!(attempt(&raw, Some(OWNER), "SELECT 1 FROM api_keys").await, Met::Rows(1));
}

#[tokio::test]
async fn a_ban_for_everybody_is_read_by_every_user_and_changed_by_none() {
    let raw = filled().await;
    raw.run("INSERT INTO rule_bans (jurisdiction, starts_at, ends_at) VALUES ('US', now(), now() + interval '1 day')")
        .await;
    assert_eq!(seen(&raw, Some(STRANGER)).await["rule_bans"], 1);
    assert_eq!(seen(&raw, Some(OWNER)).await["rule_bans"], 2);
    assert_eq!(seen(&raw, None).await["rule_bans"], 0);
    for write in ["UPDATE rule_bans SET ended_at = now()", "DELETE FROM rule_bans"] {
        assert_eq!(attempt(&raw, Some(STRANGER), write).await, Met::Refused, "{write}");
    }
}
