//! Promises that nobody kept, and those that move because a country changed its clocks.

use dialer_domain::store::StoreError;
use time::{Duration, OffsetDateTime};

use super::Engine;
use crate::error::chain;

/// How often promises are judged: late enough that it costs nothing, soon enough for somebody to pick up the phone.
const JUDGE_EVERY: Duration = Duration::seconds(10);

/// Promises looked at in one transaction.
const HANDFUL: u16 = 500;

/// What is still to be done about promises.
#[derive(Debug, Default)]
pub(super) struct Promises {
    /// When they are judged next.
    judge_at: Option<OffsetDateTime>,
    /// Whether wall times follow the zone data of this program, which does not change while it runs.
    aligned: bool,
}

impl Engine {
    /// Finds out what was missed. The node that follows the provider does so; were it two, each promise would still be judged
    /// once. A store that fails is asked again: calls come first.
    pub(super) async fn look_after_promises(&mut self, now: OffsetDateTime) {
        if self.promises.judge_at.is_some_and(|at| now < at) {
            return;
        }
        self.promises.judge_at = Some(now + JUDGE_EVERY);
        let looked = async {
            if !self.promises.aligned {
                self.align(now).await?;
                self.promises.aligned = true;
            }
            self.judge(now).await
        };
        if let Err(error) = looked.await {
            tracing::warn!(error = chain(&error), "follow-ups could not be looked after; it is tried again");
        }
    }

    async fn align(&self, now: OffsetDateTime) -> Result<(), StoreError> {
        let mut last = None;
        while let Some(next) = self.ports.stores.follow_ups.realign_follow_ups(last, HANDFUL, now).await? {
            last = Some(next);
        }
        Ok(())
    }

    async fn judge(&self, now: OffsetDateTime) -> Result<(), StoreError> {
        let tolerance = self.settings.follow_up_tolerance;
        while self.ports.stores.follow_ups.judge_follow_ups(tolerance, now, HANDFUL).await? >= u64::from(HANDFUL) {}
        Ok(())
    }
}
