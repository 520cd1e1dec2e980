//! How many calls should start now.
//!
//! Power dialling: one line for each agent who is free ([`dials_now`]). In manual and preview campaigns a person
//! starts each dial, so the engine starts none by itself.
//!
//! Predictive dialling: ahead of agents coming free, as far as the share of abandoned calls allows ([`Pacer`]).
//! A pacer is told what happens ([`Event`]) and asked how many dials to place ([`Pacer::decide`]); it learns how
//! likely and when people answer, how long agents talk and write up, and what risk costs. For each further dial
//! it works out how likely its answer would find no agent in time, and stops where that exceeds what the rest of
//! the window can bear. Every [`Decision`] carries the numbers behind it.
//!
//! Nothing here reads a clock or rolls dice. A decision takes the same time whatever the length of the list.

mod answering;
mod budget;
mod chances;
mod crew;
mod decision;
mod event;
mod handling;
mod hazards;
mod level;
mod lines;
mod normal;
mod occupancy;
mod outlook;
mod pacer;
mod race;
mod ringing;
mod settings;
mod throughput;
mod whole;

pub use decision::{Bound, Decision, Snapshot, WindowCount};
pub use event::{AgentChange, Ending, Event, Lead};
pub use pacer::Pacer;
pub use settings::PacingSettings;

use crate::campaigns::DialingMode;

/// Instants a decision looks at: the middles of ten equally likely spans of the answer delay.
const HORIZONS: usize = 10;

/// Calls to start now for a campaign of `mode`, given agents who are free for it.
///
/// Predictive campaigns are dialled one line an agent: with a provider that rings the agent first, dialling
/// ahead of agents is not possible, and without a measured answer rate it would not be safe.
#[must_use]
pub const fn dials_now(mode: DialingMode, free_agents: usize) -> usize {
    match mode {
        DialingMode::Manual | DialingMode::Preview => 0,
        DialingMode::Power | DialingMode::Predictive => free_agents,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_engine_starts_calls_and_only_for_agents_who_are_free() {
        for mode in [DialingMode::Manual, DialingMode::Preview] {
            assert_eq!(dials_now(mode, 5), 0);
        }
        for mode in [DialingMode::Power, DialingMode::Predictive] {
            assert_eq!(dials_now(mode, 5), 5);
        }
    }
}
