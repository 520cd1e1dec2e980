//! Opening a database.

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use dialer_domain::Scope;
use dialer_domain::rules::{Governing, Shelf};
use sea_orm::{DatabaseConnection, DbBackend, SqlxPostgresConnector, SqlxSqliteConnector};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Executor, PgConnection};

use crate::connection::Connection;
use crate::errors::DatabaseError;
use crate::postgres::BECOME_SERVICE;
use crate::session::Session;

/// Which database this is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DatabaseKind {
    /// `SQLite`: one machine.
    Sqlite,
    /// `PostgreSQL`: any number of machines.
    Postgres,
}

impl std::fmt::Display for DatabaseKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        })
    }
}

/// How to open a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConnectOptions {
    /// Most connections open at once, at least 1. A database in memory has one, whatever is asked.
    pub max_connections: u32,
    /// Longest wait for the server to answer, for a free connection, or for another process that writes.
    pub wait: Duration,
}

impl Default for ConnectOptions {
    fn default() -> Self {
        Self { max_connections: 10, wait: Duration::from_secs(10) }
    }
}

/// An open database, and every persistence port on it. Clones share its connections.
#[derive(Debug, Clone)]
pub struct Database {
    connection: Connection,
    kind: DatabaseKind,
    /// `SQLite` writers of this process take turns here rather than by polling the file's lock.
    turn: Arc<tokio::sync::Mutex<()>>,
    /// The rules by which claims are decided.
    shelf: Shelf,
}

impl Database {
    /// Opens the database that `url` names: `sqlite://path?mode=rwc`, `sqlite::memory:` or `postgres://…`.
    ///
    /// # Errors
    /// [`DatabaseError`] says whether the URL, the server, the file or the credentials are at fault. No error
    /// holds the password.
    pub async fn connect(url: &str, options: ConnectOptions) -> Result<Self, DatabaseError> {
        let scheme = url.split(':').next().unwrap_or_default();
        let (connection, kind) = match scheme {
            "sqlite" => (open_sqlite(url, options).await?, DatabaseKind::Sqlite),
            "postgres" | "postgresql" => (open_postgres(url, options).await?, DatabaseKind::Postgres),
            _ => return Err(DatabaseError::UnknownScheme { scheme: scheme.chars().take(20).collect() }),
        };
        Ok(Self { connection: Connection::new(connection), kind, turn: Arc::default(), shelf: Shelf::default() })
    }

    /// The same database, whose claims are decided by these rules. Until it is governed, nobody is called.
    #[must_use]
    pub fn governed_by(self, rules: Shelf) -> Self {
        Self { shelf: rules, ..self }
    }

    /// Where the rules lie by which its claims are decided.
    #[must_use]
    pub const fn shelf(&self) -> &Shelf {
        &self.shelf
    }

    /// The rules in force.
    pub(crate) fn governing(&self) -> Arc<Governing> {
        self.shelf.governing()
    }

    /// Which database this is.
    #[must_use]
    pub const fn kind(&self) -> DatabaseKind {
        self.kind
    }

    /// Returns when the database answers.
    ///
    /// # Errors
    /// [`DatabaseError::Failed`] when it does not.
    pub async fn ping(&self) -> Result<(), DatabaseError> {
        self.connection.pool().ping().await.map_err(|source| DatabaseError::Failed { source: source.into() })
    }

    /// Closes the connections of this handle and of all its clones, once they are idle.
    pub async fn close(self) {
        match self.kind {
            DatabaseKind::Sqlite => self.connection.pool().get_sqlite_connection_pool().close().await,
            DatabaseKind::Postgres => self.connection.pool().get_postgres_connection_pool().close().await,
        }
    }

    /// Where reads run, on behalf of whom this handle is used for.
    pub(crate) const fn connection(&self) -> &Connection {
        &self.connection
    }

    /// The same database, used on behalf of `scope`. A handle that was opened is used by the service.
    pub(crate) fn within(&self, scope: Scope) -> Self {
        Self {
            connection: self.connection.within(scope),
            kind: self.kind,
            turn: self.turn.clone(),
            shelf: self.shelf.clone(),
        }
    }

    /// Closes the connections that nobody uses, so that new ones take on the roles that the database has now.
    pub(crate) async fn renew_connections(&self) {
        if self.kind == DatabaseKind::Postgres {
            while let Some(idle) = self.connection.pool().get_postgres_connection_pool().try_acquire() {
                // The server notices the end of a connection by itself.
                drop(idle.close().await);
            }
        }
    }

    pub(crate) const fn backend(&self) -> DbBackend {
        match self.kind {
            DatabaseKind::Sqlite => DbBackend::Sqlite,
            DatabaseKind::Postgres => DbBackend::Postgres,
        }
    }

    /// The turn to write. `PostgreSQL` needs none, and a session has it already.
    pub(crate) async fn turn(&self) -> Option<tokio::sync::MutexGuard<'_, ()>> {
        match self.kind {
            DatabaseKind::Sqlite if self.connection.session().is_none() => Some(self.turn.lock().await),
            _ => None,
        }
    }

    /// The turn to write, for a session.
    pub(crate) async fn long_turn(&self) -> Option<tokio::sync::OwnedMutexGuard<()>> {
        match self.kind {
            DatabaseKind::Sqlite => Some(self.turn.clone().lock_owned().await),
            DatabaseKind::Postgres => None,
        }
    }

    /// The same database, of which only the connection of `session` is used.
    pub(crate) fn during(&self, session: Arc<Session>) -> Self {
        Self {
            connection: self.connection.during(session),
            kind: self.kind,
            turn: self.turn.clone(),
            shelf: self.shelf.clone(),
        }
    }
}

async fn open_sqlite(url: &str, options: ConnectOptions) -> Result<DatabaseConnection, DatabaseError> {
    let settings =
        SqliteConnectOptions::from_str(url).map_err(|error| DatabaseError::Url { reason: error.to_string() })?;
    let in_memory = url.contains(":memory:") || url.contains("mode=memory");
    let place = settings.get_filename().display().to_string();
    let settings = settings
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Normal)
        .foreign_keys(true)
        .busy_timeout(options.wait)
        .disable_statement_logging();
    let pool = SqlitePoolOptions::new()
        .max_connections(if in_memory { 1 } else { options.max_connections })
        .acquire_timeout(options.wait)
        .test_before_acquire(false);
    // A database in memory is gone with its connection.
    let pool = if in_memory { pool.min_connections(1).idle_timeout(None).max_lifetime(None) } else { pool };
    let pool = pool.connect_with(settings).await.map_err(|source| DatabaseError::of_file(place, source))?;
    Ok(SqlxSqliteConnector::from_sqlx_sqlite_pool(pool))
}

async fn open_postgres(url: &str, options: ConnectOptions) -> Result<DatabaseConnection, DatabaseError> {
    /// A connection that was idle for longer is tried before it is used.
    const TRUSTED_IDLE: Duration = Duration::from_secs(5);
    /// Of a machine that vanished in the middle of a transaction, the server would keep the locks for hours.
    const BOUND_IDLE_TRANSACTIONS: &str = "SET idle_in_transaction_session_timeout = '30s'";
    /// Compiling a statement takes the server a thousand times longer than a statement of ours takes, and it does so
    /// when it takes a table for larger than what is read of it.
    const COMPILE_NOTHING: &str = "SET jit = off";
    /// Statements are written so that one plan is good for all parameters, and tested with such plans. Left to itself the
    /// server plans most of them again with every execution, which takes longer than the execution.
    const PLAN_ONCE: &str = "SET plan_cache_mode = force_generic_plan";

    let settings = PgConnectOptions::from_str(url).map_err(|error| DatabaseError::Url { reason: error.to_string() })?;
    let settings = settings.application_name("dialer").disable_statement_logging();
    let place = format!(
        "{}:{}/{}",
        settings.get_host(),
        settings.get_port(),
        settings.get_database().unwrap_or_else(|| settings.get_username())
    );
    // A pool would try a server that is not there until its patience ends; this says at once what is wrong.
    match tokio::time::timeout(options.wait, PgConnection::connect_with(&settings)).await {
        Ok(Ok(connection)) => {
            // The server notices the end of this connection by itself.
            drop(connection.close().await);
        }
        Ok(Err(source)) => return Err(DatabaseError::of_server(place, source)),
        Err(late) => return Err(DatabaseError::Unreachable { place, source: late.into() }),
    }
    let pool = PgPoolOptions::new()
        .max_connections(options.max_connections)
        .acquire_timeout(options.wait)
        .test_before_acquire(false)
        .after_connect(|connection, _| {
            let prepare = format!("{BOUND_IDLE_TRANSACTIONS}; {COMPILE_NOTHING}; {PLAN_ONCE}; {BECOME_SERVICE}");
            Box::pin(async move { connection.execute(AssertSqlSafe(prepare)).await.map(|_| ()) })
        })
        .before_acquire(|connection, meta| {
            Box::pin(async move {
                if meta.idle_for > TRUSTED_IDLE {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
        .connect_lazy_with(settings);
    Ok(SqlxPostgresConnector::from_sqlx_postgres_pool(pool))
}

#[cfg(test)]
mod tests {
    use sea_orm::{ConnectionTrait, DbBackend, Statement};

    use crate::testing::{TestDatabase, fresh_postgres, fresh_sqlite};

    async fn setting(test: &TestDatabase, backend: DbBackend, query: &str) -> String {
        let row = test.db.connection().query_one_raw(Statement::from_string(backend, query)).await;
        row.unwrap().unwrap().try_get_by_index(0).unwrap()
    }

    #[tokio::test]
    async fn a_node_that_vanishes_does_not_keep_its_locks() {
        let test = fresh_postgres().await;
        let bound = setting(&test, DbBackend::Postgres, "SHOW idle_in_transaction_session_timeout").await;
        assert_eq!(bound, "30s");
    }

    #[tokio::test]
    async fn statements_are_planned_once_and_never_compiled() {
        let test = fresh_postgres().await;
        assert_eq!(setting(&test, DbBackend::Postgres, "SHOW jit").await, "off");
        assert_eq!(setting(&test, DbBackend::Postgres, "SHOW plan_cache_mode").await, "force_generic_plan");
    }

    #[tokio::test]
    async fn a_file_is_kept_as_one_machine_needs_it() {
        let test = fresh_sqlite().await;
        assert_eq!(setting(&test, DbBackend::Sqlite, "PRAGMA journal_mode").await, "wal");
        assert_eq!(
            setting(&test, DbBackend::Sqlite, "SELECT 'is ' || foreign_keys FROM pragma_foreign_keys").await,
            "is 1"
        );
    }
}
