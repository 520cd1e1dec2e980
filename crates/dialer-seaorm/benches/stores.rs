//! How long the hot writes take: a claim of 1 and of 50, and contacts added by 1, 100, 1,000 and 10,000.
//!
//! `cargo bench -p dialer-seaorm` measures `SQLite`, and `PostgreSQL` where `TEST_PG_URL` names a server
//! (`eval "$(scripts/test-postgres.sh)"` starts a throw-away one, which does not wait for the disk).
//!
//! Each claim meets a horizon that is prepared and a campaign of 2,000 contacts; its calls are ended, and the
//! contacts made due again, outside of what is measured.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot run has nothing to report")]

use std::hint::black_box;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use criterion::{BenchmarkId, Criterion, SamplingMode, Throughput, criterion_group, criterion_main};
use dialer_domain::calls::Evidence;
use dialer_domain::calls::store::CallStore;
use dialer_domain::campaigns::store::CampaignStore;
use dialer_domain::contacts::store::ContactStore;
use dialer_domain::queue::store::DialQueue;
use dialer_domain::schedule::ActiveHours;
use dialer_domain::{CallOutcome, Campaign, Contact, OffsetDateTime, QueueEntryId, Scope};
use dialer_seaorm::testing::{TestDatabase, fresh_postgres, fresh_sqlite};
use dialer_seaorm::{Database, DatabaseKind};
use dialer_testkit::builders::{T0, campaign, contact, ended, id, number, slots};
use dialer_testkit::pacing;
use tokio::runtime::Runtime;

/// The databases that can be measured here.
fn databases(runtime: &Runtime) -> Vec<TestDatabase> {
    let mut databases = vec![runtime.block_on(fresh_sqlite())];
    if std::env::var_os("TEST_PG_URL").is_some() {
        databases.push(runtime.block_on(fresh_postgres()));
    }
    databases
}

fn name(kind: DatabaseKind) -> &'static str {
    match kind {
        DatabaseKind::Sqlite => "sqlite",
        DatabaseKind::Postgres => "postgres",
    }
}

async fn given_campaign(db: &Database) -> Campaign {
    let all_day = ActiveHours::parse("00:00", "24:00").unwrap();
    let list = campaign().active().hours(all_day).build();
    CampaignStore::add(db, &list).await.unwrap();
    list
}

/// Contacts with names and companies, as lists have them.
fn people(list: &Campaign, count: u32) -> Vec<Contact> {
    (0..count)
        .map(|n| {
            let person = contact(list.id).number(number(n)).name("Ada", &format!("Example {n}"));
            person.company("Example Ltd").email(&format!("ada{n}@example.org")).build()
        })
        .collect()
}

/// A later instant with every call.
fn later() -> OffsetDateTime {
    static MINUTES: AtomicI64 = AtomicI64::new(0);
    T0 + time::Duration::minutes(MINUTES.fetch_add(2, Ordering::Relaxed))
}

/// One claim, measured; what it takes to repeat it is not.
async fn claim_once(db: &Database, list: &Campaign, size: usize) -> Duration {
    let now = later();
    let ids = (0..size).map(|_| id(QueueEntryId::new)).collect();
    let lease = pacing(db, list.id).await;
    db.plan(list.id, &lease, ids, now).await.unwrap();
    let slots = slots(size);
    #[expect(clippy::disallowed_methods, reason = "a benchmark reads the real clock")]
    let start = Instant::now();
    let claimed = black_box(db.claim(list.id, &lease, slots, now).await.unwrap());
    let took = start.elapsed();
    assert_eq!(claimed.calls.len(), size);
    // Never placed: the attempt is given back, and the contact rests for a minute, so the list never runs dry.
    let ending = ended(CallOutcome::NotPlaced, Evidence::Answer, now);
    for call in claimed.calls {
        db.apply(call.id, &ending, now).await.unwrap();
    }
    took
}

fn claims(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    for database in databases(&runtime) {
        let db = &database.db;
        let list = runtime.block_on(async {
            let list = given_campaign(db).await;
            db.import(Scope::Service, list.id, people(&list, 2_000)).await.unwrap();
            list
        });
        let mut group = criterion.benchmark_group(format!("claim/{}", name(db.kind())));
        group.sample_size(20).warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(5));
        for size in [1_usize, 50] {
            group.throughput(Throughput::Elements(size.try_into().unwrap()));
            group.bench_with_input(BenchmarkId::from_parameter(size), &size, |bencher, &size| {
                bencher.to_async(&runtime).iter_custom(|times| {
                    let list = &list;
                    async move {
                        let mut took = Duration::ZERO;
                        for _ in 0..times {
                            took += claim_once(db, list, size).await;
                        }
                        took
                    }
                });
            });
        }
        group.finish();
        runtime.block_on(database.remove());
    }
}

/// Contacts added to a campaign, as `POST /campaigns/{id}/contacts` does; removing them again is not measured.
fn additions(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    for database in databases(&runtime) {
        let db = &database.db;
        let mut group = criterion.benchmark_group(format!("add/{}", name(db.kind())));
        group
            .sampling_mode(SamplingMode::Flat)
            .sample_size(10)
            .warm_up_time(Duration::from_secs(1))
            .measurement_time(Duration::from_secs(10));
        for size in [1_u32, 100, 1_000, 10_000] {
            group.throughput(Throughput::Elements(size.into()));
            group.bench_with_input(BenchmarkId::from_parameter(size), &size, |bencher, &size| {
                bencher.to_async(&runtime).iter_custom(|times| async move {
                    let mut took = Duration::ZERO;
                    for _ in 0..times {
                        let list = given_campaign(db).await;
                        let scope = Scope::User(list.user_id);
                        let people = people(&list, size);
                        #[expect(clippy::disallowed_methods, reason = "a benchmark reads the real clock")]
                        let start = Instant::now();
                        let outcome = black_box(db.import(scope, list.id, people).await.unwrap());
                        took += start.elapsed();
                        assert_eq!(outcome.added.len(), usize::try_from(size).unwrap());
                        db.delete(Scope::Service, list.id, T0).await.unwrap();
                    }
                    took
                });
            });
        }
        group.finish();
        runtime.block_on(database.remove());
    }
}

criterion_group!(benches, claims, additions);
criterion_main!(benches);
