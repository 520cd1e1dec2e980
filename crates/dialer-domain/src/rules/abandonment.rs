//! Abandoned calls as each law counts them: what is divided by what, over which period, and how many more may be.
//!
//! A call is *abandoned* when a person answered and no agent was there in time; the message that is played then does not
//! take it out of the count. It is *live* when a person answered, abandoned or not. Calls answered by machines are neither.

use std::ops::Range;

use time::{Date, Duration, OffsetDateTime};

use crate::schedule::{DAY, Zone, day_of};
use crate::words::words;

words! {
    /// Over which period a ledger counts.
    LedgerPeriod ("ledger period") {
        /// The campaign from its first call on, in blocks of 30 times 24 hours (16 CFR 310.4(b)(4)(i)).
        CampaignBlocks = "campaign-30-days",
        /// The day by the zone's calendar (Ofcom 2010).
        Day = "day",
        /// The month by the zone's calendar (CRTC).
        Month = "month",
    }
}

impl LedgerPeriod {
    /// The period that holds `now`, half-open. `began_at` is the campaign's first call.
    #[must_use]
    pub fn span(self, zone: &Zone, began_at: OffsetDateTime, now: OffsetDateTime) -> Range<OffsetDateTime> {
        let today = zone.clock(now).day;
        let date = || zone.local(now).date();
        match self {
            Self::CampaignBlocks => {
                let block = Duration::days(30);
                let passed = (now - began_at).whole_seconds().div_euclid(block.whole_seconds());
                let start = began_at + Duration::seconds(passed * block.whole_seconds());
                start..start + block
            }
            Self::Day => start_of(zone, today)..start_of(zone, today + 1),
            Self::Month => {
                let first = date().replace_day(1).unwrap_or_else(|_| date());
                let next: Date = first + Duration::days(i64::from(first.month().length(first.year())));
                start_of(zone, day_of(first))..start_of(zone, day_of(next))
            }
        }
    }
}

fn start_of(zone: &Zone, day: i64) -> OffsetDateTime {
    let date = Date::from_julian_day(i32::try_from(day + 2_440_588).unwrap_or(i32::MAX)).ok();
    let utc = OffsetDateTime::from_unix_timestamp(day * DAY).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    date.and_then(|date| zone.day_start(date)).unwrap_or(utc)
}

/// The largest share of live calls that may be abandoned, in hundredths of a percent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit(u32);

impl serde::Serialize for Limit {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.percent())
    }
}

impl Limit {
    /// So many hundredths of a percent; `None` from 100 % on, which would be no limit.
    #[must_use]
    pub const fn basis_points(points: u32) -> Option<Self> {
        if points < 10_000 { Some(Self(points)) } else { None }
    }

    /// The share in percent.
    #[must_use]
    pub fn percent(self) -> f64 {
        f64::from(self.0) / 100.0
    }

    /// How many more calls may be abandoned: the largest n with (abandoned + n) / (live + n) within the limit.
    #[must_use]
    pub fn headroom(self, abandoned: u64, live: u64) -> u64 {
        let limit = u128::from(self.0);
        let allowed = u128::from(live) * limit;
        let spent = u128::from(abandoned) * 10_000;
        u64::try_from(allowed.saturating_sub(spent) / (10_000 - limit)).unwrap_or(u64::MAX)
    }

    /// Whether the share is within the limit.
    #[must_use]
    pub fn holds(self, abandoned: u64, live: u64) -> bool {
        u128::from(abandoned) * 10_000 <= u128::from(live) * u128::from(self.0)
    }
}

/// The share of live calls that were abandoned, 0 to 1. `None` without a live call: there is no value, not zero.
#[must_use]
pub fn rate(abandoned: u64, live: u64) -> Option<f64> {
    (live > 0).then(|| real(abandoned) / real(live))
}

/// Abandoned calls among `drops` where nobody tells machines from people: those to machines, in the share in which agents
/// meet machines, are taken off (Ofcom 2010, annex 5). `humans` and `machines` are the calls that agents handled.
#[must_use]
pub fn without_machines(drops: u64, humans: u64, machines: u64) -> f64 {
    let handled = humans + machines;
    if handled == 0 { real(drops) } else { real(drops) * real(humans) / real(handled) }
}

/// The share of live calls that were abandoned, 0 to 1, by the estimate of [`without_machines`].
#[must_use]
pub fn estimated_rate(drops: u64, humans: u64, machines: u64) -> Option<f64> {
    let abandoned = without_machines(drops, humans, machines);
    let live = abandoned + real(humans);
    (live > 0.0).then(|| abandoned / live)
}

/// Abandoned calls where machine detection hung up on `machines` calls: of those, `false_positives` parts of 10,000 were
/// people who heard silence, and part of a call is a call.
#[must_use]
pub fn with_false_positives(abandoned: u64, machines: u64, false_positives: u32) -> u64 {
    let added = (u128::from(machines) * u128::from(false_positives)).div_ceil(10_000);
    abandoned.saturating_add(u64::try_from(added).unwrap_or(u64::MAX))
}

/// Counts of calls stay far below the 2^53 up to which this is exact.
#[expect(clippy::cast_precision_loss, clippy::as_conversions, reason = "counts of calls stay far below 2^53")]
const fn real(count: u64) -> f64 {
    count as f64
}
