//! A call's whole future, drawn when it is placed.

use time::Duration;

use super::dice::{Dice, whole_milliseconds};
use super::settings::{CarrierSettings, OutcomeShares};
use crate::ledger::Party;

/// What becomes of the customer's leg when nobody interferes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Person,
    Voicemail,
    Busy,
    NoAnswer,
    InvalidNumber,
    NetworkFailure,
}

impl Outcome {
    pub(crate) const fn is_answered(self) -> bool {
        matches!(self, Self::Person | Self::Voicemail)
    }
}

/// What will happen in a call, as lengths of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CallPlan {
    /// Whether the agent picks up; the customer's leg exists only then.
    pub(crate) agent_answers: bool,
    /// From placing the call until the agent picks up, or the provider gives up.
    pub(crate) agent_rings: Duration,
    /// How the customer's leg ends.
    pub(crate) outcome: Outcome,
    /// From the agent's picking up until the customer's leg is answered or fails.
    pub(crate) customer_rings: Duration,
    /// From the customer's answer until the end; nothing when unanswered.
    pub(crate) talk: Duration,
    /// Who ends the talk.
    pub(crate) ended_by: Party,
    /// How long whoever answers waits for an agent.
    pub(crate) patience: Duration,
}

impl CallPlan {
    /// The plan of the `nth` call (from 0) of `number`. Depends on nothing else.
    pub(crate) fn draw(settings: &CarrierSettings, seed: u64, number: &str, nth: u32) -> Self {
        let mut agent = Dice::new(seed, "agent", number, nth);
        let agent_timeout = whole_milliseconds(settings.agent_ring_timeout_seconds);
        let misses = agent.chance(settings.agent_misses_share);
        let picks_up_after = agent.length(settings.agent_answers).min(agent_timeout);

        let mut customer = Dice::new(seed, "customer", number, nth);
        let outcome = outcome(settings.outcomes, seed, number, &mut customer);
        let ring_timeout = whole_milliseconds(settings.ring_timeout_seconds);
        let customer_rings = match outcome {
            Outcome::Person => {
                let mut within = || customer.length(settings.person_answers);
                let drawn = (0..100).map(|_| within()).find(|length| *length <= ring_timeout);
                drawn.unwrap_or(ring_timeout)
            }
            Outcome::Voicemail => customer.length(settings.voicemail_answers).min(ring_timeout),
            Outcome::NoAnswer => ring_timeout,
            Outcome::Busy | Outcome::InvalidNumber | Outcome::NetworkFailure => {
                customer.length(settings.fails).min(ring_timeout)
            }
        };
        let (talk, ended_by) = match outcome {
            Outcome::Person => {
                let long = customer.chance(settings.long_talk_share);
                let talk = customer.length(if long { settings.long_talk } else { settings.short_talk });
                let by_agent = customer.chance(settings.agent_ends_share);
                (talk, if by_agent { Party::Agent } else { Party::Callee })
            }
            Outcome::Voicemail => (customer.length(settings.voicemail_talk), Party::Agent),
            Outcome::Busy | Outcome::NoAnswer | Outcome::InvalidNumber | Outcome::NetworkFailure => {
                (Duration::ZERO, Party::Network)
            }
        };
        let patience = match outcome {
            Outcome::Voicemail => talk,
            _ => Dice::new(seed, "patience", number, nth).length(settings.patience),
        };
        Self {
            patience,
            agent_answers: !misses,
            agent_rings: if misses { agent_timeout } else { picks_up_after },
            outcome,
            customer_rings,
            talk,
            ended_by,
        }
    }

    /// The agent's phone rings in vain.
    pub(crate) fn ring_out(&mut self, settings: &CarrierSettings) {
        self.agent_answers = false;
        self.agent_rings = whole_milliseconds(settings.agent_ring_timeout_seconds);
    }
}

/// Whether a number exists is drawn for the number, everything else for the call.
fn outcome(shares: OutcomeShares, seed: u64, number: &str, dice: &mut Dice) -> Outcome {
    let total = shares.total();
    if Dice::new(seed, "number", number, 0).chance(shares.invalid_number / total) {
        return Outcome::InvalidNumber;
    }
    let mut left = dice.unit() * (total - shares.invalid_number);
    for (share, outcome) in [
        (shares.person, Outcome::Person),
        (shares.voicemail, Outcome::Voicemail),
        (shares.busy, Outcome::Busy),
        (shares.no_answer, Outcome::NoAnswer),
    ] {
        if left < share {
            return outcome;
        }
        left -= share;
    }
    Outcome::NetworkFailure
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::carrier::settings::Spread;

    fn number(index: u32) -> String {
        format!("4477009{index:05}")
    }

    fn plans(settings: &CarrierSettings, seed: u64, count: u32) -> Vec<CallPlan> {
        (0..count).map(|index| CallPlan::draw(settings, seed, &number(index), 0)).collect()
    }

    #[test]
    fn the_same_seed_gives_the_same_calls_and_another_seed_other_calls() {
        let settings = CarrierSettings::default();

        assert_eq!(plans(&settings, 7, 200), plans(&settings, 7, 200));
        assert_ne!(plans(&settings, 7, 200), plans(&settings, 8, 200));
    }

    #[test]
    fn the_second_call_of_a_number_is_another_story_than_the_first() {
        let settings = CarrierSettings::default();
        let both = |index| [0, 1].map(|nth| CallPlan::draw(&settings, 7, &number(index), nth));
        let differ = |told: fn(&CallPlan) -> (Outcome, Duration)| {
            (0..200).map(both).filter(|[first, second]| told(first) != told(second)).count()
        };

        assert!(differ(|plan| (plan.outcome, plan.talk)) > 100, "for the customer");
        assert!(differ(|plan| (Outcome::Person, plan.agent_rings)) > 100, "for the agent");
    }

    #[test]
    fn a_number_that_does_not_exist_stays_so() {
        let settings = CarrierSettings {
            outcomes: OutcomeShares { invalid_number: 0.5, ..OutcomeShares::default() },
            ..CarrierSettings::default()
        };
        for index in 0..200 {
            let outcomes: Vec<_> =
                (0..5).map(|nth| CallPlan::draw(&settings, 7, &number(index), nth).outcome).collect();
            let invalid = outcomes.iter().filter(|outcome| **outcome == Outcome::InvalidNumber).count();
            assert!(invalid == 0 || invalid == 5, "number {index}: {outcomes:?}");
        }
    }

    #[test]
    fn over_many_numbers_the_outcomes_are_near_the_shares_that_were_set() {
        let settings = CarrierSettings::default();
        let plans = plans(&settings, 7, 10_000);
        let shares = settings.outcomes;
        for (outcome, share) in [
            (Outcome::Person, shares.person),
            (Outcome::Voicemail, shares.voicemail),
            (Outcome::Busy, shares.busy),
            (Outcome::NoAnswer, shares.no_answer),
            (Outcome::InvalidNumber, shares.invalid_number),
            (Outcome::NetworkFailure, shares.network_failure),
        ] {
            let seen = plans.iter().filter(|plan| plan.outcome == outcome).count();
            let seen = f64::from(u32::try_from(seen).unwrap()) / 10_000.0;
            assert!((seen - share).abs() < 0.015, "{outcome:?}: {seen} instead of {share}");
        }
        let missed = plans.iter().filter(|plan| !plan.agent_answers).count();
        assert!((60..140).contains(&missed), "{missed} of 10,000 missed by the agent, 100 expected");
    }

    #[test]
    fn talk_lasts_about_as_long_on_average_as_the_scenario_says() {
        let settings = CarrierSettings { outcomes: OutcomeShares::PERSON, ..CarrierSettings::default() };
        let talk: Duration = plans(&settings, 7, 10_000).iter().map(|plan| plan.talk).sum();

        let mean = talk.as_seconds_f64() / 10_000.0;
        assert!((85.0..95.0).contains(&mean), "{mean} s");
    }

    #[test]
    fn nobody_rings_longer_than_the_network_lets_them() {
        let settings = CarrierSettings {
            person_answers: Spread { median_seconds: 24.0, sigma: 1.0 },
            ..CarrierSettings::default()
        };
        for plan in plans(&settings, 7, 2_000) {
            assert!(plan.customer_rings <= Duration::seconds(25), "{plan:?}");
            assert!(plan.agent_rings <= Duration::seconds(30), "{plan:?}");
            assert_eq!(plan.outcome.is_answered(), plan.talk.is_positive(), "{plan:?}");
        }
    }
}
