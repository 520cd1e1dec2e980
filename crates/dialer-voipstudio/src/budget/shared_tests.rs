//! Several budgets on one store.

use std::sync::Arc;

use async_trait::async_trait;
use dialer_domain::clock::Clock;
use dialer_domain::store::StoreError;
use dialer_domain::telephony::RequestPriority;
use dialer_domain::telephony::budget::{BudgetStore, SharedBudget};
use dialer_testkit::{FakeClock, MemoryStore};
use proptest::prelude::*;
use serde_json::Value;
use time::macros::datetime;
use time::{Duration, OffsetDateTime};
use tokio::task::JoinSet;

use crate::budget::Budget;
use crate::shared_pace::SharedPace;

const T0: OffsetDateTime = datetime!(2026-03-02 10:00 UTC);
const PERSON: RequestPriority = RequestPriority::Person;
const PATIENCE: Duration = Duration::minutes(3);

/// The clock of a machine that is ahead or behind.
struct Skewed(FakeClock, Duration);

#[async_trait]
impl Clock for Skewed {
    fn now(&self) -> OffsetDateTime {
        self.0.now() + self.1
    }

    async fn sleep(&self, duration: Duration) {
        self.0.sleep(duration).await;
    }
}

/// A database that is away.
struct Away;

#[async_trait]
impl BudgetStore for Away {
    async fn read(&self, _: &str) -> Result<SharedBudget, StoreError> {
        Err(StoreError::Unavailable { source: "away".into() })
    }

    async fn write(&self, _: &str, _: i64, _: &Value) -> Result<bool, StoreError> {
        Err(StoreError::Unavailable { source: "away".into() })
    }
}

/// Nodes that share a budget, each with a clock that is wrong by its own measure.
struct Nodes {
    clock: FakeClock,
    budgets: Vec<Arc<Budget>>,
    /// When requests went, by the right clock.
    tasks: JoinSet<Option<OffsetDateTime>>,
}

impl Nodes {
    fn on(store: &Arc<dyn BudgetStore>, clock: &FakeClock, limit: u32, skews: &[i64]) -> Self {
        let node = |skew: &i64| {
            let skewed = Skewed(clock.clone(), Duration::milliseconds(*skew));
            let budget = Budget::new(Arc::new(skewed), limit, PATIENCE);
            budget.share(SharedPace::new(Arc::clone(store), "account".to_owned()));
            Arc::new(budget)
        };
        Self { clock: clock.clone(), budgets: skews.iter().map(node).collect(), tasks: JoinSet::new() }
    }

    fn new(limit: u32, skews: &[i64]) -> Self {
        let clock = FakeClock::new(T0);
        let store: Arc<dyn BudgetStore> = Arc::new(MemoryStore::on_clock(Arc::new(clock.clone())));
        Self::on(&store, &clock, limit, skews)
    }

    async fn ask(&mut self, node: usize, priority: RequestPriority) -> tokio::task::AbortHandle {
        let (budget, clock) = (Arc::clone(&self.budgets[node]), self.clock.clone());
        let handle = self.tasks.spawn(async move { budget.turn(priority).await.ok().map(|_| clock.now()) });
        settle().await;
        handle
    }

    /// Lets time run until everybody was served or has given up; when those went who did.
    async fn finish(&mut self) -> Vec<OffsetDateTime> {
        let mut sent = Vec::new();
        loop {
            settle().await;
            while let Some(done) = self.tasks.try_join_next() {
                sent.extend(done.ok().flatten());
            }
            if self.tasks.is_empty() {
                sent.sort_unstable();
                return sent;
            }
            self.clock.set(self.clock.next_wake().expect("somebody waits, and for some instant"));
        }
    }
}

/// Lets every task run until it can go no further without time passing.
async fn settle() {
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
}

fn most_in_any_minute(sent: &[OffsetDateTime]) -> usize {
    let within = |first: usize| sent[first..].iter().take_while(|at| **at < sent[first] + Duration::MINUTE).count();
    (0..sent.len()).map(within).max().unwrap_or(0)
}

#[tokio::test]
async fn two_nodes_together_use_the_budget_that_one_has() {
    let mut nodes = Nodes::new(60, &[0, 0]);
    for n in 0..90 {
        nodes.ask(n % 2, PERSON).await;
    }
    let sent = nodes.finish().await;
    assert_eq!(sent.len(), 90);
    let most = most_in_any_minute(&sent);
    assert!((50..=60).contains(&most), "{most}");
}

#[tokio::test]
async fn a_throttle_told_to_one_node_slows_all() {
    let mut nodes = Nodes::new(100, &[0, 20_000]);
    nodes.budgets[0].throttled(T0, Some(Duration::seconds(30)));
    nodes.budgets[0].pass_on().await;
    nodes.ask(1, PERSON).await;
    assert_eq!(nodes.finish().await, [T0 + Duration::seconds(30)]);
    assert!(nodes.budgets[1].snapshot().rate_per_minute <= 50, "{:?}", nodes.budgets[1].snapshot());
}

#[tokio::test]
async fn what_could_not_be_told_is_not_forgotten() {
    let clock = FakeClock::new(T0);
    let away: Arc<dyn BudgetStore> = Arc::new(Away);
    let mut nodes = Nodes::on(&away, &clock, 100, &[0]);
    nodes.budgets[0].throttled(T0, Some(Duration::seconds(30)));
    nodes.budgets[0].pass_on().await;
    nodes.ask(0, PERSON).await;
    assert_eq!(nodes.finish().await, [T0 + Duration::seconds(30)]);
}

#[tokio::test]
async fn while_the_store_is_away_a_node_keeps_to_the_limit_by_itself() {
    let clock = FakeClock::new(T0);
    let away: Arc<dyn BudgetStore> = Arc::new(Away);
    let mut nodes = Nodes::on(&away, &clock, 30, &[0]);
    for _ in 0..60 {
        nodes.ask(0, PERSON).await;
    }
    let sent = nodes.finish().await;
    assert_eq!(sent.len(), 60);
    assert!(most_in_any_minute(&sent) <= 30);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn however_requests_come_and_whatever_their_clocks_say_two_nodes_never_exceed_the_limit_together(
        limit in 1_u32..60,
        skews in prop::array::uniform2(-30_000_i64..30_000),
        steps in prop::collection::vec((0_usize..2, 0_usize..3, 0_i64..3_000, 0_u8..20), 1..100),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let sent = runtime.block_on(async {
            let mut nodes = Nodes::new(limit, &skews);
            for (node, priority, milliseconds, event) in steps {
                let request = nodes.ask(node, RequestPriority::ALL[priority]).await;
                match event {
                    0 => request.abort(),
                    1 => {
                        let its_now = nodes.clock.now() + Duration::milliseconds(skews[node]);
                        nodes.budgets[node].throttled(its_now, None);
                        nodes.budgets[node].pass_on().await;
                    }
                    2..=10 => nodes.clock.advance(Duration::milliseconds(milliseconds)),
                    _ => {}
                }
            }
            nodes.finish().await
        });
        prop_assert!(most_in_any_minute(&sent) <= usize::try_from(limit).unwrap());
    }
}
