//! What rules ask of a call before it is made.

use time::{Duration, OffsetDateTime};

use super::history::{Lifetime, PastCall};
use super::names::RuleId;
use super::scope::{CalleeKind, Scope, Voice};
use super::{Ban, Purpose};
use crate::consents::ConsentFact;
use crate::places::Place;
use crate::registries::RegistryStanding;
use crate::words::words;

words! {
    /// What is known of the number that the callee will be shown.
    CallerIdStanding ("caller id standing") {
        /// It is shown, may be used, and can be called back.
        Presentable = "presentable",
        /// It is withheld.
        Withheld = "withheld",
        /// Nothing proves the right to use it, or nobody answers it.
        Unproven = "unproven",
    }
}

/// How many people who answered were abandoned, as one guard counts them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct GuardStanding {
    /// The guard.
    pub rule: RuleId,
    /// Abandoned calls in the guard's current period, estimates included.
    pub abandoned: u64,
    /// Calls answered live in the period, the abandoned ones included.
    pub live: u64,
}

/// What rules ask of a call. Borrowed, so that it is made for every contact without a copy.
#[derive(Debug, Clone, Copy)]
pub struct RuleFacts<'a> {
    /// What the call is for.
    pub purpose: Purpose,
    /// Whom it is for.
    pub callee: CalleeKind,
    /// Who speaks.
    pub voice: Voice,
    /// Where the callee may be.
    pub place: &'a Place,
    /// Past calls with this number or person, in any order, as far back as [`super::RuleBook::lookback`] says.
    pub history: &'a [PastCall],
    /// How many there ever were.
    pub lifetime: Lifetime,
    /// Entries of the consent ledger about this number or contact, in any order.
    pub consents: &'a [ConsentFact],
    /// What the copies of the registers say of this number.
    pub registries: &'a [RegistryStanding],
    /// How the ratios stand that may stop a dial ahead of agents.
    pub guards: &'a [GuardStanding],
    /// The emergency bans that bind the campaign's owner: everybody's and their own.
    pub bans: &'a [Ban],
    /// The number shown.
    pub caller_id: CallerIdStanding,
    /// Whether the number has changed hands since its owner agreed to be called.
    pub reassigned: bool,
    /// Whether an agent is there for sure when somebody answers: manual, preview and power, or a reserved agent.
    pub agent_guaranteed: bool,
    /// Longest ringing; a call that starts this close to a window's end might be answered after it.
    pub ring: Duration,
    /// Whether calls that might ring beyond a window's end are not started.
    pub strict_end: bool,
}

impl RuleFacts<'static> {
    /// The facts of a live sales call to a consumer of whom nothing is known, not even the place: what every field starts
    /// from that a caller does not set.
    #[must_use]
    pub const fn none() -> Self {
        Self {
            purpose: Purpose::Sales,
            callee: CalleeKind::Consumer,
            voice: Voice::Live,
            place: Place::UNKNOWN,
            history: &[],
            lifetime: Lifetime { number: 0, person: 0, debt: 0, subject: 0 },
            consents: &[],
            registries: &[],
            guards: &[],
            bans: &[],
            caller_id: CallerIdStanding::Presentable,
            reassigned: false,
            agent_guaranteed: false,
            ring: Duration::ZERO,
            strict_end: true,
        }
    }
}

impl RuleFacts<'_> {
    pub(crate) fn scope(&self) -> Scope {
        Scope::of(&[self.purpose], &[self.callee], &[self.voice])
    }

    /// When the latest consent for this purpose, if any, was taken back.
    pub(crate) fn revoked_at(&self, now: OffsetDateTime) -> Option<OffsetDateTime> {
        crate::consents::revoked_at(self.consents, self.purpose, now)
    }
}
