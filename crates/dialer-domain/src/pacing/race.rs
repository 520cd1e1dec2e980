//! Answers against agents: how likely a further answer finds nobody free.

use super::HORIZONS;
use super::normal;
use super::whole::{float, short};

/// Up to this variance the law of the difference is computed exactly; above, by its first three cumulants.
const EXACT_VARIANCE: f64 = 6.0;
/// What an exact law leaves out at either end.
const NEGLIGIBLE: f64 = 1e-9;

/// The calls that ring, the agents who work and those who wait, at each instant of the grid.
///
/// Answers and agents coming free are independent, each with its own probability by each instant. What counts
/// is the law of *answers less agents*; a dial answered when that is at least the agents idle now less the
/// callers waiting now finds nobody.
#[derive(Debug, Clone, Default)]
pub(super) struct Race {
    /// Probability of one more on the callers' side: an answer, or an agent who stays busy.
    terms: Vec<[f64; HORIZONS]>,
    /// How many terms of that kind are too many, before idle agents run out.
    agents: i64,
    instants: Vec<Instant>,
}

#[derive(Debug, Clone)]
enum Instant {
    /// Probabilities of `from`, `from + 1`, … terms coming true.
    Exact { from: i64, law: Vec<f64> },
    /// Mean, variance and third cumulant of the same.
    Cumulants { mean: f64, variance: f64, third: f64 },
}

impl Race {
    /// Starts over with the calls that ring (`answers`) and the agents at work (`free`).
    pub(super) fn start(
        &mut self,
        answers: impl Iterator<Item = [f64; HORIZONS]>,
        free: &[[f64; HORIZONS]],
        spare: i64,
    ) {
        self.terms.clear();
        self.terms.extend(answers);
        self.terms.extend(free.iter().map(|free| free.map(|share| 1.0 - share)));
        self.agents = i64::from(short(free.len())) + spare;
        let (mut mean, mut variance, mut third) = ([0.0; HORIZONS], [0.0; HORIZONS], [0.0; HORIZONS]);
        for term in &self.terms {
            for index in 0..HORIZONS {
                let chance = term[index];
                let spread = chance * (1.0 - chance);
                mean[index] += chance;
                variance[index] += spread;
                third[index] += spread * (1.0 - 2.0 * chance);
            }
        }
        self.instants.clear();
        for index in 0..HORIZONS {
            self.instants.push(if variance[index] <= EXACT_VARIANCE {
                exact(self.terms.iter().map(|term| term[index]))
            } else {
                Instant::Cumulants { mean: mean[index], variance: variance[index], third: third[index] }
            });
        }
    }

    /// Probability that a dial placed now, if it is answered, finds no agent in time.
    pub(super) fn risk(&self) -> f64 {
        mean(&self.instants, self.agents)
    }

    /// The same for the one after so many further dials, whose probabilities to be answered by each instant are
    /// `answers`.
    pub(super) fn risk_after(&self, answers: &[f64; HORIZONS], dials: u32) -> f64 {
        let mut after = self.instants.clone();
        for (instant, chance) in after.iter_mut().zip(answers) {
            instant.add(*chance, dials);
        }
        mean(&after, self.agents)
    }

    /// Adds dials whose probabilities to be answered by each instant are `answers`.
    pub(super) fn add(&mut self, answers: &[f64; HORIZONS], dials: u32) {
        for (instant, chance) in self.instants.iter_mut().zip(answers) {
            instant.add(*chance, dials);
        }
    }
}

/// Mean over the instants, each as likely, of the probability of as many answers as agents.
fn mean(instants: &[Instant], agents: i64) -> f64 {
    let sum = instants.iter().fold(0.0, |sum, instant| sum + instant.at_least(agents));
    (sum / float(HORIZONS)).clamp(0.0, 1.0)
}

impl Instant {
    fn at_least(&self, target: i64) -> f64 {
        match self {
            Self::Exact { from, law } => {
                let skip = usize::try_from(target - from).unwrap_or(0);
                law.iter().skip(skip).sum()
            }
            Self::Cumulants { mean, variance, third } => {
                let sigma = variance.sqrt();
                let z = (i32::try_from(target).map_or(f64::MAX, f64::from) - 0.5 - mean) / sigma;
                let density = normal::density(z);
                let skew = third / (6.0 * sigma * sigma * sigma) * (z * z - 1.0) * density;
                (normal::tail(z, density) + skew).clamp(0.0, 1.0)
            }
        }
    }

    fn add(&mut self, chance: f64, dials: u32) {
        match self {
            Self::Exact { from, law } => {
                for _ in 0..dials {
                    one_more(law, chance);
                    trim(from, law);
                }
            }
            Self::Cumulants { mean, variance, third } => {
                let dials = f64::from(dials);
                let spread = chance * (1.0 - chance);
                *mean += dials * chance;
                *variance += dials * spread;
                *third += dials * spread * (1.0 - 2.0 * chance);
            }
        }
    }
}

fn exact(chances: impl Iterator<Item = f64>) -> Instant {
    let (mut from, mut law) = (0, vec![1.0]);
    for chance in chances {
        if chance > 1.0 - 1e-7 {
            from += 1;
        } else if chance > 1e-7 {
            one_more(&mut law, chance);
            trim(&mut from, &mut law);
        }
    }
    Instant::Exact { from, law }
}

fn one_more(law: &mut Vec<f64>, chance: f64) {
    let mut below = 0.0;
    for share in law.iter_mut() {
        let here = *share;
        *share = here * (1.0 - chance) + below * chance;
        below = here;
    }
    law.push(below * chance);
}

fn trim(from: &mut i64, law: &mut Vec<f64>) {
    while law.len() > 1 && law.last().is_some_and(|share| *share < NEGLIGIBLE) {
        law.pop();
    }
    while law.len() > 1 && law.first().is_some_and(|share| *share < NEGLIGIBLE) {
        law.remove(0);
        *from += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GROWING: [f64; HORIZONS] = [0.02, 0.05, 0.08, 0.12, 0.16, 0.2, 0.24, 0.27, 0.3, 0.32];

    fn race(calls: usize, agents: usize, spare: i64) -> Race {
        let mut race = Race::default();
        race.start(std::iter::repeat_n(GROWING, calls), &vec![GROWING; agents], spare);
        race
    }

    #[test]
    fn with_nobody_free_and_nobody_at_work_an_answer_is_lost_for_certain() {
        assert!((race(0, 0, 0).risk() - 1.0).abs() < 1e-12);
        assert!(race(0, 0, 1).risk() < 1e-12);
    }

    #[test]
    fn one_call_against_one_idle_agent_is_lost_when_the_other_was_answered_before() {
        let expected = GROWING.iter().sum::<f64>() / 10.0;
        assert!((race(1, 0, 1).risk() - expected).abs() < 1e-12);
    }

    #[test]
    fn one_agent_at_work_saves_an_answer_by_coming_free() {
        let expected = 1.0 - GROWING.iter().sum::<f64>() / 10.0;
        assert!((race(0, 1, 0).risk() - expected).abs() < 1e-12);
    }

    #[test]
    fn adding_dials_is_as_having_had_them() {
        let mut added = race(3, 4, 1);
        added.add(&GROWING, 2);
        assert!((added.risk() - race(5, 4, 1).risk()).abs() < 1e-9);
        let mut many = race(300, 100, 5);
        many.add(&GROWING, 20);
        assert!((many.risk() - race(320, 100, 5).risk()).abs() < 1e-9);
    }

    #[test]
    fn every_dial_makes_the_next_one_riskier() {
        for (calls, agents) in [(2, 3), (40, 30)] {
            let mut race = race(calls, agents, 4);
            let mut before = race.risk();
            for _ in 0..40 {
                race.add(&GROWING, 1);
                assert!(race.risk() >= before - 1e-12);
                before = race.risk();
            }
        }
    }

    #[test]
    fn cumulants_come_close_to_the_exact_law() {
        // Up to the variance at which they take over, and beyond: exact against approximate, over the whole range.
        let terms = vec![GROWING; 60];
        for target in 0..30 {
            for index in 3..HORIZONS {
                let chances: Vec<f64> = terms.iter().map(|term| term[index]).collect();
                let exact = exact(chances.iter().copied()).at_least(target);
                let spread: f64 = chances.iter().map(|chance| chance * (1.0 - chance)).sum();
                let third: f64 = chances.iter().map(|chance| chance * (1.0 - chance) * (1.0 - 2.0 * chance)).sum();
                let mean = chances.iter().sum();
                let close = Instant::Cumulants { mean, variance: spread, third }.at_least(target);
                assert!((exact - close).abs() < 0.004, "{target} {index}: {exact} {close}");
            }
        }
    }
}
