//! Time as a port: production reads the machine's clock, tests and simulations turn their own.

use async_trait::async_trait;
use time::{Duration, OffsetDateTime};

/// What time it is, and how to wait.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait Clock: Send + Sync {
    /// The current instant in UTC. Never goes backwards within one process.
    fn now(&self) -> OffsetDateTime;

    /// Returns once `duration` of this clock's time has passed; at once when it is zero or negative.
    /// Dropping the future cancels the wait.
    async fn sleep(&self, duration: Duration);

    /// Returns once this clock shows `at`; at once when that is past. Dropping the future cancels the wait.
    ///
    /// Who waits for an instant asks for it by this name: `sleep(at - now())` sleeps too long when time moves on
    /// between the two, and a clock that a test turns moves by minutes.
    async fn sleep_until(&self, at: OffsetDateTime) {
        self.sleep(at - self.now()).await;
    }
}
