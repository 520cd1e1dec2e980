//! What the first bytes of audio tell.

use super::AudioFormat;

/// How many of the first bytes are worth looking at.
pub const HEAD: usize = 64 * 1024;

/// The first bytes of a piece of audio, up to [`HEAD`], and the length of the whole.
#[derive(Debug, Clone, Copy)]
pub struct Head<'a> {
    /// The bytes.
    pub bytes: &'a [u8],
    /// The length of the whole, in bytes.
    pub size: u64,
}

impl Head<'_> {
    /// Whether this can be audio of the format: a web page that calls itself audio is found out.
    #[must_use]
    pub fn is(self, format: AudioFormat) -> bool {
        let bytes = self.bytes;
        match format {
            AudioFormat::Wav => bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WAVE"),
            AudioFormat::Ogg => bytes.starts_with(b"OggS"),
            // An ID3 tag, or the eleven set bits that begin a frame.
            AudioFormat::Mpeg => {
                bytes.starts_with(b"ID3") || matches!(bytes, [0xFF, second, ..] if second & 0xE0 == 0xE0)
            }
        }
    }

    /// How long it plays, in seconds to the nearest whole one, where the header says so: in WAVE.
    #[must_use]
    pub fn seconds(self) -> Option<u32> {
        if !self.is(AudioFormat::Wav) {
            return None;
        }
        let (mut at, mut bytes_a_second) = (12_usize, None);
        loop {
            let name = self.bytes.get(at..at + 4)?;
            let length = word(self.bytes, at + 4)?;
            let begins = at + 8;
            match name {
                b"fmt " => bytes_a_second = word(self.bytes, begins + 8).filter(|rate| *rate > 0),
                b"data" => {
                    let left = self.size.saturating_sub(u64::try_from(begins).ok()?);
                    // Whoever writes as it comes does not know the length yet, and says 0 or the largest there is.
                    let length = if matches!(length, 0 | u32::MAX) { left } else { left.min(length.into()) };
                    let rate = u64::from(bytes_a_second?);
                    return u32::try_from((length + rate / 2) / rate).ok();
                }
                _ => {}
            }
            // Chunks begin at even places.
            let length = usize::try_from(length).ok()?;
            at = begins.checked_add(length)?.checked_add(length % 2)?;
        }
    }
}

/// A number of four bytes, the smallest first.
fn word(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at.checked_add(4)?)?.try_into().ok().map(u32::from_le_bytes)
}
