//! An agent's day over the API: signing in, offers, calls, writing up, pauses.

use dialer_domain::agents::store::{AgentDesk, AgentProfiles};
use dialer_domain::calls::Evidence;
use dialer_domain::calls::store::CallStore;
use dialer_domain::queue::store::DialQueue;
use dialer_domain::telephony::{LiveState, TransferTarget};
use dialer_domain::{CallOutcome, Duration, QueueEntryId, Role, UserId};
use dialer_testkit::builders::{ended, id as fresh_id, live_call, provider_user};
use dialer_testkit::pacing;
use reqwest::Method;
use rstest::rstest;
use serde_json::{Value, json};
use uuid::uuid;

use crate::desk::{Desk, STRANGER, T0, answer, id, wrong};

const ROBIN: UserId = UserId::new(uuid!("0195d3f0-0000-7000-8000-0000000000c1"));

/// A desk with an agent of the owner's.
struct Day {
    desk: Desk,
    agent: String,
}

impl Day {
    async fn begin() -> Self {
        let desk = Desk::open();
        let body = json!({
            "user_id": ROBIN, "display_name": "Robin", "provider_user_id": "10021", "wrap_up_seconds": 60,
        });
        let (status, made) = desk.post("/agents", &body).await;
        assert_eq!(status, 201, "{made}");
        let agent = id(&made["agent"]).to_owned();
        Self { desk, agent }
    }

    /// The agent asks.
    async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> (u16, Value) {
        let request = self.desk.as_user(ROBIN, Role::Agent, method, &format!("/agents/me{path}"));
        let request = if let Some(body) = body { request.json(&body) } else { request };
        let (status, body) = answer(request).await;
        (status.as_u16(), body)
    }

    async fn look(&self) -> Value {
        let (status, body) = self.ask(Method::GET, "", None).await;
        assert_eq!(status, 200, "{body}");
        body
    }

    async fn becomes(&self, state: &str) -> Value {
        let (status, body) = self.ask(Method::POST, "/state", Some(json!({ "state": state }))).await;
        assert_eq!(status, 200, "{body}");
        body["agent"].clone()
    }

    /// A contact of a preview campaign to which the agent is assigned, offered to them.
    async fn offered(&self) -> Value {
        let campaign = self.desk.campaign(&json!({"name": "Spring", "type": "preview", "timezone": "UTC"})).await;
        let path = format!("/campaigns/{}", id(&campaign));
        let contacts = json!({"contacts": [{"phone_number": "+447700900123", "first_name": "Ada"}]});
        self.desk.post(&format!("{path}/contacts"), &contacts).await;
        self.desk.post(&format!("{path}/agents"), &json!({"user_id": ROBIN})).await;
        self.desk.post(&format!("{path}/actions/start"), &json!({})).await;
        let list = id(&campaign).parse().unwrap();
        self.desk
            .store
            .plan(list, &pacing(&self.desk.store, list).await, vec![fresh_id(QueueEntryId::new)], T0)
            .await
            .unwrap();
        self.becomes("ready").await;
        let offer = self.desk.store.offer(list, ROBIN, T0 + Duration::seconds(30), T0).await.unwrap();
        assert!(offer.is_some());
        self.look().await["offer"].clone()
    }
}

#[tokio::test]
async fn an_agent_sees_the_offer_calls_talks_and_writes_up() {
    let day = Day::begin().await;
    let offer = day.offered().await;
    assert_eq!((&offer["contact"]["first_name"], &offer["until"]), (&json!("Ada"), &json!("2026-03-02T10:00:30Z")));
    assert_eq!(day.ask(Method::GET, "/offer", None).await.1["offer"], offer);

    day.desk.telephony.next_dial_is("77");
    let (status, accepted) = day.ask(Method::POST, "/offer/accept", None).await;
    assert_eq!((status, &accepted["callId"]), (201, &json!("77")), "{accepted}");
    let placed = day.desk.telephony.placed().remove(0);
    assert_eq!(placed.agent.unwrap().as_str(), "10021", "the agent's own phone rings");
    let desktop = day.look().await;
    assert_eq!((&desktop["agent"]["state"], &desktop["call"]["id"]), (&json!("ringing"), &accepted["call"]["id"]));
    assert_eq!(desktop["contact"]["first_name"], "Ada", "the agent sees whom they call");

    let call = id(&accepted["call"]).parse().unwrap();
    let over = ended(CallOutcome::Completed, Evidence::Answer, T0);
    day.desk.store.apply(call, &over, T0).await.unwrap();
    let desktop = day.look().await;
    assert_eq!(
        (&desktop["agent"]["state"], &desktop["agent"]["until"]),
        (&json!("wrap-up"), &json!("2026-03-02T10:01:00Z"))
    );
    let said =
        json!({"call_id": call, "disposition": "callback", "follow_up_date": "2026-03-02T12:00:00Z", "personal": true});
    let said = day.desk.as_user(ROBIN, Role::Agent, Method::POST, "/dispositions").json(&said);
    assert_eq!(answer(said).await.0, 201);
    let (status, agent) = day.ask(Method::POST, "/wrap-up/finish", None).await;
    assert_eq!((status, &agent["agent"]["state"]), (200, &json!("ready")));
    let contact = id(&offer["contact"]);
    let (_, contact) = day.desk.get(&format!("/contacts/{contact}")).await;
    assert_eq!(contact["contact"]["callback_for"], json!(ROBIN), "nobody else keeps this promise");
    assert_eq!(contact["contact"]["reserved_for"], Value::Null);
}

#[tokio::test]
async fn an_offer_that_is_skipped_gives_the_contact_a_rest() {
    let day = Day::begin().await;
    let offer = day.offered().await;
    let (status, body) = day.ask(Method::POST, "/offer/skip", Some(json!({"reason": "asked for next week"}))).await;
    assert_eq!((status, &body["agent"]["state"]), (200, &json!("ready")));
    let (status, problem) = day.ask(Method::POST, "/offer/skip", Some(json!({}))).await;
    assert_eq!((status, &problem["code"]), (409, &json!("conflict")));
    let (status, problem) = day.ask(Method::POST, "/offer/accept", None).await;
    assert_eq!((status, &problem["code"]), (409, &json!("conflict")));
    let (_, contact) = day.desk.get(&format!("/contacts/{}", id(&offer["contact"]))).await;
    assert_eq!(contact["contact"]["next_attempt_at"], "2026-03-02T11:00:00Z");
    assert!(day.desk.telephony.placed().is_empty());
}

#[tokio::test]
async fn a_number_suppressed_while_it_is_offered_is_not_called() {
    let day = Day::begin().await;
    day.offered().await;
    day.desk.post("/suppressions", &json!({"phone_number": "+447700900123"})).await;
    let (status, problem) = day.ask(Method::POST, "/offer/accept", None).await;
    assert_eq!(status, 409, "{problem}");
    assert!(day.desk.telephony.placed().is_empty());
    let desktop = day.look().await;
    assert_eq!((&desktop["agent"]["state"], &desktop["offer"]), (&json!("ready"), &Value::Null));
}

#[tokio::test]
async fn an_agent_hangs_up_and_transfers_the_call_they_are_on() {
    let day = Day::begin().await;
    let none = day.ask(Method::POST, "/hang-up", None).await;
    assert_eq!((none.0, &none.1["code"]), (409, &json!("conflict")));
    day.offered().await;
    day.desk.telephony.next_dial_is("77");
    day.ask(Method::POST, "/offer/accept", None).await;
    day.desk.telephony.set_live(vec![live_call("77", LiveState::Connected)]);
    let (status, body) = day.ask(Method::POST, "/transfer", Some(json!({"number": "+447700900199"}))).await;
    assert_eq!(status, 200, "{body}");
    let transferred = day.desk.telephony.transferred();
    assert!(matches!(&transferred[0], (id, TransferTarget::Number(_)) if id.as_str() == "77"));
    let (status, _) = day.ask(Method::POST, "/transfer", Some(json!({"extension": "200"}))).await;
    assert_eq!(status, 200);
    let (status, body) = day.ask(Method::POST, "/hang-up", None).await;
    assert_eq!(status, 200, "{body}");
    assert_eq!(day.desk.telephony.hung_up().len(), 1);
}

#[tokio::test]
async fn an_agent_who_is_on_a_call_cannot_place_another_one() {
    let day = Day::begin().await;
    day.offered().await;
    day.ask(Method::POST, "/offer/accept", None).await;
    let call = day.desk.as_user(ROBIN, Role::Agent, Method::POST, "/calls").json(&json!({"to": "+447700900111"}));
    let (status, problem) = answer(call).await;
    assert_eq!((status.as_u16(), &problem["code"]), (409, &json!("agent_busy")));
    assert_eq!(day.desk.telephony.placed().len(), 1);
}

#[tokio::test]
async fn a_pause_during_a_call_holds_from_its_end_on() {
    let day = Day::begin().await;
    day.offered().await;
    let accepted = day.ask(Method::POST, "/offer/accept", None).await.1;
    let wish = json!({"state": "paused", "pause_code": "lunch"});
    let (status, body) = day.ask(Method::POST, "/state", Some(wish)).await;
    assert_eq!(
        (status, &body["agent"]["state"], &body["agent"]["next_state"]),
        (200, &json!("ringing"), &json!("paused"))
    );
    let call = id(&accepted["call"]).parse().unwrap();
    day.desk.store.apply(call, &ended(CallOutcome::Busy, Evidence::Answer, T0), T0).await.unwrap();
    let agent = day.look().await["agent"].clone();
    assert_eq!((&agent["state"], &agent["pause_code"]), (&json!("paused"), &json!("lunch")));
}

#[rstest]
#[case(json!({}), ("state", "required"))]
#[case(json!({"state": "talking"}), ("state", "not_one_of"))]
#[case(json!({"state": "paused"}), ("pause_code", "required"))]
#[case(json!({"state": "paused", "pause_code": "Lunch!"}), ("pause_code", "not_a_code"))]
#[case(json!({"state": "ready", "pause_code": "lunch"}), ("pause_code", "not_paused"))]
#[tokio::test]
async fn a_state_that_is_none_is_refused(#[case] body: Value, #[case] error: (&str, &str)) {
    let day = Day::begin().await;
    let (status, problem) = day.ask(Method::POST, "/state", Some(body)).await;
    assert_eq!(status, 422);
    assert_eq!(wrong(&problem), [error]);
}

#[tokio::test]
async fn a_pause_for_a_reason_that_is_not_known_here_is_refused_with_those_that_are() {
    let day = Day::begin().await;
    let siesta = json!({"state": "paused", "pause_code": "siesta"});
    let (status, problem) = day.ask(Method::POST, "/state", Some(siesta)).await;
    assert_eq!((status, &problem["code"]), (409, &json!("conflict")));
    assert!(problem["detail"].as_str().unwrap().contains("break, lunch"), "{problem}");
}

#[tokio::test]
async fn an_agent_s_phone_is_one_of_the_provider_s() {
    let day = Day::begin().await;
    day.desk.telephony.set_users(vec![provider_user("10021"), provider_user("10022")]);
    let body = |line: &str| json!({"user_id": STRANGER, "display_name": "K", "provider_user_id": line});
    let (status, problem) = day.desk.post("/agents", &body("99999")).await;
    assert_eq!((status.as_u16(), &problem["code"]), (409, &json!("conflict")), "{problem}");
    let moved = json!({"provider_user_id": "99999"});
    assert_eq!(day.desk.patch(&format!("/agents/{}", day.agent), &moved).await.0, 409);
    assert_eq!(day.desk.post("/agents", &body("10022")).await.0, 201);
}

#[rstest]
#[case(json!({}), ("number", "required"))]
#[case(json!({"number": "+447700900199", "extension": "200"}), ("extension", "one_of_two"))]
#[case(json!({"number": "12"}), ("number", "too_short"))]
#[tokio::test]
async fn a_transfer_names_one_goal(#[case] body: Value, #[case] error: (&str, &str)) {
    let day = Day::begin().await;
    let (status, problem) = day.ask(Method::POST, "/transfer", Some(body)).await;
    assert_eq!(status, 422);
    assert_eq!(wrong(&problem)[0].0, error.0);
}

#[tokio::test]
async fn the_owner_sees_what_agents_do_and_for_how_long() {
    let day = Day::begin().await;
    day.becomes("ready").await;
    day.desk.clock.advance(Duration::minutes(10));
    day.becomes("offline").await;
    day.desk.clock.advance(Duration::minutes(5));
    let (_, listed) = day.desk.get("/agents?state=offline").await;
    assert_eq!((&listed["total"], &listed["agents"][0]["display_name"]), (&json!(1), &json!("Robin")));
    assert_eq!(day.desk.get("/agents?state=ready").await.1["total"], 0);
    let path = format!("/agents/{}/states?from=2026-03-02T10:00:00Z", day.agent);
    let (status, history) = day.desk.get(&path).await;
    assert_eq!(status, 200, "{history}");
    assert_eq!((&history["seconds"]["ready"], &history["seconds"]["offline"]), (&json!(600), &json!(300)));
    let spans: Vec<_> =
        history["states"].as_array().unwrap().iter().map(|span| span["state"].as_str().unwrap()).collect();
    assert_eq!(spans, ["offline", "ready", "offline"][3 - spans.len()..]);
    assert_eq!(history["states"][spans.len() - 1]["to"], Value::Null);
}

#[tokio::test]
async fn nobody_has_two_profiles_and_no_two_agents_share_a_phone() {
    let day = Day::begin().await;
    let again = json!({"user_id": ROBIN, "display_name": "R", "provider_user_id": "10022"});
    assert_eq!(day.desk.post("/agents", &again).await.0, 409);
    let other = json!({"user_id": STRANGER, "display_name": "K", "provider_user_id": "10021"});
    assert_eq!(day.desk.post("/agents", &other).await.0, 409);
    assert_eq!(day.desk.get("/agents").await.1["total"], 1);
}

#[tokio::test]
async fn a_sign_of_life_keeps_an_agent_at_work() {
    let day = Day::begin().await;
    day.becomes("ready").await;
    day.desk.clock.advance(Duration::minutes(1));
    assert_eq!(day.ask(Method::POST, "/heartbeat", None).await.0, 204);
    let seen = day.desk.store.of_user(ROBIN).await.unwrap().unwrap().presence.seen_at;
    assert_eq!(seen, T0 + Duration::MINUTE);
}
