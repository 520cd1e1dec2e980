//! Windows: the hours of the week, and of holidays, in which calls may start.

use std::ops::Range;

use time::OffsetDateTime;

use super::holidays::Holidays;
use super::moment::{Moment, first_open};
use super::week::{Hours, Week};
use crate::eligibility::RefusalCode;
use crate::schedule::Local;

/// Days within which a window opens again, whatever holidays there are.
const HORIZON: i64 = 60;

/// When calls may start, by the callee's clocks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Window {
    /// The hours of each weekday.
    pub(crate) week: Week,
    /// The hours of holidays, whatever the weekday; none at all closes them. `None` makes them days like others.
    pub(crate) on_holidays: Option<Hours>,
}

impl Window {
    fn hours(&self, day: i64, holidays: &Holidays) -> (&[Range<i64>], RefusalCode) {
        match &self.on_holidays {
            Some(hours) if holidays.has(day) => (hours, RefusalCode::Holiday),
            Some(_) | None => (self.week.on(crate::schedule::weekday(day)), RefusalCode::DayClosed),
        }
    }

    /// Whether a call may start when the clocks show `clock`. `ring` is the time in seconds by which it must start before
    /// the window's end.
    fn position(&self, clock: Local, ring: i64, holidays: &Holidays) -> Result<(), RefusalCode> {
        let (hours, closed) = self.hours(clock.day, holidays);
        if hours.iter().any(|range| range.contains(&clock.second) && clock.second + ring <= range.end) {
            return Ok(());
        }
        Err(if hours.is_empty() {
            closed
        } else if hours.iter().any(|range| clock.second < range.start) {
            RefusalCode::BeforeWindow
        } else {
            RefusalCode::AfterWindow
        })
    }

    pub(crate) fn check(&self, moment: &Moment<'_>, holidays: &Holidays) -> Result<(), RefusalCode> {
        let ring = ring(moment);
        moment.clocks.iter().try_for_each(|clock| self.position(*clock, ring, holidays))
    }

    /// The first instant at which it is open in each of the zones, from the moment on; not yet in all at once.
    pub(crate) fn next(&self, moment: &Moment<'_>, holidays: &Holidays) -> Option<OffsetDateTime> {
        let ring = ring(moment);
        moment.zones().try_fold(moment.now, |latest, (zone, clock)| {
            let openings = (clock.day..clock.day + HORIZON)
                .flat_map(|day| self.hours(day, holidays).0.iter().map(move |range| (day, range.start)));
            let open = |clock: Local| self.position(clock, ring, holidays).is_ok();
            first_open(zone, moment.now, openings, open).map(|at| latest.max(at))
        })
    }
}

fn ring(moment: &Moment<'_>) -> i64 {
    if moment.facts.strict_end { moment.facts.ring.whole_seconds() } else { 0 }
}

/// Days on which nobody is called: from the first to the last, both included, counted from 1 January 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Closed {
    pub(crate) first: i64,
    pub(crate) last: i64,
}

impl Closed {
    const fn holds(self, clock: Local) -> bool {
        self.first <= clock.day && clock.day <= self.last
    }

    pub(crate) fn check(self, moment: &Moment<'_>) -> Result<(), RefusalCode> {
        if moment.clocks.iter().any(|clock| self.holds(*clock)) { Err(RefusalCode::DayClosed) } else { Ok(()) }
    }

    pub(crate) fn next(self, moment: &Moment<'_>) -> Option<OffsetDateTime> {
        moment.zones().try_fold(moment.now, |latest, (zone, _)| {
            let openings = std::iter::once((self.last + 1, 0));
            first_open(zone, moment.now, openings, |clock| !self.holds(clock)).map(|at| latest.max(at))
        })
    }
}
