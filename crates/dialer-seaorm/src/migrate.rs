//! Bringing a database to the schema of this program.

use std::collections::BTreeSet;

use dialer_migrations::{Migrator, MigratorTrait};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, Statement};

use crate::tx::begin_immediately;
use crate::{Database, DatabaseError, DatabaseKind};

/// Names the lock under which one node at a time changes the schema; any number that nobody else uses.
const MIGRATION_LOCK: i64 = 0x6469_616c_6572;

impl Database {
    /// Applies the steps that the database does not have yet, all or none. Nodes that start at the same time do so
    /// one after the other.
    ///
    /// # Errors
    /// [`DatabaseError::Newer`] when the database has steps that this version does not know; nothing was changed.
    #[tracing::instrument(name = "db.migrate", skip_all)]
    pub async fn migrate(&self) -> Result<(), DatabaseError> {
        let _turn = self.turn().await;
        let tx = begin_as_login(self).await.map_err(DatabaseError::failed)?;
        if self.kind() == DatabaseKind::Postgres {
            let lock = "SELECT pg_advisory_xact_lock($1)";
            let lock = Statement::from_sql_and_values(self.backend(), lock, [MIGRATION_LOCK.into()]);
            tx.execute_raw(lock).await.map_err(DatabaseError::failed)?;
        }
        // A login that does not own the tables may not even ask to make them.
        if known_ones(applied_steps(&tx).await?)?.len() == our_steps().len() {
            return tx.rollback().await.map_err(DatabaseError::failed);
        }
        Migrator::up(&tx, None).await.map_err(DatabaseError::failed)?;
        tx.commit().await.map_err(DatabaseError::failed)?;
        self.renew_connections().await;
        Ok(())
    }

    /// The steps that [`Self::migrate`] would apply, oldest first.
    ///
    /// # Errors
    /// [`DatabaseError::Newer`] when the database has steps that this version does not know.
    pub async fn pending_migrations(&self) -> Result<Vec<String>, DatabaseError> {
        let tx = begin_as_login(self).await.map_err(DatabaseError::failed)?;
        let applied = known_ones(applied_steps(&tx).await?)?;
        tx.rollback().await.map_err(DatabaseError::failed)?;
        Ok(our_steps().into_iter().filter(|name| !applied.contains(name)).collect())
    }
}

/// Begins a transaction as the login, who owns the tables or will.
async fn begin_as_login(db: &Database) -> Result<DatabaseTransaction, DbErr> {
    let tx = begin_immediately(db.connection().pool()).await?;
    if db.kind() == DatabaseKind::Postgres {
        tx.execute_unprepared("SET LOCAL ROLE NONE").await?;
    }
    Ok(tx)
}

/// The steps that the database has.
async fn applied_steps(db: &impl ConnectionTrait) -> Result<BTreeSet<String>, DatabaseError> {
    let backend = db.get_database_backend();
    let table = match backend {
        // A login that neither owns the list nor inherits from the service reads it as the service.
        DbBackend::Postgres => {
            "SELECT set_config('role', CASE WHEN has_table_privilege(session_user, 'seaql_migrations', 'SELECT')
                                       THEN 'none' ELSE 'service_role' END, true)
             WHERE to_regclass('seaql_migrations') IS NOT NULL"
        }
        _ => "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'seaql_migrations'",
    };
    let steps = "SELECT version FROM seaql_migrations";
    let read = async {
        if db.query_one_raw(Statement::from_string(backend, table)).await?.is_none() {
            return Ok(BTreeSet::new());
        }
        let rows = db.query_all_raw(Statement::from_string(backend, steps)).await?;
        rows.iter().map(|row| row.try_get("", "version")).collect()
    };
    read.await.map_err(DatabaseError::failed)
}

/// Refuses a database with steps that are not ours.
fn known_ones(applied: BTreeSet<String>) -> Result<BTreeSet<String>, DatabaseError> {
    let ours = our_steps();
    let unknown: Vec<String> = applied.iter().filter(|name| !ours.contains(name)).cloned().collect();
    if unknown.is_empty() { Ok(applied) } else { Err(DatabaseError::Newer { migrations: unknown }) }
}

fn our_steps() -> Vec<String> {
    Migrator::migrations().iter().map(|step| step.name().to_owned()).collect()
}
