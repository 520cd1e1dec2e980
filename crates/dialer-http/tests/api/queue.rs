use dialer_domain::queue::store::DialQueue;
use dialer_domain::{CampaignId, QueueEntryId};
use dialer_domain::{Role, Scope};
use dialer_testkit::builders::{id as new_id, slots};
use dialer_testkit::pacing;
use reqwest::Method;
use rstest::rstest;
use serde_json::{Value, json};

use crate::desk::{Desk, NOWHERE, OWNER, STRANGER, T0, answer, id, wrong};

/// An active campaign of the owner's with three contacts in line, and its queue as the API answers it.
async fn line(desk: &Desk) -> (String, Value) {
    let campaign = desk.campaign(&json!({"name": "Spring", "type": "power", "retry_interval": 600})).await;
    let path = format!("/campaigns/{}", id(&campaign));
    let contacts = json!({"contacts": [
        {"phone_number": "+447700900123", "first_name": "Ada", "last_name": "Example"},
        {"phone_number": "+447700900124"},
        {"phone_number": "+447700900125"},
    ]});
    assert_eq!(desk.post(&format!("{path}/contacts"), &contacts).await.0, 201);
    assert_eq!(desk.patch(&path, &json!({"status": "active"})).await.0, 200);
    let campaign: CampaignId = id(&campaign).parse().unwrap();
    desk.store
        .plan(campaign, &pacing(&desk.store, campaign).await, (0..3).map(|_| new_id(QueueEntryId::new)).collect(), T0)
        .await
        .unwrap();
    let (status, body) = desk.get(&format!("{path}/queue")).await;
    assert_eq!(status, 200, "{body}");
    (path, body)
}

fn campaign_of(path: &str) -> CampaignId {
    path.rsplit('/').next().unwrap().parse().unwrap()
}

#[tokio::test]
async fn the_line_shows_who_is_called_next() {
    let desk = Desk::open();
    let (path, body) = line(&desk).await;
    assert_eq!(body["total"], 3);
    let first = &body["queue"][0];
    let expected = json!({
        "id": first["id"],
        "campaign_id": path.split('/').nth(2).unwrap(),
        "contact_id": first["contact_id"],
        "priority": 0,
        "scheduled_at": "2026-03-02T10:00:00Z",
        "status": "queued",
        "created_at": "2026-03-02T10:00:00Z",
        "phone_number": "+447700900123",
        "first_name": "Ada",
        "last_name": "Example",
    });
    assert_eq!(first, &expected);
    let (_, page) = desk.get(&format!("{path}/queue?status=queued&limit=1&offset=2")).await;
    assert_eq!((&page["total"], &page["queue"][0]), (&json!(3), &body["queue"][2]));
    let (_, none) = desk.get(&format!("{path}/queue?status=completed")).await;
    assert_eq!(none, json!({"queue": [], "total": 0}));
    let (status, problem) = desk.get(&format!("{path}/queue?status=live&order=asc")).await;
    assert_eq!(status, 422);
    assert_eq!(wrong(&problem), [("status", "not_one_of"), ("order", "unknown_parameter")]);
}

#[tokio::test]
async fn an_entry_is_moved_to_the_front() {
    let desk = Desk::open();
    let (path, body) = line(&desk).await;
    let last = &body["queue"][2];
    let entry = format!("{path}/queue/{}", id(last));
    let (status, moved) = desk.patch(&entry, &json!({"priority": 1000})).await;
    assert_eq!((status.as_u16(), &moved["entry"]["priority"]), (200, &json!(1000)));
    let (_, now) = desk.get(&format!("{path}/queue")).await;
    assert_eq!(now["queue"][0]["id"], last["id"]);
}

#[rstest]
#[case(json!({"priority": 1001}), ("priority", "out_of_range"))]
#[case(json!({"priority": -1001}), ("priority", "out_of_range"))]
#[case(json!({"priority": 9_999_999_999_i64}), ("priority", "out_of_range"))]
#[case(json!({"priority": null}), ("priority", "required"))]
#[case(json!({}), ("priority", "required"))]
#[case(json!({"status": "calling"}), ("status", "unknown_field"))]
#[tokio::test]
async fn only_a_priority_can_be_given(#[case] body: Value, #[case] error: (&str, &str)) {
    let desk = Desk::open();
    let (path, line) = line(&desk).await;
    let (status, problem) = desk.patch(&format!("{path}/queue/{}", id(&line["queue"][0])), &body).await;
    assert_eq!(status, 422);
    assert_eq!(wrong(&problem), [error]);
}

#[tokio::test]
async fn a_skipped_entry_leaves_the_line_and_its_contact_rests() {
    let desk = Desk::open();
    let (path, body) = line(&desk).await;
    let first = &body["queue"][0];
    let skip = format!("{path}/queue/{}/skip", id(first));
    let (status, skipped) = desk.post(&skip, &json!({"reason": "on holiday"})).await;
    assert_eq!((status.as_u16(), &skipped["entry"]["status"]), (200, &json!("skipped")));
    let (_, contact) = desk.get(&format!("/contacts/{}", first["contact_id"].as_str().unwrap())).await;
    assert_eq!(contact["contact"]["next_attempt_at"], "2026-03-02T10:10:00Z");
    assert_eq!((&contact["contact"]["status"], &contact["contact"]["attempts"]), (&json!("pending"), &json!(0)));
    let (_, waiting) = desk.get(&format!("{path}/queue?status=queued")).await;
    assert_eq!(waiting["total"], 2);
    let (status, problem) = desk.post(&skip, &json!({})).await;
    assert_eq!((status.as_u16(), &problem["code"]), (409, &json!("conflict")));
    let (status, problem) = desk.post(&skip, &json!({"reason": "x".repeat(201)})).await;
    assert_eq!((status.as_u16(), wrong(&problem)), (422, vec![("reason", "too_long")]));
}

#[tokio::test]
async fn an_entry_that_became_a_call_is_past_changing() {
    let desk = Desk::open();
    let (path, body) = line(&desk).await;
    assert_eq!(
        desk.store
            .claim(campaign_of(&path), &pacing(&desk.store, campaign_of(&path)).await, slots(1), T0)
            .await
            .unwrap()
            .calls
            .len(),
        1
    );
    let entry = format!("{path}/queue/{}", id(&body["queue"][0]));
    assert_eq!(desk.patch(&entry, &json!({"priority": 1})).await.0, 409);
    assert_eq!(desk.post(&format!("{entry}/skip"), &json!({})).await.0, 409);
    let (_, rest) = desk.get(&format!("{path}/queue")).await;
    assert_eq!(rest["queue"][2]["status"], "calling");
}

#[tokio::test]
async fn only_the_owner_s_supervisor_touches_the_line() {
    let desk = Desk::open();
    let (path, body) = line(&desk).await;
    let entry = format!("{path}/queue/{}", id(&body["queue"][0]));
    let asked = async |user, role, method, path: String, body: Value| {
        answer(desk.as_user(user, role, method, &path).json(&body)).await.0.as_u16()
    };
    for (user, role, status) in [(STRANGER, Role::Admin, 404), (OWNER, Role::Agent, 403)] {
        assert_eq!(asked(user, role, Method::PATCH, entry.clone(), json!({"priority": 1})).await, status);
        assert_eq!(asked(user, role, Method::POST, format!("{entry}/skip"), json!({})).await, status);
    }
    assert_eq!(asked(STRANGER, Role::Admin, Method::GET, format!("{path}/queue"), json!({})).await, 404);
    assert_eq!(desk.get(&format!("/campaigns/{NOWHERE}/queue")).await.0, 404);
    assert_eq!(desk.patch(&format!("{path}/queue/{NOWHERE}"), &json!({"priority": 1})).await.0, 404);
    assert_eq!(desk.patch(&format!("{path}/queue/first"), &json!({"priority": 1})).await.0, 400);
    let waiting = dialer_domain::queue::entries::QueueEntries::list(
        &desk.store,
        Scope::Service,
        campaign_of(&path),
        None,
        dialer_domain::PageRequest::default(),
    );
    assert!(waiting.await.unwrap().items.iter().all(|entry| entry.priority == 0));
}
