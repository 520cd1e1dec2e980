//! The suite that every persistence adapter has to pass.

use std::sync::Arc;

use async_trait::async_trait;
use dialer_seaorm::testing::{TestDatabase, fresh_postgres, fresh_sqlite};
use dialer_testkit::{StoreHarness, Stores};

fn stores(test: &TestDatabase) -> Stores {
    let db = Arc::new(test.db.clone());
    Stores {
        campaigns: db.clone(),
        contacts: db.clone(),
        calls: db.clone(),
        queue: db.clone(),
        suppressions: db.clone(),
        events: db,
    }
}

struct OnSqlite(TestDatabase);

#[async_trait]
impl StoreHarness for OnSqlite {
    async fn fresh() -> Self {
        Self(fresh_sqlite().await)
    }

    fn stores(&self) -> Stores {
        stores(&self.0)
    }
}

struct OnPostgres(TestDatabase);

#[async_trait]
impl StoreHarness for OnPostgres {
    async fn fresh() -> Self {
        Self(fresh_postgres().await)
    }

    fn stores(&self) -> Stores {
        stores(&self.0)
    }
}

mod sqlite {
    use super::OnSqlite;

    dialer_testkit::store_conformance!(OnSqlite);
}

mod postgres {
    use super::OnPostgres;

    dialer_testkit::store_conformance!(OnPostgres);
}
