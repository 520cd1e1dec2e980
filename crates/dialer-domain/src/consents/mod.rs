//! The consent ledger: who allowed being called for what, and who took it back.

mod fact;
mod new;
pub mod store;

use serde_json::json;
use time::OffsetDateTime;

use crate::events::{EventKind, NewEvent, data};
use crate::identity::Scope;
use crate::ids::{ConsentEventId, ContactId, UserId};
use crate::phone::PhoneNumber;
use crate::rules::Purpose;
use crate::words::words;

pub use fact::{ConsentFact, granted_since, revoked_at};
pub use new::{ConsentError, NewConsent};

words! {
    /// What an entry of the ledger says.
    ConsentAct ("consent act") {
        /// Calls are allowed.
        Granted = "granted",
        /// They no longer are.
        Revoked = "revoked",
    }
}

words! {
    /// How strong a grant is: some calls need a written one.
    ConsentForm ("consent form") {
        /// Said, or done so that it can mean nothing else.
        Express = "express",
        /// Signed, electronically or on paper, with the text that the law asks for.
        Written = "written",
        /// A purchase, a payment or a contract in force (an established business relationship).
        Relationship = "relationship",
        /// An inquiry or an application (an established business relationship of its own, shorter kind).
        Inquiry = "inquiry",
    }
}

/// The event of entries that were written down together by their owner; `None` when there are none. It says how many, and
/// through which contact a single one came.
#[must_use]
pub fn recorded(owner: UserId, entries: &[ConsentEvent]) -> Option<NewEvent> {
    let first = entries.first()?;
    let revoked = entries.iter().filter(|entry| entry.act == ConsentAct::Revoked).count();
    let event = NewEvent {
        kind: EventKind::ConsentRecorded,
        user_id: owner,
        campaign_id: None,
        contact_id: first.contact_id.filter(|_| entries.len() == 1),
        call_id: None,
        at: first.created_at,
        data: data([("count", json!(entries.len())), ("revoked", json!(revoked))]),
    };
    Some(match first.created_by {
        Some(by) => event.by(Scope::User(by)),
        None => event,
    })
}

/// One entry of the ledger. Entries are never changed and never removed.
#[derive(Clone, PartialEq, Eq)]
pub struct ConsentEvent {
    /// Its id.
    pub id: ConsentEventId,
    /// Whose calls it is about.
    pub user_id: UserId,
    /// The number that may, or may not, be called.
    pub phone_number: PhoneNumber,
    /// The contact through whom it came, where one is known.
    pub contact_id: Option<ContactId>,
    /// Granted or taken back.
    pub act: ConsentAct,
    /// How strong a grant is; of a revocation it says nothing.
    pub form: ConsentForm,
    /// For which calls; `None` for all of them.
    pub purpose: Option<Purpose>,
    /// How it reached us: `web-form`, `call`, `sms`, `letter`, …
    pub channel: String,
    /// The text that was shown or read out.
    pub text_shown: Option<String>,
    /// Where the proof lies: a URL, a recording's id, a file's hash.
    pub evidence: Option<String>,
    /// When the person said it.
    pub happened_at: OffsetDateTime,
    /// When a grant ends by itself, where it says so.
    pub expires_at: Option<OffsetDateTime>,
    /// Who wrote it down, where that is known.
    pub created_by: Option<UserId>,
    /// When it was written down.
    pub created_at: OffsetDateTime,
}

impl std::fmt::Debug for ConsentEvent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ConsentEvent")
            .field("id", &self.id)
            .field("phone_number", &self.phone_number)
            .field("act", &self.act)
            .field("form", &self.form)
            .field("purpose", &self.purpose)
            .field("happened_at", &self.happened_at)
            .finish_non_exhaustive()
    }
}
