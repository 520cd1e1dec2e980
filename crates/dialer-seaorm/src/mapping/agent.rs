//! Agents, and what they did.

use dialer_domain::agents::history::StateSpan;
use dialer_domain::agents::offers::Offer;
use dialer_domain::agents::{Agent, AgentState, Doing, PauseCode, Presence, Standing};
use dialer_domain::telephony::AgentLine;
use dialer_domain::{AgentId, CallId, CampaignId, ContactId, Duration, QueueEntryId, StoreError, UserId};

use super::instant::Instant;
use super::{Row, text};
use crate::entity::agent::Model;
use crate::entity::agent_state;
use crate::errors::{AGENT, AGENT_STATE};

impl From<&Agent> for Model {
    /// The row as this program writes it first; see [`Model::row_version`].
    fn from(agent: &Agent) -> Self {
        let Presence { doing, since, then, seen_at } = &agent.presence;
        let offer = doing.offer();
        Self {
            id: agent.id.as_uuid(),
            owner_id: agent.owner_id.as_uuid(),
            user_id: agent.user_id.as_uuid(),
            display_name: text(&agent.display_name),
            line: text(agent.line.as_str()),
            wrap_up_seconds: agent.wrap_up.whole_seconds(),
            state: doing.state().as_str().to_owned(),
            since: (*since).into(),
            until: doing.until().map(Into::into),
            pause_code: doing.pause_code().map(ToString::to_string),
            then_state: then.state().as_str().to_owned(),
            then_pause_code: match then {
                Standing::Paused(code) => Some(code.to_string()),
                Standing::Offline | Standing::Ready => None,
            },
            call_id: doing.call().map(CallId::as_uuid),
            campaign_id: offer.map(|offer| offer.campaign_id.as_uuid()),
            contact_id: offer.map(|offer| offer.contact_id.as_uuid()),
            entry_id: offer.map(|offer| offer.entry_id.as_uuid()),
            seen_at: (*seen_at).into(),
            row_version: 1,
            created_at: agent.created_at.into(),
            updated_at: agent.updated_at.into(),
        }
    }
}

impl TryFrom<Model> for Agent {
    type Error = StoreError;

    fn try_from(model: Model) -> Result<Self, StoreError> {
        let row = Row::new(AGENT.table, &model.id);
        Ok(Self {
            id: AgentId::new(model.id),
            owner_id: UserId::new(model.owner_id),
            user_id: UserId::new(model.user_id),
            presence: Presence {
                doing: doing(row, &model)?,
                since: model.since.get(),
                then: standing(row, row.parse(&model.then_state)?, model.then_pause_code.as_deref())?,
                seen_at: model.seen_at.get(),
            },
            wrap_up: Duration::seconds(model.wrap_up_seconds),
            display_name: model.display_name,
            line: AgentLine::new(model.line),
            created_at: model.created_at.get(),
            updated_at: model.updated_at.get(),
        })
    }
}

fn doing(row: Row<'_>, model: &Model) -> Result<Doing, StoreError> {
    let call = || there(row, model.call_id).map(CallId::new);
    let until = || there(row, model.until).map(Instant::get);
    Ok(match row.parse(&model.state)? {
        state @ (AgentState::Offline | AgentState::Ready | AgentState::Paused) => {
            Doing::Standing(standing(row, state, model.pause_code.as_deref())?)
        }
        AgentState::Reserved => Doing::Reserved(Offer {
            campaign_id: CampaignId::new(there(row, model.campaign_id)?),
            contact_id: ContactId::new(there(row, model.contact_id)?),
            entry_id: QueueEntryId::new(there(row, model.entry_id)?),
            until: until()?,
        }),
        AgentState::Ringing => Doing::Ringing(call()?),
        AgentState::Talking => Doing::Talking(call()?),
        AgentState::WrapUp => Doing::WrapUp { call: call()?, until: until()? },
    })
}

fn standing(row: Row<'_>, state: AgentState, pause_code: Option<&str>) -> Result<Standing, StoreError> {
    match state {
        AgentState::Offline => Ok(Standing::Offline),
        AgentState::Ready => Ok(Standing::Ready),
        AgentState::Paused => Ok(Standing::Paused(code(row, there(row, pause_code)?)?)),
        AgentState::Reserved | AgentState::Ringing | AgentState::Talking | AgentState::WrapUp => {
            Err(row.corrupt("an agent cannot mean to be there"))
        }
    }
}

fn code(row: Row<'_>, text: &str) -> Result<PauseCode, StoreError> {
    PauseCode::parse(text).ok_or_else(|| row.corrupt("not a pause code"))
}

/// What the state needs.
fn there<T>(row: Row<'_>, value: Option<T>) -> Result<T, StoreError> {
    value.ok_or_else(|| row.corrupt("the agent's state lacks a part"))
}

impl agent_state::Model {
    /// What the agent is doing, as the stretch that begins; its number is given by the database.
    pub(crate) fn begun(agent: &Agent) -> Self {
        Self {
            seq: 0,
            agent_id: agent.id.as_uuid(),
            state: agent.presence.state().as_str().to_owned(),
            pause_code: agent.presence.doing.pause_code().map(ToString::to_string),
            call_id: agent.presence.doing.call().map(CallId::as_uuid),
            started_at: agent.presence.since.into(),
            ended_at: None::<Instant>,
        }
    }
}

impl TryFrom<agent_state::Model> for StateSpan {
    type Error = StoreError;

    fn try_from(model: agent_state::Model) -> Result<Self, StoreError> {
        let row = Row::new(AGENT_STATE.table, &model.seq);
        Ok(Self {
            agent_id: AgentId::new(model.agent_id),
            state: row.parse(&model.state)?,
            pause_code: model.pause_code.as_deref().map(|text| code(row, text)).transpose()?,
            call_id: model.call_id.map(CallId::new),
            from: model.started_at.get(),
            to: model.ended_at.map(Instant::get),
        })
    }
}
