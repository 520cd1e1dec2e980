//! Assumptions about the provider, each the other way round.

use dialer_simulator::{
    AnswerState, BeforeAnswer, CarrierSettings, CdrCallId, CdrIds, ErrorCode, Knobs, Legs, LiveIds, OutcomeShares,
    Outsider, ProviderDouble, ProviderDoubleSettings, ScaledClock, StartError,
};
use reqwest::Method;
use serde_json::{Value, json};
use time::Duration;

use crate::common::{AGENT_RINGS, CDR_DELAY, CUSTOMER_RINGS, NUMBER, START, TALK, TestBench, bench, bench_with, exact};

fn turned(turn: impl FnOnce(&mut Knobs)) -> TestBench {
    bench_with(exact(OutcomeShares::PERSON), turn)
}

#[tokio::test]
async fn the_answered_id_may_not_be_the_one_that_the_call_goes_by() {
    let bench = turned(|knobs| (knobs.live_ids, knobs.live_legs) = (LiveIds::Others, Legs::Two));
    let answered = bench.dial(10_001, NUMBER).await;
    assert_eq!(bench.get(&format!("/calls/{answered}")).await.0, 404);
    assert_eq!(bench.delete(&format!("/calls/{answered}")).await.0, 404);

    let live = bench.rows("/calls").await;
    let truth = bench.double.ledger().call(answered).unwrap();
    assert_eq!(bench.double.ledger().call(truth.live_id).unwrap().id, answered);
    assert_eq!((live[0]["id"].as_u64(), live[1]["id"].as_u64()), (truth.agent_leg_id, truth.customer_leg_id));
    assert_eq!(live[1]["parent_id"], truth.live_id);
    bench.clock.advance(CUSTOMER_RINGS);
    assert_eq!(bench.get(&format!("/calls/{}", truth.live_id)).await.0, 200);
    assert_eq!(bench.delete(&format!("/calls/{}", truth.live_id)).await.0, 204);
    bench.clock.advance(CDR_DELAY);
    assert_eq!(bench.rows("/cdrs").await[0]["live_id"], truth.live_id);
}

#[tokio::test]
async fn call_ids_may_be_strings() {
    let bench = turned(|knobs| knobs.ids_as_strings = true);
    bench.begin_dial(json!({ "to": NUMBER })).await;
    let id = bench.rows("/calls").await[0]["id"].clone();
    assert!(id.is_string());
    bench.clock.advance(AGENT_RINGS);
    bench.let_it_end();
    let cdr = &bench.rows("/cdrs").await[0];
    assert_eq!((&cdr["live_id"], &cdr["root_live_id"]), (&id, &id));
    assert!(cdr["call_id"].is_string() && cdr["id"].is_u64());
}

#[tokio::test]
async fn the_answer_may_show_the_agent_s_leg() {
    let bench = turned(|knobs| knobs.answer_state = AnswerState::AgentLeg);
    let dial = bench.begin_dial(json!({ "to": NUMBER })).await;
    bench.clock.advance(AGENT_RINGS);
    assert_eq!(dial.await.unwrap().unwrap().1["data"]["state"], "CONNECTED");
    assert_eq!(bench.rows("/calls").await[0]["state"], "RINGING");
}

#[tokio::test]
async fn what_is_not_there_yet_may_be_null_and_an_outsider_may_have_no_id() {
    let bench = turned(|knobs| {
        knobs.connected_at_before_answer = BeforeAnswer::Null;
        knobs.outsider_id = Outsider::Null;
        knobs.outbound_word = "outgoing".to_owned();
    });
    bench.dial(10_001, NUMBER).await;
    let live = &bench.rows("/calls").await[0];
    assert_eq!((live.get("connected_at"), &live["dst_id"]), (Some(&json!(null)), &json!(null)));
    assert_eq!(live["destination"], "outgoing");
    bench.let_it_end();
    let cdr = &bench.rows("/cdrs").await[0];
    assert_eq!((&cdr["dst_id"], &cdr["destination"]), (&json!(null), &json!("outgoing")));
}

#[tokio::test]
async fn a_call_that_is_over_may_show_for_a_while_longer_than_its_record_takes() {
    let bench = turned(|knobs| knobs.hangup_lingers = Duration::seconds(CDR_DELAY + 2));
    let id = bench.dial(10_001, NUMBER).await;
    bench.clock.advance(CUSTOMER_RINGS + TALK + CDR_DELAY + 1);
    assert_eq!(bench.rows("/cdrs").await.len(), 1);
    assert_eq!(bench.rows("/calls").await[0]["state"], "HANGUP");
    assert_eq!(bench.delete(&format!("/calls/{id}")).await.0, 404);
    bench.clock.advance(1);
    assert_eq!(bench.rows("/calls").await, Vec::<Value>::new());
    assert_eq!(bench.rows("/cdrs").await.len(), 1, "written once");
}

#[tokio::test]
async fn a_call_that_is_over_may_be_gone_instead_of_not_found() {
    let bench = turned(|knobs| knobs.gone_status = 410);
    assert_eq!(bench.get("/calls/1").await.0, 410);
    assert_eq!(bench.delete("/calls/1").await.0, 410);
    assert_eq!(bench.send(Method::PATCH, "/calls/1", &json!({ "dst": "2002" })).await.0, 410);
}

#[tokio::test]
async fn a_dial_may_have_to_name_the_user() {
    let bench = turned(|knobs| knobs.from_optional = false);
    let (status, body) = bench.send(Method::POST, "/calls", &json!({ "to": NUMBER })).await;
    assert_eq!((status, &body["errors"][0]["field"]), (400, &json!("from")));
}

#[tokio::test]
async fn a_record_may_name_the_call_only_in_its_call_id_and_count_the_talk_only() {
    let bench = turned(|knobs| {
        (knobs.cdr_ids, knobs.cdr_call_id) = (CdrIds::None, CdrCallId::LiveId);
        knobs.cdr_duration_counts_ringing = false;
    });
    let id = bench.dial(10_001, NUMBER).await;
    bench.let_it_end();
    let cdr = &bench.rows("/cdrs").await[0];
    assert_eq!((&cdr["call_id"], &cdr["live_id"], &cdr["root_live_id"]), (&json!(id), &json!(null), &json!(null)));
    assert_eq!((&cdr["duration"], &cdr["billsec"]), (&json!(TALK), &json!(TALK)));
}

#[tokio::test]
async fn some_records_may_come_late() {
    let bench = turned(|knobs| (knobs.late_cdrs, knobs.late_cdrs_by) = (0.5, Duration::minutes(10)));
    for nth in 0..20 {
        bench.dial(10_001, &format!("4477009002{nth:02}")).await;
        bench.let_it_end();
    }
    let on_time = bench.rows("/cdrs?limit=100").await.len();
    assert!((8..=18).contains(&on_time), "{on_time} of 20: those whose ten minutes are over, and those on time");
    bench.clock.advance(600);
    assert_eq!(bench.rows("/cdrs?limit=100").await.len(), 20);
}

#[tokio::test]
async fn stamps_may_be_of_another_zone_and_are_filtered_in_it() {
    let bench = turned(|knobs| knobs.stamps_offset_minutes = 120);
    bench.dial(10_001, NUMBER).await;
    bench.let_it_end();
    assert_eq!(bench.rows("/cdrs").await[0]["calldate"], "2026-03-02 11:00:00");
    let count = async |stamp: &str| bench.cdrs_where("calldate", "gte", json!(stamp)).await.1["total"].clone();
    assert_eq!(count("2026-03-02 11:00:00").await, 1);
    assert_eq!(count("2026-03-02 11:00:01").await, 0);
}

#[tokio::test]
async fn the_code_of_an_error_may_be_elsewhere_or_nowhere() {
    let bench = bench();
    let error = async || bench.send(Method::POST, "/calls", &json!({})).await.1;
    assert_eq!(error().await["errors"][0]["code"], "SF0010");
    bench.double.knobs().set(|knobs| knobs.error_code = ErrorCode::OnTop);
    let on_top = error().await;
    assert_eq!((&on_top["code"], on_top["errors"][0].get("code")), (&json!("SF0010"), None));
    bench.double.knobs().set(|knobs| knobs.error_code = ErrorCode::Missing);
    assert!(!error().await.to_string().contains("SF0010"));
}

#[tokio::test]
async fn the_phone_in_a_browser_logs_in_as_the_settings_say() {
    let settings = ProviderDoubleSettings {
        sip_domain: "pbx.example".to_owned(),
        carrier: exact(OutcomeShares::PERSON),
        ..ProviderDoubleSettings::default()
    };
    let bench = crate::common::bench_of(settings);
    assert_eq!(bench.get("/me").await.1["data"]["sip_domain"], "pbx.example");
}

#[test]
fn a_double_whose_knobs_make_no_sense_does_not_start() {
    let start = |turn: fn(&mut ProviderDoubleSettings)| {
        let mut settings =
            ProviderDoubleSettings { carrier: CarrierSettings::default(), ..ProviderDoubleSettings::default() };
        turn(&mut settings);
        ProviderDouble::start(settings, std::sync::Arc::new(ScaledClock::new(START, 1.0)))
    };
    let wrong: [fn(&mut ProviderDoubleSettings); 2] = [
        |settings| settings.knobs.late_cdrs = 2.0,
        |settings| settings.webhooks = vec![dialer_simulator::SimulatedWebhook::new("ftp://receiver.example")],
    ];
    for turn in wrong {
        assert!(matches!(start(turn), Err(StartError::Settings(_))));
    }
}
