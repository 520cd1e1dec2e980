//! `POST /calls`, `/webcalls` and `/leadcalls`: placing calls.

use serde_json::{Map, Value, json};
use time::Duration;

use super::answer::Answer;
use super::calls::{BLANK, NOT_VALID, is_destination, is_number, placed_row};
use super::provider::{Asker, Provider};
use crate::carrier::{AgentLeg, CustomerFirstOrder, DialOrder, DialRefused, SecondParty};
use crate::knobs::{AnswerState, CustomerFirstAccount, CustomerFirstAnswer, DialAnswer, KeyRights, Knobs};

/// How long speaking one letter takes.
const LETTER: Duration = Duration::milliseconds(70);

/// The number that a request asks to call, where its body holds one.
pub(super) fn number_dialed(body: &[u8]) -> Option<String> {
    serde_json::from_slice::<Value>(body).ok()?.get("to")?.as_str().map(str::to_owned)
}

fn fields(body: &[u8]) -> Result<Map<String, Value>, Answer> {
    match serde_json::from_slice(body) {
        Ok(Value::Object(fields)) => Ok(fields),
        _ => Err(Answer::not_an_object()),
    }
}

/// `POST /calls`.
pub(super) async fn place(provider: &Provider, body: &[u8], asker: &Asker, knobs: &Knobs) -> Answer {
    let order = match dial_order(provider, body, asker, knobs) {
        Ok(order) => order,
        Err(refusal) => return refusal,
    };
    if order.caller_id.is_some() && !knobs.caller_id_allowed {
        return Answer::error(400, "No CLI prefix set");
    }
    if let Some(refusal) = &knobs.refuse_dials {
        return Answer::error(refusal.status, &refusal.message);
    }
    let id = match provider.carrier.place(order) {
        Ok(id) => id,
        Err(refused) => return dial_refused(provider, refused, knobs).await,
    };
    let answer_state = (knobs.dial_answer == DialAnswer::WhenAgentAnswers).then_some(knobs.answer_state);
    answer(provider, id, answer_state.is_some(), answer_state, knobs).await
}

/// The answer to the call that was placed as `id`, once whoever is rung first has picked up where it waits for that.
async fn answer(provider: &Provider, id: u64, waits: bool, shows: Option<AnswerState>, knobs: &Knobs) -> Answer {
    let at = if waits {
        match provider.carrier.agent_leg(id).await {
            AgentLeg::Answered { at } => at,
            AgentLeg::NotAnswered => return Answer::error(knobs.agent_no_answer_status, "The user did not answer"),
            AgentLeg::HungUp => return Answer::error(knobs.agent_no_answer_status, "The call was canceled"),
        }
    } else {
        provider.clock.now()
    };
    // As it stood at that instant: with a fast clock the other may have answered since.
    match provider.carrier.placed_leg(id, at) {
        Some(leg) => {
            let mut row = placed_row(&provider.carrier, &leg, knobs);
            if shows == Some(AnswerState::AgentLeg) {
                row["state"] = json!("CONNECTED");
            }
            Answer::new(201, json!({ "data": row }))
        }
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

/// Reads a field, and notes what is wrong with it.
fn read<'a>(
    fields: &'a Map<String, Value>,
    name: &'static str,
    good: fn(&str) -> bool,
    problems: &mut Vec<(&'static str, &'static str)>,
) -> Option<&'a str> {
    match fields.get(name) {
        None | Some(Value::Null) => {
            problems.push((name, BLANK));
            None
        }
        Some(Value::String(digits)) if good(digits) => Some(digits),
        Some(_) => {
            problems.push((name, NOT_VALID));
            None
        }
    }
}

/// Reads `to`, `from` and `caller_id`, and names every field that is not valid.
fn dial_order(provider: &Provider, body: &[u8], asker: &Asker, knobs: &Knobs) -> Result<DialOrder, Answer> {
    let fields = fields(body)?;
    let mut problems = Vec::new();
    let number = read(&fields, "to", is_destination, &mut problems).map(str::to_owned);
    let agent = match fields.get("from") {
        None | Some(Value::Null) if knobs.from_optional => Some(asker.user),
        None | Some(Value::Null) => None,
        Some(Value::String(id)) => id.parse().ok(),
        Some(id) => id.as_u64(),
    };
    let agent = agent.filter(|agent| provider.carrier.user(*agent).is_some());
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
        (Some(_), Some(agent)) if knobs.key_rights == KeyRights::OwnUser && agent != asker.user => {
            Err(Answer::error(403, "Access denied"))
        }
        (Some(number), Some(agent)) if problems.is_empty() => Ok(DialOrder { agent, number, caller_id }),
        _ => Err(Answer::invalid(&problems)),
    }
}

/// `POST /webcalls`: `from` is rung first, then `to`, which may be the extension of a user or a queue.
pub(super) async fn web_call(provider: &Provider, body: &[u8], asker: &Asker, knobs: &Knobs) -> Answer {
    if knobs.customer_first == CustomerFirstAccount::NotFound {
        return Answer::not_found();
    }
    let fields = match fields(body) {
        Ok(fields) => fields,
        Err(refusal) => return refusal,
    };
    let mut problems = Vec::new();
    let number = read(&fields, "from", is_number, &mut problems);
    let to = read(&fields, "to", is_destination, &mut problems);
    let second = to.and_then(|to| second_party(provider, to));
    if to.is_some() && second.is_none() {
        problems.push(("to", NOT_VALID));
    }
    match (number, second) {
        (Some(number), Some(second)) if problems.is_empty() => {
            let order = CustomerFirstOrder { number: number.to_owned(), second, caller_id: None, asked_by: asker.user };
            customer_first(provider, order, knobs).await
        }
        _ => Answer::invalid(&problems),
    }
}

/// Whom `to` of a customer-first call means.
fn second_party(provider: &Provider, to: &str) -> Option<SecondParty> {
    let user = provider.carrier.users().iter().find(|user| user.extension() == to);
    if let Some(user) = user {
        return Some(SecondParty::FirstFree(vec![user.id]));
    }
    if provider.queues.is_waiting_place(to) {
        return Some(SecondParty::Later);
    }
    let members = provider.queues.available(to);
    members.map(SecondParty::FirstFree).or_else(|| is_number(to).then_some(SecondParty::Outsider))
}

/// `POST /leadcalls`: `to` is rung and hears `tts`.
pub(super) async fn lead_call(provider: &Provider, body: &[u8], asker: &Asker, knobs: &Knobs) -> Answer {
    let fields = match fields(body) {
        Ok(fields) => fields,
        Err(refusal) => return refusal,
    };
    let text = |name| fields.get(name).and_then(Value::as_str);
    let Some(caller_id) = text("caller_id").filter(|number| provider.ddis.iter().any(|ddi| ddi == number)) else {
        return Answer::error(400, "DDI not found");
    };
    let mut problems = Vec::new();
    let number = read(&fields, "to", is_destination, &mut problems);
    let speech = read(&fields, "tts", |text| !text.trim().is_empty(), &mut problems);
    let (Some(number), Some(speech)) = (number, speech) else { return Answer::invalid(&problems) };
    let letters = i32::try_from(speech.chars().count()).unwrap_or(i32::MAX);
    let order = CustomerFirstOrder {
        number: number.to_owned(),
        second: SecondParty::Speech(LETTER * letters),
        caller_id: Some(caller_id.to_owned()),
        asked_by: asker.user,
    };
    customer_first(provider, order, knobs).await
}

async fn customer_first(provider: &Provider, order: CustomerFirstOrder, knobs: &Knobs) -> Answer {
    match knobs.customer_first {
        CustomerFirstAccount::Enabled => {
            let id = provider.carrier.place_customer_first(order);
            let waits = knobs.customer_first_answer == CustomerFirstAnswer::WhenCustomerAnswers;
            answer(provider, id, waits, None, knobs).await
        }
        CustomerFirstAccount::RateRefused => {
            Answer::error(400, &format!("Maximum per minute call rate exceeded for {}", order.number))
        }
        CustomerFirstAccount::NotFound => Answer::not_found(),
    }
}
