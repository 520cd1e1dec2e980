//! Logging in and out, and API keys.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};

use super::answer::Answer;
use super::calls::{BLANK, NOT_VALID};
use super::listing::{self, Cell, Kind, Row};
use super::provider::{Asker, Provider, Request};
use super::stamp::format_stamp;
use super::tokens::ApiKey;
use crate::knobs::Knobs;

/// Who asks. The token comes in its own header, or as the password of Basic authentication after the user's id or
/// e-mail address.
pub(super) fn authenticate(provider: &Provider, request: &Request<'_>, knobs: &Knobs) -> Result<Asker, Answer> {
    let known = |token: &str| {
        let user = provider.tokens.check(token, knobs, provider.clock.now()).ok_or_else(Answer::unauthorized)?;
        Ok(Asker { user, token: token.to_owned() })
    };
    if let Some(token) = request.token {
        return known(token);
    }
    let Some((scheme, credentials)) = request.authorization.and_then(|header| header.split_once(' ')) else {
        return Err(Answer::unauthorized());
    };
    match scheme.to_ascii_lowercase().as_str() {
        "bearer" if knobs.bearer_accepted => known(credentials),
        "basic" => {
            let plain = BASE64_STANDARD.decode(credentials).ok().and_then(|bytes| String::from_utf8(bytes).ok());
            let (name, token) = plain
                .as_deref()
                .and_then(|plain| plain.split_once(':'))
                .filter(|(name, token)| !name.is_empty() && !token.is_empty())
                .ok_or_else(|| Answer::error(400, "Failed to parse the Authorization credentials"))?;
            let asker = known(token)?;
            let user = provider.carrier.user(asker.user);
            let named = user.is_some_and(|user| user.id.to_string() == name || user.email == name);
            if named { Ok(asker) } else { Err(Answer::unauthorized()) }
        }
        _ => Err(Answer::unauthorized()),
    }
}

fn texts<const N: usize>(body: &[u8], names: [&'static str; N]) -> Result<[String; N], Answer> {
    let Ok(Value::Object(fields)) = serde_json::from_slice::<Value>(body) else { return Err(Answer::not_an_object()) };
    let text = |name: &str| fields.get(name).and_then(Value::as_str);
    let missing: Vec<_> = names.into_iter().filter(|name| text(name).is_none()).map(|name| (name, BLANK)).collect();
    if missing.is_empty() {
        Ok(names.map(|name| text(name).unwrap_or_default().to_owned()))
    } else {
        Err(Answer::invalid(&missing))
    }
}

fn wrong(message: &str) -> Answer {
    Answer::new(401, json!({ "errors": [{ "message": message }] }))
}

fn logged_in(provider: &Provider, user: u64) -> Answer {
    let token = provider.tokens.log_in(user, provider.clock.now());
    Answer::new(200, json!({ "message": "Login success", "user_token": token, "user_id": user }))
}

/// `POST /login`, whose answer is not wrapped in `data`.
pub(super) fn log_in(provider: &Provider, body: &[u8], knobs: &Knobs) -> Answer {
    let [email, password] = match texts(body, ["email", "password"]) {
        Ok(texts) => texts,
        Err(refusal) => return refusal,
    };
    match provider.carrier.users().iter().find(|user| user.email == email && user.active) {
        Some(user) if password == provider.password && knobs.two_factor => {
            Answer::new(202, json!({ "nonce": provider.tokens.ask_for_code(user.id) }))
        }
        Some(user) if password == provider.password => logged_in(provider, user.id),
        _ => wrong("Wrong e-mail address or password"),
    }
}

/// `POST /login2fa`.
pub(super) fn confirm_log_in(provider: &Provider, body: &[u8]) -> Answer {
    let [code, nonce] = match texts(body, ["code", "nonce"]) {
        Ok(texts) => texts,
        Err(refusal) => return refusal,
    };
    match provider.tokens.take_nonce(&nonce) {
        Some(user) if code == provider.two_factor_code => logged_in(provider, user),
        _ => wrong("Wrong code"),
    }
}

/// `POST /logout`.
pub(super) fn log_out(provider: &Provider, asker: &Asker) -> Answer {
    provider.tokens.log_out(&asker.token);
    Answer::new(200, json!({ "message": "Logout success" }))
}

/// `GET /apitokens`.
pub(super) fn keys(provider: &Provider, query: &str, asker: &Asker, knobs: &Knobs) -> Answer {
    let keys = provider.tokens.keys(asker.user, knobs);
    listing::list(keys.into_iter().map(|key| KeyRow { key, knobs }), query, knobs)
}

/// `POST /apitokens`: `name`, and `expiry` in seconds.
pub(super) fn create_key(provider: &Provider, body: &[u8], asker: &Asker, knobs: &Knobs) -> Answer {
    let Ok(Value::Object(fields)) = serde_json::from_slice::<Value>(body) else { return Answer::not_an_object() };
    let Some(name) = fields.get("name").and_then(Value::as_str).filter(|name| !name.trim().is_empty()) else {
        return Answer::invalid(&[("name", BLANK)]);
    };
    let expiry = match fields.get("expiry") {
        None | Some(Value::Null) => None,
        Some(given) => match given.as_u64() {
            Some(seconds) => Some(seconds),
            None => return Answer::invalid(&[("expiry", NOT_VALID)]),
        },
    };
    let idle_limit = match expiry {
        never if knobs.never_expires.contains(&never) => None,
        Some(seconds) if seconds > 0 => Some(Duration::seconds(i64::try_from(seconds).unwrap_or(i64::MAX))),
        _ => return Answer::invalid(&[("expiry", NOT_VALID)]),
    };
    match provider.tokens.create(asker.user, name, idle_limit, provider.clock.now()) {
        Ok(key) => Answer::single(201, &KeyRow { key, knobs }.render()),
        Err(super::tokens::NameTaken) => Answer::invalid(&[("name", "This value is already used.")]),
    }
}

/// `DELETE /apitokens/{token}`.
pub(super) fn delete_key(provider: &Provider, token: &str, asker: &Asker) -> Answer {
    if provider.tokens.delete(asker.user, token) { Answer::no_content() } else { Answer::not_found() }
}

struct KeyRow<'a> {
    key: ApiKey,
    knobs: &'a Knobs,
}

impl KeyRow<'_> {
    fn created_at(&self) -> OffsetDateTime {
        let at = self.key.created_at.to_offset(self.knobs.stamps_offset());
        at.replace_nanosecond(0).unwrap_or(at)
    }
}

impl Row for KeyRow<'_> {
    const PROPERTIES: &'static [(&'static str, Kind)] = &[("name", Kind::Text), ("created_at", Kind::Stamp)];

    fn cell(&self, property: &str) -> Cell<'_> {
        match property {
            "name" => Cell::Text(self.key.name.as_str().into()),
            "created_at" => Cell::Stamp(self.created_at()),
            _ => Cell::Null,
        }
    }

    fn render(&self) -> Value {
        json!({
            "token": self.key.token,
            "name": self.key.name,
            "created_at": format_stamp(self.created_at()),
            "expiry": self.key.idle_limit.map_or(0, Duration::whole_seconds),
        })
    }
}
