//! A clock that moves only when a test moves it.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use dialer_domain::clock::Clock;
use time::{Duration, OffsetDateTime};
use tokio::sync::watch;

/// A [`Clock`] that stands still until [`Self::advance`] or [`Self::set`] turns it. Clones share one time.
///
/// A test of a task that waits goes: start the task, [`Self::until_sleeping`], [`Self::advance`], look.
#[derive(Debug, Clone)]
pub struct FakeClock {
    state: Arc<watch::Sender<State>>,
}

#[derive(Debug)]
struct State {
    now: OffsetDateTime,
    /// Deadline and ticket of every sleep in progress.
    sleepers: BTreeSet<(OffsetDateTime, u64)>,
    next_ticket: u64,
}

impl FakeClock {
    /// A clock that shows `start`.
    #[must_use]
    pub fn new(start: OffsetDateTime) -> Self {
        let state = State { now: start, sleepers: BTreeSet::new(), next_ticket: 0 };
        Self { state: Arc::new(watch::Sender::new(state)) }
    }

    /// Moves time on and wakes every sleep whose deadline has come.
    ///
    /// # Panics
    /// When `by` is negative: clocks do not go backwards.
    pub fn advance(&self, by: Duration) {
        assert!(!by.is_negative(), "a clock does not go back by {by}");
        self.state.send_modify(|state| state.now += by);
    }

    /// Moves time on to `at` and wakes every sleep whose deadline has come.
    ///
    /// # Panics
    /// When `at` is in the past: clocks do not go backwards.
    pub fn set(&self, at: OffsetDateTime) {
        self.state.send_modify(|state| {
            assert!(at >= state.now, "a clock does not go back from {} to {at}", state.now);
            state.now = at;
        });
    }

    /// Returns once at least `count` sleeps that are not over are in progress: the tasks under test have come to
    /// rest, and time may be moved on.
    pub async fn until_sleeping(&self, count: usize) {
        let mut changes = self.state.subscribe();
        let resting = |state: &State| state.sleepers.iter().filter(|(deadline, _)| *deadline > state.now).count();
        // The sender lives as long as `self`, so the channel cannot be closed.
        let _ = changes.wait_for(|state| resting(state) >= count).await;
    }

    /// When the next sleep in progress is over; `None` when nobody sleeps.
    #[must_use]
    pub fn next_wake(&self) -> Option<OffsetDateTime> {
        self.state.borrow().sleepers.first().map(|(deadline, _)| *deadline)
    }
}

#[async_trait]
impl Clock for FakeClock {
    fn now(&self) -> OffsetDateTime {
        self.state.borrow().now
    }

    async fn sleep(&self, duration: Duration) {
        self.sleep_until(self.now() + duration).await;
    }

    async fn sleep_until(&self, at: OffsetDateTime) {
        if at <= self.now() {
            return;
        }
        let _sleep = Sleep::begin(&self.state, at);
        // Looks at the time once more: it may have come before the sleep began.
        let _ = self.state.subscribe().wait_for(|state| state.now >= at).await;
    }
}

/// A sleep in progress; dropping it ends it.
struct Sleep<'a> {
    state: &'a watch::Sender<State>,
    entry: (OffsetDateTime, u64),
}

impl<'a> Sleep<'a> {
    fn begin(state: &'a watch::Sender<State>, deadline: OffsetDateTime) -> Self {
        let mut entry = (deadline, 0);
        state.send_modify(|state| {
            entry.1 = state.next_ticket;
            state.next_ticket += 1;
            state.sleepers.insert(entry);
        });
        Self { state, entry }
    }
}

impl Drop for Sleep<'_> {
    fn drop(&mut self) {
        self.state.send_modify(|state| {
            state.sleepers.remove(&self.entry);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    const T0: OffsetDateTime = datetime!(2026-03-02 10:00 UTC);

    #[tokio::test]
    async fn a_sleep_is_over_when_its_deadline_has_come_and_not_before() {
        let clock = FakeClock::new(T0);
        let sleeper = tokio::spawn({
            let clock = clock.clone();
            async move {
                clock.sleep(Duration::seconds(10)).await;
                clock.now()
            }
        });
        clock.until_sleeping(1).await;
        clock.advance(Duration::seconds(9));
        clock.until_sleeping(1).await;
        assert!(!sleeper.is_finished());
        assert_eq!(clock.next_wake(), Some(T0 + Duration::seconds(10)));
        clock.set(T0 + Duration::seconds(10));
        assert_eq!(sleeper.await.unwrap(), T0 + Duration::seconds(10));
        assert_eq!(clock.next_wake(), None);
    }

    #[tokio::test]
    async fn a_sleep_of_no_length_is_over_at_once() {
        let clock = FakeClock::new(T0);
        clock.sleep(Duration::ZERO).await;
        clock.sleep(Duration::seconds(-5)).await;
        assert_eq!(clock.now(), T0);
    }

    #[tokio::test]
    async fn a_sleep_until_an_instant_ends_then_however_far_time_had_come_before_it_began() {
        let clock = FakeClock::new(T0);
        let at = clock.now() + Duration::seconds(10);
        clock.advance(Duration::seconds(9));
        let sleeper = tokio::spawn({
            let clock = clock.clone();
            async move { clock.sleep_until(at).await }
        });
        clock.until_sleeping(1).await;
        assert_eq!(clock.next_wake(), Some(at));
        clock.advance(Duration::SECOND);
        sleeper.await.unwrap();
        clock.sleep_until(at).await;
        assert_eq!(clock.next_wake(), None);
    }

    #[tokio::test]
    async fn one_advance_wakes_every_sleep_that_is_due() {
        let clock = FakeClock::new(T0);
        let sleepers: Vec<_> = (1..=3)
            .map(|seconds| {
                let clock = clock.clone();
                tokio::spawn(async move { clock.sleep(Duration::seconds(seconds)).await })
            })
            .collect();
        clock.until_sleeping(3).await;
        clock.advance(Duration::minutes(1));
        for sleeper in sleepers {
            sleeper.await.unwrap();
        }
    }

    #[tokio::test]
    async fn an_abandoned_sleep_leaves_nothing_behind() {
        let clock = FakeClock::new(T0);
        let sleeper = tokio::spawn({
            let clock = clock.clone();
            async move { clock.sleep(Duration::seconds(10)).await }
        });
        clock.until_sleeping(1).await;
        sleeper.abort();
        assert!(sleeper.await.unwrap_err().is_cancelled());
        assert_eq!(clock.next_wake(), None);
    }

    #[test]
    #[should_panic(expected = "does not go back")]
    fn time_does_not_run_backwards() {
        FakeClock::new(T0).set(T0 - Duration::SECOND);
    }
}
