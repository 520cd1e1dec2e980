//! Events as JSON.

use dialer_domain::telephony::LiveState;
use serde_json::{Map, Value, json};
use time::OffsetDateTime;

use crate::carrier::events::{LegEvent, Told};
use crate::carrier::legs::LegOf;
use crate::carrier::recordings::recording_id;
use crate::carrier::{Carrier, PlacedCall};
use crate::http::calls::state_word;
use crate::http::directory::CUSTOMER_ID;
use crate::http::mp3;
use crate::http::parties::{About, Parties, call_id};
use crate::http::stamp::format_stamp;
use crate::knobs::Knobs;
use crate::ledger::{CallKind, Party};

const UNHEARD_OF: &str = "call.simulated_novelty";

/// A text message from outside.
pub(in crate::http) struct ReceivedSms<'a> {
    pub(in crate::http) user: u64,
    pub(in crate::http) from: &'a str,
    pub(in crate::http) to: &'a str,
    pub(in crate::http) text: &'a str,
}

/// The name that an event goes by.
pub(super) fn name(told: Told) -> &'static str {
    match told {
        Told::State(LiveState::Initial) => "call.initial",
        Told::State(LiveState::Ringing) => "call.ringing",
        Told::State(LiveState::Connected) => "call.connected",
        Told::State(LiveState::OnHold) => "call.on_hold",
        Told::State(LiveState::HangUp) => "call.hangup",
        Told::State(LiveState::Unknown) => UNHEARD_OF,
        Told::Missed => "call.missed",
        Told::AudioReady => "monitor.audio_ready",
    }
}

fn instant(at: OffsetDateTime, knobs: &Knobs) -> Value {
    if knobs.webhooks.unix_times {
        json!(at.unix_timestamp())
    } else {
        json!(format_stamp(at.to_offset(knobs.stamps_offset())))
    }
}

/// What every event has, but for its id.
fn envelope(name: &str, at: OffsetDateTime, knobs: &Knobs) -> Map<String, Value> {
    Map::from_iter([("event_time".to_owned(), instant(at, knobs)), ("event_name".to_owned(), json!(name))])
}

/// An event of a call.
pub(super) fn of_call(carrier: &Carrier, call: &PlacedCall, event: &LegEvent, knobs: &Knobs) -> Map<String, Value> {
    let about = About {
        kind: call.kind_of(event.of),
        of: event.of,
        agent: call.agent,
        number: &call.number,
        caller_id: call.caller_id.as_deref(),
    };
    let parties = about.parties(carrier, knobs);
    let mut body = envelope(name(event.told), event.at, knobs);
    body.insert("call_id".to_owned(), call_id(event.leg_id, knobs));
    let more = match event.told {
        Told::AudioReady => audio(call),
        Told::State(state) => leg(call, event, state, knobs),
        Told::Missed => leg(call, event, LiveState::HangUp, knobs),
    };
    for part in [more, ends(&parties)] {
        if let Value::Object(mut part) = part {
            body.append(&mut part);
        }
    }
    if event.told == Told::Missed {
        body.insert("state".to_owned(), json!("MISSED"));
    }
    body
}

fn ends(parties: &Parties) -> Value {
    json!({
        "context": "LOCAL_USER",
        "src": parties.src.digits,
        "src_id": parties.src.id,
        "src_name": parties.src.name,
        "src_hash": hash(&parties.src.digits),
        "dst": parties.dst.digits,
        "dst_id": parties.dst.id,
        "dst_name": parties.dst.name,
        "destination": parties.destination,
    })
}

/// 40 hexadecimal digits that are the same for the same party.
fn hash(digits: &str) -> String {
    crate::carrier::dice::Dice::new(0, "party", digits, 0).hex(40)
}

fn audio(call: &PlacedCall) -> Value {
    let seconds = call.talk_seconds();
    json!({
        "monitor_id": recording_id(call.id),
        "customer_id": CUSTOMER_ID,
        "user_id": call.agent,
        "duration": seconds,
        "size": mp3::size(seconds),
    })
}

fn leg(call: &PlacedCall, event: &LegEvent, state: LiveState, knobs: &Knobs) -> Value {
    let counts_from = if knobs.webhooks.duration_from_answer { event.connected_at } else { Some(event.started_at) };
    let mut body = json!({
        "root_call_id": call_id(call.live_id, knobs),
        "state": state_word(state),
        "start_time": instant(event.started_at, knobs),
        "connected_at": event.connected_at.map(|at| instant(at, knobs)),
        "duration": counts_from.map_or(0, |from| (event.at - from).whole_seconds()),
        "final": event.end.is_some_and(|end| end.whole_call),
    });
    if let Some(end) = event.end {
        body["t_cause"] = json!(end.cause);
        if knobs.webhooks.tells_who_ended {
            body["terminated_by"] = json!(ended_by(end.by, event.of, call.kind));
        }
    }
    body
}

/// Who ended a leg, as seen on that leg: on the agent's, and on a call from outside, the customer is the caller.
fn ended_by(by: Party, of: LegOf, kind: CallKind) -> &'static str {
    let agent_is_called = of == LegOf::Agent || kind == CallKind::Inbound;
    match by {
        Party::Agent if agent_is_called => "callee",
        Party::Agent => "caller",
        Party::Callee if agent_is_called => "caller",
        Party::Callee => "callee",
        Party::Network | Party::Request => "system",
    }
}

/// A text message has come.
pub(super) fn of_sms(sms: &ReceivedSms<'_>, at: OffsetDateTime, knobs: &Knobs) -> Map<String, Value> {
    let mut body = envelope("sms.received", at, knobs);
    let more = [
        ("customer_id", json!(CUSTOMER_ID)),
        ("user_id", json!(sms.user)),
        ("from_no", json!(sms.from)),
        ("to_no", json!(sms.to)),
        ("text", json!(sms.text)),
    ];
    body.extend(more.map(|(name, value)| (name.to_owned(), value)));
    body
}

/// The event as one that nobody has heard of.
pub(super) fn unheard_of(mut body: Map<String, Value>) -> Map<String, Value> {
    body.insert("event_name".to_owned(), json!(UNHEARD_OF));
    body.insert("state".to_owned(), json!("SIMULATED_NOVELTY"));
    body
}

/// Numbers and truths as strings and numbers, strings of digits as numbers.
pub(super) fn with_wrong_types(body: Map<String, Value>) -> Map<String, Value> {
    let wrong = |value: Value| match value {
        Value::Number(number) => json!(number.to_string()),
        Value::Bool(flag) => json!(u8::from(flag)),
        Value::String(text) => text.parse::<u64>().map_or_else(|_| json!(text), |number| json!(number)),
        other => other,
    };
    body.into_iter().map(|(name, value)| (name, wrong(value))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn with_wrong_types_an_event_says_the_same_in_other_types() {
        let right = json!({ "call_id": 5_100_000_017_u64, "src_id": "10001", "final": true, "src_name": "Ada" });
        let Value::Object(right) = right else { unreachable!() };
        let wrong = json!({ "call_id": "5100000017", "src_id": 10_001, "final": 1, "src_name": "Ada" });
        assert_eq!(Value::Object(with_wrong_types(right)), wrong);
    }

    #[test]
    fn who_ended_a_leg_is_told_from_that_leg() {
        assert_eq!(ended_by(Party::Agent, LegOf::Customer, CallKind::AgentFirst), "caller");
        assert_eq!(ended_by(Party::Callee, LegOf::Customer, CallKind::AgentFirst), "callee");
        assert_eq!(ended_by(Party::Callee, LegOf::Agent, CallKind::AgentFirst), "caller");
        assert_eq!(ended_by(Party::Callee, LegOf::Agent, CallKind::Inbound), "caller");
        assert_eq!(ended_by(Party::Request, LegOf::Customer, CallKind::AgentFirst), "system");
    }
}
