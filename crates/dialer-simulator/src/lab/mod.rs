//! The pacing lab: shifts in virtual time, run by the very pacing that dials in earnest, and by what other
//! dialers do, over the same people.
//!
//! A [`Scenario`] says who works, who is called and how they behave; a [`Policy`] decides how many dials to place;
//! [`run`] plays one shift. [`study()`] plays many, [`Summary`] sums them up, [`outcomes`] does so for what the
//! command line names, and [`report`] writes it down. [`mod@stream`] lets another simulator drive the pacer.

mod fate;
mod frontier;
mod law;
mod plan;
mod plot;
mod policies;
mod policy;
mod published;
mod report;
mod run;
mod scenario;
pub mod stream;
mod study;
mod summary;
mod tuning;
mod verdict;
mod world;

pub use frontier::{frontier, frontier_cells};
pub use law::Law;
pub use plan::{Choice, Effort, Outcome, UnknownWord, outcomes, scenarios};
pub use plot::{Frontier, PlotError, frontiers};
pub use policies::{DropRule, Spec, Vicidial};
pub use policy::{Asked, Future, Policy, Sight, View};
pub use published::{Published, published};
pub use report::report;
pub use run::Run;
pub use scenario::{OtherEnd, Scenario, Table};
pub use study::{Cell, study};
pub use summary::{Estimate, Summary};
pub use tuning::{Family, tune};
pub use verdict::{Bar, bars};
pub use world::run;
