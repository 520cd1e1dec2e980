//! Recordings and voicemail drops.

use dialer_domain::audio::{AudioFormat, AudioKey, AudioShelf, StoredAudio};
use dialer_domain::ids::{RecordingId, VoicemailDropId};
use dialer_domain::recordings::Recording;
use dialer_domain::voicemail_drops::VoicemailDrop;
use dialer_domain::{CallId, UserId};

use super::{T0, id};

/// Audio that nobody else names.
#[must_use]
pub fn stored_audio(shelf: AudioShelf) -> StoredAudio {
    StoredAudio { key: AudioKey { shelf, id: id(|uuid| uuid) }, format: AudioFormat::Mpeg, size: 48_000 }
}

/// A recording of `call` in our storage, made at [`T0`].
#[must_use]
pub fn recording(call: CallId) -> Recording {
    let recording = id(RecordingId::new);
    let url = format!("/recordings/{recording}");
    Recording::stored(recording, call, url, 12, stored_audio(AudioShelf::Recordings), T0)
}

/// A voicemail drop of `owner` whose audio is elsewhere, made at [`T0`].
#[must_use]
pub fn voicemail_drop(owner: UserId) -> VoicemailDrop {
    VoicemailDrop {
        id: id(VoicemailDropId::new),
        user_id: owner,
        name: "Call me back".to_owned(),
        audio_url: "https://example.com/drop.mp3".to_owned(),
        duration: 20,
        usage_count: 0,
        content_type: None,
        storage_key: None,
        file_size: None,
        created_at: T0,
    }
}
