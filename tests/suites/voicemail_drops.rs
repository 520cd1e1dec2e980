use dialer_domain::Role;
use dialer_tests::{Db, TestApp};
use reqwest::Method;
use rstest::rstest;
use serde_json::json;

#[rstest]
#[case::sqlite(Db::Sqlite)]
#[case::postgres(Db::Postgres)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_is_recorded_used_and_replaced(#[case] db: Db) {
    let app = TestApp::on(db).start().await.unwrap();
    let me = app.customer(Role::Agent).unwrap();
    let made = me.post("/voicemail-drops", &json!({"name": "Call me back"})).await.unwrap().expect(201);
    let path = format!("/voicemail-drops/{}", made["voicemail_drop"]["id"].as_str().unwrap());
    for sound in [b"OggSone".as_slice(), b"OggStwo"] {
        let put = me.request(Method::PUT, &format!("{path}/audio?duration=5")).header("Content-Type", "audio/ogg");
        let row = me.send(put.body(sound)).await.unwrap().expect(200);
        assert_eq!((&row["voicemail_drop"]["duration"], &row["voicemail_drop"]["file_size"]), (&json!(5), &json!(7)));
        let heard = me.request(Method::GET, &format!("{path}/audio")).send().await.unwrap();
        assert_eq!(heard.bytes().await.unwrap().as_ref(), sound);
    }
    let placed = me.post("/calls", &json!({"to": "+447700900123"})).await.unwrap().expect(201);
    let uses = format!("{path}/uses");
    me.post(&uses, &json!({"call_id": placed["call"]["id"]})).await.unwrap().expect(200);
    let row = me.post(&uses, &json!({})).await.unwrap().expect(200);
    assert_eq!(row["voicemail_drop"]["usage_count"], 2);
    let renamed = me.patch(&path, &json!({"name": "Ring me"})).await.unwrap().expect(200);
    let listed = me.get("/voicemail-drops").await.unwrap().expect(200);
    assert_eq!((&listed["total"], &listed["voicemail_drops"][0]), (&json!(1), &renamed["voicemail_drop"]));
    let stranger = app.customer(Role::Admin).unwrap();
    stranger.get(&path).await.unwrap().expect(404);
    stranger.post(&uses, &json!({})).await.unwrap().expect(404);
    me.delete(&path).await.unwrap().expect(204);
    me.get(&path).await.unwrap().expect(404);
    app.stop().await;
}
