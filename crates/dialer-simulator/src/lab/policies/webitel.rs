//! Webitel's over-dial factor: raised while too few calls are abandoned, lowered while too many.

use dialer_domain::pacing::Event;

use super::super::policy::{Asked, Policy, View};
use super::count;

/// Abandoned calls aimed at and allowed, in percent; how fast the factor moves; lines for each agent; attempts first.
const TARGET: f64 = 2.5;
const MOST: f64 = 3.0;
const LOAD: f64 = 10.0;
const LINES: f64 = 5.0;
const FIRST: f64 = 50.0;
/// Seconds between two changes of the factor.
const ADAPT: f64 = 15.0;

pub(super) struct Webitel {
    factor: f64,
    next: f64,
    dials: f64,
}

impl Default for Webitel {
    fn default() -> Self {
        Self { factor: 1.0, next: 0.0, dials: 0.0 }
    }
}

impl Policy for Webitel {
    fn observe(&mut self, _at: f64, event: &Event) {
        if matches!(event, Event::Dialled { .. }) {
            self.dials += 1.0;
        }
    }

    fn dials(&mut self, view: &View<'_>) -> u32 {
        if view.now >= self.next && self.dials >= FIRST {
            self.next = view.now + ADAPT;
            let lost = 100.0 * f64::from(view.abandoned) / f64::from(view.answered.max(1));
            self.factor = if lost >= MOST {
                1.0
            } else if lost < TARGET {
                self.factor * (1.0 + (TARGET - lost) * LOAD / 100.0)
            } else {
                self.factor * (MOST - lost) * (100.0 + LOAD) / (100.0 * MOST)
            }
            .clamp(1.0, LINES);
        }
        let idle = view.idle.saturating_sub(view.waiting);
        count(f64::from(idle) * self.factor).saturating_sub(view.ringing)
    }

    fn asked(&self) -> Asked {
        Asked::Every(1.0)
    }
}
