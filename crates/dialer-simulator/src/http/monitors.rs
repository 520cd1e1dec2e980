//! `/monitors`: recordings of calls.

use serde_json::{Value, json};

use super::answer::Answer;
use super::listing::{self, Cell, Kind, Row};
use super::mp3;
use super::parties::{About, Parties, call_id};
use super::provider::{Asker, Provider};
use super::stamp::format_stamp;
use crate::carrier::Carrier;
use crate::carrier::dice::Dice;
use crate::carrier::legs::LegOf;
use crate::carrier::recordings::Recording;
use crate::knobs::Knobs;
use crate::ledger::CallKind;

pub(super) const AUDIO: &str = "audio/mpeg";

struct Monitor<'a> {
    recording: Recording,
    carrier: &'a Carrier,
    knobs: &'a Knobs,
}

/// `GET /monitors`.
pub(super) fn list(provider: &Provider, query: &str, asker: &Asker, knobs: &Knobs) -> Answer {
    let carrier = provider.carrier.as_ref();
    let seen = carrier.recordings().into_iter().filter(|recording| asker.sees(recording.agent, knobs));
    listing::list(seen.map(|recording| Monitor { recording, carrier, knobs }), query, knobs)
}

/// `GET /monitors/{id}` and `GET /monitors/{id}.mp3`.
pub(super) fn show(provider: &Provider, id: &str, asker: &Asker, knobs: &Knobs) -> Answer {
    let (id, audio) = id.strip_suffix(".mp3").map_or((id, false), |id| (id, true));
    let carrier = provider.carrier.as_ref();
    let recording = id.parse().ok().and_then(|id| carrier.recording(id));
    match recording.filter(|recording| asker.sees(recording.agent, knobs)) {
        Some(recording) if audio => {
            let mut bytes = mp3::silence(recording.seconds);
            if knobs.recordings.cut_short {
                bytes.truncate(bytes.len() / 2);
            }
            Answer::bytes(200, AUDIO, bytes)
        }
        Some(recording) => Answer::single(200, &Monitor { recording, carrier, knobs }.render()),
        None => Answer::not_found(),
    }
}

impl Monitor<'_> {
    fn parties(&self) -> Parties {
        let about = About {
            kind: self.recording.kind,
            of: if self.recording.kind == CallKind::Inbound { LegOf::Agent } else { LegOf::Customer },
            agent: self.recording.agent,
            number: &self.recording.number,
            caller_id: self.recording.caller_id.as_deref(),
        };
        about.parties(self.carrier, self.knobs)
    }

    fn type_letter(&self) -> &'static str {
        if self.recording.kind == CallKind::Inbound { "I" } else { "O" }
    }

    /// What the paid add-on finds out; the same every time it is asked.
    fn findings(&self) -> Value {
        let mut dice = Dice::new(0, "sentiment", &self.recording.id.to_string(), 0);
        let (sentiment, cx_score) = match dice.unit() {
            drawn if drawn < 0.3 => ("negative", 3),
            drawn if drawn < 0.6 => ("neutral", 6),
            _ => ("positive", 9),
        };
        let lines = [("agent", "Hello, this is a simulated call."), ("customer", "Then I am a simulated customer.")];
        let transcript: Vec<_> = lines.iter().map(|(_, text)| *text).collect();
        let speakers: Vec<_> = (0..)
            .zip(lines)
            .map(|(nth, (speaker, text))| json!({ "speaker": speaker, "start": nth * 3, "text": text }))
            .collect();
        json!({
            "transcript": transcript.join("\n"),
            "transcript_speakers": speakers,
            "summary": "Two simulated people greeted each other.",
            "sentiment": sentiment,
            "cx_score": cx_score,
            "metadata": { "timeline": [{ "at": 0, "event": "greeting" }] },
        })
    }
}

impl Row for Monitor<'_> {
    const PROPERTIES: &'static [(&'static str, Kind)] = &[
        ("id", Kind::Integer),
        ("caller", Kind::Text),
        ("called", Kind::Text),
        ("type", Kind::Text),
        ("duration", Kind::Integer),
        ("timestamp", Kind::Stamp),
    ];

    fn cell(&self, property: &str) -> Cell<'_> {
        match property {
            "id" => Cell::integer(self.recording.id),
            "caller" => Cell::Text(self.parties().src.digits.into()),
            "called" => Cell::Text(self.parties().dst.digits.into()),
            "type" => Cell::Text(self.type_letter().into()),
            "duration" => Cell::integer(self.recording.seconds),
            "timestamp" => {
                let at = self.recording.started_at.to_offset(self.knobs.stamps_offset());
                Cell::Stamp(at.replace_nanosecond(0).unwrap_or(at))
            }
            _ => Cell::Null,
        }
    }

    fn render(&self) -> Value {
        let recording = &self.recording;
        let parties = self.parties();
        let mut row = json!({
            "id": recording.id,
            "timestamp": format_stamp(recording.started_at.to_offset(self.knobs.stamps_offset())),
            "caller": parties.src.digits,
            "caller_name": parties.src.name,
            "called": parties.dst.digits,
            "called_name": parties.dst.name,
            "duration": recording.seconds,
            "type": self.type_letter(),
            "size": mp3::size(recording.seconds),
            "user_id": recording.agent,
            "labels": [],
            "nb_notes": 0,
        });
        if let Value::Object(fields) = &mut row {
            if self.knobs.recordings.names_call {
                fields.insert("call_id".to_owned(), call_id(recording.call, self.knobs));
            }
            if let (true, Value::Object(mut findings)) = (self.knobs.recordings.cx, self.findings()) {
                fields.append(&mut findings);
            }
        }
        row
    }
}
