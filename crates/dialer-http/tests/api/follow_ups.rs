#![expect(clippy::unwrap_used, reason = "a test whose scene cannot be set up has to fail")]

use dialer_domain::CallOutcome;
use dialer_domain::Clock;
use dialer_domain::calls::store::CallStore;
use dialer_domain::dispositions::store::FollowUpStore;
use dialer_domain::identity::Role;
use dialer_testkit::builders::call;
use reqwest::Method;
use rstest::rstest;
use serde_json::{Value, json};
use time::Duration;

use crate::desk::{Desk, NOWHERE, OWNER, STRANGER, T0, answer, id, number, wrong};

/// A callback promised for `due` on a call of the owner's to number `n`.
async fn promise(desk: &Desk, n: u32, due: &str) -> Value {
    let own = call().owner(OWNER).to(number(n)).ended(CallOutcome::Completed, T0).build();
    desk.store.add(&own).await.unwrap();
    let body = json!({ "call_id": own.id, "disposition": "callback", "notes": "urgent", "follow_up_date": due });
    let (status, answer) = desk.post("/dispositions", &body).await;
    assert_eq!(status, 201, "{answer}");
    answer["disposition"].clone()
}

async fn listed(desk: &Desk, query: &str) -> Vec<Value> {
    let (status, list) = desk.get(&format!("/follow-ups{query}")).await;
    assert_eq!(status, 200, "{list}");
    list["follow_ups"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_follow_up_is_shown_with_whom_it_concerns() {
    let desk = Desk::open();
    let said = promise(&desk, 5, "2026-03-02T12:00:00Z").await;
    let (_, list) = desk.get("/follow-ups").await;
    let expected = json!({
        "disposition_id": id(&said),
        "call_id": said["call_id"],
        "contact_id": null,
        "campaign_id": null,
        "user_id": OWNER,
        "disposition": "callback",
        "phone_number": number(5).as_e164(),
        "first_name": null,
        "last_name": null,
        "company": null,
        "due_at": "2026-03-02T12:00:00Z",
        "due_again_at": null,
        "due_local": null,
        "due_zone": null,
        "status": "upcoming",
        "promise": "pending",
        "personal": false,
        "notes": "urgent",
        "created_at": "2026-03-02T10:00:00Z",
        "done_at": null,
        "kept_by": null,
        "missed_at": null,
    });
    assert_eq!(list, json!({ "follow_ups": [expected], "total": 1 }));
}

#[tokio::test]
async fn it_is_upcoming_then_due_for_an_hour_then_overdue() {
    let desk = Desk::open();
    promise(&desk, 5, "2026-03-02T12:00:00Z").await;
    for (pass, status) in [
        (Duration::minutes(119), "upcoming"),
        (Duration::minutes(1), "due"),
        (Duration::minutes(59), "due"),
        (Duration::minutes(1), "overdue"),
    ] {
        desk.clock.advance(pass);
        for asked in ["upcoming", "due", "overdue"] {
            let shown = listed(&desk, &format!("?status={asked}")).await;
            assert_eq!(shown.len(), usize::from(asked == status), "{asked} while it is {status}");
            assert!(shown.iter().all(|row| row["status"] == status));
        }
    }
}

#[tokio::test]
async fn the_next_call_to_the_number_keeps_it() {
    let desk = Desk::open();
    promise(&desk, 5, "2026-03-02T12:00:00Z").await;
    desk.clock.advance(Duration::minutes(120));
    let (status, _) = desk.post("/calls", &json!({ "to": number(5).as_e164() })).await;
    assert_eq!((status.as_u16(), listed(&desk, "").await.len()), (201, 0));
    let kept = listed(&desk, "?status=kept").await;
    assert_eq!((kept.len(), &kept[0]["status"], &kept[0]["promise"]), (1, &json!("kept"), &json!("kept")));
    assert!(kept[0]["kept_by"].is_string());
}

#[tokio::test]
async fn one_that_nobody_kept_in_time_is_listed_as_missed_and_stays_open() {
    let desk = Desk::open();
    let said = promise(&desk, 5, "2026-03-02T12:00:00Z").await;
    desk.clock.advance(Duration::minutes(136));
    desk.store.judge_follow_ups(Duration::minutes(15), desk.clock.now(), 10).await.unwrap();
    let missed = listed(&desk, "?status=missed").await;
    assert_eq!(missed.len(), 1);
    assert_eq!((&missed[0]["disposition_id"], &missed[0]["promise"]), (&said["id"], &json!("missed")));
    assert_eq!((&missed[0]["status"], &missed[0]["missed_at"]), (&json!("due"), &json!("2026-03-02T12:16:00Z")));
    assert_eq!(listed(&desk, "").await, missed, "somebody still waits");
}

#[tokio::test]
async fn a_person_clears_one_by_hand_and_only_an_own_one() {
    let desk = Desk::open();
    let said = promise(&desk, 5, "2026-03-02T12:00:00Z").await;
    let path = format!("/follow-ups/{}", id(&said));
    let done = json!({ "status": "done" });
    let as_stranger = desk.as_user(STRANGER, Role::Admin, Method::PATCH, &path).json(&done);
    assert_eq!(answer(as_stranger).await.0, 404);
    let (status, cleared) = desk.patch(&path, &done).await;
    assert_eq!((status.as_u16(), &cleared["follow_up"]["status"]), (200, &json!("done")), "{cleared}");
    assert_eq!(cleared["follow_up"]["done_at"], "2026-03-02T10:00:00Z");
    assert_eq!(listed(&desk, "").await.len(), 0);
    desk.clock.advance(Duration::MINUTE);
    let (status, again) = desk.patch(&path, &done).await;
    assert_eq!((status.as_u16(), again), (200, cleared));
}

#[tokio::test]
async fn one_that_was_kept_or_replaced_cannot_be_cleared() {
    let desk = Desk::open();
    let said = promise(&desk, 5, "2026-03-02T12:00:00Z").await;
    desk.post("/dispositions", &json!({ "call_id": said["call_id"], "disposition": "interested" })).await;
    let (status, problem) = desk.patch(&format!("/follow-ups/{}", id(&said)), &json!({ "status": "done" })).await;
    assert_eq!((status.as_u16(), &problem["code"]), (409, &json!("conflict")));
    assert_eq!(desk.patch(&format!("/follow-ups/{NOWHERE}"), &json!({ "status": "done" })).await.0, 404);
}

#[rstest]
#[case(json!({}), ("status", "required"))]
#[case(json!({ "status": "overdue" }), ("status", "not_one_of"))]
#[case(json!({ "due_at": "2026-03-02T12:00:00Z" }), ("due_at", "unknown_field"))]
#[tokio::test]
async fn a_change_that_is_none_is_refused(#[case] body: Value, #[case] error: (&str, &str)) {
    let (status, problem) = Desk::open().patch(&format!("/follow-ups/{NOWHERE}"), &body).await;
    assert_eq!((status.as_u16(), wrong(&problem)), (422, vec![error]));
}

#[tokio::test]
async fn a_filter_that_is_none_is_refused() {
    let desk = Desk::open();
    let (_, problem) = desk.get("/follow-ups?status=done&campaign_id=x&sort=due_at").await;
    assert_eq!(
        wrong(&problem),
        [("status", "not_one_of"), ("campaign_id", "not_one_of"), ("sort", "unknown_parameter")]
    );
}
