//! Audio on its way: recordings and voicemail.
//!
//! The provider sends a file whole, whatever part is asked for. It is handed on piece by piece as it comes, each piece
//! within the time that any request may take, so that a long recording does not need a long time-out and a stalled
//! one ends. Whoever stores it compares its length with what was told.

use std::collections::VecDeque;
use std::time::Duration;

use dialer_domain::telephony::{RequestPriority, TelephonyError};
use reqwest::header::{ACCEPT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Method, Response, StatusCode};
use tracing::field::Empty;

use super::exchange::{Head, broken_off};
use super::{Client, Exchange};
use crate::errors::{self, Effect};

/// The longest that one download may take. Its pieces have a time-out of their own.
const LONGEST_DOWNLOAD: Duration = Duration::from_hours(1);
/// What has to have come before the kind of a file is judged, in bytes; and of a page in its place, what is read.
const ENOUGH_TO_TELL: usize = 4;
const ENOUGH_OF_A_PAGE: usize = 4096;

/// The bytes of an MP3 file.
pub(crate) struct AudioStream {
    response: Response,
    /// Pieces that were read to see what they are.
    first: VecDeque<Vec<u8>>,
    size: Option<u64>,
    patience: Duration,
}

impl Client {
    /// The audio of a recording; `None` when there is none of that id.
    #[tracing::instrument(
        name = "voipstudio.recording_audio", skip_all,
        fields(method = "GET", path = "/monitors/{id}.mp3", status = Empty, duration_ms = Empty, outcome = Empty)
    )]
    pub(crate) async fn recording_audio(&self, id: &str) -> Result<Option<AudioStream>, TelephonyError> {
        self.audio("monitors", id).await
    }

    /// The audio of a voicemail message; `None` when there is none of that id.
    #[tracing::instrument(
        name = "voipstudio.voicemail_audio", skip_all,
        fields(method = "GET", path = "/voicemessages/{id}.mp3", status = Empty, duration_ms = Empty, outcome = Empty)
    )]
    pub(crate) async fn voicemail_audio(&self, id: &str) -> Result<Option<AudioStream>, TelephonyError> {
        self.audio("voicemessages", id).await
    }

    async fn audio(&self, collection: &str, id: &str) -> Result<Option<AudioStream>, TelephonyError> {
        let patience = self.settings.request_timeout;
        let request = self
            .request(Method::GET, &[collection, &format!("{id}.mp3")])
            // Packed, its length would not be known.
            .header(ACCEPT_ENCODING, HeaderValue::from_static("identity"))
            .timeout(LONGEST_DOWNLOAD);
        let exchange = Exchange::read(request, RequestPriority::Sweep);
        let head = self.exchange_head(exchange, patience, &[StatusCode::NOT_FOUND, StatusCode::GONE]).await?;
        if !head.response.status().is_success() {
            return Ok(None);
        }
        self.audio_in(head, patience).await.map(Some)
    }

    /// Looks at what comes, and refuses what is no MP3: a page about a limit, an error with status 200, a login form.
    async fn audio_in(&self, head: Head, patience: Duration) -> Result<AudioStream, TelephonyError> {
        let Head { response, sent_at } = head;
        let told_otherwise = names_another_type(response.headers());
        let enough = if told_otherwise { ENOUGH_OF_A_PAGE } else { ENOUGH_TO_TELL };
        let size = response.content_length();
        let mut stream = AudioStream { response, first: VecDeque::new(), size, patience };
        let mut start = Vec::new();
        while start.len() < enough {
            let Some(piece) = stream.receive().await? else { break };
            start.extend_from_slice(&piece);
        }
        if told_otherwise || !begins_as_mp3(&start) {
            let limited = errors::speaks_of_limit(&start);
            let error = self.unreadable(Effect::Reads, &start, sent_at);
            return Err(if limited { error } else { no_audio() });
        }
        stream.first.push_back(start);
        Ok(stream)
    }
}

impl AudioStream {
    /// The length that the answer's head tells, in bytes.
    pub(crate) fn told_size(&self) -> Option<u64> {
        self.size
    }

    /// The next piece; `None` at the end.
    pub(crate) async fn next_piece(&mut self) -> Result<Option<Vec<u8>>, TelephonyError> {
        match self.first.pop_front() {
            Some(piece) => Ok(Some(piece)),
            None => self.receive().await,
        }
    }

    async fn receive(&mut self) -> Result<Option<Vec<u8>>, TelephonyError> {
        let piece = tokio::time::timeout(self.patience, self.response.chunk()).await;
        let reason = match piece {
            Ok(Ok(piece)) => return Ok(piece.map(Vec::from)),
            Ok(Err(error)) => broken_off(&error),
            Err(_) => "the audio stopped half-way".to_owned(),
        };
        Err(TelephonyError::Unavailable { reason })
    }
}

fn no_audio() -> TelephonyError {
    TelephonyError::Unavailable { reason: "something else came in place of the audio".to_owned() }
}

/// Whether the head says in so many words that this is no audio. Servers often say nothing, or "some bytes".
fn names_another_type(headers: &HeaderMap) -> bool {
    let Some(kind) = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()) else { return false };
    let kind = kind.trim().to_ascii_lowercase();
    !(kind.is_empty()
        || kind.starts_with("audio/")
        || kind.starts_with("application/octet-stream")
        || kind.starts_with("binary/octet-stream")
        || kind.starts_with("application/force-download"))
}

/// An MP3 file begins with an ID3 tag or with the eleven set bits of a frame (ISO/IEC 11172-3, 2.4.1.3).
fn begins_as_mp3(start: &[u8]) -> bool {
    matches!(start, [b'I', b'D', b'3', ..]) || matches!(start, [0xFF, second, ..] if second & 0xE0 == 0xE0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(b"ID3\x04\x00", true)]
    #[case(b"\xFF\xFB\x90\x64", true)]
    #[case(b"\xFF\xF3\x40\xC0", true)]
    #[case(b"\xFF\xD8\xFF\xE0", false)]
    #[case(b"<html>", false)]
    #[case(b"{\"message\":\"No\"}", false)]
    #[case(b"RIFF", false)]
    #[case(b"", false)]
    #[case(b"\xFF", false)]
    fn an_mp3_is_told_by_how_it_begins(#[case] start: &[u8], #[case] mp3: bool) {
        assert_eq!(begins_as_mp3(start), mp3);
    }

    #[rstest]
    #[case(None, false)]
    #[case(Some("audio/mpeg"), false)]
    #[case(Some("Audio/MP3; x=1"), false)]
    #[case(Some("application/octet-stream"), false)]
    #[case(Some("text/html; charset=utf-8"), true)]
    #[case(Some("application/json"), true)]
    fn a_head_may_say_that_it_is_something_else(#[case] kind: Option<&'static str>, #[case] other: bool) {
        let headers = kind.map(|kind| (CONTENT_TYPE, HeaderValue::from_static(kind)));
        assert_eq!(names_another_type(&headers.into_iter().collect()), other);
    }
}
