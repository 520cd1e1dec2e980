//! Who goes when.

use super::*;
use dialer_testkit::FakeClock;
use proptest::prelude::*;
use rstest::rstest;
use time::macros::datetime;
use tokio::task::JoinSet;

const T0: OffsetDateTime = datetime!(2026-03-02 10:00 UTC);
const PERSON: RequestPriority = RequestPriority::Person;
const CAMPAIGN: RequestPriority = RequestPriority::Campaign;
const SWEEP: RequestPriority = RequestPriority::Sweep;

/// A budget on a clock that jumps to the next instant at which somebody wakes.
struct Bench {
    clock: FakeClock,
    budget: Arc<Budget>,
    tasks: JoinSet<(usize, RequestPriority, Result<OffsetDateTime, BudgetSpent>)>,
    asked: usize,
}

impl Bench {
    fn new(limit: u32, longest_wait: Duration) -> Self {
        let clock = FakeClock::new(T0);
        let budget = Arc::new(Budget::new(Arc::new(clock.clone()), limit, longest_wait));
        Self { clock, budget, tasks: JoinSet::new(), asked: 0 }
    }

    /// Takes all that a person could get at once, so that the next request has to wait.
    fn drain(&self) {
        let mut line = self.budget.line();
        while line.pace.opens_at(PERSON) <= T0 {
            line.pace.book(T0);
        }
    }

    async fn ask(&mut self, priority: RequestPriority) -> tokio::task::AbortHandle {
        let number = self.asked;
        self.asked += 1;
        let budget = Arc::clone(&self.budget);
        let handle = self.tasks.spawn(async move { (number, priority, budget.turn(priority).await) });
        settle().await;
        handle
    }

    /// Lets time run until everybody was served or has given up; who they were, in that order.
    async fn finish(&mut self) -> Vec<(usize, RequestPriority, Result<OffsetDateTime, BudgetSpent>)> {
        let mut served = Vec::new();
        loop {
            settle().await;
            while let Some(done) = self.tasks.try_join_next() {
                served.extend(done.ok());
            }
            if self.tasks.is_empty() {
                return served;
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

fn order(served: &[(usize, RequestPriority, Result<OffsetDateTime, BudgetSpent>)]) -> Vec<usize> {
    let mut served: Vec<_> = served.iter().filter_map(|(number, _, turn)| Some((turn.ok()?, *number))).collect();
    served.sort_unstable();
    served.into_iter().map(|(_, number)| number).collect()
}

#[tokio::test]
async fn people_go_first_then_campaigns_then_bookkeeping_each_in_order_of_arrival() {
    let mut bench = Bench::new(100, Duration::MINUTE);
    bench.drain();
    for priority in [SWEEP, CAMPAIGN, PERSON, SWEEP, CAMPAIGN, PERSON] {
        bench.ask(priority).await;
    }
    assert_eq!(order(&bench.finish().await), [2, 5, 1, 4, 0, 3]);
}

#[tokio::test]
async fn a_person_finds_room_while_a_campaign_uses_all_it_may() {
    let mut bench = Bench::new(100, Duration::MINUTE);
    for _ in 0..50 {
        bench.ask(CAMPAIGN).await;
    }
    bench.ask(PERSON).await;
    let served = bench.finish().await;
    assert!(served.contains(&(50, PERSON, Ok(T0))), "{served:?}");
}

#[tokio::test]
async fn a_busy_campaign_does_not_keep_bookkeeping_waiting_for_long() {
    let mut bench = Bench::new(100, Duration::minutes(5));
    bench.drain();
    for _ in 0..60 {
        bench.ask(CAMPAIGN).await;
    }
    for _ in 0..2 {
        bench.ask(SWEEP).await;
    }
    let order = order(&bench.finish().await);
    let places: Vec<_> = (60..62).filter_map(|sweep| order.iter().position(|number| *number == sweep)).collect();
    assert_eq!(places, [7, 15]);
}

#[tokio::test]
async fn whoever_stops_waiting_gives_the_place_back() {
    let mut bench = Bench::new(100, Duration::MINUTE);
    bench.drain();
    let first = bench.ask(PERSON).await;
    bench.ask(PERSON).await;
    first.abort();
    settle().await;
    assert_eq!(bench.budget.snapshot().waiting, 1);
    let opens = bench.budget.line().pace.opens_at(PERSON);
    assert_eq!(bench.finish().await, [(1, PERSON, Ok(opens))]);
    assert_eq!(bench.budget.snapshot().waiting, 0);
}

#[tokio::test]
async fn a_turn_wakes_one_request_and_not_all_of_them() {
    let mut bench = Bench::new(100, Duration::MINUTE);
    bench.drain();
    for _ in 0..20 {
        bench.ask(CAMPAIGN).await;
    }
    // Everybody sleeps for the longest wait; only the first in line sleeps for its turn as well.
    settle().await;
    bench.clock.until_sleeping(21).await;
    tokio::select! {
        biased;
        () = bench.clock.until_sleeping(22) => panic!("more than one request watches the clock"),
        () = std::future::ready(()) => {}
    }
    bench.finish().await;
}

#[tokio::test]
async fn nobody_waits_longer_than_the_longest_wait() {
    let mut bench = Bench::new(1, Duration::seconds(30));
    bench.drain();
    bench.ask(CAMPAIGN).await;
    let served = bench.finish().await;
    assert!(matches!(served[..], [(0, CAMPAIGN, Err(_))]), "{served:?}");
    assert_eq!(bench.clock.now(), T0 + Duration::seconds(30));
    assert_eq!(bench.budget.snapshot().waiting, 0);
}

#[tokio::test]
async fn a_turn_that_comes_when_the_process_was_held_up_is_not_taken() {
    let mut bench = Bench::new(100, Duration::seconds(30));
    bench.drain();
    bench.ask(PERSON).await;
    bench.clock.advance(Duration::minutes(10));
    let served = bench.finish().await;
    assert!(matches!(served[..], [(0, PERSON, Err(_))]), "{served:?}");
}

#[tokio::test]
async fn a_pause_longer_than_that_is_told_at_once() {
    let mut bench = Bench::new(100, Duration::seconds(30));
    bench.budget.throttled(T0, Some(Duration::minutes(2)));
    bench.ask(PERSON).await;
    let spent = BudgetSpent { retry_after: Duration::minutes(2) };
    assert_eq!(bench.finish().await, [(0, PERSON, Err(spent))]);
    assert_eq!(bench.clock.now(), T0);
}

#[tokio::test]
async fn requests_in_line_sit_a_pause_out_and_go_on_by_themselves() {
    let mut bench = Bench::new(100, Duration::MINUTE);
    bench.drain();
    bench.ask(PERSON).await;
    bench.budget.throttled(T0, Some(Duration::seconds(10)));
    assert_eq!(bench.budget.snapshot().paused_until, Some(T0 + Duration::seconds(10)));
    assert_eq!(bench.budget.snapshot().available_now, 0);
    assert_eq!(bench.finish().await, [(0, PERSON, Ok(T0 + Duration::seconds(10)))]);
    assert_eq!(bench.budget.snapshot().paused_until, None);
}

#[rstest]
#[case::one_alone(&[0], false)]
#[case::two_apart(&[0, 6], false)]
#[case::two_at_once(&[0, 5], true)]
#[case::the_second_pair(&[0, 10, 12], true)]
#[tokio::test]
async fn broken_answers_close_to_each_other_slow_the_requests_down(#[case] seconds: &[i64], #[case] slower: bool) {
    let bench = Bench::new(100, Duration::MINUTE);
    let fresh = bench.budget.snapshot().rate_per_minute;
    for second in seconds {
        bench.clock.set(T0 + Duration::seconds(*second));
        bench.budget.broken_answer(bench.clock.now());
    }
    assert_eq!(bench.budget.snapshot().rate_per_minute <= fresh / 2 + 1, slower);
}

#[tokio::test]
async fn the_snapshot_tells_what_is_left() {
    let mut bench = Bench::new(100, Duration::MINUTE);
    let fresh = bench.budget.snapshot();
    assert_eq!((fresh.limit_per_minute, fresh.available_now, fresh.waiting), (100, 8, 0));
    bench.ask(PERSON).await;
    assert_eq!(bench.budget.snapshot().available_now, 7);
    bench.finish().await;
    bench.budget.throttled(T0, None);
    assert!(bench.budget.snapshot().rate_per_minute <= fresh.rate_per_minute / 2 + 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn however_requests_come_and_go_no_minute_holds_too_many_and_nobody_is_forgotten(
        limit in 1_u32..60,
        steps in prop::collection::vec((0_usize..3, 0_i64..3_000, 0_u8..20), 1..120),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let (served, asked) = runtime.block_on(async {
            let mut bench = Bench::new(limit, Duration::minutes(3));
            let mut abandoned = 0;
            for (priority, milliseconds, event) in steps {
                let request = bench.ask(RequestPriority::ALL[priority]).await;
                match event {
                    0 => {
                        request.abort();
                        settle().await;
                        abandoned += 1;
                    }
                    1 => bench.budget.throttled(bench.clock.now(), None),
                    2..=10 => bench.clock.advance(Duration::milliseconds(milliseconds)),
                    _ => {}
                }
            }
            let served = bench.finish().await;
            assert_eq!(bench.budget.snapshot().waiting, 0);
            (served, bench.asked - abandoned)
        });
        // An abandoned request may have had its turn before.
        prop_assert!(served.len() >= asked);
        let mut sent: Vec<_> = served.iter().filter_map(|(_, _, turn)| turn.ok()).collect();
        sent.sort_unstable();
        for (first, at) in sent.iter().enumerate() {
            let most = sent[first..].iter().take_while(|other| **other < *at + Duration::MINUTE).count();
            prop_assert!(most <= usize::try_from(limit).unwrap());
        }
    }
}
