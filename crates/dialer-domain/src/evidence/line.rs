//! What the lines of a pack hold.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::serde::rfc3339;

use super::rows::{CalledCall, InForceCopy, KeptBan, KeptConsent};
use crate::analytics::Period;
use crate::campaigns::Campaign;
use crate::ids::{CampaignId, UserId};
use crate::receipts::{Receipt, RefusalCount};
use crate::rules::{BookHash, CalleeKind, LedgerEntry, Purpose};
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
        /// How a rule that limits abandoned calls stands at the period's end.
        Abandonment = "abandonment",
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
    /// How a rule that limits abandoned calls stands at the period's end.
    Abandonment(LedgerEntry),
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
            Self::Abandonment(_) => LineKind::Abandonment,
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
