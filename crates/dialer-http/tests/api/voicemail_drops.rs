use dialer_domain::Role;
use dialer_testkit::builders;
use reqwest::Method;
use serde_json::{Value, json};

use crate::desk::{AUDIO_LIMIT, Desk, NOWHERE, OWNER, STRANGER, answer, form, id, wrong};

const SOUND: &[u8] = b"ID3\x04some sound";

async fn drop(desk: &Desk, body: &Value) -> Value {
    let (status, made) = desk.post("/voicemail-drops", body).await;
    assert_eq!(status, 201, "{made}");
    made["voicemail_drop"].clone()
}

async fn record(desk: &Desk, path: &str, sound: &[u8]) -> Value {
    let request = desk.request(Method::PUT, &format!("{path}/audio?duration=7")).header("Content-Type", "audio/mpeg");
    let (status, made) = answer(request.body(sound.to_vec())).await;
    assert_eq!(status, 200, "{made}");
    made["voicemail_drop"].clone()
}

#[tokio::test]
async fn a_drop_is_made_recorded_heard_and_removed() {
    let desk = Desk::open();
    let made = drop(&desk, &json!({"name": " Call me back "})).await;
    let path = format!("/voicemail-drops/{}", id(&made));
    let url = format!("/api/dialer{path}/audio");
    assert_eq!(
        (&made["name"], &made["usage_count"], &made["duration"]),
        (&json!("Call me back"), &json!(0), &json!(0))
    );
    assert_eq!((&made["user_id"], &made["audio_url"]), (&json!(OWNER.to_string()), &json!(url)));
    let (status, problem) = desk.get(&format!("{path}/audio")).await;
    assert_eq!((status.as_u16(), &problem["code"]), (404, &json!("audio_not_stored")));

    let recorded = record(&desk, &path, SOUND).await;
    assert_eq!((&recorded["audio_url"], &recorded["duration"]), (&json!(url), &json!(7)));
    assert_eq!((&recorded["content_type"], &recorded["file_size"]), (&json!("audio/mpeg"), &json!(SOUND.len())));
    let part = desk.request(Method::GET, &format!("{path}/audio")).header("Range", "bytes=4-7").send().await.unwrap();
    assert_eq!((part.status().as_u16(), part.bytes().await.unwrap().as_ref()), (206, b"some".as_slice()));

    record(&desk, &path, b"ID3\x04other sound").await;
    let heard = desk.request(Method::GET, &format!("{path}/audio")).send().await.unwrap();
    assert_eq!(heard.bytes().await.unwrap().as_ref(), b"ID3\x04other sound");
    assert_eq!(desk.audio.count(), 1, "the audio before went away");
    assert_eq!(desk.delete(&path).await.0, 204);
    assert_eq!((desk.audio.count(), desk.get(&path).await.0.as_u16()), (0, 404));
}

#[tokio::test]
async fn a_drop_whose_audio_is_elsewhere_is_changed_and_listed() {
    let desk = Desk::open();
    let made = drop(&desk, &json!({"name": "A", "audio_url": "https://example.com/a.mp3", "duration": 20})).await;
    drop(&desk, &json!({"name": "B"})).await;
    let path = format!("/voicemail-drops/{}", id(&made));
    assert_eq!((&made["audio_url"], &made["duration"]), (&json!("https://example.com/a.mp3"), &json!(20)));
    let (_, changed) = desk.patch(&path, &json!({"name": "Z", "duration": 21})).await;
    assert_eq!((&changed["voicemail_drop"]["name"], &changed["voicemail_drop"]["duration"]), (&json!("Z"), &json!(21)));
    record(&desk, &path, SOUND).await;
    let (_, away) = desk.patch(&path, &json!({"audio_url": "https://example.com/b.mp3"})).await;
    assert_eq!((&away["voicemail_drop"]["content_type"], desk.audio.count()), (&Value::Null, 0));
    let (_, listed) = desk.get("/voicemail-drops?limit=1").await;
    assert_eq!((&listed["total"], listed["voicemail_drops"].as_array().unwrap().len()), (&json!(2), 1));
}

#[tokio::test]
async fn each_use_is_counted() {
    use dialer_domain::calls::store::CallStore;
    let desk = Desk::open();
    let path = format!("/voicemail-drops/{}", id(&drop(&desk, &json!({"name": "A"})).await));
    let call = builders::call().owner(OWNER).build();
    desk.store.add(&call).await.unwrap();
    let uses = format!("{path}/uses");
    assert_eq!(desk.post(&uses, &json!({})).await.1["voicemail_drop"]["usage_count"], 1);
    assert_eq!(desk.post(&uses, &json!({"call_id": call.id})).await.1["voicemail_drop"]["usage_count"], 2);
    assert_eq!(desk.post(&uses, &json!({"call_id": NOWHERE})).await.0, 404);
    assert_eq!(desk.get(&path).await.1["voicemail_drop"]["usage_count"], 2);
}

#[tokio::test]
async fn a_drop_that_is_wrong_is_refused_field_by_field() {
    let desk = Desk::open();
    let (status, problem) =
        desk.post("/voicemail-drops", &json!({"name": " ", "audio_url": "file:///etc/passwd", "duration": -1})).await;
    let mut named = wrong(&problem);
    named.sort_unstable();
    assert_eq!(
        (status.as_u16(), named),
        (422, vec![("audio_url", "not_a_url"), ("duration", "out_of_range"), ("name", "required"),])
    );
    let path = format!("/voicemail-drops/{}/audio", id(&drop(&desk, &json!({"name": "A"})).await));
    let put = |kind: &str, body: &'static str| {
        answer(desk.request(Method::PUT, &path).header("Content-Type", kind).body(body))
    };
    assert_eq!(put("text/plain", "ID3").await.0, 415);
    assert_eq!(put("audio/mpeg", "<html>").await.0, 422);
    assert_eq!(desk.audio.count(), 0);
}

#[tokio::test]
async fn a_stranger_finds_no_drop() {
    let desk = Desk::open();
    let path = format!("/voicemail-drops/{}", id(&drop(&desk, &json!({"name": "A"})).await));
    record(&desk, &path, SOUND).await;
    let as_stranger = |method: Method, path: &str| desk.as_user(STRANGER, Role::Admin, method, path);
    let audio = format!("{path}/audio");
    let requests = [
        as_stranger(Method::GET, &path),
        as_stranger(Method::GET, &audio),
        as_stranger(Method::DELETE, &path),
        as_stranger(Method::PATCH, &path).json(&json!({"name": "B"})),
        as_stranger(Method::POST, &format!("{path}/uses")).json(&json!({})),
        as_stranger(Method::PUT, &audio).header("Content-Type", "audio/mpeg").body(SOUND),
    ];
    for request in requests {
        assert_eq!(answer(request).await.0, 404);
    }
    assert_eq!(answer(as_stranger(Method::GET, "/voicemail-drops")).await.1["total"], 0);
    assert_eq!(desk.audio.count(), 1);
}

#[tokio::test]
async fn the_audio_of_a_drop_may_come_as_a_form() {
    let desk = Desk::open();
    let path = format!("/voicemail-drops/{}", id(&drop(&desk, &json!({"name": "A"})).await));
    let put = || desk.request(Method::PUT, &format!("{path}/audio?duration=7"));
    let (status, made) = answer(form(put(), "b", &[("file", "audio/mpeg", SOUND)])).await;
    assert_eq!(status, 200, "{made}");
    let row = &made["voicemail_drop"];
    assert_eq!(
        (&row["content_type"], &row["file_size"], &row["duration"]),
        (&json!("audio/mpeg"), &json!(SOUND.len()), &json!(7))
    );
    let heard = desk.request(Method::GET, &format!("{path}/audio")).send().await.unwrap();
    assert_eq!(heard.bytes().await.unwrap().as_ref(), SOUND);

    let refused = async |parts: &[(&str, &str, &[u8])]| {
        let (status, problem) = answer(form(put(), "b", parts)).await;
        let first = problem["errors"][0].clone();
        (status.as_u16(), first["field"].as_str().unwrap_or_default().to_owned(), first["code"].clone())
    };
    let fault = |field: &str, code: &str| (422, field.to_owned(), json!(code));
    assert_eq!(refused(&[]).await, fault("file", "required"));
    assert_eq!(refused(&[("name", "text/plain", b"B")]).await, fault("name", "unknown_field"));
    let file = ("file", "audio/mpeg", SOUND);
    assert_eq!(refused(&[file, file]).await, fault("file", "repeated"));
    assert_eq!(refused(&[("file", "text/plain", SOUND)]).await.0, 415);
    assert_eq!(refused(&[("file", "audio/mpeg", b"<html>")]).await, fault("body", "not_audio"));
    let long = [b"ID3".as_slice(), &vec![0; usize::try_from(AUDIO_LIMIT).unwrap()]].concat();
    assert_eq!(refused(&[("file", "audio/mpeg", &long)]).await.0, 413);
    assert_eq!(desk.audio.count(), 1, "what was there stays");
    let heard = desk.request(Method::GET, &format!("{path}/audio")).send().await.unwrap();
    assert_eq!(heard.bytes().await.unwrap().as_ref(), SOUND);
}
