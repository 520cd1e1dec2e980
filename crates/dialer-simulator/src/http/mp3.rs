//! Silence as MP3: MPEG-2 Layer III, 8 kbit/s, 16 kHz, mono.

/// Bytes of a frame: 576 samples at 16 kHz, 8 kbit/s.
const FRAME: usize = 36;
const FRAME_MILLISECONDS: u64 = 36;
/// Sync, version 2, layer III, no checksum; 8 kbit/s, 16 kHz, no padding; one channel.
const HEADER: [u8; 4] = [0xFF, 0xF3, 0x18, 0xC0];

fn frames(seconds: u32) -> u64 {
    (u64::from(seconds) * 1000).div_ceil(FRAME_MILLISECONDS).max(1)
}

/// How many bytes so many seconds of silence are.
pub(super) fn size(seconds: u32) -> usize {
    usize::try_from(frames(seconds)).unwrap_or(usize::MAX / FRAME) * FRAME
}

/// So many seconds of silence. Side information and data of every frame are zeros: no sound.
pub(crate) fn silence(seconds: u32) -> Vec<u8> {
    let mut bytes = vec![0; size(seconds)];
    for frame in bytes.chunks_exact_mut(FRAME) {
        frame[..HEADER.len()].copy_from_slice(&HEADER);
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads frame headers as a decoder does, and answers how many milliseconds they last.
    fn decoded_milliseconds(bytes: &[u8]) -> usize {
        let field = |header: u32, shift: u32, mask: u32| usize::try_from(header >> shift & mask).unwrap();
        let (mut at, mut milliseconds) = (0, 0);
        while at < bytes.len() {
            let header = u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap());
            assert_eq!(header >> 21, 0x7FF, "sync");
            assert_eq!((header >> 19 & 3, header >> 17 & 3), (0b10, 0b01), "MPEG-2, layer III");
            let kbits = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160][field(header, 12, 15)];
            let hertz = [22_050, 24_000, 16_000][field(header, 10, 3)];
            let padding = field(header, 9, 1);
            at += 72 * kbits * 1000 / hertz + padding;
            milliseconds += 576 * 1000 / hertz;
        }
        assert_eq!(at, bytes.len(), "the last frame is whole");
        milliseconds
    }

    #[test]
    fn silence_is_a_chain_of_whole_frames_as_long_as_asked() {
        for seconds in [0, 1, 20, 61, 3600] {
            let bytes = silence(seconds);
            assert_eq!(bytes.len(), size(seconds));
            let lasts = decoded_milliseconds(&bytes);
            let asked = usize::try_from(seconds).unwrap() * 1000;
            assert!((asked..asked + 37).contains(&lasts), "{seconds} s: {lasts} ms");
        }
    }
}
