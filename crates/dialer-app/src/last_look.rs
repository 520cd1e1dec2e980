//! The last look before a call leaves: between its claim and its turn in the request budget somebody may have said stop.

use dialer_domain::calls::causes::CauseCode;
use dialer_domain::calls::merge::{CallEvent, Ending};
use dialer_domain::calls::{Call, CallOutcome, Evidence};
use dialer_domain::identity::Scope;
use dialer_domain::store::StoreError;

use crate::error::chain;
use crate::ports::Ports;

/// The end of `call` when it must not be placed any more: its number was suppressed, or it was ended, since it was written
/// down. `None` when it may leave. What cannot be found out keeps it from leaving.
pub(crate) async fn last_look(ports: &Ports, call: &Call) -> Option<CallEvent> {
    let (cause, code) = match look(ports, call).await {
        Ok(None) => return None,
        Ok(Some(found)) => found,
        Err(error) => {
            tracing::warn!(call.id = %call.id, error = chain(&error), "a call could not be checked before it was placed");
            ("the do-not-call list could not be read before the call left", CauseCode::Unchecked)
        }
    };
    Some(CallEvent::Ended(Ending {
        outcome: CallOutcome::NotPlaced,
        evidence: Evidence::Answer,
        at: ports.clock.now(),
        answered_at: None,
        talk_seconds: None,
        cause: Some(cause.to_owned()),
        cause_code: Some(code),
    }))
}

async fn look(ports: &Ports, call: &Call) -> Result<Option<(&'static str, CauseCode)>, StoreError> {
    let stored = ports.stores.calls.get(Scope::Service, call.id).await?;
    if stored.is_some_and(|stored| stored.status.is_final()) {
        return Ok(Some(("the call was ended before it left", CauseCode::Stopped)));
    }
    let lists = &ports.stores.suppressions;
    let suppressed = match call.campaign_id {
        Some(campaign) => lists.binding(call.user_id, &call.to_number, campaign).await?,
        None => lists.find(call.user_id, &call.to_number, None).await?,
    };
    Ok(suppressed.map(|_| ("the number was put on the do-not-call list before the call left", CauseCode::Suppressed)))
}
