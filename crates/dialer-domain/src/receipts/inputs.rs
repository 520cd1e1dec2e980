//! What a decision is made from, as it can be kept.

use serde::{Deserialize, Serialize};
use time::serde::rfc3339;
use time::{Duration, OffsetDateTime};

use crate::campaigns::CampaignStatus;
use crate::consents::ConsentFact;
use crate::contacts::{ClosedReason, ContactStatus};
use crate::eligibility::{Decision, Facts, Own, judge};
use crate::places::Place;
use crate::registries::RegistryStanding;
use crate::rules::{
    Ban, CalleeKind, CallerIdStanding, GuardStanding, Lifetime, PastCall, Purpose, RuleBook, RuleFacts, Voice,
};
use crate::schedule::{ActiveHours, Zone};

/// All that [`crate::eligibility::decide`] was given, owned, without names and numbers. Of the emergency bans only those of a
/// place where the callee may be: others are never asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inputs {
    /// What the campaign says.
    pub campaign: CampaignTerms,
    /// How the contact stood.
    pub contact: ContactStanding,
    /// Whether the owner had suppressed the number.
    pub suppressed: bool,
    /// Who speaks.
    pub voice: Voice,
    /// Where the callee may be.
    pub place: Place,
    /// Past calls.
    pub history: Vec<PastCall>,
    /// How many there ever were.
    pub lifetime: Lifetime,
    /// The consent ledger.
    pub consents: Vec<ConsentFact>,
    /// What registers say of the number.
    pub registries: Vec<RegistryStanding>,
    /// How the ratios of abandoned calls stand.
    pub guards: Vec<GuardStanding>,
    /// Emergency bans in the callee's place.
    pub bans: Vec<Ban>,
    /// The number shown.
    pub caller_id: CallerIdStanding,
    /// Whether the number has changed hands.
    pub reassigned: bool,
    /// Whether an agent is there for sure.
    pub agent_guaranteed: bool,
    /// How a call is kept from ringing beyond the end of its hours.
    pub ringing: Ringing,
}

/// What a decision asks of a campaign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CampaignTerms {
    /// Where it stands.
    pub status: CampaignStatus,
    /// When calls may start.
    pub active_hours: ActiveHours,
    /// The zone of its hours.
    pub timezone: Zone,
    /// Attempts at one contact.
    pub max_attempts: u32,
    /// What people are called for.
    pub purpose: Purpose,
    /// Whom the calls are for.
    pub callee: CalleeKind,
}

/// What a decision asks of a contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContactStanding {
    /// Where it stands.
    pub status: ContactStatus,
    /// Why it is closed.
    pub closed_reason: Option<ClosedReason>,
    /// Attempts so far.
    pub attempts: u32,
    /// Not to be called before this instant.
    #[serde(with = "rfc3339::option")]
    pub next_attempt_at: Option<OffsetDateTime>,
}

/// How a call is kept from ringing beyond the end of its hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ringing {
    /// Longest ringing, in milliseconds.
    pub longest_ms: i64,
    /// Whether calls that might ring beyond a window's end are not started.
    pub strict_end: bool,
}

impl Inputs {
    /// What `facts` say. Longest ringing is kept to the millisecond; settings know seconds.
    #[must_use]
    pub fn of(facts: &Facts<'_>) -> Self {
        let Own { campaign: status, hours, zone, max_attempts, contact, closed, attempts, due, suppressed } =
            Own::of(facts);
        // Every field by its name: one that is added must be kept as well.
        let RuleFacts {
            purpose,
            callee,
            voice,
            place,
            history,
            lifetime,
            consents,
            registries,
            guards,
            bans,
            caller_id,
            reassigned,
            agent_guaranteed,
            ring,
            strict_end,
        } = facts.rules;
        Self {
            campaign: CampaignTerms {
                status,
                active_hours: hours,
                timezone: zone.clone(),
                max_attempts,
                purpose,
                callee,
            },
            contact: ContactStanding { status: contact, closed_reason: closed, attempts, next_attempt_at: due },
            suppressed,
            voice,
            place: place.clone(),
            history: history.to_vec(),
            lifetime,
            consents: consents.to_vec(),
            registries: registries.to_vec(),
            guards: guards.to_vec(),
            bans: bans.iter().filter(|ban| place.touches(ban.jurisdiction)).cloned().collect(),
            caller_id,
            reassigned,
            agent_guaranteed,
            ringing: Ringing { longest_ms: i64::try_from(ring.whole_milliseconds()).unwrap_or(i64::MAX), strict_end },
        }
    }

    /// Decides from them at `now`, as [`crate::eligibility::decide`] did.
    ///
    /// # Errors
    /// The refusal.
    pub fn decide(&self, book: &RuleBook, now: OffsetDateTime) -> Decision {
        let own = Own {
            campaign: self.campaign.status,
            hours: self.campaign.active_hours,
            zone: &self.campaign.timezone,
            max_attempts: self.campaign.max_attempts,
            contact: self.contact.status,
            closed: self.contact.closed_reason,
            attempts: self.contact.attempts,
            due: self.contact.next_attempt_at,
            suppressed: self.suppressed,
        };
        let rules = RuleFacts {
            purpose: self.campaign.purpose,
            callee: self.campaign.callee,
            voice: self.voice,
            place: &self.place,
            history: &self.history,
            lifetime: self.lifetime,
            consents: &self.consents,
            registries: &self.registries,
            guards: &self.guards,
            bans: &self.bans,
            caller_id: self.caller_id,
            reassigned: self.reassigned,
            agent_guaranteed: self.agent_guaranteed,
            ring: Duration::milliseconds(self.ringing.longest_ms),
            strict_end: self.ringing.strict_end,
        };
        judge(own, &rules, book, now)
    }
}
