//! Who works and since when.

use serde::{Deserialize, Serialize};

use super::HORIZONS;
use super::event::AgentChange;
use super::handling::{Handling, HandlingOutlook};
use super::hazards::{edge, step_of, steps};
use super::settings::PacingSettings;
use super::whole::float;

/// Seconds from which steps are longer than the second between two counts.
const LONG: f64 = 30.0;

/// The agents signed in.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Crew {
    agents: Vec<Agent>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Agent {
    key: u64,
    work: Work,
    since: f64,
    /// Steps of `work` that were counted.
    counted: usize,
    leaving: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Work {
    Idle,
    Talk,
    Wrap,
}

impl Crew {
    /// An agent's state changed.
    pub(super) fn change(&mut self, at: f64, key: u64, to: AgentChange, learned: &mut Handling) {
        let Some(index) = self.agents.iter().position(|agent| agent.key == key) else {
            let work = match to {
                AgentChange::Idle => Work::Idle,
                AgentChange::Talk => Work::Talk,
                AgentChange::Wrap => Work::Wrap,
                AgentChange::Out | AgentChange::Leaving => return,
            };
            self.agents.push(Agent { key, work, since: at, counted: 0, leaving: false });
            return;
        };
        let agent = &mut self.agents[index];
        let to = match to {
            AgentChange::Leaving => {
                agent.leaving = true;
                return;
            }
            AgentChange::Idle => Some(Work::Idle),
            AgentChange::Talk => Some(Work::Talk),
            AgentChange::Wrap => Some(Work::Wrap),
            AgentChange::Out => None,
        };
        if to == Some(agent.work) {
            return;
        }
        agent.count(at, learned);
        let step = step_of(at - agent.since);
        match agent.work {
            Work::Idle => {}
            Work::Talk => {
                learned.talk.ended(step);
                if to != Some(Work::Wrap) {
                    learned.wrap.ended(0);
                }
            }
            Work::Wrap => learned.wrap.ended(step),
        }
        match to {
            Some(work) => {
                let leaving = agent.leaving && work != Work::Idle;
                *agent = Agent { key, work, since: at, counted: 0, leaving };
            }
            None => {
                self.agents.swap_remove(index);
            }
        }
    }

    /// Counts the steps that agents got through by now.
    pub(super) fn count(&mut self, now: f64, learned: &mut Handling) {
        for agent in &mut self.agents {
            agent.count(now, learned);
        }
    }

    /// Share of the agents signed in who talk or write up, 0 with nobody there.
    pub(super) fn busy_share(&self) -> f64 {
        let busy = self.agents.iter().filter(|agent| agent.work != Work::Idle).count();
        if busy == 0 { 0.0 } else { float(busy) / float(self.agents.len()) }
    }

    /// How the crew stands, and how likely each who works comes free by each instant.
    pub(super) fn muster(
        &self,
        now: f64,
        outlook: &HandlingOutlook,
        grid: &[f64; HORIZONS],
        settings: &PacingSettings,
        free: &mut Vec<[f64; HORIZONS]>,
    ) -> Muster {
        let mut muster = Muster::default();
        free.clear();
        for agent in &self.agents {
            muster.signed_in += 1;
            let elapsed = now - agent.since;
            match agent.work {
                Work::Idle if agent.leaving => {}
                Work::Idle => {
                    let rest = settings.breath - elapsed;
                    if rest <= 0.0 {
                        muster.idle += 1;
                    } else {
                        free.push(grid.map(|at| f64::from(u8::from(at + settings.connect_deadline >= rest))));
                    }
                }
                Work::Talk | Work::Wrap => {
                    muster.busy += 1;
                    muster.talking += u32::from(agent.work == Work::Talk);
                    if !agent.leaving {
                        let table = if agent.work == Work::Talk { &outlook.talking } else { &outlook.wrapping };
                        free.push(table[agent.step(elapsed)]);
                    }
                }
            }
        }
        muster
    }
}

impl Agent {
    /// The step of what they do now; of the long steps the one last counted, which costs no logarithm.
    fn step(&self, elapsed: f64) -> usize {
        if elapsed < LONG { step_of(elapsed) } else { self.counted.min(steps() - 1) }
    }

    fn count(&mut self, now: f64, learned: &mut Handling) {
        let hazards = match self.work {
            Work::Idle => return,
            Work::Talk => &mut learned.talk,
            Work::Wrap => &mut learned.wrap,
        };
        let elapsed = now - self.since;
        while edge(self.counted + 1) <= elapsed {
            hazards.passed(self.counted);
            self.counted += 1;
        }
    }
}

/// How a crew stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Muster {
    pub(super) signed_in: u32,
    /// Waiting for a call, and staying.
    pub(super) idle: u32,
    /// Talking or writing up.
    pub(super) busy: u32,
    pub(super) talking: u32,
}
