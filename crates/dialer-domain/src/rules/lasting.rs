//! Rules that time alone does not lift: registers, consent, the number shown, and ratios.

use time::Duration;

use super::abandonment::{LedgerPeriod, Limit};
use super::facts::CallerIdStanding;
use super::lift::{Lift, lifted};
use super::moment::Moment;
use super::names::RuleId;
use crate::eligibility::RefusalCode;
use crate::registries::{Listing, Registry};

/// Numbers on a register are not called, and without a fresh copy of it nobody is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RegistryCheck {
    pub(crate) registry: Registry,
    /// The oldest copy that still counts.
    pub(crate) max_age: Duration,
    /// How long a number must be listed before it binds.
    pub(crate) listed_for: Duration,
    /// Consent that outweighs it.
    pub(crate) unless: Vec<Lift>,
}

impl RegistryCheck {
    pub(crate) fn check(&self, moment: &Moment<'_>) -> Result<(), RefusalCode> {
        let standing = moment.facts.registries.iter().find(|standing| standing.registry == self.registry);
        let fresh = standing.filter(|standing| moment.now - standing.copied_at <= self.max_age);
        match fresh.ok_or(RefusalCode::RegistryStale)?.listing {
            Listing::Absent => Ok(()),
            Listing::Listed { since: Some(since) } if moment.now - since < self.listed_for => Ok(()),
            Listing::Listed { .. } if lifted(&self.unless, moment) => Ok(()),
            Listing::Listed { .. } => Err(RefusalCode::DncRegistry),
        }
    }
}

/// Calls need a consent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ConsentNeed {
    /// Any one of these.
    pub(crate) accepts: Vec<Lift>,
}

impl ConsentNeed {
    pub(crate) fn check(&self, moment: &Moment<'_>) -> Result<(), RefusalCode> {
        if lifted(&self.accepts, moment) { Ok(()) } else { Err(RefusalCode::NoConsent) }
    }
}

/// Calls ahead of agents stop when as many people were abandoned as may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Guard {
    pub(crate) period: LedgerPeriod,
    pub(crate) limit: Limit,
    /// Whether abandoned calls to machines are taken off, in the share in which agents meet machines.
    pub(crate) estimates_machines: bool,
}

impl Guard {
    pub(crate) fn check(self, id: RuleId, moment: &Moment<'_>) -> Result<(), RefusalCode> {
        if moment.facts.agent_guaranteed {
            return Ok(());
        }
        // Of a guard without a standing nothing was counted, and nothing allows nobody to be abandoned.
        let standing = moment.facts.guards.iter().find(|standing| standing.rule == id);
        let headroom = standing.map_or(0, |standing| self.limit.headroom(standing.abandoned, standing.live));
        if headroom > 0 { Ok(()) } else { Err(RefusalCode::AbandonHeadroomSpent) }
    }
}

/// The callee is shown a number that may be used and called back.
pub(crate) fn caller_id(moment: &Moment<'_>) -> Result<(), RefusalCode> {
    match moment.facts.caller_id {
        CallerIdStanding::Presentable => Ok(()),
        CallerIdStanding::Withheld | CallerIdStanding::Unproven => Err(RefusalCode::CallerIdUnusable),
    }
}
