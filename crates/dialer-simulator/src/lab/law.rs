//! The laws that chance follows in a scenario.

use rand::Rng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Exp, LogNormal};
use serde::Serialize;

/// How long something takes, in seconds.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Law {
    /// Always the same.
    Fixed(f64),
    /// Memoryless, with this mean.
    Exponential(f64),
    /// Log-normal.
    LogNormal {
        /// Half are shorter.
        median: f64,
        /// Spread of the logarithm.
        sigma: f64,
    },
    /// One of several, by weight.
    Mixture(Vec<(f64, Law)>),
    /// Drawn again until it is no longer than this.
    Within(f64, Box<Law>),
    /// At most so long.
    Capped(f64, Box<Law>),
    /// So much longer.
    After(f64, Box<Law>),
}

impl Law {
    /// One duration.
    pub fn draw(&self, chance: &mut ChaCha8Rng) -> f64 {
        match self {
            Self::Fixed(seconds) => *seconds,
            Self::Exponential(mean) => Exp::new(1.0 / mean).map_or(*mean, |law| law.sample(chance)),
            Self::LogNormal { median, sigma } => {
                LogNormal::new(median.ln(), *sigma).map_or(*median, |law| law.sample(chance))
            }
            Self::Mixture(parts) => {
                let whole: f64 = parts.iter().map(|(weight, _)| weight).sum();
                let mut left = chance.random::<f64>() * whole;
                for (weight, law) in parts {
                    left -= weight;
                    if left < 0.0 {
                        return law.draw(chance);
                    }
                }
                parts.last().map_or(0.0, |(_, law)| law.draw(chance))
            }
            Self::Within(longest, law) => loop {
                let seconds = law.draw(chance);
                if seconds <= *longest {
                    return seconds;
                }
            },
            Self::Capped(longest, law) => law.draw(chance).min(*longest),
            Self::After(first, law) => first + law.draw(chance),
        }
    }

    pub(crate) const fn log_normal(median: f64, sigma: f64) -> Self {
        Self::LogNormal { median, sigma }
    }
}
