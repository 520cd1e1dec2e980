//! Caps: how many calls a period may hold. The period rolls: it ends now, wherever midnight was.

use time::{Duration, OffsetDateTime};

use super::history::{Came, PastCall, Tie};
use super::lift::{Lift, lifted};
use super::moment::Moment;
use crate::eligibility::RefusalCode;
use crate::words::words;

words! {
    /// Whose calls a cap or a hold counts.
    CapKey ("cap key") {
        /// Those with the number.
        Number = "number",
        /// Those with the person, on whatever number.
        Person = "person",
        /// Those with the person about the same debt.
        PersonDebt = "person+debt",
        /// Those with the person about the same subject.
        PersonSubject = "person+subject",
    }
}

words! {
    /// How long a cap looks back.
    CapPeriod ("cap period") {
        /// 24 hours.
        Day = "24h",
        /// Seven times 24 hours.
        Week = "7d",
        /// Thirty times 24 hours.
        Month = "30d",
        /// Ever.
        Lifetime = "lifetime",
    }
}

words! {
    /// Which calls a cap counts.
    CapCount ("cap count") {
        /// Every attempt.
        Attempt = "attempt",
        /// Those at numbers that could be reached: not the busy ones and those out of service.
        Reachable = "reachable",
        /// Those that were answered.
        Connect = "connect",
        /// Those in which the person was spoken with.
        Conversation = "conversation",
    }
}

impl CapKey {
    /// What a past call must have in common.
    pub(crate) const fn tie(self) -> Tie {
        match self {
            Self::Number => Tie::NUMBER,
            Self::Person => Tie::PERSON,
            Self::PersonDebt => Tie::PERSON.and(Tie::DEBT),
            Self::PersonSubject => Tie::PERSON.and(Tie::SUBJECT),
        }
    }
}

/// No more than so many calls in a period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cap {
    pub(crate) limit: u32,
    pub(crate) period: CapPeriod,
    pub(crate) key: CapKey,
    pub(crate) counts: CapCount,
    /// Whether only calls of the same campaign count.
    pub(crate) within_campaign: bool,
    /// Consent with which it does not bind.
    pub(crate) unless: Vec<Lift>,
}

impl Cap {
    /// How far back it looks; `None` for ever.
    pub(crate) const fn span(&self) -> Option<Duration> {
        match self.period {
            CapPeriod::Day => Some(Duration::days(1)),
            CapPeriod::Week => Some(Duration::days(7)),
            CapPeriod::Month => Some(Duration::days(30)),
            CapPeriod::Lifetime => None,
        }
    }

    const fn code(&self) -> RefusalCode {
        match self.period {
            CapPeriod::Day => RefusalCode::Cap24h,
            CapPeriod::Week => RefusalCode::Cap7d,
            CapPeriod::Month => RefusalCode::Cap30d,
            CapPeriod::Lifetime => RefusalCode::CapLifetime,
        }
    }

    fn counted(&self, call: &PastCall) -> bool {
        let tie = if self.within_campaign { self.key.tie().and(Tie::CAMPAIGN) } else { self.key.tie() };
        let came = match self.counts {
            CapCount::Attempt => true,
            CapCount::Reachable => !call.came.has(Came::NOT_CONNECTED),
            CapCount::Connect => call.came.has(Came::CONNECTED),
            CapCount::Conversation => call.came.has(Came::CONVERSATION),
        };
        !call.inbound && call.tie.has(tie) && came
    }

    pub(crate) fn check(&self, moment: &Moment<'_>) -> Result<(), RefusalCode> {
        let counted = if let Some(span) = self.span() {
            let since = moment.now - span;
            let calls = moment.facts.history.iter().filter(|call| call.began_at > since && self.counted(call));
            u32::try_from(calls.count()).unwrap_or(u32::MAX)
        } else {
            let ever = moment.facts.lifetime;
            match self.key {
                CapKey::Number => ever.number,
                CapKey::Person => ever.person,
                CapKey::PersonDebt => ever.debt,
                CapKey::PersonSubject => ever.subject,
            }
        };
        if counted < self.limit || lifted(&self.unless, moment) { Ok(()) } else { Err(self.code()) }
    }

    /// The instant at which enough calls have left the period.
    pub(crate) fn next(&self, moment: &Moment<'_>) -> Option<OffsetDateTime> {
        if self.check(moment).is_ok() {
            return Some(moment.now);
        }
        let span = self.span()?;
        let mut begun: Vec<_> =
            moment.facts.history.iter().filter(|call| self.counted(call)).map(|call| call.began_at).collect();
        begun.sort_unstable();
        let last = begun.len().checked_sub(usize::try_from(self.limit).ok()?)?;
        Some((*begun.get(last)? + span).max(moment.now))
    }
}
