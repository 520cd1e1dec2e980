//! Whether a claim costs the same when a queue is full and when it drains: 1,000,000 waiting entries, and what a claim of
//! one takes among the first 1,000 and again after 100,000.
//!
//! `cargo bench -p dialer-seaorm --bench drain` measures `PostgreSQL` where `TEST_PG_URL` names a server, else `SQLite`.
//! `ENTRIES` and `CLAIMS` make it smaller. It is no criterion bench: every claim changes what the next one meets.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot run has nothing to report")]
#![expect(clippy::print_stdout, clippy::disallowed_methods, reason = "it reports what it measured by the real clock")]

use std::time::{Duration, Instant};

use dialer_domain::calls::Evidence;
use dialer_domain::calls::store::CallStore;
use dialer_domain::campaigns::store::CampaignStore;
use dialer_domain::contacts::store::ContactStore;
use dialer_domain::queue::store::DialQueue;
use dialer_domain::schedule::ActiveHours;
use dialer_domain::{CallOutcome, Campaign, PhoneNumber, QueueEntryId, Scope};
use dialer_seaorm::Database;
use dialer_seaorm::testing::{fresh_postgres, fresh_sqlite};
use dialer_testkit::builders::{T0, campaign, contact, ended, id, slots};
use dialer_testkit::pacing;

/// Contacts added or entries planned in one statement.
const BATCH: u32 = 10_000;

/// Claims of one that are measured each time.
const SAMPLE: usize = 1_000;

fn main() {
    // `cargo test --benches` runs every bench once and wants to be done soon.
    let (entries, claims) = if std::env::args().any(|arg| arg == "--bench") {
        (size("ENTRIES", 1_000_000), size("CLAIMS", 100_000))
    } else {
        (BATCH, BATCH / 2)
    };
    tokio::runtime::Runtime::new().unwrap().block_on(drain(entries, claims));
}

/// More numbers than are reserved for fiction. Nobody is called here.
fn number(n: u32) -> PhoneNumber {
    PhoneNumber::parse(&format!("+447{n:09}"), None).unwrap()
}

fn size(name: &str, otherwise: u32) -> u32 {
    std::env::var(name).ok().map_or(otherwise, |count| count.parse().unwrap())
}

async fn drain(entries: u32, claims: u32) {
    let test = match std::env::var_os("TEST_PG_URL") {
        Some(_) => fresh_postgres().await,
        None => fresh_sqlite().await,
    };
    let db = &test.db;
    let all_day = ActiveHours::parse("00:00", "24:00").unwrap();
    let list = campaign().active().hours(all_day).build();
    CampaignStore::add(db, &list).await.unwrap();
    for batch in 0..entries.div_ceil(BATCH) {
        let people = (0..BATCH).map(|n| contact(list.id).number(number(batch * BATCH + n)).build()).collect();
        db.import(Scope::Service, list.id, people).await.unwrap();
    }
    let ids = (0..entries).map(|_| id(QueueEntryId::new)).collect();
    let lease = pacing(db, list.id).await;
    db.plan(list.id, &lease, ids, T0).await.unwrap();
    println!("{:?}: {entries} entries wait", db.kind());
    let full_sample = sample(db, &list).await;
    let mut drained = u32::try_from(SAMPLE).unwrap();
    while drained < claims {
        claim(db, &list, 50).await;
        drained += 50;
    }
    let drained_sample = sample(db, &list).await;
    let ratio = |of: fn(&[Duration]) -> Duration| of(&drained_sample).as_secs_f64() / of(&full_sample).as_secs_f64();
    println!("claims of one, first {SAMPLE}: mean {:?}, median {:?}", mean(&full_sample), median(&full_sample));
    println!("after {drained} claims:        mean {:?}, median {:?}", mean(&drained_sample), median(&drained_sample));
    println!("ratio: mean {:.2}, median {:.2}", ratio(mean), ratio(median));
    test.remove().await;
}

async fn sample(db: &Database, list: &Campaign) -> Vec<Duration> {
    let mut took = Vec::with_capacity(SAMPLE);
    for _ in 0..SAMPLE {
        took.push(claim(db, list, 1).await);
    }
    took.sort_unstable();
    took
}

fn mean(took: &[Duration]) -> Duration {
    took.iter().sum::<Duration>() / u32::try_from(took.len()).unwrap()
}

fn median(took: &[Duration]) -> Duration {
    took[took.len() / 2]
}

/// Claims so many and ends their calls; what the claim alone took.
async fn claim(db: &Database, list: &Campaign, size: usize) -> Duration {
    let lease = pacing(db, list.id).await;
    let slots = slots(size);
    let start = Instant::now();
    let claimed = db.claim(list.id, &lease, slots, T0).await.unwrap();
    let took = start.elapsed();
    assert_eq!(claimed.calls.len(), size);
    let ending = ended(CallOutcome::Completed, Evidence::Record, T0);
    for call in claimed.calls {
        db.apply(call.id, &ending, T0).await.unwrap();
    }
    took
}
