#![expect(clippy::unwrap_used, reason = "a test whose scene cannot be set up has to fail")]

use dialer_domain::calls::store::CallStore;
use dialer_domain::identity::Role;
use dialer_domain::suppression::SuppressionStore;
use dialer_domain::{Call, CallOutcome, Duration};
use dialer_testkit::builders::call;
use reqwest::Method;
use rstest::rstest;
use serde_json::{Value, json};

use crate::desk::{Desk, NOWHERE, OWNER, STRANGER, T0, answer, id, number, wrong};

/// A call of the owner's that is over.
async fn a_call(desk: &Desk, n: u32) -> Call {
    let own = call().owner(OWNER).to(number(n)).ended(CallOutcome::Completed, T0 + Duration::MINUTE).build();
    desk.store.add(&own).await.unwrap();
    own
}

async fn say(desk: &Desk, body: &Value) -> Value {
    let (status, answer) = desk.post("/dispositions", body).await;
    assert_eq!(status, 201, "{answer}");
    answer["disposition"].clone()
}

#[tokio::test]
async fn a_disposition_is_answered_with_its_row() {
    let desk = Desk::open();
    let own = a_call(&desk, 1).await;
    let body = json!({
        "call_id": own.id, "disposition": "callback", "notes": "after lunch",
        "follow_up_date": "2026-03-03T14:30:00+01:00",
    });
    let row = say(&desk, &body).await;
    let expected = json!({
        "id": id(&row),
        "call_id": own.id,
        "user_id": OWNER,
        "disposition": "callback",
        "notes": "after lunch",
        "follow_up_date": "2026-03-03T13:30:00Z",
        "follow_up_again": null,
        "follow_up_local": null,
        "follow_up_zone": null,
        "personal": false,
        "created_at": "2026-03-02T10:00:00Z",
    });
    assert_eq!(row, expected);
    let (status, list) = desk.get(&format!("/dispositions?call_id={}", own.id)).await;
    assert_eq!((status.as_u16(), list), (200, json!({ "dispositions": [expected], "total": 1 })));
    let (_, shown) = desk.get(&format!("/calls/{}", own.id)).await;
    assert_eq!(shown["call"]["disposition"], "callback");
}

#[tokio::test]
async fn dispositions_are_listed_latest_first_by_page() {
    let desk = Desk::open();
    let (one, other) = (a_call(&desk, 1).await, a_call(&desk, 2).await);
    let mut said = Vec::new();
    for (call, word) in [(&one, "no-answer"), (&other, "qualified"), (&one, "interested")] {
        said.push(say(&desk, &json!({ "call_id": call.id, "disposition": word })).await);
        desk.clock.advance(Duration::MINUTE);
    }
    let (_, list) = desk.get("/dispositions").await;
    assert_eq!(list, json!({ "dispositions": [said[2], said[1], said[0]], "total": 3 }));
    let (_, page) = desk.get("/dispositions?limit=1&offset=1").await;
    assert_eq!(page, json!({ "dispositions": [said[1]], "total": 3 }));
    let (_, of_call) = desk.get(&format!("/dispositions?call_id={}", one.id)).await;
    assert_eq!(of_call, json!({ "dispositions": [said[2], said[0]], "total": 2 }));
}

#[tokio::test]
async fn a_callback_without_a_date_is_due_after_an_hour() {
    let desk = Desk::open();
    let own = a_call(&desk, 1).await;
    let row = say(&desk, &json!({ "call_id": own.id, "disposition": "callback", "follow_up_date": null })).await;
    assert_eq!((&row["follow_up_date"], &row["notes"]), (&json!("2026-03-02T11:00:00Z"), &Value::Null));
}

#[tokio::test]
async fn a_follow_up_may_be_a_time_on_somebody_s_clock() {
    let desk = Desk::open();
    let own = a_call(&desk, 1).await;
    let twice = json!({
        "call_id": own.id, "disposition": "callback",
        "follow_up_local": "2026-11-01T01:30", "follow_up_zone": "America/New_York",
    });
    let row = say(&desk, &twice).await;
    assert_eq!(row["follow_up_date"], "2026-11-01T05:30:00Z");
    assert_eq!(row["follow_up_again"], "2026-11-01T06:30:00Z");
    assert_eq!(
        (&row["follow_up_local"], &row["follow_up_zone"]),
        (&json!("2026-11-01T01:30"), &json!("America/New_York"))
    );
    let (_, shown) = desk.get(&format!("/follow-ups/{}", id(&row))).await;
    let shown = &shown["follow_up"];
    assert_eq!((&shown["due_at"], &shown["due_again_at"]), (&row["follow_up_date"], &row["follow_up_again"]));
    assert_eq!((&shown["due_local"], &shown["due_zone"]), (&row["follow_up_local"], &row["follow_up_zone"]));
    // A British number: by London's clocks, which are an hour ahead in July.
    let here = json!({ "call_id": own.id, "disposition": "callback", "follow_up_local": "2026-07-01T09:00" });
    let row = say(&desk, &here).await;
    assert_eq!((&row["follow_up_date"], &row["follow_up_again"]), (&json!("2026-07-01T08:00:00Z"), &Value::Null));
}

#[tokio::test]
async fn do_not_call_stops_further_calls_to_the_number() {
    let desk = Desk::open();
    let own = a_call(&desk, 7).await;
    say(&desk, &json!({ "call_id": own.id, "disposition": "do-not-call" })).await;
    assert!(desk.store.find(OWNER, &number(7), None).await.unwrap().is_some());
    let (status, problem) = desk.post("/calls", &json!({ "to": number(7).as_e164() })).await;
    assert_eq!((status.as_u16(), &problem["code"]), (409, &json!("dnc_internal")));
}

#[rstest]
#[case(json!({}), &[("call_id", "required"), ("disposition", "required")])]
#[case(json!({ "call_id": "7", "disposition": "keen" }), &[("call_id", "not_an_id"), ("disposition", "not_one_of")])]
#[case(json!({ "call_id": NOWHERE, "disposition": "callback", "follow_up_date": "Friday" }), &[("follow_up_date", "not_an_instant")])]
#[case(json!({ "call_id": NOWHERE, "disposition": "callback", "follow_up_date": "2026-03-02T10:00:00Z" }), &[("follow_up_date", "in_the_past")])]
#[case(json!({ "call_id": NOWHERE, "disposition": "callback", "follow_up_date": "2028-03-02T10:00:00Z" }), &[("follow_up_date", "too_far_ahead")])]
#[case(json!({ "call_id": NOWHERE, "disposition": "do-not-call", "follow_up_date": "2026-03-03T10:00:00Z" }), &[("follow_up_date", "not_possible")])]
#[case(json!({ "call_id": NOWHERE, "disposition": "callback", "follow_up_local": "2026-07-01T09:00Z", "follow_up_zone": "Mars/Olympus" }), &[("follow_up_local", "not_a_local_time"), ("follow_up_zone", "unknown_zone")])]
#[case(json!({ "call_id": NOWHERE, "disposition": "callback", "follow_up_zone": "Europe/London" }), &[("follow_up_zone", "needs_follow_up_local")])]
#[case(json!({ "call_id": NOWHERE, "disposition": "callback", "follow_up_local": "2026-03-02T10:00", "follow_up_zone": "UTC" }), &[("follow_up_local", "in_the_past")])]
#[case(json!({ "call_id": NOWHERE, "disposition": "callback", "follow_up_date": "2026-07-01T09:00:00Z", "follow_up_local": "2026-07-01T09:00", "follow_up_zone": "Europe/London" }), &[("follow_up_local", "disagrees")])]
#[case(json!({ "call_id": NOWHERE, "disposition": "callback", "notes": "n".repeat(20_001) }), &[("notes", "too_long")])]
#[case(json!({ "call_id": NOWHERE, "disposition": "callback", "rating": 5 }), &[("rating", "unknown_field")])]
#[tokio::test]
async fn each_wrong_field_is_named(#[case] body: Value, #[case] errors: &[(&str, &str)]) {
    let (status, problem) = Desk::open().post("/dispositions", &body).await;
    assert_eq!((status.as_u16(), &problem["code"]), (422, &json!("invalid_request")), "{problem}");
    assert_eq!(wrong(&problem), errors);
}

#[tokio::test]
async fn a_call_that_is_not_there_takes_no_disposition() {
    let desk = Desk::open();
    let own = a_call(&desk, 1).await;
    let unknown = json!({ "call_id": NOWHERE, "disposition": "interested" });
    assert_eq!(desk.post("/dispositions", &unknown).await.1["code"], "not_found");
    let body = json!({ "call_id": own.id, "disposition": "do-not-call" });
    let (status, problem) =
        answer(desk.as_user(STRANGER, Role::Admin, Method::POST, "/dispositions").json(&body)).await;
    assert_eq!((status.as_u16(), &problem["code"]), (404, &json!("not_found")));
    let (_, list) = answer(desk.as_user(STRANGER, Role::Admin, Method::GET, "/dispositions")).await;
    assert_eq!(list, json!({ "dispositions": [], "total": 0 }));
    assert_eq!(desk.store.find(OWNER, &number(1), None).await.unwrap(), None);
}

#[tokio::test]
async fn the_agent_who_handled_a_call_sees_it_and_says_what_came_of_it_and_nothing_else() {
    let desk = Desk::open();
    let handled = call().owner(OWNER).handled_by(STRANGER).placed("p-1").build();
    desk.store.add(&handled).await.unwrap();
    let as_agent = |method, path: &str| desk.as_user(STRANGER, Role::Agent, method, path);
    let body = json!({ "call_id": handled.id, "disposition": "qualified" });
    let (status, said) = answer(as_agent(Method::POST, "/dispositions").json(&body)).await;
    assert_eq!((status.as_u16(), &said["disposition"]["user_id"]), (201, &json!(STRANGER)));
    let path = format!("/calls/{}", handled.id);
    let (status, shown) = answer(as_agent(Method::GET, &path)).await;
    assert_eq!((status.as_u16(), &shown["call"]["agent_id"]), (200, &json!(STRANGER)));
    assert_eq!(answer(as_agent(Method::PATCH, &path).json(&json!({ "notes": "mine" }))).await.0, 404);
    assert_eq!(answer(as_agent(Method::DELETE, &path)).await.0, 404);
    assert!(CallStore::get(&desk.store, dialer_domain::Scope::User(OWNER), handled.id).await.unwrap().is_some());
    assert_eq!(desk.telephony.hung_up(), []);
}

#[tokio::test]
async fn a_placed_call_is_handled_by_whoever_placed_it() {
    let desk = Desk::open();
    let (_, placed) = desk.post("/calls", &json!({ "to": number(3).as_e164() })).await;
    assert_eq!(placed["call"]["agent_id"], json!(OWNER));
}
