//! How long something lasts, learned while it still goes on.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::whole::{float, whole};

/// Steps of one second up to here, longer and longer ones after.
const FINE: usize = 20;
/// Each later step is longer by this factor.
const GROWTH: f64 = 1.06;
/// Steps in all: to about two hours.
const STEPS: usize = 122;
/// One over the logarithm of the growth.
const PER_GROWTH: f64 = 17.161_811_199_076_364;

/// For each step of time, how many came that far and how many ended there.
///
/// Counting by step instead of by whole duration uses what still goes on for as far as it got, so that at the
/// start of a shift, when only short conversations have ended, long ones are not forgotten.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Hazards {
    came: Vec<f64>,
    ended: Vec<f64>,
    /// Ends since the last forgetting.
    fresh: f64,
}

impl Hazards {
    /// Beliefs before the first observation: log-normal with this median in seconds and spread, as if `weight`
    /// had been seen.
    pub(super) fn believed(median: f64, sigma: f64, weight: f64) -> Self {
        let mut came = Vec::with_capacity(STEPS);
        let mut ended = Vec::with_capacity(STEPS);
        for step in 0..STEPS {
            let (from, to) = (edge(step), edge(step + 1));
            let (before, after) = (lognormal_tail(from, median, sigma), lognormal_tail(to, median, sigma));
            came.push(weight * before + 1e-6);
            ended.push(weight * (before - after) + 1e-7);
        }
        Self { came, ended, fresh: 0.0 }
    }

    /// One went through a step.
    pub(super) fn passed(&mut self, step: usize) {
        if let Some(came) = self.came.get_mut(step) {
            *came += 1.0;
        }
    }

    /// One ended in a step.
    pub(super) fn ended(&mut self, step: usize) {
        let step = step.min(STEPS - 1);
        self.came[step] += 1.0;
        self.ended[step] += 1.0;
        self.fresh += 1.0;
    }

    /// Lets old observations fade, with a memory of so many ends.
    pub(super) fn forget(&mut self, memory: f64) {
        let keep = (-self.fresh / memory).exp();
        self.fresh = 0.0;
        for count in self.came.iter_mut().chain(&mut self.ended) {
            *count *= keep;
        }
    }

    /// Share that is over at each edge between steps; `smooth` lets neighbouring steps share what they saw.
    pub(super) fn curve(&self, smooth: bool) -> Curve {
        let mut left = 1.0;
        let mut over = vec![0.0];
        for step in 0..STEPS {
            let (came, ended) = if smooth { self.around(step) } else { (self.came[step], self.ended[step]) };
            left *= 1.0 - (ended / came).clamp(0.0, 1.0);
            over.push(1.0 - left);
        }
        Curve { over }
    }

    fn around(&self, step: usize) -> (f64, f64) {
        let (before, after) = (step.saturating_sub(1), (step + 1).min(STEPS - 1));
        let mean = |of: &[f64]| 0.25 * of[before] + 0.5 * of[step] + 0.25 * of[after];
        (mean(&self.came), mean(&self.ended))
    }
}

/// Share of durations that are over by an age.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Curve {
    over: Vec<f64>,
}

impl Curve {
    /// Share over by `age` seconds, 0 to 1.
    pub(super) fn by(&self, age: f64) -> f64 {
        if age <= 0.0 {
            return 0.0;
        }
        let step = step_of(age);
        let (from, to) = (edge(step), edge(step + 1));
        let (low, high) = (self.over[step], self.over[step + 1]);
        low + (high - low) * ((age - from) / (to - from)).clamp(0.0, 1.0)
    }
}

/// The number of steps.
pub(super) const fn steps() -> usize {
    STEPS
}

/// The step an age falls in.
pub(super) fn step_of(age: f64) -> usize {
    let fine = float(FINE);
    let step = if age < fine { whole(age) } else { FINE + whole((age / fine).ln() * PER_GROWTH + 1e-9) };
    step.min(STEPS - 1)
}

/// Where a step starts, in seconds.
pub(super) fn edge(step: usize) -> f64 {
    EDGES[step.min(STEPS)]
}

static EDGES: LazyLock<[f64; STEPS + 1]> = LazyLock::new(|| {
    std::array::from_fn(|step| if step <= FINE { float(step) } else { float(FINE) * GROWTH.powf(float(step - FINE)) })
});

/// Share of a log-normal duration that lasts longer than `age`.
pub(super) fn lognormal_tail(age: f64, median: f64, sigma: f64) -> f64 {
    if age <= 0.0 { 1.0 } else { super::normal::above(((age / median).ln()) / sigma) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_and_steps_agree() {
        for step in 0..STEPS {
            let middle = 0.5 * (edge(step) + edge(step + 1));
            assert_eq!(step_of(middle), step);
            assert_eq!(step_of(edge(step) + 1e-6), step);
        }
        assert!(edge(STEPS) > 7000.0);
    }

    #[test]
    fn beliefs_are_the_law_they_were_given() {
        let curve = Hazards::believed(60.0, 1.2, 10.0).curve(false);
        assert!((curve.by(60.0) - 0.5).abs() < 0.01, "{}", curve.by(60.0));
        assert!((curve.by(60.0 * 1.2_f64.exp()) - 0.841).abs() < 0.01);
    }

    #[test]
    fn what_goes_on_still_counts_for_as_far_as_it_got() {
        // A hundred began; ten ended in the eleventh second, ninety went on. Of those that ended, all were short.
        let mut hazards = Hazards::believed(60.0, 1.2, 1.0);
        for began in 0..100 {
            for step in 0..10 {
                hazards.passed(step);
            }
            if began < 10 {
                hazards.ended(10);
            } else {
                hazards.passed(10);
            }
        }
        let curve = hazards.curve(false);
        assert!((curve.by(11.0) - 0.1).abs() < 0.02, "{}", curve.by(11.0));
        assert!((0.4..0.7).contains(&curve.by(70.0)), "{}", curve.by(70.0));
    }

    #[test]
    fn the_old_fades() {
        let mut hazards = Hazards::believed(60.0, 1.2, 10.0);
        for _ in 0..5000 {
            hazards.ended(5);
            hazards.forget(100.0);
        }
        for _ in 0..500 {
            (0..30).for_each(|step| hazards.passed(step));
            hazards.ended(30);
            hazards.forget(100.0);
        }
        assert!(hazards.curve(false).by(10.0) < 0.05);
    }
}
