//! When a place may be called: the rules asked ahead, once for all the contacts there.

use time::{Duration, OffsetDateTime};

use super::plan::Days;
use crate::eligibility::{Decision, RefusalCode};
use crate::rules::RuleRef;

/// How far apart the rules are asked while calls are allowed. A closure that is shorter and lies between two questions is
/// not seen; what is seen is then found to the second.
const STEP: Duration = Duration::minutes(5);

/// Calls may start from the first instant on and before the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Opening {
    /// The first instant.
    pub from: OffsetDateTime,
    /// The first instant after it.
    pub until: OffsetDateTime,
}

/// A day of the forecast on which nobody at a place may be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClosedDay {
    /// The day's place among those of the forecast.
    pub day: usize,
    /// Why, when the campaign's own hours begin.
    pub code: RefusalCode,
    /// The rule that refuses then, where one does.
    pub rule: Option<RuleRef>,
}

/// When contacts at one place, whom nobody has called, may be called.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Calendar {
    /// The openings within the campaign's hours, in order, apart.
    pub openings: Vec<Opening>,
    /// Days that have hours of the campaign and no opening.
    pub closed: Vec<ClosedDay>,
    /// Whether a rule here looks at past calls, so that a contact is decided about for itself once it was called.
    pub looks_back: bool,
}

impl Calendar {
    /// What `ask` allows within the hours of `days`.
    #[must_use]
    pub fn of(days: &Days, ask: impl Fn(OffsetDateTime) -> Decision) -> Self {
        let mut calendar = Self::default();
        for (opens, closes) in &days.shifts {
            let before = calendar.openings.len();
            calendar.walk(*opens, *closes, &ask);
            if calendar.openings.len() > before {
                continue;
            }
            if let Err(refusal) = ask(*opens) {
                let day = days.holding(*opens);
                calendar.closed.push(ClosedDay { day, code: refusal.code, rule: refusal.rule });
            }
        }
        calendar
    }

    fn walk(&mut self, opens: OffsetDateTime, closes: OffsetDateTime, ask: &impl Fn(OffsetDateTime) -> Decision) {
        let mut at = opens;
        while at < closes {
            match ask(at) {
                Ok(_) => {
                    let until = end(at, closes, ask);
                    self.openings.push(Opening { from: at, until });
                    at = until;
                }
                Err(refusal) => match refusal.retry_not_before {
                    Some(next) => at = next.max(at + Duration::SECOND),
                    None => return,
                },
            }
        }
    }
}

/// The first instant after `from`, to the second, at which calls are no longer allowed; `closes` at the latest.
fn end(from: OffsetDateTime, closes: OffsetDateTime, ask: &impl Fn(OffsetDateTime) -> Decision) -> OffsetDateTime {
    let mut open = from;
    let mut shut = loop {
        let next = (open + STEP).min(closes);
        if next == closes {
            break closes;
        }
        if ask(next).is_err() {
            break next;
        }
        open = next;
    };
    if shut == closes && ask(closes - Duration::SECOND).is_ok() {
        return closes;
    }
    while shut - open > Duration::SECOND {
        let middle = open + Duration::seconds((shut - open).whole_seconds() / 2);
        if ask(middle).is_ok() {
            open = middle;
        } else {
            shut = middle;
        }
    }
    shut
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eligibility::{Allowed, Refusal};
    use time::macros::datetime;

    fn days() -> Days {
        let day = |day: i64| datetime!(2026-03-02 00:00 UTC) + Duration::days(day);
        let shift = |number: i64| (day(number) + Duration::hours(9), day(number) + Duration::hours(17));
        Days {
            dates: (0..2).map(|number| day(number).date()).collect(),
            starts: vec![day(0), day(1)],
            until: day(2),
            shifts: vec![shift(0), shift(1)],
        }
    }

    #[test]
    fn an_hour_that_closes_in_the_middle_is_found_to_the_second() {
        let lunch = datetime!(2026-03-02 12:03:20 UTC)..datetime!(2026-03-02 13:00 UTC);
        let ask = |at: OffsetDateTime| {
            if lunch.contains(&at) {
                Err(Refusal::until(RefusalCode::AfterWindow, Some(lunch.end)))
            } else {
                Ok(Allowed::default())
            }
        };
        let calendar = Calendar::of(&days(), ask);
        let first: Vec<_> = calendar.openings.iter().map(|opening| (opening.from, opening.until)).collect();
        let nine = datetime!(2026-03-02 09:00 UTC);
        let expected = [(nine, lunch.start), (lunch.end, nine + Duration::hours(8)), days().shifts[1]];
        assert_eq!(first, expected);
        assert_eq!(calendar.closed, []);
    }

    #[test]
    fn a_day_without_an_opening_is_told_with_its_reason() {
        let tomorrow = datetime!(2026-03-03 00:00 UTC);
        let ask = |at: OffsetDateTime| {
            if at < tomorrow {
                Err(Refusal::until(RefusalCode::Holiday, Some(tomorrow)))
            } else {
                Ok(Allowed::default())
            }
        };
        let calendar = Calendar::of(&days(), ask);
        assert_eq!(calendar.closed, [ClosedDay { day: 0, code: RefusalCode::Holiday, rule: None }]);
        assert_eq!(calendar.openings.len(), 1);
    }
}
