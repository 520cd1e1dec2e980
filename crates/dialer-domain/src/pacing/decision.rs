//! What the pacer is asked and what it answers.

use serde::{Deserialize, Serialize};

use super::event::Lead;

/// What only the caller knows at the moment of a decision. Everything else was learned from the events.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Snapshot {
    /// Calls that may still be abandoned within the law; none is no limit but the settings' own cap.
    pub headroom: Option<u32>,
    /// Calls that may be up at once: ringing, waiting and talking.
    pub max_lines: Option<u32>,
    /// People still to be called.
    pub list_left: Option<u32>,
    /// Seconds of dialling until the window ends over which abandonment is judged.
    pub window_left: Option<f64>,
    /// Live answers and abandoned calls of that window so far, where the caller keeps the record. Without it
    /// the pacer counts what it was told.
    pub window: Option<WindowCount>,
    /// Those who are called next, in order. Without them each is like the campaign's average.
    pub next: Vec<Lead>,
}

/// How a window stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WindowCount {
    /// Calls answered by a person, the abandoned ones included.
    pub answered: u32,
    /// Calls abandoned.
    pub abandoned: u32,
}

/// How many dials to place now, and why.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    /// Dials to place now.
    pub dials: u32,
    /// What kept it from being more.
    pub bound: Bound,
    /// Agents waiting for a call now.
    pub idle: u32,
    /// Calls ringing now, without the new ones.
    pub in_flight: u32,
    /// People expected to answer within a usual ringing time: those waiting now, the calls ringing and the new ones.
    pub expected_answers: f64,
    /// Agents expected to be free within that time: those idle now and those who finish.
    pub expected_free: f64,
    /// Probability that the last dial placed, or with none the next one, is answered and finds no agent in time.
    pub risk: f64,
    /// The largest such risk that the budget allows.
    pub theta: f64,
    /// Share of the window's live answers that were abandoned so far.
    pub ratio: f64,
    /// Probability that a dial placed now is answered by a person.
    pub answer_probability: f64,
}

/// What kept a decision from placing more dials.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bound {
    /// One more would be abandoned too likely.
    Risk,
    /// One line for each free agent: risk allowed no dial ahead.
    ProgressiveFloor,
    /// One line for each free agent: too little is known yet.
    ColdStart,
    /// One line for each free agent: the window's share of abandoned calls is spent.
    BudgetSpent,
    /// One line for each free agent: the law allows no further abandoned call.
    Headroom,
    /// As many calls are up as there may be.
    MaxLines,
    /// Nobody is left to call.
    List,
    /// Nobody is signed in.
    NoAgents,
    /// Agents have been busy as much as they may be.
    OccupancyCeiling,
}
