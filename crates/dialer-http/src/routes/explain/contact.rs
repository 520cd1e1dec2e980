//! Why a contact is not called, on the wire.

use dialer_domain::contacts::{Contact, ContactStatus};
use dialer_domain::eligibility::RefusalCode;
use dialer_domain::explain::ContactExplanation;
use dialer_domain::ids::ContactId;
use dialer_domain::rules::RuleRef;
use serde::Serialize;
use utoipa::ToSchema;

use crate::stamp::Stamp;

#[derive(Serialize, ToSchema)]
pub(crate) struct ContactExplained {
    explanation: ContactView,
}

/// Whether a contact may be called.
#[derive(Serialize, ToSchema)]
struct ContactView {
    contact_id: ContactId,
    status: ContactStatus,
    at: Stamp,
    callable: bool,
    /// Why not.
    code: Option<RefusalCode>,
    /// The rule of the contact's place that refuses, where one does.
    rule: Option<RuleRef>,
    words: String,
    /// What to do.
    advice: Option<&'static str>,
    since: Option<Stamp>,
    /// The earliest instant at which it may be called; null when time alone does not help.
    next_at: Option<Stamp>,
}

impl From<(Contact, ContactExplanation)> for ContactExplained {
    fn from((contact, explanation): (Contact, ContactExplanation)) -> Self {
        Self {
            explanation: ContactView {
                contact_id: contact.id,
                status: contact.status,
                at: explanation.at.into(),
                callable: explanation.code.is_none(),
                code: explanation.code,
                rule: explanation.rule,
                words: explanation.words,
                advice: explanation.advice,
                since: explanation.since.map(Into::into),
                next_at: explanation.next_at.map(Into::into),
            },
        }
    }
}
