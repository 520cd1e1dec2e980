//! What becomes of the people on the list, drawn before anybody dials them.

use std::collections::VecDeque;

use dialer_domain::pacing::{Ending, Lead};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::scenario::{OtherEnd, Scenario};

/// One person's future. It depends on the seed and the place in the list, not on who dials when: every policy
/// calls the same people.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Fate {
    pub(crate) lead: Lead,
    /// Below the answer rate of the moment: a person answers.
    mood: f64,
    /// Answer rate of this person's list, as a factor.
    factor: f64,
    answer_delay: f64,
    other_delay: f64,
    other_end: Ending,
    pub(crate) talk: f64,
    pub(crate) wrap: Option<f64>,
    machine_ear: f64,
}

/// How a dial goes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Course {
    /// A person answers after so many seconds.
    Live(f64),
    /// It ends after so many seconds.
    Dead(f64, Ending),
    /// A person answers and is taken for a machine.
    Mistaken(f64),
}

impl Fate {
    /// What a dial at `at` becomes.
    pub(crate) fn course(&self, at: f64, scenario: &Scenario) -> Course {
        if self.mood >= scenario.answer_at(at) * self.factor {
            Course::Dead(self.other_delay, self.other_end)
        } else if self.machine_ear < scenario.taken_for_machines {
            Course::Mistaken(self.answer_delay)
        } else {
            Course::Live(self.answer_delay)
        }
    }
}

/// The list, in the order it is dialled.
#[derive(Debug)]
pub(crate) struct People {
    chance: ChaCha8Rng,
    known: VecDeque<Fate>,
    left: Option<u32>,
}

impl People {
    pub(crate) fn new(scenario: &Scenario, seed: u64) -> Self {
        Self { chance: ChaCha8Rng::seed_from_u64(seed), known: VecDeque::new(), left: scenario.list }
    }

    pub(crate) const fn left(&self) -> Option<u32> {
        self.left
    }

    /// The next person, taken off the list.
    pub(crate) fn take(&mut self, scenario: &Scenario) -> Option<Fate> {
        if self.left == Some(0) {
            return None;
        }
        self.left = self.left.map(|left| left - 1);
        Some(self.known.pop_front().unwrap_or_else(|| self.draw(scenario)))
    }

    /// Those who are next, at most so many, left where they are.
    pub(crate) fn ahead(&mut self, scenario: &Scenario, most: usize) -> impl Iterator<Item = &Fate> {
        let most = self.left.map_or(most, |left| most.min(usize::try_from(left).unwrap_or(most)));
        while self.known.len() < most {
            let fate = self.draw(scenario);
            self.known.push_back(fate);
        }
        self.known.iter().take(most)
    }

    fn draw(&mut self, scenario: &Scenario) -> Fate {
        let chance = &mut self.chance;
        let (list, factor) = if scenario.lists.is_empty() {
            (None, 1.0)
        } else {
            let list = chance.random_range(0..scenario.lists.len());
            (u32::try_from(list).ok(), scenario.lists[list])
        };
        let mood = chance.random::<f64>();
        let answer_delay = scenario.answer_delay.draw(chance);
        let (other_end, other_delay) = other(scenario, chance);
        let talk = scenario.talk.draw(chance);
        let wrap = scenario.wrap.as_ref().map(|law| law.draw(chance));
        let machine_ear = chance.random::<f64>();
        let lead = Lead { list, ..Lead::default() };
        Fate { lead, mood, factor, answer_delay, other_delay, other_end, talk, wrap, machine_ear }
    }
}

fn other(scenario: &Scenario, chance: &mut ChaCha8Rng) -> (Ending, f64) {
    let mut left = chance.random::<f64>();
    let mut end = (Ending::NoAnswer, 25.0);
    for (weight, how, law) in &scenario.other_ends {
        left -= weight;
        if left < 0.0 {
            let how = match how {
                OtherEnd::Failed => Ending::Failed,
                OtherEnd::Machine => Ending::Machine,
                OtherEnd::NoAnswer => Ending::NoAnswer,
            };
            end = (how, law.draw(chance));
            break;
        }
    }
    end
}
