//! What people say came of calls.

use dialer_domain::dispositions::{Disposition, NewDisposition};
use dialer_domain::ids::{DispositionId, SuppressionId};
use dialer_domain::{Call, OffsetDateTime};

use super::IDS;

/// What the owner of `call` says at `at` came of it, without notes and without a date.
#[must_use]
pub fn disposition(call: &Call, disposition: Disposition, at: OffsetDateTime) -> NewDisposition {
    NewDisposition {
        id: DispositionId::generate(&IDS),
        suppression_id: SuppressionId::generate(&IDS),
        call_id: call.id,
        user_id: call.user_id,
        disposition,
        notes: None,
        follow_up_date: None,
        follow_up_again: None,
        follow_up_wall: None,
        personal: false,
        at,
    }
}
