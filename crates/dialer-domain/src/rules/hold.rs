//! Holds: silence after something happened.

use time::{Duration, OffsetDateTime};

use super::cap::CapKey;
use super::history::{Came, PastCall};
use super::moment::{Moment, first_open};
use crate::eligibility::RefusalCode;
use crate::words::words;

words! {
    /// After what there is silence.
    HoldAfter ("hold event") {
        /// A person answered and no agent was there.
        Abandoned = "abandoned",
        /// The call was judged to be answered by a machine.
        Machine = "machine",
        /// The person was spoken with.
        Conversation = "conversation",
        /// The person refused.
        Refusal = "refusal",
    }
}

/// How long the silence lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Silence {
    /// From the call's end.
    For(Duration),
    /// Days of the callee's calendar; the day of the call is the first.
    CalendarDays(u16),
}

/// No call for a while after something happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Hold {
    pub(crate) after: HoldAfter,
    pub(crate) silence: Silence,
    pub(crate) key: CapKey,
    /// Whether it does not bind a call for which an agent is there for sure.
    pub(crate) unless_agent_guaranteed: bool,
}

impl Hold {
    /// How far back it looks, at most.
    pub(crate) fn span(&self) -> Duration {
        match self.silence {
            Silence::For(duration) => duration,
            Silence::CalendarDays(days) => Duration::days(i64::from(days) + 1),
        }
    }

    const fn code(&self) -> RefusalCode {
        match self.after {
            HoldAfter::Abandoned => RefusalCode::AfterAbandonHold,
            HoldAfter::Machine => RefusalCode::AfterMachineHold,
            HoldAfter::Conversation => RefusalCode::AfterConversationHold,
            HoldAfter::Refusal => RefusalCode::AfterRefusalHold,
        }
    }

    fn holds(&self, call: &PastCall, moment: &Moment<'_>) -> bool {
        let came = match self.after {
            HoldAfter::Abandoned => Came::ABANDONED,
            HoldAfter::Machine => Came::MACHINE,
            HoldAfter::Conversation => Came::CONVERSATION,
            HoldAfter::Refusal => Came::REFUSAL,
        };
        if !call.came.has(came) || !call.tie.has(self.key.tie()) {
            return false;
        }
        match self.silence {
            Silence::For(duration) => moment.now < call.ended_at.saturating_add(duration),
            Silence::CalendarDays(days) => {
                moment.zones().any(|(zone, clock)| clock.day < zone.clock(call.ended_at).day + i64::from(days))
            }
        }
    }

    pub(crate) fn check(&self, moment: &Moment<'_>) -> Result<(), RefusalCode> {
        let exempt = self.unless_agent_guaranteed && moment.facts.agent_guaranteed;
        let held = !exempt && moment.facts.history.iter().any(|call| self.holds(call, moment));
        if held { Err(self.code()) } else { Ok(()) }
    }

    /// The first instant after the silence.
    pub(crate) fn next(&self, moment: &Moment<'_>) -> Option<OffsetDateTime> {
        if self.check(moment).is_ok() {
            return Some(moment.now);
        }
        let held = moment.facts.history.iter().filter(|call| self.holds(call, moment));
        held.map(|call| self.end(call, moment)).try_fold(moment.now, |latest, end| end.map(|at| latest.max(at)))
    }

    fn end(&self, call: &PastCall, moment: &Moment<'_>) -> Option<OffsetDateTime> {
        match self.silence {
            Silence::For(duration) => Some(call.ended_at.saturating_add(duration)),
            Silence::CalendarDays(days) => moment.zones().try_fold(moment.now, |latest, (zone, _)| {
                let day = zone.clock(call.ended_at).day + i64::from(days);
                let openings = std::iter::once((day, 0));
                first_open(zone, moment.now, openings, |clock| clock.day >= day).map(|at| latest.max(at))
            }),
        }
    }
}
