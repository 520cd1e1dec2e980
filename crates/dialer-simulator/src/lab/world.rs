//! One run: a shift as a sequence of events, in virtual time.

use std::cmp::{Ordering, Reverse};
use std::collections::{BinaryHeap, VecDeque};

use dialer_domain::pacing::{AgentChange, Ending, Event};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::fate::{Course, Fate, People};
use super::policy::{Asked, Future, Policy, Sight, View};
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
    order: u64,
    agenda: BinaryHeap<Reverse<Entry>>,
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

#[derive(Debug, Clone, Copy, PartialEq)]
struct Agent {
    work: Work,
    /// Goes when the call is done: for a break, or home.
    leaving: Option<Leave>,
    /// When the call in hand is written up.
    free_at: f64,
    wrap: Option<f64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Work {
    Out,
    Idle,
    Talk,
    Wrap,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Leave {
    Break,
    Home,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Due {
    Answer(usize),
    End(usize, Ending, bool),
    TalkEnd(usize),
    WrapEnd(usize),
    BreakDue(usize),
    BreakOver(usize),
    Roster(u32),
    Tick,
    /// Last of what happens at an instant: an agent freed in the same instant takes the caller.
    GiveUp(usize),
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Entry {
    at: f64,
    late: bool,
    order: u64,
    due: Due,
}

impl Eq for Entry {}

impl Ord for Entry {
    fn cmp(&self, other: &Self) -> Ordering {
        self.at.total_cmp(&other.at).then(self.late.cmp(&other.late)).then(self.order.cmp(&other.order))
    }
}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
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
            order: 0,
            agenda: BinaryHeap::new(),
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

    fn plan(&mut self, at: f64, due: Due) {
        self.order += 1;
        let late = matches!(due, Due::GiveUp(_));
        self.agenda.push(Reverse(Entry { at, late, order: self.order, due }));
    }

    fn open(&mut self) {
        for (at, crew) in &self.scenario.roster {
            self.plan(*at, Due::Roster(*crew));
        }
        self.plan(0.0, Due::Tick);
        for agent in 0..usize::try_from(self.scenario.crew).unwrap_or(0) {
            self.come(agent);
        }
    }

    /// Goes to the next thing that happens. False when the run is over.
    fn step(&mut self) -> bool {
        let Some(Reverse(entry)) = self.agenda.pop() else { return false };
        let at = entry.at.min(self.scenario.seconds);
        self.tally.pass(at - self.now, &self.standing());
        self.now = at;
        if entry.at >= self.scenario.seconds || self.spent() {
            return false;
        }
        self.happen(entry.due);
        if entry.due == Due::Tick || self.policy.asked() == Asked::OnChange {
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
                self.plan(self.now + every, Due::Tick);
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
                    self.plan(self.now + wrap, Due::WrapEnd(agent));
                }
                None => self.done(agent),
            },
            Due::WrapEnd(agent) => self.done(agent),
            Due::BreakDue(agent) => self.leave(agent, Leave::Break),
            Due::BreakOver(agent) => {
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
            self.plan(self.now + self.scenario.deadline, Due::GiveUp(call));
        } else {
            self.abandon(call);
        }
    }

    fn abandon(&mut self, call: usize) {
        self.calls[call] = None;
        self.tally.abandoned();
        self.tell(Event::Ended { call: key(call), how: Ending::Abandoned });
    }

    fn talk(&mut self, agent: usize, call: usize) {
        let Some(talked) = self.calls[call].take() else { return };
        let here = &mut self.agents[agent];
        here.work = Work::Talk;
        here.wrap = talked.fate.wrap;
        let ends = self.now + talked.fate.talk;
        here.free_at = ends + talked.fate.wrap.unwrap_or(0.0);
        self.tally.connected();
        self.plan(ends, Due::TalkEnd(agent));
        self.tell_agent(agent, AgentChange::Talk, Some(key(call)));
    }

    fn done(&mut self, agent: usize) {
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

    fn come(&mut self, agent: usize) {
        self.agents[agent].leaving = None;
        if let Some((work, _)) = &self.scenario.breaks {
            let at = self.now + work.draw(&mut self.chance);
            self.plan(at, Due::BreakDue(agent));
        }
        self.done(agent);
    }

    fn leave(&mut self, agent: usize, how: Leave) {
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

    fn go(&mut self, agent: usize, how: Leave) {
        self.agents[agent].work = Work::Out;
        self.agents[agent].leaving = Some(how);
        self.tell_agent(agent, AgentChange::Out, None);
        if let (Leave::Break, Some((_, rest))) = (how, &self.scenario.breaks) {
            let at = self.now + rest.draw(&mut self.chance);
            self.plan(at, Due::BreakOver(agent));
        }
    }

    fn roster(&mut self, crew: usize) {
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

    fn ask(&mut self) {
        let sight = self.policy.sight();
        self.leads.clear();
        if sight == Sight::Leads {
            self.leads.extend(self.people.ahead(self.scenario, 24).map(|fate| fate.lead));
        } else if sight == Sight::Future {
            self.foresee();
        }
        let standing = self.standing();
        let view = View {
            now: self.now,
            idle: standing.idle,
            talking: standing.talking,
            signed_in: standing.idle + standing.talking + standing.wrapping,
            ringing: self.ringing,
            waiting: u32::try_from(self.waiting.len()).unwrap_or(u32::MAX),
            list_left: self.people.left(),
            time_left: self.scenario.seconds - self.now,
            answered: self.tally.run.answered,
            abandoned: self.tally.run.abandoned,
            next: &self.leads,
            future: (sight == Sight::Future).then_some(&self.future),
        };
        for _ in 0..self.policy.dials(&view) {
            if !self.dial() {
                break;
            }
        }
    }

    fn dial(&mut self) -> bool {
        let Some(fate) = self.people.take(self.scenario) else { return false };
        let call = self.calls.len();
        let course = fate.course(self.now, self.scenario);
        let answers_at = if let Course::Live(delay) = course { Some(self.now + delay) } else { None };
        self.calls.push(Some(Call { fate, answers_at }));
        self.ringing += 1;
        self.tally.dialled();
        self.tell(Event::Dialled { call: key(call), lead: fate.lead });
        match course {
            Course::Live(delay) => self.plan(self.now + delay, Due::Answer(call)),
            Course::Dead(delay, how) => self.plan(self.now + delay, Due::End(call, how, false)),
            Course::Mistaken(delay) => self.plan(self.now + delay, Due::End(call, Ending::Machine, true)),
        }
        true
    }

    fn foresee(&mut self) {
        let now = self.now;
        let scenario = self.scenario;
        let future = &mut self.future;
        future.next.clear();
        future.next.extend(self.people.ahead(scenario, 64).map(|fate| match fate.course(now, scenario) {
            Course::Live(delay) => Some(now + delay),
            Course::Dead(..) | Course::Mistaken(_) => None,
        }));
        let first = self.calls.iter().position(Option::is_some).unwrap_or(self.calls.len());
        let recent = self.calls.len().saturating_sub(first.max(self.calls.len().saturating_sub(5000)));
        future.answers.clear();
        future.answers.extend(self.calls.iter().rev().take(recent).flatten().filter_map(|call| call.answers_at));
        future.answers.sort_by(f64::total_cmp);
        future.free.clear();
        let here = self.agents.iter().filter(|agent| agent.work != Work::Out && agent.leaving.is_none());
        future.free.extend(here.map(|agent| if agent.work == Work::Idle { now } else { agent.free_at }));
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
pub(super) struct Standing {
    pub(super) idle: u32,
    pub(super) talking: u32,
    pub(super) wrapping: u32,
}

fn key(index: usize) -> u64 {
    u64::try_from(index).unwrap_or(u64::MAX)
}
