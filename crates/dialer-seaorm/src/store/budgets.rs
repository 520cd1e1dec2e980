//! Request budgets, by the database's own time.

use async_trait::async_trait;
use dialer_domain::StoreError;
use dialer_domain::telephony::budget::{BudgetStore, SharedBudget};
use sea_orm::prelude::Json;
use sea_orm::{DbErr, FromQueryResult};

use crate::Database;
use crate::errors::BUDGET;
use crate::mapping::instant::{Instant, database_now};
use crate::sql::Sql;
use crate::tx::transaction;

const FIRST: &str = "INSERT INTO request_budgets (account, revision, state) VALUES ($1, $2 + 1, $3)
    ON CONFLICT (account) DO NOTHING";

const NEXT: &str =
    "UPDATE request_budgets SET revision = revision + 1, state = $3 WHERE account = $1 AND revision = $2";

#[derive(FromQueryResult)]
struct Row {
    revision: Option<i64>,
    state: Option<Json>,
    now: Instant,
}

#[async_trait]
impl BudgetStore for Database {
    #[tracing::instrument(name = "db.budgets.read", skip_all)]
    async fn read(&self, account: &str) -> Result<SharedBudget, StoreError> {
        let read = format!(
            "SELECT b.revision, b.state, {} AS now
             FROM (SELECT 1 AS one) AS row LEFT JOIN request_budgets AS b ON b.account = $1",
            database_now(self.backend())
        );
        let row: Result<Option<Row>, DbErr> =
            Sql::new(self.backend(), read).bind(account).one_as(self.connection()).await;
        let missing = || DbErr::RecordNotFound("a query that always gives a row gave none".to_owned());
        let row = row.and_then(|row| row.ok_or_else(missing)).map_err(|error| BUDGET.error(error))?;
        Ok(SharedBudget {
            revision: row.revision.unwrap_or(0),
            state: row.state.unwrap_or_default(),
            now: row.now.get(),
        })
    }

    #[tracing::instrument(name = "db.budgets.write", skip_all)]
    async fn write(&self, account: &str, revision: i64, state: &Json) -> Result<bool, StoreError> {
        let written = transaction!(self, BUDGET, |tx| {
            let write = if revision == 0 { FIRST } else { NEXT };
            let write = Sql::new(self.backend(), write).bind(account).bind(revision).bind(state.clone());
            write.execute(tx).await.map_err(|error| BUDGET.error(error))
        })?;
        Ok(written > 0)
    }
}
