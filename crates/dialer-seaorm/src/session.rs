//! One transaction for many calls of the ports: what a request does under an idempotency key.
//!
//! Each port method runs in it as it would by itself: a read as a statement, a write as a savepoint, both on behalf of their
//! scope. One at a time, since they share the connection.

use std::sync::{Arc, Mutex, PoisonError};

use dialer_domain::Scope;
use sea_orm::{ConnectionTrait, DbBackend, DbErr};
use tokio::sync::OwnedMutexGuard;

use crate::postgres;
use crate::tx::DatabaseTransaction;

const SAVE: &str = "SAVEPOINT step";
const KEEP: &str = "RELEASE SAVEPOINT step";
const UNDO: &str = "ROLLBACK TO SAVEPOINT step; RELEASE SAVEPOINT step";

/// A transaction that several may use, one after the other.
#[derive(Debug)]
pub(crate) struct Session {
    held: Arc<tokio::sync::Mutex<Held>>,
}

/// The transaction, as long as it lasts, and what else it needs.
pub(crate) struct Held {
    tx: Option<DatabaseTransaction>,
    /// On whose behalf statements run at the moment; `None` when that is not sure.
    scope: Mutex<Option<Scope>>,
    /// Whether a write broke off half-way, so that the rest must not be kept.
    broken: bool,
    /// The turn to write, which is passed on when the transaction has ended.
    _turn: Option<OwnedMutexGuard<()>>,
}

impl std::fmt::Debug for Held {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Held").field("broken", &self.broken).finish_non_exhaustive()
    }
}

impl Held {
    /// The transaction.
    pub(crate) fn tx(&self) -> Result<&DatabaseTransaction, DbErr> {
        self.tx.as_ref().ok_or_else(|| DbErr::Custom("the unit of work is over".to_owned()))
    }

    /// Makes the next statements run on behalf of `scope`; `first` is run in the same round trip.
    async fn become_scope(&self, scope: Scope, first: Option<&str>) -> Result<(), DbErr> {
        let tx = self.tx()?;
        let mut statements: Vec<String> = first.map(str::to_owned).into_iter().collect();
        let is_that = *self.scope() == Some(scope);
        if tx.get_database_backend() == DbBackend::Postgres && !is_that {
            statements.push(postgres::become_scope(scope));
        }
        if !statements.is_empty() {
            tx.execute_unprepared(&statements.join("; ")).await?;
        }
        *self.scope() = Some(scope);
        Ok(())
    }

    fn scope(&self) -> std::sync::MutexGuard<'_, Option<Scope>> {
        self.scope.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Session {
    /// A session in a transaction that has begun, on behalf of `scope`.
    pub(crate) fn new(tx: DatabaseTransaction, scope: Scope, turn: Option<OwnedMutexGuard<()>>) -> Self {
        let held = Held { tx: Some(tx), scope: Mutex::new(Some(scope)), broken: false, _turn: turn };
        Self { held: Arc::new(tokio::sync::Mutex::new(held)) }
    }

    /// The transaction for one statement on behalf of `scope`.
    pub(crate) async fn enter(&self, scope: Scope) -> Result<OwnedMutexGuard<Held>, DbErr> {
        let held = self.held.clone().lock_owned().await;
        held.become_scope(scope, None).await?;
        Ok(held)
    }

    /// A part of the transaction that can be undone by itself.
    pub(crate) async fn savepoint(&self, scope: Scope) -> Result<Savepoint, DbErr> {
        let held = self.held.clone().lock_owned().await;
        held.become_scope(scope, Some(SAVE)).await?;
        Ok(Savepoint { held, open: true })
    }

    /// Ends the transaction and keeps what it did. False when a part of it broke off; nothing is kept then.
    pub(crate) async fn commit(&self) -> Result<bool, DbErr> {
        let mut held = self.held.clone().lock_owned().await;
        match held.tx.take() {
            Some(tx) if !held.broken => tx.commit().await.map(|()| true),
            _ => Ok(false),
        }
    }

    /// Gives the transaction up, also when somebody still holds a port on it.
    pub(crate) fn abandon(&self) {
        // Whoever is in the middle of something is the last to hold it.
        if let Ok(mut held) = self.held.try_lock() {
            drop(held.tx.take());
        }
    }
}

/// A part of a session's transaction. Dropped before its end, it breaks the whole.
#[derive(Debug)]
pub(crate) struct Savepoint {
    held: OwnedMutexGuard<Held>,
    open: bool,
}

impl Savepoint {
    pub(crate) fn tx(&self) -> Result<&DatabaseTransaction, DbErr> {
        self.held.tx()
    }

    pub(crate) async fn continue_as(&self, scope: Scope) -> Result<(), DbErr> {
        self.held.become_scope(scope, None).await
    }

    pub(crate) async fn commit(mut self) -> Result<(), DbErr> {
        self.tx()?.execute_unprepared(KEEP).await?;
        self.open = false;
        Ok(())
    }

    pub(crate) async fn rollback(mut self) -> Result<(), DbErr> {
        self.tx()?.execute_unprepared(UNDO).await?;
        // The role and the claims are again what they were before the savepoint.
        *self.held.scope() = None;
        self.open = false;
        Ok(())
    }
}

impl Drop for Savepoint {
    fn drop(&mut self) {
        if self.open {
            self.held.broken = true;
        }
    }
}
