//! The normal law.

use std::f64::consts::PI;

/// Density of the standard normal law.
pub(super) fn density(z: f64) -> f64 {
    (-0.5 * z * z).exp() / (2.0 * PI).sqrt()
}

/// Probability of more than `z` under the standard normal law, to about 1e-7 (Abramowitz and Stegun 26.2.17).
pub(super) fn above(z: f64) -> f64 {
    tail(z, density(z))
}

/// The same where the density at `z` is at hand.
pub(super) fn tail(z: f64, density: f64) -> f64 {
    let t = 1.0 / (1.0 + 0.231_641_9 * z.abs());
    let series =
        t * (0.319_381_530 + t * (-0.356_563_782 + t * (1.781_477_937 + t * (-1.821_255_978 + t * 1.330_274_429))));
    let upper = density * series;
    if z >= 0.0 { upper } else { 1.0 - upper }
}

#[cfg(test)]
mod tests {
    use super::above;

    #[test]
    fn tabled_values_are_met() {
        for (z, probability) in [(0.0, 0.5), (1.0, 0.158_655), (1.96, 0.024_998), (-1.0, 0.841_345), (4.0, 3.167e-5)] {
            assert!((above(z) - probability).abs() < 1e-6, "{z}");
        }
    }
}
