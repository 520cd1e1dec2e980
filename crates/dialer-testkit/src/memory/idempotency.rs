//! Requests that carry a key: a unit of work is a copy of everything, put in its place when it is committed.

use async_trait::async_trait;
use dialer_domain::idempotency::{Begun, IdempotencyKey, IdempotencyStore, KeyedRequest, StoredAnswer, UnitOfWork};
use dialer_domain::{OffsetDateTime, StoreError, Stores, UserId};
use tokio::sync::OwnedMutexGuard;

use super::{MemoryStore, State};

/// What a key holds.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct KeyRow {
    fingerprint: String,
    answer: StoredAnswer,
    expires_at: OffsetDateTime,
}

#[async_trait]
impl IdempotencyStore for MemoryStore {
    async fn begin(&self, request: KeyedRequest) -> Result<Begun, StoreError> {
        let turn = self.turn.clone().lock_owned().await;
        let mut state = self.lock();
        state.keys.retain(|_, row| row.expires_at > request.now);
        Ok(match state.keys.get(&(request.user, request.key.clone())) {
            Some(row) if row.fingerprint == request.fingerprint => Begun::Replay(row.answer.clone()),
            Some(_) => Begun::Mismatch,
            None => Begun::Fresh(Box::new(Unit {
                copy: Self {
                    state: std::sync::Arc::new(state.clone().into()),
                    turn: std::sync::Arc::default(),
                    time: self.time.clone(),
                    rules: self.rules.clone(),
                },
                base: state.clone(),
                store: self.clone(),
                request,
                _turn: turn,
            })),
        })
    }

    async fn amend(&self, user: UserId, key: &IdempotencyKey, answer: StoredAnswer) -> Result<(), StoreError> {
        if let Some(row) = self.lock().keys.get_mut(&(user, key.clone())) {
            row.answer = answer;
        }
        Ok(())
    }
}

struct Unit {
    store: MemoryStore,
    /// What everything was when the unit began.
    base: State,
    copy: MemoryStore,
    request: KeyedRequest,
    _turn: OwnedMutexGuard<()>,
}

#[async_trait]
impl UnitOfWork for Unit {
    fn stores(&self) -> Stores {
        self.copy.stores()
    }

    /// Refused when somebody else has written meanwhile: there is no telling which of their rows were read here.
    async fn commit(self: Box<Self>, answer: StoredAnswer) -> Result<(), StoreError> {
        let mut state = self.store.lock();
        if *state != self.base {
            return Err(StoreError::Stale { what: "idempotency key" });
        }
        let KeyedRequest { user, key, fingerprint, .. } = self.request.clone();
        *state = self.copy.lock().clone();
        state.keys.insert((user, key), KeyRow { fingerprint, answer, expires_at: self.request.expires_at() });
        Ok(())
    }
}
