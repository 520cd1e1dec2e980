//! What may decide how many dials to place.

use dialer_domain::pacing::{Event, Lead};

/// Decides how many dials to place. Learns of everything that happens in the order it happens.
pub trait Policy {
    /// Something happened.
    fn observe(&mut self, at: f64, event: &Event);

    /// How many dials to place now.
    fn dials(&mut self, view: &View<'_>) -> u32;

    /// When it is asked.
    fn asked(&self) -> Asked {
        Asked::OnChange
    }

    /// What it is shown of the people ahead.
    fn sight(&self) -> Sight {
        Sight::None
    }
}

/// When a policy is asked.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Asked {
    /// After everything that happens, and every second.
    OnChange,
    /// In a loop of so many seconds.
    Every(f64),
}

/// What a policy is shown of the people ahead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sight {
    /// Nothing.
    None,
    /// What is known of them.
    Leads,
    /// What will become of them, and when agents come free: no dialer knows that.
    Future,
}

/// How things stand when a policy is asked.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    /// Seconds since the start.
    pub now: f64,
    /// Agents waiting for a call.
    pub idle: u32,
    /// Agents talking.
    pub talking: u32,
    /// Agents signed in and not out.
    pub signed_in: u32,
    /// Calls ringing.
    pub ringing: u32,
    /// People who answered and wait for an agent.
    pub waiting: u32,
    /// People left on the list; none is no end.
    pub list_left: Option<u32>,
    /// Seconds until the shift ends.
    pub time_left: f64,
    /// Live answers so far, the abandoned ones included.
    pub answered: u32,
    /// Abandoned so far.
    pub abandoned: u32,
    /// What is known of those who are next, for [`Sight::Leads`].
    pub next: &'a [Lead],
    /// The future, for [`Sight::Future`].
    pub future: Option<&'a Future>,
}

/// What will come.
#[derive(Debug, Clone, Default)]
pub struct Future {
    /// For each of those who are next, when they would answer if dialled now; none if not.
    pub next: Vec<Option<f64>>,
    /// When the calls that ring will be answered, for those that will.
    pub answers: Vec<f64>,
    /// When each agent is free: now, or at the end of the call.
    pub free: Vec<f64>,
}
