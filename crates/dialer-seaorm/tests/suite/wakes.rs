//! What nodes tell each other through the database.

use dialer_domain::calls::Evidence;
use dialer_domain::calls::store::CallStore;
use dialer_domain::campaigns::store::CampaignStore;
use dialer_domain::campaigns::{CampaignPatch, CampaignStatus};
use dialer_domain::contacts::store::ContactStore;
use dialer_domain::leases::{LeaseName, LeaseStore};
use dialer_domain::queue::store::DialQueue;
use dialer_domain::telephony::inbox::{ProviderInbox, ReceivedEvent};
use dialer_domain::wakes::{Wake, Wakes};
use dialer_domain::{CallOutcome, Campaign, QueueEntryId, Scope};
use dialer_seaorm::testing::{TestDatabase, fresh_postgres, fresh_sqlite};
use dialer_testkit::builders::{T0, campaign, contact, ended, id, slots};
use dialer_testkit::leases::NODE;
use dialer_testkit::pacing;

use crate::support::Raw;

/// Somebody who hears whatever is told from now on.
async fn listening(test: &TestDatabase) -> Box<dyn Wakes> {
    let mut wakes = test.db.wakes().unwrap();
    assert_eq!(wakes.next().await.unwrap(), Wake::Work, "whatever was told before was missed");
    wakes
}

/// Tells something else, so that whoever heard nothing before hears this next.
async fn tell_the_end(test: &TestDatabase, event: &str) {
    let event = ReceivedEvent { event_id: event.to_owned(), body: serde_json::json!({}), received_at: T0 };
    ProviderInbox::receive(&test.db, &event).await.unwrap();
}

async fn heard_before_the_end(test: &TestDatabase, wakes: &mut dyn Wakes, end: &str) -> usize {
    tell_the_end(test, end).await;
    let mut heard = 0;
    while wakes.next().await.unwrap() != Wake::ProviderEvents {
        heard += 1;
    }
    heard
}

async fn given_list(test: &TestDatabase, count: usize) -> Campaign {
    let list = campaign().active().build();
    CampaignStore::add(&test.db, &list).await.unwrap();
    let contacts = (0..count).map(|_| contact(list.id).build()).collect();
    test.db.import(Scope::Service, list.id, contacts).await.unwrap();
    list
}

#[tokio::test]
async fn a_list_of_any_length_wakes_other_nodes_once() {
    let test = fresh_postgres().await;
    let list = given_list(&test, 0).await;
    let mut wakes = listening(&test).await;
    let contacts = (0..500).map(|_| contact(list.id).build()).collect();
    test.db.import(Scope::Service, list.id, contacts).await.unwrap();
    assert_eq!(heard_before_the_end(&test, wakes.as_mut(), "a").await, 1);
}

#[tokio::test]
async fn a_campaign_that_is_changed_and_a_lease_that_is_handed_back_wake_other_nodes() {
    let test = fresh_postgres().await;
    let list = given_list(&test, 1).await;
    let mut wakes = listening(&test).await;
    let patch = CampaignPatch { status: Some(CampaignStatus::Paused), ..CampaignPatch::default() };
    test.db.save(Scope::Service, &list.clone().patched(patch, T0).unwrap()).await.unwrap();
    assert_eq!(heard_before_the_end(&test, wakes.as_mut(), "a").await, 1);
    let lease = pacing(&test.db, list.id).await;
    assert_eq!(heard_before_the_end(&test, wakes.as_mut(), "b").await, 0, "to take one is nobody else's business");
    assert_eq!(lease.name, LeaseName::Campaign(list.id));
    test.db.release_all(NODE).await.unwrap();
    assert_eq!(heard_before_the_end(&test, wakes.as_mut(), "c").await, 1);
}

#[tokio::test]
async fn dialling_wakes_nobody() {
    let test = fresh_postgres().await;
    let list = given_list(&test, 3).await;
    let lease = pacing(&test.db, list.id).await;
    let mut wakes = listening(&test).await;
    test.db.plan(list.id, &lease, vec![id(QueueEntryId::new)], T0).await.unwrap();
    let call = test.db.claim(list.id, &lease, slots(1), T0).await.unwrap().calls.remove(0);
    test.db.apply(call.id, &ended(CallOutcome::Busy, Evidence::Answer, T0), T0).await.unwrap().unwrap();
    assert_eq!(heard_before_the_end(&test, wakes.as_mut(), "a").await, 0);
}

#[tokio::test]
async fn a_listener_whose_connection_is_gone_comes_back_by_itself() {
    let test = fresh_postgres().await;
    let mut wakes = listening(&test).await;
    let raw = Raw::on(&test).await;
    let ended = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
                 WHERE datname = current_database() AND query LIKE 'LISTEN%'";
    assert_eq!(raw.value::<i64>(ended).await, 1);
    // It may fail once before it has noticed.
    let back = match wakes.next().await {
        Err(_) => wakes.next().await,
        heard => heard,
    };
    assert_eq!(back.unwrap(), Wake::Work, "something may have been missed");
    assert_eq!(heard_before_the_end(&test, wakes.as_mut(), "a").await, 0);
}

#[tokio::test]
async fn a_file_has_one_node_and_nobody_to_wake() {
    assert!(fresh_sqlite().await.db.wakes().is_none());
}
