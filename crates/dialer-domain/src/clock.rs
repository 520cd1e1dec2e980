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
}
