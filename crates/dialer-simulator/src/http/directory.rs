//! Who and what is in the account: log-in, `/me`, `/users`, `/queues` and `/ddis`.

use serde_json::{Value, json};

use super::answer::Answer;
use super::listing::{Cell, Kind, ListQuery, Row};
use super::provider::Provider;
use super::settings::SimulatedQueue;
use crate::knobs::Knobs;
use crate::users::SimulatedUser;

const CUSTOMER_ID: u64 = 90_001;

/// `POST /login`, whose answer is not wrapped in `data`.
pub(super) fn log_in(provider: &Provider, body: &[u8]) -> Answer {
    let Ok(Value::Object(fields)) = serde_json::from_slice::<Value>(body) else {
        return Answer::error(400, "The body is not a JSON object");
    };
    let text = |name: &str| fields.get(name).and_then(Value::as_str);
    let (Some(email), Some(password)) = (text("email"), text("password")) else {
        let missing: Vec<_> = ["email", "password"]
            .into_iter()
            .filter(|name| text(name).is_none())
            .map(|name| (name, "This value should not be blank."))
            .collect();
        return Answer::invalid(&missing);
    };
    match provider.carrier.users().iter().find(|user| user.email == email && user.active) {
        Some(user) if password == provider.password => {
            let token = provider.tokens.log_in(user.id, provider.clock.now());
            Answer::new(200, json!({ "message": "Login success", "user_token": token, "user_id": user.id }))
        }
        _ => Answer::new(401, json!({ "errors": [{ "message": "Wrong e-mail address or password" }] })),
    }
}

/// `GET /me`.
pub(super) fn me(provider: &Provider, user: u64) -> Answer {
    let Some(user) = provider.carrier.user(user) else { return Answer::not_found() };
    let data = json!({
        "id": user.id,
        "email": user.email,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "customer_id": CUSTOMER_ID,
        "sip_password": "simulated-sip-password-not-a-secret",
        "sip_domain": "sip.simulated.example",
    });
    Answer::single(200, &data)
}

/// All properties of small lists can be filtered by.
fn listing<R: Row>(rows: impl Iterator<Item = R>, query: &str, knobs: &Knobs) -> Answer {
    let filterable: Vec<_> = R::PROPERTIES.iter().map(|(name, _)| *name).collect();
    match ListQuery::parse::<R>(query, &filterable, knobs.default_page_limit) {
        Ok(query) => query.answer(rows),
        Err(refusal) => refusal,
    }
}

/// `GET /users`.
pub(super) fn users(provider: &Provider, query: &str, knobs: &Knobs) -> Answer {
    listing(provider.carrier.users().iter(), query, knobs)
}

/// `GET /queues`.
pub(super) fn queues(provider: &Provider, query: &str, knobs: &Knobs) -> Answer {
    listing(provider.queues.iter(), query, knobs)
}

/// `GET /ddis`.
pub(super) fn ddis(provider: &Provider, query: &str, knobs: &Knobs) -> Answer {
    let rows = (30_001..).zip(&provider.ddis).map(|(id, number)| Ddi { id, number });
    listing(rows, query, knobs)
}

impl Row for &SimulatedUser {
    const PROPERTIES: &'static [(&'static str, Kind)] = &[
        ("id", Kind::Integer),
        ("ext", Kind::Text),
        ("email", Kind::Text),
        ("first_name", Kind::Text),
        ("last_name", Kind::Text),
        ("active", Kind::Integer),
    ];

    fn cell(&self, property: &str) -> Cell<'_> {
        match property {
            "id" => Cell::integer(self.id),
            "ext" => Cell::Text(self.extension().into()),
            "email" => Cell::Text(self.email.as_str().into()),
            "first_name" => Cell::Text(self.first_name.as_str().into()),
            "last_name" => Cell::Text(self.last_name.as_str().into()),
            "active" => Cell::Integer(self.active.into()),
            _ => Cell::Null,
        }
    }

    /// `nb_sip_locations` counts the phones set up for the user, whether switched on or not.
    fn render(&self) -> Value {
        json!({
            "id": self.id,
            "ext": self.extension(),
            "email": self.email,
            "first_name": self.first_name,
            "last_name": self.last_name,
            "active": self.active,
            "dnd": false,
            "nb_sip_locations": 1,
            "cli": self.cli,
        })
    }
}

impl Row for &SimulatedQueue {
    const PROPERTIES: &'static [(&'static str, Kind)] =
        &[("id", Kind::Integer), ("name", Kind::Text), ("number", Kind::Text)];

    fn cell(&self, property: &str) -> Cell<'_> {
        match property {
            "id" => Cell::integer(self.id),
            "name" => Cell::Text(self.name.as_str().into()),
            "number" => Cell::Text(self.number.as_str().into()),
            _ => Cell::Null,
        }
    }

    fn render(&self) -> Value {
        json!({
            "id": self.id,
            "name": self.name,
            "number": self.number,
            "users": self.users,
            "ring_strategy": "A",
            "ring_time": 20,
            "skip_busy": true,
        })
    }
}

struct Ddi<'a> {
    id: u64,
    number: &'a str,
}

impl Row for Ddi<'_> {
    const PROPERTIES: &'static [(&'static str, Kind)] = &[("id", Kind::Integer), ("e164", Kind::Text)];

    fn cell(&self, property: &str) -> Cell<'_> {
        match property {
            "id" => Cell::integer(self.id),
            "e164" => Cell::Text(self.number.into()),
            _ => Cell::Null,
        }
    }

    fn render(&self) -> Value {
        json!({ "id": self.id, "e164": self.number })
    }
}
