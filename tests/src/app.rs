use std::sync::Arc;

use dialer_domain::identity::{Principal, Role};
use dialer_domain::{Clock, Duration, OffsetDateTime, UserId};
use dialer_http::settings::{Environment, Settings};
use dialer_http::{DataFolder, Overrides, RunningServer, Server};
use dialer_seaorm::Database;
use dialer_seaorm::testing::{TestDatabase, fresh_postgres, fresh_sqlite};
use dialer_simulator::{
    CarrierSettings, OutcomeShares, ProviderDouble, ProviderDoubleSettings, ScaledClock, SimulatedUser,
};
use tempfile::TempDir;
use time::macros::datetime;
use uuid::Uuid;

use crate::Customer;

/// A Monday morning inside the default active hours.
const T0: OffsetDateTime = datetime!(2026-03-02 10:00 UTC);

/// How many times as fast as real time the tests run.
const SPEED: f64 = 60.0;

/// Which database a test runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Db {
    /// A file in a temporary folder.
    Sqlite,
    /// A database on a real server.
    Postgres,
}

/// A running dialer and the provider that it calls through.
pub struct TestApp {
    /// The dialer.
    pub server: RunningServer,
    /// The provider.
    pub provider: ProviderDouble,
    /// The time of both.
    pub clock: Arc<dyn Clock>,
    database: TestDatabase,
    _folder: TempDir,
}

/// What a test wants of its dialer.
#[derive(Debug, Clone)]
pub struct TestAppBuilder {
    db: Db,
    carrier: CarrierSettings,
    users: Vec<SimulatedUser>,
    settings: Environment,
}

impl TestApp {
    /// A dialer on this database, with one agent, whose provider answers every call by a person.
    #[must_use]
    pub fn on(db: Db) -> TestAppBuilder {
        let carrier =
            CarrierSettings { outcomes: OutcomeShares::PERSON, agent_misses_share: 0.0, ..CarrierSettings::default() };
        TestAppBuilder { db, carrier, users: SimulatedUser::crew(1), settings: Environment::new() }
    }

    /// Somebody with this role and a token.
    pub fn customer(&self, role: Role) -> anyhow::Result<Customer> {
        let user = UserId::new(Uuid::from_u128(rand_free_id(&self.clock)));
        let token = self.server.token(Principal { user, role })?;
        Customer::new(self.server.base_url(), Some(token), user)
    }

    /// Somebody without a token.
    pub fn nobody(&self) -> anyhow::Result<Customer> {
        Customer::new(self.server.base_url(), None, UserId::new(Uuid::nil()))
    }

    /// The database, for a test that sets a scene which takes long to play.
    #[must_use]
    pub const fn database(&self) -> &Database {
        &self.database.db
    }

    /// Lets this much of the dialer's time pass.
    pub async fn pass(&self, time: Duration) {
        self.clock.sleep(time).await;
    }

    /// Stops everything in order and removes the database.
    pub async fn stop(self) {
        self.server.stop().await;
        self.provider.stop().await;
        self.database.remove().await;
    }
}

/// Each customer is somebody else.
fn rand_free_id(clock: &Arc<dyn Clock>) -> u128 {
    use std::sync::atomic::{AtomicU64, Ordering};
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let count = u128::from(NEXT.fetch_add(1, Ordering::Relaxed));
    let since = clock.now().unix_timestamp_nanos().unsigned_abs();
    (since << 32) | count
}

impl TestAppBuilder {
    /// How callees and agents' phones behave.
    #[must_use]
    pub fn carrier(mut self, change: impl FnOnce(&mut CarrierSettings)) -> Self {
        change(&mut self.carrier);
        self
    }

    /// The users of the provider's account; all of them are agents.
    #[must_use]
    pub fn users(mut self, users: Vec<SimulatedUser>) -> Self {
        self.users = users;
        self
    }

    /// A setting, as `DIALER__SECTION__KEY`.
    #[must_use]
    pub fn setting(mut self, name: &str, value: &str) -> Self {
        self.settings.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Starts it.
    pub async fn start(self) -> anyhow::Result<TestApp> {
        let clock: Arc<dyn Clock> = Arc::new(ScaledClock::new(T0, SPEED));
        let agents: Vec<String> = self.users.iter().map(|user| user.id.to_string()).collect();
        let double =
            ProviderDoubleSettings { users: self.users, carrier: self.carrier, ..ProviderDoubleSettings::default() };
        let token = double.tokens[0].clone();
        let provider = ProviderDouble::start(double, clock.clone())?;
        let database = match self.db {
            Db::Sqlite => fresh_sqlite().await,
            Db::Postgres => fresh_postgres().await,
        };
        let mut environment = Environment::from(
            [
                ("DIALER__SERVER__PORT", "0"),
                ("DIALER__SERVER__WORKERS", "1"),
                ("DIALER__ENGINE__AGENTS", &agents.join(",")),
                ("DIALER__RULES__OPEN", "true"),
                ("VOIPSTUDIO_USERNAME", &agents[0]),
                ("VOIPSTUDIO_API_KEY", &token),
                ("VOIPSTUDIO_BASE_URL", &provider.base_url()),
                ("DIALER__TELEPHONY__VOIPSTUDIO__LIVE_EVENTS_URL", &provider.sip_url()),
                ("DATABASE_URL", &database.url),
            ]
            .map(|(name, value)| (name.to_owned(), value.to_owned())),
        );
        environment.extend(self.settings);
        let folder = tempfile::tempdir()?;
        let data = DataFolder::open(folder.path())?;
        let settings = Settings::load(None, &environment)?;
        let overrides = Overrides { clock: Some(clock.clone()), ..Overrides::default() };
        let server = Server::start(&settings, &data, overrides).await?;
        Ok(TestApp { server, provider, clock, database, _folder: folder })
    }
}
