//! The pace that several nodes keep together: each booking is written into a store by whoever read the state of before.
//!
//! Time is the store's, so the nodes' clocks may differ. What the clocks of the processes on the way there cost is within
//! the margin that the pace keeps anyway.

use std::sync::Arc;

use dialer_domain::store::StoreError;
use dialer_domain::telephony::RequestPriority;
use dialer_domain::telephony::budget::{BudgetStore, SharedBudget};
use time::OffsetDateTime;

use crate::pace::{Pace, PaceState, Throttled};

/// Where the state is kept.
pub(crate) struct SharedPace {
    store: Arc<dyn BudgetStore>,
    account: String,
}

/// The pace as it was left, by the store's time `now`.
pub(crate) struct Left {
    pub(crate) pace: Pace,
    pub(crate) now: OffsetDateTime,
    /// Whether the request that was asked about may go.
    pub(crate) booked: bool,
}

/// Why the shared pace cannot be kept.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotShared {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the database does not answer in time")]
    Late,
    /// Another version of this program wrote it.
    #[error("what other nodes wrote about the request budget cannot be read")]
    Unreadable(#[from] serde_json::Error),
}

impl SharedPace {
    pub(crate) fn new(store: Arc<dyn BudgetStore>, account: String) -> Self {
        Self { store, account }
    }

    /// Books a request of this priority if it may go now. `limit` is a pace with the limit that this node keeps.
    pub(crate) async fn book(&self, limit: &Pace, priority: RequestPriority) -> Result<Left, NotShared> {
        self.change(limit, |pace, now| {
            let opens = pace.opens_at(priority) <= now;
            if opens {
                pace.book(now);
            }
            opens
        })
        .await
    }

    /// Writes down that the provider asked for fewer requests, by the clock that shows `here` now.
    pub(crate) async fn throttle(
        &self,
        limit: &Pace,
        throttled: Throttled,
        here: OffsetDateTime,
    ) -> Result<Left, NotShared> {
        self.change(limit, |pace, now| {
            let Throttled { sent_at, told_at, pause } = throttled;
            pace.throttle(sent_at + (now - here), told_at + (now - here), pause);
            true
        })
        .await
    }

    /// Reads, changes and writes, until nobody else wrote in between. Nothing is written when `change` says false.
    async fn change(
        &self,
        limit: &Pace,
        change: impl Fn(&mut Pace, OffsetDateTime) -> bool + Send + Sync,
    ) -> Result<Left, NotShared> {
        loop {
            let SharedBudget { revision, state, now } = self.store.read(&self.account).await?;
            let mut pace = match revision {
                0 => limit.beginning(now),
                _ => limit.remembering(serde_json::from_value::<PaceState>(state)?),
            };
            let booked = change(&mut pace, now);
            if !booked || self.store.write(&self.account, revision, &serde_json::to_value(pace.state())?).await? {
                return Ok(Left { pace, now, booked });
            }
        }
    }
}
