//! Call records over HTTP.

use dialer_simulator::{CarrierSettings, CdrIds, DialAnswer, Legs, OutcomeShares};
use reqwest::Method;
use rstest::rstest;
use serde_json::{Value, json};

use crate::common::{
    AGENT_RINGS, CDR_DELAY, CUSTOMER_RINGS, NUMBER, OTHER_NUMBER, TALK, TestBench, bench, bench_with, exact,
};

fn ids(body: &Value) -> Vec<u64> {
    body["data"].as_array().unwrap().iter().map(|row| row["id"].as_u64().unwrap()).collect()
}

/// Three calls, one after the other: at 09:00:00 and on, for users 10001, 10002 and 10001.
async fn three_calls() -> (TestBench, Vec<u64>) {
    let bench = bench();
    for (agent, number) in [(10_001, NUMBER), (10_002, OTHER_NUMBER), (10_001, "12025550101")] {
        bench.dial(agent, number).await;
        bench.let_it_end();
    }
    let rows = bench.rows("/cdrs?sort=id").await;
    (bench, rows.iter().map(|row| row["id"].as_u64().unwrap()).collect())
}

#[tokio::test]
async fn a_call_that_was_answered_leaves_a_record_three_seconds_after_its_end() {
    let bench = bench();
    let id = bench.dial(10_001, NUMBER).await;
    bench.clock.advance(CUSTOMER_RINGS + TALK + CDR_DELAY - 1);
    assert_eq!(bench.rows("/cdrs").await, Vec::<Value>::new());
    bench.clock.advance(1);

    let rows = bench.rows("/cdrs").await;
    assert_eq!(rows.len(), 1);
    let cdr = &rows[0];
    assert_eq!(cdr["live_id"].as_u64(), Some(id));
    assert_eq!((&cdr["root_live_id"], &cdr["parent_live_id"]), (&json!(id), &json!(null)));
    assert_eq!(cdr["calldate"], "2026-03-02 09:00:00");
    assert_eq!(cdr["dst"], NUMBER);
    assert_eq!((&cdr["user_id"], &cdr["src_id"]), (&json!(10_001), &json!("10001")));
    assert_eq!(cdr["duration"], AGENT_RINGS + CUSTOMER_RINGS + TALK);
    assert_eq!(cdr["billsec"], TALK);
    assert_eq!((&cdr["disposition"], &cdr["t_cause"]), (&json!("CONNECTED"), &json!("Normal Clearing")));
    assert_eq!(cdr["type"], "O");

    let one = bench.get(&format!("/cdrs/{}", cdr["id"])).await;
    assert_eq!((one.0, &one.1["data"]), (200, cdr));
    assert_eq!(bench.get("/cdrs/1").await.0, 404);
}

#[rstest]
#[case(OutcomeShares::VOICEMAIL, "CONNECTED", "Normal Clearing", true)]
#[case(OutcomeShares::BUSY, "BUSY", "User Busy", false)]
#[case(OutcomeShares::NO_ANSWER, "NO ANSWER", "No Answer", false)]
#[case(OutcomeShares::INVALID_NUMBER, "FAILED", "Unallocated Number", false)]
#[case(OutcomeShares::NETWORK_FAILURE, "FAILED", "Network Out Of Order", false)]
#[tokio::test]
async fn a_record_tells_how_the_call_ended(
    #[case] outcomes: OutcomeShares,
    #[case] disposition: &str,
    #[case] cause: &str,
    #[case] talked: bool,
) {
    let bench = bench_with(exact(outcomes), |_| {});
    bench.dial(10_001, NUMBER).await;
    bench.let_it_end();

    let cdr = &bench.rows("/cdrs").await[0];

    assert_eq!((cdr["disposition"].as_str(), cdr["t_cause"].as_str()), (Some(disposition), Some(cause)));
    assert_eq!(cdr["billsec"].as_u64().unwrap() > 0, talked);
}

#[tokio::test]
async fn a_cancelled_call_is_not_answered_and_says_that_the_caller_gave_up() {
    let bench = bench();
    let id = bench.dial(10_001, NUMBER).await;
    bench.delete(&format!("/calls/{id}")).await;
    bench.let_it_end();

    let cdr = &bench.rows("/cdrs").await[0];

    assert_eq!((&cdr["disposition"], &cdr["t_cause"]), (&json!("NO ANSWER"), &json!("Originator Cancel")));
}

#[tokio::test]
async fn records_can_be_filtered_by_what_is_known_to_work() {
    let (bench, all) = three_calls().await;
    assert_eq!(all.len(), 3);
    for (property, operator, value, expected) in [
        ("user_id", "eq", json!(10_001), vec![all[0], all[2]]),
        ("user_id", "eq", json!("10002"), vec![all[1]]),
        ("dst", "eq", json!(NUMBER), vec![all[0]]),
        ("dst", "like", json!("7700900"), vec![all[0], all[1]]),
        ("calldate", "gt", json!("2026-03-02 09:00:00"), vec![all[1], all[2]]),
        ("calldate", "gte", json!("2026-03-02 09:00:00"), all.clone()),
        ("calldate", "lt", json!("2026-03-02"), vec![]),
        ("duration", "lte", json!(73), vec![]),
        ("disposition", "eq", json!("CONNECTED"), all.clone()),
        ("type", "eq", json!("I"), vec![]),
    ] {
        let (status, body) = bench.cdrs_where(property, operator, value).await;
        assert_eq!((status, ids(&body)), (200, expected), "{property} {operator}");
        assert_eq!(body["total"], ids(&body).len());
    }
}

#[rstest]
#[case::an_unknown_operator("duration", "between", json!("1,2"))]
#[case::an_unknown_property("colour", "eq", json!("red"))]
#[case::a_property_not_known_to_work("live_id", "eq", json!(1))]
#[case::not_a_date("calldate", "gte", json!("yesterday"))]
#[tokio::test]
async fn any_other_filter_is_an_error(#[case] property: &str, #[case] operator: &str, #[case] value: Value) {
    let (status, body) = bench().cdrs_where(property, operator, value).await;

    assert_eq!((status, &body["message"]), (400, &json!("Filtration error")));
}

#[tokio::test]
async fn the_properties_that_filter_can_be_turned() {
    let (bench, all) = three_calls().await;
    bench.double.knobs().set(|knobs| knobs.cdr_filters = vec!["id".to_owned()]);

    assert_eq!(ids(&bench.cdrs_where("id", "gt", json!(all[0])).await.1), all[1..]);
    assert_eq!(bench.cdrs_where("calldate", "gte", json!("2026-03-02")).await.0, 400);
}

#[tokio::test]
async fn a_page_has_25_records_unless_asked_otherwise() {
    let bench = bench_with(exact(OutcomeShares::PERSON), |knobs| knobs.dial_answer = DialAnswer::AtOnce);
    for number in 0..27 {
        let body = json!({ "to": format!("4477009001{number:02}") });
        assert_eq!(bench.send(Method::POST, "/calls", &body).await.0, 201);
        bench.let_it_end();
    }
    let (_, first) = bench.get("/cdrs?sort=id&dir=DESC").await;
    let (_, second) = bench.get("/cdrs?sort=id&dir=DESC&page=2").await;
    let (_, third) = bench.get("/cdrs?sort=id&dir=DESC&page=3").await;

    assert_eq!((ids(&first).len(), ids(&second).len(), ids(&third).len()), (25, 2, 0));
    assert_eq!((&first["total"], &third["total"]), (&json!(27), &json!(27)));
    assert!(ids(&first).iter().min() > ids(&second).iter().max());
    assert_eq!(ids(&bench.get("/cdrs?limit=1000").await.1).len(), 27);
    bench.double.knobs().set(|knobs| knobs.default_page_limit = 10);
    assert_eq!(ids(&bench.get("/cdrs").await.1).len(), 10);
}

#[tokio::test]
async fn with_a_record_for_each_leg_only_one_of_them_tells_about_the_customer() {
    let bench = bench_with(exact(OutcomeShares::NO_ANSWER), |knobs| knobs.cdr_legs = Legs::Two);
    let id = bench.dial(10_001, NUMBER).await;
    bench.let_it_end();

    let rows = bench.rows("/cdrs?sort=id").await;

    assert_eq!(rows.len(), 2);
    let (agent, customer) = (&rows[0], &rows[1]);
    assert_eq!((&agent["live_id"], &agent["is_root"]), (&json!(id), &json!(true)));
    assert_eq!((&agent["disposition"], &agent["dst_id"]), (&json!("CONNECTED"), &json!("10001")));
    assert_eq!(agent["billsec"], 25, "the agent waited while the customer's phone rang");
    assert_ne!(customer["live_id"], json!(id));
    assert_eq!((&customer["parent_live_id"], &customer["root_live_id"]), (&json!(id), &json!(id)));
    assert_eq!((&customer["disposition"], &customer["dst"]), (&json!("NO ANSWER"), &json!(NUMBER)));
    assert_eq!(customer["calldate"], "2026-03-02 09:00:04", "when the agent had picked up");
}

#[rstest]
#[case(CdrIds::ParentAndRoot, true)]
#[case(CdrIds::None, false)]
#[tokio::test]
async fn a_record_may_keep_its_own_live_id_or_every_id_to_itself(#[case] knob: CdrIds, #[case] names_root: bool) {
    let bench = bench_with(exact(OutcomeShares::PERSON), |knobs| knobs.cdr_ids = knob);
    let id = bench.dial(10_001, NUMBER).await;
    bench.let_it_end();

    let cdr = &bench.rows("/cdrs").await[0];

    assert_eq!(cdr["live_id"], json!(null));
    let expected = if names_root { json!(id) } else { json!(null) };
    assert_eq!((&cdr["parent_live_id"], &cdr["root_live_id"]), (&expected, &expected));
}

#[rstest]
#[case::held_and_one_record(DialAnswer::WhenAgentAnswers, Legs::One, 0)]
#[case::held_and_a_record_for_each_leg(DialAnswer::WhenAgentAnswers, Legs::Two, 1)]
#[case::answered_at_once(DialAnswer::AtOnce, Legs::One, 1)]
#[tokio::test]
async fn a_call_that_the_agent_let_ring_has_no_record_of_the_customer(
    #[case] dial_answer: DialAnswer,
    #[case] cdr_legs: Legs,
    #[case] expected: usize,
) {
    let never = CarrierSettings { agent_misses_share: 1.0, ..exact(OutcomeShares::PERSON) };
    let bench = bench_with(never, |knobs| {
        knobs.dial_answer = dial_answer;
        knobs.cdr_legs = cdr_legs;
    });
    bench.begin_dial(json!({ "to": NUMBER })).await;
    bench.let_it_end();

    let rows = bench.rows("/cdrs").await;

    assert_eq!(rows.len(), expected);
    assert!(rows.iter().all(|row| row["dst"] != NUMBER && row["disposition"] == "NO ANSWER"), "{rows:?}");
}

#[tokio::test]
async fn records_are_numbered_in_the_order_in_which_calls_ended() {
    let bench = bench();
    let long = bench.dial(10_001, NUMBER).await;
    let short = bench.dial(10_002, OTHER_NUMBER).await;
    bench.clock.advance(CUSTOMER_RINGS);
    bench.delete(&format!("/calls/{short}")).await;
    bench.let_it_end();

    let rows = bench.rows("/cdrs?sort=id").await;

    assert_eq!((rows[0]["live_id"].as_u64(), rows[1]["live_id"].as_u64()), (Some(short), Some(long)));
}
