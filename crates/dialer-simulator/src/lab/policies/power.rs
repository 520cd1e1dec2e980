//! A fixed number of lines for each idle agent.

use dialer_domain::pacing::Event;

use super::super::policy::{Policy, View};
use super::count;

/// Nothing is dialled while no agent is idle.
pub(super) struct Power {
    pub(super) lines: f64,
}

impl Policy for Power {
    fn observe(&mut self, _at: f64, _event: &Event) {}

    fn dials(&mut self, view: &View<'_>) -> u32 {
        let idle = view.idle.saturating_sub(view.waiting);
        count(f64::from(idle) * self.lines).saturating_sub(view.ringing)
    }
}
