//! What one run came to.

use std::collections::BTreeMap;

use time::OffsetDateTime;

use crate::eligibility::RefusalCode;
use crate::rules::RuleRef;

/// The counts of a day, or of all days.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct DayTally {
    /// Calls placed.
    pub attempts: u32,
    /// Calls answered by a person, the dropped ones included.
    pub live: u32,
    /// Of those, without an agent in time.
    pub drops: u32,
    /// Of those, with an agent.
    pub conversations: u32,
    /// Contacts that need no further call since.
    pub reached: u32,
    /// Agent seconds on answered calls, machines included.
    pub talk_seconds: f64,
    /// Agent seconds talking or writing up, within the campaign's hours.
    pub busy_seconds: f64,
    /// Agent seconds signed in: the campaign's hours until the list is spent.
    pub signed_in_seconds: f64,
}

impl DayTally {
    /// This and `other`.
    #[must_use]
    pub fn and(self, other: &Self) -> Self {
        Self {
            attempts: self.attempts + other.attempts,
            live: self.live + other.live,
            drops: self.drops + other.drops,
            conversations: self.conversations + other.conversations,
            reached: self.reached + other.reached,
            talk_seconds: self.talk_seconds + other.talk_seconds,
            busy_seconds: self.busy_seconds + other.busy_seconds,
            signed_in_seconds: self.signed_in_seconds + other.signed_in_seconds,
        }
    }
}

/// How the contacts stand at the end. With [`DayTally::reached`] they are all contacts that were not over before.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ends {
    /// Tried as often as the campaign allows.
    pub exhausted: u32,
    /// There was no such number.
    pub invalid: u32,
    /// Still to be called.
    pub waiting: u32,
    /// What nothing that passes with time lets anybody call, by code and rule.
    pub never: BTreeMap<(RefusalCode, Option<RuleRef>), u32>,
}

/// What one run came to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Played {
    /// Day after day.
    pub days: Vec<DayTally>,
    /// The contacts at the end.
    pub ends: Ends,
    /// When the last contact that could be called was done with.
    pub spent_at: Option<OffsetDateTime>,
    /// What happened in all: what the run cost.
    pub steps: u64,
}

impl Played {
    /// All days together.
    #[must_use]
    pub fn total(&self) -> DayTally {
        self.days.iter().fold(DayTally::default(), DayTally::and)
    }
}
