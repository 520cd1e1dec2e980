//! Why a campaign does not dial.

use time::OffsetDateTime;

use super::checks;
use super::engine::{AgentCounts, EnginePhase, EngineSight, Pacer};
use super::preconditions::{Precondition, PreconditionCode, PreconditionState};
use super::standing::Standing;
use crate::campaigns::{Campaign, CampaignStatus, DialingMode};

/// What is known of a campaign and of what it needs to dial.
#[derive(Debug, Clone, PartialEq)]
pub struct CampaignSnapshot {
    /// The campaign.
    pub campaign: Campaign,
    /// Its contacts.
    pub standing: Standing,
    /// Users assigned to it.
    pub assigned: u64,
    /// The agents assigned to it; `None` where nobody is, and the phones of the settings serve it.
    pub team: Option<AgentCounts>,
    /// The engine; `None` where it cannot be seen.
    pub engine: Option<EngineSight>,
    /// Who starts its calls.
    pub pacer: Pacer,
}

/// The active hours as they stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hours {
    /// Whether calls may start now.
    pub open: bool,
    /// When they may next; now when they may.
    pub opens_at: Option<OffsetDateTime>,
    /// When they may no longer, from then on.
    pub closes_at: Option<OffsetDateTime>,
}

impl Hours {
    fn of(campaign: &Campaign, now: OffsetDateTime) -> Self {
        let (hours, zone) = (campaign.active_hours, &campaign.timezone);
        let opens_at = hours.next_open(zone, now);
        let closes_at = opens_at.map(|at| at + hours.remaining(zone, at));
        Self { open: opens_at == Some(now), opens_at, closes_at }
    }
}

/// Why a campaign does not dial, or that it does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CampaignExplanation {
    /// When this was so.
    pub at: OffsetDateTime,
    /// Every precondition, in the order in which it is asked.
    pub preconditions: Vec<Precondition>,
    /// The first that does not hold.
    pub blocked_by: Option<PreconditionCode>,
    /// The earliest instant at which the next call can start; `None` when that hangs on a person, on an agent who becomes
    /// free, or on what is not known here.
    pub next_dial_at: Option<OffsetDateTime>,
    /// The active hours.
    pub hours: Hours,
}

/// Holds the campaign against everything that it needs to dial at `now`.
#[must_use]
pub fn explain_campaign(snapshot: &CampaignSnapshot, now: OffsetDateTime) -> CampaignExplanation {
    let hours = Hours::of(&snapshot.campaign, now);
    let preconditions = checks::all(snapshot, hours, now);
    let blocked_by = preconditions.iter().find(|one| one.state == PreconditionState::Not).map(|one| one.code);
    CampaignExplanation { at: now, preconditions, blocked_by, next_dial_at: next_dial(snapshot, now), hours }
}

fn next_dial(snapshot: &CampaignSnapshot, now: OffsetDateTime) -> Option<OffsetDateTime> {
    let CampaignSnapshot { campaign, standing, engine, .. } = snapshot;
    let by_itself = matches!(campaign.mode, DialingMode::Power | DialingMode::Predictive);
    let EngineSight { phase, closed_until, agents, budget, .. } = engine.as_ref()?;
    if campaign.status != CampaignStatus::Active || !by_itself || *phase != EnginePhase::Running || agents.all() == 0 {
        return None;
    }
    let due = if standing.due > 0 { now } else { standing.next_due? };
    let paused_until = budget.and_then(|budget| budget.paused_until);
    let allowed = due.max(closed_until.unwrap_or(now)).max(paused_until.unwrap_or(now));
    let at = campaign.active_hours.next_open(&campaign.timezone, allowed)?;
    // Whoever is on a call now may be free at any instant, and certainly by a later one.
    (at > now || agents.ready > 0).then_some(at)
}
