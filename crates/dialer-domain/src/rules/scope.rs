//! Which calls a rule is about.

use super::Purpose;
use crate::words::words;

words! {
    /// Whom a call is for.
    CalleeKind ("callee kind") {
        /// A person at home.
        Consumer = "consumer",
        /// A business.
        Business = "business",
    }
}

words! {
    /// Who speaks when the call is answered.
    Voice ("voice") {
        /// A person.
        Live = "live",
        /// A recording, or a voice that is made.
        Prerecorded = "prerecorded",
    }
}

/// A set of kinds of calls, one bit for each purpose, callee kind and voice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Scope(u16);

impl Scope {
    /// Calls of these purposes, to these callees, with these voices.
    pub(crate) fn of(purposes: &[Purpose], callees: &[CalleeKind], voices: &[Voice]) -> Self {
        let purposes = purposes.iter().map(|purpose| bit(0, Purpose::ALL, purpose));
        let callees = callees.iter().map(|callee| bit(8, CalleeKind::ALL, callee));
        let voices = voices.iter().map(|voice| bit(12, Voice::ALL, voice));
        Self(purposes.chain(callees).chain(voices).fold(0, |all, bit| all | bit))
    }

    /// Whether every call of `other` is one of these.
    pub(crate) const fn holds(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

fn bit<T: PartialEq>(first: u32, all: &[T], value: &T) -> u16 {
    all.iter()
        .position(|known| known == value)
        .and_then(|place| u32::try_from(place).ok())
        .map_or(0, |place| 1 << (first + place))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_holds_a_call_of_which_it_names_purpose_callee_and_voice() {
        let sales = Scope::of(&[Purpose::Sales], CalleeKind::ALL, &[Voice::Live]);
        assert!(sales.holds(Scope::of(&[Purpose::Sales], &[CalleeKind::Business], &[Voice::Live])));
        assert!(!sales.holds(Scope::of(&[Purpose::Survey], &[CalleeKind::Business], &[Voice::Live])));
        assert!(!sales.holds(Scope::of(&[Purpose::Sales], &[CalleeKind::Business], &[Voice::Prerecorded])));
    }
}
