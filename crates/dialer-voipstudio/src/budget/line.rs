//! The line of those who want to send.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use dialer_domain::telephony::RequestPriority;
use time::{Duration, OffsetDateTime};
use tokio::sync::Notify;

use crate::pace::{Pace, Throttled};
use crate::shared_pace::Left;

/// Campaign dials that may pass a waiting sweep before it goes. Without sweeps a campaign would never learn that
/// its calls are over.
const DIALS_BEFORE_A_SWEEP: u32 = 7;

/// Requests that wait, and the pace at which they go.
pub(super) struct Line {
    pub(super) pace: Pace,
    pub(super) waiting: BTreeMap<Place, Arc<Notify>>,
    arrivals: u64,
    /// Dials that went since a sweep began to wait or last went.
    dials_past_sweep: u32,
    /// When calls to single numbers were last refused, oldest first.
    pub(super) number_refusals: VecDeque<OffsetDateTime>,
    /// When the last answer came that broke the protocol.
    pub(super) broken_at: Option<OffsetDateTime>,
    /// What the provider asked for that other nodes do not know yet.
    pub(super) untold: Vec<Throttled>,
}

/// A place in it: earlier for higher priorities, then by arrival.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    priority: RequestPriority,
    arrival: u64,
}

/// What a request that asks for its turn is told.
pub(super) enum Turn {
    /// It goes, at this instant.
    Granted(OffsetDateTime),
    /// It may go by this node's pace, as a request of this priority.
    Open(RequestPriority),
    /// It is the next, and may ask again after this long.
    FirstInLine(Duration),
    /// Others go before it.
    Behind,
}

impl Line {
    pub(super) const fn new(pace: Pace) -> Self {
        Self {
            pace,
            waiting: BTreeMap::new(),
            arrivals: 0,
            dials_past_sweep: 0,
            number_refusals: VecDeque::new(),
            broken_at: None,
            untold: Vec::new(),
        }
    }

    /// A place at the end of those with the same priority, and what tells that it has become the first.
    pub(super) fn join(&mut self, priority: RequestPriority) -> (Place, Arc<Notify>) {
        let place = Place { priority, arrival: self.arrivals };
        self.arrivals += 1;
        let notify = Arc::new(Notify::new());
        self.waiting.insert(place, Arc::clone(&notify));
        (place, notify)
    }

    /// Gives a place back.
    pub(super) fn give_up(&mut self, place: Place) {
        self.waiting.remove(&place);
        self.wake_first();
    }

    /// Whether a request may go.
    pub(super) fn ask(&self, place: Place, now: OffsetDateTime) -> Turn {
        let Some((first, rank)) = self.first() else { return Turn::Behind };
        if first != place {
            return Turn::Behind;
        }
        let opens_at = self.pace.opens_at(rank);
        if opens_at > now {
            return Turn::FirstInLine(opens_at - now);
        }
        Turn::Open(rank)
    }

    /// Takes over what all nodes together have left, by the clock that shows `now` here.
    pub(super) fn adopt(&mut self, left: &Left, now: OffsetDateTime) {
        self.pace = left.pace.ahead_by(now - left.now);
        for throttled in &self.untold {
            self.pace.throttle(throttled.sent_at, throttled.told_at, throttled.pause);
        }
    }

    /// Lets a request go at `now`, and books it.
    pub(super) fn grant(&mut self, place: Place, now: OffsetDateTime) -> Turn {
        self.pace.book(now);
        self.leave(place, now)
    }

    /// Lets a request go at `now` that is booked.
    pub(super) fn leave(&mut self, place: Place, now: OffsetDateTime) -> Turn {
        self.waiting.remove(&place);
        let sweep_waits = self.first_sweep().is_some();
        self.dials_past_sweep = match place.priority {
            RequestPriority::Campaign if sweep_waits => self.dials_past_sweep + 1,
            RequestPriority::Person => self.dials_past_sweep,
            RequestPriority::Campaign | RequestPriority::Sweep => 0,
        };
        Turn::Granted(now)
    }

    /// Who goes next, and as what: a sweep that was passed over often enough goes as a dial would.
    fn first(&self) -> Option<(Place, RequestPriority)> {
        let (first, _) = self.waiting.first_key_value()?;
        match self.first_sweep() {
            Some(sweep)
                if first.priority == RequestPriority::Campaign && self.dials_past_sweep >= DIALS_BEFORE_A_SWEEP =>
            {
                Some((sweep, RequestPriority::Campaign))
            }
            _ => Some((*first, first.priority)),
        }
    }

    fn first_sweep(&self) -> Option<Place> {
        let sweeps = Place { priority: RequestPriority::Sweep, arrival: 0 }..;
        self.waiting.range(sweeps).next().map(|(place, _)| *place)
    }

    fn wake_first(&self) {
        if let Some(notify) = self.first().and_then(|(first, _)| self.waiting.get(&first)) {
            notify.notify_one();
        }
    }
}
