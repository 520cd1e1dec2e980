//! One run: a shift as a sequence of events, in virtual time.

mod asking;
mod crew;
mod due;

use std::collections::VecDeque;

use dialer_domain::pacing::{AgentChange, Ending, Event};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use crate::agenda::Agenda;
use crew::{Agent, Leave, Work};
use due::Due;

use super::fate::{Fate, People};
use super::policy::{Asked, Future, Policy};
use super::run::{Run, Tally};
use super::scenario::Scenario;

/// Runs a scenario once under a policy.
pub fn run(scenario: &Scenario, policy: &mut dyn Policy, seed: u64) -> Run {
    let mut world = World::new(scenario, policy, seed);
    world.open();
    while world.step() {}
    world.tally.close()
}

struct World<'a> {
    scenario: &'a Scenario,
    policy: &'a mut dyn Policy,
    people: People,
    chance: ChaCha8Rng,
    now: f64,
    agenda: Agenda<Due>,
    agents: Vec<Agent>,
    /// Agents who wait, the longest first.
    idle: VecDeque<usize>,
    /// Calls by number; the ended ones are gone.
    calls: Vec<Option<Call>>,
    /// People who wait for an agent, the longest first.
    waiting: VecDeque<usize>,
    ringing: u32,
    tally: Tally,
    leads: Vec<dialer_domain::pacing::Lead>,
    future: Future,
}

#[derive(Debug, Clone, Copy)]
struct Call {
    fate: Fate,
    answers_at: Option<f64>,
}

impl<'a> World<'a> {
    fn new(scenario: &'a Scenario, policy: &'a mut dyn Policy, seed: u64) -> Self {
        let most = scenario.roster.iter().map(|(_, crew)| *crew).chain([scenario.crew]).max().unwrap_or(0);
        let out = Agent { work: Work::Out, leaving: None, free_at: 0.0, wrap: None };
        Self {
            scenario,
            policy,
            people: People::new(scenario, seed),
            chance: ChaCha8Rng::seed_from_u64(seed ^ 0x5eed_c4e3),
            now: 0.0,
            agenda: Agenda::default(),
            agents: vec![out; usize::try_from(most).unwrap_or(0)],
            idle: VecDeque::new(),
            calls: Vec::new(),
            waiting: VecDeque::new(),
            ringing: 0,
            tally: Tally::default(),
            leads: Vec::new(),
            future: Future::default(),
        }
    }

    fn open(&mut self) {
        for (at, crew) in &self.scenario.roster {
            self.agenda.plan(*at, Due::Roster(*crew));
        }
        self.agenda.plan(0.0, Due::Tick);
        for agent in 0..usize::try_from(self.scenario.crew).unwrap_or(0) {
            self.come(agent);
        }
    }

    /// Goes to the next thing that happens. False when the run is over.
    fn step(&mut self) -> bool {
        let Some((planned, due)) = self.agenda.next() else { return false };
        let at = planned.min(self.scenario.seconds);
        self.tally.pass(at - self.now, &self.standing());
        self.now = at;
        if planned >= self.scenario.seconds || self.spent() {
            return false;
        }
        self.happen(due);
        if due == Due::Tick || self.policy.asked() == Asked::OnChange {
            self.ask();
        }
        true
    }

    /// Nobody is left to call and nothing goes on.
    fn spent(&self) -> bool {
        self.people.left() == Some(0)
            && self.ringing == 0
            && self.waiting.is_empty()
            && self.agents.iter().all(|agent| matches!(agent.work, Work::Idle | Work::Out))
    }

    fn standing(&self) -> Standing {
        let mut standing = Standing::default();
        for agent in &self.agents {
            match agent.work {
                Work::Out => {}
                Work::Idle => standing.idle += 1,
                Work::Talk => standing.talking += 1,
                Work::Wrap => standing.wrapping += 1,
            }
        }
        standing
    }

    fn happen(&mut self, due: Due) {
        match due {
            Due::Tick => {
                let every = match self.policy.asked() {
                    Asked::OnChange => 1.0,
                    Asked::Every(seconds) => seconds,
                };
                self.agenda.plan(self.now + every, Due::Tick);
            }
            Due::Answer(call) => self.answer(call),
            Due::End(call, how, mistaken) => {
                self.calls[call] = None;
                self.ringing -= 1;
                self.tally.mistaken(mistaken);
                self.tell(Event::Ended { call: key(call), how });
            }
            Due::GiveUp(call) => {
                if let Some(place) = self.waiting.iter().position(|waiting| *waiting == call) {
                    self.waiting.remove(place);
                    self.abandon(call);
                }
            }
            Due::TalkEnd(agent) => match self.agents[agent].wrap {
                Some(wrap) => {
                    self.agents[agent].work = Work::Wrap;
                    self.tell_agent(agent, AgentChange::Wrap, None);
                    self.agenda.plan(self.now + wrap, Due::WrapEnd(agent));
                }
                None => self.done(agent),
            },
            Due::WrapEnd(agent) => self.done(agent),
            Due::Break(agent) => self.leave(agent, Leave::Break),
            Due::Back(agent) => {
                if self.agents[agent].leaving != Some(Leave::Home) {
                    self.come(agent);
                }
            }
            Due::Roster(crew) => self.roster(usize::try_from(crew).unwrap_or(0)),
        }
    }

    fn answer(&mut self, call: usize) {
        self.ringing -= 1;
        self.tally.answered();
        self.tell(Event::Answered { call: key(call) });
        if let Some(agent) = self.idle.pop_front() {
            self.talk(agent, call);
        } else if self.scenario.deadline > 0.0 {
            self.waiting.push_back(call);
            self.agenda.plan_last(self.now + self.scenario.deadline, Due::GiveUp(call));
        } else {
            self.abandon(call);
        }
    }

    fn abandon(&mut self, call: usize) {
        self.calls[call] = None;
        self.tally.abandoned();
        self.tell(Event::Ended { call: key(call), how: Ending::Abandoned });
    }

    fn tell(&mut self, event: Event) {
        self.policy.observe(self.now, &event);
    }

    fn tell_agent(&mut self, agent: usize, state: AgentChange, call: Option<u64>) {
        self.tell(Event::Agent { agent: key(agent), state, call });
    }
}

/// Agents by what they do.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::lab) struct Standing {
    pub(in crate::lab) idle: u32,
    pub(in crate::lab) talking: u32,
    pub(in crate::lab) wrapping: u32,
}

fn key(index: usize) -> u64 {
    u64::try_from(index).unwrap_or(u64::MAX)
}
