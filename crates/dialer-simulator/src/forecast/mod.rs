//! Real campaigns run forward in virtual time: the domain's own rules decide who is called, its pacing how many, and chance
//! what comes of each call, by the habits of the job.

mod draw;
mod due;
mod line;
mod world;

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU16, Ordering};

use dialer_domain::forecast::{Forecaster, Job, Played};

use crate::lock::lock;
use world::World;

/// Runs that are played before it is looked at whether more would take too long.
const BATCH: u16 = 4;
/// Steps of all runs together after which no further batch is begun: some seconds of one core.
const ENOUGH: u64 = 40_000_000;
/// Steps of a run between two questions whether to go on.
const ASK_EVERY: u64 = 20_000;

/// Plays forecasts on this machine's cores.
#[derive(Debug, Clone, Copy, Default)]
pub struct VirtualForecaster;

impl Forecaster for VirtualForecaster {
    fn play(&self, job: &Job, go_on: &(dyn Fn(u16) -> bool + Sync)) -> Option<Vec<Played>> {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get);
        let mut played: Vec<Played> = Vec::new();
        let mut first = 0;
        while first < job.plan.seeds && played.iter().map(|run| run.steps).sum::<u64>() < ENOUGH {
            let last = job.plan.seeds.min(first + BATCH);
            played.extend(batch(job, first, last, cores, go_on)?);
            first = last;
        }
        Some(played)
    }
}

/// The runs of the seeds after `first` up to and with `last`. `None` when told to stop.
fn batch(job: &Job, first: u16, last: u16, cores: usize, go_on: &(dyn Fn(u16) -> bool + Sync)) -> Option<Vec<Played>> {
    let next = AtomicU16::new(first);
    let done = AtomicU16::new(first);
    let stopped = AtomicBool::new(false);
    let runs: Mutex<Vec<Option<Played>>> = Mutex::new(vec![None; usize::from(last - first)]);
    std::thread::scope(|scope| {
        for _ in 0..cores.min(usize::from(last - first)) {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= last {
                        break;
                    }
                    let goes_on = || {
                        let stop = stopped.load(Ordering::Relaxed) || !go_on(done.load(Ordering::Relaxed));
                        stopped.fetch_or(stop, Ordering::Relaxed);
                        !stop
                    };
                    if !goes_on() {
                        break;
                    }
                    let Some(run) = play_once(job, u64::from(seed) + 1, &goes_on) else { break };
                    lock(&runs)[usize::from(seed - first)] = Some(run);
                    // Told only: whoever would stop now has all runs of this batch.
                    go_on(done.fetch_add(1, Ordering::Relaxed) + 1);
                }
            });
        }
    });
    runs.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner).into_iter().collect()
}

fn play_once(job: &Job, seed: u64, goes_on: &dyn Fn() -> bool) -> Option<Played> {
    let mut world = World::new(job, seed);
    let mut asked = 0;
    while world.step() {
        if world.steps() >= asked + ASK_EVERY {
            asked = world.steps();
            if !goes_on() {
                return None;
            }
        }
    }
    Some(world.close())
}
