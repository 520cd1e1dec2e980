//! The provider's webhooks, as news for the dialer.
//!
//! Live captures contradict the documentation in details, so nothing here insists: an unknown name is passed over, and a
//! field of another type counts as absent.

use dialer_domain::telephony::{
    AgentLine, LegNews, LiveState, ProviderCallId, ProviderEvent, ProviderNews, ProviderRecordingId, RecordResult,
};
use serde_json::Value;

use crate::convert::{self, cause, digits, direction, instant, live_state, seconds};
use crate::text::safe;
use crate::wire;

/// Reads the body of a webhook; `None` when it has neither an id nor a name, as every event has.
pub(crate) fn read(body: &Value) -> Option<ProviderEvent> {
    if !body.is_object() {
        return None;
    }
    let event: wire::Event = wire::read(body)?;
    if event.id.is_none() && event.name.is_none() {
        return None;
    }
    let id = event.id.clone();
    let at = event.at.as_deref().and_then(instant);
    Some(ProviderEvent { id, at, news: news(event) })
}

/// What an event is about, by its name.
enum Kind {
    Leg(LiveState),
    /// A leg that nobody picked up.
    Missed,
    Recording,
    Other,
}

fn kind(event: &wire::Event) -> Kind {
    let by_state = || match event.state.as_deref() {
        Some("MISSED") => Kind::Missed,
        Some(state) => match live_state(state) {
            LiveState::Unknown => Kind::Other,
            state => Kind::Leg(state),
        },
        None => Kind::Other,
    };
    let Some(name) = &event.name else { return by_state() };
    match name.to_ascii_lowercase().as_str() {
        "call.initial" => Kind::Leg(LiveState::Initial),
        "call.ringing" => Kind::Leg(LiveState::Ringing),
        "call.connected" | "call.answered" => Kind::Leg(LiveState::Connected),
        "call.on_hold" | "call.hold" => Kind::Leg(LiveState::OnHold),
        "call.hangup" | "call.hungup" | "call.ended" => Kind::Leg(LiveState::HangUp),
        "call.missed" => Kind::Missed,
        "monitor.audio_ready" => Kind::Recording,
        _ => Kind::Other,
    }
}

fn news(event: wire::Event) -> ProviderNews {
    let other = ProviderNews::Other { name: event.name.as_deref().map(safe).unwrap_or_default() };
    match kind(&event) {
        Kind::Leg(state) => leg(event, state, false).map_or(other, ProviderNews::Leg),
        Kind::Missed => leg(event, LiveState::HangUp, true).map_or(other, ProviderNews::Leg),
        Kind::Recording => match event.monitor_id {
            Some(id) => ProviderNews::RecordingReady {
                recording: ProviderRecordingId::new(id),
                call: event.call_id.map(ProviderCallId::new),
            },
            None => other,
        },
        Kind::Other => other,
    }
}

/// News of a leg; `None` when it does not say of which.
fn leg(event: wire::Event, state: LiveState, missed: bool) -> Option<LegNews> {
    let connected_at = event.connected_at.as_deref().and_then(instant);
    let talk_seconds = event.duration.map(|duration| seconds(Some(duration)));
    let result = match state {
        LiveState::HangUp if missed => Some(RecordResult::NoAnswer),
        // Length is counted from when both parties were connected.
        LiveState::HangUp => {
            let answered = connected_at.is_some() || talk_seconds.is_some_and(|seconds| seconds > 0);
            convert::leg_result(answered, event.t_cause.as_deref())
        }
        _ => None,
    };
    Some(LegNews {
        leg: ProviderCallId::new(event.call_id?),
        root: event.root_call_id.map(ProviderCallId::new),
        state,
        last: event.last,
        direction: event.destination.as_deref().and_then(direction),
        agent: event.src_id.or(event.dst_id).map(AgentLine::new),
        from_digits: event.src.as_deref().and_then(digits),
        to_digits: event.dst.as_deref().and_then(digits),
        started_at: event.start_time.as_deref().and_then(instant),
        connected_at,
        talk_seconds,
        result,
        cause: event.t_cause.as_deref().and_then(cause),
    })
}

#[cfg(test)]
mod tests;
