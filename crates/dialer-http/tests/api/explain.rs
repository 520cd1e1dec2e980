use dialer_domain::calls::causes::CauseCode;
use dialer_domain::calls::merge::Ending;
use dialer_domain::calls::store::CallStore;
use dialer_domain::clock::Clock;
use dialer_domain::identity::Role;
use dialer_domain::queue::store::DialQueue;
use dialer_domain::telephony::TelephonyError;
use dialer_domain::{CallOutcome, CampaignId, ContactId, Duration, QueueEntryId, UserId};
use dialer_testkit::builders::{self, id as fresh, slots};
use dialer_testkit::pacing;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::uuid;

use crate::desk::{Desk, NOWHERE, OWNER, STRANGER, T0, answer, id};

const AGENT: UserId = UserId::new(uuid!("0195d3f0-0000-7000-8000-0000000000a3"));

/// An active campaign with three contacts.
async fn dialing(desk: &Desk) -> CampaignId {
    let campaign = desk.campaign(&json!({ "name": "Spring", "type": "power", "timezone": "Europe/London" })).await;
    let numbers: Vec<Value> =
        ["+447700900123", "+447700900124", "+447700900125"].map(|number| json!({ "phone_number": number })).to_vec();
    desk.post(&format!("/campaigns/{}/contacts", id(&campaign)), &json!({ "contacts": numbers })).await;
    let started = desk.post(&format!("/campaigns/{}/actions/start", id(&campaign)), &Value::Null).await;
    assert_eq!(started.0, 200, "{started:?}");
    id(&campaign).parse().unwrap()
}

async fn status(desk: &Desk, campaign: CampaignId) -> Value {
    let (status, body) = desk.get(&format!("/campaigns/{campaign}/status")).await;
    assert_eq!(status, 200, "{body}");
    body["status"].clone()
}

/// Claims the next call of a campaign.
async fn claim(desk: &Desk, campaign: CampaignId) -> dialer_domain::Call {
    let lease = pacing(&desk.store, campaign).await;
    desk.store.plan(campaign, &lease, vec![fresh(QueueEntryId::new)], desk.clock.now()).await.unwrap();
    desk.store.claim(campaign, &lease, slots(1), desk.clock.now()).await.unwrap().calls.remove(0)
}

fn precondition<'a>(status: &'a Value, code: &str) -> &'a Value {
    let all = status["preconditions"].as_array().unwrap();
    all.iter().find(|one| one["code"] == code).unwrap_or_else(|| panic!("no {code} in {status}"))
}

#[tokio::test]
async fn a_status_names_what_stands_in_the_way_and_says_what_to_do() {
    let desk = Desk::open();
    let campaign = dialing(&desk).await;
    let told = status(&desk, campaign).await;
    assert_eq!(told["contacts"]["due"], 3);
    assert_eq!(told["contacts"]["callable"], 3);
    assert_eq!(precondition(&told, "campaign_status")["state"], "ok");
    assert_eq!(precondition(&told, "active_hours")["state"], "ok");
    assert_eq!(told["active_hours"]["closes_at"], "2026-03-02T17:00:00Z");
    // No engine runs at a desk.
    assert_eq!(told["blocked_by"], "agents");
    assert_eq!(precondition(&told, "engine")["state"], "not");
    assert_eq!(told["provider"]["capabilities"]["leg_order"], "agent-first");

    desk.post(&format!("/campaigns/{campaign}/actions/pause"), &Value::Null).await;
    let told = status(&desk, campaign).await;
    assert_eq!(told["blocked_by"], "campaign_status");
    assert_eq!(told["contacts"]["refused"], json!({ "campaign_paused": 3 }));
    let advice = precondition(&told, "campaign_status")["advice"].as_str().unwrap();
    assert!(advice.contains(&format!("/campaigns/{campaign}/actions/resume")), "{advice}");
}

#[tokio::test]
async fn contacts_are_counted_by_the_code_of_their_refusal() {
    let desk = Desk::open();
    let campaign = dialing(&desk).await;
    let call = claim(&desk, campaign).await;
    desk.post("/suppressions", &json!({ "phone_number": "+447700900125" })).await;
    let told = status(&desk, campaign).await;
    assert_eq!(told["contacts"]["refused"], json!({ "attempt_live": 1, "dnc_internal": 1 }));
    let busy = builders::ended(CallOutcome::Busy, dialer_domain::calls::Evidence::Record, T0);
    desk.store.apply(call.id, &busy, T0).await.unwrap();
    let told = status(&desk, campaign).await;
    assert_eq!(told["contacts"]["refused"], json!({ "cooling_off": 1, "dnc_internal": 1 }));
    assert_eq!(told["contacts"]["next_due_at"], "2026-03-02T11:00:00Z");
}

#[tokio::test]
async fn a_status_is_for_the_owner_alone() {
    let desk = Desk::open();
    let campaign = dialing(&desk).await;
    desk.post(&format!("/campaigns/{campaign}/agents"), &json!({ "user_id": AGENT })).await;
    let path = format!("/campaigns/{campaign}/status");
    for (user, role) in [(AGENT, Role::Admin), (STRANGER, Role::Admin)] {
        assert_eq!(answer(desk.as_user(user, role, Method::GET, &path)).await.0, 404);
    }
    let readable = answer(desk.as_user(AGENT, Role::Agent, Method::GET, &format!("/campaigns/{campaign}"))).await;
    assert_eq!(readable.0, 200, "the agent reads the campaign itself");
    assert_eq!(desk.get(&format!("/campaigns/{NOWHERE}/status")).await.0, 404);
    assert_eq!(status(&desk, campaign).await["agents"]["assigned"], 1);
}

#[tokio::test]
async fn a_call_is_explained_to_its_end_with_the_cause_and_what_to_do() {
    let desk = Desk::open();
    let campaign = dialing(&desk).await;
    let call = claim(&desk, campaign).await;
    let error = TelephonyError::AgentUnreachable { reason: "no VoIP clients registered".to_owned() };
    let end = Ending::never_left(CallOutcome::NotPlaced, T0, &error);
    desk.store.apply(call.id, &end, T0).await.unwrap();
    let (code, body) = desk.get(&format!("/calls/{}/explain", call.id)).await;
    assert_eq!(code, 200, "{body}");
    let told = &body["explanation"];
    let kinds: Vec<&str> =
        told["steps"].as_array().unwrap().iter().map(|step| step["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["call.initiated", "call.ended", "contact.settled"]);
    assert_eq!(told["steps"][0]["by"], "engine");
    assert_eq!((&told["verdict"]["over"], &told["verdict"]["counts_as_attempt"]), (&json!(true), &json!(false)));
    let cause = &told["verdict"]["cause"];
    assert_eq!((&cause["code"], &cause["words"]), (&json!("agent_phone"), &json!(CauseCode::AgentPhone.meaning())));
    assert!(cause["told"].as_str().unwrap().contains("no VoIP clients registered"));
    assert!(!cause["advice"].is_null());
}

#[tokio::test]
async fn the_agent_who_handled_a_call_reads_its_story_and_a_stranger_does_not() {
    let desk = Desk::open();
    let call = builders::call().owner(OWNER).handled_by(AGENT).build();
    desk.store.add(&call).await.unwrap();
    let path = format!("/calls/{}/explain", call.id);
    let (code, body) = answer(desk.as_user(AGENT, Role::Agent, Method::GET, &path)).await;
    assert_eq!((code.as_u16(), body["explanation"]["steps"].as_array().unwrap().len()), (200, 1), "{body}");
    assert_eq!(answer(desk.as_user(STRANGER, Role::Admin, Method::GET, &path)).await.0, 404);
}

#[tokio::test]
async fn a_contact_is_explained_with_code_words_and_the_next_instant() {
    let desk = Desk::open();
    let campaign = dialing(&desk).await;
    let (_, list) = desk.get(&format!("/campaigns/{campaign}/contacts")).await;
    let contact: ContactId = id(&list["contacts"][0]).parse().unwrap();
    let path = format!("/contacts/{contact}/explain");
    let told = desk.get(&path).await.1["explanation"].clone();
    assert_eq!((&told["callable"], &told["code"]), (&json!(true), &Value::Null), "{told}");
    desk.clock.advance(Duration::hours(9));
    let told = desk.get(&path).await.1["explanation"].clone();
    assert_eq!((&told["callable"], &told["code"]), (&json!(false), &json!("after_window")), "{told}");
    assert_eq!(told["next_at"], "2026-03-03T09:00:00Z");
    assert_eq!(answer(desk.as_user(STRANGER, Role::Admin, Method::GET, &path)).await.0, 404);
}
