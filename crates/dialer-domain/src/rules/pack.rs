//! Packs: the rules of one place, as one file holds them.

use time::{Date, OffsetDateTime};

use super::cap::Cap;
use super::hold::Hold;
use super::holidays::Holidays;
use super::lasting::{ConsentNeed, Guard, RegistryCheck, caller_id};
use super::moment::{Moment, first_open};
use super::names::{PackVersion, RuleId, RuleRef};
use super::scope::Scope;
use super::window::{Closed, Window};
use crate::eligibility::RefusalCode;
use crate::places::Jurisdiction;
use crate::schedule::Local;
use crate::words::words;

/// The rules of one jurisdiction, as one file of `config/rules` holds them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pack {
    /// Its name, the same in every version.
    pub id: RuleId,
    /// Its version; a receipt names it.
    pub version: PackVersion,
    /// Where it holds.
    pub jurisdiction: Jurisdiction,
    /// Where the law is written.
    pub source: String,
    /// The first day on which it holds, by the callee's calendar.
    pub effective_from: Date,
    /// The first day on which it no longer holds; `None` while no end is known.
    pub effective_to: Option<Date>,
    /// Its rules.
    pub rules: Vec<Rule>,
    /// The file that it came from.
    pub file: String,
    pub(crate) holidays: Holidays,
    /// What the file says: what all of the above was read from.
    pub(crate) text: String,
}

words! {
    /// What a rule is about.
    RuleKind ("rule kind") {
        /// Registers of numbers that are not called.
        Registry = "registry",
        /// Consent that calls need.
        Consent = "consent",
        /// The number that the callee is shown.
        CallerId = "caller_id",
        /// Ratios of abandoned calls.
        Guard = "guard",
        /// Dates on which nobody is called.
        Closed = "closed",
        /// Hours of the week.
        Window = "window",
        /// Calls in a period.
        Cap = "cap",
        /// Silence after an event.
        Hold = "hold",
        /// Ringing before giving up.
        Ring = "ring",
    }
}

/// One rule of a pack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Its name and its pack's version.
    pub reference: RuleRef,
    /// Where it is written.
    pub source: String,
    pub(crate) scope: Scope,
    /// The days, counted from 1 January 1970, from and before which it holds.
    pub(crate) from: i64,
    pub(crate) until: i64,
    pub(crate) body: Body,
}

/// What a rule says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Body {
    Registry(RegistryCheck),
    Consent(ConsentNeed),
    CallerId,
    Guard(Guard),
    Closed(Closed),
    Window(Window),
    Cap(Cap),
    Hold(Hold),
    /// Seconds to ring before giving up; nothing that stands in a call's way.
    Ring(u16),
}

impl Rule {
    /// What it is about.
    #[must_use]
    pub const fn kind(&self) -> RuleKind {
        match self.body {
            Body::Registry(_) => RuleKind::Registry,
            Body::Consent(_) => RuleKind::Consent,
            Body::CallerId => RuleKind::CallerId,
            Body::Guard(_) => RuleKind::Guard,
            Body::Closed(_) => RuleKind::Closed,
            Body::Window(_) => RuleKind::Window,
            Body::Cap(_) => RuleKind::Cap,
            Body::Hold(_) => RuleKind::Hold,
            Body::Ring(_) => RuleKind::Ring,
        }
    }

    /// Whether it holds on the day that one of the clocks shows.
    pub(crate) fn in_force(&self, clocks: &[Local]) -> bool {
        clocks.iter().any(|clock| self.from <= clock.day && clock.day < self.until)
    }

    pub(crate) fn check(&self, moment: &Moment<'_>, holidays: &Holidays) -> Result<(), RefusalCode> {
        match &self.body {
            Body::Registry(rule) => rule.check(moment),
            Body::Consent(rule) => rule.check(moment),
            Body::CallerId => caller_id(moment),
            Body::Guard(rule) => rule.check(self.reference.id, moment),
            Body::Closed(rule) => rule.check(moment),
            Body::Window(rule) => rule.check(moment, holidays),
            Body::Cap(rule) => rule.check(moment),
            Body::Hold(rule) => rule.check(moment),
            Body::Ring(_) => Ok(()),
        }
    }

    /// The first instant, from the moment on, at which this rule stands in nobody's way: because it allows the call, or no
    /// longer holds. `None` when time does not bring it.
    pub(crate) fn next(&self, moment: &Moment<'_>, holidays: &Holidays) -> Option<OffsetDateTime> {
        let allowed = match &self.body {
            Body::Closed(rule) => rule.next(moment),
            Body::Window(rule) => rule.next(moment, holidays),
            Body::Cap(rule) => rule.next(moment),
            Body::Hold(rule) => rule.next(moment),
            Body::Registry(_) | Body::Consent(_) | Body::CallerId | Body::Guard(_) | Body::Ring(_) => None,
        };
        allowed.into_iter().chain(self.end(moment)).min()
    }

    fn end(&self, moment: &Moment<'_>) -> Option<OffsetDateTime> {
        let end = (self.until < i64::MAX).then_some(self.until)?;
        moment.zones().try_fold(moment.now, |latest, (zone, _)| {
            let openings = std::iter::once((end, 0));
            first_open(zone, moment.now, openings, |clock| clock.day >= end).map(|at| latest.max(at))
        })
    }

    /// Which of several refusals is told: the one that lasts before the one that passes, and of those that pass, a closed day
    /// before an hour. With `code` [`None`] it is the lowest that this rule may give.
    pub(crate) fn rank(&self, code: Option<RefusalCode>) -> u8 {
        match &self.body {
            Body::Registry(_) => 0,
            Body::Consent(_) => 1,
            Body::CallerId => 2,
            Body::Guard(_) => 3,
            Body::Cap(cap) if cap.span().is_none() => 4,
            Body::Window(_) if matches!(code, Some(RefusalCode::BeforeWindow | RefusalCode::AfterWindow)) => BAN + 2,
            Body::Closed(_) | Body::Window(_) => BAN + 1,
            Body::Cap(_) => BAN + 3,
            Body::Hold(_) => BAN + 4,
            Body::Ring(_) => u8::MAX,
        }
    }
}

/// The rank of an emergency ban: what is below lasts, what is above passes.
pub(crate) const BAN: u8 = 5;

impl Pack {
    /// Whether it holds on the day that one of the clocks shows.
    pub(crate) fn in_force(&self, clocks: &[Local]) -> bool {
        let from = crate::schedule::day_of(self.effective_from);
        let until = self.effective_to.map_or(i64::MAX, crate::schedule::day_of);
        clocks.iter().any(|clock| from <= clock.day && clock.day < until)
    }

    /// Whether some day is one of both.
    pub(crate) fn overlaps(&self, other: &Self) -> bool {
        self.jurisdiction == other.jurisdiction
            && other.effective_to.is_none_or(|end| self.effective_from < end)
            && self.effective_to.is_none_or(|end| other.effective_from < end)
    }
}
