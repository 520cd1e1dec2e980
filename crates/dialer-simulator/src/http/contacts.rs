//! `/contacts`: the account's address book.

use std::collections::BTreeMap;
use std::sync::Mutex;

use serde_json::{Map, Value, json};

use super::answer::Answer;
use super::calls::NOT_VALID;
use super::listing::{self, Cell, Kind, Row};
use super::provider::Provider;
use super::stamp::format_stamp;
use crate::knobs::Knobs;
use crate::lock::lock;

const FIRST_ID: u64 = 60_001;
/// What a contact may hold; other fields are passed over.
const FIELDS: [&str; 24] = [
    "first_name",
    "last_name",
    "email",
    "company",
    "tel",
    "tel_1",
    "tel_2",
    "mobile",
    "mobile_1",
    "mobile_2",
    "speed_dial_tel",
    "speed_dial_mobile",
    "notes",
    "labels",
    "group_name",
    "groups",
    "global",
    "internal",
    "user_id",
    "rel_user_id",
    "type",
    "dialler_source_id",
    "outcome_id",
    "transfer_list",
];
const NUMBERS: [&str; 6] = ["tel", "tel_1", "tel_2", "mobile", "mobile_1", "mobile_2"];

type Contact = Map<String, Value>;

#[derive(Default)]
pub(super) struct Contacts(Mutex<BTreeMap<u64, Contact>>);

/// The fields of `body` that a contact has, with every field that is not valid named.
fn read(body: &Map<String, Value>) -> Result<Contact, Answer> {
    let digits = |text: &str| (5..=17).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    let wrong = |name: &&&str| match body.get(**name) {
        None | Some(Value::Null) => false,
        Some(Value::String(text)) => !text.is_empty() && !digits(text),
        Some(_) => true,
    };
    let problems: Vec<_> = NUMBERS.iter().filter(wrong).map(|name| (*name, NOT_VALID)).collect();
    if !problems.is_empty() {
        return Err(Answer::invalid(&problems));
    }
    let known = body.iter().filter(|(name, _)| FIELDS.contains(&name.as_str()));
    Ok(known.map(|(name, value)| (name.clone(), value.clone())).collect())
}

/// `GET /contacts`.
pub(super) fn list(provider: &Provider, query: &str, knobs: &Knobs) -> Answer {
    let contacts = lock(&provider.contacts.0);
    listing::list(contacts.iter().map(|(id, contact)| ContactRow(*id, contact)), query, knobs)
}

/// `GET /contacts/{id}`.
pub(super) fn show(provider: &Provider, id: &str) -> Answer {
    let contacts = lock(&provider.contacts.0);
    match id.parse().ok().and_then(|id| contacts.get_key_value(&id)) {
        Some((id, contact)) => Answer::single(200, &ContactRow(*id, contact).render()),
        None => Answer::not_found(),
    }
}

/// `POST /contacts`.
pub(super) fn create(provider: &Provider, body: &[u8], knobs: &Knobs) -> Answer {
    let Ok(Value::Object(fields)) = serde_json::from_slice(body) else { return Answer::not_an_object() };
    let mut contact = match read(&fields) {
        Ok(contact) => contact,
        Err(refusal) => return refusal,
    };
    let created_at = provider.clock.now().to_offset(knobs.stamps_offset());
    contact.insert("created_at".to_owned(), json!(format_stamp(created_at)));
    let mut contacts = lock(&provider.contacts.0);
    let id = contacts.last_key_value().map_or(FIRST_ID, |(id, _)| id + 1);
    let row = ContactRow(id, &contact).render();
    contacts.insert(id, contact);
    Answer::single(201, &row)
}

/// `PATCH /contacts/{id}`: an object; and `PATCH /contacts`: a list of objects that name their `id`.
pub(super) fn change(provider: &Provider, id: Option<&str>, body: &[u8]) -> Answer {
    let changes: Vec<(u64, Contact)> = match (id, serde_json::from_slice(body)) {
        (Some(id), Ok(Value::Object(fields))) => match (id.parse(), read(&fields)) {
            (Ok(id), Ok(change)) => vec![(id, change)],
            (Err(_), _) => return Answer::not_found(),
            (_, Err(refusal)) => return refusal,
        },
        (None, Ok(Value::Array(rows))) => {
            let one = |row: &Value| {
                let fields = row.as_object().ok_or_else(Answer::not_an_object)?;
                let id =
                    fields.get("id").and_then(Value::as_u64).ok_or_else(|| Answer::invalid(&[("id", NOT_VALID)]))?;
                read(fields).map(|change| (id, change))
            };
            match rows.iter().map(one).collect() {
                Ok(changes) => changes,
                Err(refusal) => return refusal,
            }
        }
        _ => return Answer::not_an_object(),
    };
    let mut contacts = lock(&provider.contacts.0);
    if changes.iter().any(|(id, _)| !contacts.contains_key(id)) {
        return Answer::not_found();
    }
    let mut rows = Vec::new();
    for (id, change) in changes {
        if let Some(contact) = contacts.get_mut(&id) {
            contact.extend(change);
            rows.push(ContactRow(id, contact).render());
        }
    }
    match (id, rows.as_slice()) {
        (Some(_), [row]) => Answer::single(200, row),
        _ => Answer::new(200, json!({ "data": rows, "total": rows.len() })),
    }
}

/// `DELETE /contacts/{id}`, or several with commas between; all of them or none.
pub(super) fn delete(provider: &Provider, ids: &str) -> Answer {
    let Ok(ids) = ids.split(',').map(str::parse).collect::<Result<Vec<u64>, _>>() else { return Answer::not_found() };
    let mut contacts = lock(&provider.contacts.0);
    if ids.iter().any(|id| !contacts.contains_key(id)) {
        return Answer::not_found();
    }
    contacts.retain(|id, _| !ids.contains(id));
    Answer::no_content()
}

struct ContactRow<'a>(u64, &'a Contact);

impl Row for ContactRow<'_> {
    const PROPERTIES: &'static [(&'static str, Kind)] = &[
        ("id", Kind::Integer),
        ("first_name", Kind::Text),
        ("last_name", Kind::Text),
        ("email", Kind::Text),
        ("company", Kind::Text),
        ("tel", Kind::Text),
        ("mobile", Kind::Text),
        ("created_at", Kind::Text),
    ];

    fn cell(&self, property: &str) -> Cell<'_> {
        match property {
            "id" => Cell::integer(self.0),
            _ => self.1.get(property).and_then(Value::as_str).map_or(Cell::Null, |text| Cell::Text(text.into())),
        }
    }

    fn render(&self) -> Value {
        let mut row = self.1.clone();
        row.insert("id".to_owned(), json!(self.0));
        Value::Object(row)
    }
}
