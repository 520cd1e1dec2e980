//! A second, raw connection to a test database: another writer, or a look behind the ports.

use dialer_seaorm::testing::TestDatabase;
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, QueryResult, Statement, TryGetable};

/// Writes one test for each case and kind of database. A case takes the [`TestDatabase`].
macro_rules! on_both {
    ($($case:ident),+ $(,)?) => {
        mod sqlite {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $case() {
                    super::$case(dialer_seaorm::testing::fresh_sqlite().await).await;
                }
            )+
        }
        mod postgres {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $case() {
                    super::$case(dialer_seaorm::testing::fresh_postgres().await).await;
                }
            )+
        }
    };
}
pub(crate) use on_both;

/// Somebody who writes SQL.
pub(crate) struct Raw(pub(crate) DatabaseConnection);

impl Raw {
    pub(crate) async fn on(test: &TestDatabase) -> Self {
        Self(sea_orm::Database::connect(&test.url).await.unwrap())
    }

    pub(crate) fn backend(&self) -> DbBackend {
        self.0.get_database_backend()
    }

    /// Runs SQL as it is.
    pub(crate) async fn run(&self, sql: &str) {
        self.0.execute_unprepared(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
    }

    /// The rows of a query.
    pub(crate) async fn rows(&self, sql: &str) -> Vec<QueryResult> {
        let statement = Statement::from_string(self.backend(), sql);
        self.0.query_all_raw(statement).await.unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    /// The first column of each row.
    pub(crate) async fn column<T: TryGetable>(&self, sql: &str) -> Vec<T> {
        self.rows(sql).await.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
    }

    /// The only value.
    pub(crate) async fn value<T: TryGetable>(&self, sql: &str) -> T {
        self.column(sql).await.pop().unwrap()
    }

    /// A UUID as this database writes it.
    pub(crate) fn uuid(&self, id: uuid::Uuid) -> String {
        match self.backend() {
            DbBackend::Postgres => format!("'{id}'::uuid"),
            _ => format!("x'{}'", id.simple()),
        }
    }

    /// Returns once the program has no connection to this (`PostgreSQL`) database any more.
    pub(crate) async fn until_alone(&self) {
        let others = "SELECT count(*) FROM pg_stat_activity
                      WHERE datname = current_database() AND application_name = 'dialer'";
        for _ in 0..20_000 {
            if self.value::<i64>(others).await == 0 {
                return;
            }
        }
        panic!("the program never left the database");
    }

    /// Returns once `count` transactions on this (`PostgreSQL`) database wait for others.
    pub(crate) async fn until_waiting(&self, count: i64) {
        let waiting = "SELECT count(*) FROM pg_stat_activity
                       WHERE datname = current_database() AND wait_event_type = 'Lock'";
        for _ in 0..20_000 {
            if self.value::<i64>(waiting).await == count {
                return;
            }
        }
        panic!("there never were {count} transactions that wait");
    }
}
