//! Text messages that were sent and received.

use std::fmt;

use dialer_domain::calls::Direction;
use dialer_domain::telephony::TelephonyError;
use time::OffsetDateTime;

use crate::convert::{direction, instant};
use crate::telephony::{Collection, VoipStudio, read_all};
use crate::wire;

/// A text message of the account. `Debug` shows neither parties nor text.
#[derive(Clone, PartialEq, Eq)]
pub struct SmsRecord {
    /// The provider's id of it.
    pub id: String,
    /// When it was sent or came.
    pub at: Option<OffsetDateTime>,
    /// Whether it came or was sent. `None` when the provider's word for it is not known.
    pub direction: Option<Direction>,
    /// Who sent it: digits, or a name where the sender uses one.
    pub from: Option<String>,
    /// Who got it.
    pub to: Option<String>,
    /// What it says.
    pub text: String,
}

impl fmt::Debug for SmsRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SmsRecord")
            .field("id", &self.id)
            .field("at", &self.at)
            .field("direction", &self.direction)
            .finish_non_exhaustive()
    }
}

impl VoipStudio {
    /// The account's text messages. The provider tells nothing of their delivery.
    ///
    /// # Errors
    /// As every reading of [`Telephony`](dialer_domain::telephony::Telephony).
    pub async fn messages(&self) -> Result<Vec<SmsRecord>, TelephonyError> {
        Ok(read_all(&self.client, Collection::Messages).await?.readable("text messages", record))
    }
}

fn record(sms: wire::Sms) -> Option<SmsRecord> {
    Some(SmsRecord {
        id: sms.id?,
        at: sms.created_at.as_deref().and_then(instant),
        direction: sms.kind.as_deref().and_then(direction),
        from: sms.from,
        to: sms.to,
        text: sms.message.unwrap_or_default(),
    })
}
