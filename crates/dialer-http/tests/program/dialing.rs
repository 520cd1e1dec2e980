//! A campaign that real processes dial through a provider's double, and what must be true of it in the end.

use std::collections::BTreeMap;
use std::sync::Arc;

use dialer_app::SystemClock;
use dialer_domain::calls::store::{CallFilter, CallStore};
use dialer_domain::events::{Event, EventKind, EventLog, NewEvent};
use dialer_domain::{Call, CallId, Clock, Duration, PageRequest, Scope};
use dialer_seaorm::{ConnectOptions, Database};
use dialer_simulator::{
    CallResult, CarrierSettings, Knobs, OutcomeShares, ProviderDouble, ProviderDoubleSettings, ScaledClock,
    SimulatedUser, Spread,
};
use serde_json::{Value, json};

use crate::process::{Place, client};

const AGENTS: u32 = 6;
const MAX_ATTEMPTS: usize = 2;
/// The same for every node, so that each accepts the tokens of the others.
const SIGNING_KEY: &str = "a key of all nodes of this test, long enough";

/// A provider on which everything happens within a second.
pub(crate) fn provider(clock: Arc<dyn Clock>) -> ProviderDouble {
    let quick = |seconds: f64| Spread { median_seconds: seconds, sigma: 0.5 };
    let shares = OutcomeShares { person: 0.4, busy: 0.2, no_answer: 0.3, network_failure: 0.1, ..no_shares() };
    let carrier = CarrierSettings {
        outcomes: shares,
        person_answers: quick(0.2),
        voicemail_answers: quick(0.2),
        fails: quick(0.1),
        ring_timeout_seconds: 1.0,
        short_talk: quick(0.3),
        long_talk: quick(0.6),
        voicemail_talk: quick(0.2),
        agent_answers: quick(0.2),
        agent_misses_share: 0.0,
        ..CarrierSettings::default()
    };
    let knobs = Knobs { cdr_delay: Duration::milliseconds(300), ..Knobs::default() };
    let users = SimulatedUser::crew(AGENTS);
    let settings = ProviderDoubleSettings { carrier, knobs, users, ..ProviderDoubleSettings::default() };
    ProviderDouble::start(settings, clock).unwrap()
}

fn no_shares() -> OutcomeShares {
    OutcomeShares { person: 0.0, ..OutcomeShares::PERSON }
}

/// Time as it is.
pub(crate) fn real_time() -> Arc<dyn Clock> {
    Arc::new(ScaledClock::new(SystemClock.now(), 1.0))
}

/// An installation that dials through this provider.
pub(crate) fn place(provider: &ProviderDouble, database_url: Option<&str>) -> Place {
    let agents: Vec<String> = SimulatedUser::crew(AGENTS).iter().map(|user| user.id.to_string()).collect();
    let place = Place::new()
        .with("VOIPSTUDIO_API_KEY", &ProviderDoubleSettings::default().tokens[0])
        .with("VOIPSTUDIO_BASE_URL", &provider.base_url())
        .with("DIALER__AUTH__SIGNING_KEY", SIGNING_KEY)
        .with("DIALER__ENGINE__AGENTS", &agents.join(","))
        .with("DIALER__RULES__OPEN", "true")
        .with("DIALER__ENGINE__WRAP_UP_SECONDS", "0")
        .with("DIALER__ENGINE__TICK_MILLISECONDS", "50")
        .with("DIALER__ENGINE__SWEEP_SECONDS", "1")
        .with("DIALER__ENGINE__RECORD_WAIT_SECONDS", "4")
        .with("DIALER__ENGINE__ANSWER_WAIT_SECONDS", "6")
        .with("DIALER__ENGINE__LEASE_SECONDS", "3")
        .with("DIALER__TELEPHONY__REQUESTS_PER_MINUTE", "6000")
        .with("DIALER__TELEPHONY__CONNECT_TIMEOUT_SECONDS", "1")
        .with("DIALER__TELEPHONY__REQUEST_TIMEOUT_SECONDS", "4")
        .with("DIALER__TELEPHONY__DIAL_TIMEOUT_SECONDS", "4")
        .with("DIALER__TELEPHONY__LONGEST_WAIT_SECONDS", "2")
        .with("DIALER__LOG__FILTER", "error");
    match database_url {
        Some(url) => place.with("DATABASE_URL", url),
        None => place,
    }
}

/// The API as its user sees it, whichever process answers.
pub(crate) struct Api<'a> {
    pub(crate) token: &'a str,
    pub(crate) base_url: &'a str,
}

impl Api<'_> {
    async fn send(&self, request: reqwest::RequestBuilder) -> Value {
        let answer = request.bearer_auth(self.token).send().await.unwrap();
        assert!(answer.status().is_success(), "{}", answer.text().await.unwrap());
        answer.json().await.unwrap()
    }

    fn url(&self, path: &str) -> String {
        format!("{}/api/dialer{path}", self.base_url)
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        self.send(client().get(self.url(path))).await
    }

    /// Starts a campaign over this many contacts; the path to it.
    pub(crate) async fn start_campaign(&self, contacts: usize) -> String {
        let campaign = json!({
            "name": "Kill test", "type": "power", "max_attempts": MAX_ATTEMPTS, "retry_interval": 1,
            "active_hours": {"start": "00:00", "end": "24:00"},
        });
        let made = self.send(client().post(self.url("/campaigns")).json(&campaign)).await;
        let path = format!("/campaigns/{}", made["campaign"]["id"].as_str().unwrap());
        let numbers = (0..contacts).map(|n| dialer_testkit::builders::number(u32::try_from(n).unwrap()));
        let contacts: Vec<Value> = numbers.map(|number| json!({ "phone_number": number.as_e164() })).collect();
        for some in contacts.chunks(500) {
            self.send(client().post(self.url(&format!("{path}/contacts"))).json(&json!({ "contacts": some }))).await;
        }
        self.send(client().patch(self.url(&path)).json(&json!({ "status": "active" }))).await;
        path
    }

    pub(crate) async fn until_completed(&self, path: &str, clock: &dyn Clock) {
        while self.get(path).await["campaign"]["status"] != "completed" {
            clock.sleep(Duration::milliseconds(200)).await;
        }
    }
}

/// The database of an installation, to look at when nobody writes any more.
pub(crate) async fn database_of(place: &Place, url: Option<&str>) -> Database {
    let file = place.path().join("dialer-data/dialer.sqlite");
    let url = url.map_or_else(|| format!("sqlite://{}", file.display()), str::to_owned);
    Database::connect(&url, ConnectOptions::default()).await.unwrap()
}

/// Holds the log against the provider's own ledger: nobody was in two calls at once, nobody was called too often, every
/// call is over and came out as the provider says, and every claim stands in the log with its end.
pub(crate) async fn books_balance(database: &Database, provider: &ProviderDouble) {
    let calls = all_calls(database).await;
    assert!(calls.iter().all(|call| call.ended_at.is_some()), "every attempt ends");
    let ledger = provider.ledger();
    assert!(ledger.overlapping_attempts().is_empty(), "nobody is called twice at once");
    assert!(ledger.attempts_per_number().values().all(|attempts| usize::try_from(*attempts).unwrap() <= MAX_ATTEMPTS));

    let named: BTreeMap<String, &Call> =
        calls.iter().filter_map(|call| Some((call.provider_call_id.as_ref()?.as_str().to_owned(), call))).collect();
    let mut placed = 0;
    for truth in ledger.calls() {
        let expected = match truth.result.expect("every call is over") {
            CallResult::Person | CallResult::Voicemail => "completed",
            CallResult::Busy => "busy",
            CallResult::NoAnswer => "no-answer",
            CallResult::InvalidNumber | CallResult::NetworkFailure => "failed",
            CallResult::Canceled | CallResult::Unserved | CallResult::AgentDidNotAnswer => continue,
        };
        placed += 1;
        let call = named.get(&truth.id.to_string()).unwrap_or_else(|| panic!("{truth:?} is not in the log"));
        assert_eq!((call.status.as_str(), call.duration), (expected, truth.talk_seconds), "{truth:?}");
    }
    assert_eq!(named.len(), placed, "the log has no call that was never placed");
    every_claim_is_explained(database, &calls).await;
}

async fn all_calls(database: &Database) -> Vec<Call> {
    let mut calls = Vec::new();
    loop {
        let page = PageRequest::new(500, u64::try_from(calls.len()).unwrap()).unwrap();
        let page = CallStore::list(database, Scope::Service, CallFilter::default(), page).await.unwrap();
        if page.items.is_empty() {
            return calls;
        }
        calls.extend(page.items);
    }
}

/// The whole log.
pub(crate) async fn events(database: &Database) -> Vec<NewEvent> {
    let mut log: Vec<Event> = Vec::new();
    loop {
        let next = database.since(Scope::Service, log.last().map_or(0, |last| last.seq), 500).await.unwrap();
        if next.is_empty() {
            return log.into_iter().map(|event| event.event).collect();
        }
        log.extend(next);
    }
}

async fn every_claim_is_explained(database: &Database, calls: &[Call]) {
    let mut told: BTreeMap<(CallId, EventKind), usize> = BTreeMap::new();
    for event in events(database).await {
        if let Some(call) = event.call_id {
            *told.entry((call, event.kind)).or_default() += 1;
        }
    }
    for call in calls {
        for kind in [EventKind::CallInitiated, EventKind::CallEnded] {
            assert_eq!(told.get(&(call.id, kind)), Some(&1), "{kind} of {}", call.id);
        }
    }
}

/// A number from the environment, for longer runs than those of every day.
pub(crate) fn from_environment(name: &str, usual: usize) -> usize {
    std::env::var(name).map_or(usual, |text| text.parse().unwrap_or_else(|_| panic!("{name} has to be a number")))
}

/// Chance that can be had again: `DIALER_TEST_SEED`.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new() -> Self {
        Self(u64::try_from(from_environment("DIALER_TEST_SEED", 1)).unwrap())
    }

    /// A number below `count`.
    pub(crate) fn below(&mut self, count: u64) -> u64 {
        // Knuth's MMIX generator; its high bits are the good ones.
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % count
    }

    /// A wait of up to so many milliseconds.
    pub(crate) fn wait(&mut self, milliseconds: u64) -> Duration {
        Duration::milliseconds(i64::try_from(self.below(milliseconds + 1)).unwrap())
    }
}
