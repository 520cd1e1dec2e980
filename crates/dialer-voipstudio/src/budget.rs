//! The request budget: who may send next.
//!
//! Requests wait in one line, by priority and then by arrival. Only the first in line watches the clock; it
//! passes its place on when it goes or gives up, so a turn wakes one request and not all of them.
//!
//! Nodes that share a budget share its pace; each keeps a line of its own. What the store said last is kept here too, so
//! that a request knows how long to wait, and goes by it while the store is away.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use dialer_domain::clock::Clock;
use dialer_domain::telephony::RequestPriority;
use time::{Duration, OffsetDateTime};
use tokio::sync::Notify;

use crate::pace::{Pace, Throttled};
use crate::shared_pace::{NotShared, SharedPace};
use line::{Line, Place, Turn};

mod line;
#[cfg(test)]
mod shared_tests;
#[cfg(test)]
mod tests;

/// Refusals of calls to one number, within this long of each other, after which they are read as the account's own
/// limit. A single number that is called too often does not slow the others down.
const NUMBER_REFUSALS: usize = 3;
const NUMBER_REFUSALS_WITHIN: Duration = Duration::MINUTE;
/// Two answers that break the protocol within this long of each other are read as the account's limit: one alone is as
/// likely a fault, and a limit that shows so breaks the next answer too.
const BROKEN_ANSWERS_WITHIN: Duration = Duration::seconds(5);

/// How long the store is waited for where nodes share a budget. Without it each goes by what it knew last.
const STORE_WAIT: Duration = Duration::seconds(2);

/// How the request budget stands, for status pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BudgetSnapshot {
    /// Requests allowed in any 60 seconds.
    pub limit_per_minute: u32,
    /// Requests a minute that can be kept up now; far below the limit after the provider asked for fewer.
    pub rate_per_minute: u32,
    /// Requests that a person could send at once.
    pub available_now: u32,
    /// Requests that wait for their turn.
    pub waiting: usize,
    /// Until when nothing is sent, because the provider asked for it.
    pub paused_until: Option<OffsetDateTime>,
}

/// The turn was not granted in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BudgetSpent {
    /// When asking again may help.
    pub(crate) retry_after: Duration,
}

/// Hands out turns to send.
pub(crate) struct Budget {
    clock: Arc<dyn Clock>,
    limit: u32,
    longest_wait: Duration,
    line: Mutex<Line>,
    shared: OnceLock<SharedPace>,
    /// Held while other nodes are told of throttles, which each of them has to hear once.
    telling: tokio::sync::Mutex<()>,
}

impl Budget {
    /// At most `limit` requests in any 60 seconds of `clock`; nobody waits longer than `longest_wait`.
    pub(crate) fn new(clock: Arc<dyn Clock>, limit: u32, longest_wait: Duration) -> Self {
        let line = Mutex::new(Line::new(Pace::new(limit, clock.now())));
        Self { clock, limit, longest_wait, line, shared: OnceLock::new(), telling: tokio::sync::Mutex::default() }
    }

    /// Keeps the budget together with other nodes from now on; once told so, for good.
    pub(crate) fn share(&self, shared: SharedPace) {
        if self.shared.set(shared).is_err() {
            tracing::debug!("the request budget is shared already");
        }
    }

    /// Waits for a turn and returns when it was granted. The request counts from then on, sent or not. Dropping
    /// the future before leaves the line.
    ///
    /// # Errors
    /// [`BudgetSpent`] when the turn does not come within the longest wait; at once when it is known not to.
    pub(crate) async fn turn(&self, priority: RequestPriority) -> Result<OffsetDateTime, BudgetSpent> {
        let place = self.join(priority)?;
        let latest = self.clock.now() + self.longest_wait;
        let mut patience = self.clock.sleep(self.longest_wait);
        loop {
            let turn = tokio::select! {
                biased;
                turn = self.ask(place.place) => turn,
                () = &mut patience => return Err(self.spent(priority)),
            };
            let sleep = match turn {
                // A process that was held up would send what others have given up by now.
                Turn::Granted(at) if at > latest => return Err(self.spent(priority)),
                Turn::Granted(at) => return Ok(at),
                Turn::FirstInLine(left) => Some(self.clock.sleep(left)),
                Turn::Open(_) | Turn::Behind => None,
            };
            let news = async {
                match sleep {
                    Some(sleep) => tokio::select! { () = sleep => {}, () = place.notify.notified() => {} },
                    None => place.notify.notified().await,
                }
            };
            tokio::select! {
                biased;
                () = news => {}
                () = &mut patience => return Err(self.spent(priority)),
            }
        }
    }

    /// The provider has answered a request sent at `sent_at` with "fewer".
    pub(crate) fn throttled(&self, sent_at: OffsetDateTime, pause: Option<Duration>) {
        let now = self.clock.now();
        self.throttle(&mut self.line(), Throttled { sent_at, told_at: now, pause });
    }

    fn throttle(&self, line: &mut Line, throttled: Throttled) {
        line.pace.throttle(throttled.sent_at, throttled.told_at, throttled.pause);
        if self.shared.get().is_some() {
            line.untold.push(throttled);
        }
    }

    /// Tells other nodes what the provider asked for.
    pub(crate) async fn pass_on(&self) {
        // Who tells others already goes on until all is told.
        let (Some(shared), Ok(_telling)) = (self.shared.get(), self.telling.try_lock()) else { return };
        loop {
            let (limit, throttled) = {
                let line = self.line();
                let Some(first) = line.untold.first() else { return };
                (line.pace.clone(), *first)
            };
            match shared.throttle(&limit, throttled, self.clock.now()).await {
                Ok(left) => {
                    let mut line = self.line();
                    line.untold.remove(0);
                    line.adopt(&left, self.clock.now());
                }
                Err(error) => {
                    tracing::warn!(%error, "other nodes could not be told to send less; it is tried again");
                    return;
                }
            }
        }
    }

    /// The provider has answered a call asked for at `sent_at` with "too many to that number".
    pub(crate) fn number_refused(&self, sent_at: OffsetDateTime) {
        let now = self.clock.now();
        let mut line = self.line();
        line.number_refusals.push_back(now);
        while line.number_refusals.front().is_some_and(|first| now - *first >= NUMBER_REFUSALS_WITHIN) {
            line.number_refusals.pop_front();
        }
        if line.number_refusals.len() >= NUMBER_REFUSALS {
            line.number_refusals.clear();
            self.throttle(&mut line, Throttled { sent_at, told_at: now, pause: None });
        }
    }

    /// The provider has answered a request sent at `sent_at` with something that is no answer.
    pub(crate) fn broken_answer(&self, sent_at: OffsetDateTime) {
        let now = self.clock.now();
        let mut line = self.line();
        let before = line.broken_at.replace(now);
        if before.is_some_and(|before| now - before <= BROKEN_ANSWERS_WITHIN) {
            self.throttle(&mut line, Throttled { sent_at, told_at: now, pause: None });
        }
    }

    pub(crate) fn snapshot(&self) -> BudgetSnapshot {
        let now = self.clock.now();
        let line = self.line();
        BudgetSnapshot {
            limit_per_minute: self.limit,
            rate_per_minute: line.pace.per_minute(now),
            available_now: line.pace.available(RequestPriority::Person, now),
            waiting: line.waiting.len(),
            paused_until: Some(line.pace.paused_until()).filter(|until| *until > now),
        }
    }

    fn join(&self, priority: RequestPriority) -> Result<HeldPlace<'_>, BudgetSpent> {
        let now = self.clock.now();
        let mut line = self.line();
        if line.pace.paused_until() - now > self.longest_wait {
            return Err(BudgetSpent { retry_after: line.pace.paused_until() - now });
        }
        let (place, notify) = line.join(priority);
        Ok(HeldPlace { budget: self, place, notify })
    }

    async fn ask(&self, place: Place) -> Turn {
        let now = self.clock.now();
        let (limit, priority) = {
            let mut line = self.line();
            match line.ask(place, now) {
                Turn::Open(priority) if self.shared.get().is_some() => (line.pace.clone(), priority),
                Turn::Open(_) => return line.grant(place, now),
                other => return other,
            }
        };
        let Some(shared) = self.shared.get() else { return Turn::Behind };
        let left = tokio::select! {
            biased;
            left = shared.book(&limit, priority) => left,
            () = self.clock.sleep(STORE_WAIT) => Err(NotShared::Late),
        };
        let now = self.clock.now();
        let mut line = self.line();
        match left {
            Ok(left) => {
                line.adopt(&left, now);
                if left.booked {
                    return line.leave(place, now);
                }
                Turn::FirstInLine((left.pace.opens_at(priority) - left.now).max(Duration::MILLISECOND))
            }
            Err(error) => {
                tracing::warn!(%error, "the request budget cannot be shared at the moment; this node keeps to its own");
                line.grant(place, now)
            }
        }
    }

    fn spent(&self, priority: RequestPriority) -> BudgetSpent {
        let opens_in = self.line().pace.opens_at(priority) - self.clock.now();
        BudgetSpent { retry_after: opens_in.max(Duration::SECOND) }
    }

    fn line(&self) -> MutexGuard<'_, Line> {
        // Nothing in here can panic half-way through a change.
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A place in line, given back when dropped.
struct HeldPlace<'a> {
    budget: &'a Budget,
    place: Place,
    notify: Arc<Notify>,
}

impl Drop for HeldPlace<'_> {
    fn drop(&mut self) {
        self.budget.line().give_up(self.place);
    }
}
