use dialer_domain::contacts::store::ContactStore;
use dialer_domain::{CampaignId, Role, Scope, UserId};
use dialer_testkit::builders::contact;
use reqwest::Method;
use rstest::rstest;
use serde_json::{Value, json};
use uuid::uuid;

use crate::desk::{Desk, NOWHERE, OWNER, STRANGER, answer, id, wrong};

const AGENT: UserId = UserId::new(uuid!("0195d3f0-0000-7000-8000-0000000000a3"));

/// A campaign of the owner's to which the agent is assigned.
async fn team(desk: &Desk) -> String {
    let campaign = desk.campaign(&json!({"name": "Spring", "type": "preview"})).await;
    let path = format!("/campaigns/{}", id(&campaign));
    let (status, body) = desk.post(&format!("{path}/agents"), &json!({"user_id": AGENT})).await;
    assert_eq!(status, 201, "{body}");
    path
}

async fn as_agent(desk: &Desk, method: Method, path: &str, body: Option<&Value>) -> (u16, Value) {
    let request = desk.as_user(AGENT, Role::Agent, method, path);
    let request = if let Some(body) = body { request.json(body) } else { request };
    let (status, body) = answer(request).await;
    (status.as_u16(), body)
}

#[tokio::test]
async fn agents_are_assigned_listed_and_taken_off() {
    let desk = Desk::open();
    let path = format!("{}/agents", team(&desk).await);
    let (status, again) = desk.post(&path, &json!({"user_id": AGENT})).await;
    assert_eq!(status, 200, "assigning twice changes nothing");
    let (_, listed) = desk.get(&path).await;
    assert_eq!(listed, json!({"agents": [again["agent"]], "total": 1}));
    assert_eq!(
        again["agent"],
        json!({
            "id": again["agent"]["id"],
            "campaign_id": path.split('/').nth(2).unwrap(),
            "user_id": AGENT,
            "created_at": "2026-03-02T10:00:00Z",
        })
    );
    let gone = format!("{path}/{AGENT}");
    assert_eq!(desk.delete(&gone).await, (reqwest::StatusCode::NO_CONTENT, Value::Null));
    assert_eq!(desk.delete(&gone).await.0, 404);
    assert_eq!(desk.get(&path).await.1["total"], 0);
}

#[rstest]
#[case(json!({}), ("user_id", "required"))]
#[case(json!({"user_id": "Ada"}), ("user_id", "not_an_id"))]
#[case(json!({"agent": AGENT}), ("agent", "unknown_field"))]
#[tokio::test]
async fn an_agent_is_named_by_an_id(#[case] body: Value, #[case] error: (&str, &str)) {
    let desk = Desk::open();
    let (status, problem) = desk.post(&format!("{}/agents", team(&desk).await), &body).await;
    assert_eq!(status, 422);
    assert_eq!(wrong(&problem), [error]);
}

#[tokio::test]
async fn an_assigned_agent_reads_the_campaign_and_nothing_else() {
    let desk = Desk::open();
    let path = team(&desk).await;
    let (_, as_owner) = desk.get(&path).await;
    assert_eq!(as_agent(&desk, Method::GET, &path, None).await, (200, as_owner.clone()));
    let (_, listed) = as_agent(&desk, Method::GET, "/campaigns", None).await;
    assert_eq!(listed, json!({"campaigns": [as_owner["campaign"]], "total": 1}));
    for of in ["contacts", "queue", "agents"] {
        let (status, problem) = as_agent(&desk, Method::GET, &format!("{path}/{of}"), None).await;
        assert_eq!((status, &problem["code"]), (404, &json!("not_found")), "{of}");
    }
    let call = json!({"to": "+447700900123", "campaignId": path.rsplit('/').next().unwrap()});
    assert_eq!(as_agent(&desk, Method::POST, "/calls", Some(&call)).await.0, 404, "nor is it called in");
    // One who is a supervisor elsewhere has no more rights here.
    let supervisor = async |method, path: &str, body: &Value| {
        answer(desk.as_user(AGENT, Role::Supervisor, method, path).json(body)).await.0.as_u16()
    };
    assert_eq!(supervisor(Method::PATCH, &path, &json!({"name": "Mine"})).await, 404);
    assert_eq!(supervisor(Method::DELETE, &path, &json!({})).await, 404);
    assert_eq!(supervisor(Method::POST, &format!("{path}/actions/start"), &json!({})).await, 404);
    assert_eq!(supervisor(Method::POST, &format!("{path}/actions/duplicate"), &json!({})).await, 404);
    assert_eq!(supervisor(Method::POST, &format!("{path}/agents"), &json!({"user_id": AGENT})).await, 404);
    assert_eq!(supervisor(Method::DELETE, &format!("{path}/agents/{AGENT}"), &json!({})).await, 404);
    let contacts = json!({"contacts": [{"phone_number": "+447700900123"}]});
    assert_eq!(supervisor(Method::POST, &format!("{path}/contacts"), &contacts).await, 404);
    assert_eq!(desk.get(&path).await.1, as_owner);
}

#[tokio::test]
async fn an_agent_reads_the_contact_reserved_for_them() {
    let desk = Desk::open();
    let path = team(&desk).await;
    let campaign: CampaignId = path.rsplit('/').next().unwrap().parse().unwrap();
    let (shown, hidden) = (contact(campaign).reserved_for(AGENT).build(), contact(campaign).build());
    desk.store.import(Scope::Service, campaign, vec![shown.clone(), hidden.clone()]).await.unwrap();
    let (status, body) = as_agent(&desk, Method::GET, &format!("/contacts/{}", shown.id), None).await;
    assert_eq!((status, &body["contact"]["reserved_for"]), (200, &json!(AGENT)));
    assert_eq!(as_agent(&desk, Method::GET, &format!("/contacts/{}", hidden.id), None).await.0, 404);
    let path = format!("/contacts/{}", shown.id);
    assert_eq!(as_agent(&desk, Method::PATCH, &path, Some(&json!({"company": "A"}))).await.0, 403);
    let as_supervisor = desk.as_user(AGENT, Role::Supervisor, Method::DELETE, &path);
    assert_eq!(answer(as_supervisor).await.0, 404);
}

#[tokio::test]
async fn only_the_owner_s_supervisor_assigns() {
    let desk = Desk::open();
    let path = format!("{}/agents", team(&desk).await);
    for (user, role, status) in [(STRANGER, Role::Admin, 404), (OWNER, Role::Agent, 403)] {
        let assign = desk.as_user(user, role, Method::POST, &path).json(&json!({"user_id": STRANGER}));
        assert_eq!(answer(assign).await.0, status);
        let unassign = desk.as_user(user, role, Method::DELETE, &format!("{path}/{AGENT}"));
        assert_eq!(answer(unassign).await.0, status);
    }
    let listed = answer(desk.as_user(STRANGER, Role::Admin, Method::GET, &path)).await;
    assert_eq!(listed.0, 404);
    assert_eq!(desk.get(&format!("/campaigns/{NOWHERE}/agents")).await.0, 404);
    assert_eq!(desk.get(&path).await.1["total"], 1);
}
