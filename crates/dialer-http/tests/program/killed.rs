//! `kill -9` at any moment: what the provider's own ledger says afterwards.

use std::collections::BTreeMap;
use std::sync::Arc;

use dialer_app::SystemClock;
use dialer_domain::{Clock, Duration};
use dialer_seaorm::testing::fresh_postgres;
use dialer_simulator::{
    CallResult, CarrierSettings, Knobs, OutcomeShares, ProviderDouble, ProviderDoubleSettings, ScaledClock,
    SimulatedUser, Spread,
};
use rstest::rstest;
use serde_json::{Value, json};

use crate::process::{Place, Serving, client};

const CONTACTS: usize = 60;
const AGENTS: u32 = 6;
const MAX_ATTEMPTS: usize = 2;
/// Calls between two kills.
const STRIDE: usize = 5;
const KILLS: usize = 12;

/// A provider on which everything happens within a second.
fn provider(clock: Arc<dyn Clock>) -> ProviderDouble {
    let quick = |seconds: f64| Spread { median_seconds: seconds, sigma: 0.5 };
    let carrier = CarrierSettings {
        outcomes: OutcomeShares { person: 0.4, busy: 0.2, no_answer: 0.3, network_failure: 0.1, ..no_shares() },
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

fn place(provider: &ProviderDouble, database_url: Option<&str>) -> Place {
    let agents: Vec<String> = SimulatedUser::crew(AGENTS).iter().map(|user| user.id.to_string()).collect();
    let place = Place::new()
        .with("VOIPSTUDIO_API_KEY", &ProviderDoubleSettings::default().tokens[0])
        .with("VOIPSTUDIO_BASE_URL", &provider.base_url())
        .with("DIALER__ENGINE__AGENTS", &agents.join(","))
        .with("DIALER__ENGINE__WRAP_UP_SECONDS", "0")
        .with("DIALER__ENGINE__TICK_MILLISECONDS", "50")
        .with("DIALER__ENGINE__SWEEP_SECONDS", "1")
        .with("DIALER__ENGINE__RECORD_WAIT_SECONDS", "4")
        .with("DIALER__ENGINE__ANSWER_WAIT_SECONDS", "6")
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
struct Api<'a> {
    token: &'a str,
    base_url: String,
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

    async fn get(&self, path: &str) -> Value {
        self.send(client().get(self.url(path))).await
    }

    async fn start_campaign(&self) -> String {
        let campaign = json!({
            "name": "Kill test", "type": "power", "max_attempts": MAX_ATTEMPTS, "retry_interval": 1,
            "active_hours": {"start": "00:00", "end": "24:00"},
        });
        let made = self.send(client().post(self.url("/campaigns")).json(&campaign)).await;
        let path = format!("/campaigns/{}", made["campaign"]["id"].as_str().unwrap());
        let contacts: Vec<Value> =
            (0..CONTACTS).map(|n| json!({ "phone_number": format!("+447700900{n:03}") })).collect();
        self.send(client().post(self.url(&format!("{path}/contacts"))).json(&json!({ "contacts": contacts }))).await;
        self.send(client().patch(self.url(&path)).json(&json!({ "status": "active" }))).await;
        path
    }
}

#[rstest]
#[case::sqlite(false)]
#[case::postgres(true)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dialer_killed_again_and_again_calls_nobody_twice_at_once_and_accounts_for_every_call(
    #[case] postgres: bool,
) {
    let clock: Arc<dyn Clock> = Arc::new(ScaledClock::new(SystemClock.now(), 1.0));
    let provider = provider(clock.clone());
    let database = if postgres { Some(fresh_postgres().await) } else { None };
    let place = place(&provider, database.as_ref().map(|database| database.url.as_str()));
    let token = place.token(&[]);
    let mut serving: Serving = place.serve(&[]);
    let path = Api { token: &token, base_url: serving.base_url.clone() }.start_campaign().await;

    for kill in 1..=KILLS {
        while provider.ledger().calls().len() < kill * STRIDE {
            clock.sleep(Duration::milliseconds(20)).await;
        }
        serving.end_with("-KILL");
        serving = place.serve(&[]);
    }
    let api = Api { token: &token, base_url: serving.base_url.clone() };
    while api.get(&path).await["campaign"]["status"] != "completed" {
        clock.sleep(Duration::milliseconds(200)).await;
    }

    let rows = api.get("/calls?limit=500").await;
    let rows = rows["calls"].as_array().unwrap();
    assert!(rows.iter().all(|row| !row["ended_at"].is_null()), "every attempt ends");
    let ledger = provider.ledger();
    assert!(ledger.overlapping_attempts().is_empty(), "nobody is called twice at once");
    assert!(ledger.attempts_per_number().values().all(|attempts| usize::try_from(*attempts).unwrap() <= MAX_ATTEMPTS));
    let named: BTreeMap<&str, &Value> = rows.iter().filter_map(|row| Some((row["call_id"].as_str()?, row))).collect();
    let mut placed = 0;
    for truth in ledger.calls() {
        let expected = match truth.result.expect("every call is over") {
            CallResult::Person | CallResult::Voicemail => "completed",
            CallResult::Busy => "busy",
            CallResult::NoAnswer => "no-answer",
            CallResult::InvalidNumber | CallResult::NetworkFailure => "failed",
            CallResult::Canceled | CallResult::AgentDidNotAnswer => continue,
        };
        placed += 1;
        let row = named.get(truth.id.to_string().as_str()).unwrap_or_else(|| panic!("{truth:?} is not in the log"));
        assert_eq!((&row["status"], &row["duration"]), (&json!(expected), &json!(truth.talk_seconds)), "{truth:?}");
    }
    assert_eq!(named.len(), placed, "the log has no call that was never placed");
    drop(serving);
    provider.stop().await;
    if let Some(database) = database {
        database.remove().await;
    }
}
