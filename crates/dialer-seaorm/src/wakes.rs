//! Wakes by `LISTEN`. `SQLite` has one node, which needs none.

use async_trait::async_trait;
use dialer_domain::StoreError;
use dialer_domain::wakes::{Wake, Wakes};
use sqlx::postgres::{PgConnectOptions, PgListener, PgPoolOptions};

use crate::{Database, DatabaseKind};

/// What the triggers of the schema notify.
const CHANNEL: &str = "dialer_wake";

/// Listens on a connection of its own, which it opens when it is first asked and again whenever it is gone.
#[derive(Debug)]
struct Listening {
    options: PgConnectOptions,
    listener: Option<PgListener>,
}

impl Database {
    /// The wakes of a database that several nodes may share; `None` for one that has a single node.
    #[must_use]
    pub fn wakes(&self) -> Option<Box<dyn Wakes>> {
        match self.kind() {
            DatabaseKind::Sqlite => None,
            DatabaseKind::Postgres => {
                let options = self.connection().pool().get_postgres_connection_pool().connect_options();
                Some(Box::new(Listening { options: options.as_ref().clone(), listener: None }))
            }
        }
    }
}

#[async_trait]
impl Wakes for Listening {
    async fn next(&mut self) -> Result<Wake, StoreError> {
        match self.hear().await {
            Ok(wake) => Ok(wake),
            Err(source) => {
                self.listener = None;
                Err(StoreError::Unavailable { source: source.into() })
            }
        }
    }
}

impl Listening {
    async fn hear(&mut self) -> Result<Wake, sqlx::Error> {
        if let Some(listener) = &mut self.listener {
            // Nothing means that the connection was gone, and is there again.
            let told = listener.try_recv().await?;
            return Ok(told.and_then(|told| told.payload().parse().ok()).unwrap_or(Wake::Work));
        }
        let own = PgPoolOptions::new().max_connections(1).max_lifetime(None).idle_timeout(None);
        let mut listener = PgListener::connect_with(&own.connect_lazy_with(self.options.clone())).await?;
        listener.listen(CHANNEL).await?;
        self.listener = Some(listener);
        // Whatever was told until now was missed.
        Ok(Wake::Work)
    }
}
