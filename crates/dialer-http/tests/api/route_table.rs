//! The routes of the program: who may ask what, and what a stranger finds there.

use dialer_domain::UserId;
use dialer_domain::identity::Role;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::uuid;

use crate::desk::NOWHERE;

/// A user who is no agent yet.
const FRESH: UserId = UserId::new(uuid!("0195d3f0-0000-7000-8000-0000000000f1"));

/// What passes for audio.
pub(crate) const SOUND: &str = "OggS";

/// What somebody finds who owns nothing.
#[derive(Clone, Copy)]
pub(crate) enum Stranger {
    /// `{id}` is a row of somebody else's: 404. Holds the name of the row in [`Rows`](crate::every_route::Rows).
    Nothing(&'static str),
    /// An empty list under this key, with a total of 0.
    Empty(&'static str),
    /// An answer of their own: what is made or counted here belongs to whoever asks.
    Own,
}
use Stranger::{Empty, Nothing, Own};

pub(crate) struct Route {
    pub(crate) method: Method,
    /// With a query where one is needed.
    pub(crate) path: &'static str,
    /// A body that would do, with `{call}` for a call of the owner's; a text is sent as CSV, null is none.
    pub(crate) body: Value,
    pub(crate) needs: Role,
    pub(crate) stranger: Stranger,
}

/// The one table. Paths are below `/api/dialer`; `HEAD` is asked wherever `GET` is.
pub(crate) fn table() -> Vec<Route> {
    use Role::{Agent, Supervisor};
    let (get, post, patch, delete) = (Method::GET, Method::POST, Method::PATCH, Method::DELETE);
    let none = || Value::Null;
    let contacts = json!({ "contacts": [{ "phone_number": "+447700900101" }] });
    let disposition = json!({ "call_id": "{call}", "disposition": "interested" });
    let rows = [
        (&get, "/analytics", none(), Agent, Own),
        (&get, "/api-keys", none(), Agent, Empty("api_keys")),
        (&post, "/api-keys", json!({ "name": "A" }), Agent, Own),
        (&get, "/api-keys/{id}", none(), Agent, Nothing("api key")),
        (&delete, "/api-keys/{id}", none(), Agent, Nothing("api key")),
        (&get, "/calls", none(), Agent, Empty("calls")),
        (&post, "/calls", json!({ "to": "+447700900101" }), Agent, Own),
        (&get, "/calls/{id}", none(), Agent, Nothing("call")),
        (&get, "/calls/{id}/explain", none(), Agent, Nothing("call")),
        (&get, "/calls/{id}/receipt", none(), Agent, Nothing("receipt")),
        (&get, "/campaigns/{id}/refusals", none(), Agent, Nothing("campaign")),
        (&patch, "/calls/{id}", json!({ "notes": "A" }), Agent, Nothing("call")),
        (&delete, "/calls/{id}", none(), Agent, Nothing("call")),
        (&get, "/campaigns", none(), Agent, Empty("campaigns")),
        (&post, "/campaigns", json!({ "name": "A", "type": "power" }), Supervisor, Own),
        (&get, "/campaigns/{id}", none(), Agent, Nothing("campaign")),
        (&get, "/campaigns/{id}/status", none(), Agent, Nothing("campaign")),
        (&patch, "/campaigns/{id}", json!({ "name": "A" }), Supervisor, Nothing("campaign")),
        (&delete, "/campaigns/{id}", none(), Supervisor, Nothing("campaign")),
        (&post, "/campaigns/{id}/actions/duplicate", none(), Supervisor, Nothing("campaign")),
        (&post, "/campaigns/{id}/actions/stop-now", none(), Supervisor, Nothing("campaign")),
        (&post, "/campaigns/{id}/actions/{action}", none(), Supervisor, Nothing("campaign")),
        (&get, "/campaigns/{id}/contacts", none(), Agent, Nothing("campaign")),
        (&post, "/campaigns/{id}/contacts", contacts, Supervisor, Nothing("campaign")),
        (&get, "/campaigns/{id}/queue", none(), Agent, Nothing("campaign")),
        (&get, "/campaigns/{id}/queue/{part}", none(), Agent, Nothing("campaign")),
        (&patch, "/campaigns/{id}/queue/{part}", json!({ "priority": 1 }), Supervisor, Nothing("campaign")),
        (&post, "/campaigns/{id}/queue/{part}/skip", json!({}), Supervisor, Nothing("campaign")),
        (&get, "/campaigns/{id}/agents", none(), Agent, Nothing("campaign")),
        (&post, "/campaigns/{id}/agents", json!({ "user_id": NOWHERE }), Supervisor, Nothing("campaign")),
        (&delete, "/campaigns/{id}/agents/{part}", none(), Supervisor, Nothing("campaign")),
        (&get, "/campaigns/{id}/imports", none(), Agent, Nothing("campaign")),
        (&post, "/campaigns/{id}/imports", json!("phone_number\n+447700900108\n"), Supervisor, Nothing("campaign")),
        (
            &post,
            "/campaigns/{id}/imports/preview",
            json!("phone_number\n+447700900108\n"),
            Supervisor,
            Nothing("campaign"),
        ),
        (&get, "/imports/{id}", none(), Agent, Nothing("import")),
        (&get, "/imports/{id}/rows", none(), Agent, Nothing("import")),
        (&post, "/imports/{id}/cancel", none(), Supervisor, Nothing("import")),
        (&post, "/imports/{id}/undo", none(), Supervisor, Nothing("import")),
        (&get, "/contacts/{id}", none(), Agent, Nothing("contact")),
        (&get, "/contacts/{id}/explain", none(), Agent, Nothing("contact")),
        (&get, "/campaigns/{id}/what-if", none(), Agent, Nothing("campaign")),
        (&get, "/campaigns/{id}/abandonment", none(), Agent, Nothing("campaign")),
        (
            &post,
            "/campaigns/{id}/forecast",
            json!({ "agents": 1, "days": 1, "seeds": 1 }),
            Supervisor,
            Nothing("campaign"),
        ),
        (&patch, "/contacts/{id}", json!({ "first_name": "A" }), Supervisor, Nothing("contact")),
        (&delete, "/contacts/{id}", none(), Supervisor, Nothing("contact")),
        (&get, "/dispositions", none(), Agent, Empty("dispositions")),
        (&post, "/dispositions", disposition, Agent, Nothing("call")),
        (&get, "/follow-ups", none(), Agent, Empty("follow_ups")),
        (&get, "/follow-ups/{id}", none(), Agent, Nothing("follow-up")),
        (&patch, "/follow-ups/{id}", json!({ "status": "done" }), Agent, Nothing("follow-up")),
        (&get, "/calls/export", none(), Agent, Own),
        (&get, "/campaigns/{id}/contacts/export", none(), Agent, Nothing("campaign")),
        (&get, "/dispositions/export", none(), Agent, Own),
        (&get, "/recordings", none(), Agent, Empty("recordings")),
        (&post, "/recordings?call_id={id}", json!(SOUND), Agent, Nothing("call")),
        (&get, "/recordings/{id}", none(), Agent, Nothing("recording")),
        (&patch, "/recordings/{id}", json!({ "sentiment": "neutral" }), Agent, Nothing("recording")),
        (&get, "/recordings/{id}/audio", none(), Agent, Nothing("recording")),
        (&delete, "/recordings/{id}", none(), Agent, Nothing("recording")),
        (&get, "/voicemail-drops", none(), Agent, Empty("voicemail_drops")),
        (&post, "/voicemail-drops", json!({ "name": "A" }), Agent, Own),
        (&get, "/voicemail-drops/{id}", none(), Agent, Nothing("voicemail drop")),
        (&patch, "/voicemail-drops/{id}", json!({ "name": "B" }), Agent, Nothing("voicemail drop")),
        (&get, "/voicemail-drops/{id}/audio", none(), Agent, Nothing("voicemail drop")),
        (&Method::PUT, "/voicemail-drops/{id}/audio", json!(SOUND), Agent, Nothing("voicemail drop")),
        (&post, "/voicemail-drops/{id}/uses", json!({}), Agent, Nothing("voicemail drop")),
        (&delete, "/voicemail-drops/{id}", none(), Agent, Nothing("voicemail drop")),
    ];
    rows.into_iter().map(Route::of).chain(law_table()).chain(desk_table()).collect()
}

/// The routes of what keeps people from being called.
fn law_table() -> Vec<Route> {
    use Role::{Agent, Supervisor};
    let (get, post, delete) = (Method::GET, Method::POST, Method::DELETE);
    let none = || Value::Null;
    let entries = json!({ "entries": [{ "phone_number": "+447700900103" }] });
    let entry = json!({ "phone_number": "+447700900104" });
    let ban = json!({ "jurisdiction": "US-LA", "ends_at": "2027-01-01T00:00:00Z" });
    let consents = json!({ "consents": [{ "phone_number": "+447700900104", "act": "revoked", "channel": "call" }] });
    let rows = [
        (&get, "/consents", none(), Agent, Empty("consents")),
        (&post, "/consents", consents, Agent, Own),
        (&get, "/consents/{id}", none(), Agent, Nothing("consent")),
        (&get, "/registries", none(), Agent, Empty("registries")),
        (&get, "/rules", none(), Agent, Own),
        (&get, "/registries/{registry}/copies", none(), Agent, Empty("copies")),
        (&Method::PUT, "/registries/{registry}/copies?copied_on=2026-03-01", json!("+447700900105\n"), Supervisor, Own),
        (&get, "/registries/{registry}/numbers/{number}", none(), Agent, Nothing("register")),
        (&get, "/rules/bans", none(), Agent, Empty("bans")),
        (&post, "/rules/bans", ban, Supervisor, Own),
        (&get, "/rules/bans/{id}", none(), Agent, Nothing("ban")),
        (&delete, "/rules/bans/{id}", none(), Supervisor, Nothing("ban")),
        (&get, "/suppressions", none(), Agent, Empty("suppressions")),
        (&post, "/suppressions", entry, Agent, Own),
        (&get, "/suppressions/check?phone_number=%2B447700900105", none(), Agent, Own),
        (&post, "/suppressions/bulk", entries, Supervisor, Own),
        (&post, "/suppressions/opt-outs", json!({ "from": "+447700900104", "text": "STOP" }), Agent, Own),
        (&post, "/suppressions/import", json!("phone_number\n+447700900106\n"), Supervisor, Own),
        (&get, "/suppressions/export", none(), Supervisor, Own),
        (&get, "/suppressions/{id}", none(), Agent, Nothing("suppression")),
        (&delete, "/suppressions/{id}?reason=consent", none(), Supervisor, Nothing("suppression")),
    ];
    rows.into_iter().map(Route::of).collect()
}

/// The routes of agents.
fn desk_table() -> Vec<Route> {
    use Role::{Agent, Supervisor};
    let (get, post, patch, delete) = (Method::GET, Method::POST, Method::PATCH, Method::DELETE);
    let none = || Value::Null;
    let agent = json!({ "user_id": FRESH, "display_name": "A", "provider_user_id": "20002" });
    let rows = [
        (&get, "/agents", none(), Agent, Empty("agents")),
        (&post, "/agents", agent, Supervisor, Own),
        (&get, "/agents/{id}", none(), Agent, Nothing("agent")),
        (&patch, "/agents/{id}", json!({ "display_name": "B" }), Supervisor, Nothing("agent")),
        (&delete, "/agents/{id}", none(), Supervisor, Nothing("agent")),
        (&get, "/agents/{id}/states", none(), Agent, Nothing("agent")),
        (&get, "/agents/me", none(), Agent, Nothing("agent")),
        (&post, "/agents/me/state", json!({ "state": "ready" }), Agent, Nothing("agent")),
        (&post, "/agents/me/heartbeat", none(), Agent, Nothing("agent")),
        (&get, "/agents/me/offer", none(), Agent, Nothing("agent")),
        (&post, "/agents/me/offer/accept", none(), Agent, Nothing("agent")),
        (&post, "/agents/me/offer/skip", json!({}), Agent, Nothing("agent")),
        (&post, "/agents/me/hang-up", none(), Agent, Nothing("agent")),
        (&post, "/agents/me/transfer", json!({ "extension": "200" }), Agent, Nothing("agent")),
        (&post, "/agents/me/wrap-up/finish", none(), Agent, Nothing("agent")),
    ];
    rows.into_iter().map(Route::of).collect()
}

impl Route {
    fn of((method, path, body, needs, stranger): (&Method, &'static str, Value, Role, Stranger)) -> Self {
        Self { method: method.clone(), path, body, needs, stranger }
    }
}
