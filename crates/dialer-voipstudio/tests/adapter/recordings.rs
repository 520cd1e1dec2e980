//! Recordings: their list, and their audio on its way.

use dialer_domain::audio::AudioFormat;
use dialer_domain::telephony::{ProviderRecordingId, RecordingAudio, Telephony, TelephonyError};
use dialer_voipstudio::{VoipStudio, VoipStudioSettings};
use rstest::rstest;
use serde_json::json;
use std::time::Duration;
use wiremock::matchers::{header, method, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::raw::{Then, says};
use crate::support::{KEY, T0, adapter, answering, code, html, impatient, json, settings};

const MP3: &[u8] = b"ID3\x04\x00\x00\x00\x00\x00\x00 and the sound of a voice";

fn recording(id: &str) -> ProviderRecordingId {
    ProviderRecordingId::new(id)
}

fn mp3() -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_raw(MP3, "audio/mpeg")
}

async fn whole(mut audio: Box<dyn RecordingAudio>) -> Result<Vec<u8>, TelephonyError> {
    let mut bytes = Vec::new();
    while let Some(piece) = audio.next().await? {
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes)
}

async fn fetch(provider: &VoipStudio) -> Result<Box<dyn RecordingAudio>, TelephonyError> {
    provider.recording_audio(&recording("41")).await.map(Option::unwrap)
}

#[tokio::test]
async fn recordings_are_asked_for_since_an_instant_and_come_oldest_first() {
    let server = MockServer::start().await;
    Mock::given(method("GET"))
        .and(path("/monitors"))
        .and(query_param("filter", r#"[{"property":"timestamp","operator":"gte","value":"2026-03-02 10:00:00"}]"#))
        .respond_with(json(
            200,
            json!({ "data": [
                { "id": 42, "timestamp": "2026-03-02 10:05:00", "size": 9 },
                { "timestamp": "2026-03-02 10:03:00" },
                { "id": 41, "timestamp": "2026-03-02 10:01:00", "duration": 20, "size": 40_960 },
            ], "total": 3 }),
        ))
        .expect(1)
        .mount(&server)
        .await;
    let rows = adapter(settings(server.uri())).recordings_since(T0).await.unwrap();
    let told: Vec<_> = rows.iter().map(|row| (row.id.as_str(), row.seconds, row.size)).collect();
    assert_eq!(told, [("41", 20, Some(40_960)), ("42", 0, Some(9))]);
}

#[tokio::test]
async fn one_recording_is_told_with_what_the_provider_made_of_it_or_not_at_all() {
    let server = MockServer::start().await;
    let row = json!({ "id": 41, "summary": "An offer.", "transcript": ["Hello.", "Yes?"], "sentiment": "negative" });
    Mock::given(path("/monitors/41")).respond_with(json(200, json!({ "data": row }))).mount(&server).await;
    let provider = adapter(settings(server.uri()));
    let told = provider.recording(&recording("41")).await.unwrap().unwrap();
    assert_eq!((told.summary.as_deref(), told.transcript.as_deref()), (Some("An offer."), Some("Hello.\nYes?")));
    assert_eq!(provider.recording(&recording("42")).await.unwrap(), None);
    assert_eq!(provider.recording(&recording("../me")).await.unwrap(), None);
    assert!(!format!("{told:?}").contains("Hello"));
}

#[tokio::test]
async fn audio_comes_whole_with_its_length_told() {
    let server = MockServer::start().await;
    Mock::given(path("/monitors/41.mp3"))
        .and(header("x-auth-token", KEY))
        .and(header("accept-encoding", "identity"))
        .respond_with(mp3())
        .expect(1)
        .mount(&server)
        .await;
    let audio = fetch(&adapter(settings(server.uri()))).await.unwrap();
    assert_eq!((audio.format(), audio.size()), (AudioFormat::Mpeg, u64::try_from(MP3.len()).ok()));
    assert_eq!(whole(audio).await.unwrap(), MP3);
}

#[tokio::test]
async fn a_voicemail_is_fetched_the_same_way() {
    let server = MockServer::start().await;
    Mock::given(path("/voicemessages/7.mp3")).respond_with(mp3()).mount(&server).await;
    let provider = adapter(settings(server.uri()));
    assert_eq!(whole(provider.voicemail_audio("7").await.unwrap().unwrap()).await.unwrap(), MP3);
    assert!(provider.voicemail_audio("8").await.unwrap().is_none());
}

#[rstest]
#[case::a_page(html(200, "<h1>Sign in</h1>"))]
#[case::json_with_200(json(200, json!({ "message": "Not ready" })))]
#[case::a_page_that_is_called_audio(ResponseTemplate::new(200).set_body_raw("<html>", "audio/mpeg"))]
#[case::json_without_a_type(ResponseTemplate::new(200).set_body_bytes(r#"{"message":"No"}"#))]
#[case::audio_that_is_called_a_page(ResponseTemplate::new(200).set_body_raw(MP3, "text/html"))]
#[case::nothing(ResponseTemplate::new(200).set_body_raw("", "audio/mpeg"))]
#[tokio::test]
async fn what_is_no_mp3_is_refused_before_anything_is_handed_on(#[case] answer: ResponseTemplate) {
    let (_server, provider) = answering(answer).await;
    assert_eq!(code(&fetch(&provider).await), "provider_unavailable");
}

#[tokio::test]
async fn a_page_about_a_limit_in_place_of_audio_slows_the_adapter_down() {
    let (_server, provider) = answering(html(200, "<h1>Too many requests</h1>")).await;
    assert_eq!(code(&fetch(&provider).await), "provider_throttled");
    assert!(provider.budget().paused_until.is_some());
}

#[tokio::test]
async fn audio_that_breaks_off_is_told_as_broken_off() {
    let answer = b"HTTP/1.1 200 OK\r\nContent-Type: audio/mpeg\r\nContent-Length: 500\r\n\r\nID3 and no more";
    let audio = fetch(&adapter(settings(says(answer, Then::Close).await))).await.unwrap();
    assert_eq!(audio.size(), Some(500));
    assert_eq!(code(&whole(audio).await), "provider_unavailable");
}

#[tokio::test]
async fn audio_that_stalls_half_way_is_given_up() {
    let answer = b"HTTP/1.1 200 OK\r\nContent-Type: audio/mpeg\r\nContent-Length: 500\r\n\r\nID3 and no more";
    let audio = fetch(&adapter(impatient(says(answer, Then::Stall).await))).await.unwrap();
    assert_eq!(code(&whole(audio).await), "provider_unavailable");
}

#[tokio::test]
async fn a_download_may_take_longer_than_a_request_as_long_as_it_goes_on() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let settings = VoipStudioSettings { request_timeout: Duration::from_millis(400), ..impatient(url) };
    let (piece_taken, mut wanted) = tokio::sync::mpsc::channel::<()>(1);
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let _ = stream.read(&mut [0; 2048]).await;
        let head = b"HTTP/1.1 200 OK\r\nContent-Type: audio/mpeg\r\nContent-Length: 19\r\n\r\nID3\x04";
        stream.write_all(head).await.unwrap();
        for _ in 0..5 {
            wanted.recv().await;
            stream.write_all(b"abc").await.unwrap();
        }
        drop(stream.read(&mut [0; 1]).await);
    });
    let mut audio = fetch(&adapter(settings)).await.unwrap();
    let began = tokio::time::Instant::now();
    let mut received = audio.next().await.unwrap().unwrap().len();
    let mut tick = tokio::time::interval(Duration::from_millis(150));
    tick.tick().await;
    for _ in 0..5 {
        tick.tick().await;
        piece_taken.send(()).await.unwrap();
        received += audio.next().await.unwrap().unwrap().len();
    }
    assert_eq!((received, audio.next().await.unwrap()), (19, None));
    assert!(began.elapsed() > Duration::from_millis(400), "longer than any request may take");
}
