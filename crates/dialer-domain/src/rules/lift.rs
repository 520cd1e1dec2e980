//! Consent that a rule asks for, or that lifts it.

use time::{Duration, OffsetDateTime};

use super::moment::Moment;
use crate::consents::{ConsentAct, ConsentFact, ConsentForm};

/// A grant of at least this form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Lift {
    pub(crate) form: ConsentForm,
    /// How long after it was given it still counts.
    pub(crate) within: Option<Within>,
}

/// How long a grant counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Within {
    Days(u16),
    /// Months of the calendar; from the 31st of one, to the last day of a shorter one.
    Months(u8),
}

impl Within {
    /// The first instant at which a grant of `at` counts no more.
    fn end(self, at: OffsetDateTime) -> OffsetDateTime {
        match self {
            Self::Days(days) => at.saturating_add(Duration::days(i64::from(days))),
            Self::Months(months) => {
                let number = i32::from(u8::from(at.month())) - 1 + i32::from(months);
                let year = at.year() + number.div_euclid(12);
                let month = u8::try_from(number.rem_euclid(12) + 1).ok().and_then(|n| time::Month::try_from(n).ok());
                let date = month.and_then(|month| {
                    time::Date::from_calendar_date(year, month, at.day().min(month.length(year))).ok()
                });
                date.map_or(at, |date| at.replace_date(date))
            }
        }
    }
}

impl Lift {
    fn is(self, event: &ConsentFact) -> bool {
        // What is written is expressed as well.
        event.form == self.form || self.form == ConsentForm::Express && event.form == ConsentForm::Written
    }
}

/// Whether one of `lifts` is given at the moment: for the call's purpose, not taken back since, and not run out.
pub(crate) fn lifted(lifts: &[Lift], moment: &Moment<'_>) -> bool {
    let purpose = moment.facts.purpose;
    let counts = |event: &ConsentFact, lift: &Lift| {
        event.act == ConsentAct::Granted
            && lift.is(event)
            && event.purpose.is_none_or(|of| of == purpose)
            && event.happened_at <= moment.now
            && event.expires_at.is_none_or(|end| moment.now < end)
            && moment.revoked_at.is_none_or(|revoked| event.happened_at > revoked)
            && lift.within.is_none_or(|within| moment.now < within.end(event.happened_at))
    };
    lifts.iter().any(|lift| moment.facts.consents.iter().any(|event| counts(event, lift)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use time::macros::datetime;

    #[rstest]
    #[case(Within::Days(7), datetime!(2026-01-31 10:00 UTC), datetime!(2026-02-07 10:00 UTC))]
    #[case(Within::Months(18), datetime!(2026-01-15 10:00 UTC), datetime!(2027-07-15 10:00 UTC))]
    #[case(Within::Months(3), datetime!(2025-11-30 10:00 UTC), datetime!(2026-02-28 10:00 UTC))]
    fn a_grant_counts_for_days_or_for_months_of_the_calendar(
        #[case] within: Within,
        #[case] at: OffsetDateTime,
        #[case] end: OffsetDateTime,
    ) {
        assert_eq!(within.end(at), end);
    }
}
