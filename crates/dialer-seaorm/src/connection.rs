//! Where statements run, and as whom.
//!
//! On `PostgreSQL` every statement on behalf of a user runs as the role `authenticated` with the user's claims, so that Row
//! Level Security filters what the adapter's own conditions let through by mistake. Role and claims are set in the
//! round trip that begins the transaction, and vanish with it, however it ends. Everything else runs as `service_role`, which
//! connections take on when they are opened. `SQLite` knows neither roles nor policies.

use std::sync::Arc;

use async_trait::async_trait;
use dialer_domain::Scope;
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr, ExecResult, QueryResult, Statement};
use sqlx::{PgPool, Postgres};

use crate::errors::exec_error;
use crate::postgres;
use crate::session::Session;

/// The connections of a database, used on behalf of somebody. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Connection {
    pool: DatabaseConnection,
    scope: Scope,
    /// The transaction that everything runs in.
    session: Option<Arc<Session>>,
}

impl Connection {
    /// Connections used by the service.
    pub(crate) const fn new(pool: DatabaseConnection) -> Self {
        Self { pool, scope: Scope::Service, session: None }
    }

    /// The same connections, used on behalf of `scope`.
    pub(crate) fn within(&self, scope: Scope) -> Self {
        Self { pool: self.pool.clone(), scope, session: self.session.clone() }
    }

    /// The same connections, of which only that of `session` is used.
    pub(crate) fn during(&self, session: Arc<Session>) -> Self {
        Self { pool: self.pool.clone(), scope: self.scope, session: Some(session) }
    }

    pub(crate) fn session(&self) -> Option<&Session> {
        self.session.as_deref()
    }

    pub(crate) const fn scope(&self) -> Scope {
        self.scope
    }

    pub(crate) const fn pool(&self) -> &DatabaseConnection {
        &self.pool
    }

    /// The pool, where a statement has to be walled in.
    fn walled(&self) -> Option<&PgPool> {
        let walled = self.scope != Scope::Service && self.pool.get_database_backend() == DbBackend::Postgres;
        walled.then(|| self.pool.get_postgres_connection_pool())
    }

    /// A transaction for one query, which changes nothing. It is not ended but dropped: the end travels together with what
    /// the pool says to a connection that comes back.
    async fn reading(&self, pool: &PgPool) -> Result<sqlx::Transaction<'static, Postgres>, DbErr> {
        postgres::begin(pool, &postgres::begin_as(self.scope, "BEGIN READ ONLY")).await
    }
}

#[async_trait]
impl ConnectionTrait for Connection {
    fn get_database_backend(&self) -> DbBackend {
        self.pool.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        if let Some(session) = &self.session {
            return session.enter(self.scope).await?.tx()?.execute_raw(statement).await;
        }
        let Some(pool) = self.walled() else { return self.pool.execute_raw(statement).await };
        let mut tx = postgres::begin(pool, &postgres::begin_as(self.scope, "BEGIN")).await?;
        let done = postgres::execute(&mut tx, &statement).await?;
        tx.commit().await.map_err(exec_error)?;
        Ok(done)
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.execute_raw(Statement::from_string(self.get_database_backend(), sql)).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        if let Some(session) = &self.session {
            return session.enter(self.scope).await?.tx()?.query_one_raw(statement).await;
        }
        let Some(pool) = self.walled() else { return self.pool.query_one_raw(statement).await };
        postgres::query_one(&mut *self.reading(pool).await?, &statement).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        if let Some(session) = &self.session {
            return session.enter(self.scope).await?.tx()?.query_all_raw(statement).await;
        }
        let Some(pool) = self.walled() else { return self.pool.query_all_raw(statement).await };
        postgres::query_all(&mut *self.reading(pool).await?, &statement).await
    }
}

#[cfg(test)]
mod tests {
    use dialer_domain::{Scope, StoreError, UserId};
    use sea_orm::prelude::Uuid;
    use sea_orm::{ConnectionTrait, DbBackend, Statement};

    use crate::errors::CALL;
    use crate::testing::{TestDatabase, fresh_postgres};
    use crate::tx::transaction;
    use crate::{ConnectOptions, Database};

    const SOMEBODY: Scope = Scope::User(UserId::new(Uuid::from_u128(7)));

    /// A database with one connection, and the database that keeps it.
    async fn of_one_connection() -> (Database, TestDatabase) {
        let test = fresh_postgres().await;
        let options = ConnectOptions { max_connections: 1, ..ConnectOptions::default() };
        (Database::connect(&test.url, options).await.unwrap(), test)
    }

    /// The role and the claims that a statement has.
    async fn identity(db: &impl ConnectionTrait) -> String {
        let identity = "SELECT concat(current_user, ' ', current_setting('request.jwt.claims', true))";
        let row = db.query_one_raw(Statement::from_string(DbBackend::Postgres, identity)).await;
        row.unwrap().unwrap().try_get_by_index(0).unwrap()
    }

    #[tokio::test]
    async fn a_user_s_statements_run_as_the_role_of_requests_with_the_user_s_claims() {
        let (db, _test) = of_one_connection().await;
        let user = "authenticated {\"sub\":\"00000000-0000-0000-0000-000000000007\",\"role\":\"authenticated\"}";
        assert_eq!(identity(db.within(SOMEBODY).connection()).await, user);
        let written: Result<_, StoreError> =
            async { transaction!(&db.within(SOMEBODY), CALL, |tx| { Ok(identity(tx).await) }) }.await;
        assert_eq!(written.unwrap(), user);
    }

    #[tokio::test]
    async fn whatever_becomes_of_a_user_s_statement_its_connection_is_the_service_s_again() {
        let (db, _test) = of_one_connection().await;
        let service = "service_role ";
        assert_eq!(identity(db.connection()).await, service);
        let user = db.within(SOMEBODY);
        identity(user.connection()).await;
        assert_eq!(identity(db.connection()).await, service, "after a read");
        let broken = user.connection().query_all_raw(Statement::from_string(DbBackend::Postgres, "SELECT 1 / 0")).await;
        assert!(broken.is_err());
        assert_eq!(identity(db.connection()).await, service, "after a read that failed");
        let done: Result<_, StoreError> = async { transaction!(&user, CALL, |tx| { Ok(identity(tx).await) }) }.await;
        done.unwrap();
        assert_eq!(identity(db.connection()).await, service, "after a commit");
        let refused: Result<(), StoreError> = async {
            transaction!(&user, CALL, |tx| {
                identity(tx).await;
                Err(StoreError::Stale { what: CALL.row })
            })
        }
        .await;
        refused.unwrap_err();
        assert_eq!(identity(db.connection()).await, service, "after a rollback");
        let holding = async {
            let held: Result<(), StoreError> = transaction!(&user, CALL, |tx| {
                identity(tx).await;
                std::future::pending::<()>().await;
                Ok(())
            });
            held
        };
        tokio::select! {
            biased;
            _ = holding => {}
            () = asked(&db, 8) => {}
        }
        assert_eq!(identity(db.connection()).await, service, "after a caller that went away");
    }

    /// Lets others run until the one connection has been taken and the server has been asked a few times.
    async fn asked(db: &Database, times: usize) {
        let pool = db.connection().pool().get_postgres_connection_pool();
        while pool.num_idle() > 0 {
            tokio::task::yield_now().await;
        }
        for _ in 0..times * 100 {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn a_read_on_behalf_of_a_user_cannot_write() {
        let (db, _test) = of_one_connection().await;
        let write = "INSERT INTO suppressions (user_id, phone_number)
                     VALUES ('00000000-0000-0000-0000-000000000007', '+447700900100') RETURNING id";
        let write = Statement::from_string(DbBackend::Postgres, write);
        let error = db.within(SOMEBODY).connection().query_all_raw(write).await.unwrap_err();
        assert!(error.to_string().contains("read-only"), "{error}");
    }

    #[tokio::test]
    async fn a_transaction_may_go_on_as_the_service_once_the_user_s_part_is_done() {
        let (db, _test) = of_one_connection().await;
        let seen: Result<_, StoreError> = async {
            transaction!(&db.within(SOMEBODY), CALL, |tx| {
                tx.continue_as(Scope::Service).await.map_err(|error| CALL.error(error))?;
                Ok(identity(tx).await)
            })
        }
        .await;
        assert_eq!(seen.unwrap(), "service_role ");
        assert_eq!(identity(db.connection()).await, "service_role ");
    }

    #[tokio::test]
    async fn a_server_without_the_role_leaves_no_transaction_open() {
        let (db, test) = of_one_connection().await;
        let pool = db.connection().pool().get_postgres_connection_pool();
        let begin = "SET LOCAL ROLE nobody_of_this_name; BEGIN";
        assert!(crate::postgres::begin(pool, begin).await.is_err());
        assert_eq!(identity(db.connection()).await, "service_role ");
        drop(test);
    }
}
