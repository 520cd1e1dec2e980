//! Messages that say stop.

use dialer_domain::consents::{ConsentAct, ConsentError, ConsentEvent, NewConsent};
use dialer_domain::identity::Principal;
use dialer_domain::ids::ConsentEventId;
use dialer_domain::phone::PhoneNumber;
use dialer_domain::suppression::{Suppression, SuppressionSource, says_stop};

use crate::error::{FieldError, UseCaseError};
use crate::suppressions::Suppressions;

/// A message that somebody sent.
#[derive(Clone, PartialEq, Eq)]
pub struct MessageIn {
    /// Who sent it.
    pub from: PhoneNumber,
    /// What it says.
    pub text: String,
    /// How it came: `sms`, …
    pub channel: String,
    /// Where it is kept.
    pub evidence: Option<String>,
}

/// What was done about a message that says stop.
#[derive(Clone, PartialEq, Eq)]
pub struct OptOut {
    /// The number's entry of the do-not-call list, made now or before.
    pub suppression: Suppression,
    /// What was written into the consent ledger.
    pub consent: ConsentEvent,
}

impl Suppressions {
    /// Does what a message asks for: when it [says stop](says_stop), none of the owner's campaigns calls its number from then
    /// on, and the consents of the number are taken back. `None` when it says something else.
    pub async fn hear(&self, who: Principal, message: MessageIn) -> Result<Option<OptOut>, UseCaseError> {
        if !says_stop(&message.text) {
            return Ok(None);
        }
        let revocation = NewConsent {
            phone_number: message.from.clone(),
            contact_id: None,
            act: ConsentAct::Revoked,
            form: None,
            purpose: None,
            channel: message.channel,
            text_shown: None,
            evidence: message.evidence,
            happened_at: None,
            expires_at: None,
        };
        let id = ConsentEventId::generate(self.ports().ids.as_ref());
        let consent = ConsentEvent::make(id, who, revocation, self.ports().clock.now()).map_err(wrong)?;
        let reason = Some("said stop in a message".to_owned());
        let entry = self.entry(who, message.from, None, reason, SuppressionSource::Inbound);
        let suppressions = &self.ports().stores.suppressions;
        suppressions.opt_out(&entry, &consent).await?;
        let stored = suppressions.find(who.user, &entry.phone_number, None).await?;
        // Lifted again in this moment: what was asked for was done.
        Ok(Some(OptOut { suppression: stored.unwrap_or(entry), consent }))
    }
}

fn wrong(errors: Vec<ConsentError>) -> UseCaseError {
    UseCaseError::Invalid(
        errors.into_iter().map(|error| FieldError::new(error.field, error.code, error.message)).collect(),
    )
}
