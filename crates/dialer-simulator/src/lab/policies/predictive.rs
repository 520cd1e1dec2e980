//! The dialer's own pacing.

use dialer_domain::pacing::{Event, Lead, Pacer, PacingSettings, Snapshot};

use super::super::policy::{Policy, Sight, View};

/// Drives the domain's [`Pacer`] exactly as the engine does.
pub(super) struct Predictive {
    pacer: Pacer,
    knows_lists: bool,
    snapshot: Snapshot,
}

impl Predictive {
    pub(super) fn new(settings: PacingSettings, knows_lists: bool) -> Self {
        Self { pacer: Pacer::new(settings), knows_lists, snapshot: Snapshot::default() }
    }
}

impl Policy for Predictive {
    fn observe(&mut self, at: f64, event: &Event) {
        match event {
            Event::Dialled { call, .. } if !self.knows_lists => {
                self.pacer.observe(at, &Event::Dialled { call: *call, lead: Lead::default() });
            }
            known => self.pacer.observe(at, known),
        }
    }

    fn dials(&mut self, view: &View<'_>) -> u32 {
        self.snapshot.list_left = view.list_left;
        self.snapshot.window_left = Some(view.time_left);
        self.snapshot.next.clear();
        if self.knows_lists {
            self.snapshot.next.extend_from_slice(view.next);
        }
        self.pacer.decide(view.now, &self.snapshot).dials
    }

    fn sight(&self) -> Sight {
        if self.knows_lists { Sight::Leads } else { Sight::None }
    }
}
