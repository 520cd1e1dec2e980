//! What will happen, in the order of time.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use dialer_domain::pacing::Ending;

/// What is due, the soonest first; at one instant in the order it was planned.
#[derive(Debug, Default)]
pub(super) struct Agenda {
    entries: BinaryHeap<Reverse<Entry>>,
    order: u64,
}

impl Agenda {
    pub(super) fn plan(&mut self, at: f64, due: Due) {
        self.order += 1;
        let late = matches!(due, Due::GiveUp(_));
        self.entries.push(Reverse(Entry { at, late, order: self.order, due }));
    }

    pub(super) fn next(&mut self) -> Option<Entry> {
        self.entries.pop().map(|Reverse(entry)| entry)
    }
}

/// What happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Due {
    /// A person answers a call.
    Answer(usize),
    /// A call ends without a person; whether one was taken for a machine.
    End(usize, Ending, bool),
    /// An agent has talked.
    TalkEnd(usize),
    /// An agent has written up.
    WrapEnd(usize),
    /// An agent wants a break.
    Break(usize),
    /// An agent is back.
    Back(usize),
    /// So many agents are to be there.
    Roster(u32),
    /// The policy is asked.
    Tick,
    /// A person has waited too long. Last of what happens at an instant: an agent freed in the same instant takes the caller.
    GiveUp(usize),
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Entry {
    pub(super) at: f64,
    late: bool,
    order: u64,
    pub(super) due: Due,
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
