//! The Elastix (Issabel) call centre: an agent counts once their call is long against the mean.

use std::collections::BTreeMap;

use dialer_domain::pacing::{AgentChange, Event};

use super::super::policy::{Asked, Policy, View};

/// Completed calls before it predicts.
const ENOUGH: f64 = 10.0;
/// How sure it wants to be that a call is over by the time of the next answer.
const SURE: f64 = 0.97;

#[derive(Default)]
pub(super) struct Elastix {
    dialled: BTreeMap<u64, f64>,
    talking: BTreeMap<u64, f64>,
    answers: f64,
    delay: f64,
    calls: f64,
    talked: f64,
}

impl Policy for Elastix {
    fn observe(&mut self, at: f64, event: &Event) {
        match *event {
            Event::Dialled { call, .. } => {
                self.dialled.insert(call, at);
            }
            Event::Answered { call } => {
                if let Some(since) = self.dialled.remove(&call) {
                    self.answers += 1.0;
                    self.delay += at - since;
                }
            }
            Event::Ended { call, .. } => {
                self.dialled.remove(&call);
            }
            Event::Agent { agent, state: AgentChange::Talk, .. } => {
                self.talking.insert(agent, at);
            }
            Event::Agent { agent, .. } => {
                if let Some(since) = self.talking.remove(&agent) {
                    self.calls += 1.0;
                    self.talked += at - since;
                }
            }
        }
    }

    fn dials(&mut self, view: &View<'_>) -> u32 {
        let mut wanted = view.idle;
        if self.calls >= ENOUGH && self.answers > 0.0 {
            let (mean, delay) = (self.talked / self.calls, self.delay / self.answers);
            let over = |since: &f64| 1.0 - (-(view.now - since + delay) / mean).exp() >= SURE;
            wanted += u32::try_from(self.talking.values().filter(|since| over(since)).count()).unwrap_or(0);
        }
        wanted.saturating_sub(view.waiting).saturating_sub(view.ringing)
    }

    fn asked(&self) -> Asked {
        Asked::Every(1.0)
    }
}
