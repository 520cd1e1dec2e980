//! The machine's clock.

use async_trait::async_trait;
use dialer_domain::clock::Clock;
use time::{Duration, OffsetDateTime};

/// Real time.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

#[async_trait]
impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the port that everything else takes time from")]
    fn now(&self) -> OffsetDateTime {
        OffsetDateTime::now_utc()
    }

    #[expect(clippy::disallowed_methods, reason = "this is the port that everything else waits through")]
    async fn sleep(&self, duration: Duration) {
        if let Ok(duration) = std::time::Duration::try_from(duration) {
            tokio::time::sleep(duration).await;
        }
    }
}
