//! The suite that every persistence adapter has to pass.

use async_trait::async_trait;
use dialer_domain::Stores;
use dialer_domain::rules::Shelf;
use dialer_seaorm::testing::{TestDatabase, fresh_postgres, fresh_sqlite};
use dialer_testkit::StoreHarness;

struct OnSqlite(TestDatabase);

#[async_trait]
impl StoreHarness for OnSqlite {
    async fn fresh() -> Self {
        Self(fresh_sqlite().await)
    }

    fn stores(&self) -> Stores {
        Stores::on(self.0.db.clone())
    }

    fn shelf(&self) -> Shelf {
        self.0.db.shelf().clone()
    }
}

pub(crate) struct OnPostgres(pub(crate) TestDatabase);

#[async_trait]
impl StoreHarness for OnPostgres {
    async fn fresh() -> Self {
        Self(fresh_postgres().await)
    }

    fn stores(&self) -> Stores {
        Stores::on(self.0.db.clone())
    }

    fn shelf(&self) -> Shelf {
        self.0.db.shelf().clone()
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
