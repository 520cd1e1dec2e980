//! Whether a claim costs the same when a queue is full and when it drains: 1,000,000 waiting entries, and what a claim of
//! one takes among the first 1,000 and after 100,000. One database stays full and one is drained, and their claims take
//! turns, so that whatever else the machine does slows both.
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
use dialer_seaorm::DatabaseKind;
use dialer_seaorm::testing::{TestDatabase, fresh_postgres, fresh_sqlite};
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
    let full = Line::of(entries).await;
    let drained = Line::of(entries).await;
    println!("{:?}: {entries} entries wait in each of two databases", full.test.db.kind());
    let mut taken = 0;
    while taken < claims {
        drained.claim(50).await;
        taken += 50;
    }
    println!("{taken} of one were claimed, 50 at a time");
    full.keep_house().await;
    drained.keep_house().await;
    let (mut of_full, mut of_drained) = (Vec::with_capacity(SAMPLE), Vec::with_capacity(SAMPLE));
    for _ in 0..SAMPLE {
        of_full.push(full.claim(1).await);
        of_drained.push(drained.claim(1).await);
    }
    of_full.sort_unstable();
    of_drained.sort_unstable();
    let ratio = |of: fn(&[Duration]) -> Duration| of(&of_drained).as_secs_f64() / of(&of_full).as_secs_f64();
    println!("claims of one, first {SAMPLE}: mean {:?}, median {:?}", mean(&of_full), median(&of_full));
    println!("after {taken} claims:        mean {:?}, median {:?}", mean(&of_drained), median(&of_drained));
    println!("ratio: mean {:.2}, median {:.2}", ratio(mean), ratio(median));
    full.test.remove().await;
    drained.test.remove().await;
}

/// A database with a campaign whose queue is full.
struct Line {
    test: TestDatabase,
    list: Campaign,
}

impl Line {
    async fn of(entries: u32) -> Self {
        let test = match std::env::var_os("TEST_PG_URL") {
            Some(_) => fresh_postgres().await,
            None => fresh_sqlite().await,
        };
        let all_day = ActiveHours::parse("00:00", "24:00").unwrap();
        let list = campaign().active().hours(all_day).build();
        CampaignStore::add(&test.db, &list).await.unwrap();
        for batch in 0..entries.div_ceil(BATCH) {
            let people = (0..BATCH).map(|n| contact(list.id).number(number(batch * BATCH + n)).build()).collect();
            test.db.import(Scope::Service, list.id, people).await.unwrap();
        }
        let ids = (0..entries).map(|_| id(QueueEntryId::new)).collect();
        let lease = pacing(&test.db, list.id).await;
        test.db.plan(list.id, &lease, ids, T0).await.unwrap();
        let line = Self { test, list };
        line.keep_house().await;
        line
    }

    /// What a server does by itself within a minute, and one for tests does not.
    async fn keep_house(&self) {
        if self.test.db.kind() == DatabaseKind::Postgres {
            let pool = sqlx::PgPool::connect(&self.test.url).await.unwrap();
            sqlx::raw_sql("VACUUM ANALYZE").execute(&pool).await.unwrap();
        }
    }

    /// Claims so many and ends their calls; what the claim alone took.
    async fn claim(&self, size: usize) -> Duration {
        let db = &self.test.db;
        let lease = pacing(db, self.list.id).await;
        let slots = slots(size);
        let start = Instant::now();
        let claimed = db.claim(self.list.id, &lease, slots, T0).await.unwrap();
        let took = start.elapsed();
        assert_eq!(claimed.calls.len(), size);
        let ending = ended(CallOutcome::Completed, Evidence::Record, T0);
        for call in claimed.calls {
            db.apply(call.id, &ending, T0).await.unwrap();
        }
        took
    }
}

fn mean(took: &[Duration]) -> Duration {
    took.iter().sum::<Duration>() / u32::try_from(took.len()).unwrap()
}

fn median(took: &[Duration]) -> Duration {
    took[took.len() / 2]
}
