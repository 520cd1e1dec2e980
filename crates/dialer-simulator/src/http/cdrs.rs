//! `/cdrs`: what is kept of calls that are over.

use dialer_domain::telephony::RecordResult;
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::answer::Answer;
use super::calls::{AGENT_PHONE, clid, destination_label, shown_number};
use super::listing::{Cell, Kind, ListQuery, Row};
use super::provider::Provider;
use super::stamp::format_stamp;
use crate::carrier::Carrier;
use crate::carrier::legs::{LegOf, LegRecord};
use crate::knobs::Knobs;

struct Cdr<'a> {
    record: &'a LegRecord,
    carrier: &'a Carrier,
}

/// `GET /cdrs`.
pub(super) fn list(provider: &Provider, query: &str, knobs: &Knobs) -> Answer {
    let carrier = provider.carrier.as_ref();
    let filterable: Vec<_> = knobs.cdr_filters.iter().map(String::as_str).collect();
    match ListQuery::parse::<Cdr<'_>>(query, &filterable, knobs.default_page_limit) {
        Ok(query) => carrier.with_records(|records| query.answer(records.iter().map(|record| Cdr { record, carrier }))),
        Err(refusal) => refusal,
    }
}

/// `GET /cdrs/{id}`.
pub(super) fn show(provider: &Provider, id: &str) -> Answer {
    let carrier = provider.carrier.as_ref();
    carrier.with_records(|records| {
        let record = id.parse().ok().and_then(|id: u64| records.iter().find(|record| record.id == id));
        match record {
            Some(record) => Answer::single(200, &Cdr { record, carrier }.render()),
            None => Answer::not_found(),
        }
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

    /// Stamps have whole seconds.
    fn calldate(&self) -> OffsetDateTime {
        self.record.started_at.replace_nanosecond(0).unwrap_or(self.record.started_at)
    }

    fn agent_extension(&self) -> String {
        self.carrier.user(self.record.agent).map(crate::SimulatedUser::extension).unwrap_or_default()
    }

    /// Who called: on the agent's leg the provider rings on behalf of the customer's number.
    fn src(&self) -> String {
        match self.record.of {
            LegOf::Agent => self.record.number.clone(),
            LegOf::Customer => shown_number(self.carrier, self.record.agent, self.record.caller_id.as_deref()),
        }
    }

    fn dst(&self) -> String {
        match self.record.of {
            LegOf::Agent => self.agent_extension(),
            LegOf::Customer => self.record.number.clone(),
        }
    }
}

impl Row for Cdr<'_> {
    const PROPERTIES: &'static [(&'static str, Kind)] = &[
        ("id", Kind::Integer),
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
            "live_id" => id(self.record.live_id),
            "parent_live_id" => id(self.record.parent_live_id),
            "root_live_id" => id(self.record.root_live_id),
            "user_id" => Cell::integer(self.record.agent),
            "type" => Cell::Text("O".into()),
            "calldate" => Cell::Stamp(self.calldate()),
            "src" => Cell::Text(self.src().into()),
            "dst" => Cell::Text(self.dst().into()),
            "duration" => Cell::integer(self.record.total_seconds),
            "billsec" => Cell::integer(self.record.talk_seconds),
            "disposition" => Cell::Text(self.disposition().into()),
            _ => Cell::Null,
        }
    }

    fn render(&self) -> Value {
        let record = self.record;
        let agent_name = self.carrier.user(record.agent).map(crate::SimulatedUser::name);
        let agent_id = record.agent.to_string();
        let to_customer = record.of == LegOf::Customer;
        let (src, dst) = (self.src(), self.dst());
        json!({
            "id": record.id,
            "call_id": record.id,
            "live_id": record.live_id,
            "parent_live_id": record.parent_live_id,
            "root_live_id": record.root_live_id,
            "is_root": record.is_root,
            "user_id": record.agent,
            "sip_endpoint_id": record.agent + 30_000,
            "server_id": 1,
            "type": "O",
            "calldate": format_stamp(self.calldate()),
            "clid": clid(&src),
            "src": src,
            "src_id": if to_customer { agent_id.as_str() } else { "0" },
            "src_name": if to_customer { agent_name.as_deref() } else { None },
            "src_ua": if to_customer { Some(AGENT_PHONE) } else { None },
            "src_codec": "PCMA",
            "dst": dst,
            "dst_id": if to_customer { "0" } else { agent_id.as_str() },
            "dst_name": if to_customer { Some(destination_label(&record.number)) } else { agent_name.as_deref() },
            "dst_ua": if to_customer { None } else { Some(AGENT_PHONE) },
            "dst_codec": "PCMA",
            "duration": record.total_seconds,
            "billsec": record.talk_seconds,
            "disposition": self.disposition(),
            "destination": "out",
            "context": "LOCAL_USER",
            "rate": if to_customer { 0.02 } else { 0.0 },
            "charge": if to_customer { f64::from(record.talk_seconds) * 0.02 / 60.0 } else { 0.0 },
            "t_cause": record.cause,
            "info": null,
            "metadata": null,
            "labels": [],
            "nb_notes": 0,
        })
    }
}
