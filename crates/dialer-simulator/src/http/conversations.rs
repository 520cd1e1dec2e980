//! `/conversations`: calls and text messages in one list.

use serde_json::{Value, json};
use time::OffsetDateTime;

use super::answer::Answer;
use super::listing::{self, Cell, Kind, Row};
use super::provider::{Asker, Provider};
use super::stamp::format_stamp;
use crate::knobs::Knobs;

/// A call or a text message.
pub(super) struct Conversation {
    pub(super) id: u64,
    pub(super) created_at: OffsetDateTime,
    pub(super) channel: &'static str,
    pub(super) src: String,
    pub(super) dst: String,
    pub(super) seconds: u32,
    pub(super) type_letter: &'static str,
}

/// `GET /conversations`.
pub(super) fn list(provider: &Provider, query: &str, asker: &Asker, knobs: &Knobs) -> Answer {
    let mut all = provider.messages.conversations(knobs);
    all.extend(super::cdrs::conversations(provider, asker, knobs));
    all.sort_by_key(|conversation| conversation.created_at);
    listing::list(all.into_iter(), query, knobs)
}

impl Row for Conversation {
    const PROPERTIES: &'static [(&'static str, Kind)] = &[
        ("id", Kind::Integer),
        ("created_at", Kind::Stamp),
        ("channel", Kind::Text),
        ("src", Kind::Text),
        ("dst", Kind::Text),
        ("duration", Kind::Integer),
        ("type", Kind::Text),
    ];

    fn cell(&self, property: &str) -> Cell<'_> {
        match property {
            "id" => Cell::integer(self.id),
            "created_at" => Cell::Stamp(self.created_at),
            "channel" => Cell::Text(self.channel.into()),
            "src" => Cell::Text(self.src.as_str().into()),
            "dst" => Cell::Text(self.dst.as_str().into()),
            "duration" => Cell::integer(self.seconds),
            "type" => Cell::Text(self.type_letter.into()),
            _ => Cell::Null,
        }
    }

    fn render(&self) -> Value {
        json!({
            "id": self.id,
            "created_at": format_stamp(self.created_at),
            "channel": self.channel,
            "src": self.src,
            "dst": self.dst,
            "duration": self.seconds,
            "type": self.type_letter,
        })
    }
}
