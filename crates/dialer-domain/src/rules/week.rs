//! Hours of a week: when calls may start, by the clocks of the place.

use std::ops::Range;

use crate::schedule::TimeOfDay;

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// The hours of each weekday, Monday first: ranges in seconds since midnight, half-open, in order, apart.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Week([Hours; 7]);

/// The hours of one day.
pub(crate) type Hours = Vec<Range<i64>>;

impl Week {
    /// Reads lines such as `mon-fri 09:00-20:00` and `sat,sun 10:00-18:00`; days that no line names are closed.
    pub(crate) fn parse<'a>(lines: impl IntoIterator<Item = &'a str>) -> Result<Self, String> {
        let mut week = Self::default();
        for line in lines {
            let (days, range) = line.split_once(' ').ok_or_else(|| {
                format!("`{line}` is no line of hours; write days and hours, such as mon-fri 09:00-20:00")
            })?;
            let range = range_of(range)?;
            for day in days.split(',') {
                for day in days_of(day)? {
                    week.0[day].push(range.clone());
                }
            }
        }
        for (day, hours) in week.0.iter_mut().enumerate() {
            in_order(hours).map_err(|()| format!("two ranges of {} overlap", DAYS[day]))?;
        }
        if week.0.iter().all(Vec::is_empty) {
            return Err("no hour of the week is open; name at least one".to_owned());
        }
        Ok(week)
    }

    /// The hours of a weekday, 0 for Monday.
    pub(crate) fn on(&self, weekday: usize) -> &[Range<i64>] {
        self.0.get(weekday).map_or(&[], Vec::as_slice)
    }
}

/// Reads hours of one day, such as `10:00-13:00, 14:00-20:00`.
pub(crate) fn hours_of(text: &str) -> Result<Hours, String> {
    let mut hours: Hours = text.split(',').map(|range| range_of(range.trim())).collect::<Result<_, _>>()?;
    in_order(&mut hours).map_err(|()| format!("two ranges of `{text}` overlap"))?;
    Ok(hours)
}

fn in_order(hours: &mut Hours) -> Result<(), ()> {
    hours.sort_by_key(|range| range.start);
    if hours.windows(2).any(|pair| pair[0].end > pair[1].start) { Err(()) } else { Ok(()) }
}

fn range_of(text: &str) -> Result<Range<i64>, String> {
    let (from, to) =
        text.split_once('-').ok_or_else(|| format!("`{text}` is no range; write two times, such as 09:00-20:00"))?;
    let time = |text: &str| text.parse::<TimeOfDay>().map_err(|error| error.to_string());
    let (from, to) = (time(from)?, time(to)?);
    if from < to {
        Ok(from.seconds()..to.seconds())
    } else {
        Err(format!("the window {text} ends before or when it starts; a window lies within one day"))
    }
}

fn days_of(text: &str) -> Result<Vec<usize>, String> {
    let day = |name: &str| {
        let known = DAYS.iter().position(|day| *day == name);
        known.ok_or_else(|| format!("`{name}` is no weekday; use {}", DAYS.join(", ")))
    };
    let Some((first, last)) = text.split_once('-') else { return Ok(vec![day(text)?]) };
    let (first, last) = (day(first)?, day(last)?);
    if first <= last {
        Ok((first..=last).collect())
    } else {
        Err(format!("`{text}` runs backwards; the week begins with mon"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[test]
    fn lines_of_days_and_hours_make_a_week() {
        let week = Week::parse(["mon-fri 10:00-13:00", "mon-fri 14:00-20:00", "sun 09:00-24:00"]).unwrap();
        assert_eq!(week.on(0), [36_000..46_800, 50_400..72_000]);
        assert_eq!((week.on(5).first(), week.on(6).first()), (None, Some(&(32_400..86_400))));
    }

    #[rstest]
    #[case("mon", "is no line of hours")]
    #[case("mun 09:00-20:00", "`mun` is no weekday")]
    #[case("fri-mon 09:00-20:00", "runs backwards")]
    #[case("mon 20:00-09:00", "ends before or when it starts")]
    #[case("mon 09:00", "is no range")]
    #[case("mon 9-20", "is not a time of day")]
    fn a_line_that_makes_no_hours_is_named(#[case] line: &str, #[case] reason: &str) {
        let error = Week::parse([line]).unwrap_err();
        assert!(error.contains(reason), "{error}");
    }

    #[test]
    fn ranges_that_overlap_and_weeks_without_an_hour_are_refused() {
        assert_eq!(Week::parse(["mon 09:00-12:00", "mon 11:00-13:00"]), Err("two ranges of mon overlap".to_owned()));
        assert!(Week::parse([]).is_err());
    }
}
