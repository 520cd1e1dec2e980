//! The rules of the callee's place, as clients meet them.

use dialer_domain::rules::RuleBook;
use dialer_testkit::stores::StoreHarness;
use serde_json::{Value, json};

use crate::desk::{Desk, id};

/// A desk under the rules that the program carries, with an active campaign around the clock and a contact in New York, where
/// it is five in the morning.
async fn early() -> (Desk, String, String) {
    let desk = Desk::open();
    desk.store.shelf().replace(RuleBook::shipped());
    let hours = json!({ "start": "00:00", "end": "24:00" });
    let campaign = desk.campaign(&json!({ "name": "Spring", "type": "power", "active_hours": hours })).await;
    let contacts = json!({ "contacts": [{ "phone_number": "+12125550142" }] });
    let (_, added) = desk.post(&format!("/campaigns/{}/contacts", id(&campaign)), &contacts).await;
    desk.post(&format!("/campaigns/{}/actions/start", id(&campaign)), &Value::Null).await;
    (desk, id(&campaign).to_owned(), id(&added["contacts"][0]).to_owned())
}

#[tokio::test]
async fn a_campaign_says_what_it_is_for_and_whom_it_calls() {
    let desk = Desk::open();
    let silent = desk.campaign(&json!({ "name": "A", "type": "power" })).await;
    assert_eq!((&silent["purpose"], &silent["callee"]), (&json!("informational"), &json!("consumer")));
    let sales = json!({ "name": "B", "type": "power", "purpose": "sales", "callee": "business" });
    let sales = desk.campaign(&sales).await;
    assert_eq!((&sales["purpose"], &sales["callee"]), (&json!("sales"), &json!("business")));
    let path = format!("/campaigns/{}", id(&sales));
    let (_, changed) = desk.patch(&path, &json!({ "purpose": "survey" })).await;
    assert_eq!(changed["campaign"]["purpose"], "survey");
    let (status, refused) = desk.patch(&path, &json!({ "purpose": "fun" })).await;
    assert_eq!((status.as_u16(), &refused["errors"][0]["field"]), (422, &json!("purpose")));
}

#[tokio::test]
async fn a_call_before_the_callee_s_morning_is_refused_with_the_rule_and_the_hour() {
    let (desk, campaign, _) = early().await;
    let (status, problem) = desk.post("/calls", &json!({ "to": "+12125550142", "campaignId": campaign })).await;
    assert_eq!(status, 409, "{problem}");
    assert_eq!((&problem["code"], &problem["rule"]["id"]), (&json!("before_window"), &json!("us.hours")));
    assert_eq!(problem["retry_not_before"], "2026-03-02T13:00:00Z");
}

#[tokio::test]
async fn a_contact_is_explained_with_the_rule_that_refuses() {
    let (desk, _, contact) = early().await;
    let (_, told) = desk.get(&format!("/contacts/{contact}/explain")).await;
    let told = &told["explanation"];
    assert_eq!((&told["code"], &told["rule"]["id"]), (&json!("before_window"), &json!("us.hours")));
    assert_eq!(told["next_at"], "2026-03-02T13:00:00Z");
}

#[tokio::test]
async fn what_a_campaign_would_meet_is_counted_by_code_before_it_is_started() {
    let (desk, campaign, _) = early().await;
    let contacts = json!({ "contacts": [{ "phone_number": "+447700900123" }, { "phone_number": "+4930901820" }] });
    desk.post(&format!("/campaigns/{campaign}/contacts"), &contacts).await;
    let (status, now) = desk.get(&format!("/campaigns/{campaign}/what-if")).await;
    assert_eq!(status, 200, "{now}");
    let now = &now["what_if"];
    assert_eq!(
        (&now["at"], &now["contacts"], &now["callable"]),
        (&json!("2026-03-02T10:00:00Z"), &json!(3), &json!(1))
    );
    let mut codes: Vec<&str> =
        now["refused"].as_array().unwrap().iter().filter_map(|row| row["code"].as_str()).collect();
    codes.sort_unstable();
    assert_eq!(codes, ["before_window", "no_rules"]);
    let (_, later) = desk.get(&format!("/campaigns/{campaign}/what-if?at=2026-03-02T14:00:00Z")).await;
    assert_eq!(later["what_if"]["callable"], 2);
    let (status, problem) = desk.get(&format!("/campaigns/{campaign}/what-if?at=noon")).await;
    assert_eq!((status.as_u16(), &problem["errors"][0]["field"]), (422, &json!("at")));
}

#[tokio::test]
async fn the_rules_in_force_are_listed_with_their_versions_and_sources() {
    let (desk, ..) = early().await;
    let (_, rules) = desk.get("/rules").await;
    let packs = rules["rules"]["packs"].as_array().unwrap();
    let florida = packs.iter().find(|pack| pack["id"] == "us-fl").unwrap();
    assert_eq!((&florida["jurisdiction"], &rules["rules"]["open"]), (&json!("US-FL"), &json!(false)));
    assert!(florida["rules"].as_array().unwrap().iter().any(|rule| rule["id"] == "us-fl.cap24h"));
    assert_eq!(rules["rules"]["broken"], json!([]));
}
