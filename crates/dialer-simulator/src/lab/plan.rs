//! What to run: scenarios and policies by the words of the command line.

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::policies::{DropRule, Spec, Vicidial};
use super::scenario::{Scenario, Table};
use super::study::{Cell, study};
use super::summary::Summary;
use super::tuning::{Family, tune};

/// Seeds of the shifts that baselines are tuned on, far from those they are judged on.
const TUNING_SEEDS: u64 = 900_000;
/// Shifts for each setting that is tried.
const TUNING_SHIFTS: u32 = 4;

/// A word that names no scenario or policy.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum UnknownWord {
    /// Of a scenario.
    #[error("there is no scenario `{0}`: all, base, stress, memoryless, leads, large, or one of {1}")]
    Scenario(String, String),
    /// Of a policy.
    #[error(
        "there is no policy `{0}`: all, predictive, predictive-blind, progressive, power (tuned), power-N, vicidial \
         (tuned), vicidial-hard-limit, vicidial-average, vicidial-tapered, elastix, webitel or clairvoyant"
    )]
    Policy(String),
}

/// The scenarios a word names.
///
/// # Errors
/// [`UnknownWord::Scenario`].
pub fn scenarios(word: &str) -> Result<Vec<Scenario>, UnknownWord> {
    let all = Scenario::all();
    let table = match word {
        "all" => return Ok(all),
        "base" => Some(Table::Base),
        "stress" => Some(Table::Stress),
        "memoryless" => Some(Table::Memoryless),
        "leads" => Some(Table::Leads),
        "large" => Some(Table::Large),
        _ => None,
    };
    let known: Vec<_> = all.iter().map(|scenario| scenario.name.clone()).collect();
    let named: Vec<_> = all
        .into_iter()
        .filter(|scenario| table.map_or(scenario.name == word, |table| scenario.table == table))
        .collect();
    if named.is_empty() { Err(UnknownWord::Scenario(word.to_owned(), known.join(", "))) } else { Ok(named) }
}

/// A policy, or a family of which the best for each cell is found first.
#[derive(Debug, Clone, PartialEq)]
pub enum Choice {
    /// As it is.
    Fixed(Spec),
    /// The best of a family, found on other shifts.
    Tuned(Family),
}

impl FromStr for Choice {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        let vicidial = |rule| Spec::Vicidial(Vicidial::default_of(rule));
        Ok(match word {
            "power" => Self::Tuned(Family::Power),
            "vicidial" => Self::Tuned(Family::Vicidial),
            "predictive" => Self::Fixed(Spec::predictive(true)),
            "predictive-blind" => Self::Fixed(Spec::predictive(false)),
            "progressive" => Self::Fixed(Spec::Power(1.0)),
            "vicidial-hard-limit" => Self::Fixed(vicidial(DropRule::HardLimit)),
            "vicidial-average" => Self::Fixed(vicidial(DropRule::Average)),
            "vicidial-tapered" => Self::Fixed(vicidial(DropRule::Tapered)),
            "elastix" => Self::Fixed(Spec::Elastix),
            "webitel" => Self::Fixed(Spec::Webitel),
            "clairvoyant" => Self::Fixed(Spec::Clairvoyant),
            _ => {
                let lines = word.strip_prefix("power-").and_then(|lines| lines.parse::<f64>().ok());
                let lines = lines.filter(|lines| (1.0..=50.0).contains(lines));
                Self::Fixed(Spec::Power(lines.ok_or_else(|| UnknownWord::Policy(word.to_owned()))?))
            }
        })
    }
}

impl Choice {
    /// Every policy of the report, in its order.
    #[must_use]
    pub fn all() -> Vec<Self> {
        let words =
            ["progressive", "elastix", "webitel", "vicidial-tapered", "vicidial", "power", "predictive", "clairvoyant"];
        words.iter().filter_map(|word| word.parse().ok()).collect()
    }

    /// What it is called in tables.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Fixed(spec) => spec.name(),
            Self::Tuned(Family::Power) => "power".to_owned(),
            Self::Tuned(Family::Vicidial) => "vicidial".to_owned(),
        }
    }

    /// Runs it takes in one cell.
    #[must_use]
    pub fn runs(&self, seeds: u32) -> u64 {
        let tuning = match self {
            Self::Fixed(_) => 0,
            Self::Tuned(family) => family.candidates().len(),
        };
        u64::from(seeds) + u64::from(TUNING_SHIFTS) * u64::try_from(tuning).unwrap_or(0)
    }
}

/// What a policy came to in a scenario.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// The scenario's name.
    pub scenario: String,
    /// The policy's name.
    pub policy: String,
    /// The setting it ran with, where that was tuned.
    pub tuned_to: Option<String>,
    /// The figures.
    #[serde(flatten)]
    pub summary: Summary,
}

/// How much to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Effort {
    /// The first shift's seed.
    pub first_seed: u64,
    /// Shifts for each cell.
    pub seeds: u32,
    /// Threads to spread them over.
    pub threads: usize,
}

/// Runs each policy in each scenario; `progress` is called after each run.
pub fn outcomes(
    scenarios: &[Scenario],
    choices: &[Choice],
    effort: Effort,
    progress: &(dyn Fn() + Sync),
) -> Vec<Outcome> {
    let mut cells = Vec::new();
    let mut tuned = Vec::new();
    for scenario in scenarios {
        for choice in choices {
            let policy = match choice {
                Choice::Fixed(spec) => Some(spec.clone()),
                Choice::Tuned(family) => {
                    let candidates = family.candidates();
                    tune(scenario, &candidates, TUNING_SEEDS, TUNING_SHIFTS, effort.threads, progress)
                }
            };
            if let Some(policy) = policy {
                tuned.push((choice.name(), matches!(choice, Choice::Tuned(_)).then(|| policy.name())));
                cells.push(Cell { scenario: scenario.clone(), policy });
            }
        }
    }
    let runs = study(&cells, effort.first_seed, effort.seeds, effort.threads, progress);
    let named = cells.iter().zip(tuned).zip(&runs);
    named
        .map(|((cell, (policy, tuned_to)), runs)| Outcome {
            scenario: cell.scenario.name.clone(),
            policy,
            tuned_to,
            summary: Summary::of(runs),
        })
        .collect()
}
