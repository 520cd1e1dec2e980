//! How a real campaign will go: its own list under its own rules, run forward over days with so many agents.
//!
//! A [`Job`] holds everything: the campaign, its contacts as [`Prospect`]s ([`ContactList`]), when each place may be called
//! ([`Calendar`]), and how people answer and agents work ([`Habits`]), learned from the campaign's own calls and shrunk to
//! stated beliefs where there are few. A [`Forecaster`] plays it once for each seed ([`Played`]), and [`Forecast`] says what
//! the runs came to, with ranges.
//!
//! Whoever plays decides nothing by itself: who may be called is [`crate::eligibility::decide`], what becomes of a contact is
//! [`crate::retry::after_call`], and how many dials start is [`crate::pacing`].

mod basis;
mod calendar;
mod habits;
mod history;
mod job;
mod list;
mod outcome;
mod plan;
mod played;
mod port;
mod ranges;

pub use basis::Basis;
pub use calendar::{Calendar, ClosedDay, Opening};
pub use habits::{AnswerHabits, Assumed, Habits, Span, Unanswered};
pub use history::{CallSeen, learn};
pub use job::Job;
pub use list::{Begins, ContactList, Prospect};
pub use outcome::{DayForecast, Forecast, Sums};
pub use plan::{Days, ForecastPlan, Pace};
pub use played::{DayTally, Ends, Played};
pub use port::Forecaster;
pub use ranges::{InstantRange, Range};
