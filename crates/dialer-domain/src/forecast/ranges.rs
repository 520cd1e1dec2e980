//! What many runs came to, as ranges.

use time::OffsetDateTime;

/// The 5th, 50th and 95th percentile.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Range {
    /// One run in twenty is lower.
    pub low: f64,
    /// Half are lower.
    pub median: f64,
    /// One run in twenty is higher.
    pub high: f64,
}

impl Range {
    /// The range of these values, linear between neighbours. Zeros of none.
    #[must_use]
    pub fn of(values: impl IntoIterator<Item = f64>) -> Self {
        let mut values: Vec<f64> = values.into_iter().collect();
        values.sort_by(f64::total_cmp);
        let at = |hundredths: usize| {
            let last = values.len().saturating_sub(1) * hundredths;
            let (below, part) = (last / 100, f64::from(u32::try_from(last % 100).unwrap_or(0)) / 100.0);
            let low = values.get(below).copied().unwrap_or(0.0);
            let high = values.get(below + 1).copied().unwrap_or(low);
            low + part * (high - low)
        };
        Self { low: at(5), median: at(50), high: at(95) }
    }
}

/// The 5th, 50th and 95th percentile of an instant that does not come in every run; not coming is later than any.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct InstantRange {
    /// One run in twenty is earlier.
    pub low: Option<OffsetDateTime>,
    /// Half are earlier.
    pub median: Option<OffsetDateTime>,
    /// One run in twenty is later.
    pub high: Option<OffsetDateTime>,
    /// Share of the runs in which it comes, 0 to 1.
    pub share: f64,
}

impl InstantRange {
    /// The range of these instants.
    #[must_use]
    pub fn of(instants: impl IntoIterator<Item = Option<OffsetDateTime>>) -> Self {
        let mut instants: Vec<Option<OffsetDateTime>> = instants.into_iter().collect();
        instants.sort_by_key(|at| (at.is_none(), *at));
        let at = |hundredths: usize| {
            let last = instants.len().saturating_sub(1) * hundredths;
            instants.get((last + 50) / 100).copied().flatten()
        };
        let count = |items: usize| f64::from(u32::try_from(items).unwrap_or(u32::MAX));
        let came = count(instants.iter().flatten().count());
        let share = if instants.is_empty() { 0.0 } else { came / count(instants.len()) };
        Self { low: at(5), median: at(50), high: at(95), share }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn percentiles_lie_between_the_values_that_are_nearest() {
        let range = Range::of((0..=100).rev().map(f64::from));
        assert_eq!(range, Range { low: 5.0, median: 50.0, high: 95.0 });
        assert_eq!(Range::of([1.0, 2.0]).median.to_bits(), 1.5_f64.to_bits());
        assert_eq!(Range::of([]), Range::default());
    }

    #[test]
    fn an_instant_that_does_not_come_is_later_than_any() {
        let at = datetime!(2026-03-02 10:00 UTC);
        let range = InstantRange::of([None, Some(at), Some(at), None, None]);
        assert_eq!((range.low, range.median, range.high), (Some(at), None, None));
        assert!((range.share - 0.4).abs() < 1e-9);
    }
}
