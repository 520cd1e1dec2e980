//! The port to whoever plays forecasts.

use super::job::Job;
use super::played::Played;

/// Plays forecasts in virtual time.
pub trait Forecaster: Send + Sync {
    /// Plays `job` once for each seed, 1 to [`super::ForecastPlan::seeds`]; the same job and seed give the same run. Runs stand in the
    /// order of their seeds. Of a very long job fewer are played, always as many, and at least one.
    ///
    /// Blocks, on as many cores as there are. `go_on` is told now and then how many runs are done; when it returns false,
    /// playing stops and there is no result.
    fn play(&self, job: &Job, go_on: &(dyn Fn(u16) -> bool + Sync)) -> Option<Vec<Played>>;
}
