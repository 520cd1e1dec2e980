//! `/cdrs`: what is kept of calls that are over.

use dialer_domain::telephony::RecordResult;
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::answer::Answer;
use super::conversations::Conversation;
use super::listing::{Cell, Kind, ListQuery, Row};
use super::parties::{About, Parties, call_id};
use super::provider::{Asker, Provider};
use super::stamp::format_stamp;
use crate::carrier::Carrier;
use crate::carrier::legs::{LegOf, LegRecord};
use crate::knobs::{CdrCallId, Knobs};
use crate::ledger::CallKind;

struct Cdr<'a> {
    record: &'a LegRecord,
    carrier: &'a Carrier,
    knobs: &'a Knobs,
}

/// `GET /cdrs`.
pub(super) fn list(provider: &Provider, query: &str, asker: &Asker, knobs: &Knobs) -> Answer {
    let carrier = provider.carrier.as_ref();
    let filterable: Vec<_> = knobs.cdr_filters.iter().map(String::as_str).collect();
    match ListQuery::parse::<Cdr<'_>>(query, &filterable, knobs) {
        Ok(query) => carrier.with_records(|records| {
            let seen = records.iter().filter(|record| asker.sees(record.agent, knobs));
            query.answer(seen.map(|record| Cdr { record, carrier, knobs }))
        }),
        Err(refusal) => refusal,
    }
}

/// `GET /cdrs/{id}`.
pub(super) fn show(provider: &Provider, id: &str, asker: &Asker, knobs: &Knobs) -> Answer {
    let carrier = provider.carrier.as_ref();
    carrier.with_records(|records| {
        let record = id.parse().ok().and_then(|id: u64| records.iter().find(|record| record.id == id));
        match record {
            Some(record) if asker.sees(record.agent, knobs) => {
                Answer::single(200, &Cdr { record, carrier, knobs }.render())
            }
            _ => Answer::not_found(),
        }
    })
}

/// Calls as conversations.
pub(super) fn conversations(provider: &Provider, asker: &Asker, knobs: &Knobs) -> Vec<Conversation> {
    let carrier = provider.carrier.as_ref();
    let conversation = |cdr: &Cdr<'_>| {
        let parties = cdr.parties();
        Conversation {
            id: cdr.record.id,
            created_at: cdr.calldate(),
            channel: "call",
            src: parties.src.digits,
            dst: parties.dst.digits,
            seconds: cdr.record.total_seconds,
            type_letter: cdr.type_letter(),
        }
    };
    carrier.with_records(|records| {
        let seen = records.iter().filter(|record| asker.sees(record.agent, knobs));
        seen.map(|record| conversation(&Cdr { record, carrier, knobs })).collect()
    })
}

impl Cdr<'_> {
    fn disposition(&self) -> &'static str {
        match self.record.result {
            RecordResult::Connected => "CONNECTED",
            RecordResult::NoAnswer | RecordResult::Canceled => "NO ANSWER",
            RecordResult::Busy => "BUSY",
            RecordResult::InvalidNumber | RecordResult::Failed => "FAILED",
        }
    }

    fn type_letter(&self) -> &'static str {
        match (self.record.kind, self.record.result) {
            (CallKind::Inbound, RecordResult::Connected) => "I",
            (CallKind::Inbound, _) => "M",
            _ => "O",
        }
    }

    /// Stamps have whole seconds, and a zone that they do not tell.
    fn calldate(&self) -> OffsetDateTime {
        let started_at = self.record.started_at.to_offset(self.knobs.stamps_offset());
        started_at.replace_nanosecond(0).unwrap_or(started_at)
    }

    fn parties(&self) -> Parties {
        let about = About {
            kind: self.record.kind,
            of: self.record.of,
            agent: self.record.agent,
            number: &self.record.number,
            caller_id: self.record.caller_id.as_deref(),
        };
        about.parties(self.carrier, self.knobs)
    }

    fn call_id(&self) -> u64 {
        match self.knobs.cdr_call_id {
            CdrCallId::RecordId => self.record.id,
            CdrCallId::LiveId => self.record.leg_id,
        }
    }
}

impl Row for Cdr<'_> {
    const PROPERTIES: &'static [(&'static str, Kind)] = &[
        ("id", Kind::Integer),
        ("call_id", Kind::Integer),
        ("live_id", Kind::Integer),
        ("parent_live_id", Kind::Integer),
        ("root_live_id", Kind::Integer),
        ("user_id", Kind::Integer),
        ("type", Kind::Text),
        ("calldate", Kind::Stamp),
        ("src", Kind::Text),
        ("dst", Kind::Text),
        ("duration", Kind::Integer),
        ("billsec", Kind::Integer),
        ("disposition", Kind::Text),
    ];

    fn cell(&self, property: &str) -> Cell<'_> {
        let id = |id: Option<u64>| id.map_or(Cell::Null, Cell::integer);
        match property {
            "id" => Cell::integer(self.record.id),
            "call_id" => Cell::integer(self.call_id()),
            "live_id" => id(self.record.live_id),
            "parent_live_id" => id(self.record.parent_live_id),
            "root_live_id" => id(self.record.root_live_id),
            "user_id" => Cell::integer(self.record.agent),
            "type" => Cell::Text(self.type_letter().into()),
            "calldate" => Cell::Stamp(self.calldate()),
            "src" => Cell::Text(self.parties().src.digits.into()),
            "dst" => Cell::Text(self.parties().dst.digits.into()),
            "duration" => Cell::integer(self.record.total_seconds),
            "billsec" => Cell::integer(self.record.talk_seconds),
            "disposition" => Cell::Text(self.disposition().into()),
            _ => Cell::Null,
        }
    }

    fn render(&self) -> Value {
        let record = self.record;
        let parties = self.parties();
        let id = |id: Option<u64>| id.map(|id| call_id(id, self.knobs));
        let charged = record.of == LegOf::Customer;
        json!({
            "id": record.id,
            "call_id": call_id(self.call_id(), self.knobs),
            "live_id": id(record.live_id),
            "parent_live_id": id(record.parent_live_id),
            "root_live_id": id(record.root_live_id),
            "is_root": record.is_root,
            "user_id": record.agent,
            "sip_endpoint_id": record.agent + 30_000,
            "server_id": 1,
            "type": self.type_letter(),
            "calldate": format_stamp(self.calldate()),
            "clid": parties.clid,
            "src": parties.src.digits,
            "src_id": parties.src.id,
            "src_name": parties.src.name,
            "src_ua": parties.src.phone,
            "src_codec": "PCMA",
            "dst": parties.dst.digits,
            "dst_id": parties.dst.id,
            "dst_name": parties.dst.name,
            "dst_ua": parties.dst.phone,
            "dst_codec": "PCMA",
            "duration": record.total_seconds,
            "billsec": record.talk_seconds,
            "disposition": self.disposition(),
            "destination": parties.destination,
            "context": "LOCAL_USER",
            "rate": if charged { 0.02 } else { 0.0 },
            "charge": if charged { f64::from(record.talk_seconds) * 0.02 / 60.0 } else { 0.0 },
            "t_cause": record.cause,
            "info": null,
            "metadata": null,
            "labels": [],
            "nb_notes": 0,
        })
    }
}
