//! How much risk of abandonment a dial may carry, so that the window ends within the cap.

use serde::{Deserialize, Serialize};

use super::decision::{Bound, Snapshot, WindowCount};
use super::settings::PacingSettings;

/// Seconds between two looks at the balance.
const EVERY: f64 = 15.0;
/// Abandoned calls for each that the model foresees, before any was seen, and how many that belief weighs. More
/// than one, since later dials make earlier ones riskier.
const FIRST_RATIO: f64 = 1.8;
const FIRST_WEIGHT: f64 = 8.0;
/// Abandoned calls over which the ratio is remembered.
const MEMORY: f64 = 60.0;
/// Share of the limit that dials take on average, before any was placed, the answers that belief weighs, and
/// the answers over which the share is remembered.
const FIRST_USE: f64 = 0.8;
const USE_WEIGHT: f64 = 10.0;
const USE_MEMORY: f64 = 150.0;

/// The balance of a window, and the price of risk learned from it.
///
/// With a steady limit `theta` on each dial's risk the share of abandoned calls is close to proportional to it.
/// So the limit follows from the share that the rest of the window may have, and it is not swung with the
/// momentary error, which would cost occupancy and gain nothing.
///
/// The proportion has two parts. How much of the limit dials use, for it bounds only the last of them: every dial
/// tells. And how many calls are abandoned for each that the model foresees: only abandoned calls tell, and they
/// are few, so that part leans on its first belief for longer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Budget {
    window: WindowCount,
    /// Abandoned calls as foreseen and as they came, both fading.
    foreseen: f64,
    lost: f64,
    /// Answers expected of dials lately, times their risk and times the limit they were dialled under.
    used: f64,
    allowed: f64,
    theta: f64,
    next: f64,
}

/// How the window stands and what is left of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Balance {
    pub(super) answered: f64,
    pub(super) abandoned: f64,
    /// Live answers expected until the window ends: the likely number and a careful one.
    pub(super) to_come: f64,
    pub(super) surely_to_come: f64,
    /// Abandoned calls expected of the calls that ring already.
    pub(super) pending: f64,
}

impl Budget {
    pub(super) fn new() -> Self {
        Self {
            window: WindowCount::default(),
            foreseen: 0.0,
            lost: 0.0,
            used: 0.0,
            allowed: 0.0,
            theta: 0.0,
            next: f64::MIN,
        }
    }

    pub(super) fn answered(&mut self) {
        self.window.answered = self.window.answered.saturating_add(1);
    }

    /// A dial was placed that is answered with probability `chance`, and then finds no agent with probability
    /// `risk`; `limit` bounded it, or was 0 when something else did.
    pub(super) fn placed(&mut self, chance: f64, risk: f64, limit: f64) {
        self.foreseen += chance * risk;
        if limit > 0.0 {
            let keep = (-chance / USE_MEMORY).exp();
            self.used = keep * self.used + chance * risk;
            self.allowed = keep * self.allowed + chance * limit;
        }
    }

    pub(super) fn abandoned(&mut self) {
        self.window.abandoned = self.window.abandoned.saturating_add(1);
        self.lost += 1.0;
    }

    /// A new window begins. What risk costs is still known.
    pub(super) fn restart(&mut self) {
        self.window = WindowCount::default();
        self.next = f64::MIN;
    }

    /// As it was, to be looked at at once: the clock may be another.
    pub(super) fn resumed(self) -> Self {
        Self { next: f64::MIN, ..self }
    }

    /// The window so far, by the caller's record where there is one.
    pub(super) fn window(&self, snapshot: &Snapshot) -> WindowCount {
        snapshot.window.unwrap_or(self.window)
    }

    /// The largest risk a dial may carry now, and what took it away when that is 0.
    pub(super) fn theta(
        &mut self,
        now: f64,
        balance: Balance,
        headroom: Option<u32>,
        settings: &PacingSettings,
    ) -> (f64, Option<Bound>) {
        if now >= self.next {
            self.next = now + EVERY;
            self.look(balance, settings);
        }
        let one_more = balance.pending.max(0.0) + 1.0;
        if headroom.is_some_and(|calls| one_more > f64::from(calls) + 0.5) {
            return (0.0, Some(Bound::Headroom));
        }
        let allowed = settings.abandonment_cap * (balance.answered + balance.surely_to_come);
        if balance.abandoned + one_more > allowed {
            return (0.0, Some(Bound::BudgetSpent));
        }
        (self.theta, None)
    }

    /// Share of live answers abandoned for each unit of the limit.
    fn price(&self) -> f64 {
        let lost = (self.lost + FIRST_WEIGHT) / (self.foreseen + FIRST_WEIGHT / FIRST_RATIO);
        let weight = USE_WEIGHT * 0.02;
        let used = (self.used + weight * FIRST_USE) / (self.allowed + weight);
        lost * used
    }

    fn look(&mut self, balance: Balance, settings: &PacingSettings) {
        if self.lost > MEMORY {
            self.foreseen *= MEMORY / self.lost;
            self.lost = MEMORY;
        }
        let cap = settings.abandonment_cap;
        let left = balance.to_come.max(1.0);
        let share = (settings.aim * cap * (balance.answered + left) - balance.abandoned) / left;
        self.theta = (share.clamp(0.0, 2.0 * cap) / self.price()).min(settings.largest_risk);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn balance(answered: f64, abandoned: f64, to_come: f64) -> Balance {
        Balance { answered, abandoned, to_come, surely_to_come: to_come, pending: 0.0 }
    }

    fn theta(balance: Balance, headroom: Option<u32>) -> (f64, Option<Bound>) {
        Budget::new().theta(0.0, balance, headroom, &PacingSettings::default())
    }

    #[test]
    fn a_fresh_window_aims_just_below_the_cap() {
        let (theta, bound) = theta(balance(0.0, 0.0, 1000.0), None);
        let price = FIRST_RATIO * FIRST_USE;
        assert!((theta * price - 0.975 * 0.03).abs() < 1e-9 && bound.is_none());
    }

    #[test]
    fn what_was_saved_may_be_spent_and_what_was_overspent_is_made_up_for() {
        let even = theta(balance(500.0, 14.0, 500.0), None).0;
        assert!(theta(balance(500.0, 5.0, 500.0), None).0 > even);
        assert!(theta(balance(500.0, 20.0, 500.0), None).0 < even);
        // Never more than twice the cap's share, however much was saved.
        let most = theta(balance(500.0, 0.0, 40.0), None).0;
        assert!((most * FIRST_RATIO * FIRST_USE - 0.06).abs() < 1e-9);
    }

    #[test]
    fn one_more_abandoned_call_than_the_window_bears_stops_dialling_ahead() {
        assert_eq!(theta(balance(100.0, 6.0, 100.0), None), (0.0, Some(Bound::BudgetSpent)));
        assert_eq!(theta(balance(1000.0, 0.0, 1000.0), Some(0)), (0.0, Some(Bound::Headroom)));
        assert!(theta(balance(1000.0, 0.0, 1000.0), Some(1)).0 > 0.0);
    }

    #[test]
    fn more_abandoned_calls_than_foreseen_make_risk_dearer() {
        let mut budget = Budget::new();
        let settings = PacingSettings::default();
        let before = budget.theta(0.0, balance(0.0, 0.0, 1000.0), None, &settings).0;
        for _ in 0..20 {
            budget.placed(1.0, 0.01, before);
            budget.abandoned();
        }
        assert!(budget.price() > 2.0 * FIRST_RATIO * FIRST_USE);
        let after = budget.theta(100.0, balance(0.0, 0.0, 1000.0), None, &settings).0;
        assert!(after < 0.5 * before, "{before} {after}");
    }
}
