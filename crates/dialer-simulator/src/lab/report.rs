//! The lab's report, as a document.

use std::fmt::Write;

use super::plan::Outcome;
use super::published::published;
use super::scenario::{Scenario, Table};
use super::verdict::{Bar, bars};

const NOTES: &str = "\
## How to read it

Shifts are eight hours, memoryless runs five times that; the same seeds play the same people for every policy. The
study's own figures come from a few shifts of another generator, so differences of a standard error or two mean
nothing. The memoryless optimum of 49.0 for one agent and an answer rate of 0.1 is not what that model gives: solved
exactly it is 47.4, 42.6 of which one line at a time reaches.

`tail` runs a list of 60 numbers an agent to its end, so its occupancy holds the time in which the last conversation
goes on and everybody else waits. At a few hundred live answers 3 % is a dozen calls: single shifts end above it, the
mean does not.

`vicidial-tapered` with its defaults loses far more callers here than in the study, which has 3 to 4 %: by the
published description the level is not lowered while more than ten hours are left to 21:00, which is until eleven.
Tuned for the cell (`--policy vicidial`), the methods come out as in the study.

";

/// Writes the report: tables of every scenario that was run, and which parts of the bar are met.
#[must_use]
pub fn report(outcomes: &[Outcome], command: &str, picture: &str) -> String {
    let mut text = format!(
        "# Pacing: what the lab says\n\n\
         Made by `{command}`.\n\n\
         Occupancy and abandonment in percent, means over shifts with the standard error of the occupancy. `worst` is\n\
         `predictive`'s worst shift's abandonment and `>3` its share of shifts above 3 %. One fixed configuration of\n\
         `predictive` runs in every cell; `power` and `vicidial` are tuned for each cell on other shifts; `clairvoyant`\n\
         knows who will answer and when agents come free, which no dialer does. *study* is what was published.\n\n\
         ![Occupancy against abandonment]({picture})\n\n"
    );
    for (table, title) in [
        (Table::Base, "Base table"),
        (Table::Stress, "Stress"),
        (Table::Memoryless, "Memoryless check"),
        (Table::Leads, "Knowing who answers"),
        (Table::Large, "Large crew"),
    ] {
        let scenarios: Vec<_> = Scenario::all().into_iter().filter(|scenario| scenario.table == table).collect();
        section(&mut text, title, &scenarios, outcomes);
    }
    text.push_str(NOTES);
    text.push_str("## The bar\n\n| asked | met | where not |\n| --- | --- | --- |\n");
    for Bar { asked, met, of, short } in bars(outcomes) {
        let short = if short.is_empty() { "-".to_owned() } else { short.join("; ") };
        let _ = writeln!(text, "| {asked} | {met} of {of} | {short} |");
    }
    text
}

fn section(text: &mut String, title: &str, scenarios: &[Scenario], outcomes: &[Outcome]) {
    let mut policies: Vec<&str> = Vec::new();
    for outcome in outcomes.iter().filter(|outcome| scenarios.iter().any(|scenario| scenario.name == outcome.scenario))
    {
        if !policies.contains(&outcome.policy.as_str()) {
            policies.push(&outcome.policy);
        }
    }
    if policies.is_empty() {
        return;
    }
    let found = |scenario: &str, policy: &str| {
        outcomes.iter().find(|outcome| outcome.scenario == scenario && outcome.policy == policy)
    };
    let _ = writeln!(text, "## {title}\n");
    let heads: Vec<_> = policies.iter().map(|policy| format!(" {policy} |")).collect();
    let _ = writeln!(text, "| scenario |{} worst | >3 | dials a talk | study |", heads.concat());
    let _ = writeln!(text, "| --- |{} --: | --: | --: | --- |", " --: |".repeat(policies.len()));
    for scenario in scenarios {
        let cells: Vec<_> = policies
            .iter()
            .map(|policy| {
                found(&scenario.name, policy).map_or_else(
                    || " |".to_owned(),
                    |outcome| {
                        let summary = &outcome.summary;
                        let (occupancy, abandoned) = (summary.occupancy, summary.abandonment.mean);
                        format!(" {:.1} ±{:.1} @ {abandoned:.2} |", occupancy.mean, occupancy.error)
                    },
                )
            })
            .collect();
        let (worst, above, dials) = found(&scenario.name, "predictive").map_or_else(Default::default, |outcome| {
            let summary = &outcome.summary;
            let dials = summary.dials_per_conversation.mean;
            (format!("{:.2}", summary.worst), format!("{:.0} %", summary.above_cap), format!("{dials:.1}"))
        });
        let study = published(&scenario.name).map_or_else(String::new, |study| {
            let mut words = Vec::new();
            let pair = |name: &str, figures: (f64, f64)| format!("{name} {:.1} @ {:.2}", figures.0, figures.1);
            words.extend(study.vicidial.map(|figures| pair("vicidial", figures)));
            words.extend(study.power.map(|figures| pair("power", figures)));
            words.extend(study.optimum.map(|optimum| format!("optimum {optimum:.1}")));
            words.push(pair("candidate", study.candidate));
            words.join(", ")
        });
        let _ = writeln!(text, "| {} |{} {worst} | {above} | {dials} | {study} |", scenario.name, cells.concat());
    }
    text.push('\n');
}
