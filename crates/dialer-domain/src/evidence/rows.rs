//! Rows of the database as a pack holds them.

use serde::Serialize;
use time::OffsetDateTime;
use time::serde::rfc3339;

use crate::bans::OrderedBan;
use crate::calls::{Call, CallOutcome, CallStatus, Direction, Evidence};
use crate::consents::{ConsentAct, ConsentEvent, ConsentForm};
use crate::dispositions::Disposition;
use crate::events::{Event, EventKind};
use crate::ids::{BanId, CallId, ConsentEventId, ContactId, RegistryCopyId, UserId};
use crate::phone::PhoneNumber;
use crate::places::Jurisdiction;
use crate::registries::{CopyStatus, Registry, RegistryCopy};
use crate::rules::Purpose;

/// A copy of a register that was in force at some time of the period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InForceCopy {
    id: RegistryCopyId,
    registry: Registry,
    everybody: bool,
    copied_on: String,
    status: CopyStatus,
    numbers: u64,
    broken: u64,
    file_hash: Option<String>,
    #[serde(with = "rfc3339::option")]
    imported_at: Option<OffsetDateTime>,
}

impl From<RegistryCopy> for InForceCopy {
    fn from(copy: RegistryCopy) -> Self {
        Self {
            id: copy.id,
            registry: copy.registry,
            everybody: copy.user_id.is_none(),
            copied_on: copy.copied_on.to_string(),
            status: copy.status,
            numbers: copy.numbers,
            broken: copy.broken,
            file_hash: copy.file_hash,
            imported_at: copy.imported_at,
        }
    }
}

/// An emergency ban that held at some time of the period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeptBan {
    id: BanId,
    everybody: bool,
    jurisdiction: Jurisdiction,
    #[serde(with = "rfc3339")]
    starts_at: OffsetDateTime,
    #[serde(with = "rfc3339")]
    ends_at: OffsetDateTime,
    reason: Option<String>,
    #[serde(with = "rfc3339")]
    created_at: OffsetDateTime,
    #[serde(with = "rfc3339::option")]
    ended_at: Option<OffsetDateTime>,
}

impl From<OrderedBan> for KeptBan {
    fn from(OrderedBan { ban, ended_at, ended_by: _ }: OrderedBan) -> Self {
        Self {
            id: ban.id,
            everybody: ban.user_id.is_none(),
            jurisdiction: ban.jurisdiction,
            starts_at: ban.starts_at,
            ends_at: ban.ends_at,
            reason: ban.reason,
            created_at: ban.created_at,
            ended_at,
        }
    }
}

/// An entry of the consent ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeptConsent {
    id: ConsentEventId,
    phone_number: PhoneNumber,
    contact_id: Option<ContactId>,
    act: ConsentAct,
    form: ConsentForm,
    purpose: Option<Purpose>,
    channel: String,
    text_shown: Option<String>,
    evidence: Option<String>,
    #[serde(with = "rfc3339")]
    happened_at: OffsetDateTime,
    #[serde(with = "rfc3339::option")]
    expires_at: Option<OffsetDateTime>,
    created_by: Option<UserId>,
    #[serde(with = "rfc3339")]
    created_at: OffsetDateTime,
}

impl From<ConsentEvent> for KeptConsent {
    fn from(entry: ConsentEvent) -> Self {
        Self {
            id: entry.id,
            phone_number: entry.phone_number,
            contact_id: entry.contact_id,
            act: entry.act,
            form: entry.form,
            purpose: entry.purpose,
            channel: entry.channel,
            text_shown: entry.text_shown,
            evidence: entry.evidence,
            happened_at: entry.happened_at,
            expires_at: entry.expires_at,
            created_by: entry.created_by,
            created_at: entry.created_at,
        }
    }
}

/// A call of the campaign, with when it came to what. Calls that were hidden from lists are here too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CalledCall {
    id: CallId,
    contact_id: Option<ContactId>,
    direction: Direction,
    from_number: Option<PhoneNumber>,
    to_number: PhoneNumber,
    agent_id: Option<UserId>,
    attempt: Option<u32>,
    callback: bool,
    status: CallStatus,
    outcome: Option<CallOutcome>,
    evidence: Option<Evidence>,
    disposition: Option<Disposition>,
    duration: u32,
    #[serde(with = "rfc3339")]
    started_at: OffsetDateTime,
    #[serde(with = "rfc3339::option")]
    answered_at: Option<OffsetDateTime>,
    ahead: bool,
    #[serde(with = "rfc3339::option")]
    connected_at: Option<OffsetDateTime>,
    #[serde(with = "rfc3339::option")]
    abandoned_at: Option<OffsetDateTime>,
    #[serde(with = "rfc3339::option")]
    ended_at: Option<OffsetDateTime>,
    events: Vec<Told>,
}

/// When a step of a call was written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Told {
    kind: EventKind,
    #[serde(with = "rfc3339")]
    at: OffsetDateTime,
}

impl CalledCall {
    /// A call and its events, in their order.
    #[must_use]
    pub fn of(call: Call, events: &[Event]) -> Self {
        Self {
            id: call.id,
            contact_id: call.contact_id,
            direction: call.direction,
            from_number: call.from_number,
            to_number: call.to_number,
            agent_id: call.agent_id,
            attempt: call.attempt,
            callback: call.callback,
            status: call.status,
            outcome: call.outcome,
            evidence: call.evidence,
            disposition: call.disposition,
            duration: call.duration,
            started_at: call.started_at,
            answered_at: call.answered_at,
            ahead: call.ahead,
            connected_at: call.connected_at,
            abandoned_at: call.abandoned_at,
            ended_at: call.ended_at,
            events: events.iter().map(|told| Told { kind: told.event.kind, at: told.event.at }).collect(),
        }
    }
}
