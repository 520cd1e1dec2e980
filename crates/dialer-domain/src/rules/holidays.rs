//! Holidays as rules of the calendar, so that no table has to be renewed each year.

use std::str::FromStr;

use time::{Date, Month};

use crate::schedule::{day_of, weekday};

/// The first and the last year whose holidays are known. Days outside count as holidays: what is not known refuses.
const YEARS: std::ops::RangeInclusive<i32> = 1990..=2100;

/// A day of every year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Yearly {
    /// `december 25`.
    Fixed(Month, u8),
    /// `third monday of january`; 0 is the first week, `None` the last.
    Nth(Option<u8>, usize, Month),
    /// `monday before may 25`: the last such weekday that is earlier.
    Before(usize, Month, u8),
    /// `easter + 1`: days after Easter Sunday (Gregorian), fewer than none for days before.
    Easter(i64),
}

/// One holiday: its day, and the days by which it moves when it falls on Saturday or Sunday.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Holiday {
    yearly: Yearly,
    saturday: i64,
    sunday: i64,
}

/// The holidays of a place.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Holidays(Vec<i64>);

impl Holidays {
    /// The days of all of these holidays in every known year.
    pub(crate) fn of(holidays: &[Holiday]) -> Self {
        let mut days: Vec<i64> =
            holidays.iter().flat_map(|holiday| YEARS.flat_map(|year| holiday.days(year))).collect();
        days.sort_unstable();
        days.dedup();
        Self(days)
    }

    /// Whether a day, counted from 1 January 1970, is one of them.
    pub(crate) fn has(&self, day: i64) -> bool {
        let known = self.0.first().zip(self.0.last()).is_none_or(|(first, last)| (*first..=*last).contains(&day));
        !known || self.0.binary_search(&day).is_ok()
    }
}

impl Holiday {
    /// The holiday written as `rule`; on Saturday it is also kept `saturday` days later, on Sunday `sunday` days later.
    pub(crate) fn parse(rule: &str, saturday: i64, sunday: i64) -> Result<Self, String> {
        Ok(Self { yearly: rule.parse()?, saturday, sunday })
    }

    /// The day itself, and the one it moves to. The day itself stays closed: whoever is called then is at home as well.
    fn days(self, year: i32) -> impl Iterator<Item = i64> {
        let day = self.yearly.day(year);
        let moved = day.map(|day| match weekday(day) {
            5 => day + self.saturday,
            6 => day + self.sunday,
            _ => day,
        });
        day.into_iter().chain(moved)
    }
}

impl Yearly {
    fn day(self, year: i32) -> Option<i64> {
        let first_of = |month| Date::from_calendar_date(year, month, 1).ok().map(day_of);
        match self {
            Self::Fixed(month, day) => Date::from_calendar_date(year, month, day).ok().map(day_of),
            Self::Nth(Some(week), on, month) => {
                let first = first_of(month)?;
                Some(first + until(weekday(first), on) + 7 * i64::from(week))
            }
            Self::Nth(None, on, month) => {
                let last = first_of(month)? + i64::from(month.length(year)) - 1;
                Some(last - until(on, weekday(last)))
            }
            Self::Before(on, month, day) => {
                let eve = Date::from_calendar_date(year, month, day).ok().map(day_of)? - 1;
                Some(eve - until(on, weekday(eve)))
            }
            Self::Easter(days) => Some(easter(year)? + days),
        }
    }
}

/// Days from one weekday to the next time another one comes, 0 to 6.
fn until(from: usize, to: usize) -> i64 {
    i64::try_from((to + 7 - from) % 7).unwrap_or_default()
}

/// Easter Sunday by the Gregorian calendar (Meeus, Jones and Butcher).
fn easter(year: i32) -> Option<i64> {
    let (golden, century, rest) = (year % 19, year / 100, year % 100);
    let skipped = century - century / 4 - (century - (century + 8) / 25 + 1) / 3;
    let epact = (19 * golden + skipped + 15) % 30;
    let sunday = (32 + 2 * (century % 4) + 2 * (rest / 4) - epact - rest % 4) % 7;
    let exception = (golden + 11 * epact + 22 * sunday) / 451;
    let days = epact + sunday - 7 * exception + 114;
    let (month, day) = (days / 31, days % 31 + 1);
    let month = Month::try_from(u8::try_from(month).ok()?).ok()?;
    Date::from_calendar_date(year, month, u8::try_from(day).ok()?).ok().map(day_of)
}

const WEEKDAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
const ORDINALS: [&str; 4] = ["first", "second", "third", "fourth"];

impl FromStr for Yearly {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || {
            format!(
                "`{text}` is no holiday; write `december 25`, `third monday of january`, `last monday of may`, \
                 `monday before may 25` or `easter + 1`"
            )
        };
        let on = |name: &str| WEEKDAYS.iter().position(|day| *day == name).ok_or_else(wrong);
        let date = |month: &str, day: &str| {
            let (month, day) = (month_of(month).ok_or_else(wrong)?, day.parse().map_err(|_| wrong())?);
            // 2023 is no leap year: the day must come every year.
            Date::from_calendar_date(2023, month, day).map(|_| (month, day)).map_err(|_| wrong())
        };
        match text.split(' ').collect::<Vec<_>>()[..] {
            ["easter"] => Ok(Self::Easter(0)),
            ["easter", "+", days] => Ok(Self::Easter(days.parse().map_err(|_| wrong())?)),
            ["easter", "-", days] => Ok(Self::Easter(-days.parse::<i64>().map_err(|_| wrong())?)),
            [week, day, "of", month] => {
                let week = match ORDINALS.iter().position(|ordinal| *ordinal == week) {
                    Some(week) => Some(u8::try_from(week).map_err(|_| wrong())?),
                    None if week == "last" => None,
                    None => return Err(wrong()),
                };
                Ok(Self::Nth(week, on(day)?, month_of(month).ok_or_else(wrong)?))
            }
            [weekday, "before", month, day] => {
                date(month, day).and_then(|(month, day)| Ok(Self::Before(on(weekday)?, month, day)))
            }
            [month, day] => date(month, day).map(|(month, day)| Self::Fixed(month, day)),
            _ => Err(wrong()),
        }
    }
}

fn month_of(name: &str) -> Option<Month> {
    (1..=12).filter_map(|month| Month::try_from(month).ok()).find(|month| month.to_string().to_lowercase() == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use time::macros::date;

    #[rstest]
    #[case("december 25", date!(2026 - 12 - 25))]
    #[case("third monday of january", date!(2026 - 01 - 19))]
    #[case("first monday of september", date!(2026 - 09 - 07))]
    #[case("fourth thursday of november", date!(2026 - 11 - 26))]
    #[case("last monday of may", date!(2026 - 05 - 25))]
    #[case("monday before may 25", date!(2026 - 05 - 18))]
    #[case("easter", date!(2026 - 04 - 05))]
    #[case("easter + 39", date!(2026 - 05 - 14))]
    #[case("easter - 47", date!(2026 - 02 - 17))]
    fn a_rule_of_the_calendar_gives_its_day(#[case] rule: &str, #[case] day: Date) {
        let holiday = Holiday::parse(rule, 0, 0).unwrap();
        assert_eq!(holiday.days(2026).next(), Some(day_of(day)));
        assert!(Holidays::of(&[holiday]).has(day_of(day)));
        assert!(!Holidays::of(&[holiday]).has(day_of(day) + 1));
    }

    #[rstest]
    #[case(2000, date!(2000 - 04 - 23))]
    #[case(2024, date!(2024 - 03 - 31))]
    #[case(2025, date!(2025 - 04 - 20))]
    #[case(2038, date!(2038 - 04 - 25))]
    fn easter_moves_with_the_moon(#[case] year: i32, #[case] day: Date) {
        assert_eq!(easter(year), Some(day_of(day)));
    }

    #[test]
    fn a_holiday_on_a_weekend_is_also_kept_on_the_day_it_moves_to() {
        // In 2026 the fourth of July is a Saturday, in 2027 a Sunday.
        let days = Holidays::of(&[Holiday::parse("july 4", -1, 1).unwrap()]);
        for kept in [date!(2026 - 07 - 03), date!(2026 - 07 - 04), date!(2027 - 07 - 04), date!(2027 - 07 - 05)] {
            assert!(days.has(day_of(kept)), "{kept}");
        }
        for open in [date!(2026 - 07 - 05), date!(2026 - 07 - 06), date!(2027 - 07 - 03), date!(2028 - 07 - 03)] {
            assert!(!days.has(day_of(open)), "{open}");
        }
    }

    #[test]
    fn a_year_whose_holidays_are_not_known_is_all_holiday() {
        let days = Holidays::of(&[Holiday::parse("july 4", 0, 0).unwrap()]);
        assert!(days.has(day_of(date!(2150 - 03 - 03))));
        assert!(!Holidays::default().has(day_of(date!(2150 - 03 - 03))), "there are none to be known");
    }

    #[rstest]
    #[case("christmas")]
    #[case("february 30")]
    #[case("february 29")]
    #[case("fifth monday of may")]
    #[case("third moonday of may")]
    #[case("easter + x")]
    fn a_text_that_is_no_holiday_is_named(#[case] rule: &str) {
        assert!(Holiday::parse(rule, 0, 0).unwrap_err().starts_with(&format!("`{rule}` is no holiday")));
    }
}
