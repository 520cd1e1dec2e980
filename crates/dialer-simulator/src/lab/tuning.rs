//! The best a baseline can be made to do in one cell: its settings chosen on other shifts than it is judged on.

use super::policies::{DropRule, Spec, Vicidial};
use super::scenario::Scenario;
use super::study::{Cell, study};
use super::summary::Summary;

/// Baselines that are tuned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// A fixed number of lines for each idle agent.
    Power,
    /// VICIdial's adaptive methods.
    Vicidial,
}

impl Family {
    /// The settings that are tried.
    #[must_use]
    pub fn candidates(self) -> Vec<Spec> {
        match self {
            Self::Power => {
                let lines = [
                    1.0, 1.2, 1.4, 1.6, 1.8, 2.0, 2.3, 2.6, 3.0, 3.4, 3.8, 4.3, 4.8, 5.4, 6.0, 7.0, 8.0, 9.0, 10.0,
                    12.0,
                ];
                lines.into_iter().map(Spec::Power).collect()
            }
            Self::Vicidial => {
                let mut all = Vec::new();
                for rule in [DropRule::HardLimit, DropRule::Average, DropRule::Tapered] {
                    for maximum_level in [1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 7.0] {
                        for difference_target in [-1.0, 0.0] {
                            let settings = Vicidial { maximum_level, difference_target, ..Vicidial::default_of(rule) };
                            all.push(Spec::Vicidial(settings));
                        }
                    }
                }
                all
            }
        }
    }
}

/// The candidate with the highest occupancy among those that keep to 3 % on average over so many `seeds` from
/// `first_seed` on; where none does, the one that abandons least.
pub fn tune(
    scenario: &Scenario,
    candidates: &[Spec],
    first_seed: u64,
    seeds: u32,
    threads: usize,
    progress: &(dyn Fn() + Sync),
) -> Option<Spec> {
    let cells: Vec<_> =
        candidates.iter().map(|policy| Cell { scenario: scenario.clone(), policy: policy.clone() }).collect();
    let runs = study(&cells, first_seed, seeds, threads, progress);
    let summaries: Vec<_> = runs.iter().map(|runs| Summary::of(runs)).collect();
    let within = |summary: &Summary| summary.abandonment.mean <= 3.0;
    let best = candidates
        .iter()
        .zip(&summaries)
        .filter(|(_, summary)| within(summary))
        .max_by(|a, b| a.1.occupancy.mean.total_cmp(&b.1.occupancy.mean));
    let least = || {
        let pairs = candidates.iter().zip(&summaries);
        pairs.min_by(|a, b| a.1.abandonment.mean.total_cmp(&b.1.abandonment.mean))
    };
    best.or_else(least).map(|(spec, _)| spec.clone())
}
