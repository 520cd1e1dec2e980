//! What will happen, in the order of time.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use dialer_domain::CallOutcome;

/// What is due, the soonest first; at one instant in the order it was planned, but nobody gives up at the instant at which an
/// agent comes free.
#[derive(Debug, Default)]
pub(super) struct Agenda {
    entries: BinaryHeap<Reverse<Entry>>,
    order: u64,
}

impl Agenda {
    pub(super) fn plan(&mut self, at: f64, due: Due) {
        self.order += 1;
        let late = matches!(due, Due::GiveUp { .. });
        self.entries.push(Reverse(Entry { at, late, order: self.order, due }));
    }

    pub(super) fn next(&mut self) -> Option<(f64, Due)> {
        self.entries.pop().map(|Reverse(entry)| (entry.at, entry.due))
    }
}

/// What happens.
#[derive(Debug, Clone, Copy)]
pub(super) enum Due {
    /// The campaign's hours begin, until then.
    Open(f64),
    /// They end.
    Close,
    /// Somebody may be callable who was not.
    Look,
    /// The pacer is asked.
    Tick,
    /// An agent has looked at the contact of a call and dials.
    Dial { call: usize, agent: usize },
    /// A call is answered.
    Answer(usize),
    /// A call ends unanswered.
    End(usize, CallOutcome),
    /// Whoever answered waits no longer; `since` tells this wait from another of a later call.
    GiveUp { call: usize, since: f64 },
    /// An agent's conversation is over.
    TalkEnd(usize),
    /// An agent has written up.
    WrapEnd(usize),
}

#[derive(Debug)]
struct Entry {
    at: f64,
    late: bool,
    order: u64,
    due: Due,
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Entry {}

impl Ord for Entry {
    fn cmp(&self, other: &Self) -> Ordering {
        self.at.total_cmp(&other.at).then(self.late.cmp(&other.late)).then(self.order.cmp(&other.order))
    }
}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
