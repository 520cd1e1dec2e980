//! The agents: they talk, write up, and wait for the next.

use std::collections::VecDeque;

use dialer_domain::pacing::AgentChange;

use super::super::draw::seconds;
use super::super::due::Due;
use super::{World, key};

/// What each agent does.
pub(super) struct Crew {
    work: Vec<Work>,
    /// Those who are free, the longest first.
    idle: VecDeque<usize>,
    talking: u32,
    wrapping: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Work {
    /// Free, or kept by a call that is not answered yet.
    None,
    Talk(usize),
    Wrap,
}

impl Crew {
    pub(super) fn of(agents: u16) -> Self {
        let agents = usize::from(agents);
        Self { work: vec![Work::None; agents], idle: (0..agents).collect(), talking: 0, wrapping: 0 }
    }

    pub(super) const fn talking(&self) -> u32 {
        self.talking
    }

    pub(super) const fn wrapping(&self) -> u32 {
        self.wrapping
    }

    pub(super) fn has_idle(&self) -> bool {
        !self.idle.is_empty()
    }

    pub(super) fn take_idle(&mut self) -> Option<usize> {
        self.idle.pop_front()
    }

    pub(super) const fn wrapped_up(&mut self) {
        self.wrapping -= 1;
    }

    /// What a pacer is told of each agent who comes to work.
    pub(super) fn coming(&self) -> impl Iterator<Item = (u64, AgentChange)> {
        self.work.iter().enumerate().map(|(agent, work)| {
            let state = match work {
                Work::None => AgentChange::Idle,
                Work::Talk(_) => AgentChange::Talk,
                Work::Wrap => AgentChange::Wrap,
            };
            (key(agent), state)
        })
    }

    /// What a pacer is told of each agent who goes when the call in hand is done.
    pub(super) fn going(&self) -> impl Iterator<Item = (u64, AgentChange)> {
        self.work.iter().enumerate().map(|(agent, work)| {
            let state = if *work == Work::None { AgentChange::Out } else { AgentChange::Leaving };
            (key(agent), state)
        })
    }
}

impl World<'_> {
    pub(super) fn talk(&mut self, agent: usize, call: usize) {
        self.crew.work[agent] = Work::Talk(call);
        self.crew.talking += 1;
        let talks = seconds(&self.job.habits.talk, &mut self.chance);
        self.agenda.plan(self.now + talks, Due::TalkEnd(agent));
        self.tell_agent(agent, AgentChange::Talk, Some(call));
    }

    pub(super) fn talk_end(&mut self, agent: usize) {
        let Work::Talk(call) = self.crew.work[agent] else { return };
        self.crew.work[agent] = Work::Wrap;
        self.crew.talking -= 1;
        self.crew.wrapping += 1;
        let wraps = seconds(&self.job.habits.wrap, &mut self.chance);
        self.agenda.plan(self.now + wraps, Due::WrapEnd(agent));
        self.tell_agent(agent, AgentChange::Wrap, None);
        self.talked(call);
    }

    /// The agent takes whoever waits, or waits.
    pub(super) fn free(&mut self, agent: usize) {
        self.crew.work[agent] = Work::None;
        let state = if self.open.is_some() { AgentChange::Idle } else { AgentChange::Out };
        self.tell_agent(agent, state, None);
        if let Some(call) = self.calls.next_caller() {
            self.connect(agent, call);
        } else {
            self.crew.idle.push_back(agent);
        }
    }
}
