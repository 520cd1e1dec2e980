//! Why is nothing dialling, why is this contact not called, and what became of that call: told in the order in which the
//! dialer itself asks, in words that say what to do.
//!
//! Pure functions from what a use case has collected. They decide nothing: the rules are asked
//! ([`crate::eligibility`], [`crate::schedule`]), and here is said what they said.

mod call;
mod campaign;
mod checks;
mod contact;
mod engine;
mod preconditions;
mod refusals;
mod standing;
mod what_if;

pub use call::{Actor, CallExplanation, Step, Verdict, explain_call};
pub use campaign::{CampaignExplanation, CampaignSnapshot, Hours, explain_campaign};
pub use contact::{ContactExplanation, ContactSnapshot, explain_contact};
pub use engine::{AgentCounts, EnginePhase, EngineSight, Pacer};
pub use preconditions::{Precondition, PreconditionCode, PreconditionState};
pub use standing::{Standing, StandingReader};
pub use what_if::{Refusals, WhatIf};

use time::OffsetDateTime;

use crate::schedule::Zone;

/// An instant as a person in `zone` says it.
pub(crate) fn wall(zone: &Zone, at: OffsetDateTime) -> String {
    let local = zone.local(at);
    let (day, month) = (local.day(), local.month());
    format!("{} {day} {month} {:02}:{:02} ({})", local.weekday(), local.hour(), local.minute(), zone.name())
}

/// `1 contact`, `2 contacts`.
pub(crate) fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}
