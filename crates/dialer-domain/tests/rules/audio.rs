use dialer_domain::audio::{AudioFormat, AudioKey, AudioShelf, Head};
use proptest::prelude::*;
use rstest::rstest;
use uuid::Uuid;

/// A WAVE file of 8000 bytes a second with these chunks between its format and its data.
fn wav(between: &[(&[u8; 4], usize)], announced: u32) -> Vec<u8> {
    let mut file = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0".to_vec();
    file.extend([1, 0, 1, 0]);
    file.extend(8_000_u32.to_le_bytes());
    file.extend(8_000_u32.to_le_bytes());
    file.extend([1, 0, 8, 0]);
    for (name, length) in between {
        file.extend(*name);
        file.extend(u32::try_from(*length).unwrap().to_le_bytes());
        file.extend(vec![0; length + length % 2]);
    }
    file.extend(b"data");
    file.extend(announced.to_le_bytes());
    file
}

fn seconds(head: &[u8], sound: u64) -> Option<u32> {
    Head { bytes: head, size: u64::try_from(head.len()).unwrap() + sound }.seconds()
}

#[rstest]
#[case::plain(&[], 80_000, 80_000, Some(10))]
#[case::rounded_up(&[], 12_000, 12_000, Some(2))]
#[case::rounded_down(&[], 11_999, 11_999, Some(1))]
#[case::after_an_odd_chunk(&[(b"LIST", 33)], 80_000, 80_000, Some(10))]
#[case::length_not_known_yet(&[], 0, 80_000, Some(10))]
#[case::length_never_known(&[], u32::MAX, 80_000, Some(10))]
#[case::cut_short(&[], 80_000, 40_000, Some(5))]
fn a_wave_file_says_how_long_it_plays(
    #[case] between: &[(&[u8; 4], usize)],
    #[case] announced: u32,
    #[case] sound: u64,
    #[case] expected: Option<u32>,
) {
    assert_eq!(seconds(&wav(between, announced), sound), expected);
}

#[test]
fn what_does_not_say_how_long_it_plays_has_no_length() {
    assert_eq!(seconds(b"ID3\x04", 1_000), None);
    assert_eq!(seconds(b"RIFF\0\0\0\0WAVE", 0), None);
    assert_eq!(seconds(b"RIFF\0\0\0\0WAVEdata\x01\0\0\0", 1), None, "data before its format");
    let mut still = wav(&[], 8_000);
    still[28..32].fill(0);
    assert_eq!(seconds(&still, 8_000), None, "no bytes a second");
}

#[rstest]
#[case(AudioFormat::Mpeg, b"ID3\x04", true)]
#[case(AudioFormat::Mpeg, b"\xFF\xFB\x90", true)]
#[case(AudioFormat::Mpeg, b"<html>", false)]
#[case(AudioFormat::Wav, b"RIFF\0\0\0\0WAVE", true)]
#[case(AudioFormat::Wav, b"RIFF\0\0\0\0AVI ", false)]
#[case(AudioFormat::Ogg, b"OggS\0", true)]
#[case(AudioFormat::Ogg, b"", false)]
fn audio_is_known_by_its_first_bytes(#[case] format: AudioFormat, #[case] bytes: &[u8], #[case] is: bool) {
    assert_eq!(Head { bytes, size: 0 }.is(format), is);
}

#[rstest]
#[case("audio/mpeg", Some(AudioFormat::Mpeg))]
#[case("Audio/X-WAV; codecs=1", Some(AudioFormat::Wav))]
#[case("audio/ogg;codecs=opus", Some(AudioFormat::Ogg))]
#[case("text/html", None)]
#[case("", None)]
fn a_media_type_names_a_format(#[case] text: &str, #[case] format: Option<AudioFormat>) {
    assert_eq!(AudioFormat::from_media_type(text), format);
}

#[rstest]
#[case("../../etc/passwd")]
#[case("recordings/../../etc/passwd")]
#[case("recordings/")]
#[case("music/0195d3f0-0000-7000-8000-0000000000a1")]
fn a_text_that_is_no_key_is_none(#[case] text: &str) {
    assert!(text.parse::<AudioKey>().is_err());
}

proptest! {
    #[test]
    fn a_key_is_read_back_as_it_was_written(id: u128, drop: bool) {
        let shelf = if drop { AudioShelf::VoicemailDrops } else { AudioShelf::Recordings };
        let key = AudioKey { shelf, id: Uuid::from_u128(id) };
        prop_assert_eq!(key.to_string().parse(), Ok(key));
    }

    #[test]
    fn no_bytes_make_the_reader_of_heads_fail(mut bytes in proptest::collection::vec(any::<u8>(), 0..200), size: u64) {
        let _ = Head { bytes: &bytes, size }.seconds();
        let wave = b"RIFF\0\0\0\0WAVE";
        bytes.splice(0..0, wave.iter().copied());
        let _ = Head { bytes: &bytes, size }.seconds();
    }
}
