//! SQL that both databases understand, for what a query builder cannot say.
//!
//! Parameters are written `$1`, `$2` on either. Many rows travel as *one* parameter, a JSON array that the database
//! turns into a table: one statement text whatever the number of rows, no limit on parameters, and NULLs wherever
//! they occur, which arrays of this driver cannot hold.

use std::fmt::Write as _;

use dialer_domain::{PageRequest, Scope, StoreError};
use sea_orm::sea_query::ColumnType;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, DbErr, EntityTrait, FromQueryResult, IdenStatic, Iterable, QueryResult,
    Statement, Value,
};
use serde::Serialize;

use crate::errors::Names;

/// Rows sent in one statement at most.
const BATCH: usize = 10_000;

/// A statement under construction.
#[derive(Debug)]
pub(crate) struct Sql {
    backend: DbBackend,
    text: String,
    values: Vec<Value>,
}

impl Sql {
    pub(crate) fn new(backend: DbBackend, text: impl Into<String>) -> Self {
        Self { backend, text: text.into(), values: Vec::new() }
    }

    /// Binds the next parameter of the text: the first call binds `$1`.
    pub(crate) fn bind(mut self, value: impl Into<Value>) -> Self {
        self.values.push(value.into());
        self
    }

    /// Appends text.
    pub(crate) fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// Puts text before and after what there is.
    pub(crate) fn wrap(&mut self, before: &str, after: &str) {
        self.text.insert_str(0, before);
        self.text.push_str(after);
    }

    /// Appends text with a parameter at its end.
    pub(crate) fn push_bind(&mut self, text: &str, value: impl Into<Value>) {
        self.values.push(value.into());
        // Writing to a string does not fail.
        let _ = write!(self.text, "{text}${}", self.values.len());
    }

    /// Appends a condition that only rows of `scope` meet; `owner` is the column that holds the owner.
    pub(crate) fn push_scope(&mut self, owner: &str, scope: Scope) {
        if let Scope::User(user) = scope {
            self.push_bind(&format!(" AND {owner} = "), user.as_uuid());
        }
    }

    /// Locks the rows read against other writers until the transaction ends. `SQLite` has one writer anyway.
    pub(crate) fn locked(mut self) -> Self {
        self.push_lock(" FOR NO KEY UPDATE");
        self
    }

    /// Appends a locking clause where the database has them.
    pub(crate) fn push_lock(&mut self, clause: &str) {
        if self.backend == DbBackend::Postgres {
            self.push(clause);
        }
    }

    pub(crate) fn build(self) -> Statement {
        Statement::from_sql_and_values(self.backend, self.text, self.values)
    }

    /// Runs the statement; the number of rows it changed.
    pub(crate) async fn execute(self, db: &impl ConnectionTrait) -> Result<u64, DbErr> {
        Ok(db.execute_raw(self.build()).await?.rows_affected())
    }

    /// All rows that the statement gives.
    pub(crate) async fn all(self, db: &impl ConnectionTrait) -> Result<Vec<QueryResult>, DbErr> {
        db.query_all_raw(self.build()).await
    }

    /// The first row that the statement gives.
    pub(crate) async fn one(self, db: &impl ConnectionTrait) -> Result<Option<QueryResult>, DbErr> {
        db.query_one_raw(self.build()).await
    }

    /// All rows as models.
    pub(crate) async fn all_as<M: FromQueryResult>(self, db: &impl ConnectionTrait) -> Result<Vec<M>, DbErr> {
        self.all(db).await?.iter().map(|row| M::from_query_result(row, "")).collect()
    }

    /// The first row as a model.
    pub(crate) async fn one_as<M: FromQueryResult>(self, db: &impl ConnectionTrait) -> Result<Option<M>, DbErr> {
        self.one(db).await?.map(|row| M::from_query_result(&row, "")).transpose()
    }
}

/// The column that tells in which order rows of `campaign_contacts` were added.
pub(crate) const fn position(backend: DbBackend) -> &'static str {
    match backend {
        DbBackend::Postgres => "position",
        _ => "rowid",
    }
}

/// The ids of parameter `$n`, a JSON array, as what `IN` looks through.
pub(crate) fn ids_of(backend: DbBackend, n: usize) -> String {
    match backend {
        DbBackend::Postgres => format!("(SELECT value::uuid FROM jsonb_array_elements_text(${n}))"),
        _ => format!("(SELECT unhex(value, '-') FROM json_each(${n}))"),
    }
}

/// A page of the models of `table` that meet `condition`, and how many do in all, as of one instant. Both texts call
/// the table `r`; `values` are the parameters of the condition.
pub(crate) async fn page<M: FromQueryResult>(
    db: &impl ConnectionTrait,
    table: &str,
    condition: Sql,
    order: &str,
    page: PageRequest,
) -> Result<(Vec<M>, u64), DbErr> {
    page_of(&page_sql(table, condition, order, page).all(db).await?)
}

/// The statement of [`page`].
pub(crate) fn page_sql(table: &str, condition: Sql, order: &str, page: PageRequest) -> Sql {
    let Sql { backend, text: condition, values } = condition;
    let mut sql = Sql { backend, text: String::new(), values };
    sql.push(&format!(
        "SELECT t.total AS page_total, r.* FROM (SELECT count(*) AS total FROM {table} AS r WHERE {condition}) AS t
         LEFT JOIN (SELECT r.* FROM {table} AS r WHERE {condition} ORDER BY {order}"
    ));
    sql.push_window(page);
    sql.push(&format!(") AS r ON true ORDER BY {order}"));
    sql
}

impl Sql {
    /// Appends the limit and the offset of a page. The limit of a first page is a part of the text: a planner that knows
    /// how few rows are wanted finds one plan that is good for all parameters, and plans once.
    pub(crate) fn push_window(&mut self, page: PageRequest) {
        if page.offset() == 0 {
            return self.push_reach(page);
        }
        self.push_bind(" LIMIT ", i64::from(page.limit()));
        self.push_bind(" OFFSET ", i64::try_from(page.offset()).unwrap_or(i64::MAX));
    }

    /// Appends the limit of what is read up to the end of a page.
    pub(crate) fn push_reach(&mut self, page: PageRequest) {
        if page.offset() == 0 {
            return self.push(&format!(" LIMIT {}", page.limit()));
        }
        let reach = i64::try_from(page.offset()).unwrap_or(i64::MAX).saturating_add(page.limit().into());
        self.push_bind(" LIMIT ", reach);
    }
}

/// Reads rows that each have the total beside a model, or one row with the total and no model (a null `id`) where
/// the page is empty.
pub(crate) fn page_of<M: FromQueryResult>(rows: &[QueryResult]) -> Result<(Vec<M>, u64), DbErr> {
    let mut total = 0;
    let mut models = Vec::with_capacity(rows.len());
    for row in rows {
        total = row.try_get::<i64>("", "page_total")?;
        if row.try_get::<Option<sea_orm::prelude::Uuid>>("", "id")?.is_some() {
            models.push(M::from_query_result(row, "")?);
        }
    }
    Ok((models, u64::try_from(total).unwrap_or(0)))
}

/// The rows of parameter `$n`, from [`as_json`], as a table called `v` with these columns.
pub(crate) fn table_of<E: EntityTrait>(backend: DbBackend, n: usize, columns: &[E::Column]) -> String {
    let columns: Vec<String> = columns
        .iter()
        .map(|column| {
            let name = column.as_str();
            let kind = column.def().get_column_type().clone();
            match backend {
                DbBackend::Postgres => format!("\"{name}\" {}", postgres_type(&kind)),
                _ if kind == ColumnType::Uuid => format!("unhex(value ->> '{name}', '-') AS \"{name}\""),
                _ => format!("value ->> '{name}' AS \"{name}\""),
            }
        })
        .collect();
    let columns = columns.join(", ");
    match backend {
        DbBackend::Postgres => format!("jsonb_to_recordset(${n}) AS v({columns})"),
        _ => format!("(SELECT {columns} FROM json_each(${n})) AS v"),
    }
}

const fn postgres_type(kind: &ColumnType) -> &'static str {
    match kind {
        ColumnType::Uuid => "uuid",
        ColumnType::BigInteger => "bigint",
        ColumnType::Boolean => "boolean",
        ColumnType::TimestampWithTimeZone => "timestamptz",
        ColumnType::Json | ColumnType::JsonBinary => "jsonb",
        _ => "text",
    }
}

/// Rows as the parameter that [`table_of`] reads.
pub(crate) fn as_json<M: Serialize>(models: &[M]) -> Result<serde_json::Value, DbErr> {
    serde_json::to_value(models).map_err(|error| DbErr::Json(error.to_string()))
}

fn quoted<C: IdenStatic>(columns: &[C], of: &str) -> String {
    let columns: Vec<String> = columns.iter().map(|column| format!("{of}\"{}\"", column.as_str())).collect();
    columns.join(", ")
}

/// Every column of an entity but these.
pub(crate) fn columns_without<E: EntityTrait>(left_out: &[E::Column]) -> Vec<E::Column> {
    E::Column::iter().filter(|column| left_out.iter().all(|other| other.as_str() != column.as_str())).collect()
}

/// Inserts the given columns of the models. `tail` is what to do about rows that are there already, and what to
/// return; its rows are returned.
pub(crate) async fn insert<E, M>(
    db: &impl ConnectionTrait,
    models: &[M],
    columns: &[E::Column],
    tail: &str,
) -> Result<Vec<QueryResult>, DbErr>
where
    E: EntityTrait,
    M: Serialize,
{
    let backend = db.get_database_backend();
    let text = format!(
        "INSERT INTO {} ({}) SELECT {} FROM {} WHERE true {tail}",
        E::default().table_name(),
        quoted(columns, ""),
        quoted(columns, "v."),
        table_of::<E>(backend, 1, columns),
    );
    let mut returned = Vec::new();
    for batch in models.chunks(BATCH) {
        returned.extend(Sql::new(backend, text.clone()).bind(as_json(batch)?).all(db).await?);
    }
    Ok(returned)
}

/// Sets the given columns of the rows whose ids the models have, where `condition` holds: the row as stored is
/// called `t`, the model `v`. Every model must find its row; if one does not, somebody else was faster.
///
/// # Errors
/// [`StoreError::Stale`] when a row is not as expected.
pub(crate) async fn update<E, M>(
    db: &impl ConnectionTrait,
    names: Names,
    models: &[M],
    columns: &[E::Column],
    condition: &str,
) -> Result<(), StoreError>
where
    E: EntityTrait,
    M: Serialize,
{
    let backend = db.get_database_backend();
    let all: Vec<E::Column> = E::Column::iter().collect();
    let set: Vec<String> = columns.iter().map(IdenStatic::as_str).map(|c| format!("\"{c}\" = v.\"{c}\"")).collect();
    let text = format!(
        "UPDATE {} AS t SET {} FROM {} WHERE t.id = v.id AND {condition}",
        E::default().table_name(),
        set.join(", "),
        table_of::<E>(backend, 1, &all),
    );
    for batch in models.chunks(BATCH) {
        let json = as_json(batch).map_err(|error| names.error(error))?;
        let changed = Sql::new(backend, text.clone()).bind(json).execute(db).await.map_err(|e| names.error(e))?;
        if usize::try_from(changed) != Ok(batch.len()) {
            return Err(StoreError::Stale { what: names.row });
        }
    }
    Ok(())
}

/// Holds of a row that this program wrote last when the model was read, given that the model counts one write more.
pub(crate) const NEXT_VERSION: &str = "t.row_version = v.row_version - 1";
