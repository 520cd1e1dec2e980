//! Figures about calls: how many, how they ended, when they were made.
//!
//! Stores count ([`AnalyticsReader`]), and [`figures`] makes the figures from the counts. Counts come by the quarter
//! of an hour in which calls began, because the hours of every zone are made of whole quarters.

mod period;

use async_trait::async_trait;
use time::OffsetDateTime;

use crate::calls::{Call, CallStatus};
use crate::identity::Scope;
use crate::ids::CampaignId;
use crate::schedule::Zone;
use crate::store::StoreError;

pub use period::{DateOrInstant, EndsBeforeStart, NotADate, Period};

/// Which calls to count. `None` means any.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CallsCounted {
    /// Only calls of this campaign.
    pub campaign: Option<CampaignId>,
    /// Only calls that began in this time.
    pub period: Period,
}

/// How many calls began in a quarter of an hour and have a status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallCount {
    /// When the quarter began, a whole quarter of an hour of UTC.
    pub quarter: OffsetDateTime,
    /// Their status.
    pub status: CallStatus,
    /// How many.
    pub calls: u64,
    /// Their seconds of talk, added up.
    pub duration: u64,
}

/// Counts calls for reports. Who sees a call in a list counts it here; hidden calls do not count.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait AnalyticsReader: Send + Sync {
    /// How many calls there are by the quarter of an hour and the status, in no particular order.
    async fn count_calls(&self, scope: Scope, which: CallsCounted) -> Result<Vec<CallCount>, StoreError>;

    /// The last `limit` of these calls, latest start first.
    async fn recent_calls(&self, scope: Scope, which: CallsCounted, limit: u16) -> Result<Vec<Call>, StoreError>;
}

/// A share of all calls in tenths of a percent: 640 is 64.0 %.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PerMille(u16);

impl PerMille {
    /// `part` of `whole`, to the nearest tenth of a percent; 0 of nothing.
    #[must_use]
    pub fn of(part: u64, whole: u64) -> Self {
        if whole == 0 {
            return Self(0);
        }
        let (part, whole) = (u128::from(part), u128::from(whole));
        Self(u16::try_from((part * 1000 + whole / 2) / whole).unwrap_or(u16::MAX))
    }

    /// The share in percent, which has one decimal.
    #[must_use]
    pub fn percent(self) -> f64 {
        f64::from(self.0) / 10.0
    }
}

/// The figures of a report.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Figures {
    /// All calls.
    pub total: u64,
    /// Calls that were answered, also those that are over since.
    pub answered: u64,
    /// Seconds of talk of all calls.
    pub duration: u64,
    /// Whole seconds of talk for each answered call, cut and not rounded.
    pub average_duration: u64,
    /// Share of calls that were answered.
    pub answer_rate: PerMille,
    /// Share of calls that are completed.
    pub completion_rate: PerMille,
    /// Calls by the hour of the day in which they began.
    pub by_hour: [u64; 24],
    by_status: [u64; CallStatus::ALL.len()],
}

impl Figures {
    /// Calls with this status.
    #[must_use]
    pub fn with_status(&self, status: CallStatus) -> u64 {
        CallStatus::ALL.iter().zip(self.by_status).find(|(word, _)| **word == status).map_or(0, |(_, calls)| calls)
    }

    /// How many calls have each status; every status is there, in the order of [`CallStatus::ALL`].
    pub fn by_status(&self) -> impl Iterator<Item = (CallStatus, u64)> {
        CallStatus::ALL.iter().copied().zip(self.by_status)
    }
}

/// The figures that `counts` add up to, with the hours of `zone`.
#[must_use]
pub fn figures(counts: &[CallCount], zone: &Zone) -> Figures {
    let mut figures = Figures::default();
    for count in counts {
        figures.total += count.calls;
        figures.duration += count.duration;
        if matches!(count.status, CallStatus::Answered | CallStatus::Completed) {
            figures.answered += count.calls;
        }
        let statuses = CallStatus::ALL.iter().zip(&mut figures.by_status);
        for (_, calls) in statuses.filter(|(status, _)| **status == count.status) {
            *calls += count.calls;
        }
        let hour = usize::from(zone.local(count.quarter).hour());
        if let Some(calls) = figures.by_hour.get_mut(hour) {
            *calls += count.calls;
        }
    }
    figures.average_duration = figures.duration.checked_div(figures.answered).unwrap_or(0);
    figures.answer_rate = PerMille::of(figures.answered, figures.total);
    figures.completion_rate = PerMille::of(figures.with_status(CallStatus::Completed), figures.total);
    figures
}

/// The quarter of an hour that holds `instant`.
#[must_use]
pub fn quarter_of(instant: OffsetDateTime) -> OffsetDateTime {
    const QUARTER: i64 = 15 * 60;
    let seconds = instant.unix_timestamp().div_euclid(QUARTER) * QUARTER;
    OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(instant)
}
