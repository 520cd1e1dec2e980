//! The trade of occupancy against abandonment, policy by policy.

use dialer_domain::pacing::PacingSettings;

use super::plan::Effort;
use super::plot::Frontier;
use super::policies::{DropRule, Spec, Vicidial};
use super::scenario::Scenario;
use super::study::{Cell, study};
use super::summary::Summary;

/// What each policy reaches in a scenario as its cap, or number of lines, is moved.
pub fn frontier(scenario: &Scenario, effort: Effort, progress: &(dyn Fn() + Sync)) -> Vec<Frontier> {
    let families = families();
    let cells: Vec<_> = families
        .iter()
        .flat_map(|(_, specs)| specs)
        .map(|policy| Cell { scenario: scenario.clone(), policy: policy.clone() })
        .collect();
    let runs = study(&cells, effort.first_seed, effort.seeds, effort.threads, progress);
    let mut points = runs.iter().map(|runs| {
        let summary = Summary::of(runs);
        (summary.abandonment.mean, summary.occupancy.mean)
    });
    families
        .into_iter()
        .map(|(name, specs)| Frontier { name, points: points.by_ref().take(specs.len()).collect() })
        .collect()
}

/// Cells that a frontier runs.
#[must_use]
pub fn frontier_cells() -> usize {
    families().iter().map(|(_, specs)| specs.len()).sum()
}

fn families() -> Vec<(String, Vec<Spec>)> {
    let predictive = |cap| Spec::Predictive {
        knows_lists: true,
        settings: PacingSettings { abandonment_cap: cap, ..PacingSettings::default() },
    };
    let vicidial =
        |dropped_percentage| Spec::Vicidial(Vicidial { dropped_percentage, ..Vicidial::default_of(DropRule::Average) });
    let power = [1.0, 1.2, 1.4, 1.6, 1.8, 2.0, 2.3, 2.6, 3.0, 3.4, 3.8];
    vec![
        ("predictive, cap 0.5 to 7 %".to_owned(), [0.005, 0.01, 0.02, 0.03, 0.04, 0.05, 0.07].map(predictive).to_vec()),
        ("power 1:1 to 1:3.8".to_owned(), power.map(Spec::Power).to_vec()),
        ("VICIdial AVERAGE, 0.5 to 7 %".to_owned(), [0.5, 1.0, 2.0, 3.0, 4.0, 5.0, 7.0].map(vicidial).to_vec()),
        ("Elastix".to_owned(), vec![Spec::Elastix]),
        ("Webitel".to_owned(), vec![Spec::Webitel]),
    ]
}
