//! What the lines of a pack hold.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::serde::rfc3339;

use crate::analytics::Period;
use crate::bans::OrderedBan;
use crate::calls::{Call, CallOutcome, CallStatus, Direction, Evidence};
use crate::campaigns::Campaign;
use crate::consents::{ConsentAct, ConsentEvent, ConsentForm};
use crate::dispositions::Disposition;
use crate::events::{Event, EventKind};
use crate::ids::{BanId, CallId, CampaignId, ConsentEventId, ContactId, RegistryCopyId, UserId};
use crate::phone::PhoneNumber;
use crate::places::Jurisdiction;
use crate::receipts::{Receipt, RefusalCount};
use crate::registries::{CopyStatus, Registry, RegistryCopy};
use crate::rules::{BookHash, CalleeKind, Purpose};
use crate::schedule::Zone;
use crate::words::words;

words! {
    /// What a line of a pack is.
    LineKind ("kind of line") {
        /// What the pack is, and of what.
        Header = "header",
        /// A rule book by which calls were decided.
        Book = "book",
        /// A copy of a register that was in force.
        RegistryCopy = "registry_copy",
        /// An emergency ban.
        Ban = "ban",
        /// An entry of the consent ledger about a number that was called.
        Consent = "consent",
        /// A call.
        Call = "call",
        /// Why a call was allowed.
        Receipt = "receipt",
        /// How often contacts were refused, and why.
        Refusals = "refusals",
        /// How many lines there are.
        End = "end",
    }
}

/// A line of a pack, without its hash.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", content = "data", rename_all = "snake_case")]
pub enum Line {
    /// What the pack is, and of what.
    Header(Header),
    /// A rule book; it comes before the first receipt that names it.
    Book(KeptBook),
    /// A copy of a register that was in force.
    RegistryCopy(InForceCopy),
    /// An emergency ban.
    Ban(KeptBan),
    /// An entry of the consent ledger about a number that was called.
    Consent(KeptConsent),
    /// A call.
    Call(CalledCall),
    /// Why a call was allowed.
    Receipt(Box<Receipt>),
    /// How often contacts were refused, and why.
    Refusals(RefusalCount),
    /// How many lines there are.
    End(Footer),
}

impl Line {
    /// What it is.
    #[must_use]
    pub const fn kind(&self) -> LineKind {
        match self {
            Self::Header(_) => LineKind::Header,
            Self::Book(_) => LineKind::Book,
            Self::RegistryCopy(_) => LineKind::RegistryCopy,
            Self::Ban(_) => LineKind::Ban,
            Self::Consent(_) => LineKind::Consent,
            Self::Call(_) => LineKind::Call,
            Self::Receipt(_) => LineKind::Receipt,
            Self::Refusals(_) => LineKind::Refusals,
            Self::End(_) => LineKind::End,
        }
    }
}

/// The first line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// [`Self::FORMAT`].
    pub format: String,
    /// [`Self::VERSION`].
    pub version: u32,
    /// Whose calls these are.
    pub campaign: PackCampaign,
    /// The first instant of the period; `None` from the campaign's beginning on.
    #[serde(with = "rfc3339::option")]
    pub from: Option<OffsetDateTime>,
    /// The first instant after it.
    #[serde(with = "rfc3339::option")]
    pub until: Option<OffsetDateTime>,
    /// When the pack was made.
    #[serde(with = "rfc3339")]
    pub exported_at: OffsetDateTime,
    /// The program that made it.
    pub program: String,
}

impl Header {
    /// What tells a pack from other files.
    pub const FORMAT: &'static str = "dialer-evidence";
    /// The form that this version writes, and the latest that it reads.
    pub const VERSION: u32 = 1;

    /// The header of a pack of a campaign, made at `now`.
    #[must_use]
    pub fn of(campaign: &Campaign, period: Period, now: OffsetDateTime) -> Self {
        Self {
            format: Self::FORMAT.to_owned(),
            version: Self::VERSION,
            campaign: PackCampaign {
                id: campaign.id,
                user_id: campaign.user_id,
                name: campaign.name.clone(),
                purpose: campaign.purpose,
                callee: campaign.callee,
                timezone: campaign.timezone.clone(),
            },
            from: period.from,
            until: period.until,
            exported_at: now,
            program: crate::receipts::PROGRAM.to_owned(),
        }
    }
}

/// The campaign of a pack.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PackCampaign {
    /// Its id.
    pub id: CampaignId,
    /// Its owner.
    pub user_id: UserId,
    /// Its name.
    pub name: String,
    /// What people are called for.
    pub purpose: Purpose,
    /// Whom the calls are for.
    pub callee: CalleeKind,
    /// The zone of its hours.
    pub timezone: Zone,
}

/// A rule book.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptBook {
    /// Its hash.
    pub hash: BookHash,
    /// Its text; see [`crate::rules::RuleBook::text`].
    pub text: String,
}

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
            ended_at: call.ended_at,
            events: events.iter().map(|told| Told { kind: told.event.kind, at: told.event.at }).collect(),
        }
    }
}

/// The last line.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Footer {
    /// Lines before this one, by what they are.
    pub lines: BTreeMap<LineKind, u64>,
}

impl Footer {
    /// Counts a line.
    pub fn count(&mut self, kind: LineKind) {
        *self.lines.entry(kind).or_default() += 1;
    }
}
