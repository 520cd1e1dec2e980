//! What may be set about pacing.

use serde::{Deserialize, Serialize};

/// How a campaign is paced. One configuration serves every crew and answer rate; the defaults come from the
/// published study of this rule ("marginal abandonment" pacing) unless a field says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PacingSettings {
    /// Abandoned calls in all live answers of the window, at most. 0.03 by 16 CFR 310.4(b)(4)(i).
    pub abandonment_cap: f64,
    /// The share of the cap to aim at, so that the last calls of a window do not tip it over.
    pub aim: f64,
    /// Seconds from the answer until a call without an agent counts as abandoned. 2 by 16 CFR 310.4(b)(1)(iv).
    pub connect_deadline: f64,
    /// Dials that must be old enough to tell before any dial goes ahead of a free agent.
    pub cold_dials: u32,
    /// Seconds after which a dial is old enough to tell.
    pub cold_age: f64,
    /// Answer probability believed before the first dial. Too high rather than too low: that dials less.
    pub prior_answer: f64,
    /// How many observations the beliefs about answering and handling weigh that come before any.
    pub prior_weight: f64,
    /// Dials over which the shape of ringing is remembered.
    pub ring_memory: f64,
    /// Live answers over which the present answer rate is remembered.
    pub level_memory: f64,
    /// Standard errors by which people are taken to answer more often than seen, while little was seen. Ours:
    /// short lists have no room to make up for a first guess.
    pub caution: f64,
    /// Live answers over which the rate of one list, hour or attempt number is remembered.
    pub group_memory: f64,
    /// How many live answers a list, hour or attempt number needs to count as much as the campaign's rate.
    pub group_shrinkage: f64,
    /// Conversations over which talking and wrapping up are remembered.
    pub handling_memory: f64,
    /// Largest risk of abandonment taken with one dial, whatever the budget.
    pub largest_risk: f64,
    /// Seconds of work to look ahead for when nobody says when the window ends.
    pub unknown_window: f64,
    /// Lines in flight for each agent signed in, at most: a net under everything learned, not a rule of thumb.
    pub lines_per_agent: u32,
    /// Seconds an agent has for themselves after each call before another may come. 0 is none.
    pub breath: f64,
    /// Share of the signed-in time that agents may be kept busy, over about a quarter of an hour. 1 is no ceiling.
    pub occupancy_ceiling: f64,
}

impl Default for PacingSettings {
    fn default() -> Self {
        Self {
            abandonment_cap: 0.03,
            aim: 0.975,
            connect_deadline: 2.0,
            cold_dials: 12,
            cold_age: 20.0,
            prior_answer: 0.35,
            prior_weight: 10.0,
            ring_memory: 3000.0,
            level_memory: 120.0,
            caution: 2.0,
            group_memory: 300.0,
            group_shrinkage: 10.0,
            handling_memory: 3000.0,
            largest_risk: 0.6,
            unknown_window: 3600.0,
            lines_per_agent: 20,
            breath: 0.0,
            occupancy_ceiling: 1.0,
        }
    }
}
