//! Who and what is in the account: `/me`, `/users` and `/ddis`.

use serde_json::{Value, json};

use super::answer::Answer;
use super::listing::{self, Cell, Kind, Row};
use super::provider::Provider;
use crate::knobs::{DdiField, Knobs};
use crate::users::SimulatedUser;

pub(super) const CUSTOMER_ID: u64 = 90_001;

/// `GET /me`.
pub(super) fn me(provider: &Provider, user: u64) -> Answer {
    let Some(user) = provider.carrier.user(user) else { return Answer::not_found() };
    let data = json!({
        "id": user.id,
        "email": user.email,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "customer_id": CUSTOMER_ID,
        "sip_password": provider.sip_password,
        "sip_domain": provider.sip_domain,
    });
    Answer::single(200, &data)
}

/// `GET /users`.
pub(super) fn users(provider: &Provider, query: &str, knobs: &Knobs) -> Answer {
    listing::list(provider.carrier.users().iter(), query, knobs)
}

/// `GET /ddis`.
pub(super) fn ddis(provider: &Provider, query: &str, knobs: &Knobs) -> Answer {
    let rows = (30_001..).zip(&provider.ddis).map(|(id, number)| Ddi { id, number, field: knobs.ddi_field });
    listing::list(rows, query, knobs)
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

struct Ddi<'a> {
    id: u64,
    number: &'a str,
    field: DdiField,
}

impl Ddi<'_> {
    fn field(&self) -> &'static str {
        match self.field {
            DdiField::E164 => "e164",
            DdiField::Number => "number",
        }
    }
}

impl Row for Ddi<'_> {
    const PROPERTIES: &'static [(&'static str, Kind)] =
        &[("id", Kind::Integer), ("e164", Kind::Text), ("number", Kind::Text)];

    fn cell(&self, property: &str) -> Cell<'_> {
        match property {
            "id" => Cell::integer(self.id),
            _ if property == self.field() => Cell::Text(self.number.into()),
            _ => Cell::Null,
        }
    }

    fn render(&self) -> Value {
        json!({ "id": self.id, self.field(): self.number })
    }
}
