//! One instant, as the clocks of all places where the callee may be show it.

use smallvec::SmallVec;
use time::OffsetDateTime;

use super::facts::RuleFacts;
use crate::schedule::{Local, Zone};

/// What a rule is asked about: a call at an instant.
pub(crate) struct Moment<'a> {
    pub(crate) facts: &'a RuleFacts<'a>,
    pub(crate) now: OffsetDateTime,
    /// What the clocks of the place show, in the order of its zones.
    pub(crate) clocks: SmallVec<[Local; 4]>,
    /// When consent was last taken back.
    pub(crate) revoked_at: Option<OffsetDateTime>,
}

impl<'a> Moment<'a> {
    pub(crate) fn at(facts: &'a RuleFacts<'a>, now: OffsetDateTime) -> Self {
        let clocks = facts.place.zones.iter().map(|zone| zone.clock(now)).collect();
        Self { facts, now, clocks, revoked_at: facts.revoked_at(now) }
    }

    /// The callee's zones, each with what its clocks show.
    pub(crate) fn zones(&self) -> impl Iterator<Item = (&'a Zone, Local)> {
        self.facts.place.zones.iter().zip(self.clocks.iter().copied())
    }
}

/// The first instant from `from` on at which `open` holds of what the clocks of `zone` show. `openings` are the wall times at
/// which that may begin, in order, as days since 1970 and seconds; a clock change may begin it too.
pub(crate) fn first_open(
    zone: &Zone,
    from: OffsetDateTime,
    openings: impl Iterator<Item = (i64, i64)>,
    open: impl Fn(Local) -> bool,
) -> Option<OffsetDateTime> {
    if open(zone.clock(from)) {
        return Some(from);
    }
    let start =
        openings.flat_map(|(day, second)| zone.instants(day, second)).find(|at| *at > from && open(zone.clock(*at)))?;
    zone.changes(from, start).find(|at| open(zone.clock(*at))).or(Some(start))
}
