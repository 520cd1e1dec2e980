//! Recordings: each of a call, and its owner's.

use dialer_domain::events::EventKind;
use dialer_domain::recordings::{Recording, RecordingFilter, RecordingPatch, Sentiment};
use dialer_domain::telephony::ProviderRecordingId;
use dialer_domain::{Call, CallOutcome, Scope, StoreError};

use super::Stage;
use super::scene::{everything, minute, window};
use crate::builders::{T0, call, recording, user};

impl Stage {
    /// A stored call of a user of its own.
    async fn given_heard_call(&self) -> (Scope, Call) {
        let call = call().build();
        self.calls.add(&call).await.unwrap();
        (Scope::User(call.user_id), call)
    }
}

/// Every column of it, with its event; and the call is heard there.
pub async fn a_recording_comes_back_as_it_was_added(stores: &Stage) {
    let (me, call) = stores.given_heard_call().await;
    let given = Recording {
        transcription: Some("„Guten Tag“ – 你好".to_owned()),
        sentiment: Some(Sentiment::Positive),
        ..recording(call.id)
    };
    let elsewhere = Recording {
        recording_url: "https://example.com/r.mp3".to_owned(),
        file_size: None,
        content_type: None,
        storage_key: None,
        ..recording(call.id)
    };
    let mark = stores.mark().await;
    for row in [&given, &elsewhere] {
        stores.recordings.add(me, row).await.unwrap();
        assert_eq!(stores.recordings.get(me, row.id).await.unwrap().as_ref(), Some(row));
    }
    let told = stores.since(mark).await;
    assert_eq!(told.iter().map(|event| event.kind).collect::<Vec<_>>(), [EventKind::RecordingAdded; 2]);
    assert_eq!((told[0].user_id, told[0].call_id), (call.user_id, Some(call.id)));
    let heard = stores.call(call.id).await.recording_url;
    assert_eq!(heard, Some(given.recording_url), "the first one stays");
}

/// Nothing is written when the call is somebody else's, hidden or not there.
pub async fn a_recording_needs_a_call_of_its_owner(stores: &Stage) {
    let (me, call) = stores.given_heard_call().await;
    let (other, hidden) = stores.given_heard_call().await;
    stores.calls.hide(other, hidden.id, T0).await.unwrap();
    let mark = stores.mark().await;
    let nowhere = recording(crate::builders::id(dialer_domain::CallId::new));
    for (scope, row) in [(other, recording(call.id)), (other, recording(hidden.id)), (me, nowhere)] {
        let refused = stores.recordings.add(scope, &row).await;
        assert!(matches!(refused, Err(StoreError::MissingReference { .. })), "{refused:?}");
        assert_eq!(stores.recordings.get(Scope::Service, row.id).await.unwrap(), None);
    }
    assert_eq!(stores.since(mark).await, []);
    assert_eq!(stores.call(call.id).await.recording_url, None);
}

/// It cannot be read, changed or removed.
pub async fn a_stranger_s_recording_does_not_exist(stores: &Stage) {
    let (me, call) = stores.given_heard_call().await;
    let row = recording(call.id);
    stores.recordings.add(me, &row).await.unwrap();
    let stranger = Scope::User(user());
    let clear = RecordingPatch { sentiment: Some(Some(Sentiment::Negative)), ..RecordingPatch::default() };
    assert_eq!(stores.recordings.get(stranger, row.id).await.unwrap(), None);
    assert_eq!(stores.recordings.patch(stranger, row.id, &clear, T0).await.unwrap(), None);
    assert_eq!(stores.recordings.remove(stranger, row.id, T0).await.unwrap(), None);
    let listed = stores.recordings.list(stranger, RecordingFilter::default(), everything()).await.unwrap();
    assert_eq!((listed.total, listed.items), (0, Vec::new()));
    assert_eq!(stores.recordings.get(me, row.id).await.unwrap(), Some(row));
}

/// By page, by call, by sentiment, and by whether they are transcribed.
pub async fn recordings_are_listed_latest_first(stores: &Stage) {
    let (me, call) = stores.given_heard_call().await;
    let mut rows = Vec::new();
    for n in 0..5_i64 {
        let sentiment = (n % 2 == 0).then_some(Sentiment::Neutral);
        let transcription = (n == 3).then(|| "words".to_owned());
        let row = Recording { created_at: minute(n / 2), sentiment, transcription, ..recording(call.id) };
        stores.recordings.add(me, &row).await.unwrap();
        rows.push(row);
    }
    rows.sort_by_key(|row| std::cmp::Reverse((row.created_at, row.id)));
    let (other, theirs) = stores.given_heard_call().await;
    stores.recordings.add(other, &recording(theirs.id)).await.unwrap();
    let list = |filter, page| stores.recordings.list(me, filter, page);
    let page = list(RecordingFilter::default(), window(2, 1)).await.unwrap();
    assert_eq!((page.total, page.items.as_slice()), (5, &rows[1..3]));
    let any = RecordingFilter::default();
    let neutral = list(RecordingFilter { sentiment: Some(Sentiment::Neutral), ..any }, everything()).await.unwrap();
    assert_eq!((neutral.total, neutral.items.len()), (3, 3));
    for (transcribed, count) in [(true, 1), (false, 4)] {
        let some = list(RecordingFilter { transcribed: Some(transcribed), ..any }, everything()).await.unwrap();
        assert_eq!((some.total, some.items.len()), (count, usize::try_from(count).unwrap()));
    }
    let of_call = |id| list(RecordingFilter { call: Some(id), ..any }, everything());
    assert_eq!(of_call(call.id).await.unwrap().total, 5);
    assert_eq!(of_call(theirs.id).await.unwrap().total, 0);
    let all = stores.recordings.list(Scope::Service, any, everything()).await.unwrap();
    assert_eq!(all.total, 6);
}

/// What is left out stays, what is removed goes; a change that changes nothing is no step.
pub async fn a_transcription_and_a_sentiment_are_set_and_cleared(stores: &Stage) {
    let (me, call) = stores.given_heard_call().await;
    let row = recording(call.id);
    stores.recordings.add(me, &row).await.unwrap();
    let mark = stores.mark().await;
    let change = |transcription, sentiment| RecordingPatch { transcription, sentiment, ..RecordingPatch::default() };
    let words = Some("words".to_owned());
    let after = stores.recordings.patch(me, row.id, &change(Some(words.clone()), None), T0).await.unwrap();
    let expected = Recording { transcription: words, ..row.clone() };
    assert_eq!(after, Some(expected.clone()));
    let judged = change(None, Some(Some(Sentiment::Negative)));
    let expected = Recording { sentiment: Some(Sentiment::Negative), ..expected };
    assert_eq!(stores.recordings.patch(me, row.id, &judged, T0).await.unwrap(), Some(expected.clone()));
    stores.recordings.patch(me, row.id, &judged, T0).await.unwrap();
    assert_eq!(stores.recordings.get(me, row.id).await.unwrap(), Some(expected));
    assert_eq!(stores.recordings.patch(me, row.id, &change(Some(None), Some(None)), T0).await.unwrap(), Some(row));
    assert_eq!(stores.happened_since(mark).await, [EventKind::RecordingUpdated; 3]);
}

/// With its address on the call, unless the call is heard elsewhere.
pub async fn a_removed_recording_is_gone(stores: &Stage) {
    let (me, call) = stores.given_heard_call().await;
    let (first, second) = (recording(call.id), recording(call.id));
    stores.recordings.add(me, &first).await.unwrap();
    stores.recordings.add(me, &second).await.unwrap();
    let mark = stores.mark().await;
    assert_eq!(stores.recordings.remove(me, second.id, T0).await.unwrap(), Some(second.clone()));
    assert_eq!(stores.call(call.id).await.recording_url.as_ref(), Some(&first.recording_url));
    assert_eq!(stores.recordings.remove(me, first.id, T0).await.unwrap(), Some(first.clone()));
    assert_eq!(stores.call(call.id).await.recording_url, None);
    assert_eq!(stores.recordings.remove(me, first.id, T0).await.unwrap(), None);
    assert_eq!(stores.recordings.get(me, first.id).await.unwrap(), None);
    assert_eq!(stores.happened_since(mark).await, [EventKind::RecordingRemoved; 2]);
}

/// For people; its file is still known to nobody.
pub async fn the_recordings_of_a_hidden_call_are_hidden(stores: &Stage) {
    let (me, call) = stores.given_heard_call().await;
    let row = recording(call.id);
    stores.recordings.add(me, &row).await.unwrap();
    stores.calls.hide(me, call.id, T0).await.unwrap();
    assert_eq!(stores.recordings.get(me, row.id).await.unwrap(), None);
    assert_eq!(stores.recordings.list(me, RecordingFilter::default(), everything()).await.unwrap().total, 0);
}

/// And neither changes nor removes it.
pub async fn the_agent_who_handled_a_call_hears_its_recording(stores: &Stage) {
    let agent = user();
    let call = call().handled_by(agent).build();
    stores.calls.add(&call).await.unwrap();
    let row = recording(call.id);
    stores.recordings.add(Scope::User(call.user_id), &row).await.unwrap();
    let agent = Scope::User(agent);
    assert_eq!(stores.recordings.get(agent, row.id).await.unwrap().as_ref(), Some(&row));
    let listed = stores.recordings.list(agent, RecordingFilter::default(), everything()).await.unwrap();
    assert_eq!((listed.total, listed.items.as_slice()), (1, std::slice::from_ref(&row)));
    let judge = RecordingPatch { sentiment: Some(Some(Sentiment::Negative)), ..RecordingPatch::default() };
    assert_eq!(stores.recordings.patch(agent, row.id, &judge, T0).await.unwrap(), None);
    assert_eq!(stores.recordings.remove(agent, row.id, T0).await.unwrap(), None);
    let refused = stores.recordings.add(agent, &recording(call.id)).await;
    assert!(matches!(refused, Err(StoreError::MissingReference { .. })), "{refused:?}");
    assert_eq!(stores.recordings.get(Scope::Service, row.id).await.unwrap(), Some(row));
}

/// Also when its recording has been removed since.
pub async fn what_the_provider_recorded_is_collected_once(stores: &Stage) {
    let ended_at = minute(9_000);
    let call = call().placed("collected-7").ended(CallOutcome::Completed, ended_at).build();
    stores.calls.add(&call).await.unwrap();
    let waits = async || stores.recordings.uncollected(ended_at, 10).await.unwrap();
    assert_eq!(waits().await, [call.clone()]);
    let from = ProviderRecordingId::new("r7");
    let first = recording(call.id);
    assert!(stores.recordings.collect(&first, &from).await.unwrap());
    assert_eq!(stores.recordings.get(Scope::User(call.user_id), first.id).await.unwrap(), Some(first.clone()));
    assert_eq!(stores.call(call.id).await.recording_url, Some(first.recording_url));
    assert_eq!(waits().await, []);
    let again = recording(call.id);
    let mark = stores.mark().await;
    assert!(!stores.recordings.collect(&again, &from).await.unwrap());
    stores.recordings.remove(Scope::User(call.user_id), first.id, ended_at).await.unwrap();
    assert!(!stores.recordings.collect(&again, &from).await.unwrap());
    assert_eq!(stores.recordings.get(Scope::Service, again.id).await.unwrap(), None);
    assert_eq!(stores.happened_since(mark).await, [EventKind::RecordingRemoved]);
    assert_eq!(waits().await, []);
}

/// Not calls that nobody answered, that are hidden, old, or that the provider does not know.
pub async fn only_conversations_of_named_calls_are_waited_for(stores: &Stage) {
    let at = |minutes: i64| minute(9_100 + minutes);
    let late = call().placed("w2").ended(CallOutcome::Completed, at(5)).build();
    let early = call().placed("w1").ended(CallOutcome::Completed, at(4)).build();
    let hidden = call().placed("w3").ended(CallOutcome::Completed, at(5)).build();
    let old = call().placed("w4").ended(CallOutcome::Completed, at(1)).build();
    let missed = call().placed("w5").ended(CallOutcome::NoAnswer, at(5)).build();
    let unnamed = call().ended(CallOutcome::Completed, at(5)).build();
    for call in [&late, &early, &hidden, &old, &missed, &unnamed] {
        stores.calls.add(call).await.unwrap();
    }
    stores.calls.hide(Scope::Service, hidden.id, at(6)).await.unwrap();
    assert_eq!(stores.recordings.uncollected(at(4), 10).await.unwrap(), [early.clone(), late]);
    assert_eq!(stores.recordings.uncollected(at(4), 1).await.unwrap(), [early]);
}
