//! A forecast on the wire.

use std::collections::BTreeMap;

use dialer_app::Foreseen;
use dialer_domain::DialingMode;
use dialer_domain::eligibility::RefusalCode;
use dialer_domain::forecast::{AnswerHabits, Basis, DayForecast, Forecast, InstantRange, Pace, Range, Sums};
use dialer_domain::ids::CampaignId;
use dialer_domain::rules::RuleRef;
use serde::Serialize;
use utoipa::ToSchema;

use crate::stamp::Stamp;

#[derive(Serialize, ToSchema)]
pub(crate) struct ForecastAnswer {
    /// Null while a request with the same `Idempotency-Key` is still being worked on.
    forecast: Option<ForecastView>,
}

/// How a campaign will go. Every range is of the runs that were played.
#[derive(Serialize, ToSchema)]
struct ForecastView {
    campaign_id: CampaignId,
    #[serde(rename = "type")]
    mode: DialingMode,
    /// How its calls start here.
    pace: Pace,
    from: Stamp,
    /// The first instant after the last day.
    until: Stamp,
    agents: u16,
    /// Runs that were played.
    runs: u16,
    list: ListView,
    spent: SpentView,
    /// All days together.
    total: SumsView,
    days: Vec<DayView>,
    basis: BasisView,
    /// What else has to be known to read the figures.
    notes: Vec<String>,
}

/// The 5th, 50th and 95th percentile of the runs.
#[derive(Serialize, ToSchema)]
struct RangeView {
    low: f64,
    median: f64,
    high: f64,
}

/// The contacts at the end.
#[derive(Serialize, ToSchema)]
struct ListView {
    contacts: u32,
    /// Contacts that were read and stand for all.
    read: u32,
    /// Contacts that were reached or given up before the forecast began.
    over_before: u32,
    /// Contacts tried as often as the campaign allows.
    exhausted: RangeView,
    /// Contacts whose number turned out not to exist.
    invalid_number: RangeView,
    /// Contacts still to be called.
    waiting: RangeView,
    /// Contacts that may not be called, whatever the hour, most first.
    never_callable: Vec<NeverView>,
}

#[derive(Serialize, ToSchema)]
struct NeverView {
    code: RefusalCode,
    /// The rule that refuses; null where it is the campaign, the contact or its owner.
    rule: Option<RuleRef>,
    contacts: RangeView,
}

/// When nobody is left to be called.
#[derive(Serialize, ToSchema)]
struct SpentView {
    /// Share of the runs in which that comes before the end, 0 to 1.
    share: f64,
    /// Null where it does not come by then.
    low: Option<Stamp>,
    /// Null where it does not come by then.
    median: Option<Stamp>,
    /// Null where it does not come by then.
    high: Option<Stamp>,
}

#[derive(Serialize, ToSchema)]
struct SumsView {
    /// Calls placed.
    attempts: RangeView,
    /// People whom an agent speaks with.
    conversations: RangeView,
    /// Contacts that need no further call since.
    reached: RangeView,
    /// Hours of agents on answered calls, machines included.
    talk_hours: RangeView,
    /// Share of the time signed in that agents talk or write up, in percent.
    occupancy: RangeView,
    /// People who answer and find no agent in time.
    drops: RangeView,
    /// Those in percent of all people who answer.
    drop_rate: RangeView,
}

#[derive(Serialize, ToSchema)]
struct DayView {
    /// The date in the campaign's zone.
    #[schema(format = Date)]
    date: String,
    /// When calls of the campaign may start; null where its hours are over when the forecast begins.
    opens_at: Option<Stamp>,
    #[serde(flatten)]
    sums: SumsView,
    /// Contacts whose place is closed all day, most first.
    closed: Vec<ClosedView>,
}

#[derive(Serialize, ToSchema)]
struct ClosedView {
    code: RefusalCode,
    /// The rule that closes it; null where it is none of a pack.
    rule: Option<RuleRef>,
    contacts: u64,
}

/// What was learned from the campaign's own calls, and what is believed.
#[derive(Serialize, ToSchema)]
struct BasisView {
    /// Calls that were looked at.
    calls: u32,
    /// Probability that a first attempt is answered, by the hour where the callee is.
    answer_by_hour: Vec<f64>,
    /// Probability that an attempt is answered in an average hour, by its number; the last stands for all further ones.
    answer_by_attempt: Vec<f64>,
    figures: Vec<FigureView>,
}

#[derive(Serialize, ToSchema)]
struct FigureView {
    /// What it is.
    what: &'static str,
    /// The number used: a mean of what was seen and what is believed.
    used: f64,
    /// Calls, or stretches of an agent's time, that tell of it.
    seen: u32,
    /// How much of the number they are, 0 to 1.
    seen_weight: f64,
    /// What is believed where nothing is known.
    believed: f64,
}

impl ForecastAnswer {
    pub(crate) const fn unfinished() -> Self {
        Self { forecast: None }
    }

    pub(crate) fn of(foreseen: Foreseen) -> Self {
        let Foreseen { campaign, forecast } = foreseen;
        let habits = &forecast.habits;
        let basis = BasisView {
            calls: habits.answer.calls,
            answer_by_hour: (0..24).map(|hour| rounded(habits.answer.of(hour, 1))).collect(),
            answer_by_attempt: by_attempt(&habits.answer),
            figures: habits.basis().into_iter().map(FigureView::from).collect(),
        };
        Self {
            forecast: Some(ForecastView {
                campaign_id: campaign.id,
                mode: campaign.mode,
                pace: forecast.plan.pace,
                from: forecast.plan.from.into(),
                until: forecast.until.into(),
                agents: forecast.plan.agents,
                runs: forecast.runs,
                list: ListView::from(&forecast),
                spent: forecast.spent_at.into(),
                total: forecast.total.into(),
                days: forecast.days.into_iter().map(DayView::from).collect(),
                basis,
                notes: forecast.notes,
            }),
        }
    }
}

fn by_attempt(answer: &AnswerHabits) -> Vec<f64> {
    answer.by_attempt.iter().map(|factor| rounded((answer.average * factor).clamp(0.0, 1.0))).collect()
}

impl From<&Forecast> for ListView {
    fn from(forecast: &Forecast) -> Self {
        let view = |((code, rule), contacts): (&(RefusalCode, Option<RuleRef>), &Range)| NeverView {
            code: *code,
            rule: *rule,
            contacts: (*contacts).into(),
        };
        let mut never_callable: Vec<NeverView> = forecast.never.iter().map(view).collect();
        never_callable.sort_by(|one, other| other.contacts.median.total_cmp(&one.contacts.median));
        Self {
            contacts: forecast.contacts,
            read: forecast.read,
            over_before: forecast.over_before,
            exhausted: forecast.exhausted.into(),
            invalid_number: forecast.invalid.into(),
            waiting: forecast.waiting.into(),
            never_callable,
        }
    }
}

impl From<DayForecast> for DayView {
    fn from(day: DayForecast) -> Self {
        Self {
            date: day.date.to_string(),
            opens_at: day.opens_at.map(Stamp::from),
            sums: day.sums.into(),
            closed: closed(day.closed),
        }
    }
}

fn closed(by_reason: BTreeMap<(RefusalCode, Option<RuleRef>), u64>) -> Vec<ClosedView> {
    let view = |((code, rule), contacts)| ClosedView { code, rule, contacts };
    let mut closed: Vec<ClosedView> = by_reason.into_iter().map(view).collect();
    closed.sort_by_key(|view| std::cmp::Reverse(view.contacts));
    closed
}

impl From<Sums> for SumsView {
    fn from(sums: Sums) -> Self {
        Self {
            attempts: sums.attempts.into(),
            conversations: sums.conversations.into(),
            reached: sums.reached.into(),
            talk_hours: sums.talk_hours.into(),
            occupancy: sums.occupancy.into(),
            drops: sums.drops.into(),
            drop_rate: sums.drop_rate.into(),
        }
    }
}

impl From<Range> for RangeView {
    fn from(range: Range) -> Self {
        Self { low: rounded(range.low), median: rounded(range.median), high: rounded(range.high) }
    }
}

impl From<InstantRange> for SpentView {
    fn from(range: InstantRange) -> Self {
        let InstantRange { low, median, high, share } = range;
        Self {
            share: rounded(share),
            low: low.map(Stamp::from),
            median: median.map(Stamp::from),
            high: high.map(Stamp::from),
        }
    }
}

impl From<Basis> for FigureView {
    fn from(basis: Basis) -> Self {
        let Basis { what, used, seen, seen_weight, believed } = basis;
        Self { what, used: rounded(used), seen, seen_weight: rounded(seen_weight), believed: rounded(believed) }
    }
}

/// To a thousandth: no forecast knows more.
fn rounded(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}
