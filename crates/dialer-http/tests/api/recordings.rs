use dialer_domain::Role;
use dialer_testkit::builders;
use reqwest::header::HeaderMap;
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};

use crate::desk::{AUDIO_LIMIT, Desk, NOWHERE, OWNER, STRANGER, answer, form, id, wrong};
use crate::forgetful::{Failure, forgetful};

/// A WAVE file of ten seconds, whose sound is not all the same.
fn wav() -> Vec<u8> {
    let mut file = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x40\x1f\0\0\x01\0\x08\0data".to_vec();
    file.extend(80_000_u32.to_le_bytes());
    file.extend((0..80_000_u32).map(|n| u8::try_from(n % 251).unwrap()));
    file
}

async fn call(desk: &Desk) -> String {
    use dialer_domain::calls::store::CallStore;
    let call = builders::call().owner(OWNER).build();
    desk.store.add(&call).await.unwrap();
    call.id.to_string()
}

fn upload(desk: &Desk, call: &str, kind: &str, body: Vec<u8>) -> RequestBuilder {
    let path = format!("/recordings?call_id={call}");
    desk.request(Method::POST, &path).header("Content-Type", kind).body(body)
}

/// A recording of a call of the owner's.
async fn recorded(desk: &Desk) -> Value {
    let (status, made) = answer(upload(desk, &call(desk).await, "audio/wav", wav())).await;
    assert_eq!(status, 201, "{made}");
    made["recording"].clone()
}

async fn play(request: RequestBuilder) -> (StatusCode, HeaderMap, Vec<u8>) {
    let response = request.send().await.unwrap();
    (response.status(), response.headers().clone(), response.bytes().await.unwrap().to_vec())
}

#[tokio::test]
async fn a_recording_is_sent_listed_heard_and_removed() {
    let desk = Desk::open();
    let call = call(&desk).await;
    let (status, made) = answer(upload(&desk, &call, "audio/x-wav", wav())).await;
    assert_eq!(status, 201, "{made}");
    let row = &made["recording"];
    let path = format!("/recordings/{}", id(row));
    assert_eq!((&row["call_id"], &row["duration"], &row["file_size"]), (&json!(call), &json!(10), &json!(80_044)));
    assert_eq!((&row["content_type"], &row["sentiment"]), (&json!("audio/wav"), &Value::Null));
    assert_eq!(row["recording_url"], format!("/api/dialer{path}/audio"));
    assert!(row.get("storage_key").is_none(), "where it lies is our business");
    let (_, logged) = desk.get(&format!("/calls/{call}")).await;
    assert_eq!(logged["call"]["recording_url"], row["recording_url"]);
    assert_eq!(desk.get(&path).await.1["recording"], *row);

    let (status, headers, body) = play(desk.request(Method::GET, &format!("{path}/audio"))).await;
    assert_eq!((status.as_u16(), body == wav()), (200, true));
    assert_eq!(headers["content-type"], "audio/wav");
    assert_eq!(
        (&headers["accept-ranges"], &headers["content-length"]),
        (&"bytes".parse().unwrap(), &"80044".parse().unwrap())
    );
    assert_eq!(headers["x-content-type-options"], "nosniff");
    assert!(headers["content-disposition"].to_str().unwrap().ends_with(".wav\""));

    assert_eq!(desk.audio.count(), 1);
    assert_eq!(desk.delete(&path).await.0, 204);
    assert_eq!(desk.audio.count(), 0, "the file went with its row");
    assert_eq!(desk.get(&path).await.0, 404);
    assert_eq!(desk.get(&format!("/calls/{call}")).await.1["call"]["recording_url"], Value::Null);
}

#[tokio::test]
async fn any_part_of_a_recording_can_be_played() {
    let desk = Desk::open();
    let path = format!("/recordings/{}/audio", id(&recorded(&desk).await));
    let whole = wav();
    let part = |range: &str| play(desk.request(Method::GET, &path).header("Range", range));
    for (range, from, to) in [("bytes=0-9", 0, 9), ("bytes=80000-", 80_000, 80_043), ("bytes=-5", 80_039, 80_043)] {
        let (status, headers, body) = part(range).await;
        assert_eq!(status, 206, "{range}");
        assert_eq!(headers["content-range"], format!("bytes {from}-{to}/80044"));
        assert_eq!(body, whole[from..=to], "{range}");
    }
    let (status, headers, body) = part("bytes=80044-").await;
    assert_eq!((status.as_u16(), &headers["content-range"]), (416, &"bytes */80044".parse().unwrap()));
    let problem: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(problem["code"], "range_not_satisfiable");
    for ignored in ["bytes=0-1,4-5", "bytes=x-y", "lines=1-2"] {
        let (status, _, body) = part(ignored).await;
        assert_eq!((status.as_u16(), body.len()), (200, whole.len()), "{ignored}");
    }
}

#[tokio::test]
async fn who_has_the_recording_already_need_not_load_it_again() {
    let desk = Desk::open();
    let path = format!("/recordings/{}/audio", id(&recorded(&desk).await));
    let (status, head, body) = play(desk.request(Method::HEAD, &path)).await;
    assert_eq!((status.as_u16(), body.len(), &head["content-length"]), (200, 0, &"80044".parse().unwrap()));
    let tag = head["etag"].to_str().unwrap();
    let (status, headers, body) = play(desk.request(Method::GET, &path).header("If-None-Match", tag)).await;
    assert_eq!((status.as_u16(), body.len(), &headers["etag"]), (304, 0, &head["etag"]));
    let resumed = |tag: &str| desk.request(Method::GET, &path).header("Range", "bytes=5-").header("If-Range", tag);
    assert_eq!(play(resumed(tag)).await.0, 206);
    assert_eq!(play(resumed("\"another\"")).await.0, 200);
}

#[tokio::test]
async fn a_transcription_and_a_sentiment_are_written_found_and_cleared() {
    let desk = Desk::open();
    let path = format!("/recordings/{}", id(&recorded(&desk).await));
    recorded(&desk).await;
    let words = json!({"transcription": "Guten Tag", "sentiment": "positive"});
    let (status, changed) = desk.patch(&path, &words).await;
    assert_eq!((status.as_u16(), &changed["recording"]["transcription"]), (200, &json!("Guten Tag")));
    for (query, total) in [
        ("", 2),
        ("?sentiment=positive", 1),
        ("?sentiment=negative", 0),
        ("?transcribed=true", 1),
        ("?transcribed=false", 1),
    ] {
        assert_eq!(desk.get(&format!("/recordings{query}")).await.1["total"], total, "{query}");
    }
    let (_, kept) = desk.patch(&path, &json!({"transcription": null})).await;
    assert_eq!(
        (&kept["recording"]["transcription"], &kept["recording"]["sentiment"]),
        (&Value::Null, &json!("positive"))
    );
    let (status, problem) = desk.patch(&path, &json!({"sentiment": "angry"})).await;
    assert_eq!((status.as_u16(), wrong(&problem)), (422, vec![("sentiment", "not_one_of")]));
    assert_eq!(desk.patch(&path, &json!({"duration": 1})).await.0, 422);
    assert_eq!(desk.get("/recordings?colour=red").await.0, 422);
}

#[tokio::test]
async fn what_is_no_recording_leaves_nothing_behind() {
    let desk = Desk::open();
    let call = call(&desk).await;
    let refused = [
        (upload(&desk, &call, "text/html", wav()), 415, "unsupported_media_type"),
        (upload(&desk, &call, "audio/wav", b"<script>".to_vec()), 422, "invalid_request"),
        (upload(&desk, &call, "audio/wav", Vec::new()), 422, "invalid_request"),
        (upload(&desk, &NOWHERE.to_string(), "audio/wav", wav()), 404, "not_found"),
        (upload(&desk, "", "audio/wav", wav()), 422, "invalid_request"),
    ];
    for (request, status, code) in refused {
        let (given, problem) = answer(request).await;
        assert_eq!((given.as_u16(), &problem["code"]), (status, &json!(code)), "{problem}");
    }
    assert_eq!((desk.audio.count(), desk.get("/recordings").await.1["total"].as_u64()), (0, Some(0)));
}

#[tokio::test]
async fn a_recording_that_is_too_long_is_refused_whether_or_not_it_says_so() {
    let desk = Desk::open();
    let call = call(&desk).await;
    let long = [b"OggS".to_vec(), vec![0; usize::try_from(AUDIO_LIMIT).unwrap()]].concat();
    let (status, problem) = answer(upload(&desk, &call, "audio/ogg", long.clone())).await;
    assert_eq!((status.as_u16(), &problem["code"]), (413, &json!("too_large")));
    let chunks = long.chunks(50_000).map(|chunk| Ok::<_, std::io::Error>(chunk.to_vec())).collect::<Vec<_>>();
    let unannounced = reqwest::Body::wrap_stream(futures_util::stream::iter(chunks));
    let path = format!("/recordings?call_id={call}");
    let request = desk.request(Method::POST, &path).header("Content-Type", "audio/ogg").body(unannounced);
    let (status, problem) = answer(request).await;
    assert_eq!((status.as_u16(), &problem["code"]), (413, &json!("too_large")));
    assert_eq!(desk.audio.count(), 0);
}

#[tokio::test]
async fn the_duration_is_the_sender_s_word_where_the_file_is_silent_about_it() {
    let desk = Desk::open();
    let call = call(&desk).await;
    let send = |duration: &str, kind: &str, body: Vec<u8>| {
        let path = format!("/recordings?call_id={call}&duration={duration}");
        answer(desk.request(Method::POST, &path).header("Content-Type", kind).body(body))
    };
    assert_eq!(send("33", "audio/mpeg", b"ID3\x04sound".to_vec()).await.1["recording"]["duration"], 33);
    assert_eq!(send("33", "audio/wav", wav()).await.1["recording"]["duration"], 10);
    assert_eq!(send("", "audio/mpeg", b"ID3\x04sound".to_vec()).await.1["recording"]["duration"], 0);
    assert_eq!(send("-3", "audio/mpeg", b"ID3\x04sound".to_vec()).await.0, 422);
}

#[tokio::test]
async fn the_agent_of_the_call_hears_it_and_a_stranger_does_not() {
    use dialer_domain::calls::store::CallStore;
    let desk = Desk::open();
    let agent = builders::user();
    let call = builders::call().owner(OWNER).handled_by(agent).build();
    desk.store.add(&call).await.unwrap();
    let (_, made) = answer(upload(&desk, &call.id.to_string(), "audio/wav", wav())).await;
    let path = format!("/recordings/{}", id(&made["recording"]));
    let audio = format!("{path}/audio");
    for (user, status) in [(agent, 200), (STRANGER, 404)] {
        for path in [&path, &audio] {
            assert_eq!(play(desk.as_user(user, Role::Agent, Method::GET, path)).await.0, status);
        }
        let judge = desk.as_user(user, Role::Agent, Method::PATCH, &path).json(&json!({"sentiment": "negative"}));
        assert_eq!(answer(judge).await.0, 404, "only the owner changes it");
        assert_eq!(answer(desk.as_user(user, Role::Agent, Method::DELETE, &path)).await.0, 404);
    }
    let listed = answer(desk.as_user(agent, Role::Agent, Method::GET, "/recordings")).await.1;
    assert_eq!(listed["total"], 1);
    assert_eq!(play(desk.anonymous(Method::GET, &format!("/api/dialer{audio}"))).await.0, 401);
}

#[tokio::test]
async fn audio_that_is_with_the_provider_is_not_passed_on() {
    use dialer_domain::Scope;
    use dialer_domain::recordings::{Recording, RecordingStore};
    let desk = Desk::open();
    let call = call(&desk).await.parse().unwrap();
    let elsewhere = "https://provider.example/r/1.mp3".to_owned();
    let row = Recording { recording_url: elsewhere, storage_key: None, ..builders::recording(call) };
    RecordingStore::add(&desk.store, Scope::User(OWNER), &row).await.unwrap();
    let (status, problem) = desk.get(&format!("/recordings/{}/audio", row.id)).await;
    assert_eq!((status.as_u16(), &problem["code"]), (404, &json!("audio_not_stored")));
}

#[tokio::test]
async fn a_recording_that_is_sent_again_with_its_key_is_kept_once() {
    let desk = Desk::open();
    let call = call(&desk).await;
    let send = |body: Vec<u8>| answer(upload(&desk, &call, "audio/wav", body).header("Idempotency-Key", "upload-1"));
    let (status, made) = send(wav()).await;
    assert_eq!(status, 201, "{made}");
    assert_eq!(send(wav()).await, (StatusCode::CREATED, made));
    assert_eq!((desk.audio.count(), &desk.get("/recordings").await.1["total"]), (1, &json!(1)));
    let other = [wav(), vec![0]].concat();
    assert_eq!(send(other).await.0, 422, "another body under the same key");
    assert_eq!(desk.audio.count(), 1);
}

#[tokio::test]
async fn a_recording_that_could_not_be_stored_leaves_no_audio() {
    for (failure, expected) in [(Failure::Refused, 409), (Failure::Unknown, 503)] {
        let desk = Desk::open_with(|ports| forgetful(ports, failure));
        let call = call(&desk).await;
        let request = upload(&desk, &call, "audio/wav", wav()).header("Idempotency-Key", "one");
        let (status, problem) = answer(request).await;
        assert_eq!((status.as_u16(), desk.audio.count()), (expected, 0), "{problem}");
        assert_eq!(desk.get("/recordings").await.1["total"], 0);
    }
}

#[tokio::test]
async fn a_recording_that_is_sent_again_is_kept_once_also_as_a_form() {
    let desk = Desk::open();
    let call = call(&desk).await;
    let send = async |boundary: &str, sound: Vec<u8>| {
        let path = format!("/recordings?call_id={call}");
        let request = desk.request(Method::POST, &path).header("Idempotency-Key", "one");
        answer(form(request, boundary, &[("file", "audio/wav", &sound)])).await
    };
    let first = send("one", wav()).await;
    assert_eq!(first.0, 201, "{}", first.1);
    assert_eq!(send("two", wav()).await, first);
    let mut other = wav();
    other.push(0);
    assert_eq!(send("one", other).await.1["code"], "idempotency_key_reused");
    assert_eq!((desk.audio.count(), desk.get("/recordings").await.1["total"].clone()), (1, json!(1)));
}
