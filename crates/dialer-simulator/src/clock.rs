//! A clock that runs at any speed.

use async_trait::async_trait;
use dialer_domain::Clock;
use time::{Duration, OffsetDateTime};
use tokio::time::Instant;

/// Starts at a given instant and runs `speed` times as fast as tokio's time.
///
/// With speed 1 it is a real clock, with speed 120 an hour takes half a minute, and inside a tokio runtime
/// whose time is paused it is a virtual clock that jumps from one wait to the next. In that last case it must
/// be used by that one runtime only, because each runtime pauses its own time.
#[derive(Debug, Clone)]
pub struct ScaledClock {
    start: OffsetDateTime,
    origin: Instant,
    speed: f64,
}

impl ScaledClock {
    /// A clock that shows `start` now.
    ///
    /// # Panics
    /// When `speed` is not a positive number.
    #[must_use]
    pub fn new(start: OffsetDateTime, speed: f64) -> Self {
        assert!(speed.is_finite() && speed > 0.0, "a clock's speed must be a positive number");
        Self { start, origin: Instant::now(), speed }
    }

    /// How long `duration` of this clock's time takes in tokio's time.
    fn scaled(&self, duration: Duration) -> std::time::Duration {
        let duration = duration.unsigned_abs();
        std::time::Duration::try_from_secs_f64(duration.as_secs_f64() / self.speed).unwrap_or(duration)
    }
}

#[async_trait]
impl Clock for ScaledClock {
    fn now(&self) -> OffsetDateTime {
        let elapsed = self.origin.elapsed().mul_f64(self.speed);
        self.start.saturating_add(Duration::try_from(elapsed).unwrap_or(Duration::MAX))
    }

    async fn sleep(&self, duration: Duration) {
        self.sleep_until(self.now().saturating_add(duration)).await;
    }

    #[expect(clippy::disallowed_methods, reason = "this is the Clock port's own way to wait")]
    async fn sleep_until(&self, at: OffsetDateTime) {
        // Scaling rounds to nanoseconds, so the first wait can end a hair too early.
        loop {
            let left = at - self.now();
            if !left.is_positive() {
                return;
            }
            tokio::time::sleep(self.scaled(left).max(std::time::Duration::from_nanos(1))).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    const START: OffsetDateTime = datetime!(2026-03-02 09:00 UTC);

    #[tokio::test(start_paused = true)]
    async fn at_speed_one_in_paused_time_a_wait_lasts_exactly_as_long_as_asked() {
        let clock = ScaledClock::new(START, 1.0);

        clock.sleep(Duration::seconds(90)).await;

        assert_eq!(clock.now(), START + Duration::seconds(90));
    }

    #[tokio::test(start_paused = true)]
    async fn an_accelerated_clock_shows_speed_times_the_time_that_passed() {
        let clock = ScaledClock::new(START, 120.0);
        let before = Instant::now();

        clock.sleep(Duration::hours(1)).await;

        assert_eq!(before.elapsed(), std::time::Duration::from_secs(30));
        assert_eq!(clock.now(), START + Duration::hours(1));
    }

    #[tokio::test(start_paused = true)]
    async fn a_wait_never_ends_before_its_time_on_the_same_clock() {
        for speed in [0.3, 7.0, 120.0, 999.9] {
            let clock = ScaledClock::new(START, speed);
            for millis in [1, 10, 333, 10_001] {
                let until = clock.now() + Duration::milliseconds(millis);
                clock.sleep(Duration::milliseconds(millis)).await;
                assert!(clock.now() >= until, "speed {speed}, {millis} ms");
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_wait_of_nothing_or_less_ends_at_once() {
        let clock = ScaledClock::new(START, 1.0);

        clock.sleep(Duration::ZERO).await;
        clock.sleep(Duration::seconds(-5)).await;

        assert_eq!(clock.now(), START);
    }
}
