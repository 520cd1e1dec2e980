//! `/calls`: watching, passing on and ending calls.

use dialer_domain::telephony::LiveState;
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::answer::Answer;
use super::parties::{About, call_id};
use super::provider::{Asker, Provider};
use crate::carrier::legs::{LegOf, LiveLeg};
use crate::carrier::{CallRefused, Carrier};
use crate::knobs::{BeforeAnswer, Knobs};
use crate::ledger::CallKind;

pub(super) const NOT_VALID: &str = "This value is not valid.";
pub(super) const BLANK: &str = "This value should not be blank.";
const PRICE_PER_MINUTE: f64 = 0.02;

/// `GET /calls`, which takes no parameters.
pub(super) fn list(provider: &Provider, asker: &Asker, knobs: &Knobs) -> Answer {
    let now = provider.clock.now();
    let legs = provider.carrier.live_legs();
    let seen = legs.iter().filter(|leg| asker.sees(leg.agent, knobs));
    let rows: Vec<_> = seen.map(|leg| live_row(&provider.carrier, leg, knobs, now)).collect();
    Answer::new(200, json!({ "data": rows, "total": rows.len() }))
}

/// `GET /calls/{id}`.
pub(super) fn show(provider: &Provider, id: &str, asker: &Asker, knobs: &Knobs) -> Answer {
    match id.parse().ok().and_then(|id| provider.carrier.live_leg(id)) {
        Some(leg) if !asker.sees(leg.agent, knobs) => Answer::error(403, "Access denied"),
        Some(leg) => Answer::single(200, &live_row(&provider.carrier, &leg, knobs, provider.clock.now())),
        None => gone(knobs),
    }
}

/// `PATCH /calls/{id}`: a blind transfer, picking up a call from outside, or ending any.
pub(super) fn change(provider: &Provider, id: &str, body: &[u8], asker: &Asker, knobs: &Knobs) -> Answer {
    let Ok(Value::Object(fields)) = serde_json::from_slice::<Value>(body) else { return Answer::not_an_object() };
    let Ok(call) = id.parse() else { return gone(knobs) };
    let text = |name| fields.get(name).and_then(Value::as_str);
    let carrier = &provider.carrier;
    let done = match (text("dst"), text("state")) {
        (Some(to), _) if is_destination(to) => carrier.transfer(call, to),
        (None, Some("CONNECTED")) => carrier.answer(call),
        (None, Some("HANGUP")) => carrier.hang_up(call),
        (None, Some(_)) => return Answer::invalid(&[("state", NOT_VALID)]),
        _ => return Answer::invalid(&[("dst", NOT_VALID)]),
    };
    match done {
        Ok(()) if text("dst").is_none() && text("state") == Some("HANGUP") => {
            Answer::single(200, &json!({ "id": call }))
        }
        Ok(()) => show(provider, id, asker, knobs),
        Err(refused) => call_refused(refused, knobs),
    }
}

/// `DELETE /calls/{id}`.
pub(super) fn hang_up(provider: &Provider, id: &str, knobs: &Knobs) -> Answer {
    let Ok(id) = id.parse() else { return gone(knobs) };
    match provider.carrier.hang_up(id) {
        Ok(()) => Answer::no_content(),
        Err(refused) => call_refused(refused, knobs),
    }
}

fn call_refused(refused: CallRefused, knobs: &Knobs) -> Answer {
    match refused {
        CallRefused::NoSuchCall => gone(knobs),
        CallRefused::NotNow => Answer::error(400, "Not possible in the present state of the call"),
    }
}

fn gone(knobs: &Knobs) -> Answer {
    Answer::error(knobs.gone_status, "Not found")
}

fn is_digits(text: &str, lengths: std::ops::RangeInclusive<usize>) -> bool {
    lengths.contains(&text.len()) && !text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// E.164 digits without `+`.
pub(super) fn is_number(text: &str) -> bool {
    is_digits(text, 6..=17)
}

/// A number or an extension.
pub(super) fn is_destination(text: &str) -> bool {
    is_digits(text, 3..=17)
}

pub(super) fn state_word(state: LiveState) -> &'static str {
    match state {
        LiveState::Initial => "INITIAL",
        LiveState::Ringing => "RINGING",
        LiveState::Connected => "CONNECTED",
        LiveState::OnHold => "ON_HOLD",
        LiveState::HangUp => "HANGUP",
        LiveState::Unknown => "UNKNOWN",
    }
}

fn about(leg: &LiveLeg) -> About<'_> {
    About {
        kind: leg.kind,
        of: if leg.kind == CallKind::Inbound { LegOf::Agent } else { LegOf::Customer },
        agent: leg.agent,
        number: &leg.number,
        caller_id: leg.caller_id.as_deref(),
    }
}

/// The few fields that placing a call answers with.
pub(super) fn placed_row(carrier: &Carrier, leg: &LiveLeg, knobs: &Knobs) -> Value {
    let parties = about(leg).parties(carrier, knobs);
    json!({
        "id": call_id(leg.id, knobs),
        "state": state_word(leg.state),
        "src_id": parties.src.id,
        "src_name": parties.src.name,
        "src_ua": parties.src.phone,
        "dst": parties.dst.digits,
        "dst_name": parties.dst.name,
        "dst_rate": PRICE_PER_MINUTE,
        "clid": parties.clid,
        "start_time": leg.started_at.unix_timestamp(),
    })
}

/// A row of `GET /calls`.
fn live_row(carrier: &Carrier, leg: &LiveLeg, knobs: &Knobs, now: OffsetDateTime) -> Value {
    let parties = about(leg).parties(carrier, knobs);
    let mut row = placed_row(carrier, leg, knobs);
    let more = json!({
        "parent_id": leg.parent.map(|id| call_id(id, knobs)),
        "src": parties.src.digits,
        "dst_id": parties.dst.id,
        "duration": leg.connected_at.map_or(0, |at| (now - at).whole_seconds()),
        "context": "LOCAL_USER",
        "destination": parties.destination,
        "referred_by": leg.referred_by.map(|user| user.to_string()),
    });
    if let (Value::Object(row), Value::Object(mut more)) = (&mut row, more) {
        row.append(&mut more);
        match (leg.connected_at, knobs.connected_at_before_answer) {
            (Some(at), _) => drop(row.insert("connected_at".to_owned(), at.unix_timestamp().into())),
            (None, BeforeAnswer::Null) => drop(row.insert("connected_at".to_owned(), Value::Null)),
            (None, BeforeAnswer::Missing) => {}
        }
    }
    row
}
