//! Which parts of the bar the figures meet.

use super::plan::Outcome;
use super::published::published;
use super::scenario::{Scenario, Table};

/// One thing asked, in how many cells it is met, and where it is not.
#[derive(Debug, Clone, PartialEq)]
pub struct Bar {
    /// What is asked.
    pub asked: &'static str,
    /// Cells that meet it.
    pub met: usize,
    /// Cells that it is asked of.
    pub of: usize,
    /// The others, each with its figure.
    pub short: Vec<String>,
}

/// Whether a cell meets something, and its figure; none where it is not asked.
type Verdict<'a> = dyn Fn(&Outcome, &Scenario) -> Option<(bool, String)> + 'a;

/// Holds the figures of `predictive` against the bar. Only cells that were run count.
#[must_use]
pub fn bars(outcomes: &[Outcome]) -> Vec<Bar> {
    let cells: Vec<_> = Scenario::all()
        .into_iter()
        .filter_map(|scenario| {
            let name = &scenario.name;
            let ours = outcomes.iter().find(|outcome| outcome.policy == "predictive" && outcome.scenario == *name)?;
            Some((ours, scenario))
        })
        .collect();
    let bar = |asked: &'static str, verdict: &Verdict<'_>| {
        let mut bar = Bar { asked, met: 0, of: 0, short: Vec::new() };
        for (ours, scenario) in &cells {
            let Some((met, figure)) = verdict(ours, scenario) else { continue };
            bar.of += 1;
            if met {
                bar.met += 1;
            } else {
                bar.short.push(format!("{}: {figure}", scenario.name));
            }
        }
        bar
    };
    let within = |table: Table| {
        move |ours: &Outcome, scenario: &Scenario| {
            let mean = ours.summary.abandonment.mean;
            (scenario.table == table).then(|| (mean <= 3.0, format!("{mean:.2}")))
        }
    };
    vec![
        bar("base: mean abandonment at most 3.0 %", &within(Table::Base)),
        bar("stress: mean abandonment at most 3.0 %", &within(Table::Stress)),
        bar("base, crews of 3 and more: worst shift at most 3.2 %", &|ours, scenario| {
            let worst = ours.summary.worst;
            (scenario.table == Table::Base && scenario.crew >= 3).then(|| (worst <= 3.2, format!("{worst:.2}")))
        }),
        bar("base: above the study's tuned VICIdial", &|ours, scenario| {
            let theirs = published(&scenario.name)?.vicidial?.0;
            let mean = ours.summary.occupancy.mean;
            (scenario.table == Table::Base).then(|| (mean > theirs, format!("{mean:.1} against {theirs:.1}")))
        }),
        bar("base: above the study's tuned power by more than two standard errors", &|ours, scenario| {
            let theirs = published(&scenario.name)?.power?.0;
            let ours = ours.summary.occupancy;
            let lead = ours.mean - theirs;
            let figure = format!("{lead:+.1} ±{:.2}", ours.error);
            (scenario.table == Table::Base).then_some((lead > 2.0 * ours.error, figure))
        }),
        bar("base and stress: no more than two standard errors below the study's candidate", &|ours, scenario| {
            let theirs = published(&scenario.name)?.candidate.0;
            let ours = ours.summary.occupancy;
            let lead = ours.mean - theirs;
            let figure = format!("{lead:+.1} ±{:.2}", ours.error);
            matches!(scenario.table, Table::Base | Table::Stress).then_some((lead >= -2.0 * ours.error, figure))
        }),
        bar("memoryless: within 2 points of the exact optimum", &|ours, scenario| {
            let optimum = published(&scenario.name)?.optimum?;
            let mean = ours.summary.occupancy.mean;
            Some((mean >= optimum - 2.0, format!("{mean:.1} against {optimum:.1}")))
        }),
    ]
}
