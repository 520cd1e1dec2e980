//! The carrier's book: every call, and what is written down of it.

use std::collections::{BTreeSet, HashMap};

use time::OffsetDateTime;

use super::call::{PlacedCall, Stage};
use super::dice::Dice;
use super::events::LegEvent;
use super::legs::LegRecord;
use crate::knobs::Knobs;

/// Above 32 bits, as the provider's are.
pub(super) const FIRST_CALL_ID: u64 = 5_100_000_017;
/// Call ids from one call to the next: a call's second leg has an id too, and a call may go by another than was told.
pub(super) const IDS_PER_CALL: u64 = 4;
/// Records are numbered apart from calls.
const FIRST_RECORD_ID: u64 = 7_300_000_001;

#[derive(Default)]
pub(super) struct Book {
    /// Ids that earlier carriers may have used.
    pub(super) used_ids: u64,
    /// Every call, at the index that its id tells.
    pub(super) calls: Vec<PlacedCall>,
    /// Indexes of calls that still show, or whose records are not written yet.
    pub(super) open: BTreeSet<usize>,
    pub(super) calls_per_number: HashMap<String, u32>,
    pub(super) records: Vec<LegRecord>,
    /// Calls with something left to tell, and how much of it has been told. Kept only where somebody listens.
    pub(super) untold: Option<HashMap<usize, usize>>,
}

impl Book {
    /// The id of the call at `index`.
    pub(super) fn id(&self, index: usize) -> u64 {
        FIRST_CALL_ID + self.used_ids + IDS_PER_CALL * u64::try_from(index).unwrap_or(u64::MAX / 8)
    }

    pub(super) fn index(&self, id: u64) -> Option<usize> {
        let index = usize::try_from(id.checked_sub(FIRST_CALL_ID + self.used_ids)? / IDS_PER_CALL).ok()?;
        (index < self.calls.len()).then_some(index)
    }

    /// The call that goes by `id`.
    pub(super) fn call(&self, id: u64) -> Option<&PlacedCall> {
        self.calls.get(self.index(id)?).filter(|call| call.goes_by(id))
    }

    /// The call in progress that goes by `id`.
    pub(super) fn live_mut(&mut self, id: u64, now: OffsetDateTime) -> Option<&mut PlacedCall> {
        let index = self.index(id)?;
        self.calls.get_mut(index).filter(|call| call.goes_by(id) && call.stage(now) != Stage::Over)
    }

    pub(super) fn open_calls(&self) -> impl Iterator<Item = &PlacedCall> {
        self.open.iter().filter_map(|index| self.calls.get(*index))
    }

    /// Whether the line of `user` is taken.
    pub(super) fn line_taken(&self, user: u64, now: OffsetDateTime) -> bool {
        self.open_calls().any(|call| call.occupies(user, now))
    }

    /// Adds a call that has just been placed.
    pub(super) fn add(&mut self, call: PlacedCall) {
        let index = self.calls.len();
        self.calls.push(call);
        self.open.insert(index);
        if let Some(untold) = &mut self.untold {
            untold.insert(index, 0);
        }
    }

    /// From now on, calls are told of.
    pub(super) fn listen(&mut self) {
        self.untold.get_or_insert_default();
    }

    /// Writes the records that are due at `now`, numbered in the order in which they fell due, and forgets calls that
    /// show no more.
    pub(super) fn write_records(&mut self, knobs: &Knobs, seed: u64, now: OffsetDateTime) {
        let late = |call: &PlacedCall| {
            knobs.late_cdrs > 0.0 && Dice::new(seed, "record", &call.number, call.nth).chance(knobs.late_cdrs)
        };
        let due_at = |call: &PlacedCall| {
            let on_time = call.ends_at() + knobs.cdr_delay;
            if late(call) { on_time + knobs.late_cdrs_by } else { on_time }
        };
        let unfiled = self.open.iter().filter(|index| !self.calls[**index].filed);
        let mut due: Vec<_> = unfiled.map(|index| (due_at(&self.calls[*index]), *index)).collect();
        due.retain(|(at, _)| *at <= now);
        due.sort_unstable();
        for (_, index) in due {
            for record in self.calls[index].records(knobs) {
                let id = FIRST_RECORD_ID + self.used_ids + u64::try_from(self.records.len()).unwrap_or(u64::MAX / 4);
                self.records.push(LegRecord { id, ..record });
            }
            self.calls[index].filed = true;
        }
        let shows = |call: &PlacedCall| !call.filed || now < call.ends_at() + knobs.hangup_lingers;
        self.open.retain(|index| shows(&self.calls[*index]));
    }

    /// Hands everything to `tell` that has come to pass by `now` and was not told yet, in the order in which it came
    /// to pass, each with its call and its number among the call's events. Returns when there is more to tell.
    pub(super) fn tell(
        &mut self,
        knobs: &Knobs,
        now: OffsetDateTime,
        mut tell: impl FnMut(&PlacedCall, usize, &LegEvent),
    ) -> Option<OffsetDateTime> {
        let calls = &self.calls;
        let untold = self.untold.as_mut()?;
        let mut next: Option<OffsetDateTime> = None;
        let mut due = Vec::new();
        untold.retain(|index, told| {
            let events = calls[*index].events(&knobs.webhooks);
            let passed = events.iter().take_while(|event| event.at <= now).count();
            due.extend((*told..passed).map(|nth| (events[nth].at, *index, nth, events[nth])));
            *told = passed.max(*told);
            let coming = events.get(*told).map(|event| event.at);
            next = [next, coming].into_iter().flatten().min();
            coming.is_some()
        });
        due.sort_unstable_by_key(|(at, index, nth, _)| (*at, *index, *nth));
        for (_, index, nth, event) in &due {
            tell(&calls[*index], *nth, event);
        }
        next
    }
}
