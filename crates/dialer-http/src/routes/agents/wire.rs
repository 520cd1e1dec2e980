//! Agents as JSON.

use dialer_domain::agents::history::StateSpan;
use dialer_domain::agents::offers::Offer;
use dialer_domain::agents::{Agent, AgentState, PauseCode};
use dialer_domain::contacts::Contact;
use dialer_domain::ids::{AgentId, CallId, CampaignId, ContactId, UserId};
use serde::Serialize;
use utoipa::ToSchema;

use crate::routes::contacts::ContactRow;
use crate::stamp::Stamp;

/// An agent, with what they are doing.
#[derive(Serialize, ToSchema)]
pub(super) struct AgentRow {
    id: AgentId,
    user_id: UserId,
    display_name: String,
    /// The provider's user whose phone rings
    provider_user_id: String,
    wrap_up_seconds: i64,
    state: AgentState,
    /// Why the agent is paused
    #[schema(value_type = Option<String>)]
    pause_code: Option<PauseCode>,
    /// Since when the agent is in this state
    since: Stamp,
    /// When an offer or a wrap-up ends by itself
    until: Option<Stamp>,
    /// The state that follows on the offer, call or wrap-up
    next_state: AgentState,
    /// The call that the agent is on, or writes up
    current_call_id: Option<CallId>,
    /// When the agent's client was last heard of
    seen_at: Stamp,
    created_at: Stamp,
    updated_at: Stamp,
}

impl From<Agent> for AgentRow {
    fn from(agent: Agent) -> Self {
        let doing = &agent.presence.doing;
        Self {
            id: agent.id,
            user_id: agent.user_id,
            state: doing.state(),
            pause_code: doing.pause_code().cloned(),
            since: agent.presence.since.into(),
            until: doing.until().map(Stamp::from),
            next_state: agent.presence.then.state(),
            current_call_id: doing.call(),
            display_name: agent.display_name,
            provider_user_id: agent.line.as_str().to_owned(),
            wrap_up_seconds: agent.wrap_up.whole_seconds(),
            seen_at: agent.presence.seen_at.into(),
            created_at: agent.created_at.into(),
            updated_at: agent.updated_at.into(),
        }
    }
}

/// One agent.
#[derive(Serialize, ToSchema)]
pub(super) struct AgentAnswer {
    pub(super) agent: AgentRow,
}

/// A contact that an agent looks at.
#[derive(Serialize, ToSchema)]
pub(super) struct OfferRow {
    campaign_id: CampaignId,
    contact_id: ContactId,
    /// When the offer runs out
    until: Stamp,
    contact: ContactRow,
}

impl From<(Offer, Contact)> for OfferRow {
    fn from((offer, contact): (Offer, Contact)) -> Self {
        Self {
            campaign_id: offer.campaign_id,
            contact_id: offer.contact_id,
            until: offer.until.into(),
            contact: contact.into(),
        }
    }
}

/// A stretch of time in one state.
#[derive(Serialize, ToSchema)]
pub(super) struct StateSpanRow {
    state: AgentState,
    #[schema(value_type = Option<String>)]
    pause_code: Option<PauseCode>,
    call_id: Option<CallId>,
    from: Stamp,
    /// `null` while it lasts
    to: Option<Stamp>,
}

impl From<StateSpan> for StateSpanRow {
    fn from(span: StateSpan) -> Self {
        Self {
            state: span.state,
            pause_code: span.pause_code,
            call_id: span.call_id,
            from: span.from.into(),
            to: span.to.map(Stamp::from),
        }
    }
}
