//! Recordings and voice messages.

use dialer_simulator::{OutcomeShares, RecordingKnobs};
use reqwest::Method;
use serde_json::{Value, json};
use time::Duration;

use crate::common::{AGENT_RINGS, CUSTOMER_RINGS, NUMBER, TALK, TestBench, bench, bench_with, exact, read};

fn recording(knobs: RecordingKnobs) -> TestBench {
    bench_with(exact(OutcomeShares::PERSON), |all| all.recordings = knobs)
}

async fn audio(bench: &TestBench, path: &str) -> Vec<u8> {
    let answer = bench.request(Method::GET, path).header("range", "bytes=0-9").send().await.unwrap();
    assert_eq!((answer.status().as_u16(), &answer.headers()["content-type"]), (200, &"audio/mpeg".parse().unwrap()));
    assert!(!answer.headers().contains_key("accept-ranges"));
    answer.bytes().await.unwrap().to_vec()
}

#[tokio::test]
async fn an_answered_call_leaves_a_recording_whose_bytes_are_as_many_as_said() {
    let bench = recording(RecordingKnobs { on: true, delay: Duration::seconds(9), ..RecordingKnobs::default() });
    bench.dial(10_001, NUMBER).await;
    bench.clock.advance(CUSTOMER_RINGS + TALK + 8);
    assert_eq!(bench.rows("/monitors").await, Vec::<Value>::new());
    bench.clock.advance(1);

    let rows = bench.rows("/monitors").await;
    let row = &rows[0];
    assert_eq!(row["timestamp"], "2026-03-02 09:00:14", "{AGENT_RINGS} and {CUSTOMER_RINGS} s of ringing");
    assert_eq!((&row["caller"], &row["called"]), (&json!("442079460001"), &json!(NUMBER)));
    assert_eq!((&row["duration"], &row["type"]), (&json!(TALK), &json!("O")));
    assert!(row.get("call_id").is_none() && row.get("transcript").is_none());
    assert_eq!(bench.get(&format!("/monitors/{}", row["id"])).await.1["data"], *row);

    let bytes = audio(&bench, &format!("/monitors/{}.mp3", row["id"])).await;
    assert_eq!(u64::try_from(bytes.len()).unwrap(), row["size"].as_u64().unwrap(), "Range is passed over");
    assert_eq!(bytes[..2], [0xFF, 0xF3], "the head of an MPEG frame");
    assert_eq!(bench.get("/monitors/1").await.0, 404);
    assert_eq!(bench.get("/monitors/1.mp3").await.0, 404);
}

#[tokio::test]
async fn recordings_are_filtered_as_the_provider_filters_them() {
    let bench = recording(RecordingKnobs { on: true, ..RecordingKnobs::default() });
    bench.dial(10_001, NUMBER).await;
    bench.let_it_end();
    let count = async |property: &str, value: Value| {
        let filter = json!([{ "property": property, "operator": "gte", "value": value }]).to_string();
        let request = bench.request(Method::GET, "/monitors").query(&[("filter", filter)]);
        let (status, body) = read(request.send().await.unwrap()).await;
        if status == 200 { body["total"].as_i64() } else { None }
    };
    assert_eq!(count("timestamp", json!("2026-03-02 09:00:14")).await, Some(1));
    assert_eq!(count("timestamp", json!("2026-03-02 09:00:15")).await, Some(0));
    assert_eq!(count("duration", json!(TALK)).await, Some(1));
    assert_eq!(count("size", json!(1)).await, None);
}

#[tokio::test]
async fn a_row_may_name_its_call_and_hold_what_the_add_on_found_out() {
    let bench = recording(RecordingKnobs { on: true, names_call: true, cx: true, ..RecordingKnobs::default() });
    let id = bench.dial(10_001, NUMBER).await;
    bench.let_it_end();
    let rows = bench.rows("/monitors").await;
    assert_eq!(rows[0]["call_id"], id);
    assert!(rows[0]["transcript"].is_string() && rows[0]["transcript_speakers"].is_array());
    assert!(["positive", "neutral", "negative"].contains(&rows[0]["sentiment"].as_str().unwrap()));
    assert!((1..=10).contains(&rows[0]["cx_score"].as_i64().unwrap()));
    assert!(rows[0]["summary"].is_string() && rows[0]["metadata"]["timeline"].is_array());
}

#[tokio::test]
async fn a_recording_may_be_cut_short() {
    let bench = recording(RecordingKnobs { on: true, cut_short: true, ..RecordingKnobs::default() });
    bench.dial(10_001, NUMBER).await;
    bench.let_it_end();
    let row = bench.rows("/monitors").await.remove(0);
    let bytes = audio(&bench, &format!("/monitors/{}.mp3", row["id"])).await;
    assert_eq!(u64::try_from(bytes.len()).unwrap(), row["size"].as_u64().unwrap() / 2);
}

#[tokio::test]
async fn neither_an_unanswered_call_nor_an_account_that_records_nothing_leaves_a_recording() {
    let silent = bench_with(exact(OutcomeShares::BUSY), |knobs| knobs.recordings.on = true);
    for bench in [silent, bench()] {
        bench.dial(10_001, NUMBER).await;
        bench.let_it_end();
        assert_eq!(bench.rows("/monitors").await, Vec::<Value>::new());
    }
}

#[tokio::test]
async fn a_voice_message_is_listed_and_can_be_heard() {
    let bench = bench();
    let id = bench.double.receive_voice_message("447700900170", "442079460001", 20);
    let rows = bench.rows("/voicemessages").await;
    let expected = json!({
        "id": id, "origtime": "2026-03-02 09:00:00", "caller": "447700900170", "dialled": "442079460001",
        "duration": 20, "folder": "INBOX", "is_new": true,
    });
    assert_eq!(rows, [expected]);
    assert_eq!(bench.get(&format!("/voicemessages/{id}")).await.1["data"], rows[0]);
    assert!(audio(&bench, &format!("/voicemessages/{id}.mp3")).await.len() > 19_000);
    assert_eq!(bench.get("/voicemessages/1.mp3").await.0, 404);
}
