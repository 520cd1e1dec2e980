//! Audio: recordings of calls and voicemail drops, as files, and what can be told from their first bytes.

mod head;
pub mod store;

use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

pub use head::{HEAD, Head};
pub use store::{AudioError, AudioReader, AudioStore, AudioWriter};

use crate::words::words;

words! {
    /// A kind of audio that we keep, as its media type.
    AudioFormat ("audio format") {
        /// MP3.
        Mpeg = "audio/mpeg",
        /// RIFF WAVE.
        Wav = "audio/wav",
        /// Ogg, whatever codec is inside.
        Ogg = "audio/ogg",
    }
}

impl AudioFormat {
    /// The format that a media type names, in any of its usual spellings and whatever parameters follow.
    #[must_use]
    pub fn from_media_type(text: &str) -> Option<Self> {
        match text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase().as_str() {
            "audio/mpeg" | "audio/mp3" => Some(Self::Mpeg),
            "audio/wav" | "audio/x-wav" | "audio/wave" | "audio/vnd.wave" => Some(Self::Wav),
            "audio/ogg" => Some(Self::Ogg),
            _ => None,
        }
    }

    /// How names of such files end.
    #[must_use]
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Mpeg => "mp3",
            Self::Wav => "wav",
            Self::Ogg => "ogg",
        }
    }
}

words! {
    /// What a stored piece of audio is for.
    AudioShelf ("audio shelf") {
        /// Recordings of calls.
        Recordings = "recordings",
        /// Voicemail drops.
        VoicemailDrops = "voicemail-drops",
    }
}

/// The name of a stored piece of audio. Made of ids only, never of what somebody wrote. A piece is never changed: what
/// takes its place gets a name of its own, so that whoever is reading the old one reads it to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AudioKey {
    /// What it is for.
    pub shelf: AudioShelf,
    /// Which one it is.
    pub id: Uuid,
}

impl fmt::Display for AudioKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.shelf, self.id)
    }
}

/// A text that names no stored audio.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is no name of stored audio")]
pub struct NotAnAudioKey;

impl FromStr for AudioKey {
    type Err = NotAnAudioKey;

    fn from_str(text: &str) -> Result<Self, NotAnAudioKey> {
        let (shelf, id) = text.split_once('/').ok_or(NotAnAudioKey)?;
        Ok(Self {
            shelf: shelf.parse().map_err(|_| NotAnAudioKey)?,
            id: Uuid::parse_str(id).map_err(|_| NotAnAudioKey)?,
        })
    }
}

/// Audio that is in our storage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoredAudio {
    /// Its name there.
    pub key: AudioKey,
    /// What it is.
    pub format: AudioFormat,
    /// Its length in bytes.
    pub size: u64,
}
