//! How likely people answer at present, and how that differs by what is known of them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::event::Lead;
use super::level::{Level, PRIOR};
use super::ringing::RingOutlook;
use super::settings::PacingSettings;

/// Groups of one kind that are told apart; further ones are like the campaign.
const MOST_GROUPS: usize = 512;

/// The campaign's present level, and what lists, hours and attempt numbers answer for each answer at that level.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Answering {
    campaign: Level,
    lists: BTreeMap<u32, Rate>,
    hours: BTreeMap<u32, Rate>,
    attempts: BTreeMap<u32, Rate>,
}

#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
struct Rate {
    seen: f64,
    expected: f64,
}

impl Rate {
    fn factor(self, prior: f64) -> f64 {
        (self.seen + prior) / (self.expected + prior)
    }

    fn observe(&mut self, answered: bool, expected: f64, memory: f64) {
        let keep = (-expected / memory).exp();
        self.seen = self.seen * keep + if answered { 1.0 } else { 0.0 };
        self.expected = self.expected * keep + expected;
    }
}

/// By how much a lead's odds differ from the long memory's probability: each part is a factor.
#[derive(Debug, Clone, Copy)]
pub(super) struct Factors {
    campaign: f64,
    list: f64,
    hour: f64,
    attempt: f64,
}

impl Factors {
    /// The same with people taken to answer that much more often.
    pub(super) fn raised(self, by: f64) -> Self {
        Self { campaign: self.campaign * by, ..self }
    }

    /// Probability of an answer where the long memory says `reference`.
    pub(super) fn apply(self, reference: f64) -> f64 {
        probable(reference * self.campaign * self.list * self.hour * self.attempt)
    }
}

impl Answering {
    /// How far the present level may be off, as a share of it: one standard error.
    pub(super) fn doubt(&self) -> f64 {
        self.campaign.doubt()
    }

    /// The long memory has changed.
    pub(super) fn reckon(&mut self, outlook: &RingOutlook) {
        self.campaign.reckon(outlook);
    }

    /// By how much to take people to answer more often than it seems, while less was seen than is remembered.
    ///
    /// One who is wrong about a new campaign calls too many people at once, and a short list has no room to make
    /// up for it. Once the memory is full, what risk costs is learned with the error in it.
    pub(super) fn caution(&self, settings: &PacingSettings) -> f64 {
        let usual = 1.0 / (settings.level_memory + PRIOR);
        1.0 + settings.caution * (self.doubt().powi(2) - usual).max(0.0).sqrt()
    }

    /// The factors of a lead.
    pub(super) fn factors(&self, lead: Lead, settings: &PacingSettings) -> Factors {
        let shrinkage = settings.group_shrinkage;
        let of = |groups: &BTreeMap<u32, Rate>, key: Option<u32>| {
            key.and_then(|key| groups.get(&key)).map_or(1.0, |rate| rate.factor(shrinkage))
        };
        Factors {
            campaign: self.campaign.factor(),
            list: of(&self.lists, lead.list),
            hour: of(&self.hours, lead.hour),
            attempt: of(&self.attempts, lead.attempt),
        }
    }

    /// A call went through one second of ringing and was, or was not, answered in it.
    pub(super) fn observe(
        &mut self,
        lead: Lead,
        step: usize,
        answered: bool,
        outlook: &RingOutlook,
        settings: &PacingSettings,
    ) {
        // The campaign's level takes no account of groups: were each reckoned with the other, both could wander
        // off in opposite directions.
        self.campaign.observe(step, answered, outlook, settings.level_memory);
        if lead == Lead::default() {
            return;
        }
        let known = self.factors(lead, settings);
        let without = |one: f64| outlook.answers_in(step, probable(outlook.answer * known.all() / one));
        let memory = settings.group_memory;
        let parts = [
            (&mut self.lists, lead.list, known.list),
            (&mut self.hours, lead.hour, known.hour),
            (&mut self.attempts, lead.attempt, known.attempt),
        ];
        for (groups, key, own) in parts {
            let Some(key) = key else { continue };
            if groups.len() >= MOST_GROUPS && !groups.contains_key(&key) {
                continue;
            }
            groups.entry(key).or_default().observe(answered, without(own), memory);
        }
    }
}

impl Factors {
    fn all(self) -> f64 {
        self.campaign * self.list * self.hour * self.attempt
    }
}

fn probable(value: f64) -> f64 {
    value.clamp(0.001, 0.98)
}

#[cfg(test)]
mod tests {
    use super::super::ringing::Ringing;
    use super::*;

    fn settings() -> PacingSettings {
        PacingSettings::default()
    }

    #[test]
    fn people_are_taken_to_answer_more_often_only_while_little_was_seen() {
        let settings = settings();
        let outlook = Ringing::believed(&settings).outlook();
        let mut answering = Answering::default();
        let first = answering.caution(&settings);
        for second in 0..200_000 {
            answering.observe(Lead::default(), second % 25, second % 70 == 0, &outlook, &settings);
        }
        let last = answering.caution(&settings);
        assert!(first > 1.7 && last < 1.03, "{first} {last}");
    }

    #[test]
    fn a_list_nobody_knows_answers_like_the_campaign() {
        let settings = settings();
        let known = Answering::default().factors(Lead { list: Some(9), ..Lead::default() }, &settings);
        assert!((known.apply(0.25) - 0.25).abs() < 1e-9);
    }
}
