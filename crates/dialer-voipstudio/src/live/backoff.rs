//! How long to wait before the next try to connect.

use dialer_domain::ids::IdSource;
use time::Duration;

const FIRST: Duration = Duration::SECOND;
const LONGEST: Duration = Duration::MINUTE;
/// After refused credentials: asking again soon could lock the account.
const REFUSED: Duration = Duration::minutes(15);
/// Doublings up to the longest wait.
const DOUBLINGS: u32 = 6;

/// Waits that grow with each failure in a row.
#[derive(Default)]
pub(super) struct Backoff {
    failures: u32,
}

impl Backoff {
    /// The wait after another connection that failed or broke.
    pub(super) fn next(&mut self, chance: f64) -> Duration {
        let wait = (FIRST * 2_i32.pow(self.failures.min(DOUBLINGS))).min(LONGEST);
        self.failures = self.failures.saturating_add(1);
        spread(wait, chance)
    }

    /// Notes that a connection did what it is for.
    pub(super) fn succeeded(&mut self) {
        self.failures = 0;
    }
}

/// The wait after refused credentials.
pub(super) fn after_refusal(chance: f64) -> Duration {
    spread(REFUSED, chance)
}

/// Half of `wait` to all of it, so that many dialers do not come back at the same instant. `chance` is 0 to 1.
fn spread(wait: Duration, chance: f64) -> Duration {
    wait / 2 + wait * (chance.clamp(0.0, 1.0) / 2.0)
}

/// Chance, 0 up to 1, from the random part of an id.
pub(super) fn chance(ids: &dyn IdSource) -> f64 {
    let [.., a, b] = ids.next_uuid().into_bytes();
    f64::from(u16::from_be_bytes([a, b])) / 65_536.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_to_a_minute_and_begin_anew_after_a_success() {
        let mut backoff = Backoff::default();
        let waits: Vec<_> = (0..9).map(|_| backoff.next(1.0).whole_seconds()).collect();
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
        backoff.succeeded();
        assert_eq!(backoff.next(1.0), Duration::SECOND);
    }

    #[test]
    fn chance_moves_a_wait_within_its_second_half() {
        assert_eq!(Backoff::default().next(0.0), Duration::milliseconds(500));
        assert_eq!(after_refusal(0.0), Duration::seconds(450));
        assert_eq!(after_refusal(1.0), Duration::minutes(15));
    }
}
