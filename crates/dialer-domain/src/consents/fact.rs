//! What the ledger says of one number, as far as rules ask.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::serde::rfc3339;

use super::{ConsentAct, ConsentEvent, ConsentForm};
use crate::ids::ConsentEventId;
use crate::rules::Purpose;

/// An entry of the ledger without what no rule asks: whose number it is, and how it is proven.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsentFact {
    /// The entry.
    pub id: ConsentEventId,
    /// Granted or taken back.
    pub act: ConsentAct,
    /// How strong a grant is.
    pub form: ConsentForm,
    /// For which calls; `None` for all of them.
    pub purpose: Option<Purpose>,
    /// When the person said it.
    #[serde(with = "rfc3339")]
    pub happened_at: OffsetDateTime,
    /// When a grant ends by itself.
    #[serde(with = "rfc3339::option")]
    pub expires_at: Option<OffsetDateTime>,
}

impl From<&ConsentEvent> for ConsentFact {
    fn from(event: &ConsentEvent) -> Self {
        let ConsentEvent { id, act, form, purpose, happened_at, expires_at, .. } = *event;
        Self { id, act, form, purpose, happened_at, expires_at }
    }
}

impl ConsentFact {
    fn is_about(&self, purpose: Purpose, now: OffsetDateTime) -> bool {
        self.happened_at <= now && self.purpose.is_none_or(|of| of == purpose)
    }
}

/// When consent to calls for `purpose` was last taken back, up to `now`.
#[must_use]
pub fn revoked_at(ledger: &[ConsentFact], purpose: Purpose, now: OffsetDateTime) -> Option<OffsetDateTime> {
    let revoked = ledger.iter().filter(|event| event.act == ConsentAct::Revoked && event.is_about(purpose, now));
    revoked.map(|event| event.happened_at).max()
}

/// Whether calls for `purpose` were allowed again after `since`, up to `now`. Of a grant and a revocation of one instant, the
/// revocation holds.
#[must_use]
pub fn granted_since(ledger: &[ConsentFact], purpose: Purpose, since: OffsetDateTime, now: OffsetDateTime) -> bool {
    ledger
        .iter()
        .any(|event| event.act == ConsentAct::Granted && event.is_about(purpose, now) && event.happened_at > since)
}
