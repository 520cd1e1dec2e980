//! Rows read by the places of their columns: in lists that are asked for all day long, looking every column up by its
//! name takes longer than reading it.

use dialer_domain::OffsetDateTime;
use sea_orm::prelude::{Json, Uuid};
use sea_orm::{DbErr, EntityTrait, IdenStatic, Iterable, QueryResult};
use sqlx::{Decode, Postgres, Row as _, Sqlite};

use crate::errors::query_error;
use crate::mapping::instant::Instant;

/// The columns of a row, one after the other.
pub(crate) struct Cells<'r> {
    row: &'r QueryResult,
    next: usize,
}

/// A row that is read by the places of its columns.
pub(crate) trait FromCells: Sized {
    /// Its columns, in their order.
    fn columns(of: &str) -> String;

    /// Reads them. `None` when the first, which is never null, is.
    fn read(cells: &mut Cells<'_>) -> Result<Option<Self>, DbErr>;
}

impl<'r> Cells<'r> {
    pub(crate) const fn of(row: &'r QueryResult) -> Self {
        Self { row, next: 0 }
    }

    /// The next column.
    pub(crate) fn next<T>(&mut self) -> Result<T, DbErr>
    where
        T: Decode<'r, Postgres> + Decode<'r, Sqlite>,
    {
        let index = self.next;
        self.next += 1;
        match (self.row.try_as_pg_row(), self.row.try_as_sqlite_row()) {
            (Some(row), _) => row.try_get_unchecked(index).map_err(query_error),
            (_, Some(row)) => row.try_get_unchecked(index).map_err(query_error),
            _ => Err(DbErr::Type("a row of an unknown database".to_owned())),
        }
    }

    /// The next column, a word or another short text.
    pub(crate) fn text(&mut self) -> Result<String, DbErr> {
        self.next::<&str>().map(str::to_owned)
    }

    /// The next column, an instant.
    pub(crate) fn instant(&mut self) -> Result<Instant, DbErr> {
        self.next::<OffsetDateTime>().map(Instant::from)
    }

    /// The next column, an instant or nothing.
    pub(crate) fn instant_opt(&mut self) -> Result<Option<Instant>, DbErr> {
        Ok(self.next::<Option<OffsetDateTime>>()?.map(Instant::from))
    }

    /// The next column, JSON.
    pub(crate) fn json(&mut self) -> Result<Json, DbErr> {
        Ok(self.next::<sqlx::types::Json<Json>>()?.0)
    }

    /// The next column, an id or nothing.
    pub(crate) fn uuid_opt(&mut self) -> Result<Option<Uuid>, DbErr> {
        self.next()
    }
}

/// Every column of an entity, of the table that is called `of`.
pub(crate) fn every_column<E: EntityTrait>(of: &str) -> String {
    let columns: Vec<String> = E::Column::iter().map(|column| format!("{of}.\"{}\"", column.as_str())).collect();
    columns.join(", ")
}

/// Reads rows that each have the total first and then the columns of a model, or one row with the total and nulls where
/// the page is empty.
pub(crate) fn page_of<M: FromCells>(rows: &[QueryResult]) -> Result<(Vec<M>, u64), DbErr> {
    let mut total = 0_i64;
    let mut models = Vec::with_capacity(rows.len());
    for row in rows {
        let mut cells = Cells::of(row);
        total = cells.next()?;
        models.extend(M::read(&mut cells)?);
    }
    Ok((models, u64::try_from(total).unwrap_or(0)))
}
