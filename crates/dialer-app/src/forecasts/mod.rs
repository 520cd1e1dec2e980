//! How a campaign will go: collected here, played by the forecaster, away from the threads that serve.

mod reading;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use dialer_domain::DialingMode;
use dialer_domain::campaigns::Campaign;
use dialer_domain::forecast::{Forecast, ForecastPlan, Forecaster, Job, Pace};
use dialer_domain::identity::Scope;
use dialer_domain::ids::CampaignId;
use dialer_domain::stores::Stores;
use time::{Duration, OffsetDateTime};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error::{FieldError, UseCaseError};
use crate::ports::Ports;
pub use reading::Sample;

/// What somebody wants to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ForecastRequest {
    /// Agents at work, 1 to [`ForecastPlan::MAX_AGENTS`].
    pub agents: u32,
    /// Calendar days, 1 to [`ForecastPlan::MAX_DAYS`].
    pub days: u32,
    /// Runs, 1 to [`ForecastPlan::MAX_SEEDS`]; [`ForecastPlan::DEFAULT_SEEDS`] when it is left out.
    pub seeds: Option<u32>,
    /// The first instant; now when it is left out.
    pub from: Option<OffsetDateTime>,
    /// How it would go in another mode than the campaign's. What the provider can do is not asked then.
    pub mode: Option<DialingMode>,
}

/// A forecast, and of what.
#[derive(Debug, Clone, PartialEq)]
pub struct Foreseen {
    /// The campaign as it was read.
    pub campaign: Campaign,
    /// The forecast.
    pub forecast: Forecast,
}

/// Foresees. One forecast at a time is at work, however many ask.
#[derive(Clone)]
pub struct Forecasts {
    ports: Ports,
    forecaster: Arc<dyn Forecaster>,
    turn: Arc<Semaphore>,
    patience: Option<Duration>,
    sample: Sample,
}

/// A forecast whose turn it is.
pub struct BegunForecast {
    ports: Ports,
    forecaster: Arc<dyn Forecaster>,
    patience: Option<Duration>,
    sample: Sample,
    scope: Scope,
    campaign: Campaign,
    plan: ForecastPlan,
    note: Option<&'static str>,
    turn: OwnedSemaphorePermit,
}

impl Forecasts {
    /// Longest playing of a forecast that somebody waits for on a connection.
    pub const PATIENCE: Duration = Duration::minutes(1);

    /// On these ports, with an end to patience.
    #[must_use]
    pub fn new(ports: Ports, forecaster: Arc<dyn Forecaster>) -> Self {
        Self {
            ports,
            forecaster,
            turn: Arc::new(Semaphore::new(1)),
            patience: Some(Self::PATIENCE),
            sample: Sample::default(),
        }
    }

    /// The same, however long it takes.
    #[must_use]
    pub fn patient(self) -> Self {
        Self { patience: None, ..self }
    }

    /// The same, reading long lists like this.
    #[must_use]
    pub fn sampling(self, sample: Sample) -> Self {
        Self { sample, ..self }
    }

    /// Looks whether this can be foreseen, and takes the turn: the first half, on stores such as those of a unit of work.
    ///
    /// # Errors
    /// [`UseCaseError::NotFound`] also for an assigned agent, [`UseCaseError::Invalid`] with every number out of range,
    /// [`UseCaseError::Busy`] while another forecast is at work.
    pub async fn begin(
        &self,
        stores: &Stores,
        scope: Scope,
        id: CampaignId,
        request: ForecastRequest,
    ) -> Result<BegunForecast, UseCaseError> {
        let campaign = stores.campaigns.get(scope, id).await?.filter(|campaign| scope.covers(campaign.user_id));
        let campaign = campaign.ok_or(UseCaseError::NotFound("campaign"))?;
        let (plan, note) = self.plan(&campaign, request)?;
        let turn = self.turn.clone().try_acquire_owned().map_err(|_| UseCaseError::Busy("forecast"))?;
        let Self { ports, forecaster, patience, sample, .. } = self.clone();
        Ok(BegunForecast { ports, forecaster, patience, sample, scope, campaign, plan, note, turn })
    }

    fn plan(
        &self,
        campaign: &Campaign,
        request: ForecastRequest,
    ) -> Result<(ForecastPlan, Option<&'static str>), UseCaseError> {
        let now = self.ports.clock.now();
        let from = request.from.unwrap_or(now);
        let mut errors = Vec::new();
        let mut within = |field: &str, value: u32, most: u16| {
            let small = u16::try_from(value).unwrap_or(u16::MAX);
            if !(1..=most).contains(&small) {
                errors.push(FieldError::new(field, "out_of_range", format!("use 1 to {most}")));
            }
            small
        };
        let agents = within("agents", request.agents, ForecastPlan::MAX_AGENTS);
        let days = within("days", request.days, ForecastPlan::MAX_DAYS);
        let seeds = request.seeds.unwrap_or(u32::from(ForecastPlan::DEFAULT_SEEDS));
        let seeds = within("seeds", seeds, ForecastPlan::MAX_SEEDS);
        if from < now - Duration::DAY || from > now + ForecastPlan::FURTHEST {
            let message = "use an instant from now on, within a year; the list is taken as it stands now";
            errors.push(FieldError::new("from", "out_of_range", message));
        }
        if !errors.is_empty() {
            return Err(UseCaseError::Invalid(errors));
        }
        let (pace, note) = match request.mode {
            Some(DialingMode::Predictive) => (Pace::Predictive, None),
            mode => Pace::of(mode.unwrap_or(campaign.mode), self.ports.telephony.capabilities().leg_order),
        };
        let calls_per_minute = self.ports.telephony.budget().map(|budget| budget.limit_per_minute);
        Ok((ForecastPlan { from, days, agents, seeds, pace, calls_per_minute }, note))
    }
}

impl BegunForecast {
    /// Runs that will be played, at most.
    #[must_use]
    pub const fn runs(&self) -> u16 {
        self.plan.seeds
    }

    /// Reads the list and plays it: the second half. `played` is told now and then how many runs are done. Stops when it is
    /// dropped.
    ///
    /// # Errors
    /// When something could not be read, and [`UseCaseError::Invalid`] when it takes too long.
    pub async fn finish(self, played: impl Fn(u16) + Send + Sync + 'static) -> Result<Foreseen, UseCaseError> {
        let Self { ports, forecaster, patience, sample, scope, campaign, plan, note, turn } = self;
        let habits = reading::habits(&ports.stores, scope, &campaign).await?;
        let cases = reading::cases(&ports.stores, scope, &campaign, sample, plan.from).await?;
        let circumstances = ports.stores.eligibility.circumstances(campaign.user_id, plan.from).await?;
        let contacts = u32::try_from(campaign.stats.total).unwrap_or(u32::MAX);
        let dropped = Arc::new(AtomicBool::new(false));
        let until_dropped = StopWhenDropped(dropped.clone());
        let clock = ports.clock.clone();
        let ends = patience.map(|patience| clock.now() + patience);
        let work = tokio::task::spawn_blocking(move || {
            // The next forecast has its turn when this one no longer keeps the processor, also where nobody waits any more.
            let _turn = turn;
            let shown = campaign.clone();
            let job = Job::new(plan, campaign, circumstances, habits, cases, contacts);
            let go_on = |done: u16| {
                played(done);
                !dropped.load(Ordering::Relaxed) && ends.is_none_or(|ends| clock.now() < ends)
            };
            let runs = forecaster.play(&job, &go_on)?;
            let mut forecast = Forecast::of(&job, &runs);
            forecast.notes.extend(note.map(str::to_owned));
            if forecast.runs < plan.seeds {
                forecast
                    .notes
                    .push(format!("{} runs were played of {}, because they are long", forecast.runs, plan.seeds));
            }
            Some(Foreseen { campaign: shown, forecast })
        });
        let foreseen = work.await.unwrap_or_else(|failed| std::panic::resume_unwind(failed.into_panic()));
        drop(until_dropped);
        foreseen.ok_or_else(|| {
            let message =
                "this takes too long to play; ask for fewer days or agents, or run `dialer simulate --campaign`";
            UseCaseError::Invalid(vec![FieldError::new("days", "too_long", message)])
        })
    }
}

/// Nobody waits for the result any more.
struct StopWhenDropped(Arc<AtomicBool>);

impl Drop for StopWhenDropped {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
