//! A store that does all that a request with an `Idempotency-Key` asks, and fails to keep it in the end.

use std::sync::Arc;

use async_trait::async_trait;
use dialer_app::Ports;
use dialer_domain::idempotency::{Begun, IdempotencyKey, IdempotencyStore, KeyedRequest, StoredAnswer, UnitOfWork};
use dialer_domain::ids::UserId;
use dialer_domain::store::StoreError;
use dialer_domain::stores::Stores;

/// How it fails.
#[derive(Clone, Copy)]
pub(crate) enum Failure {
    /// It says that nothing was kept.
    Refused,
    /// The connection breaks off; nobody knows.
    Unknown,
}

/// The same ports with such a store.
pub(crate) fn forgetful(mut ports: Ports, failure: Failure) -> Ports {
    ports.stores.idempotency = Arc::new(Forgetful { inner: ports.stores.idempotency, failure });
    ports
}

struct Forgetful {
    inner: Arc<dyn IdempotencyStore>,
    failure: Failure,
}

#[async_trait]
impl IdempotencyStore for Forgetful {
    async fn begin(&self, request: KeyedRequest) -> Result<Begun, StoreError> {
        let begun = self.inner.begin(request).await?;
        let Begun::Fresh(unit) = begun else { return Ok(begun) };
        Ok(Begun::Fresh(Box::new(Lost { unit, failure: self.failure })))
    }

    async fn amend(&self, user: UserId, key: &IdempotencyKey, answer: StoredAnswer) -> Result<(), StoreError> {
        self.inner.amend(user, key, answer).await
    }
}

struct Lost {
    unit: Box<dyn UnitOfWork>,
    failure: Failure,
}

#[async_trait]
impl UnitOfWork for Lost {
    fn stores(&self) -> Stores {
        self.unit.stores()
    }

    async fn commit(self: Box<Self>, _: StoredAnswer) -> Result<(), StoreError> {
        Err(match self.failure {
            Failure::Refused => StoreError::Stale { what: "idempotency key" },
            Failure::Unknown => StoreError::Unavailable { source: "the connection broke off".into() },
        })
    }
}
