//! The main job, from a CSV to balanced books, with real parts: the API on a socket, the engine, the VoIPstudio
//! adapter, and VoIPstudio's API over HTTP. Only the telephone network behind that API is simulated.

use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, ensure};
use dialer_domain::identity::{Principal, Role};
use dialer_domain::ids::{CampaignId, UserId};
use dialer_domain::{Clock, Duration, OffsetDateTime};
use dialer_simulator::{
    Faults, Knobs, ProviderDouble, ProviderDoubleSettings, ScaledClock, SimulatedUser, SimulatedWebhook, WebhookKnobs,
    WebhookOutcome,
};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde_json::{Value, json};
use time::macros::datetime;

use super::books::{Books, Reader};
use super::sample;
use super::truth::Truth;
use crate::cli::import::{Imported, import_file};
use crate::data_folder::DataFolder;
use crate::server::{RunningServer, Server};
use crate::settings::{Environment, Settings};
use crate::wiring::{self, Overrides};

/// A Monday morning at nine, when active hours begin.
const OPENING: OffsetDateTime = datetime!(2026-03-02 09:00 UTC);

/// What lets the simulated provider in. It opens nothing else, for as long as a job runs, on this machine.
const WEBHOOK_SECRET: &str = "simulated-provider-of-the-demo";

/// How long the job may take, in simulated time, before it is given up.
const LONGEST: Duration = Duration::hours(7);

/// What to run.
#[derive(Debug, Clone)]
pub struct Job {
    /// Callable rows in the list.
    pub contacts: usize,
    /// Agents.
    pub agents: u32,
    /// How many times as fast as real time.
    pub speed: f64,
    /// The same seed makes the same calls.
    pub seed: u64,
    /// Another database than SQLite in the data folder.
    pub database_url: Option<SecretString>,
    /// How often a contact is tried at most.
    pub attempts: u8,
    /// How the provider behaves.
    pub knobs: Knobs,
    /// Whether the provider delivers events.
    pub webhooks: bool,
    /// Further settings of the dialer, by their variables.
    pub settings: Vec<(&'static str, &'static str)>,
}

impl Default for Job {
    /// What `dialer demo` does.
    fn default() -> Self {
        Self {
            contacts: 1_200,
            agents: 25,
            speed: 120.0,
            seed: 1,
            database_url: None,
            attempts: 3,
            knobs: Knobs::default(),
            webhooks: false,
            settings: Vec::new(),
        }
    }
}

impl Job {
    /// A provider of whose events some are lost, come twice or late, of whose call records some come late, and of whose answers
    /// some are errors, come late, in part, or not at all.
    #[must_use]
    pub fn in_trouble(self) -> Self {
        let webhooks = WebhookKnobs { lost: 0.05, doubled: 0.05, reordered: 0.2, ..WebhookKnobs::default() };
        let faults = Faults {
            server_error: 0.02,
            lost_answer: 0.01,
            stall: 0.005,
            stall_mid_body: 0.005,
            malformed: 0.01,
            broken_headers: 0.01,
            closed: 0.01,
            stall_for: Duration::minutes(10),
            ..Faults::default()
        };
        let impatient = [
            ("DIALER__TELEPHONY__CONNECT_TIMEOUT_SECONDS", "1"),
            ("DIALER__TELEPHONY__REQUEST_TIMEOUT_SECONDS", "2"),
            ("DIALER__TELEPHONY__DIAL_TIMEOUT_SECONDS", "5"),
        ];
        Self {
            webhooks: true,
            knobs: Knobs { webhooks, faults, late_cdrs: 0.05, ..self.knobs },
            settings: [self.settings, impatient.to_vec()].concat(),
            ..self
        }
    }
}

/// How far the job has come.
#[derive(Debug, Clone, Copy, Default)]
pub struct Progress {
    /// Contacts that are settled for good or until a retry.
    pub settled: u64,
    /// All contacts.
    pub contacts: u64,
    /// Calls in progress.
    pub live_calls: usize,
    /// Simulated time since the start.
    pub elapsed: Duration,
}

/// What came of it.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// The database used.
    pub database: String,
    /// The import.
    pub import: Imported,
    /// The status of the campaign at the end.
    pub campaign_status: String,
    /// What the API says against what the provider recorded.
    pub books: Books,
    /// Each call of the provider's own ledger against what the API tells of it.
    pub truth: Truth,
    /// Events of the provider that the dialer took in.
    pub events_delivered: usize,
    /// Pairs of calls of one number that were live at once, by the provider's own ledger.
    pub double_dials: usize,
    /// Calls not over at the end, by the same ledger.
    pub unfinished: usize,
    /// Most requests to the provider in any 60 seconds of simulated time.
    pub busiest_minute: usize,
    /// Requests allowed in 60 seconds.
    pub requests_per_minute: u32,
    /// Simulated minutes that the campaign took.
    pub minutes: i64,
}

impl Report {
    /// Whether the promises held: the campaign completed, the books balance, nobody was called twice at once, and the
    /// provider was never asked too often.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.campaign_status == "completed"
            && self.books.balance()
            && self.truth.different == 0
            && self.double_dials == 0
            && self.unfinished == 0
            && self.busiest_minute <= usize::try_from(self.requests_per_minute).unwrap_or(usize::MAX)
    }
}

/// A provider, a dialer on top of it, and a customer of both.
struct World {
    provider: ProviderDouble,
    server: RunningServer,
    clock: Arc<dyn Clock>,
    reader: Reader,
    settings: Settings,
}

impl World {
    async fn build(job: &Job, data: &DataFolder) -> anyhow::Result<Self> {
        let clock: Arc<dyn Clock> = Arc::new(ScaledClock::new(OPENING, job.speed));
        // The provider has to know where to deliver before the dialer can know where the provider is.
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("cannot take a port")?;
        let door = format!("http://{}/webhooks/voipstudio/{WEBHOOK_SECRET}", listener.local_addr()?);
        let provider = ProviderDouble::start(
            ProviderDoubleSettings {
                users: SimulatedUser::crew(job.agents),
                seed: job.seed,
                knobs: job.knobs.clone(),
                webhooks: if job.webhooks { vec![SimulatedWebhook::new(door)] } else { Vec::new() },
                ..ProviderDoubleSettings::default()
            },
            clock.clone(),
        )?;
        let token = ProviderDoubleSettings::default().tokens.remove(0);
        let settings = Settings::load(None, &environment(job, &provider.base_url(), &token))?;
        let overrides = Overrides { clock: Some(clock.clone()), ..Overrides::default() };
        refuse_a_database_in_use(&settings, data).await?;
        let me = Principal { user: UserId::new(overrides.ids().next_uuid()), role: Role::Supervisor };
        let server = Server::start_on(listener, &settings, data, overrides).await?;
        let bearer = server.token(me)?;
        let api = format!("{}/api/dialer", server.base_url());
        let reader = Reader::new(api, &bearer, provider.base_url(), token)?;
        Ok(Self { provider, server, clock, reader, settings })
    }

    async fn make_campaign(&self, attempts: u8) -> anyhow::Result<String> {
        let body = json!({
            "name": "Spring offer", "type": "power", "max_attempts": attempts, "retry_interval": 900,
            "active_hours": {"start": "09:00", "end": "17:00"}, "timezone": "UTC",
        });
        let made = self.reader.post("/campaigns", &body).await?;
        Ok(made["campaign"]["id"].as_str().context("the new campaign has no id")?.to_owned())
    }

    fn delivered(&self) -> usize {
        let deliveries = self.provider.webhook_deliveries();
        deliveries.iter().filter(|delivery| delivery.outcome == WebhookOutcome::Delivered).count()
    }

    /// Watches the campaign until it is completed and its last call is over.
    async fn watch(&self, campaign: &str, tell: &mut dyn FnMut(Progress)) -> anyhow::Result<Value> {
        loop {
            let row = self.reader.get(&format!("/campaigns/{campaign}")).await?["campaign"].clone();
            let count = |key: &str| row["stats"][key].as_u64().unwrap_or_default();
            let elapsed = self.clock.now() - OPENING;
            let live_calls = self.server.engine().status().live_calls;
            tell(Progress {
                settled: count("completed") + count("failed") + count("do-not-call"),
                contacts: count("total"),
                live_calls,
                elapsed,
            });
            let status = row["status"].as_str().unwrap_or_default();
            if status != "active" && live_calls == 0 {
                return Ok(row);
            }
            ensure!(elapsed < LONGEST, "the campaign is still {status} after {LONGEST} of simulated time");
            self.clock.sleep(Duration::seconds(60)).await;
        }
    }
}

fn environment(job: &Job, base_url: &str, token: &str) -> Environment {
    let agents: Vec<String> = SimulatedUser::crew(job.agents).iter().map(|user| user.id.to_string()).collect();
    let mut environment = Environment::from([
        ("DIALER__SERVER__PORT".to_owned(), "0".to_owned()),
        ("DIALER__ENGINE__AGENTS".to_owned(), agents.join(",")),
        // It has to run at any hour, and no phone rings.
        ("DIALER__RULES__OPEN".to_owned(), "true".to_owned()),
        ("VOIPSTUDIO_API_KEY".to_owned(), token.to_owned()),
        ("VOIPSTUDIO_BASE_URL".to_owned(), base_url.to_owned()),
        ("VOIPSTUDIO_WEBHOOK_SECRET".to_owned(), WEBHOOK_SECRET.to_owned()),
    ]);
    environment.extend(job.settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    if let Some(url) = &job.database_url {
        environment.insert("DATABASE_URL".to_owned(), url.expose_secret().to_owned());
    }
    environment
}

/// The demo's engine would dial whatever is active, on a network that is not there.
async fn refuse_a_database_in_use(settings: &Settings, data: &DataFolder) -> anyhow::Result<()> {
    use dialer_domain::calls::store::CallStore;
    use dialer_domain::campaigns::store::CampaignStore;

    let database = wiring::open_database(settings, data).await?;
    database.migrate().await?;
    let in_use = !database.active().await?.is_empty() || !database.open().await?.is_empty();
    database.close().await;
    ensure!(
        !in_use,
        "this database has active campaigns or calls in progress; the demo dials on a simulated network and would \
         spoil them, so give it a database of its own"
    );
    Ok(())
}

/// Runs the job with its files in `folder`.
///
/// # Errors
/// Whatever kept it from its end. A job that ended and whose books do not balance is no error: see
/// [`Report::holds`].
pub async fn run(job: &Job, folder: &Path, tell: &mut dyn FnMut(Progress)) -> anyhow::Result<Report> {
    let data = DataFolder::open(folder)?;
    let list = folder.join("contacts.csv");
    std::fs::write(&list, sample::csv(job.contacts)).with_context(|| format!("cannot write {}", list.display()))?;
    let world = World::build(job, &data).await?;
    let campaign = world.make_campaign(job.attempts).await?;
    let id: CampaignId = campaign.parse()?;
    let region = world.settings.numbers.default_region;
    let import = import_file(world.server.ports().clone(), id, region, &list).await?;
    world.reader.patch(&format!("/campaigns/{campaign}"), &json!({"status": "active"})).await?;
    let row = world.watch(&campaign, tell).await?;
    let minutes = (world.clock.now() - OPENING).whole_minutes();
    // Records that come late still correct what was told before.
    let latest = if job.knobs.late_cdrs > 0.0 { job.knobs.late_cdrs_by } else { Duration::ZERO };
    world.clock.sleep(job.knobs.cdr_delay + latest + Duration::minutes(2)).await;
    world.provider.knobs().set(|knobs| knobs.faults = Faults::default());
    let truth = Truth::of(&world.reader.all("/calls", "calls").await?, &world.provider.ledger().calls());
    let books = world.reader.compare(&campaign, truth.agent_missed).await?;
    let ledger = world.provider.ledger();
    let report = Report {
        database: if job.database_url.is_some() { "PostgreSQL" } else { "SQLite" }.to_owned(),
        import,
        campaign_status: row["status"].as_str().unwrap_or_default().to_owned(),
        books,
        truth,
        events_delivered: world.delivered(),
        double_dials: ledger.overlapping_attempts().len(),
        unfinished: ledger.calls().iter().filter(|call| call.ended_at.is_none()).count(),
        busiest_minute: world.provider.busiest_minute(),
        requests_per_minute: world.settings.telephony.requests_per_minute,
        minutes,
    };
    world.server.stop().await;
    world.provider.stop().await;
    Ok(report)
}
