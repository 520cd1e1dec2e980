//! Entries of the consent ledger.

use dialer_domain::consents::{ConsentAct, ConsentEvent, ConsentForm};
use dialer_domain::ids::ConsentEventId;
use dialer_domain::{PhoneNumber, UserId};

use super::{T0, id};

/// An express grant for all calls to `number`, said and written down at [`T0`] by the owner of the ledger.
#[must_use]
pub fn consent(owner: UserId, number: &PhoneNumber) -> ConsentEvent {
    ConsentEvent {
        id: id(ConsentEventId::new),
        user_id: owner,
        phone_number: number.clone(),
        contact_id: None,
        act: ConsentAct::Granted,
        form: ConsentForm::Express,
        purpose: None,
        channel: "call".to_owned(),
        text_shown: None,
        evidence: None,
        happened_at: T0,
        expires_at: None,
        created_by: Some(owner),
        created_at: T0,
    }
}
