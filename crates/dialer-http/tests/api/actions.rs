use dialer_domain::Role;
use dialer_domain::campaigns::store::CampaignStore;
use reqwest::Method;
use rstest::rstest;
use serde_json::{Value, json};

use crate::desk::{Desk, NOWHERE, OWNER, STRANGER, answer, id, number};

/// A campaign of the owner's with one contact, as the API answers it.
async fn list(desk: &Desk) -> Value {
    let campaign = desk.campaign(&json!({"name": "Spring", "type": "power", "script": "Hello"})).await;
    let contacts = json!({"contacts": [{"phone_number": "+447700900123", "first_name": "Ada"}]});
    assert_eq!(desk.post(&format!("/campaigns/{}/contacts", id(&campaign)), &contacts).await.0, 201);
    campaign
}

async fn act(desk: &Desk, campaign: &Value, action: &str) -> (u16, Value) {
    let path = format!("/campaigns/{}/actions/{action}", id(campaign));
    let (status, body) = answer(desk.request(Method::POST, &path)).await;
    (status.as_u16(), body)
}

#[rstest]
#[case(&["start", "pause", "resume", "complete", "start", "archive"], "archived")]
#[case(&["start", "start"], "active")]
#[case(&["start", "pause", "start"], "active")]
#[case(&["archive"], "archived")]
#[tokio::test]
async fn a_campaign_is_led_through_its_life(#[case] actions: &[&str], #[case] ends: &str) {
    let desk = Desk::open();
    let campaign = list(&desk).await;
    let mut last = Value::Null;
    for action in actions {
        let (status, body) = act(&desk, &campaign, action).await;
        assert_eq!(status, 200, "{action}: {body}");
        last = body["campaign"]["status"].clone();
    }
    assert_eq!(last, ends);
}

#[rstest]
#[case(&[], "pause")]
#[case(&[], "resume")]
#[case(&[], "complete")]
#[case(&["start", "complete"], "resume")]
#[case(&["archive"], "start")]
#[tokio::test]
async fn an_action_that_does_not_fit_changes_nothing(#[case] before: &[&str], #[case] action: &str) {
    let desk = Desk::open();
    let campaign = list(&desk).await;
    for action in before {
        act(&desk, &campaign, action).await;
    }
    let path = format!("/campaigns/{}", id(&campaign));
    let (_, as_it_was) = desk.get(&path).await;
    let (status, problem) = act(&desk, &campaign, action).await;
    assert_eq!((status, &problem["code"]), (409, &json!("conflict")), "{problem}");
    assert_eq!(desk.get(&path).await.1, as_it_was);
}

#[tokio::test]
async fn a_campaign_that_would_dial_nobody_is_not_started() {
    let desk = Desk::open();
    let power = desk.campaign(&json!({"name": "Empty", "type": "power"})).await;
    let (status, problem) = act(&desk, &power, "start").await;
    assert_eq!(status, 409);
    assert!(problem["detail"].as_str().unwrap().contains("no contacts"));
    let manual = desk.campaign(&json!({"name": "Empty", "type": "manual"})).await;
    assert_eq!(act(&desk, &manual, "start").await.0, 200, "agents bring the numbers");
}

#[tokio::test]
async fn a_copy_is_a_fresh_draft_with_or_without_the_contacts() {
    let desk = Desk::open();
    let campaign = list(&desk).await;
    let more: Vec<Value> = (0..1_200).map(|n| json!({"phone_number": number(n + 2_000).as_e164()})).collect();
    desk.post(&format!("/campaigns/{}/contacts", id(&campaign)), &json!({"contacts": more})).await;
    act(&desk, &campaign, "start").await;
    desk.post("/suppressions", &json!({"phone_number": number(2_000).as_e164()})).await;

    let (status, copy) = act(&desk, &campaign, "duplicate").await;
    assert_eq!(status, 201);
    let copy = &copy["campaign"];
    assert_eq!((&copy["name"], &copy["status"]), (&json!("Spring (copy)"), &json!("draft")));
    assert_eq!((&copy["script"], &copy["stats"]["total"]), (&json!("Hello"), &json!(0)));
    assert_ne!(copy["id"], campaign["id"]);

    let (_, whole) = act(&desk, &campaign, "duplicate?contacts=true").await;
    assert_eq!(whole["campaign"]["stats"]["total"], 1_200, "but for the suppressed one");
    assert_eq!(whole["campaign"]["stats"]["pending"], 1_200);
    let (_, contacts) = desk.get(&format!("/campaigns/{}/contacts?limit=1", id(&whole["campaign"]))).await;
    assert_eq!(contacts["contacts"][0]["first_name"], "Ada");
}

#[tokio::test]
async fn only_its_supervisor_acts_on_a_campaign() {
    let desk = Desk::open();
    let campaign = list(&desk).await;
    for (user, role, status) in [(STRANGER, Role::Admin, 404), (OWNER, Role::Agent, 403)] {
        for action in ["start", "duplicate"] {
            let path = format!("/campaigns/{}/actions/{action}", id(&campaign));
            assert_eq!(answer(desk.as_user(user, role, Method::POST, &path)).await.0, status);
        }
    }
    assert_eq!(act(&desk, &campaign, "explode").await.0, 404);
    let nowhere = format!("/campaigns/{NOWHERE}/actions/start");
    assert_eq!(answer(desk.request(Method::POST, &nowhere)).await.0, 404);
    let all = CampaignStore::active(&desk.store).await.unwrap();
    assert!(all.is_empty(), "nothing was started");
}
