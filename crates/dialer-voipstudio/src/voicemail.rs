//! Messages that callers left.

use std::fmt;

use dialer_domain::telephony::{RecordingAudio, TelephonyError};
use time::OffsetDateTime;

use crate::convert::{digits, instant, seconds};
use crate::telephony::{Collection, VoipStudio, boxed, read_all};
use crate::wire;

/// A message that a caller left. `Debug` shows no number.
#[derive(Clone, PartialEq, Eq)]
pub struct Voicemail {
    /// The provider's id of it.
    pub id: String,
    /// When it was left.
    pub left_at: Option<OffsetDateTime>,
    /// Digits of the caller, without `+`.
    pub from_digits: Option<String>,
    /// Digits of the number or extension called.
    pub to_digits: Option<String>,
    /// How long it plays, in seconds.
    pub seconds: u32,
    /// Where the account keeps it, such as its inbox.
    pub folder: Option<String>,
    /// Whether nobody has listened to it. `None` when not told.
    pub is_new: Option<bool>,
}

impl fmt::Debug for Voicemail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Voicemail")
            .field("id", &self.id)
            .field("left_at", &self.left_at)
            .field("seconds", &self.seconds)
            .field("folder", &self.folder)
            .field("is_new", &self.is_new)
            .finish_non_exhaustive()
    }
}

impl VoipStudio {
    /// Messages that the key's user may hear.
    ///
    /// # Errors
    /// As every reading of [`Telephony`](dialer_domain::telephony::Telephony).
    pub async fn voicemail(&self) -> Result<Vec<Voicemail>, TelephonyError> {
        Ok(read_all(&self.client, Collection::Voicemail).await?.readable("voicemail", voicemail))
    }

    /// The audio of a message, from its beginning; `None` when there is none of that id. Its length is known only where
    /// the answer's head tells it.
    ///
    /// # Errors
    /// As [`Telephony::recording_audio`](dialer_domain::telephony::Telephony::recording_audio).
    pub async fn voicemail_audio(&self, id: &str) -> Result<Option<Box<dyn RecordingAudio>>, TelephonyError> {
        if !wire::is_id(id) {
            return Ok(None);
        }
        Ok(boxed(self.client.voicemail_audio(id).await?))
    }
}

fn voicemail(message: wire::VoiceMessage) -> Option<Voicemail> {
    Some(Voicemail {
        id: message.id?,
        left_at: message.origtime.as_deref().and_then(instant),
        from_digits: message.caller.as_deref().and_then(digits),
        to_digits: message.dialled.as_deref().and_then(digits),
        seconds: seconds(message.duration),
        folder: message.folder,
        is_new: message.is_new,
    })
}
