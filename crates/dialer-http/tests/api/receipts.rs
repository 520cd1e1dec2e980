//! Why a call was allowed, and how often others were refused, as clients read it.

use dialer_domain::Duration;
use dialer_domain::clock::Clock;
use dialer_domain::identity::Role;
use dialer_domain::queue::store::DialQueue;
use dialer_domain::rules::RuleBook;
use dialer_domain::{CampaignId, QueueEntryId, UserId};
use dialer_testkit::builders::{id as fresh, slots};
use dialer_testkit::pacing;
use dialer_testkit::stores::StoreHarness;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::uuid;

use crate::desk::{Desk, STRANGER, answer, id};

const AGENT: UserId = UserId::new(uuid!("0195d3f0-0000-7000-8000-0000000000a3"));

/// A desk under the rules that the program carries, with an active campaign around the clock and a contact in New York, where
/// it is five in the morning.
async fn early() -> (Desk, String) {
    let desk = Desk::open();
    desk.store.shelf().replace(RuleBook::shipped());
    let hours = json!({ "start": "00:00", "end": "24:00" });
    let campaign = desk.campaign(&json!({ "name": "Spring", "type": "power", "active_hours": hours })).await;
    let contacts = json!({ "contacts": [{ "phone_number": "+12125550142" }] });
    desk.post(&format!("/campaigns/{}/contacts", id(&campaign)), &contacts).await;
    desk.post(&format!("/campaigns/{}/actions/start", id(&campaign)), &Value::Null).await;
    (desk, id(&campaign).to_owned())
}

async fn claim(desk: &Desk, campaign: &str) -> String {
    let (campaign, now): (CampaignId, _) = (campaign.parse().unwrap(), desk.clock.now());
    let lease = pacing(&desk.store, campaign).await;
    desk.store.plan(campaign, &lease, vec![fresh(QueueEntryId::new)], now).await.unwrap();
    desk.store.claim(campaign, &lease, slots(1), now).await.unwrap().calls.remove(0).id.to_string()
}

#[tokio::test]
async fn the_owner_reads_why_a_call_was_allowed_and_nobody_else_does() {
    let (desk, campaign) = early().await;
    desk.post(&format!("/campaigns/{campaign}/agents"), &json!({ "user_id": AGENT })).await;
    desk.clock.advance(Duration::hours(5));
    let call = claim(&desk, &campaign).await;
    let path = format!("/calls/{call}/receipt");
    let (status, body) = desk.get(&path).await;
    assert_eq!(status, 200, "{body}");
    let receipt = &body["receipt"];
    assert_eq!((&receipt["call_id"], &receipt["campaign_id"]), (&json!(call), &json!(campaign)));
    assert_eq!(receipt["decided_at"], "2026-03-02T15:00:00Z");
    let rules: Vec<&str> =
        receipt["rules"].as_array().unwrap().iter().map(|rule| rule["id"].as_str().unwrap()).collect();
    assert!(rules.contains(&"us.hours"), "{rules:?}");
    assert_eq!(receipt["book"], RuleBook::shipped().hash().to_string());
    assert_eq!(receipt["inputs"]["place"]["jurisdictions"], json!(["US-NY"]));
    for user in [AGENT, STRANGER] {
        assert_eq!(answer(desk.as_user(user, Role::Admin, Method::GET, &path)).await.0, 404);
    }
    let (_, story) = desk.get(&format!("/calls/{call}/explain")).await;
    assert_eq!(story["explanation"]["receipt_id"], json!(call));
}

#[tokio::test]
async fn a_call_that_no_campaign_placed_has_no_receipt() {
    let desk = Desk::open();
    let (_, placed) = desk.post("/calls", &json!({ "to": "+447700900102" })).await;
    let call = id(&placed["call"]);
    let (status, problem) = desk.get(&format!("/calls/{call}/receipt")).await;
    assert_eq!(status, 404, "{problem}");
    assert_eq!(desk.get(&format!("/calls/{call}/explain")).await.1["explanation"]["receipt_id"], Value::Null);
}

#[tokio::test]
async fn refusals_are_told_by_hour_code_and_rule() {
    let (desk, campaign) = early().await;
    let path = format!("/campaigns/{campaign}/refusals");
    desk.clock.advance(Duration::MINUTE);
    for _ in 0..2 {
        let (status, _) = desk.post("/calls", &json!({ "to": "+12125550142", "campaignId": campaign })).await;
        assert_eq!(status, 409);
    }
    let (status, body) = desk.get(&path).await;
    assert_eq!(status, 200, "{body}");
    let told = &body["refusals"];
    assert_eq!((&told["from"], &told["to"]), (&json!("2026-03-01T10:00:00Z"), &json!("2026-03-02T10:01:00Z")));
    let hour = &told["hours"][0];
    assert_eq!((&told["total"], &hour["count"], &hour["code"]), (&json!(2), &json!(2), &json!("before_window")));
    assert_eq!((&hour["hour"], &hour["rule"]["id"]), (&json!("2026-03-02T10:00:00Z"), &json!("us.hours")));
    let before = desk.get(&format!("{path}?to=2026-03-02T10:00:00Z&from=2026-03-01T10:00:00Z")).await.1;
    assert_eq!((&before["refusals"]["total"], &before["refusals"]["hours"]), (&json!(0), &json!([])));
    assert_eq!(answer(desk.as_user(STRANGER, Role::Admin, Method::GET, &path)).await.0, 404);
}

#[tokio::test]
async fn a_period_of_refusals_is_checked() {
    let (desk, campaign) = early().await;
    let path = format!("/campaigns/{campaign}/refusals");
    for (query, code) in [
        ("from=2026-03-02T10:00:00Z&to=2026-03-01T10:00:00Z", "before_start"),
        ("from=2026-01-01T00:00:00Z&to=2026-03-01T00:00:00Z", "too_long"),
    ] {
        let (status, problem) = desk.get(&format!("{path}?{query}")).await;
        let error = &problem["errors"][0];
        assert_eq!((status.as_u16(), &error["field"], &error["code"]), (422, &json!("to"), &json!(code)), "{problem}");
    }
}
