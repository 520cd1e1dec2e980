//! Recordings come from the provider to their calls, whole and once.

use std::sync::Arc;

use dialer_app::{CollectorSettings, EngineHandle, Keeping, Ports, RecordingCollector};
use dialer_domain::calls::store::CallStore;
use dialer_domain::recordings::{Recording, RecordingFilter, RecordingStore, Sentiment};
use dialer_domain::telephony::{ProviderRecording, ProviderRecordingId, TelephonyError};
use dialer_domain::{Call, CallOutcome, Duration, OffsetDateTime, PageRequest, Scope};
use dialer_testkit::builders::{T0, call, number};
use dialer_testkit::telephony::Query;
use dialer_testkit::{FakeClock, MemoryAudio, MemoryStore, ScriptedTelephony, SeededIds};

struct Shelf {
    store: MemoryStore,
    audio: MemoryAudio,
    provider: ScriptedTelephony,
    clock: FakeClock,
}

const LIMIT: u64 = 10_000;

fn at(seconds: i64) -> OffsetDateTime {
    T0 + Duration::seconds(seconds)
}

impl Shelf {
    fn new() -> Self {
        let (store, audio, provider) = (MemoryStore::new(), MemoryAudio::new(), ScriptedTelephony::new());
        Self { store, audio, provider, clock: FakeClock::new(at(600)) }
    }

    fn collector(&self, keeping: Keeping) -> RecordingCollector {
        let telephony = Arc::new(self.provider.clone());
        let ports = Ports::on(self.store.clone(), telephony, Arc::new(self.clock.clone()), Arc::new(SeededIds::new(7)));
        let settings = CollectorSettings { keeping, ..CollectorSettings::default() };
        let audio = Arc::new(self.audio.clone());
        RecordingCollector::new(ports, audio, "/api/dialer", LIMIT, settings, EngineHandle::default())
    }

    /// A conversation that began at `began` and took a minute.
    async fn conversation(&self, id: &str, n: u32, began: i64) -> Call {
        let call = call().to(number(n)).placed(id).ended(CallOutcome::Completed, at(began + 60)).build();
        let call = Call { started_at: at(began), answered_at: Some(at(began + 10)), ..call };
        CallStore::add(&self.store, &call).await.unwrap();
        call
    }

    async fn recordings(&self) -> Vec<Recording> {
        let page = PageRequest::new(100, 0).unwrap();
        RecordingStore::list(&self.store, Scope::Service, RecordingFilter::default(), page).await.unwrap().items
    }
}

/// Sounds like MP3.
fn audio(length: usize) -> Vec<u8> {
    let mut audio = vec![0; length];
    audio[..3].copy_from_slice(b"ID3");
    audio
}

fn recording(id: &str, of: &Call, length: usize) -> (ProviderRecording, Vec<u8>) {
    let recording = ProviderRecording {
        id: ProviderRecordingId::new(id),
        call_ids: of.provider_call_id.clone().into_iter().collect(),
        agent: None,
        from_digits: None,
        to_digits: Some(of.to_number.digits().to_owned()),
        started_at: Some(of.started_at),
        seconds: 50,
        size: Some(u64::try_from(length).unwrap()),
        url: Some(format!("https://provider.example/monitors/{id}.mp3")),
        transcript: Some("Good morning".to_owned()),
        summary: None,
        sentiment: Some(Sentiment::Positive),
    };
    (recording, audio(length))
}

#[tokio::test]
async fn a_recording_comes_whole_with_what_was_said_and_only_once() {
    let shelf = Shelf::new();
    let call = shelf.conversation("7", 1, 0).await;
    shelf.provider.set_recordings(vec![recording("r7", &call, 3000)]);
    let collector = shelf.collector(Keeping::Store);
    assert_eq!((collector.round().await, collector.round().await), (1, 0));
    let kept = shelf.recordings().await.remove(0);
    assert_eq!((kept.call_id, kept.file_size, kept.duration), (call.id, Some(3000), 50));
    assert_eq!((kept.transcription.as_deref(), kept.sentiment), (Some("Good morning"), Some(Sentiment::Positive)));
    assert_eq!(kept.recording_url, format!("/api/dialer/recordings/{}/audio", kept.id));
    assert_eq!(shelf.audio.count(), 1);
    assert_eq!(shelf.provider.times_asked(Query::Recordings), 1, "nothing is waited for any more");
}

#[tokio::test]
async fn a_recording_that_names_no_call_is_known_by_its_parties_and_time() {
    let shelf = Shelf::new();
    let first = shelf.conversation("7", 1, 0).await;
    let second = shelf.conversation("8", 1, 200).await;
    let other = shelf.conversation("9", 2, 200).await;
    let nameless = |(recording, audio): (ProviderRecording, Vec<u8>)| {
        (ProviderRecording { call_ids: Vec::new(), ..recording }, audio)
    };
    let (of_nobody, sound) = nameless(recording("r0", &first, 100));
    let of_nobody = ProviderRecording { started_at: Some(at(900)), ..of_nobody };
    let ours = [("r2", &second), ("r1", &first), ("r3", &other)].map(|(id, call)| nameless(recording(id, call, 100)));
    shelf.provider.set_recordings([vec![(of_nobody, sound)], ours.to_vec()].concat());
    assert_eq!(shelf.collector(Keeping::Link).round().await, 3);
    for kept in shelf.recordings().await {
        let wanted = [(first.id, "r1"), (second.id, "r2"), (other.id, "r3")];
        let (_, id) = wanted.into_iter().find(|(call, _)| *call == kept.call_id).unwrap();
        assert_eq!(kept.recording_url, format!("https://provider.example/monitors/{id}.mp3"));
    }
    assert_eq!(shelf.audio.count(), 0, "a link copies nothing");
}

#[tokio::test]
async fn a_recording_that_came_in_part_is_thrown_away_and_fetched_again() {
    let shelf = Shelf::new();
    let call = shelf.conversation("7", 1, 0).await;
    let (told, whole) = recording("r7", &call, 3000);
    shelf.provider.set_recordings(vec![(told.clone(), audio(2000))]);
    let collector = shelf.collector(Keeping::Store);
    assert_eq!(collector.round().await, 0);
    assert_eq!((shelf.recordings().await.len(), shelf.audio.count()), (0, 0));
    shelf.provider.set_recordings(vec![(told, whole)]);
    let down = TelephonyError::Unavailable { reason: "down".to_owned() };
    shelf.provider.fail_next(Query::RecordingAudio, down);
    assert_eq!((collector.round().await, shelf.audio.count()), (0, 0));
    assert_eq!((collector.round().await, shelf.audio.count()), (1, 1));
}

#[tokio::test]
async fn a_page_in_place_of_audio_is_not_kept() {
    let shelf = Shelf::new();
    let call = shelf.conversation("7", 1, 0).await;
    let (told, _) = recording("r7", &call, 100);
    shelf.provider.set_recordings(vec![(told, b"<html>".repeat(100)[..100].to_vec())]);
    assert_eq!(shelf.collector(Keeping::Store).round().await, 0);
    assert_eq!((shelf.recordings().await.len(), shelf.audio.count()), (0, 0));
}

#[tokio::test]
async fn one_recording_that_fails_does_not_hold_up_the_others() {
    let shelf = Shelf::new();
    let (first, second) = (shelf.conversation("7", 1, 0).await, shelf.conversation("8", 2, 0).await);
    let too_long = usize::try_from(LIMIT).unwrap() + 1;
    shelf.provider.set_recordings(vec![recording("r7", &first, too_long), recording("r8", &second, 100)]);
    assert_eq!(shelf.collector(Keeping::Store).round().await, 1);
    assert_eq!((shelf.recordings().await[0].call_id, shelf.audio.count()), (second.id, 1));
}

#[tokio::test]
async fn a_recording_that_its_owner_removed_stays_away() {
    let shelf = Shelf::new();
    let call = shelf.conversation("7", 1, 0).await;
    shelf.provider.set_recordings(vec![recording("r7", &call, 100)]);
    let collector = shelf.collector(Keeping::Store);
    collector.round().await;
    let kept = shelf.recordings().await.remove(0);
    RecordingStore::remove(&shelf.store, Scope::Service, kept.id, at(700)).await.unwrap();
    assert_eq!(collector.round().await, 0);
    assert!(shelf.recordings().await.is_empty());
}

#[tokio::test]
async fn a_conversation_is_waited_for_no_longer_than_patience_lasts() {
    let shelf = Shelf::new();
    shelf.conversation("7", 1, 0).await;
    let collector = shelf.collector(Keeping::Store);
    collector.round().await;
    shelf.clock.advance(Duration::hours(2));
    collector.round().await;
    assert_eq!(shelf.provider.times_asked(Query::Recordings), 1);
}
