//! `/sms`: text messages, sent and received.

use std::sync::Mutex;

use serde_json::{Value, json};
use time::OffsetDateTime;

use super::answer::Answer;
use super::calls::{BLANK, NOT_VALID, is_number};
use super::conversations::Conversation;
use super::listing::{self, Cell, Kind, Row};
use super::provider::{Asker, Provider};
use super::stamp::format_stamp;
use crate::knobs::Knobs;
use crate::lock::lock;

const FIRST_ID: u64 = 70_001;

/// A text message.
#[derive(Clone)]
pub(super) struct Message {
    id: u64,
    created_at: OffsetDateTime,
    /// Digits, or a name.
    from: String,
    to: String,
    received: bool,
    text: String,
}

#[derive(Default)]
pub(super) struct Messages(Mutex<Vec<Message>>);

impl Messages {
    fn add(&self, message: Message) -> Message {
        let mut messages = lock(&self.0);
        let id = FIRST_ID + u64::try_from(messages.len()).unwrap_or(u64::MAX / 4);
        let message = Message { id, ..message };
        messages.push(message.clone());
        message
    }

    /// Notes a message from outside, and answers which one from that sender it is, from 0.
    pub(super) fn receive(&self, from: &str, to: &str, text: &str, at: OffsetDateTime) -> u32 {
        let message = Message {
            id: 0,
            created_at: at,
            from: from.to_owned(),
            to: to.to_owned(),
            received: true,
            text: text.to_owned(),
        };
        let message = self.add(message);
        let earlier = |other: &&Message| other.received && other.from == message.from && other.id < message.id;
        u32::try_from(lock(&self.0).iter().filter(earlier).count()).unwrap_or(u32::MAX)
    }
}

impl Messages {
    /// Messages as conversations.
    pub(super) fn conversations(&self, knobs: &Knobs) -> Vec<Conversation> {
        let conversation = |message: &Message| {
            let row = MessageRow { message, knobs };
            Conversation {
                id: message.id,
                created_at: row.created_at(),
                channel: "sms",
                src: message.from.clone(),
                dst: message.to.clone(),
                seconds: 0,
                type_letter: row.type_letter(),
            }
        };
        lock(&self.0).iter().map(conversation).collect()
    }
}

/// `GET /sms`.
pub(super) fn list(provider: &Provider, query: &str, knobs: &Knobs) -> Answer {
    let messages = lock(&provider.messages.0);
    listing::list(messages.iter().map(|message| MessageRow { message, knobs }), query, knobs)
}

/// `POST /sms`.
pub(super) fn send(provider: &Provider, body: &[u8], asker: &Asker, knobs: &Knobs) -> Answer {
    let Ok(Value::Object(fields)) = serde_json::from_slice(body) else { return Answer::not_an_object() };
    let text = |name: &str| fields.get(name).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty());
    let mut problems = Vec::new();
    match text("to") {
        None => problems.push(("to", BLANK)),
        Some(to) if !is_number(to) => problems.push(("to", NOT_VALID)),
        Some(_) => {}
    }
    if text("message").is_none() {
        problems.push(("message", BLANK));
    }
    let (Some(to), Some(message), true) = (text("to"), text("message"), problems.is_empty()) else {
        return Answer::invalid(&problems);
    };
    let own = || provider.carrier.user(asker.user).and_then(|user| user.cli.clone()).unwrap_or_default();
    let sent = provider.messages.add(Message {
        id: 0,
        created_at: provider.clock.now(),
        from: text("from").map_or_else(own, str::to_owned),
        to: to.to_owned(),
        received: false,
        text: message.to_owned(),
    });
    Answer::single(201, &MessageRow { message: &sent, knobs }.render())
}

struct MessageRow<'a> {
    message: &'a Message,
    knobs: &'a Knobs,
}

impl MessageRow<'_> {
    fn type_letter(&self) -> &'static str {
        if self.message.received { "I" } else { "O" }
    }

    fn created_at(&self) -> OffsetDateTime {
        let at = self.message.created_at.to_offset(self.knobs.stamps_offset());
        at.replace_nanosecond(0).unwrap_or(at)
    }
}

impl Row for MessageRow<'_> {
    const PROPERTIES: &'static [(&'static str, Kind)] = &[
        ("id", Kind::Integer),
        ("created_at", Kind::Stamp),
        ("from", Kind::Text),
        ("to", Kind::Text),
        ("type", Kind::Text),
        ("message", Kind::Text),
    ];

    fn cell(&self, property: &str) -> Cell<'_> {
        match property {
            "id" => Cell::integer(self.message.id),
            "created_at" => Cell::Stamp(self.created_at()),
            "from" => Cell::Text(self.message.from.as_str().into()),
            "to" => Cell::Text(self.message.to.as_str().into()),
            "type" => Cell::Text(self.type_letter().into()),
            "message" => Cell::Text(self.message.text.as_str().into()),
            _ => Cell::Null,
        }
    }

    fn render(&self) -> Value {
        json!({
            "id": self.message.id,
            "created_at": format_stamp(self.created_at()),
            "from": self.message.from,
            "to": self.message.to,
            "type": self.type_letter(),
            "message": self.message.text,
        })
    }
}
