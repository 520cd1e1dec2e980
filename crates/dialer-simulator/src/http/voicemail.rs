//! `/voicemessages`: what callers left when nobody answered.

use std::sync::Mutex;

use serde_json::{Value, json};
use time::OffsetDateTime;

use super::answer::Answer;
use super::listing::{self, Cell, Kind, Row};
use super::monitors::AUDIO;
use super::mp3;
use super::provider::Provider;
use super::stamp::format_stamp;
use crate::knobs::Knobs;
use crate::lock::lock;

const FIRST_ID: u64 = 80_001;

pub(super) struct VoiceMessage {
    id: u64,
    left_at: OffsetDateTime,
    /// Digits of the caller.
    caller: String,
    /// Digits that the caller dialled.
    dialled: String,
    seconds: u32,
}

#[derive(Default)]
pub(super) struct VoiceMessages(Mutex<Vec<VoiceMessage>>);

impl VoiceMessages {
    /// Keeps a message, and answers its id.
    pub(super) fn leave(&self, caller: &str, dialled: &str, seconds: u32, left_at: OffsetDateTime) -> u64 {
        let mut messages = lock(&self.0);
        let id = FIRST_ID + u64::try_from(messages.len()).unwrap_or(u64::MAX / 4);
        let (caller, dialled) = (caller.to_owned(), dialled.to_owned());
        messages.push(VoiceMessage { id, left_at, caller, dialled, seconds });
        id
    }
}

/// `GET /voicemessages`.
pub(super) fn list(provider: &Provider, query: &str, knobs: &Knobs) -> Answer {
    let messages = lock(&provider.voice_messages.0);
    listing::list(messages.iter().map(|message| VoiceRow { message, knobs }), query, knobs)
}

/// `GET /voicemessages/{id}` and `GET /voicemessages/{id}.mp3`.
pub(super) fn show(provider: &Provider, id: &str, knobs: &Knobs) -> Answer {
    let (id, audio) = id.strip_suffix(".mp3").map_or((id, false), |id| (id, true));
    let messages = lock(&provider.voice_messages.0);
    let found = id.parse().ok().and_then(|id: u64| messages.iter().find(|message| message.id == id));
    match found {
        Some(message) if audio => Answer::bytes(200, AUDIO, mp3::silence(message.seconds)),
        Some(message) => Answer::single(200, &VoiceRow { message, knobs }.render()),
        None => Answer::not_found(),
    }
}

struct VoiceRow<'a> {
    message: &'a VoiceMessage,
    knobs: &'a Knobs,
}

impl Row for VoiceRow<'_> {
    const PROPERTIES: &'static [(&'static str, Kind)] = &[
        ("id", Kind::Integer),
        ("origtime", Kind::Stamp),
        ("caller", Kind::Text),
        ("dialled", Kind::Text),
        ("duration", Kind::Integer),
        ("folder", Kind::Text),
    ];

    fn cell(&self, property: &str) -> Cell<'_> {
        match property {
            "id" => Cell::integer(self.message.id),
            "origtime" => {
                let at = self.message.left_at.to_offset(self.knobs.stamps_offset());
                Cell::Stamp(at.replace_nanosecond(0).unwrap_or(at))
            }
            "caller" => Cell::Text(self.message.caller.as_str().into()),
            "dialled" => Cell::Text(self.message.dialled.as_str().into()),
            "duration" => Cell::integer(self.message.seconds),
            "folder" => Cell::Text("INBOX".into()),
            _ => Cell::Null,
        }
    }

    fn render(&self) -> Value {
        json!({
            "id": self.message.id,
            "origtime": format_stamp(self.message.left_at.to_offset(self.knobs.stamps_offset())),
            "caller": self.message.caller,
            "dialled": self.message.dialled,
            "duration": self.message.seconds,
            "folder": "INBOX",
            "is_new": true,
        })
    }
}
