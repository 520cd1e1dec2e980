//! Write transactions.

use dialer_domain::StoreError;
use sea_orm::{DatabaseTransaction, DbErr, SqliteTransactionMode, TransactionOptions, TransactionTrait};
use tokio::sync::MutexGuard;

use crate::Database;
use crate::errors::{Names, lost_a_race};

/// Runs a block in a transaction: `transaction!(db, NAMES, |tx| { … Ok(value) })`. All of it is stored, or nothing.
///
/// A transaction that `PostgreSQL` gives up because of others is run again, so the block may run more than once.
///
/// A macro, because a function would have to take a closure whose future borrows the transaction, and the compiler
/// cannot see yet that such a future may move between threads.
macro_rules! transaction {
    ($db:expr, $names:expr, |$tx:ident| $work:block) => {{
        let mut run = $crate::tx::Run::new($db, $names);
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

/// Begins a transaction that writes. On `SQLite` it is a writing one from its first statement, since one that reads
/// first and writes later can fail at once.
pub(crate) async fn begin(db: &Database) -> Result<DatabaseTransaction, DbErr> {
    let immediate =
        TransactionOptions { sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate), ..Default::default() };
    db.connection().begin_with_options(immediate).await
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
