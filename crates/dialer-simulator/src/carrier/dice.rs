//! Seeded chance: the same seed and the same question always give the same answer.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, LogNormal};
use time::Duration;

use super::settings::Spread;

/// A stream of chance that belongs to one question.
pub(crate) struct Dice(ChaCha8Rng);

impl Dice {
    /// The stream for `what` happens to `subject` the `nth` time.
    pub(crate) fn new(seed: u64, what: &str, subject: &str, nth: u32) -> Self {
        // FNV-1a spreads the question over 64 bits; the generator's own seeding does the mixing.
        const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
        const PRIME: u64 = 0x0100_0000_01b3;
        let question = [&seed.to_be_bytes()[..], what.as_bytes(), b"\0", subject.as_bytes(), b"\0", &nth.to_be_bytes()];
        let hash =
            question.iter().copied().flatten().fold(OFFSET, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(PRIME));
        Self(ChaCha8Rng::seed_from_u64(hash))
    }

    /// A number from 0 up to, not including, 1.
    pub(crate) fn unit(&mut self) -> f64 {
        self.0.random()
    }

    /// True in a `share` of cases.
    pub(crate) fn chance(&mut self, share: f64) -> bool {
        self.unit() < share
    }

    /// A length of time, in whole milliseconds and never nothing.
    pub(crate) fn length(&mut self, spread: Spread) -> Duration {
        let seconds = LogNormal::new(spread.median_seconds.ln(), spread.sigma)
            .map_or(spread.median_seconds, |distribution| distribution.sample(&mut self.0));
        whole_milliseconds(seconds).max(Duration::MILLISECOND)
    }

    /// `count` hexadecimal digits.
    pub(crate) fn hex(&mut self, count: usize) -> String {
        (0..count).map(|_| char::from_digit(self.0.random_range(0..16), 16).unwrap_or('0')).collect()
    }
}

/// Seconds as a length of whole milliseconds, so that instants are short and alike on every machine.
pub(crate) fn whole_milliseconds(seconds: f64) -> Duration {
    let length = Duration::saturating_seconds_f64(seconds.clamp(0.0, 1e9));
    let millis = (length + Duration::microseconds(500)).whole_milliseconds();
    Duration::milliseconds(i64::try_from(millis).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_question_has_one_answer_and_another_question_another() {
        let answer = |seed, subject, nth| Dice::new(seed, "call", subject, nth).hex(16);

        assert_eq!(answer(1, "447700900101", 0), answer(1, "447700900101", 0));
        assert_ne!(answer(1, "447700900101", 0), answer(2, "447700900101", 0));
        assert_ne!(answer(1, "447700900101", 0), answer(1, "447700900102", 0));
        assert_ne!(answer(1, "447700900101", 0), answer(1, "447700900101", 1));
    }

    #[test]
    fn a_spread_without_sigma_is_its_median() {
        let length = Dice::new(1, "talk", "447700900101", 0).length(Spread::exactly(12.25));
        assert_eq!(length, Duration::milliseconds(12_250));
    }

    #[test]
    fn half_of_all_lengths_are_below_the_median() {
        let spread = Spread { median_seconds: 25.0, sigma: 0.6 };
        let median = Duration::seconds(25);
        let below = (0..4000).filter(|nth| Dice::new(1, "talk", "x", *nth).length(spread) < median).count();
        assert!((1850..2150).contains(&below), "{below} of 4000");
    }
}
