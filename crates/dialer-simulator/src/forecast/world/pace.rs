//! Dialling ahead of agents, by the pacer that dials in earnest.

use dialer_domain::pacing::{Event, Snapshot};

use super::super::due::Due;
use super::World;

/// Seconds between two questions to the pacer.
const TICK: f64 = 1.0;

impl World<'_> {
    /// The agents come to work. What the pacer has learned it keeps; each day is a window of the abandonment cap.
    pub(super) fn begin_pacing(&mut self) {
        let Some(pacer) = self.pacer.take() else { return };
        let mut pacer = pacer.resumed();
        pacer.start_window();
        for (agent, state) in self.crew.coming() {
            pacer.observe(self.now, &Event::Agent { agent, state, call: None });
        }
        self.pacer = Some(pacer);
        if !self.ticking {
            self.ticking = true;
            self.agenda.plan(self.now, Due::Tick);
        }
    }

    /// They go home.
    pub(super) fn end_pacing(&mut self) {
        if let Some(pacer) = &mut self.pacer {
            for (agent, state) in self.crew.going() {
                pacer.observe(self.now, &Event::Agent { agent, state, call: None });
            }
        }
    }

    pub(super) fn tick(&mut self) {
        self.steps += 1 + u64::from(self.job.plan.agents) / 16;
        let Some(closes) = self.open else {
            self.ticking = false;
            return;
        };
        let callable = self.line.callable(self.now);
        let Some(pacer) = &mut self.pacer else { return };
        let snapshot =
            Snapshot { list_left: Some(callable), window_left: Some(closes - self.now), ..Snapshot::default() };
        let dials = pacer.decide(self.now, &snapshot).dials;
        for _ in 0..dials {
            if self.next_turn >= self.now + TICK {
                break;
            }
            let Some(contact) = self.line.take(self.now, &mut self.ends) else { break };
            self.dial(contact);
        }
        let quiet = callable == 0 && self.calls.up() == 0 && self.crew.wrapping() == 0;
        let next = if quiet { self.line.next_look(self.now) } else { Some(self.now + TICK) };
        match next {
            Some(at) => self.agenda.plan(at.max(self.now + TICK), Due::Tick),
            None => self.ticking = false,
        }
    }
}
