//! What will happen, in the order of time.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

/// What is due, the soonest first; at one instant in the order it was planned, but what is planned last of an instant after
/// everything else.
#[derive(Debug)]
pub(crate) struct Agenda<D> {
    entries: BinaryHeap<Reverse<Entry<D>>>,
    order: u64,
}

impl<D> Default for Agenda<D> {
    fn default() -> Self {
        Self { entries: BinaryHeap::new(), order: 0 }
    }
}

impl<D> Agenda<D> {
    pub(crate) fn plan(&mut self, at: f64, due: D) {
        self.add(at, false, due);
    }

    /// After all else that happens at that instant.
    pub(crate) fn plan_last(&mut self, at: f64, due: D) {
        self.add(at, true, due);
    }

    fn add(&mut self, at: f64, last: bool, due: D) {
        self.order += 1;
        self.entries.push(Reverse(Entry { at, last, order: self.order, due }));
    }

    /// The next of it, and when.
    pub(crate) fn next(&mut self) -> Option<(f64, D)> {
        self.entries.pop().map(|Reverse(entry)| (entry.at, entry.due))
    }
}

#[derive(Debug)]
struct Entry<D> {
    at: f64,
    last: bool,
    order: u64,
    due: D,
}

impl<D> PartialEq for Entry<D> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl<D> Eq for Entry<D> {}

impl<D> Ord for Entry<D> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.at.total_cmp(&other.at).then(self.last.cmp(&other.last)).then(self.order.cmp(&other.order))
    }
}

impl<D> PartialOrd for Entry<D> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
