//! Runs of one cell, summed up.

use serde::{Deserialize, Serialize};

use super::run::Run;

/// What the runs of a cell came to.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// Runs.
    pub runs: u32,
    /// Occupancy in percent.
    pub occupancy: Estimate,
    /// Abandoned calls in percent of live answers: the mean over runs.
    pub abandonment: Estimate,
    /// The worst run's.
    pub worst: f64,
    /// Share of runs above 3 %, in percent.
    pub above_cap: f64,
    /// Talking minutes of an agent's hour.
    pub talk_minutes: Estimate,
    /// Seconds an agent waits for each conversation.
    pub idle_per_conversation: Estimate,
    /// Dials for each conversation.
    pub dials_per_conversation: Estimate,
    /// Live answers of a run.
    pub answered: Estimate,
}

/// A mean and how sure it is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// The mean over runs.
    pub mean: f64,
    /// Standard deviation of one run.
    pub deviation: f64,
    /// Standard error of the mean.
    pub error: f64,
}

impl Estimate {
    fn of(runs: &[Run], value: impl Fn(&Run) -> f64) -> Self {
        let count = f64::from(u32::try_from(runs.len()).unwrap_or(1).max(1));
        let mean = runs.iter().map(&value).sum::<f64>() / count;
        let squares = runs.iter().map(|run| (value(run) - mean).powi(2)).sum::<f64>();
        let deviation = if count > 1.0 { (squares / (count - 1.0)).sqrt() } else { 0.0 };
        Self { mean, deviation, error: deviation / count.sqrt() }
    }
}

impl Summary {
    /// Sums up runs.
    #[must_use]
    pub fn of(runs: &[Run]) -> Self {
        let above = Estimate::of(runs, |run| f64::from(u8::from(run.abandonment() > 3.0 + 1e-9)));
        Self {
            runs: u32::try_from(runs.len()).unwrap_or(u32::MAX),
            occupancy: Estimate::of(runs, Run::occupancy),
            abandonment: Estimate::of(runs, Run::abandonment),
            worst: runs.iter().map(Run::abandonment).fold(0.0, f64::max),
            above_cap: 100.0 * above.mean,
            talk_minutes: Estimate::of(runs, Run::talk_minutes),
            idle_per_conversation: Estimate::of(runs, Run::idle_per_conversation),
            dials_per_conversation: Estimate::of(runs, Run::dials_per_conversation),
            answered: Estimate::of(runs, |run| f64::from(run.answered)),
        }
    }
}
