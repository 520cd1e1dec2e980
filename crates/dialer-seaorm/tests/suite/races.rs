//! Transactions that meet.

use std::sync::Arc;

use dialer_domain::calls::Evidence;
use dialer_domain::calls::store::CallStore;
use dialer_domain::campaigns::store::CampaignStore;
use dialer_domain::contacts::store::ContactStore;
use dialer_domain::events::{EventKind, EventLog};
use dialer_domain::queue::store::DialQueue;
use dialer_domain::suppression::SuppressionStore;
use dialer_domain::{Call, CallOutcome, Campaign, Duration, PageRequest, PhoneNumber, QueueEntryId, Scope};
use dialer_seaorm::Database;
use dialer_seaorm::testing::{TestDatabase, fresh_postgres};
use dialer_testkit::builders::{T0, campaign, contact, ended, id, slots, suppression};
use dialer_testkit::pacing;
use dialer_testkit::stores::{self, Stage};
use sea_orm::{ConnectionTrait, TransactionTrait};

use crate::conformance::OnPostgres;
use crate::support::{Raw, on_both};

async fn list_of(db: &Database, count: usize) -> Campaign {
    let list = campaign().active().max_attempts(50).retry_interval(Duration::ZERO).build();
    CampaignStore::add(db, &list).await.unwrap();
    let contacts = (0..count).map(|_| contact(list.id).build()).collect();
    db.import(Scope::Service, list.id, contacts).await.unwrap();
    list
}

async fn numbers_of(db: &Database, list: &Campaign) -> Vec<PhoneNumber> {
    let page = ContactStore::list(db, Scope::Service, list.id, None, PageRequest::default()).await.unwrap();
    page.items.into_iter().map(|contact| contact.person.phone_number).collect()
}

async fn dial(db: &Database, list: &Campaign, count: usize) -> Vec<Call> {
    let ids = (0..count).map(|_| id(QueueEntryId::new)).collect();
    db.plan(list.id, &pacing(db, list.id).await, ids, T0).await.unwrap();
    db.claim(list.id, &pacing(db, list.id).await, slots(count), T0).await.unwrap().calls
}

/// From the moment that the owner is told "suppressed", no call to the number is written down any more.
async fn suppression_wins_every_race(test: TestDatabase) {
    for _ in 0..15 {
        let list = list_of(&test.db, 3).await;
        let contacts =
            ContactStore::list(&test.db, Scope::Service, list.id, None, PageRequest::default()).await.unwrap();
        let number = contacts.items[1].person.phone_number.clone();
        test.db
            .plan(list.id, &pacing(&test.db, list.id).await, (0..3).map(|_| id(QueueEntryId::new)).collect(), T0)
            .await
            .unwrap();
        let start = Arc::new(tokio::sync::Barrier::new(4));
        let claims: Vec<_> = (0..3)
            .map(|_| {
                let (db, start, list) = (test.db.clone(), start.clone(), list.id);
                tokio::spawn(async move {
                    start.wait().await;
                    db.claim(list, &pacing(&db, list).await, slots(1), T0).await.unwrap()
                })
            })
            .collect();
        start.wait().await;
        test.db.suppress(&suppression(list.user_id, &number)).await.unwrap();
        let live_when_told: Vec<Call> = CallStore::open(&test.db).await.unwrap();
        for claim in claims {
            for call in claim.await.unwrap().calls {
                let late = call.to_number == number && !live_when_told.iter().any(|live| live.id == call.id);
                assert!(!late, "a call was written down after its number was suppressed");
            }
        }
    }
}

/// Claims, ends, suppressions, imports and changes of one campaign from all sides: nobody gets stuck, nothing fails.
async fn a_campaign_can_be_worked_from_all_sides(test: TestDatabase) {
    let list = list_of(&test.db, 40).await;
    let mut workers = tokio::task::JoinSet::new();
    for worker in 0..6 {
        let (db, list) = (test.db.clone(), list.clone());
        workers.spawn(async move {
            for round in 0..8 {
                for call in dial(&db, &list, 3).await {
                    let how = if round % 2 == 0 { CallOutcome::NoAnswer } else { CallOutcome::Busy };
                    let ending = ended(how, Evidence::Answer, T0 + Duration::seconds(1));
                    assert!(db.apply(call.id, &ending, T0 + Duration::seconds(1)).await.unwrap().is_some());
                }
                if worker == 0 {
                    let more = vec![contact(list.id).build(), contact(list.id).build()];
                    let number = more[0].person.phone_number.clone();
                    db.import(Scope::Service, list.id, more).await.unwrap();
                    db.suppress(&suppression(list.user_id, &number)).await.unwrap();
                }
            }
        });
    }
    while let Some(done) = workers.join_next().await {
        done.unwrap();
    }
    assert_eq!(CallStore::open(&test.db).await.unwrap(), []);
    let stats = CampaignStore::get(&test.db, Scope::Service, list.id).await.unwrap().unwrap().stats;
    assert_eq!((stats.total, stats.calling), (56, 0));
}

on_both!(suppression_wins_every_race, a_campaign_can_be_worked_from_all_sides);

/// Somebody else locks a call and then its campaign, we the other way round: the server gives up our transaction,
/// and nobody notices.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transaction_that_the_server_gives_up_is_run_again() {
    let test = fresh_postgres().await;
    let raw = Raw::on(&test).await;
    let list = list_of(&test.db, 1).await;
    let call = dial(&test.db, &list, 1).await.pop().unwrap();

    let other = raw.0.begin().await.unwrap();
    other.execute_unprepared("SET deadlock_timeout = '1h'").await.unwrap();
    other.execute_unprepared("SELECT 1 FROM call_logs FOR UPDATE").await.unwrap();
    let ours = {
        let db = test.db.clone();
        tokio::spawn(async move { db.apply(call.id, &ended(CallOutcome::Busy, Evidence::Answer, T0), T0).await })
    };
    raw.until_waiting(1).await;
    other.execute_unprepared("SELECT 1 FROM dialer_campaigns FOR UPDATE").await.unwrap();
    other.commit().await.unwrap();

    let ended = ours.await.unwrap().unwrap().unwrap();
    assert_eq!(ended.outcome, Some(CallOutcome::Busy));
    let deadlocks = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()";
    assert!(raw.value::<i64>(deadlocks).await >= 1, "a try was given up");
}

/// Whoever moves agents, contacts and calls locks them in one order: the server never has to give anybody up.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn agents_worked_from_all_sides_never_lock_each_other_out() {
    let test = fresh_postgres().await;
    let (db, raw) = (test.db.clone(), Raw::on(&test).await);
    let stage = Stage::of(&OnPostgres(test));
    stores::staffing::agents_are_worked_from_all_sides(&stage).await;
    stores::staffing::claims_at_once_give_an_agent_one_call(&stage).await;
    // The server counts what a connection met when the connection has ended, if not before.
    db.close().await;
    raw.until_alone().await;
    let deadlocks = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()";
    assert_eq!(raw.value::<i64>(deadlocks).await, 0);
}

/// A reader asks for what came after the last number it saw, so no smaller number may appear later.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_is_not_seen_before_one_with_a_smaller_number() {
    let test = fresh_postgres().await;
    let raw = Raw::on(&test).await;
    let other = raw.0.begin().await.unwrap();
    let first = format!(
        "INSERT INTO dialer_events (kind, user_id, at) VALUES ('number.lifted', {}, now())",
        raw.uuid(uuid::Uuid::from_u128(1))
    );
    other.execute_unprepared(&first).await.unwrap();
    let second = {
        let db = test.db.clone();
        tokio::spawn(async move { CampaignStore::add(&db, &campaign().build()).await })
    };
    raw.until_waiting(1).await;
    assert_eq!(test.db.since(Scope::Service, 0, 10).await.unwrap(), []);
    other.commit().await.unwrap();
    second.await.unwrap().unwrap();
    let kinds: Vec<EventKind> =
        test.db.since(Scope::Service, 0, 10).await.unwrap().into_iter().map(|event| event.event.kind).collect();
    assert_eq!(kinds, [EventKind::NumberLifted, EventKind::CampaignCreated]);
}

/// A claim has looked before the number was suppressed and is still writing: the owner is not told "suppressed"
/// until that call is in the log, where it can be hung up.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_suppression_waits_for_a_claim_that_looked_before() {
    let test = fresh_postgres().await;
    let raw = Raw::on(&test).await;
    let list = list_of(&test.db, 1).await;
    test.db.plan(list.id, &pacing(&test.db, list.id).await, vec![id(QueueEntryId::new)], T0).await.unwrap();
    let slots = slots(1);
    let number = numbers_of(&test.db, &list).await.remove(0);

    // Holds the claim where it writes its call.
    let other = raw.0.begin().await.unwrap();
    let same_id = raw.uuid(slots[0].call_id.as_uuid());
    let row = format!("INSERT INTO call_logs (id, user_id, to_number) VALUES ({same_id}, {same_id}, '+447700900100')");
    other.execute_unprepared(&row).await.unwrap();
    let claim = {
        let (db, list) = (test.db.clone(), list.id);
        tokio::spawn(async move { db.claim(list, &pacing(&db, list).await, slots, T0).await })
    };
    raw.until_waiting(1).await;
    let told = {
        let (db, entry) = (test.db.clone(), suppression(list.user_id, &number));
        tokio::spawn(async move {
            db.suppress(&entry).await.unwrap();
            CallStore::open(&db).await.unwrap().len()
        })
    };
    raw.until_waiting(2).await;
    other.rollback().await.unwrap();

    assert_eq!(claim.await.unwrap().unwrap().calls.len(), 1);
    assert_eq!(told.await.unwrap(), 1);
}
