//! A served application and somebody who uses it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration as StdDuration;

use async_trait::async_trait;
use dialer_app::{EngineHandle, ImportRunner, ImportSettings, ImportsHandle, Ports};
use dialer_domain::clock::Clock;
use dialer_domain::identity::{Principal, Role};
use dialer_domain::ids::UserId;
use dialer_domain::schedule::Zone;
use dialer_domain::store::StoreError;
use dialer_domain::telephony::AgentLine;
use dialer_domain::{OffsetDateTime, PhoneNumber};
use dialer_http::app::{Api, Parts};
use dialer_http::auth::{Authenticator, LocalTokens};
use dialer_http::extract::Reading;
use dialer_http::settings::{Environment, Settings};
use dialer_http::{DatabaseCheck, Manners, Network, Spool, TelephonyKind, server};
use dialer_testkit::stores::StoreHarness;
use dialer_testkit::{FakeClock, MemoryAudio, MemoryStore, ScriptedTelephony, SeededIds};
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use secrecy::SecretString;
use serde_json::Value;
use time::macros::datetime;
use uuid::{Uuid, uuid};

/// A Monday, ten in the morning in London.
pub(crate) const T0: OffsetDateTime = datetime!(2026-03-02 10:00 UTC);
pub(crate) const OWNER: UserId = UserId::new(uuid!("0195d3f0-0000-7000-8000-0000000000a1"));
pub(crate) const STRANGER: UserId = UserId::new(uuid!("0195d3f0-0000-7000-8000-0000000000a2"));
pub(crate) const NOWHERE: Uuid = uuid!("0195d3f0-0000-7000-8000-0000000000ff");

/// Bytes that a list may have.
pub(crate) const SPOOL_LIMIT: u64 = 64 * 1024;
/// Bytes of audio that these desks take.
pub(crate) const AUDIO_LIMIT: u64 = 300_000;

pub(crate) struct Desk {
    pub(crate) base_url: String,
    pub(crate) store: MemoryStore,
    pub(crate) clock: FakeClock,
    pub(crate) telephony: ScriptedTelephony,
    pub(crate) engine: EngineHandle,
    pub(crate) database_is_down: Arc<AtomicBool>,
    pub(crate) spool: tempfile::TempDir,
    runner: std::sync::Mutex<Option<ImportRunner>>,
    pub(crate) audio: MemoryAudio,
    tokens: LocalTokens,
    client: reqwest::Client,
}

struct Switch(Arc<AtomicBool>);

#[async_trait]
impl DatabaseCheck for Switch {
    async fn ping(&self) -> Result<(), StoreError> {
        if self.0.load(Ordering::Relaxed) {
            return Err(StoreError::Unavailable { source: "down".into() });
        }
        Ok(())
    }
}

impl Desk {
    pub(crate) fn open() -> Self {
        Self::made(&[], |ports| ports)
    }

    /// A desk with these settings, as environment variables.
    pub(crate) fn with(settings: &[(&str, &str)]) -> Self {
        Self::made(settings, |ports| ports)
    }

    /// A desk whose ports are not all what they were.
    pub(crate) fn open_with(change: impl FnOnce(Ports) -> Ports) -> Self {
        Self::made(&[], change)
    }

    fn made(settings: &[(&str, &str)], change: impl FnOnce(Ports) -> Ports) -> Self {
        let own = [("DIALER__SERVER__PORT", "0"), ("DIALER__SERVER__WORKERS", "1")];
        let all = own.iter().chain(settings).map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let environment: Environment = all.collect();
        let settings = Settings::load(None, &environment).unwrap();
        let (store, clock, telephony) = (MemoryStore::new(), FakeClock::new(T0), ScriptedTelephony::new());
        let ports =
            Ports::on(store.clone(), Arc::new(telephony.clone()), Arc::new(clock.clone()), Arc::new(SeededIds::new(7)));
        let ports = change(ports);
        let audio = MemoryAudio::new();
        let tokens = LocalTokens::new(&SecretString::from("a key of these tests, long enough to be one"));
        let (engine, database_is_down) = (EngineHandle::default(), Arc::new(AtomicBool::new(false)));
        let folder = tempfile::tempdir().unwrap();
        let spool = Spool::open(folder.path().to_owned(), SPOOL_LIMIT);
        let imports = ImportsHandle::default();
        let runner = ImportRunner::new(
            ports.clone(),
            Arc::new(spool.clone()),
            ImportSettings { batch_rows: 3, parallel: 1 },
            Some("GB".parse().unwrap()),
            imports.clone(),
            engine.clone(),
        );
        let api = Api::new(Parts {
            authenticator: Authenticator::new(&settings.auth, tokens.clone(), ports.clock.clone()),
            spool,
            imports,
            ports,
            limits: settings.limits,
            engine: engine.clone(),
            reading: Reading {
                default_region: Some("GB".parse().unwrap()),
                default_timezone: "Europe/London".parse::<Zone>().unwrap(),
                default_purpose: settings.rules.default_purpose,
                pause_codes: settings.agents.pause_codes.clone(),
            },
            database: Arc::new(Switch(database_is_down.clone())),
            network: Network {
                telephony: Arc::new(telephony.clone()),
                kind: TelephonyKind::Simulator,
                agents: Vec::new(),
                default_line: Some(AgentLine::new("10001")),
                live: None,
                budget: None,
            },
            audio: Arc::new(audio.clone()),
            audio_limit: AUDIO_LIMIT,
            manners: Manners::from(&settings),
            webhook: settings.telephony.voipstudio.webhook.clone(),
            shelf: store.shelf(),
        })
        .unwrap();
        let listener = server::listen(&settings.server).unwrap();
        let (address, _, _) = server::serve(api, listener, &settings.server).unwrap();
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder().timeout(StdDuration::from_secs(30)).build().unwrap();
        let base_url = format!("http://{address}");
        let runner = std::sync::Mutex::new(Some(runner));
        Self {
            base_url,
            store,
            clock,
            telephony,
            engine,
            database_is_down,
            audio,
            spool: folder,
            runner,
            tokens,
            client,
        }
    }

    /// Begins to run imports, three rows at a time.
    pub(crate) fn run_imports(&self) {
        if let Some(runner) = self.runner.lock().unwrap().take() {
            let (never, stop) = tokio::sync::watch::channel(false);
            tokio::spawn(async move {
                runner.run(stop).await;
                drop(never);
            });
        }
    }

    pub(crate) fn token(&self, user: UserId, role: Role) -> String {
        self.tokens.mint(Principal { user, role }, self.clock.now(), LocalTokens::LIFETIME).unwrap()
    }

    /// A request without a token.
    pub(crate) fn anonymous(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.base_url))
    }

    /// A request of `user`, below `/api/dialer`.
    pub(crate) fn as_user(&self, user: UserId, role: Role, method: Method, path: &str) -> RequestBuilder {
        self.anonymous(method, &format!("/api/dialer{path}")).bearer_auth(self.token(user, role))
    }

    /// A request of the owner, a supervisor.
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.as_user(OWNER, Role::Supervisor, method, path)
    }

    pub(crate) async fn get(&self, path: &str) -> (StatusCode, Value) {
        answer(self.request(Method::GET, path)).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> (StatusCode, Value) {
        answer(self.request(Method::POST, path).json(body)).await
    }

    pub(crate) async fn patch(&self, path: &str, body: &Value) -> (StatusCode, Value) {
        answer(self.request(Method::PATCH, path).json(body)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> (StatusCode, Value) {
        answer(self.request(Method::DELETE, path)).await
    }

    /// A campaign of the owner's, as the API answers it.
    pub(crate) async fn campaign(&self, body: &Value) -> Value {
        let (status, answer) = self.post("/campaigns", body).await;
        assert_eq!(status, 201, "{answer}");
        answer["campaign"].clone()
    }
}

/// Sends, and reads the body as JSON; an empty one is null.
pub(crate) async fn answer(request: RequestBuilder) -> (StatusCode, Value) {
    read(request.send().await.unwrap()).await
}

pub(crate) async fn read(response: Response) -> (StatusCode, Value) {
    let status = response.status();
    let body = response.bytes().await.unwrap();
    let value = if body.is_empty() { Value::Null } else { serde_json::from_slice(&body).unwrap() };
    (status, value)
}

/// The field and code of each error, in order.
pub(crate) fn wrong(problem: &Value) -> Vec<(&str, &str)> {
    let errors = problem["errors"].as_array().unwrap_or_else(|| panic!("no errors in {problem}"));
    errors.iter().map(|error| (error["field"].as_str().unwrap(), error["code"].as_str().unwrap())).collect()
}

/// A mobile number kept for fiction.
pub(crate) fn number(n: u32) -> PhoneNumber {
    dialer_testkit::builders::number(n)
}

pub(crate) fn id(row: &Value) -> &str {
    row["id"].as_str().unwrap()
}

/// The request with a form of these parts: a name, a media type and the content of each.
pub(crate) fn form(request: RequestBuilder, boundary: &str, parts: &[(&str, &str, &[u8])]) -> RequestBuilder {
    let mut body = Vec::new();
    for (name, kind, content) in parts {
        let about = format!("Content-Disposition: form-data; name=\"{name}\"; filename=\"a\"\r\nContent-Type: {kind}");
        body.extend(format!("--{boundary}\r\n{about}\r\n\r\n").bytes());
        body.extend_from_slice(content);
        body.extend(b"\r\n");
    }
    body.extend(format!("--{boundary}--\r\n").bytes());
    request.header("Content-Type", format!("multipart/form-data; boundary={boundary}")).body(body)
}
