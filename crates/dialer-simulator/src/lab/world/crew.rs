//! The agents: they take callers, write up, rest and go home.

use dialer_domain::pacing::AgentChange;

use super::due::Due;
use super::{World, key};

/// One agent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Agent {
    pub(super) work: Work,
    /// Goes when the call is done: for a break, or home.
    pub(super) leaving: Option<Leave>,
    /// When the call in hand is written up.
    pub(super) free_at: f64,
    pub(super) wrap: Option<f64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Work {
    Out,
    Idle,
    Talk,
    Wrap,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Leave {
    Break,
    Home,
}

impl World<'_> {
    pub(super) fn talk(&mut self, agent: usize, call: usize) {
        let Some(talked) = self.calls[call].take() else { return };
        let here = &mut self.agents[agent];
        here.work = Work::Talk;
        here.wrap = talked.fate.wrap;
        let ends = self.now + talked.fate.talk;
        here.free_at = ends + talked.fate.wrap.unwrap_or(0.0);
        self.tally.connected();
        self.agenda.plan(ends, Due::TalkEnd(agent));
        self.tell_agent(agent, AgentChange::Talk, Some(key(call)));
    }

    pub(super) fn done(&mut self, agent: usize) {
        if let Some(leave) = self.agents[agent].leaving {
            self.go(agent, leave);
            return;
        }
        self.agents[agent].work = Work::Idle;
        self.tell_agent(agent, AgentChange::Idle, None);
        if let Some(call) = self.waiting.pop_front() {
            self.talk(agent, call);
        } else {
            self.idle.push_back(agent);
        }
    }

    pub(super) fn come(&mut self, agent: usize) {
        self.agents[agent].leaving = None;
        if let Some((work, _)) = &self.scenario.breaks {
            let at = self.now + work.draw(&mut self.chance);
            self.agenda.plan(at, Due::Break(agent));
        }
        self.done(agent);
    }

    pub(super) fn leave(&mut self, agent: usize, how: Leave) {
        match self.agents[agent].work {
            Work::Out => self.agents[agent].leaving = Some(how),
            Work::Idle => {
                self.idle.retain(|idle| *idle != agent);
                self.go(agent, how);
            }
            Work::Talk | Work::Wrap => {
                self.agents[agent].leaving = Some(how);
                self.tell_agent(agent, AgentChange::Leaving, None);
            }
        }
    }

    pub(super) fn go(&mut self, agent: usize, how: Leave) {
        self.agents[agent].work = Work::Out;
        self.agents[agent].leaving = Some(how);
        self.tell_agent(agent, AgentChange::Out, None);
        if let (Leave::Break, Some((_, rest))) = (how, &self.scenario.breaks) {
            let at = self.now + rest.draw(&mut self.chance);
            self.agenda.plan(at, Due::Back(agent));
        }
    }

    pub(super) fn roster(&mut self, crew: usize) {
        for agent in 0..self.agents.len() {
            let out = self.agents[agent].work == Work::Out;
            if agent >= crew {
                self.leave(agent, Leave::Home);
            } else if out && self.agents[agent].leaving != Some(Leave::Break) {
                self.come(agent);
            } else if self.agents[agent].leaving == Some(Leave::Home) {
                self.agents[agent].leaving = None;
            }
        }
    }
}
