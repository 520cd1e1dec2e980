//! How many calls should start now.
//!
//! Power dialling: one line for each agent who is free. In manual and preview campaigns a person starts each dial, so the
//! engine starts none by itself.

use crate::campaigns::DialingMode;

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
