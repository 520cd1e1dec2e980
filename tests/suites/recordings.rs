use dialer_domain::Role;
use dialer_tests::{Customer, Db, TestApp};
use reqwest::Method;
use rstest::rstest;
use serde_json::{Value, json};

/// A WAVE file of two seconds.
fn wav() -> Vec<u8> {
    let mut file = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x40\x1f\0\0\x01\0\x08\0data".to_vec();
    file.extend(16_000_u32.to_le_bytes());
    file.extend(vec![7; 16_000]);
    file
}

async fn recorded(me: &Customer) -> Value {
    let placed = me.post("/calls", &json!({"to": "+447700900123"})).await.unwrap().expect(201);
    let path = format!("/recordings?call_id={}", placed["call"]["id"].as_str().unwrap());
    let upload = me.request(Method::POST, &path).header("Content-Type", "audio/wav").body(wav());
    me.send(upload).await.unwrap().expect(201)["recording"].clone()
}

#[rstest]
#[case::sqlite(Db::Sqlite)]
#[case::postgres(Db::Postgres)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_is_recorded_heard_transcribed_and_forgotten(#[case] db: Db) {
    let app = TestApp::on(db).start().await.unwrap();
    let me = app.customer(Role::Agent).unwrap();
    let row = recorded(&me).await;
    let path = format!("/recordings/{}", row["id"].as_str().unwrap());
    assert_eq!((&row["duration"], &row["file_size"]), (&json!(2), &json!(16_044)));
    let call = format!("/calls/{}", row["call_id"].as_str().unwrap());
    assert_eq!(me.get(&call).await.unwrap().expect(200)["call"]["recording_url"], row["recording_url"]);

    let audio = format!("{path}/audio");
    let part = me.request(Method::GET, &audio).header("Range", "bytes=0-3").send().await.unwrap();
    assert_eq!((part.status().as_u16(), part.bytes().await.unwrap().as_ref()), (206, b"RIFF".as_slice()));
    let whole = me.request(Method::GET, &audio).send().await.unwrap();
    assert!(whole.bytes().await.unwrap() == wav());

    let words = json!({"transcription": "Guten Tag – 你好", "sentiment": "neutral"});
    let changed = me.patch(&path, &words).await.unwrap().expect(200);
    assert_eq!(changed["recording"]["transcription"], words["transcription"]);
    let found = me.get("/recordings?transcribed=true&sentiment=neutral").await.unwrap().expect(200);
    assert_eq!((&found["total"], &found["recordings"][0]), (&json!(1), &changed["recording"]));

    let stranger = app.customer(Role::Admin).unwrap();
    stranger.get(&path).await.unwrap().expect(404);
    stranger.get(&audio).await.unwrap().expect(404);
    stranger.delete(&path).await.unwrap().expect(404);
    assert_eq!(stranger.get("/recordings").await.unwrap().expect(200)["total"], 0);

    me.delete(&path).await.unwrap().expect(204);
    me.get(&audio).await.unwrap().expect(404);
    assert_eq!(me.get(&call).await.unwrap().expect(200)["call"]["recording_url"], Value::Null);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_largest_recording_is_what_the_settings_say() {
    let app = TestApp::on(Db::Sqlite).setting("DIALER__AUDIO__UPLOAD_LIMIT_MIB", "1").start().await.unwrap();
    let me = app.customer(Role::Agent).unwrap();
    let placed = me.post("/calls", &json!({"to": "+447700900123"})).await.unwrap().expect(201);
    let path = format!("/recordings?call_id={}", placed["call"]["id"].as_str().unwrap());
    let send = |bytes: usize| {
        let sound = [b"OggS".to_vec(), vec![0; bytes - 4]].concat();
        me.send(me.request(Method::POST, &path).header("Content-Type", "audio/ogg").body(sound))
    };
    send(1024 * 1024).await.unwrap().expect(201);
    assert_eq!(send(1024 * 1024 + 1).await.unwrap().expect(413)["code"], "too_large");
    app.stop().await;
}
