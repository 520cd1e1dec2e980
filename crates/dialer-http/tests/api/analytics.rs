#![expect(clippy::unwrap_used, reason = "a test whose scene cannot be set up has to fail")]

use dialer_domain::calls::store::CallStore;
use dialer_domain::identity::Role;
use dialer_domain::{CallOutcome, CallStatus, OffsetDateTime};
use dialer_testkit::builders::{CallBuilder, call};
use reqwest::Method;
use rstest::rstest;
use serde_json::{Value, json};
use time::Duration;
use time::macros::datetime;

use crate::desk::{Desk, NOWHERE, OWNER, STRANGER, T0, answer, id, number, wrong};

async fn call_at(desk: &Desk, at: OffsetDateTime) {
    desk.store.add(&call().owner(OWNER).started_at(at).build()).await.unwrap();
}

async fn report(desk: &Desk, query: &str) -> Value {
    let (status, answer) = desk.get(&format!("/analytics{query}")).await;
    assert_eq!(status, 200, "{answer}");
    answer["analytics"].clone()
}

async fn total(desk: &Desk, query: &str) -> u64 {
    report(desk, query).await["overview"]["totalCalls"].as_u64().unwrap()
}

#[tokio::test]
async fn no_calls_give_zeros() {
    let expected = json!({
        "overview": {
            "totalCalls": 0, "answeredCalls": 0, "completedCalls": 0, "failedCalls": 0, "busyCalls": 0,
            "noAnswerCalls": 0, "totalDuration": 0, "avgDuration": 0, "answerRate": 0.0, "completionRate": 0.0,
        },
        "distribution": {
            "byHour": vec![0; 24],
            "byStatus": {
                "initiated": 0, "ringing": 0, "answered": 0, "completed": 0, "failed": 0, "busy": 0, "no-answer": 0,
                "canceled": 0,
            },
        },
        "recentCalls": [],
    });
    assert_eq!(report(&Desk::open(), "").await, expected);
}

#[tokio::test]
async fn the_figures_of_the_contract_s_example_come_out_as_the_contract_says() {
    let desk = Desk::open();
    let over =
        |outcome, seconds| move |call: CallBuilder| call.ended(outcome, T0 + Duration::MINUTE).talked(seconds).build();
    for n in 0..500 {
        let begun = call().owner(OWNER).started_at(T0 + Duration::seconds(n));
        let call = match n {
            0..279 => over(CallOutcome::Completed, 128)(begun),
            279 => over(CallOutcome::Completed, 288)(begun),
            280..320 => begun.answered(T0 + Duration::minutes(20)).build(),
            320..370 => over(CallOutcome::Failed, 0)(begun),
            370..410 => over(CallOutcome::Busy, 0)(begun),
            _ => over(CallOutcome::NoAnswer, 0)(begun),
        };
        desk.store.add(&call).await.unwrap();
    }
    let report = report(&desk, "").await;
    let mut by_hour = [0; 24];
    by_hour[10] = 500;
    assert_eq!(
        report["overview"],
        json!({
            "totalCalls": 500, "answeredCalls": 320, "completedCalls": 280, "failedCalls": 50, "busyCalls": 40,
            "noAnswerCalls": 90, "totalDuration": 36000, "avgDuration": 112, "answerRate": 64.0,
            "completionRate": 56.0,
        })
    );
    assert_eq!(
        report["distribution"],
        json!({
            "byHour": by_hour,
            "byStatus": {
                "initiated": 0, "ringing": 0, "answered": 40, "completed": 280, "failed": 50, "busy": 40,
                "no-answer": 90, "canceled": 0,
            },
        })
    );
    let (_, listed) = desk.get("/calls?limit=10").await;
    assert_eq!((report["recentCalls"].as_array().unwrap().len(), &report["recentCalls"]), (10, &listed["calls"]));
}

#[tokio::test]
async fn all_statuses_are_there_in_their_order() {
    let response = Desk::open().request(Method::GET, "/analytics").send().await.unwrap();
    let text = response.text().await.unwrap();
    let places: Vec<_> = CallStatus::ALL.iter().map(|status| text.find(&format!("\"{status}\":0"))).collect();
    assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{text}");
    assert!(text.contains("\"answerRate\":0.0"), "{text}");
}

#[rstest]
#[case("", 10)]
#[case("?timezone=UTC", 10)]
#[case("?timezone=America/New_York", 5)]
#[case("?timezone=Asia/Kolkata", 16)]
#[case("?timezone=Asia/Kathmandu", 16)]
#[tokio::test]
async fn hours_are_those_of_the_zone(#[case] query: &str, #[case] hour: usize) {
    let desk = Desk::open();
    call_at(&desk, datetime!(2026-03-02 10:44:59 UTC)).await;
    let mut by_hour = [0; 24];
    by_hour[hour] = 1;
    assert_eq!(report(&desk, query).await["distribution"]["byHour"], json!(by_hour));
}

#[tokio::test]
async fn hours_follow_the_clock_changes() {
    let desk = Desk::open();
    // London: the second is 02:30 by summer time, an hour after the first.
    call_at(&desk, datetime!(2026-03-29 00:30 UTC)).await;
    call_at(&desk, datetime!(2026-03-29 01:30 UTC)).await;
    // And 01:30 comes twice in autumn.
    call_at(&desk, datetime!(2026-10-25 00:30 UTC)).await;
    call_at(&desk, datetime!(2026-10-25 01:30 UTC)).await;
    let report = report(&desk, "?timezone=Europe/London").await;
    let by_hour: Vec<_> = report["distribution"]["byHour"].as_array().unwrap()[..4].to_vec();
    assert_eq!(by_hour, [json!(1), json!(2), json!(1), json!(0)]);
}

#[tokio::test]
async fn a_campaign_s_report_counts_its_calls_by_its_own_clocks() {
    let desk = Desk::open();
    let campaign = desk.campaign(&json!({ "name": "A", "type": "manual", "timezone": "Asia/Tokyo" })).await;
    let campaign_id = id(&campaign).parse().unwrap();
    let mut of_campaign = call().owner(OWNER).to(number(4)).started_at(datetime!(2026-03-02 15:30 UTC)).build();
    of_campaign.campaign_id = Some(campaign_id);
    desk.store.add(&of_campaign).await.unwrap();
    call_at(&desk, T0).await;
    let query = format!("?campaign_id={}", id(&campaign));
    let shown = report(&desk, &query).await;
    assert_eq!((&shown["overview"]["totalCalls"], &shown["distribution"]["byHour"][0]), (&json!(1), &json!(1)));
    assert_eq!(shown["recentCalls"][0]["id"], json!(of_campaign.id));
    assert_eq!(total(&desk, &format!("{query}&start_date=2026-03-03&end_date=2026-03-03")).await, 1);
    assert_eq!(total(&desk, &format!("{query}&end_date=2026-03-02")).await, 0);
    let own_zone = report(&desk, &format!("{query}&timezone=UTC")).await;
    assert_eq!(own_zone["distribution"]["byHour"][15], 1);

    let as_stranger = desk.as_user(STRANGER, Role::Admin, Method::GET, &format!("/analytics{query}"));
    assert_eq!(answer(as_stranger).await.0, 404);
    assert_eq!(desk.get(&format!("/analytics?campaign_id={NOWHERE}")).await.1["code"], "not_found");
}

#[rstest]
#[case("?end_date=2026-03-02", 3)]
#[case("?start_date=2026-03-02", 3)]
#[case("?start_date=2026-03-02&end_date=2026-03-02", 2)]
#[case("?start_date=2026-03-02&end_date=2026-03-02&timezone=Europe/Berlin", 1)]
#[case("?start_date=2026-03-03&timezone=Europe/Berlin", 2)]
#[case("?start_date=2026-03-02T00:00:00Z&end_date=2026-03-02T23:59:59.999999Z", 1)]
#[case("?start_date=2026-03-02T01:00:00%2B01:00&end_date=2026-03-03T00:00:00Z", 2)]
#[case("?start_date=2026-03-02T00:00:00.000001Z&end_date=2026-03-03", 2)]
#[tokio::test]
async fn a_bare_end_date_includes_its_whole_day_in_the_zone(#[case] query: &str, #[case] counted: u64) {
    let desk = Desk::open();
    for at in [
        datetime!(2026-03-01 22:59:59 UTC),
        datetime!(2026-03-02 00:00 UTC),
        datetime!(2026-03-02 23:59:59.999_999 UTC),
        datetime!(2026-03-03 00:00 UTC),
    ] {
        call_at(&desk, at).await;
    }
    assert_eq!(total(&desk, query).await, counted);
}

#[rstest]
#[case("?start_date=2026-03-02&end_date=2026-03-01", &[("end_date", "before_start")])]
#[case("?start_date=2026-03-02T10:00:00Z&end_date=2026-03-02T09:00:00Z", &[("end_date", "before_start")])]
#[case("?start_date=yesterday&end_date=2026-02-30", &[("start_date", "not_a_date"), ("end_date", "not_a_date")])]
#[case("?timezone=Mars/Olympus&campaign_id=1&from=2026", &[("campaign_id", "not_one_of"), ("timezone", "unknown_zone"), ("from", "unknown_parameter")])]
#[tokio::test]
async fn each_wrong_parameter_is_named(#[case] query: &str, #[case] errors: &[(&str, &str)]) {
    let (status, problem) = Desk::open().get(&format!("/analytics{query}")).await;
    assert_eq!((status.as_u16(), wrong(&problem)), (422, errors.to_vec()));
}

#[tokio::test]
async fn nobody_counts_another_s_calls_or_hidden_ones() {
    let desk = Desk::open();
    call_at(&desk, T0).await;
    desk.store.add(&call().owner(STRANGER).build()).await.unwrap();
    assert_eq!(total(&desk, "").await, 1);
    let (_, listed) = desk.get("/calls").await;
    desk.delete(&format!("/calls/{}", id(&listed["calls"][0]))).await;
    assert_eq!(total(&desk, "").await, 0);
}
