use dialer_domain::calls::store::CallStore;
use dialer_domain::{CallOutcome, Duration, OffsetDateTime, Role};
use dialer_testkit::builders::call;
use dialer_tests::{Db, TestApp};
use rstest::rstest;
use serde_json::json;
use time::macros::datetime;

const MORNING: OffsetDateTime = datetime!(2026-02-27 09:00 UTC);

#[rstest]
#[case::sqlite(Db::Sqlite)]
#[case::postgres(Db::Postgres)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_figures_of_the_contract_s_example_come_out_as_the_contract_says(#[case] db: Db) {
    let app = TestApp::on(db).start().await.unwrap();
    let me = app.customer(Role::Agent).unwrap();
    for n in 0..500 {
        let begun = call().owner(me.user).started_at(MORNING + Duration::minutes(n));
        let ends = MORNING + Duration::minutes(n + 5);
        let over = |outcome, seconds| begun.clone().ended(outcome, ends).talked(seconds).build();
        let call = match n {
            0..279 => over(CallOutcome::Completed, 128),
            279 => over(CallOutcome::Completed, 288),
            // Over as well, or the engine would look for their ends; the status is what counts.
            280..320 => {
                let mut answered = over(CallOutcome::Completed, 0);
                answered.status = dialer_domain::CallStatus::Answered;
                answered
            }
            320..370 => over(CallOutcome::Failed, 0),
            370..410 => over(CallOutcome::Busy, 0),
            _ => over(CallOutcome::NoAnswer, 0),
        };
        app.database().add(&call).await.unwrap();
    }
    let query = "/analytics?start_date=2026-02-27&end_date=2026-02-27&timezone=Asia/Kolkata";
    let report = me.get(query).await.unwrap().expect(200)["analytics"].clone();
    assert_eq!(
        report["overview"],
        json!({
            "totalCalls": 500, "answeredCalls": 320, "completedCalls": 280, "failedCalls": 50, "busyCalls": 40,
            "noAnswerCalls": 90, "totalDuration": 36000, "avgDuration": 112, "answerRate": 64.0,
            "completionRate": 56.0,
        })
    );
    let status = json!({
        "initiated": 0, "ringing": 0, "answered": 40, "completed": 280, "failed": 50, "busy": 40, "no-answer": 90,
        "canceled": 0,
    });
    assert_eq!(report["distribution"]["byStatus"], status);
    // 09:00 UTC is 14:30 in Kolkata; 500 minutes later it is 22:50.
    let hours = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 30, 60, 60, 60, 60, 60, 60, 60, 50, 0];
    assert_eq!(report["distribution"]["byHour"], json!(hours));
    let listed = me.get("/calls?limit=10").await.unwrap().expect(200);
    assert_eq!(report["recentCalls"], listed["calls"]);
    app.stop().await;
}

#[rstest]
#[case::sqlite(Db::Sqlite)]
#[case::postgres(Db::Postgres)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_day_is_a_day_of_the_zone_and_hidden_or_foreign_calls_do_not_count(#[case] db: Db) {
    let app = TestApp::on(db).start().await.unwrap();
    let (me, other) = (app.customer(Role::Agent).unwrap(), app.customer(Role::Admin).unwrap());
    // The clocks of New York went forward on 8 March 2026: that day is from 05:00 to 04:00 UTC.
    for at in [
        datetime!(2026-03-08 04:59:59.999_999 UTC),
        datetime!(2026-03-08 05:00 UTC),
        datetime!(2026-03-08 06:59 UTC),
        datetime!(2026-03-08 07:00 UTC),
        datetime!(2026-03-09 03:59:59.999_999 UTC),
        datetime!(2026-03-09 04:00 UTC),
    ] {
        for owner in [me.user, other.user] {
            let over = call().owner(owner).started_at(at).ended(CallOutcome::Busy, at + Duration::MINUTE).build();
            app.database().add(&over).await.unwrap();
        }
    }
    let query = "/analytics?start_date=2026-03-08&end_date=2026-03-08&timezone=America/New_York";
    let report = me.get(query).await.unwrap().expect(200)["analytics"].clone();
    assert_eq!(report["overview"]["totalCalls"], 4);
    let hours = &report["distribution"]["byHour"];
    assert_eq!(
        (&hours[0], &hours[1], &hours[2], &hours[3], &hours[23]),
        (&json!(1), &json!(1), &json!(0), &json!(1), &json!(1))
    );
    let last = report["recentCalls"][0]["id"].as_str().unwrap();
    me.delete(&format!("/calls/{last}")).await.unwrap().expect(204);
    let report = me.get(query).await.unwrap().expect(200)["analytics"].clone();
    assert_eq!((&report["overview"]["totalCalls"], &report["distribution"]["byHour"][23]), (&json!(3), &json!(0)));
    app.stop().await;
}
