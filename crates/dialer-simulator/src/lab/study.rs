//! Many runs of many cells, spread over the processor's cores.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde::Serialize;

use super::policies::Spec;
use super::run::Run;
use super::scenario::Scenario;
use super::world;
use crate::lock::lock;

/// One scenario under one policy.
#[derive(Debug, Clone, Serialize)]
pub struct Cell {
    /// The scenario.
    pub scenario: Scenario,
    /// The policy.
    pub policy: Spec,
}

/// Runs each cell with so many seeds from `first_seed` on; `progress` is called after each run. Results stand in
/// the order of cells, then seeds, whatever the number of `threads`.
pub fn study(
    cells: &[Cell],
    first_seed: u64,
    seeds: u32,
    threads: usize,
    progress: &(dyn Fn() + Sync),
) -> Vec<Vec<Run>> {
    let seeds = usize::try_from(seeds).unwrap_or(1).max(1);
    let jobs = cells.len() * seeds;
    let next = AtomicUsize::new(0);
    let done = Mutex::new(vec![Run::default(); jobs]);
    std::thread::scope(|scope| {
        for _ in 0..threads.max(1).min(jobs.max(1)) {
            scope.spawn(|| {
                loop {
                    let job = next.fetch_add(1, Ordering::Relaxed);
                    let Some(cell) = cells.get(job / seeds) else { break };
                    let seed = first_seed + u64::try_from(job % seeds).unwrap_or(0);
                    let mut policy = cell.policy.build(&cell.scenario);
                    let run = world::run(&cell.scenario, policy.as_mut(), seed);
                    lock(&done)[job] = run;
                    progress();
                }
            });
        }
    });
    let done = done.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    done.chunks(seeds).map(<[Run]>::to_vec).collect()
}
