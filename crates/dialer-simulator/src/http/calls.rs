//! `/calls`: placing, watching, passing on and ending calls.

use dialer_domain::telephony::LiveState;
use serde_json::{Map, Value, json};
use time::OffsetDateTime;

use super::answer::Answer;
use super::provider::Provider;
use crate::carrier::legs::LiveLeg;
use crate::carrier::{AgentLeg, CallRefused, Carrier, DialOrder, DialRefused};
use crate::knobs::{DialAnswer, Knobs};

const NOT_VALID: &str = "This value is not valid.";
const PRICE_PER_MINUTE: f64 = 0.02;
pub(super) const AGENT_PHONE: &str = "Simulated phone 1.0";

/// The number that a request asks to call, where its body holds one.
pub(super) fn number_dialed(body: &[u8]) -> Option<String> {
    serde_json::from_slice::<Value>(body).ok()?.get("to")?.as_str().map(str::to_owned)
}

/// `POST /calls`.
pub(super) async fn place(provider: &Provider, body: &[u8], user: u64, knobs: &Knobs) -> Answer {
    let carrier = &provider.carrier;
    let order = match dial_order(carrier, body, user) {
        Ok(order) => order,
        Err(refusal) => return refusal,
    };
    if order.caller_id.is_some() && !knobs.caller_id_allowed {
        return Answer::error(400, "No CLI prefix set");
    }
    if let Some(refusal) = &knobs.refuse_dials {
        return Answer::error(refusal.status, &refusal.message);
    }
    let id = match carrier.place(order) {
        Ok(id) => id,
        Err(refused) => return dial_refused(provider, refused, knobs).await,
    };
    let answered_at = match knobs.dial_answer {
        DialAnswer::AtOnce => provider.clock.now(),
        DialAnswer::WhenAgentAnswers => match carrier.agent_leg(id).await {
            AgentLeg::Answered { at } => at,
            AgentLeg::NotAnswered => return Answer::error(knobs.agent_no_answer_status, "The user did not answer"),
            AgentLeg::HungUp => return Answer::error(knobs.agent_no_answer_status, "The call was canceled"),
        },
    };
    // As it stood at that instant: with a fast clock the customer may have answered since.
    match carrier.leg_at(id, answered_at) {
        Some(leg) => Answer::new(201, json!({ "data": placed_row(carrier, &leg) })),
        None => Answer::error(500, "The call was lost"),
    }
}

async fn dial_refused(provider: &Provider, refused: DialRefused, knobs: &Knobs) -> Answer {
    match refused {
        DialRefused::UnknownAgent => Answer::invalid(&[("from", NOT_VALID)]),
        DialRefused::InactiveAgent if knobs.agent_inactive_status == 400 => Answer::invalid(&[("from", NOT_VALID)]),
        DialRefused::InactiveAgent => Answer::error(knobs.agent_inactive_status, "The user is not active"),
        DialRefused::BusyAgent => Answer::error(knobs.agent_busy_status, "The user is busy"),
        DialRefused::NoDevice => {
            provider.clock.sleep(provider.carrier.no_device_delay()).await;
            Answer::error(412, "Unable to make a call with no VoIP clients registered")
        }
    }
}

/// Reads `to`, `from` and `caller_id`, and names every field that is not valid.
fn dial_order(carrier: &Carrier, body: &[u8], user: u64) -> Result<DialOrder, Answer> {
    let Ok(Value::Object(fields)) = serde_json::from_slice(body) else {
        return Err(Answer::error(400, "The body is not a JSON object"));
    };
    let mut problems = Vec::new();
    let number = match fields.get("to") {
        None | Some(Value::Null) => {
            problems.push(("to", "This value should not be blank."));
            None
        }
        Some(Value::String(digits)) if is_destination(digits) => Some(digits.clone()),
        Some(_) => {
            problems.push(("to", NOT_VALID));
            None
        }
    };
    let agent = match fields.get("from") {
        None | Some(Value::Null) => Some(user),
        Some(Value::String(id)) => id.parse().ok(),
        Some(id) => id.as_u64(),
    };
    let agent = agent.filter(|agent| carrier.user(*agent).is_some());
    if agent.is_none() {
        problems.push(("from", NOT_VALID));
    }
    let caller_id = match fields.get("caller_id") {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) if text == "anonymous" || is_number(text) => Some(text.clone()),
        Some(_) => {
            problems.push(("caller_id", NOT_VALID));
            None
        }
    };
    match (number, agent) {
        (Some(number), Some(agent)) if problems.is_empty() => Ok(DialOrder { agent, number, caller_id }),
        _ => Err(Answer::invalid(&problems)),
    }
}

fn is_digits(text: &str, lengths: std::ops::RangeInclusive<usize>) -> bool {
    lengths.contains(&text.len()) && !text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// E.164 digits without `+`.
fn is_number(text: &str) -> bool {
    is_digits(text, 6..=17)
}

/// A number or an extension.
fn is_destination(text: &str) -> bool {
    is_digits(text, 3..=17)
}

/// `GET /calls`, which takes no parameters.
pub(super) fn list(provider: &Provider) -> Answer {
    let now = provider.clock.now();
    let rows: Vec<_> = provider.carrier.live_legs().iter().map(|leg| live_row(&provider.carrier, leg, now)).collect();
    Answer::new(200, json!({ "data": rows, "total": rows.len() }))
}

/// `GET /calls/{id}`.
pub(super) fn show(provider: &Provider, id: &str) -> Answer {
    match id.parse().ok().and_then(|id| provider.carrier.live_leg(id)) {
        Some(leg) => Answer::single(200, &live_row(&provider.carrier, &leg, provider.clock.now())),
        None => Answer::not_found(),
    }
}

/// `PATCH /calls/{id}`: a blind transfer.
pub(super) fn transfer(provider: &Provider, id: &str, body: &[u8]) -> Answer {
    let Ok(Value::Object(fields)) = serde_json::from_slice::<Value>(body) else {
        return Answer::error(400, "The body is not a JSON object");
    };
    if !fields.get("dst").and_then(Value::as_str).is_some_and(is_destination) {
        return Answer::invalid(&[("dst", NOT_VALID)]);
    }
    let Ok(call) = id.parse() else { return Answer::not_found() };
    match provider.carrier.transfer(call) {
        Ok(()) => show(provider, id),
        Err(refused) => call_refused(refused),
    }
}

/// `DELETE /calls/{id}`.
pub(super) fn hang_up(provider: &Provider, id: &str) -> Answer {
    let Ok(id) = id.parse() else { return Answer::not_found() };
    match provider.carrier.hang_up(id) {
        Ok(()) => Answer::no_content(),
        Err(refused) => call_refused(refused),
    }
}

fn call_refused(refused: CallRefused) -> Answer {
    match refused {
        CallRefused::NoSuchCall => Answer::not_found(),
        CallRefused::NotNow => Answer::error(400, "Not possible in the present state of the call"),
    }
}

fn state_word(state: LiveState) -> &'static str {
    match state {
        LiveState::Initial => "INITIAL",
        LiveState::Ringing => "RINGING",
        LiveState::Connected => "CONNECTED",
        LiveState::OnHold => "ON_HOLD",
        LiveState::HangUp => "HANGUP",
        LiveState::Unknown => "UNKNOWN",
    }
}

/// The digits that the customer sees.
pub(super) fn shown_number(carrier: &Carrier, agent: u64, caller_id: Option<&str>) -> String {
    let own = || carrier.user(agent).map(|user| user.cli.clone().unwrap_or_else(|| user.extension()));
    caller_id.map(str::to_owned).or_else(own).unwrap_or_default()
}

/// A number as the provider writes a caller's.
pub(super) fn clid(shown: &str) -> String {
    format!("\"+{shown}\" <+{shown}>")
}

/// Where a number is, in words.
pub(super) fn destination_label(number: &str) -> &'static str {
    match number {
        _ if number.len() <= 5 => "Extension",
        _ if number.starts_with("447") => "United Kingdom Mobile",
        _ if number.starts_with("44") => "United Kingdom",
        _ if number.starts_with('1') => "United States and Canada",
        _ => "International",
    }
}

/// The few fields that `POST /calls` answers with.
fn placed_row(carrier: &Carrier, leg: &LiveLeg) -> Value {
    let shown = shown_number(carrier, leg.agent, leg.caller_id.as_deref());
    json!({
        "id": leg.id,
        "state": state_word(leg.state),
        "src_id": leg.agent.to_string(),
        "src_name": carrier.user(leg.agent).map(crate::SimulatedUser::name),
        "src_ua": AGENT_PHONE,
        "dst": leg.number,
        "dst_name": destination_label(&leg.number),
        "dst_rate": PRICE_PER_MINUTE,
        "clid": clid(&shown),
        "start_time": leg.started_at.unix_timestamp(),
    })
}

/// A row of `GET /calls`.
fn live_row(carrier: &Carrier, leg: &LiveLeg, now: OffsetDateTime) -> Value {
    let mut row = placed_row(carrier, leg);
    let more = json!({
        "parent_id": leg.parent,
        "src": shown_number(carrier, leg.agent, leg.caller_id.as_deref()),
        "dst_id": "0",
        "duration": leg.connected_at.map_or(0, |at| (now - at).whole_seconds()),
        "context": "LOCAL_USER",
        "destination": "out",
    });
    if let (Value::Object(row), Value::Object(mut more)) = (&mut row, more) {
        row.append(&mut more);
        add_connected_at(row, leg);
    }
    row
}

/// Before the answer the key is missing.
fn add_connected_at(row: &mut Map<String, Value>, leg: &LiveLeg) {
    if let Some(at) = leg.connected_at {
        row.insert("connected_at".to_owned(), at.unix_timestamp().into());
    }
}
