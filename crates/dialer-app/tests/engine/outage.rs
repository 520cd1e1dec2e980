//! A database that is away for a while.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use dialer_app::Engine;
use dialer_domain::calls::merge::CallEvent;
use dialer_domain::calls::store::{Added, CallFilter, CallStore, PatchError};
use dialer_domain::calls::{Call, CallPatch, CallStatus};
use dialer_domain::telephony::{ProviderCallId, RecordResult};
use dialer_domain::{CallId, Duration, OffsetDateTime, Page, PageRequest, Scope, StoreError};
use dialer_testkit::MemoryStore;
use tokio::sync::watch;

use crate::scene::Scene;

/// Calls that cannot be written while `away` counts down.
struct Flaky {
    calls: MemoryStore,
    away: AtomicU32,
}

#[async_trait]
impl CallStore for Flaky {
    async fn add(&self, call: &Call) -> Result<Added, StoreError> {
        CallStore::add(&self.calls, call).await
    }

    async fn receive(&self, call: &Call, names: &[ProviderCallId]) -> Result<Option<Call>, StoreError> {
        CallStore::receive(&self.calls, call, names).await
    }

    async fn get(&self, scope: Scope, id: CallId) -> Result<Option<Call>, StoreError> {
        CallStore::get(&self.calls, scope, id).await
    }

    async fn list(&self, scope: Scope, filter: CallFilter, page: PageRequest) -> Result<Page<Call>, StoreError> {
        CallStore::list(&self.calls, scope, filter, page).await
    }

    async fn patch(
        &self,
        scope: Scope,
        id: CallId,
        patch: &CallPatch,
        now: OffsetDateTime,
    ) -> Result<Option<Call>, PatchError> {
        self.calls.patch(scope, id, patch, now).await
    }

    async fn hide(&self, scope: Scope, id: CallId, now: OffsetDateTime) -> Result<bool, StoreError> {
        self.calls.hide(scope, id, now).await
    }

    async fn open(&self) -> Result<Vec<Call>, StoreError> {
        self.calls.open().await
    }

    async fn apply(&self, id: CallId, event: &CallEvent, now: OffsetDateTime) -> Result<Option<Call>, StoreError> {
        let away = self.away.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        if away.is_ok() {
            return Err(StoreError::Unavailable { source: "the server is restarting".into() });
        }
        self.calls.apply(id, event, now).await
    }
}

#[tokio::test(start_paused = true)]
async fn news_that_cannot_be_stored_is_kept_until_it_can() {
    let scene = Scene::with_contacts(1).await;
    scene.provider.next_dial_is("7");
    let flaky = Arc::new(Flaky { calls: scene.store.clone(), away: AtomicU32::new(20) });
    let mut ports = scene.ports(Arc::new(scene.provider.clone()));
    ports.stores.calls = flaky.clone();
    let (stop, stopped) = watch::channel(false);
    let engine = tokio::spawn(Engine::new(ports, scene.settings.clone(), scene.handle.clone()).run(stopped));

    scene.pass_seconds(5).await;
    assert!(flaky.away.load(Ordering::Relaxed) > 0, "the store is still away");
    let first = scene.calls().await.remove(0);
    assert_eq!((first.status, first.provider_call_id), (CallStatus::Initiated, None));

    scene.pass(Duration::minutes(1)).await;
    let first = scene.calls().await.remove(0);
    assert_eq!(first.provider_call_id.as_ref().map(ProviderCallId::as_str), Some("7"), "the answer was not forgotten");
    scene.over(&first, "7", RecordResult::Busy, 0);
    scene.pass_seconds(20).await;
    assert_eq!(scene.calls().await[0].status, CallStatus::Busy);
    stop.send_replace(true);
    engine.await.unwrap();
}
