//! The double itself, apart from the provider that it plays: what is true, how its knobs stand, what it has sent.
//!
//! One of the configured tokens opens it, also where the provider would refuse it as expired.

use serde::Deserialize;
use serde_json::{Value, json};

use super::answer::Answer;
use super::calls::is_number;
use super::provider::{Provider, Request};
use crate::knobs::Knobs;
use crate::ledger::Ledger;

pub(super) const BASE: &str = "/_double";

/// Answers a request to the path below [`BASE`].
pub(super) fn answer(provider: &Provider, request: &Request<'_>, path: &str) -> Answer {
    if !request.token.is_some_and(|token| provider.tokens.is_configured(token)) {
        return Answer::error(401, "Send one of the double's tokens as X-Auth-Token");
    }
    match (request.method, path) {
        ("GET", "/ledger") => {
            let calls = Ledger::new(std::sync::Arc::clone(&provider.carrier)).calls();
            Answer::new(200, json!({ "now": provider.clock.now().unix_timestamp(), "calls": calls }))
        }
        ("GET", "/knobs") => knobs(&provider.knobs.get()),
        ("PATCH", "/knobs") => turn(provider, request.body),
        ("GET", "/webhooks") => Answer::new(200, json!({ "deliveries": provider.webhooks.entries() })),
        ("POST", "/calls") => receive_call(provider, request.body),
        ("POST", "/sms") => receive_sms(provider, request.body),
        ("POST", "/voicemessages") => receive_voice_message(provider, request.body),
        _ => Answer::error(
            404,
            "There are GET /_double/ledger, GET and PATCH /_double/knobs, GET /_double/webhooks, \
             and POST /_double/calls, /_double/sms and /_double/voicemessages",
        ),
    }
}

fn knobs(knobs: &Knobs) -> Answer {
    match serde_json::to_value(knobs) {
        Ok(knobs) => Answer::new(200, knobs),
        Err(error) => Answer::error(500, &error.to_string()),
    }
}

/// Turns the knobs that the body names, and leaves the others as they are.
fn turn(provider: &Provider, body: &[u8]) -> Answer {
    let Ok(change @ Value::Object(_)) = serde_json::from_slice::<Value>(body) else {
        return Answer::error(400, "The body is not a JSON object of knobs");
    };
    match provider.knobs.get().turned(change) {
        Ok(turned) => {
            provider.knobs.set(|knobs| *knobs = turned.clone());
            knobs(&turned)
        }
        Err(error) => Answer::error(400, &error.to_string()),
    }
}

fn read<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Answer> {
    serde_json::from_slice(body).map_err(|error| Answer::error(400, &error.to_string()))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct IncomingCall {
    from: String,
    user: u64,
}

fn receive_call(provider: &Provider, body: &[u8]) -> Answer {
    let call: IncomingCall = match read(body) {
        Ok(call) => call,
        Err(refusal) => return refusal,
    };
    if !is_number(&call.from) {
        return Answer::error(400, "`from` has to be the digits of a number");
    }
    match provider.receive_call(&call.from, call.user) {
        Ok(id) => Answer::new(201, json!({ "id": id })),
        Err(unknown) => Answer::error(400, &unknown.to_string()),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct IncomingSms {
    from: String,
    to: String,
    text: String,
}

fn receive_sms(provider: &Provider, body: &[u8]) -> Answer {
    match read::<IncomingSms>(body) {
        Ok(sms) => {
            provider.receive_sms(&sms.from, &sms.to, &sms.text);
            Answer::no_content()
        }
        Err(refusal) => refusal,
    }
}

/// An hour is longer than any provider lets people talk to a machine.
const LONGEST_MESSAGE: u32 = 3600;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct IncomingVoiceMessage {
    from: String,
    to: String,
    seconds: u32,
}

fn receive_voice_message(provider: &Provider, body: &[u8]) -> Answer {
    match read::<IncomingVoiceMessage>(body) {
        Ok(message) => {
            let seconds = message.seconds.min(LONGEST_MESSAGE);
            let id = provider.receive_voice_message(&message.from, &message.to, seconds);
            Answer::new(201, json!({ "id": id }))
        }
        Err(refusal) => refusal,
    }
}
