//! Databases for tests: each test its own, migrated and empty.
//!
//! `SQLite` databases are files in a folder of their own, since a database in memory knows neither WAL nor a second
//! connection. `PostgreSQL` databases are copies of one migrated template on the server that `TEST_PG_URL` names. Where it
//! names none, the first test that needs one starts it (`scripts/test-postgres.sh`), and `cargo nextest run` starts one
//! for all. Where none can be started these functions fail: a test that silently did not run proves nothing.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use dialer_domain::rules::Shelf;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use tempfile::TempDir;

use crate::{ConnectOptions, Database};

/// A database of one test. Dropping it removes the file; a database on a server stays until the server is removed,
/// or [`TestDatabase::remove`] is called.
#[derive(Debug)]
pub struct TestDatabase {
    /// The database, migrated.
    pub db: Database,
    /// Where it is, for a second connection.
    pub url: String,
    folder: Option<TempDir>,
}

/// Where the test server is expected.
const SERVER: &str = "TEST_PG_URL";

/// A fresh `SQLite` database.
///
/// # Panics
/// When it cannot be made.
pub async fn fresh_sqlite() -> TestDatabase {
    let database = empty_sqlite().await;
    done("migrate the test database", database.db.migrate().await);
    database
}

/// An `SQLite` database without any table.
///
/// # Panics
/// When it cannot be made.
pub async fn empty_sqlite() -> TestDatabase {
    let folder = done("make a folder for the test database", tempfile::tempdir());
    let url = format!("sqlite://{}?mode=rwc", folder.path().join("test.db").display());
    let db = done("open the test database", Database::connect(&url, options()).await).governed_by(Shelf::open());
    TestDatabase { db, url, folder: Some(folder) }
}

/// A fresh `PostgreSQL` database.
///
/// # Panics
/// When there is no test server, or it does not answer.
pub async fn fresh_postgres() -> TestDatabase {
    copy_of(&template().await).await
}

/// A `PostgreSQL` database without any table.
///
/// # Panics
/// When there is no test server, or it does not answer.
pub async fn empty_postgres() -> TestDatabase {
    copy_of("template0").await
}

impl TestDatabase {
    /// Removes the database.
    ///
    /// # Panics
    /// When that fails.
    pub async fn remove(self) {
        self.db.close().await;
        if self.folder.is_none() {
            let name = self.url.rsplit('/').next().unwrap_or_default();
            run(&mut server().await, &format!("DROP DATABASE {name} WITH (FORCE)")).await;
        }
    }
}

/// Few connections, as many tests share a server; a long wait, as they share the processors too.
fn options() -> ConnectOptions {
    ConnectOptions { max_connections: 6, wait: std::time::Duration::from_mins(1) }
}

/// A database that starts as a copy of `template`.
async fn copy_of(template: &str) -> TestDatabase {
    static COPIES: AtomicU32 = AtomicU32::new(0);
    let mut server = server().await;
    let name = loop {
        let name = format!("dialer_test_{}_{}", std::process::id(), COPIES.fetch_add(1, Ordering::Relaxed));
        let create = format!("CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy");
        match server.execute(AssertSqlSafe(create)).await {
            Ok(_) => break name,
            // A process of the same number has left one behind.
            Err(error)
                if error.as_database_error().and_then(sqlx::error::DatabaseError::code).as_deref() == Some("42P04") => {
            }
            Err(error) => done("copy the template of test databases", Err(error)),
        }
    };
    let url = format!("{}/{name}", server_url());
    let db = done("open the test database", Database::connect(&url, options()).await).governed_by(Shelf::open());
    TestDatabase { db, url, folder: None }
}

/// The migrated template, made by whoever comes first: one for each run of the tests, so that it is never one of
/// an older schema.
async fn template() -> String {
    const LOCK: i64 = 0x7465_6d70_6c61_7465;
    let run_id = std::env::var("NEXTEST_RUN_ID").unwrap_or_else(|_| std::process::id().to_string());
    let name = format!("dialer_template_{}", run_id.replace('-', "_"));
    let mut server = server().await;
    run(&mut server, &format!("SELECT pg_advisory_lock({LOCK})")).await;
    let there = format!("SELECT 1 FROM pg_database WHERE datname = '{name}' AND datistemplate");
    let there = done("look for the template", server.fetch_optional(AssertSqlSafe(there)).await);
    if there.is_none() {
        run(&mut server, &format!("DROP DATABASE IF EXISTS {name}")).await;
        run(&mut server, &format!("CREATE DATABASE {name}")).await;
        let db = Database::connect(&format!("{}/{name}", server_url()), options()).await;
        let db = done("open the template", db);
        done("migrate the template", db.migrate().await);
        db.close().await;
        // A database can be copied only while nobody is connected to it.
        let seal = format!("ALTER DATABASE {name} WITH IS_TEMPLATE true ALLOW_CONNECTIONS false");
        run(&mut server, &seal).await;
    }
    done("leave the test server", server.close().await);
    name
}

async fn server() -> PgConnection {
    let url = format!("{}/postgres", server_url());
    done(&format!("connect to the server that {SERVER} names"), PgConnection::connect(&url).await)
}

/// The test server without a database name: the one that `TEST_PG_URL` names, else one that this process starts and
/// that goes away with it.
fn server_url() -> String {
    static STARTED: OnceLock<String> = OnceLock::new();
    match std::env::var(SERVER) {
        Ok(url) if !url.is_empty() => url.trim_end_matches('/').to_owned(),
        _ => STARTED.get_or_init(start_server).clone(),
    }
}

/// Runs `scripts/test-postgres.sh`, whose server watches for the end of the process that ran it.
#[expect(clippy::panic, reason = "a test cannot go on, and must not pass")]
fn start_server() -> String {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts/test-postgres.sh");
    let started = Command::new(&script).env_remove("NEXTEST_ENV").stderr(Stdio::inherit()).output();
    let output = done(&format!("run {}", script.display()), started);
    let printed = String::from_utf8_lossy(&output.stdout);
    match printed.trim().strip_prefix(&format!("export {SERVER}=")) {
        Some(url) if output.status.success() => url.to_owned(),
        _ => panic!(
            "these tests need a PostgreSQL server and could not start one; the reason stands above. Or set {SERVER} to \
             the URL of a server where databases may be made, such as postgres://postgres@127.0.0.1:5432"
        ),
    }
}

async fn run(server: &mut PgConnection, sql: &str) {
    done(sql, server.execute(AssertSqlSafe(sql.to_owned())).await);
}

#[expect(clippy::panic, reason = "a test cannot go on, and must not pass")]
fn done<T, E: std::fmt::Debug>(what: &str, result: Result<T, E>) -> T {
    result.unwrap_or_else(|error| panic!("cannot {what}: {error:?}"))
}
