//! Callbacks that were promised: kept, or missed and made late.

use dialer_app::{Dispositions, RecordDisposition};
use dialer_domain::dispositions::store::{FollowUpFilter, FollowUpStore};
use dialer_domain::dispositions::{Disposition, FollowUp, FollowUpStatus, FollowUpWish};
use dialer_domain::events::{EventKind, EventLog};
use dialer_domain::telephony::{LiveState, RecordResult};
use dialer_domain::{Call, Duration, PageRequest, Principal, Role, Scope};
use std::sync::Arc;

use crate::scene::Scene;

impl Scene {
    /// The owner promises on `call` to call back after a while.
    async fn promise(&self, call: &Call, after: Duration) {
        let ports = self.ports(Arc::new(self.provider.clone()));
        let dispositions = Dispositions::new(ports, self.handle.clone());
        let follow_up = FollowUpWish { date: Some(self.now() + after), ..FollowUpWish::default() };
        let disposition = Disposition::Callback;
        let wanted = RecordDisposition { call_id: call.id, disposition, notes: None, follow_up, personal: false };
        let owner = Principal { user: self.campaign.user_id, role: Role::Supervisor };
        dispositions.record(owner, wanted).await.unwrap();
    }

    async fn missed_events(&self) -> usize {
        let events = self.store.since(Scope::Service, 0, 500).await.unwrap();
        events.iter().filter(|event| event.event.kind == EventKind::FollowUpMissed).count()
    }

    async fn follow_ups(&self, status: FollowUpStatus) -> Vec<FollowUp> {
        let filter = FollowUpFilter { status: Some(status), ..FollowUpFilter::default() };
        let page = PageRequest::new(10, 0).unwrap();
        FollowUpStore::follow_ups(&self.store, Scope::Service, filter, page, self.now()).await.unwrap().items
    }

    /// The first contact is called and promised a callback after ten minutes.
    async fn given_promise(&mut self) -> Call {
        self.provider.next_dial_is("1");
        self.start();
        self.pass_seconds(2).await;
        let first = self.calls().await.remove(0);
        self.live(&first, "1", LiveState::Connected);
        self.pass_seconds(10).await;
        self.over(&first, "1", RecordResult::Connected, 5);
        self.promise(&first, Duration::minutes(10)).await;
        first
    }
}

#[tokio::test(start_paused = true)]
async fn a_callback_is_made_at_its_time_and_kept() {
    let mut scene = Scene::with_contacts(1).await;
    let first = scene.given_promise().await;
    scene.pass(Duration::minutes(12)).await;
    let calls = scene.calls().await;
    assert_eq!((calls.len(), calls[1].contact_id, calls[1].callback), (2, first.contact_id, true));
    scene.pass(Duration::hours(1)).await;
    assert_eq!(scene.missed_events().await, 0);
    assert_eq!(scene.follow_ups(FollowUpStatus::Kept).await.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_callback_for_which_nobody_was_free_is_missed_once_and_then_made() {
    let mut scene = Scene::with_contacts(2).await;
    scene.provider.next_dial_is("1");
    let first = scene.given_promise().await;
    // The only agent talks with the other contact for an hour.
    scene.provider.next_dial_is("2");
    scene.pass_seconds(30).await;
    let second = scene.calls().await.remove(1);
    assert_ne!(second.contact_id, first.contact_id);
    scene.live(&second, "2", LiveState::Connected);
    scene.pass(Duration::minutes(24)).await;
    assert_eq!((scene.missed_events().await, scene.follow_ups(FollowUpStatus::Missed).await.len()), (0, 0));
    scene.pass(Duration::minutes(2)).await;
    assert_eq!(scene.missed_events().await, 1);
    let missed = scene.follow_ups(FollowUpStatus::Missed).await.remove(0);
    assert_eq!((missed.contact_id, missed.kept_by), (first.contact_id, None));
    scene.pass(Duration::minutes(30)).await;
    scene.over(&second, "2", RecordResult::Connected, 3_000);
    scene.pass(Duration::minutes(1)).await;
    let late = scene.calls().await.remove(2);
    assert_eq!((late.contact_id, late.callback), (first.contact_id, true), "a promise missed is not a promise dropped");
    scene.pass(Duration::hours(1)).await;
    assert_eq!(scene.missed_events().await, 1);
    assert!(scene.follow_ups(FollowUpStatus::Missed).await.remove(0).kept_by.is_some());
}

#[tokio::test(start_paused = true)]
async fn a_missed_callback_is_told_once_by_several_nodes_of_which_some_die() {
    let mut scene = Scene::with_contacts(1).await;
    scene.settings.follow_up_tolerance = Duration::minutes(1);
    scene.given_promise().await;
    scene.start();
    scene.pass_seconds(5).await;
    // Nobody is left to keep the promise, and then two come back.
    scene.kill().await;
    scene.kill().await;
    scene.pass(Duration::hours(2)).await;
    assert_eq!(scene.missed_events().await, 0);
    scene.start();
    scene.start();
    scene.pass(Duration::minutes(2)).await;
    assert_eq!(scene.missed_events().await, 1);
    scene.kill().await;
    scene.pass(Duration::minutes(2)).await;
    assert_eq!(scene.missed_events().await, 1);
    assert_eq!(scene.calls().await.len(), 2, "it was made, late");
}
