//! How a call that rings goes on: who answers and when.

use serde::{Deserialize, Serialize};

use super::HORIZONS;
use super::hazards::lognormal_tail;
use super::settings::PacingSettings;
use super::whole::{float, whole};

/// Steps of one second; what rings longer is in the last.
pub(super) const STEPS: usize = 120;

/// For each second of ringing, how many calls came that far, how many were answered in it and how many ended
/// otherwise.
///
/// Answers come sooner than ring-outs and failures sooner than answers, so a share of *finished* calls is wrong
/// whenever dialling has just begun or grown. Counting by second of ringing takes the calls that still ring for
/// as far as they got (Aalen and Johansen's estimator) and is right at any moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Ringing {
    came: Vec<f64>,
    answered: Vec<f64>,
    ended: Vec<f64>,
    /// Calls that left since the last forgetting.
    fresh: f64,
}

impl Ringing {
    /// Beliefs before the first call: people answer after some 12 s; of the rest a quarter fail within seconds
    /// and most ring for 20 to 30 s.
    pub(super) fn believed(settings: &PacingSettings) -> Self {
        let (weight, answer) = (settings.prior_weight, settings.prior_answer);
        let live = |age| lognormal_tail(age, 12.0, 0.6);
        let other = |age| 0.25 * lognormal_tail(age, 3.0, 0.8) + 0.75 * lognormal_tail(age, 25.0, 0.3);
        let mut known = Self { came: Vec::new(), answered: Vec::new(), ended: Vec::new(), fresh: 0.0 };
        for step in 0..STEPS {
            let (from, to) = (float(step), float(step + 1));
            known.came.push(weight * (answer * live(from) + (1.0 - answer) * other(from)) + 1e-6);
            known.answered.push(weight * answer * (live(from) - live(to)));
            known.ended.push(weight * (1.0 - answer) * (other(from) - other(to)) + 1e-7);
        }
        known
    }

    /// A call rang through a second.
    pub(super) fn passed(&mut self, step: usize) {
        self.came[step.min(STEPS - 1)] += 1.0;
    }

    /// A call was answered by a person, or ended otherwise, in a second.
    pub(super) fn left(&mut self, step: usize, answered: bool) {
        let step = step.min(STEPS - 1);
        self.came[step] += 1.0;
        let cause = if answered { &mut self.answered } else { &mut self.ended };
        cause[step] += 1.0;
        self.fresh += 1.0;
    }

    /// Lets old calls fade, with a memory of so many.
    pub(super) fn forget(&mut self, memory: f64) {
        let keep = (-self.fresh / memory).exp();
        self.fresh = 0.0;
        for count in self.came.iter_mut().chain(&mut self.answered).chain(&mut self.ended) {
            *count *= keep;
        }
    }

    /// What follows from all that.
    pub(super) fn outlook(&self) -> RingOutlook {
        let (mut left, mut live, mut other) = (1.0, vec![0.0], vec![0.0]);
        let (mut answered, mut ended) = (0.0, 0.0);
        for step in 0..STEPS {
            let scale = left / self.came[step].max(self.answered[step] + self.ended[step]);
            let (by_answer, by_end) = (scale * self.answered[step], scale * self.ended[step]);
            answered += by_answer;
            ended += by_end;
            left = (left - by_answer - by_end).max(0.0);
            live.push(answered);
            other.push(ended);
        }
        for share in &mut live {
            *share /= answered.max(1e-12);
        }
        for share in &mut other {
            *share /= ended.max(1e-12);
        }
        RingOutlook::new(answered / (answered + ended).max(1e-12), live, other)
    }
}

/// The rule's view of ringing: answer probability, delays and the instants to look at.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct RingOutlook {
    /// Probability that a dial is answered by a person.
    pub(super) answer: f64,
    /// Share of the answers, and of the other ends, by each second.
    live: Vec<f64>,
    other: Vec<f64>,
    /// Seconds after which a dial is answered, if it is: the middles of ten equally likely spans.
    pub(super) grid: [f64; HORIZONS],
    /// By half seconds of ringing: share of the answers and other ends so far, and of answers by each instant.
    rows: Vec<Row>,
}

#[derive(Debug, Clone, PartialEq)]
struct Row {
    live: f64,
    other: f64,
    ahead: [f64; HORIZONS],
}

impl RingOutlook {
    fn new(answer: f64, live: Vec<f64>, other: Vec<f64>) -> Self {
        let mut grid = [0.0; HORIZONS];
        for (index, instant) in grid.iter_mut().enumerate() {
            *instant = when(&live, (float(index) + 0.5) / float(HORIZONS));
        }
        let rows = (0..2 * STEPS)
            .map(|half| {
                let age = 0.5 * float(half);
                let so_far = by(&live, age);
                let ahead = grid.map(|instant| (by(&live, age + instant) - so_far).max(0.0));
                Row { live: so_far, other: by(&other, age), ahead }
            })
            .collect();
        Self { answer, live, other, grid, rows }
    }

    /// For a call that has rung `age` seconds, of a person who answers with probability `answer`: the
    /// probability that they do within each instant of the grid.
    pub(super) fn answers_within(&self, age: f64, answer: f64) -> [f64; HORIZONS] {
        let row = &self.rows[whole(2.0 * age + 0.5).min(2 * STEPS - 1)];
        let still = 1.0 - answer * row.live - (1.0 - answer) * row.other;
        if still < 1e-6 {
            return [0.0; HORIZONS];
        }
        let scale = answer / still;
        row.ahead.map(|share| (scale * share).min(1.0))
    }

    /// For a call that rings on at the start of a second, the probability that a person answers in it.
    pub(super) fn answers_in(&self, step: usize, answer: f64) -> f64 {
        let step = step.min(STEPS - 1);
        let still = 1.0 - answer * self.live[step] - (1.0 - answer) * self.other[step];
        if still < 1e-6 { 0.0 } else { (answer * (self.live[step + 1] - self.live[step]) / still).clamp(0.0, 1.0) }
    }

    /// Probability that a call that has rung `age` seconds is still answered by a person.
    pub(super) fn answers_yet(&self, age: f64, answer: f64) -> f64 {
        let row = &self.rows[whole(2.0 * age + 0.5).min(2 * STEPS - 1)];
        let still = 1.0 - answer * row.live - (1.0 - answer) * row.other;
        if still < 1e-6 { 0.0 } else { (answer * (1.0 - row.live) / still).clamp(0.0, 1.0) }
    }
}

/// Value of a curve by whole seconds at an age in between.
fn by(curve: &[f64], age: f64) -> f64 {
    let step = whole(age);
    if step >= STEPS {
        return curve[STEPS];
    }
    curve[step] + (curve[step + 1] - curve[step]) * (age - float(step))
}

/// The age at which a curve by whole seconds reaches a value.
fn when(curve: &[f64], value: f64) -> f64 {
    let step = curve.iter().position(|share| *share >= value).unwrap_or(STEPS).clamp(1, STEPS);
    let (low, high) = (curve[step - 1], curve[step]);
    float(step - 1) + if high > low { ((value - low) / (high - low)).clamp(0.0, 1.0) } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Calls answered in their tenth second with probability `answer`, others over in their twentieth.
    fn rang(calls: u32, answered: u32, seconds: usize) -> Ringing {
        let mut ringing = Ringing::believed(&PacingSettings { prior_weight: 0.5, ..PacingSettings::default() });
        for call in 0..calls {
            let (ends, live) = if call < answered { (10, true) } else { (20, false) };
            for step in 0..ends.min(seconds) {
                ringing.passed(step);
            }
            if seconds > ends {
                ringing.left(ends, live);
            }
        }
        ringing
    }

    #[test]
    fn a_full_history_gives_the_share_that_was_answered_and_when() {
        let outlook = rang(400, 100, 60).outlook();
        assert!((outlook.answer - 0.25).abs() < 0.01, "{}", outlook.answer);
        assert!(outlook.grid.iter().all(|instant| (9.5..=11.5).contains(instant)), "{:?}", outlook.grid);
    }

    #[test]
    fn the_share_is_right_while_those_who_will_not_answer_still_ring() {
        let early = rang(400, 100, 15).outlook();
        // Of the finished calls all were answered. What rings on may still be answered, by what was believed.
        assert!((0.25..0.5).contains(&early.answer), "{}", early.answer);
    }

    #[test]
    fn a_call_that_has_rung_past_all_answers_is_worth_nothing() {
        let outlook = rang(400, 100, 60).outlook();
        assert!(outlook.answers_within(15.0, 0.25)[HORIZONS - 1] < 0.02);
        assert!(outlook.answers_within(0.0, 0.25)[HORIZONS - 1] > 0.2);
        assert!(outlook.answers_yet(5.0, 0.25) > 0.24);
    }
}
