//! How people answer and how agents work, in numbers that chance can draw from.

/// How people answer and how agents work.
#[derive(Debug, Clone, PartialEq)]
pub struct Habits {
    /// How likely a call is answered, by whomever or whatever.
    pub answer: AnswerHabits,
    /// Share of the answered calls that a machine answers; its contact is tried again.
    pub machine: f64,
    /// Share of the answered calls on which a callback is promised.
    pub callback: f64,
    /// How the others end.
    pub unanswered: Unanswered,
    /// From the dial to the answer.
    pub ring_answered: Span,
    /// From the dial until it is given up.
    pub ring_unanswered: Span,
    /// From the dial until the network says that it is busy, or that it fails.
    pub ring_failed: Span,
    /// Talking.
    pub talk: Span,
    /// Writing up.
    pub wrap: Span,
    /// Looking at a contact before the dial, in a preview campaign.
    pub look: Span,
}

/// How likely a call is answered.
#[derive(Debug, Clone, PartialEq)]
pub struct AnswerHabits {
    /// On average, 0 to 1.
    pub average: f64,
    /// By the hour where the callee is, as a factor.
    pub by_hour: [f64; 24],
    /// By how often the contact was tried, this time included, as a factor; the last stands for all further ones.
    pub by_attempt: [f64; Self::ATTEMPTS],
    /// Calls it was learned from.
    pub calls: u32,
    /// What was believed before the first.
    pub believed: f64,
}

impl AnswerHabits {
    /// Attempts that are told apart.
    pub const ATTEMPTS: usize = 6;

    /// The same whatever the hour and the attempt, learned from nothing.
    #[must_use]
    pub const fn always(average: f64) -> Self {
        Self { average, by_hour: [1.0; 24], by_attempt: [1.0; Self::ATTEMPTS], calls: 0, believed: average }
    }

    /// The probability that attempt number `attempt`, from 1, at this hour of the callee's day is answered.
    #[must_use]
    pub fn of(&self, hour: u8, attempt: u32) -> f64 {
        let by_hour = self.by_hour.get(usize::from(hour)).copied().unwrap_or(1.0);
        let place = usize::try_from(attempt.saturating_sub(1)).unwrap_or(usize::MAX).min(Self::ATTEMPTS - 1);
        (self.average * by_hour * self.by_attempt[place]).clamp(0.0, 1.0)
    }
}

/// Shares of the calls that nobody answers; they add up to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Unanswered {
    /// It rings out, or is given up.
    pub no_answer: f64,
    /// Busy.
    pub busy: f64,
    /// The network fails.
    pub failed: f64,
    /// There is no such number.
    pub invalid: f64,
}

/// How long something takes: what was seen, and a belief that stands in for it as far as too little was.
#[derive(Debug, Clone, PartialEq)]
pub struct Span {
    /// Seconds seen, in order: all of them, or evenly spread ones.
    pub seen: Vec<f64>,
    /// How many were seen in all.
    pub count: u32,
    /// Share of the draws that come from what was seen.
    pub weight: f64,
    /// The belief.
    pub assumed: Assumed,
}

/// A log-normal law.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Assumed {
    /// Half are shorter, in seconds.
    pub median: f64,
    /// Spread of the logarithm.
    pub sigma: f64,
}

impl Span {
    /// How many seen durations a belief weighs.
    const BELIEF: f64 = 30.0;
    /// Durations kept.
    const KEPT: usize = 400;

    /// Always so many seconds.
    #[must_use]
    pub fn fixed(seconds: f64) -> Self {
        Self { seen: vec![seconds], count: 0, weight: 1.0, assumed: Assumed { median: seconds, sigma: 0.0 } }
    }

    /// A belief alone.
    #[must_use]
    pub const fn assumed(median: f64, sigma: f64) -> Self {
        Self { seen: Vec::new(), count: 0, weight: 0.0, assumed: Assumed { median, sigma } }
    }

    /// What was seen, and `assumed` as far as it is little.
    #[must_use]
    pub fn learned(mut seen: Vec<f64>, assumed: Assumed) -> Self {
        seen.retain(|seconds| seconds.is_finite() && *seconds >= 0.0);
        seen.sort_by(f64::total_cmp);
        let count = u32::try_from(seen.len()).unwrap_or(u32::MAX);
        let weight = f64::from(count) / (f64::from(count) + Self::BELIEF);
        if seen.len() > Self::KEPT {
            seen = (0..Self::KEPT).map(|place| seen[(2 * place + 1) * seen.len() / (2 * Self::KEPT)]).collect();
        }
        Self { seen, count, weight, assumed }
    }

    /// The mean of the draws, in seconds.
    #[must_use]
    pub fn mean(&self) -> f64 {
        let believed = self.assumed.median * (self.assumed.sigma.powi(2) / 2.0).exp();
        let kept = f64::from(u32::try_from(self.seen.len()).unwrap_or(u32::MAX));
        let seen = if self.seen.is_empty() { 0.0 } else { self.seen.iter().sum::<f64>() / kept };
        self.weight * seen + (1.0 - self.weight) * believed
    }
}

impl Habits {
    /// What is believed where nothing is known. The answer probability and the times are those of the pacing study's base
    /// scenario (docs/pacing.md); the other shares are a round guess, and every forecast says how much of it is guessed.
    #[must_use]
    pub fn believed() -> Self {
        Self {
            answer: AnswerHabits::always(0.30),
            machine: 0.25,
            callback: 0.03,
            unanswered: Unanswered { no_answer: 0.75, busy: 0.10, failed: 0.12, invalid: 0.03 },
            ring_answered: Span::assumed(10.0, 0.5),
            ring_unanswered: Span::assumed(25.0, 0.1),
            ring_failed: Span::assumed(2.5, 0.4),
            talk: Span::assumed(55.0, 1.0),
            wrap: Span::assumed(12.0, 0.5),
            look: Span::assumed(15.0, 0.5),
        }
    }
}
