use dialer_domain::calls::merge::CallEvent;
use dialer_domain::calls::store::CallStore;
use dialer_domain::contacts::store::ContactStore;
use dialer_domain::events::{EventKind, EventLog};
use dialer_domain::identity::Role;
use dialer_domain::queue::store::DialQueue;
use dialer_domain::telephony::{LiveCall, LiveState, ProviderCallId, TelephonyError};
use dialer_domain::{Call, CallOutcome, CampaignId, ContactStatus, Duration, QueueEntryId, Scope};
use dialer_testkit::builders::{id as fresh, live_call, slots};
use dialer_testkit::pacing;
use dialer_testkit::telephony::Query;
use reqwest::Method;
use serde_json::{Value, json};

use crate::desk::{Desk, OWNER, STRANGER, T0, answer, id, number};

/// An active campaign with three contacts, all of them being called.
async fn dialing(desk: &Desk) -> (CampaignId, Vec<Call>) {
    let campaign = desk.campaign(&json!({ "name": "Spring", "type": "power", "timezone": "Europe/London" })).await;
    let list: Vec<Value> = (0..3).map(|n| json!({ "phone_number": number(n).as_e164() })).collect();
    desk.post(&format!("/campaigns/{}/contacts", id(&campaign)), &json!({ "contacts": list })).await;
    desk.post(&format!("/campaigns/{}/actions/start", id(&campaign)), &Value::Null).await;
    let campaign: CampaignId = id(&campaign).parse().unwrap();
    let lease = pacing(&desk.store, campaign).await;
    desk.store.plan(campaign, &lease, (0..3).map(|_| fresh(QueueEntryId::new)).collect(), T0).await.unwrap();
    let calls = desk.store.claim(campaign, &lease, slots(3), T0).await.unwrap().calls;
    (campaign, calls)
}

/// The provider took the call, and lists it like this.
async fn live(desk: &Desk, call: &Call, name: &str, state: LiveState) -> LiveCall {
    let placed = CallEvent::Placed { provider_call_id: ProviderCallId::new(name), at: T0 };
    desk.store.apply(call.id, &placed, T0).await.unwrap();
    LiveCall {
        agent: call.agent.clone(),
        to_digits: Some(call.to_number.digits().to_owned()),
        ..live_call(name, state)
    }
}

async fn stop(desk: &Desk, campaign: CampaignId) -> Value {
    let (status, body) = desk.post(&format!("/campaigns/{campaign}/actions/stop-now"), &Value::Null).await;
    assert_eq!(status, 200, "{body}");
    body
}

fn counts(stopped: &Value) -> Value {
    json!([stopped["hung_up"], stopped["spared"], stopped["refused"], stopped["unknown"]])
}

async fn now(desk: &Desk, call: &Call) -> Call {
    CallStore::get(&desk.store, Scope::Service, call.id).await.unwrap().unwrap()
}

#[tokio::test]
async fn a_stop_hangs_up_what_rings_and_spares_who_talks() {
    let desk = Desk::open();
    let (campaign, calls) = dialing(&desk).await;
    let ringing = live(&desk, &calls[0], "7", LiveState::Ringing).await;
    let talking = live(&desk, &calls[1], "8", LiveState::Connected).await;
    desk.telephony.set_live(vec![ringing, talking]);
    let stopped = stop(&desk, campaign).await;
    assert_eq!(stopped["campaign"]["status"], "paused");
    assert_eq!(counts(&stopped), json!([1, 1, 0, 1]), "the third has no answer yet");
    assert_eq!(desk.telephony.hung_up(), [ProviderCallId::new("7")]);

    let canceled = now(&desk, &calls[0]).await;
    assert_eq!(canceled.outcome, Some(CallOutcome::Canceled));
    assert!(!now(&desk, &calls[1]).await.status.is_final() && !now(&desk, &calls[2]).await.status.is_final());
    let contact = ContactStore::get(&desk.store, Scope::Service, canceled.contact_id.unwrap()).await.unwrap().unwrap();
    assert_eq!((contact.status, contact.attempts), (ContactStatus::Failed, 1));
    assert_eq!(contact.next_attempt_at, Some(T0 + Duration::HOUR), "it is tried again by rule");
    let told = desk.get(&format!("/calls/{}/explain", canceled.id)).await.1;
    assert_eq!(told["explanation"]["verdict"]["cause"]["code"], "stopped", "{told}");
}

#[tokio::test]
async fn a_call_that_has_not_reached_its_customer_gives_the_attempt_back() {
    let desk = Desk::open();
    let (campaign, calls) = dialing(&desk).await;
    let agent_rings = LiveCall {
        agent: calls[0].agent.clone(),
        to_digits: Some(calls[0].to_number.digits().to_owned()),
        ..live_call("7", LiveState::Initial)
    };
    desk.telephony.set_live(vec![agent_rings]);
    assert_eq!(counts(&stop(&desk, campaign).await), json!([1, 0, 0, 2]));
    let call = now(&desk, &calls[0]).await;
    assert_eq!(call.outcome, Some(CallOutcome::NotPlaced));
    let contact = ContactStore::get(&desk.store, Scope::Service, call.contact_id.unwrap()).await.unwrap().unwrap();
    assert_eq!((contact.status, contact.attempts), (ContactStatus::Pending, 0));
}

#[tokio::test]
async fn a_provider_that_does_not_hang_up_while_it_rings_is_told_in_the_answer() {
    let desk = Desk::open();
    let (campaign, calls) = dialing(&desk).await;
    let ringing = live(&desk, &calls[0], "7", LiveState::Ringing).await;
    desk.telephony.set_live(vec![ringing]);
    let reason = "not while it rings".to_owned();
    desk.telephony.fail_next(Query::HangUp, TelephonyError::Refused { reason });
    let stopped = stop(&desk, campaign).await;
    assert_eq!(counts(&stopped), json!([0, 0, 1, 2]));
    let row = &stopped["calls"][0];
    assert_eq!((&row["result"], &row["reason"]), (&json!("refused"), &json!("not while it rings")));
    assert!(!now(&desk, &calls[0]).await.status.is_final(), "the engine follows it to its end");
}

#[tokio::test]
async fn a_provider_that_cannot_be_asked_hangs_up_on_nobody() {
    let desk = Desk::open();
    let (campaign, calls) = dialing(&desk).await;
    live(&desk, &calls[0], "7", LiveState::Ringing).await;
    desk.telephony.fail_next(Query::LiveCalls, TelephonyError::Unavailable { reason: "down".to_owned() });
    let stopped = stop(&desk, campaign).await;
    assert_eq!((counts(&stopped), &stopped["campaign"]["status"]), (json!([0, 0, 0, 3]), &json!("paused")));
    assert!(desk.telephony.hung_up().is_empty());
}

#[tokio::test]
async fn stopping_again_changes_nothing_more_and_its_event_says_who() {
    let desk = Desk::open();
    let (campaign, calls) = dialing(&desk).await;
    let ringing = live(&desk, &calls[0], "7", LiveState::Ringing).await;
    desk.telephony.set_live(vec![ringing]);
    stop(&desk, campaign).await;
    let again = stop(&desk, campaign).await;
    assert_eq!((counts(&again), &again["campaign"]["status"]), (json!([0, 0, 0, 2]), &json!("paused")));
    let events = desk.store.since(Scope::Service, 0, 500).await.unwrap();
    let stops: Vec<_> = events.iter().filter(|event| event.event.kind == EventKind::CampaignStopped).collect();
    assert_eq!(stops.len(), 2);
    assert_eq!((&stops[0].event.data["by"], &stops[0].event.data["hung_up"]), (&json!(OWNER), &json!(1)));
    let draft = desk.campaign(&json!({ "name": "Draft", "type": "power" })).await;
    let stopped = stop(&desk, id(&draft).parse().unwrap()).await;
    assert_eq!((&stopped["campaign"]["status"], counts(&stopped)), (&json!("draft"), json!([0, 0, 0, 0])));
}

#[tokio::test]
async fn only_its_supervisor_stops_a_campaign() {
    let desk = Desk::open();
    let (campaign, _) = dialing(&desk).await;
    let path = format!("/campaigns/{campaign}/actions/stop-now");
    for (user, role, status) in [(STRANGER, Role::Admin, 404), (OWNER, Role::Agent, 403)] {
        assert_eq!(answer(desk.as_user(user, role, Method::POST, &path)).await.0, status);
    }
    assert_eq!(desk.get(&format!("/campaigns/{campaign}")).await.1["campaign"]["status"], "active");
}
