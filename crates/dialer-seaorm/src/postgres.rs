//! Statements on a `PostgreSQL` connection that a transaction of ours holds.

use dialer_domain::Scope;
use sea_orm::{DbErr, ExecResult, QueryResult, Statement, Values};
use sea_query_sqlx::SqlxValues;
use sqlx::{AssertSqlSafe, PgConnection, PgPool, Postgres, Transaction};

use crate::errors::{exec_error, pool_error, query_error};

/// What a connection becomes when it is opened: the role of the engine, where the database has it and the login may.
pub(crate) const BECOME_SERVICE: &str = "
    SELECT set_config('role', rolname, false) FROM pg_roles WHERE rolname = 'service_role'
    AND pg_has_role(session_user, oid,
        CASE WHEN current_setting('server_version_num')::int >= 160000 THEN 'SET' ELSE 'MEMBER' END)";

/// What begins a transaction on behalf of `scope`, all in one round trip.
///
/// Role and claims come first: what stands before `BEGIN` in one request belongs to the same transaction, and when it
/// fails, no transaction is left open.
pub(crate) fn begin_as(scope: Scope, begin: &str) -> String {
    format!("{}; {begin}", become_scope(scope))
}

/// Makes the rest of a transaction run on behalf of `scope`.
pub(crate) fn become_scope(scope: Scope) -> String {
    match scope {
        Scope::Service => "SET LOCAL ROLE service_role; SET LOCAL request.jwt.claims = ''".to_owned(),
        // A UUID needs no quoting.
        Scope::User(user) => format!(
            "SET LOCAL ROLE authenticated; \
             SET LOCAL request.jwt.claims = '{{\"sub\":\"{user}\",\"role\":\"authenticated\"}}'"
        ),
    }
}

/// Begins a transaction with these statements. It is rolled back when dropped.
///
/// Goes on when nobody waits for it any more, as for a caller who hung up: `sqlx` knows of a transaction only once it has read the
/// answer to `BEGIN`, and the connection would go back to the pool in the middle of a transaction of that caller's.
pub(crate) async fn begin(pool: &PgPool, statements: &str) -> Result<Transaction<'static, Postgres>, DbErr> {
    let (pool, statements) = (pool.clone(), AssertSqlSafe(statements.to_owned()));
    let begun = tokio::spawn(async move { pool.begin_with(statements).await }).await;
    begun.map_err(|error| DbErr::Custom(format!("a transaction could not begin, {error}")))?.map_err(pool_error)
}

pub(crate) async fn execute(connection: &mut PgConnection, statement: &Statement) -> Result<ExecResult, DbErr> {
    query(statement).execute(connection).await.map(Into::into).map_err(exec_error)
}

/// Runs several statements without parameters in one round trip.
pub(crate) async fn execute_unprepared(connection: &mut PgConnection, sql: &str) -> Result<ExecResult, DbErr> {
    use sqlx::Executor;
    connection.execute(AssertSqlSafe(sql.to_owned())).await.map(Into::into).map_err(exec_error)
}

pub(crate) async fn query_one(
    connection: &mut PgConnection,
    statement: &Statement,
) -> Result<Option<QueryResult>, DbErr> {
    let row = query(statement).fetch_optional(connection).await.map_err(query_error)?;
    Ok(row.map(Into::into))
}

pub(crate) async fn query_all(connection: &mut PgConnection, statement: &Statement) -> Result<Vec<QueryResult>, DbErr> {
    let rows = query(statement).fetch_all(connection).await.map_err(query_error)?;
    Ok(rows.into_iter().map(Into::into).collect())
}

fn query(statement: &Statement) -> sqlx::query::Query<'_, Postgres, SqlxValues> {
    let values = statement.values.clone().unwrap_or_else(|| Values(Vec::new()));
    sqlx::query_with(AssertSqlSafe(statement.sql.as_str()), SqlxValues(values))
}
