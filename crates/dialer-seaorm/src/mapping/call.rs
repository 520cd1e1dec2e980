//! Calls.

use dialer_domain::telephony::{AgentLine, ProviderCallId};
use dialer_domain::{Call, CallId, CampaignId, ContactId, StoreError, UserId};

use super::instant::Instant;
use super::{Row, json, text, text_opt};
use crate::entity::call::Model;
use crate::errors::CALL;

impl From<&Call> for Model {
    /// The row as this program writes it first; see [`Model::row_version`].
    fn from(call: &Call) -> Self {
        Self {
            id: call.id.as_uuid(),
            user_id: call.user_id.as_uuid(),
            call_id: call.provider_call_id.as_ref().map(|id| text(id.as_str())),
            direction: call.direction.as_str().to_owned(),
            from_number: call.from_number.as_ref().map(|number| number.as_e164().to_owned()),
            to_number: call.to_number.as_e164().to_owned(),
            status: call.status.as_str().to_owned(),
            duration: call.duration.into(),
            recording_url: text_opt(call.recording_url.as_deref()),
            notes: text_opt(call.notes.as_deref()),
            lead_id: text_opt(call.lead_id.as_deref()),
            campaign_id: call.campaign_id.map(CampaignId::as_uuid),
            contact_id: call.contact_id.map(ContactId::as_uuid),
            agent: call.agent.as_ref().map(|agent| text(agent.as_str())),
            agent_id: call.agent_id.map(UserId::as_uuid),
            attempt: call.attempt.map(Into::into),
            is_callback: call.callback,
            disposition: call.disposition.map(|disposition| disposition.as_str().to_owned()),
            metadata: json(&call.metadata),
            started_at: call.started_at.into(),
            answered_at: call.answered_at.map(Into::into),
            ahead: call.ahead,
            connected_at: call.connected_at.map(Into::into),
            abandoned_at: call.abandoned_at.map(Into::into),
            ended_at: call.ended_at.map(Into::into),
            gone_at: call.gone_at.map(Into::into),
            unconfirmed: call.unconfirmed,
            outcome: call.outcome.map(|outcome| outcome.as_str().to_owned()),
            evidence: call.evidence.map(|evidence| evidence.as_str().to_owned()),
            cause: text_opt(call.cause.as_deref()),
            cause_code: call.cause_code.map(|code| code.as_str().to_owned()),
            hidden_at: None,
            row_version: 1,
            created_at: call.created_at.into(),
            updated_at: call.updated_at.into(),
        }
    }
}

impl TryFrom<Model> for Call {
    type Error = StoreError;

    fn try_from(model: Model) -> Result<Self, StoreError> {
        let row = Row::new(CALL.table, &model.id);
        Ok(Self {
            id: CallId::new(model.id),
            user_id: UserId::new(model.user_id),
            provider_call_id: model.call_id.map(ProviderCallId::new),
            direction: row.parse(&model.direction)?,
            from_number: model.from_number.map(|number| row.recorded(&number)).transpose()?,
            to_number: row.recorded(&model.to_number)?,
            status: row.parse(&model.status)?,
            duration: row.count(model.duration)?,
            recording_url: model.recording_url,
            notes: model.notes,
            lead_id: model.lead_id,
            campaign_id: model.campaign_id.map(CampaignId::new),
            contact_id: model.contact_id.map(ContactId::new),
            agent: model.agent.map(AgentLine::new),
            agent_id: model.agent_id.map(UserId::new),
            callback: model.is_callback,
            disposition: row.parse_opt(model.disposition)?,
            attempt: model.attempt.map(|attempt| row.count(attempt)).transpose()?,
            metadata: row.object(model.metadata)?,
            started_at: model.started_at.get(),
            answered_at: model.answered_at.map(Instant::get),
            ahead: model.ahead,
            connected_at: model.connected_at.map(Instant::get),
            abandoned_at: model.abandoned_at.map(Instant::get),
            ended_at: model.ended_at.map(Instant::get),
            gone_at: model.gone_at.map(Instant::get),
            unconfirmed: model.unconfirmed,
            outcome: row.parse_opt(model.outcome)?,
            evidence: row.parse_opt(model.evidence)?,
            cause: model.cause,
            cause_code: row.parse_opt(model.cause_code)?,
            created_at: model.created_at.get(),
            updated_at: model.updated_at.get(),
        })
    }
}
