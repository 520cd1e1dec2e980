//! The pacing lab: shifts in virtual time, run by the very pacing that dials in earnest, and by what other
//! dialers do, over the same people.
//!
//! A [`Scenario`] says who works, who is called and how they behave; a [`Policy`] decides how many dials to place;
//! [`run`] plays one shift. [`study()`] plays many, [`Summary`] sums them up.

mod fate;
mod law;
mod policies;
mod policy;
mod run;
mod scenario;
mod study;
mod summary;
mod world;

pub use law::Law;
pub use policies::{DropRule, Spec, Vicidial};
pub use policy::{Asked, Future, Policy, Sight, View};
pub use run::Run;
pub use scenario::{OtherEnd, Scenario, Table};
pub use study::{Cell, study};
pub use summary::{Estimate, Summary};
pub use world::run;
