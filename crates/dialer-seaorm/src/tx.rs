//! Write transactions.

use async_trait::async_trait;
use dialer_domain::{Scope, StoreError};
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend, DbErr, ExecResult, QueryResult, SqliteTransactionMode, Statement,
    TransactionOptions, TransactionTrait,
};
use sqlx::Postgres;
use tokio::sync::{Mutex, MutexGuard};

use crate::errors::{Names, exec_error, lost_a_race};
use crate::session::Savepoint;
use crate::{Database, postgres};

/// Runs a block in a transaction: `transaction!(db, NAMES, |tx| { … Ok(value) })`. All of it is stored, or nothing. It runs
/// on behalf of whom `db` is used for: `&self.within(scope)`, or the service when it is `self`.
///
/// A transaction that `PostgreSQL` gives up because of others is run again, so the block may run more than once.
///
/// A macro, because a function would have to take a closure whose future borrows the transaction, and the compiler
/// cannot see yet that such a future may move between threads.
macro_rules! transaction {
    ($db:expr, $names:expr, |$tx:ident| $work:block) => {{
        let db = $db;
        let mut run = $crate::tx::Run::new(db, $names);
        loop {
            let transaction = run.begin().await?;
            let $tx = transaction.inner();
            let outcome: Result<_, dialer_domain::StoreError> = async { $work }.await;
            if let Some(outcome) = run.end(transaction, outcome).await {
                break outcome;
            }
        }
    }};
}
pub(crate) use transaction;

/// A transaction on behalf of somebody. Rolled back when dropped.
pub(crate) enum DatabaseTransaction {
    /// `SQLite` keeps nobody from anything: the statements' own conditions do.
    Sqlite(sea_orm::DatabaseTransaction),
    /// `PostgreSQL` knows on whose behalf it is, and filters.
    Postgres(Mutex<sqlx::Transaction<'static, Postgres>>),
    /// A part of a longer one.
    Part(Savepoint),
}

/// Begins a transaction that writes, on behalf of whom `db` is used for.
async fn begin(db: &Database) -> Result<DatabaseTransaction, DbErr> {
    let connection = db.connection();
    if let Some(session) = connection.session() {
        return session.savepoint(connection.scope()).await.map(DatabaseTransaction::Part);
    }
    match db.backend() {
        DbBackend::Postgres => {
            let pool = connection.pool().get_postgres_connection_pool();
            let begin = postgres::begin_as(connection.scope(), "BEGIN");
            Ok(DatabaseTransaction::Postgres(Mutex::new(postgres::begin(pool, &begin).await?)))
        }
        _ => Ok(DatabaseTransaction::Sqlite(begin_immediately(connection.pool()).await?)),
    }
}

/// Begins a transaction that writes, as the login. On `SQLite` it is a writing one from its first statement, since one
/// that reads first and writes later can fail at once.
pub(crate) async fn begin_immediately(pool: &DatabaseConnection) -> Result<sea_orm::DatabaseTransaction, DbErr> {
    let immediate =
        TransactionOptions { sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate), ..Default::default() };
    pool.begin_with_options(immediate).await
}

impl DatabaseTransaction {
    /// Makes the rest of the transaction run on behalf of `scope`. For what follows from a person's change in rows that the
    /// person may not touch: after the change itself has passed the person's wall.
    pub(crate) async fn continue_as(&self, scope: Scope) -> Result<(), DbErr> {
        match self {
            Self::Sqlite(_) => Ok(()),
            Self::Part(part) => part.continue_as(scope).await,
            Self::Postgres(tx) => {
                postgres::execute_unprepared(&mut *tx.lock().await, &postgres::become_scope(scope)).await.map(|_| ())
            }
        }
    }

    pub(crate) async fn commit(self) -> Result<(), DbErr> {
        match self {
            Self::Part(part) => part.commit().await,
            Self::Sqlite(tx) => tx.commit().await,
            Self::Postgres(tx) => tx.into_inner().commit().await.map_err(exec_error),
        }
    }

    async fn rollback(self) -> Result<(), DbErr> {
        match self {
            Self::Part(part) => part.rollback().await,
            Self::Sqlite(tx) => tx.rollback().await,
            Self::Postgres(tx) => tx.into_inner().rollback().await.map_err(exec_error),
        }
    }
}

#[async_trait]
impl ConnectionTrait for DatabaseTransaction {
    fn get_database_backend(&self) -> DbBackend {
        match self {
            Self::Sqlite(tx) => tx.get_database_backend(),
            Self::Part(part) => part.tx().map_or(DbBackend::Sqlite, ConnectionTrait::get_database_backend),
            Self::Postgres(_) => DbBackend::Postgres,
        }
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        match self {
            Self::Sqlite(tx) => tx.execute_raw(statement).await,
            Self::Part(part) => part.tx()?.execute_raw(statement).await,
            Self::Postgres(tx) => postgres::execute(&mut *tx.lock().await, &statement).await,
        }
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        match self {
            Self::Sqlite(tx) => tx.execute_unprepared(sql).await,
            Self::Part(part) => part.tx()?.execute_unprepared(sql).await,
            Self::Postgres(tx) => postgres::execute_unprepared(&mut *tx.lock().await, sql).await,
        }
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        match self {
            Self::Sqlite(tx) => tx.query_one_raw(statement).await,
            Self::Part(part) => part.tx()?.query_one_raw(statement).await,
            Self::Postgres(tx) => postgres::query_one(&mut *tx.lock().await, &statement).await,
        }
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        match self {
            Self::Sqlite(tx) => tx.query_all_raw(statement).await,
            Self::Part(part) => part.tx()?.query_all_raw(statement).await,
            Self::Postgres(tx) => postgres::query_all(&mut *tx.lock().await, &statement).await,
        }
    }
}

/// The tries at one transaction.
pub(crate) struct Run<'a> {
    db: &'a Database,
    names: Names,
    tried: u32,
}

/// A transaction under way, and the turn to write.
pub(crate) struct Transaction<'a> {
    inner: DatabaseTransaction,
    _turn: Option<MutexGuard<'a, ()>>,
}

impl Transaction<'_> {
    pub(crate) const fn inner(&self) -> &DatabaseTransaction {
        &self.inner
    }
}

impl<'a> Run<'a> {
    /// Runs in all, at most.
    const TRIES: u32 = 3;

    pub(crate) const fn new(db: &'a Database, names: Names) -> Self {
        Self { db, names, tried: 0 }
    }

    pub(crate) async fn begin(&mut self) -> Result<Transaction<'a>, StoreError> {
        self.tried += 1;
        let turn = self.db.turn().await;
        let inner = begin(self.db).await.map_err(|error| self.names.error(error))?;
        Ok(Transaction { inner, _turn: turn })
    }

    /// Ends a transaction as its outcome says; `None` when it should be run again.
    pub(crate) async fn end<T>(
        &self,
        transaction: Transaction<'a>,
        outcome: Result<T, StoreError>,
    ) -> Option<Result<T, StoreError>> {
        let outcome = match outcome {
            Ok(value) => transaction.inner.commit().await.map(|()| value).map_err(|error| self.names.error(error)),
            Err(error) => {
                if let Err(failed) = transaction.inner.rollback().await {
                    tracing::debug!(error = %failed, "a transaction ended without a rollback");
                }
                Err(error)
            }
        };
        match outcome {
            Err(error) if self.tried < Self::TRIES && lost_a_race(&error) => {
                tracing::debug!(tried = self.tried, "the database gave up a transaction because of others");
                None
            }
            outcome => Some(outcome),
        }
    }
}
