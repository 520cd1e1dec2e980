//! What a provider is asked for and what it tells.

use dialer_domain::telephony::{
    AgentLine, CallRecord, DialRequest, LegNews, LiveCall, LiveState, ProviderCallId, ProviderUser, RecordResult,
    RequestPriority,
};
use dialer_domain::{Call, Direction, OffsetDateTime, PhoneNumber};

use super::T0;

/// A campaign's request to call `to` for `agent-1`.
#[must_use]
pub fn dial(to: &PhoneNumber) -> DialRequest {
    DialRequest {
        ahead: false,
        to: to.clone(),
        agent: Some(AgentLine::new("agent-1")),
        caller_id: None,
        priority: RequestPriority::Campaign,
        paced: false,
    }
}

/// A live call of `agent-1` that the provider calls `id`, placed at [`T0`] to a number that it does not tell.
#[must_use]
pub fn live_call(id: &str, state: LiveState) -> LiveCall {
    LiveCall {
        id: ProviderCallId::new(id),
        parent: None,
        state,
        direction: None,
        agent: Some(AgentLine::new("agent-1")),
        from_digits: None,
        to_digits: None,
        started_at: Some(T0),
        connected_at: None,
    }
}

/// The record of the call that the provider called `id`: one leg of `agent-1` without talk, to a number that it
/// does not tell.
#[must_use]
pub fn record(id: &str, result: RecordResult, started_at: OffsetDateTime) -> CallRecord {
    CallRecord {
        id: id.to_owned(),
        call_ids: vec![ProviderCallId::new(id)],
        direction: None,
        agent: Some(AgentLine::new("agent-1")),
        from_digits: None,
        to_digits: None,
        result,
        started_at,
        total_seconds: 0,
        talk_seconds: 0,
        cause: None,
    }
}

/// An active user of the provider's account with one phone, whose line is `line`.
#[must_use]
pub fn provider_user(line: &str) -> ProviderUser {
    ProviderUser { line: AgentLine::new(line), name: format!("Agent {line}"), active: true, devices: Some(1) }
}

/// News that `call`, as the provider dials it and under the id `leg`, has come to `state`. It is its only leg.
#[must_use]
pub fn leg_news(leg: &str, state: LiveState, call: &Call) -> LegNews {
    LegNews {
        leg: ProviderCallId::new(leg),
        root: Some(ProviderCallId::new(leg)),
        state,
        last: None,
        direction: Some(Direction::Outbound),
        agent: call.agent.clone(),
        from_digits: None,
        to_digits: Some(call.to_number.digits().to_owned()),
        started_at: Some(call.started_at),
        connected_at: None,
        talk_seconds: None,
        result: None,
        cause: None,
    }
}
