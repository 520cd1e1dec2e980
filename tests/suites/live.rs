use dialer_domain::Role;
use dialer_simulator::SipTally;
use dialer_tests::{Db, TestApp};
use rstest::rstest;
use serde_json::json;

/// A dialer that looks at the provider's calls once an hour: what it knows earlier, it was told or told to look for.
#[rstest]
#[case::sqlite(Db::Sqlite)]
#[case::postgres(Db::Postgres)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_is_known_to_be_answered_at_once_where_live_events_are_on(#[case] db: Db) {
    // A conversation that outlasts the test.
    let app = TestApp::on(db).carrier(|carrier| {
        carrier.short_talk.median_seconds = 90_000.0;
        carrier.long_talk_share = 0.0;
    });
    let app = app.setting("DIALER__TELEPHONY__VOIPSTUDIO__LIVE_EVENTS", "sip");
    let app = app.setting("DIALER__ENGINE__SWEEP_SECONDS", "3600").start().await.unwrap();
    let heard = |tally: &SipTally| tally.answered > 0;
    app.provider.sip_tally().wait_for(heard).await.unwrap();
    let me = app.customer(Role::Agent).unwrap();
    me.post("/calls", &json!({"to": "+447700900123"})).await.unwrap().expect(201);
    let placed_at = app.clock.now();
    // The list is the dialer's own; one call alone is looked up at the provider.
    while me.get("/calls").await.unwrap().expect(200)["calls"][0]["status"] != "answered" {
        app.pass(time::Duration::seconds(2)).await;
    }
    assert!(app.clock.now() - placed_at < time::Duration::minutes(5), "it did not wait for the hour");
    app.stop().await;
}
