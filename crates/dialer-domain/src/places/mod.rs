//! Where the person who is called is: the law and the clock of that place decide.
//!
//! [`locate`] makes a [`Place`] of what is known: a stated zone or region, a postal address, the number itself. Signals that
//! agree make each other more precise. Signals that do not are all believed: every zone and every jurisdiction that one of
//! them names is a candidate, and a call must be allowed in all. Without a signal the place is unknown, and nobody is called.

mod address;
mod jurisdiction;
mod locate;
mod numbers;
mod tables;

pub use address::Address;
pub use jurisdiction::{Jurisdiction, UnknownJurisdiction};
pub use locate::{Signals, locate};
pub(crate) use tables::is_known;

use crate::schedule::Zone;

/// Where a callee may be. Its clocks and its laws are candidates: each of them must allow the call.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct Place {
    /// The zones whose clocks may be the callee's; none when nothing is known.
    pub zones: Vec<Zone>,
    /// The countries, or parts of them, whose law may be the callee's. A country stands for every part of it.
    pub jurisdictions: Vec<Jurisdiction>,
}

impl Place {
    /// The place of somebody of whom nothing is known.
    pub const UNKNOWN: &'static Self = &Self { zones: Vec::new(), jurisdictions: Vec::new() };

    /// Whether law of `place` may be the callee's.
    #[must_use]
    pub fn touches(&self, place: Jurisdiction) -> bool {
        self.jurisdictions.iter().any(|candidate| place.covers(*candidate) || candidate.covers(place))
    }
}
