//! A double whose clock the test turns, and a client for it.

use std::sync::Arc;

use async_trait::async_trait;
use dialer_domain::Clock;
use dialer_simulator::{
    CarrierSettings, Knobs, OutcomeShares, ProviderDouble, ProviderDoubleSettings, SimulatedUser, Spread,
};
use reqwest::Method;
use serde_json::{Value, json};
use time::macros::datetime;
use time::{Duration, OffsetDateTime};
use tokio::sync::watch;
use tokio::task::JoinHandle;

pub(crate) const START: OffsetDateTime = datetime!(2026-03-02 09:00 UTC);
pub(crate) const TOKEN: &str = "simulated-token-not-a-secret";
pub(crate) const NUMBER: &str = "447700900101";
pub(crate) const OTHER_NUMBER: &str = "447700900102";
/// How long everything takes in [`exact`] settings.
pub(crate) const AGENT_RINGS: i64 = 4;
pub(crate) const CUSTOMER_RINGS: i64 = 10;
pub(crate) const TALK: i64 = 60;
pub(crate) const CDR_DELAY: i64 = 3;
/// Users with a flaw, beside the ten good ones from 10001.
pub(crate) const UNREGISTERED: u64 = 10_011;
pub(crate) const INACTIVE: u64 = 10_012;

/// A clock that stands still until it is turned.
pub(crate) struct ManualClock(watch::Sender<OffsetDateTime>);

impl ManualClock {
    pub(crate) fn advance(&self, seconds: i64) {
        self.0.send_modify(|now| *now += Duration::seconds(seconds));
    }
}

#[async_trait]
impl Clock for ManualClock {
    fn now(&self) -> OffsetDateTime {
        *self.0.borrow()
    }

    async fn sleep(&self, duration: Duration) {
        self.sleep_until(self.now() + duration).await;
    }

    async fn sleep_until(&self, at: OffsetDateTime) {
        let mut turned = self.0.subscribe();
        turned.wait_for(|now| *now >= at).await.unwrap();
    }
}

/// Every call takes the same time and ends as `outcomes` say.
pub(crate) fn exact(outcomes: OutcomeShares) -> CarrierSettings {
    CarrierSettings {
        outcomes,
        agent_answers: Spread::exactly(4.0),
        agent_misses_share: 0.0,
        person_answers: Spread::exactly(10.0),
        voicemail_answers: Spread::exactly(10.0),
        fails: Spread::exactly(2.0),
        short_talk: Spread::exactly(60.0),
        long_talk_share: 0.0,
        ..CarrierSettings::default()
    }
}

pub(crate) struct TestBench {
    pub(crate) double: ProviderDouble,
    pub(crate) clock: Arc<ManualClock>,
    client: reqwest::Client,
}

/// A double where every call is answered by a person.
pub(crate) fn bench() -> TestBench {
    bench_with(exact(OutcomeShares::PERSON), |_| {})
}

pub(crate) fn bench_with(carrier: CarrierSettings, turn: impl FnOnce(&mut Knobs)) -> TestBench {
    let mut settings = settings(carrier);
    turn(&mut settings.knobs);
    bench_of(settings)
}

/// The account of every bench.
pub(crate) fn settings(carrier: CarrierSettings) -> ProviderDoubleSettings {
    let mut users = SimulatedUser::crew(12);
    users[10].registered = false;
    users[11].active = false;
    ProviderDoubleSettings { carrier, users, ..ProviderDoubleSettings::default() }
}

pub(crate) fn bench_of(settings: ProviderDoubleSettings) -> TestBench {
    let clock = Arc::new(ManualClock(watch::Sender::new(START)));
    let double = ProviderDouble::start(settings, clock.clone()).unwrap();
    TestBench { double, clock, client: client() }
}

pub(crate) fn client() -> reqwest::Client {
    // Fails when another test of this process has done it already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().timeout(std::time::Duration::from_secs(30)).build().unwrap()
}

pub(crate) async fn read(response: reqwest::Response) -> (u16, Value) {
    let status = response.status().as_u16();
    let text = response.text().await.unwrap();
    (status, if text.is_empty() { Value::Null } else { serde_json::from_str(&text).unwrap() })
}

impl TestBench {
    pub(crate) fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.client.request(method, format!("{}{path}", self.double.base_url())).header("X-Auth-Token", TOKEN)
    }

    pub(crate) async fn get(&self, path: &str) -> (u16, Value) {
        read(self.request(Method::GET, path).send().await.unwrap()).await
    }

    pub(crate) async fn delete(&self, path: &str) -> (u16, Value) {
        read(self.request(Method::DELETE, path).send().await.unwrap()).await
    }

    pub(crate) async fn send(&self, method: Method, path: &str, body: &Value) -> (u16, Value) {
        read(self.request(method, path).json(body).send().await.unwrap()).await
    }

    /// Rows of a list.
    pub(crate) async fn rows(&self, path: &str) -> Vec<Value> {
        let (status, body) = self.get(path).await;
        assert_eq!(status, 200, "{body}");
        body["data"].as_array().unwrap().clone()
    }

    /// `GET /cdrs` with a filter of one condition.
    pub(crate) async fn cdrs_where(&self, property: &str, operator: &str, value: Value) -> (u16, Value) {
        let filter = json!([{ "property": property, "operator": operator, "value": value }]);
        let request =
            self.request(Method::GET, "/cdrs").query(&[("filter", filter.to_string().as_str()), ("sort", "id")]);
        read(request.send().await.unwrap()).await
    }

    /// Sends `POST /calls` and returns once the double waits for the agent, or has answered.
    pub(crate) async fn begin_dial(&self, body: Value) -> JoinHandle<reqwest::Result<(u16, Value)>> {
        let dials = || self.double.requests().iter().filter(|request| request.method == "POST").count();
        let before = dials();
        let request = self.request(Method::POST, "/calls").json(&body);
        let dial = tokio::spawn(async move { Ok(read(request.send().await?).await) });
        // The double has one worker: when it answers another request, it has done with the dial what it can.
        while dials() == before {
            self.get("/ping").await;
        }
        self.get("/ping").await;
        dial
    }

    /// Dials `number` for `agent` until the agent picks up; the id of the call.
    pub(crate) async fn dial(&self, agent: u64, number: &str) -> u64 {
        let dial = self.begin_dial(json!({ "to": number, "from": agent.to_string() })).await;
        self.clock.advance(AGENT_RINGS);
        let (status, body) = dial.await.unwrap().unwrap();
        assert_eq!(status, 201, "{body}");
        body["data"]["id"].as_u64().unwrap()
    }

    /// Lets a call that was just picked up by its agent come to its end, and its CDR appear.
    pub(crate) fn let_it_end(&self) {
        self.clock.advance(CUSTOMER_RINGS + TALK + CDR_DELAY + 30);
    }
}
