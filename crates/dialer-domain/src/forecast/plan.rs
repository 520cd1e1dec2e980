//! What is asked: from when, for how many days, with whom.

use time::{Duration, OffsetDateTime};

use crate::campaigns::{Campaign, DialingMode};
use crate::telephony::LegOrder;
use crate::words::words;

words! {
    /// How the calls of a forecast start.
    Pace ("pace") {
        /// An agent looks at each contact first.
        Preview = "preview",
        /// One line for each agent who is free.
        Power = "power",
        /// Ahead of agents, by [`crate::pacing::Pacer`].
        Predictive = "predictive",
    }
}

impl Pace {
    /// How a campaign of `mode` is played, and what has to be said about that. A provider that rings agents first leaves
    /// nobody to dial ahead of.
    #[must_use]
    pub const fn of(mode: DialingMode, leg_order: LegOrder) -> (Self, Option<&'static str>) {
        match (mode, leg_order) {
            (DialingMode::Manual, _) => {
                (Self::Preview, Some("agents of a manual campaign are taken to work as fast as those of a preview one"))
            }
            (DialingMode::Preview, _) => (Self::Preview, None),
            (DialingMode::Power, _) => (Self::Power, None),
            (DialingMode::Predictive, LegOrder::CustomerFirst) => (Self::Predictive, None),
            (DialingMode::Predictive, LegOrder::AgentFirst) => {
                (Self::Power, Some("the provider rings agents first, so a predictive campaign has one line an agent"))
            }
        }
    }
}

/// What a forecast is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ForecastPlan {
    /// The first instant.
    pub from: OffsetDateTime,
    /// Calendar days in the campaign's zone; the first is the one that holds `from`.
    pub days: u16,
    /// Agents who are there whenever the campaign's hours are open.
    pub agents: u16,
    /// Runs wanted.
    pub seeds: u16,
    /// How calls start.
    pub pace: Pace,
    /// Calls that the provider lets start in a minute; `None` where it sets no bound.
    pub calls_per_minute: Option<u32>,
}

impl ForecastPlan {
    /// Most agents.
    pub const MAX_AGENTS: u16 = 500;
    /// Most days.
    pub const MAX_DAYS: u16 = 31;
    /// Most runs.
    pub const MAX_SEEDS: u16 = 200;
    /// Runs where nobody says how many.
    pub const DEFAULT_SEEDS: u16 = 40;
    /// How far ahead a forecast may begin.
    pub const FURTHEST: Duration = Duration::days(366);
}

/// The days of a forecast: where each begins, by the campaign's clocks, and where the last one ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Days {
    /// Their dates.
    pub dates: Vec<time::Date>,
    /// The first instant of each; the first of all is where the forecast begins.
    pub starts: Vec<OffsetDateTime>,
    /// The first instant after the last.
    pub until: OffsetDateTime,
    /// When calls of the campaign may start, half-open.
    pub shifts: Vec<(OffsetDateTime, OffsetDateTime)>,
}

impl Days {
    /// The days of `plan` for `campaign`.
    #[must_use]
    pub fn of(campaign: &Campaign, plan: &ForecastPlan) -> Self {
        let zone = &campaign.timezone;
        let first = zone.local(plan.from).date();
        let mut days = Self { dates: Vec::new(), starts: Vec::new(), until: plan.from, shifts: Vec::new() };
        for number in 0..i64::from(plan.days) {
            let date = first.saturating_add(Duration::days(number));
            let start = zone.day_start(date).unwrap_or(days.until).max(plan.from);
            days.dates.push(date);
            days.starts.push(start);
            days.until = zone.day_start(date.saturating_add(Duration::DAY)).unwrap_or(start + Duration::DAY);
        }
        days.shifts = shifts(campaign, plan.from, days.until);
        days
    }

    /// The day that holds `at`.
    #[must_use]
    pub fn holding(&self, at: OffsetDateTime) -> usize {
        self.starts.iter().rposition(|start| *start <= at).unwrap_or(0)
    }
}

fn shifts(campaign: &Campaign, from: OffsetDateTime, until: OffsetDateTime) -> Vec<(OffsetDateTime, OffsetDateTime)> {
    let (hours, zone) = (campaign.active_hours, &campaign.timezone);
    let mut shifts = Vec::new();
    let mut at = from;
    while let Some(opens) = hours.next_open(zone, at).filter(|opens| *opens < until) {
        let closes = (opens + hours.remaining(zone, opens)).min(until);
        if closes <= opens {
            break;
        }
        shifts.push((opens, closes));
        at = closes;
    }
    shifts
}
