//! A campaign's status on the wire.

use std::collections::BTreeMap;

use dialer_app::Paced;
use dialer_domain::CampaignStatus;
use dialer_domain::DialingMode;
use dialer_domain::explain::{
    AgentCounts, CampaignExplanation, CampaignSnapshot, EnginePhase, EngineSight, Pacer, PreconditionCode,
    PreconditionState,
};
use dialer_domain::ids::CampaignId;
use dialer_domain::pacing::Bound;
use dialer_domain::telephony::LegOrder;
use serde::Serialize;
use utoipa::ToSchema;

use crate::stamp::Stamp;

#[derive(Serialize, ToSchema)]
pub(crate) struct CampaignExplained {
    status: StatusView,
}

/// Why a campaign does not dial, or that it does.
#[derive(Serialize, ToSchema)]
struct StatusView {
    campaign_id: CampaignId,
    /// The campaign's own status.
    campaign_status: CampaignStatus,
    r#type: DialingMode,
    at: Stamp,
    /// In the order in which they are asked.
    preconditions: Vec<PreconditionView>,
    /// The first that does not hold.
    blocked_by: Option<PreconditionCode>,
    /// Null when it hangs on a person, on an agent who becomes free, or on what is not known here.
    next_dial_at: Option<Stamp>,
    active_hours: HoursView,
    contacts: ContactsView,
    agents: AgentsView,
    /// Null where the engine cannot be seen.
    provider: Option<ProviderView>,
    /// Null where there is none, or it cannot be seen.
    request_budget: Option<BudgetView>,
    pacer: PacerView,
    /// What was decided last about calls ahead of agents; null where this program places none for the campaign.
    pacing: Option<PacingView>,
}

/// How many calls to place ahead of agents, and why.
#[derive(Serialize, ToSchema)]
struct PacingView {
    at: Stamp,
    /// Calls placed by this decision.
    dials: u32,
    /// What kept it from being more: `risk`, `progressive_floor`, `cold_start`, `budget_spent`, `headroom`, `max_lines`, `list`,
    /// `no_agents` or `occupancy_ceiling`.
    #[schema(value_type = String, example = "risk")]
    bound: Bound,
    /// Agents who waited for a call.
    idle: u32,
    /// Calls that rang.
    in_flight: u32,
    /// People expected to answer within a usual ringing time.
    expected_answers: f64,
    /// Agents expected to be free within that time.
    expected_free: f64,
    /// Probability that the last dial is answered and finds no agent in time.
    risk: f64,
    /// The largest such risk that the share of abandoned calls allows.
    risk_limit: f64,
    /// Probability that a call placed now is answered by a person.
    answer_probability: f64,
}

impl From<Paced> for PacingView {
    fn from(Paced { decision, at }: Paced) -> Self {
        Self {
            at: at.into(),
            dials: decision.dials,
            bound: decision.bound,
            idle: decision.idle,
            in_flight: decision.in_flight,
            expected_answers: decision.expected_answers,
            expected_free: decision.expected_free,
            risk: decision.risk,
            risk_limit: decision.theta,
            answer_probability: decision.answer_probability,
        }
    }
}

impl CampaignExplained {
    /// The same, with what this program's pacer decided last.
    pub(super) fn paced(mut self, paced: Option<Paced>) -> Self {
        self.status.pacing = paced.map(Into::into);
        self
    }
}

#[derive(Serialize, ToSchema)]
struct PreconditionView {
    code: PreconditionCode,
    state: PreconditionState,
    words: String,
    /// What to do.
    advice: Option<String>,
}

#[derive(Serialize, ToSchema)]
struct HoursView {
    open: bool,
    opens_at: Option<Stamp>,
    closes_at: Option<Stamp>,
}

#[derive(Serialize, ToSchema)]
struct ContactsView {
    total: u64,
    /// Contacts in whose way nothing stands but the campaign itself.
    due: u64,
    /// Those of them who may be called at this moment.
    callable: u64,
    /// Entries that wait for an agent.
    in_line: u64,
    /// When the first of the others becomes due.
    next_due_at: Option<Stamp>,
    /// How many are refused at this moment, by code; the rules of their places are left out: `what-if` counts with them.
    refused: BTreeMap<&'static str, u64>,
}

#[derive(Serialize, ToSchema)]
struct AgentsView {
    /// Users assigned to the campaign.
    assigned: u64,
    /// Those who take its calls and are at work: assigned agents, or, where nobody is assigned, the phones of the settings;
    /// null where the engine cannot be seen.
    at_work: Option<usize>,
    ready: Option<usize>,
    /// On a call, or looking at a contact.
    busy: Option<usize>,
    /// Writing up, paused, or left alone.
    resting: Option<usize>,
    /// Assigned and not at work.
    away: Option<usize>,
}

#[derive(Serialize, ToSchema)]
struct ProviderView {
    engine: EnginePhase,
    /// Why dialling is halted.
    halted: Option<String>,
    /// Until when no call is started.
    closed_until: Option<Stamp>,
    capabilities: CapabilitiesView,
}

/// What the provider can do.
#[derive(Serialize, ToSchema)]
#[expect(clippy::struct_excessive_bools, reason = "each is a question of its own, as in the domain")]
struct CapabilitiesView {
    leg_order: LegOrder,
    lines_per_agent: u8,
    machine_detection: bool,
    ring_reporting: bool,
    recording: bool,
    sms: bool,
    caller_id: bool,
    /// Whether calls can be placed ahead of agents.
    dials_ahead: bool,
    /// Whether a message is played to customers for whom no agent was there.
    plays_message: bool,
}

#[derive(Serialize, ToSchema)]
struct BudgetView {
    limit_per_minute: u32,
    rate_per_minute: u32,
    available_now: u32,
    waiting: usize,
    paused_until: Option<Stamp>,
}

/// Who starts the campaign's calls.
#[derive(Serialize, ToSchema)]
struct PacerView {
    /// unknown, nobody, this-program or another.
    holder: &'static str,
    name: Option<String>,
}

impl From<Pacer> for PacerView {
    fn from(pacer: Pacer) -> Self {
        match pacer {
            Pacer::Unknown => Self { holder: "unknown", name: None },
            Pacer::Nobody => Self { holder: "nobody", name: None },
            Pacer::ThisProgram => Self { holder: "this-program", name: None },
            Pacer::Another { name } => Self { holder: "another", name: Some(name) },
        }
    }
}

impl From<&EngineSight> for ProviderView {
    fn from(engine: &EngineSight) -> Self {
        let can = engine.capabilities;
        Self {
            engine: engine.phase,
            halted: engine.reason.clone(),
            closed_until: engine.closed_until.map(Into::into),
            capabilities: CapabilitiesView {
                leg_order: can.leg_order,
                lines_per_agent: can.lines_per_agent,
                machine_detection: can.machine_detection,
                ring_reporting: can.ring_reporting,
                recording: can.recording,
                sms: can.sms,
                caller_id: can.caller_id,
                dials_ahead: can.dials_ahead,
                plays_message: can.plays_message,
            },
        }
    }
}

impl From<(CampaignSnapshot, CampaignExplanation)> for CampaignExplained {
    fn from((snapshot, explanation): (CampaignSnapshot, CampaignExplanation)) -> Self {
        let CampaignSnapshot { campaign, standing, assigned, team, engine, pacer } = snapshot;
        let CampaignExplanation { at, preconditions, blocked_by, next_dial_at, hours } = explanation;
        let crew = team.or_else(|| engine.as_ref().map(|engine| engine.agents));
        let budget = engine.as_ref().and_then(|engine| engine.budget);
        let refused = standing.refusals(&campaign, at).into_iter();
        Self {
            status: StatusView {
                campaign_id: campaign.id,
                campaign_status: campaign.status,
                r#type: campaign.mode,
                at: at.into(),
                preconditions: preconditions
                    .into_iter()
                    .map(|one| PreconditionView {
                        code: one.code,
                        state: one.state,
                        words: one.words,
                        advice: one.advice.map(|advice| advice.replace("{id}", &campaign.id.to_string())),
                    })
                    .collect(),
                blocked_by,
                next_dial_at: next_dial_at.map(Into::into),
                active_hours: HoursView {
                    open: hours.open,
                    opens_at: hours.opens_at.map(Into::into),
                    closes_at: hours.closes_at.map(Into::into),
                },
                contacts: ContactsView {
                    total: standing.total(),
                    due: standing.due,
                    callable: standing.callable(&campaign, at),
                    in_line: standing.waiting,
                    next_due_at: standing.next_due.map(Into::into),
                    refused: refused.map(|(code, count)| (code.as_str(), count)).collect(),
                },
                agents: AgentsView {
                    assigned,
                    at_work: crew.map(AgentCounts::all),
                    ready: crew.map(|crew| crew.ready),
                    busy: crew.map(|crew| crew.busy),
                    resting: crew.map(|crew| crew.resting),
                    away: crew.map(|crew| crew.away),
                },
                provider: engine.as_ref().map(Into::into),
                request_budget: budget.map(|budget| BudgetView {
                    limit_per_minute: budget.limit_per_minute,
                    rate_per_minute: budget.rate_per_minute,
                    available_now: budget.available_now,
                    waiting: budget.waiting,
                    paused_until: budget.paused_until.map(Into::into),
                }),
                pacer: pacer.into(),
                pacing: None,
            },
        }
    }
}
