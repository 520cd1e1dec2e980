//! What the runs of a forecast came to.

use std::collections::BTreeMap;

use time::{Date, OffsetDateTime};

use super::habits::Habits;
use super::job::Job;
use super::list::Begins;
use super::plan::ForecastPlan;
use super::played::{DayTally, Played};
use super::ranges::{InstantRange, Range};
use crate::eligibility::RefusalCode;
use crate::rules::RuleRef;

/// Figures of a day, or of all days.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Sums {
    /// Calls placed.
    pub attempts: Range,
    /// People whom an agent spoke with.
    pub conversations: Range,
    /// Contacts that need no further call since.
    pub reached: Range,
    /// Hours of agents on answered calls, machines included.
    pub talk_hours: Range,
    /// Share of the time signed in that agents talk or write up, in percent.
    pub occupancy: Range,
    /// People who answered and found no agent in time.
    pub drops: Range,
    /// Those in percent of all people who answered.
    pub drop_rate: Range,
}

impl Sums {
    fn of(tallies: &[DayTally]) -> Self {
        let range = |value: &dyn Fn(&DayTally) -> f64| Range::of(tallies.iter().map(value));
        Self {
            attempts: range(&|day| f64::from(day.attempts)),
            conversations: range(&|day| f64::from(day.conversations)),
            reached: range(&|day| f64::from(day.reached)),
            talk_hours: range(&|day| day.talk_seconds / 3600.0),
            occupancy: range(&|day| percent(day.busy_seconds, day.signed_in_seconds)),
            drops: range(&|day| f64::from(day.drops)),
            drop_rate: range(&|day| percent(f64::from(day.drops), f64::from(day.live))),
        }
    }
}

/// A day of a forecast.
#[derive(Debug, Clone, PartialEq)]
pub struct DayForecast {
    /// The date, in the campaign's zone.
    pub date: Date,
    /// When calls of the campaign may start; `None` where its hours are over when the forecast begins.
    pub opens_at: Option<OffsetDateTime>,
    /// The figures.
    pub sums: Sums,
    /// Contacts that were to be called when the forecast began and whose place is closed all day, by what closes it.
    pub closed: BTreeMap<(RefusalCode, Option<RuleRef>), u64>,
}

/// How a campaign will go.
#[derive(Debug, Clone, PartialEq)]
pub struct Forecast {
    /// What was asked.
    pub plan: ForecastPlan,
    /// The first instant after the last day.
    pub until: OffsetDateTime,
    /// Runs that were played.
    pub runs: u16,
    /// Contacts of the campaign.
    pub contacts: u32,
    /// Contacts that were read to stand for all of them.
    pub read: u32,
    /// Contacts that were over before.
    pub over_before: u32,
    /// Day after day.
    pub days: Vec<DayForecast>,
    /// All days together.
    pub total: Sums,
    /// Contacts tried as often as the campaign allows.
    pub exhausted: Range,
    /// Contacts whose number turned out not to exist.
    pub invalid: Range,
    /// Contacts still to be called at the end.
    pub waiting: Range,
    /// Contacts that nothing that passes with time lets anybody call, by code and rule.
    pub never: BTreeMap<(RefusalCode, Option<RuleRef>), Range>,
    /// When nobody is left to be called.
    pub spent_at: InstantRange,
    /// How people were taken to answer, and agents to work.
    pub habits: Habits,
    /// What has to be known to read all this, in sentences.
    pub notes: Vec<String>,
}

impl Forecast {
    /// What `runs` of `job` came to.
    #[must_use]
    pub fn of(job: &Job, runs: &[Played]) -> Self {
        let range = |value: &dyn Fn(&Played) -> u32| Range::of(runs.iter().map(|run| f64::from(value(run))));
        let reasons: std::collections::BTreeSet<_> =
            runs.iter().flat_map(|run| run.ends.never.keys().copied()).collect();
        let never = |reason: &_| range(&|run: &Played| run.ends.never.get(reason).copied().unwrap_or(0));
        let prospects = &job.list.prospects;
        let over = prospects.iter().filter(|prospect| prospect.begins == Begins::Over);
        let totals: Vec<DayTally> = runs.iter().map(Played::total).collect();
        Self {
            plan: job.plan,
            until: job.days.until,
            runs: u16::try_from(runs.len()).unwrap_or(u16::MAX),
            contacts: job.list.contacts,
            read: u32::try_from(prospects.len()).unwrap_or(u32::MAX),
            over_before: over.map(|prospect| prospect.copies).sum(),
            days: days(job, runs),
            total: Sums::of(&totals),
            exhausted: range(&|run| run.ends.exhausted),
            invalid: range(&|run| run.ends.invalid),
            waiting: range(&|run| run.ends.waiting),
            never: reasons.into_iter().map(|reason| (reason, never(&reason))).collect(),
            spent_at: InstantRange::of(runs.iter().map(|run| run.spent_at)),
            habits: job.habits.clone(),
            notes: job.notes(),
        }
    }
}

fn days(job: &Job, runs: &[Played]) -> Vec<DayForecast> {
    let mut closed: Vec<BTreeMap<(RefusalCode, Option<RuleRef>), u64>> = vec![BTreeMap::new(); job.days.dates.len()];
    for prospect in job.list.prospects.iter().filter(|prospect| prospect.begins.waits()) {
        for day in &job.list.calendars[prospect.calendar].closed {
            *closed[day.day].entry((day.code, day.rule)).or_default() += u64::from(prospect.copies);
        }
    }
    let dates = job.days.dates.iter().enumerate().zip(closed);
    let of_day = |((number, date), closed): ((usize, &Date), _)| {
        let tallies: Vec<DayTally> = runs.iter().filter_map(|run| run.days.get(number).copied()).collect();
        let shift = job.days.shifts.iter().find(|(opens, _)| job.days.holding(*opens) == number);
        DayForecast { date: *date, opens_at: shift.map(|(opens, _)| *opens), sums: Sums::of(&tallies), closed }
    };
    dates.map(of_day).collect()
}

fn percent(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { 100.0 * part / whole } else { 0.0 }
}
