//! Where the person who is called is: the law and the clock of that place decide.

mod jurisdiction;

pub use jurisdiction::{Jurisdiction, UnknownJurisdiction};
