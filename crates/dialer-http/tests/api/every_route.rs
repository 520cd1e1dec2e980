//! Every route of the program, from one table: who may, who may not, and what a stranger finds.
//!
//! A new route needs one line in [`table`](crate::route_table::table); `the_table_holds_every_route_of_the_program` names the ones that lack it.

use std::collections::BTreeSet;

use dialer_domain::agents::store::{AgentDesk, AgentProfiles};
use dialer_domain::agents::{Agent, AgentStep, Standing};
use dialer_domain::api_keys::{Area, KeyScope};
use dialer_domain::calls::Evidence;
use dialer_domain::calls::store::CallStore;
use dialer_domain::campaigns::store::CampaignStore;
use dialer_domain::contacts::store::ContactStore;
use dialer_domain::identity::Role;
use dialer_domain::queue::store::{ContactClaim, DialQueue};
use dialer_domain::telephony::{AgentLine, LiveState};
use dialer_domain::{CallId, CallOutcome, DialingMode, Duration, QueueEntryId, Scope};
use dialer_testkit::builders::{agent, call, campaign, contact, ended, id as fresh_id, live_call, placed, slots};
use dialer_testkit::pacing;
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};

use crate::desk::{Desk, NOWHERE, OWNER, STRANGER, T0, answer, id, number, read};
use crate::route_table::Stranger::{Empty, Nothing, Own};
use crate::route_table::{Route, SOUND, table};

/// Addresses that are asked without a token on purpose.
const OPEN: [&str; 7] = [
    "/healthz",
    "/readyz",
    "/metrics",
    "/openapi.json",
    "/docs",
    "/docs/{file:[^/]*}",
    "/webhooks/voipstudio/{secret}",
];

/// Rows of the owner's, one of each kind that the table names.
pub(crate) struct Rows(Vec<(&'static str, String)>);

impl Rows {
    async fn of(desk: &Desk) -> Self {
        let campaign = desk.campaign(&json!({ "name": "A", "type": "manual" })).await;
        let contacts = json!({ "contacts": [{ "phone_number": "+447700900107" }] });
        let contacts = desk.post(&format!("/campaigns/{}/contacts", id(&campaign)), &contacts).await.1;
        let line = vec![QueueEntryId::new(NOWHERE)];
        let list = id(&campaign).parse().unwrap();
        desk.store.plan(list, &pacing(&desk.store, list).await, line, T0).await.unwrap();
        desk.post(&format!("/campaigns/{}/agents", id(&campaign)), &json!({ "user_id": NOWHERE })).await;
        let call = call().owner(OWNER).to(number(102)).ended(CallOutcome::Completed, T0).build();
        CallStore::add(&desk.store, &call).await.unwrap();
        let receipt = placed_by_a_campaign(desk).await;
        let said = json!({ "call_id": call.id, "disposition": "callback", "follow_up_date": "2026-03-03T10:00:00Z" });
        let said = desk.post("/dispositions", &said).await.1;
        let suppression = desk.post("/suppressions", &json!({ "phone_number": "+447700900105" })).await.1;
        let consent = json!({ "phone_number": "+447700900105", "act": "revoked", "channel": "call" });
        let consent = desk.post("/consents", &json!({ "consents": [consent] })).await.1;
        let ban = json!({ "jurisdiction": "US-LA", "ends_at": "2027-01-01T00:00:00Z" });
        let ban = desk.post("/rules/bans", &ban).await.1;
        let copy = desk.request(Method::PUT, "/registries/us-dnc/copies?copied_on=2026-03-01");
        answer(copy.header("content-type", "text/csv").body("+447700900105\n")).await;
        let key = desk.post("/api-keys", &json!({ "name": "A" })).await.1;
        let drop = desk.post("/voicemail-drops", &json!({ "name": "A" })).await.1["voicemail_drop"].clone();
        let sound =
            |method, path: String| answer(desk.request(method, &path).header("content-type", "audio/ogg").body(SOUND));
        sound(Method::PUT, format!("/voicemail-drops/{}/audio", id(&drop))).await;
        let recording = sound(Method::POST, format!("/recordings?call_id={}", call.id)).await.1;
        let list = desk.request(Method::POST, &format!("/campaigns/{}/imports", id(&campaign)));
        let import = answer(list.header("content-type", "text/csv").body("phone_number\n+447700900109\n")).await.1;
        let agent = Agent { user_id: OWNER, line: AgentLine::new("20001"), ..agent(OWNER) };
        AgentProfiles::add(&desk.store, &agent).await.unwrap();
        Self(vec![
            ("agent", agent.id.to_string()),
            ("import", id(&import["import"]).to_owned()),
            ("recording", id(&recording["recording"]).to_owned()),
            ("voicemail drop", id(&drop).to_owned()),
            ("campaign", id(&campaign).to_owned()),
            ("contact", id(&contacts["contacts"][0]).to_owned()),
            ("call", call.id.to_string()),
            ("receipt", receipt.to_string()),
            ("follow-up", id(&said["disposition"]).to_owned()),
            ("suppression", id(&suppression["suppression"]).to_owned()),
            ("consent", id(&consent["consents"][0]).to_owned()),
            ("ban", id(&ban["ban"]).to_owned()),
            // It is named by its name in every path.
            ("register", "us-dnc".to_owned()),
            ("api key", id(&key["api_key"]).to_owned()),
        ])
    }

    pub(crate) fn id(&self, kind: &str) -> &str {
        let row = self.0.iter().find(|(name, _)| *name == kind);
        &row.unwrap_or_else(|| panic!("Rows has no {kind}")).1
    }

    /// The path with the owner's row in it.
    pub(crate) fn path(&self, route: &Route) -> String {
        let path = match route.stranger {
            Nothing(kind) => route.path.replace("{id}", self.id(kind)),
            Empty(_) | Own => route.path.to_owned(),
        };
        // The one entry in line and the one agent have the same id.
        let path = path.replace("{registry}", "us-dnc").replace("{number}", "+447700900105");
        path.replace("{action}", "archive").replace("{part}", &NOWHERE.to_string())
    }

    /// The body that would do, and what it is.
    pub(crate) fn body(&self, route: &Route) -> Option<(&'static str, String)> {
        match &route.body {
            Value::Null => None,
            Value::String(sound) if sound == SOUND => Some(("audio/ogg", SOUND.to_owned())),
            Value::String(csv) => Some(("text/csv", csv.clone())),
            body => Some(("application/json", body.to_string().replace("{call}", self.id("call")))),
        }
    }

    /// The request with that body.
    pub(crate) fn with_body(&self, request: RequestBuilder, route: &Route) -> RequestBuilder {
        match self.body(route) {
            Some((kind, body)) => request.header("content-type", kind).body(body),
            None => request,
        }
    }
}

/// A call that a campaign of the owner's placed, and that is over.
async fn placed_by_a_campaign(desk: &Desk) -> CallId {
    let list = campaign().active().owner(OWNER).build();
    CampaignStore::add(&desk.store, &list).await.unwrap();
    desk.store.import(Scope::Service, list.id, vec![contact(list.id).build()]).await.unwrap();
    let lease = pacing(&desk.store, list.id).await;
    desk.store.plan(list.id, &lease, vec![fresh_id(QueueEntryId::new)], T0).await.unwrap();
    let call = desk.store.claim(list.id, &lease, slots(1), T0).await.unwrap().calls.remove(0);
    desk.store.apply(call.id, &ended(CallOutcome::NoAnswer, Evidence::Answer, T0), T0).await.unwrap();
    call.id
}

/// Puts the owner, who is an agent, into the state in which a route of the desk has something to do.
pub(crate) async fn moment(desk: &Desk, route: &Route) {
    let now = desk.store.of_user(OWNER).await.unwrap().unwrap().presence;
    if let Some(call) = now.doing.live_call() {
        desk.store.apply(call, &ended(CallOutcome::Busy, Evidence::Answer, T0), T0).await.unwrap();
    }
    for step in [AgentStep::Lose, AgentStep::Stand(Standing::Ready)] {
        desk.store.step(OWNER, &step, true, T0).await.unwrap();
    }
    let Some(what) = route.path.strip_prefix("/agents/me/") else { return };
    if what == "state" || what == "heartbeat" {
        return;
    }
    let list = campaign().active().mode(DialingMode::Preview).owner(OWNER).build();
    CampaignStore::add(&desk.store, &list).await.unwrap();
    desk.store.import(Scope::Service, list.id, vec![contact(list.id).build()]).await.unwrap();
    desk.store.plan(list.id, &pacing(&desk.store, list.id).await, vec![fresh_id(QueueEntryId::new)], T0).await.unwrap();
    desk.store.offer(list.id, OWNER, T0 + Duration::MINUTE, T0).await.unwrap().unwrap();
    if what.starts_with("offer") {
        return;
    }
    let id = fresh_id(CallId::new);
    let Some(ContactClaim::Call(call)) = desk.store.accept_offer(OWNER, id, T0).await.unwrap() else { panic!() };
    let named = call.id.to_string();
    desk.telephony.set_live(vec![live_call(&named, LiveState::Connected)]);
    desk.store.apply(call.id, &placed(&named, T0), T0).await.unwrap();
    if what.starts_with("wrap-up") {
        desk.store.apply(call.id, &ended(CallOutcome::Completed, Evidence::Answer, T0), T0).await.unwrap();
    }
}

/// Sends, and reads the body as JSON, or as a text where it is none.
pub(crate) async fn tell(request: RequestBuilder) -> (StatusCode, Value) {
    let response = request.send().await.unwrap();
    let status = response.status();
    let text = response.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
}

/// A desk where nobody asks too often, and the owner's rows.
pub(crate) async fn scene() -> (Desk, Rows) {
    let desk = Desk::with(&[
        ("DIALER__LIMITS__USER_REQUESTS_PER_MINUTE", "0"),
        ("DIALER__LIMITS__ADDRESS_REQUESTS_PER_MINUTE", "0"),
    ]);
    let rows = Rows::of(&desk).await;
    (desk, rows)
}

fn methods(route: &Route) -> Vec<Method> {
    if route.method == Method::GET { vec![Method::GET, Method::HEAD] } else { vec![route.method.clone()] }
}

#[test]
fn the_table_holds_every_route_of_the_program() {
    let served: BTreeSet<String> = dialer_http::addresses()
        .into_iter()
        .filter(|address| !OPEN.contains(&address.path.as_str()))
        .flat_map(|address| {
            let path = address.path.clone();
            address.methods.split(", ").map(move |method| format!("{method} {path}")).collect::<Vec<_>>()
        })
        .collect();
    let listed = |route: &Route| {
        let name = |method: Method| format!("{method} /api/dialer{}", route.path.split('?').next().unwrap_or_default());
        methods(route).into_iter().map(name).collect::<Vec<_>>()
    };
    let listed: BTreeSet<String> = table().iter().flat_map(listed).collect();
    assert!(served.len() > 10, "{served:?}");
    assert_eq!(served, listed);
}

#[test]
fn every_part_of_the_api_has_scopes() {
    for route in table() {
        let word = route.path.split(['/', '?']).nth(1).unwrap();
        assert!(word == "api-keys" || word.parse::<Area>().is_ok(), "{word} is not in dialer_domain::api_keys::Area");
    }
}

#[tokio::test]
async fn without_a_token_every_route_answers_401() {
    let (desk, rows) = scene().await;
    for route in table() {
        for method in methods(&route) {
            let path = rows.path(&route);
            let request = desk.anonymous(method.clone(), &format!("/api/dialer{path}"));
            let response = rows.with_body(request, &route).send().await.unwrap();
            assert_eq!(response.headers()["www-authenticate"], "Bearer realm=\"dialer\"", "{method} {path}");
            assert_eq!(response.status(), 401, "{method} {path}");
        }
    }
}

#[tokio::test]
async fn with_a_token_that_is_not_accepted_every_route_answers_401() {
    let (desk, rows) = scene().await;
    let expired = desk.token(OWNER, Role::Admin);
    let key = desk.post("/api-keys", &json!({ "name": "B" })).await.1;
    desk.delete(&format!("/api-keys/{}", id(&key["api_key"]))).await;
    let revoked = key["key"].as_str().unwrap().to_owned();
    desk.clock.advance(Duration::hours(13));
    let bad = [
        ("a.b.c".to_owned(), "invalid_token"),
        (expired, "token_expired"),
        (revoked, "invalid_token"),
        (format!("dk_{}", "0".repeat(64)), "invalid_token"),
    ];
    for route in table() {
        for (token, code) in &bad {
            let path = rows.path(&route);
            let request = desk.anonymous(route.method.clone(), &format!("/api/dialer{path}")).bearer_auth(token);
            let response = rows.with_body(request, &route).send().await.unwrap();
            let challenge = response.headers()["www-authenticate"].to_str().unwrap();
            assert!(challenge.starts_with("Bearer error=\"invalid_token\""), "{challenge}");
            let (status, problem) = read(response).await;
            assert_eq!((status.as_u16(), &problem["code"]), (401, &json!(code)), "{} {path}", route.method);
        }
    }
}

#[tokio::test]
async fn a_stranger_finds_nothing_of_others_on_any_route() {
    let (desk, rows) = scene().await;
    // Lists first, before the stranger makes something.
    let mut routes = table();
    routes.sort_by_key(|route| matches!(route.stranger, Own));
    for route in &routes {
        let path = rows.path(route);
        let request = desk.as_user(STRANGER, Role::Admin, route.method.clone(), &path);
        let (status, body) = tell(rows.with_body(request, route)).await;
        let named = format!("{} {path}: {status} {body}", route.method);
        match route.stranger {
            Nothing(_) => assert_eq!((status.as_u16(), &body["code"]), (404, &json!("not_found")), "{named}"),
            Empty(list) => {
                assert_eq!((status.as_u16(), &body[list], &body["total"]), (200, &json!([]), &json!(0)), "{named}");
            }
            Own => assert!(status.is_success(), "{named}"),
        }
    }
    // All of it is still there: what the stranger was told is not simply true.
    for route in routes.iter().filter(|route| route.method == Method::GET) {
        let path = rows.path(route);
        let (status, body) = tell(desk.request(Method::GET, &path)).await;
        assert_eq!(status, 200, "{path}: {body}");
        if let Empty(list) = route.stranger {
            assert_ne!(body[list], json!([]), "{path}: give Rows one of these");
        }
    }
    let owned_by_stranger = answer(desk.as_user(STRANGER, Role::Admin, Method::GET, "/campaigns")).await.1;
    assert_eq!(owned_by_stranger["total"], 1);
}

#[tokio::test]
async fn each_route_is_open_from_its_role_upwards() {
    let (desk, rows) = scene().await;
    // The smallest first: what a larger one removes is missed by nobody.
    for role in Role::ALL {
        // What removes rows comes last.
        let mut routes = table();
        routes.sort_by_key(|route| route.method == Method::DELETE);
        for route in routes {
            let path = rows.path(&route);
            let request = desk.as_user(OWNER, *role, route.method.clone(), &path);
            let (status, body) = tell(rows.with_body(request, &route)).await;
            let named = format!("{role} {} {path}: {status} {body}", route.method);
            if *role < route.needs {
                assert_eq!((status.as_u16(), &body["code"]), (403, &json!("role_too_small")), "{named}");
            } else {
                assert!(![401, 403].contains(&status.as_u16()), "{named}");
            }
        }
    }
}

#[tokio::test]
async fn a_key_reaches_the_routes_of_its_scope_and_no_others() {
    let (desk, rows) = scene().await;
    for scope in KeyScope::all() {
        let made = desk.post("/api-keys", &json!({ "name": "B", "scopes": [scope] })).await.1;
        let key = made["key"].as_str().unwrap();
        for route in table() {
            let path = rows.path(&route);
            let request = desk.anonymous(route.method.clone(), &format!("/api/dialer{path}")).bearer_auth(key);
            let (status, body) = tell(rows.with_body(request, &route)).await;
            let word = route.path.split(['/', '?']).nth(1).unwrap();
            let access = if route.method == Method::GET { "read" } else { "write" };
            let opens = scope == KeyScope::Everything || scope.to_string() == format!("{word}:{access}");
            let named = format!("{scope} {} {path}: {status} {body}", route.method);
            if word == "api-keys" {
                assert_eq!((status.as_u16(), &body["code"]), (403, &json!("not_with_a_key")), "{named}");
            } else if opens {
                assert!(![401, 403].contains(&status.as_u16()), "{named}");
            } else {
                assert_eq!((status.as_u16(), &body["code"]), (403, &json!("scope_missing")), "{named}");
            }
        }
    }
}
