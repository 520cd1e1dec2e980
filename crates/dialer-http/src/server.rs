//! The running program: database, engine, imports and HTTP, started in order and stopped in order.

use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr, TcpListener};

use actix_web::dev::ServerHandle;
use actix_web::{App, HttpServer};
use dialer_app::{Engine, EngineHandle, EngineSettings, ImportRunner, ImportsHandle, Ports, RecordingCollector};
use dialer_domain::audio::AudioStore;
use dialer_domain::identity::Principal;
use dialer_seaorm::{Database, DatabaseError};
use futures_util::future::OptionFuture;
use std::sync::Arc;
use time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::app::{Api, Parts};
use crate::audio_folder::AudioFolder;
use crate::auth::{Authenticator, LocalTokens, MintError};
use crate::data_folder::{DataFolder, DataFolderError};
use crate::live_events;
use crate::logs::cause;
use crate::node_file::NodeFile;
use crate::routes::BASE;
use crate::rule_files;
use crate::settings::{ServerSettings, Settings};
use crate::spool::Spool;
use crate::telephony::{NetworkError, TelephonyKind};
use crate::wakes;
use crate::wiring::{self, Overrides};

/// Why the program cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The port is taken, not allowed, or not on this machine.
    #[error("cannot listen on {address}: {}", bind_advice(*address, source))]
    Bind {
        /// The address asked for.
        address: SocketAddr,
        /// What the system says.
        source: std::io::Error,
    },
    /// The data folder.
    #[error(transparent)]
    DataFolder(#[from] DataFolderError),
    /// The database.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The telephone network.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// The figures for Prometheus.
    #[error("the figures cannot be set up: {0}")]
    Figures(#[from] metrics_exporter_prometheus::BuildError),
    /// The HTTP server.
    #[error("the HTTP server could not be started: {0}")]
    Http(std::io::Error),
}

fn bind_advice(address: SocketAddr, source: &std::io::Error) -> String {
    let port = address.port();
    match source.kind() {
        ErrorKind::AddrInUse => format!(
            "port {port} is in use; stop the program that uses it, or choose another port with --port (0 takes a free one)"
        ),
        ErrorKind::PermissionDenied => {
            format!("port {port} is not allowed for this user; choose one above 1023 with --port")
        }
        ErrorKind::AddrNotAvailable => {
            format!("this machine has no address {}; choose another one with --bind", address.ip())
        }
        _ => source.to_string(),
    }
}

/// Starts the program.
pub struct Server;

/// The program while it runs. Dropping it without [`Self::stop`] leaves its tasks running.
pub struct RunningServer {
    address: SocketAddr,
    kind: TelephonyKind,
    ports: Ports,
    tokens: LocalTokens,
    engine: EngineHandle,
    engine_task: JoinHandle<()>,
    imports_task: JoinHandle<()>,
    rules_task: JoinHandle<()>,
    live_task: Option<JoinHandle<()>>,
    wakes_task: Option<JoinHandle<()>>,
    collector_task: JoinHandle<()>,
    stop: watch::Sender<bool>,
    http: ServerHandle,
    http_task: JoinHandle<std::io::Result<()>>,
    database: Database,
    _node: NodeFile,
}

impl Server {
    /// Takes the port, prepares the database, and starts engine and HTTP. Returns when requests are answered.
    ///
    /// # Errors
    /// [`StartError`] says what to mend. Nothing is left running.
    pub async fn start(
        settings: &Settings,
        data: &DataFolder,
        overrides: Overrides,
    ) -> Result<RunningServer, StartError> {
        Self::start_on(listen(&settings.server)?, settings, data, overrides).await
    }

    /// The same on a port that is taken already.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub async fn start_on(
        listener: TcpListener,
        settings: &Settings,
        data: &DataFolder,
        overrides: Overrides,
    ) -> Result<RunningServer, StartError> {
        let network = overrides.network(settings)?;
        let tokens = wiring::local_tokens(settings, data)?;
        let database = wiring::open_database(settings, data).await?;
        database.migrate().await?;
        wiring::share_budget(&database, &network, &overrides);
        let ports = wiring::ports(&database, &network, &overrides);
        let engine = EngineHandle::default();
        let imports = ImportsHandle::default();
        let spool = Spool::open(data.imports()?, settings.imports.max_file_bytes);
        let authenticator = Authenticator::new(&settings.auth, tokens.clone(), ports.clock.clone());
        authenticator.follow_keys();
        let audio: Arc<dyn AudioStore> = Arc::new(AudioFolder::of(data).swept());
        let api = Api::new(Parts {
            ports: ports.clone(),
            engine: engine.clone(),
            authenticator,
            limits: settings.limits,
            reading: wiring::reading(settings),
            database: Arc::new(database.clone()),
            network: network.clone(),
            spool: spool.clone(),
            imports: imports.clone(),
            audio: audio.clone(),
            audio_limit: settings.audio.upload_limit(),
            manners: settings.into(),
            webhook: settings.telephony.voipstudio.webhook.clone(),
            shelf: database.shelf().clone(),
        })?;
        let (address, http, http_task) = serve(api, listener, &settings.server)?;
        let (stop, stopped) = watch::channel(false);
        let runner = ImportRunner::new(
            ports.clone(),
            Arc::new(spool),
            settings.imports.for_runner(),
            settings.numbers.default_region,
            imports,
            engine.clone(),
        );
        let followed =
            rule_files::follow(settings.rules.clone(), database.shelf().clone(), ports.clock.clone(), stopped.clone());
        let rules_task = tokio::spawn(followed);
        let imports_task = tokio::spawn(runner.run(stopped.clone()));
        let hear = |live| tokio::spawn(live_events::hear(live, engine.clone(), stopped.clone()));
        let live_task = network.live.map(hear);
        let wakes_task = database
            .wakes()
            .map(|told| tokio::spawn(wakes::hear(told, engine.clone(), ports.clock.clone(), stopped.clone())));
        let collector = RecordingCollector::new(
            ports.clone(),
            audio,
            BASE,
            settings.audio.upload_limit(),
            settings.audio.for_collector(),
            engine.clone(),
        );
        let collector_task = tokio::spawn(collector.run(stopped.clone()));
        let inbound_owner = settings.telephony.inbound_owner;
        let engine_settings =
            EngineSettings { inbound_owner, ..settings.engine.with_agents(network.agents, &settings.agents) };
        let driver = Engine::new(ports.clone(), engine_settings, engine.clone());
        let node = NodeFile::take(data, driver.node(), ports.stores.leases.as_ref()).await;
        let engine_task = tokio::spawn(driver.run(stopped));
        Ok(RunningServer {
            address,
            kind: network.kind,
            ports,
            tokens,
            engine,
            engine_task,
            imports_task,
            rules_task,
            live_task,
            wakes_task,
            collector_task,
            stop,
            http,
            http_task,
            database,
            _node: node,
        })
    }
}

/// How long an idle connection is kept. Longer than clients keep theirs, or else one would send a request on a connection
/// that is being closed.
const KEPT_ALIVE: std::time::Duration = std::time::Duration::from_mins(2);

/// Takes the port.
///
/// # Errors
/// [`StartError::Bind`].
pub fn listen(settings: &ServerSettings) -> Result<TcpListener, StartError> {
    let address = SocketAddr::new(settings.bind, settings.port);
    TcpListener::bind(address).map_err(|source| StartError::Bind { address, source })
}

/// Serves an application. The task ends when the handle is told to stop.
///
/// # Errors
/// [`StartError::Http`].
pub fn serve(
    api: Api,
    listener: TcpListener,
    settings: &ServerSettings,
) -> Result<(SocketAddr, ServerHandle, JoinHandle<std::io::Result<()>>), StartError> {
    let address = listener.local_addr().map_err(StartError::Http)?;
    let mut server = HttpServer::new(move || App::new().configure(|cfg| api.configure(cfg)))
        .disable_signals()
        .keep_alive(KEPT_ALIVE)
        .shutdown_timeout(settings.shutdown_timeout_seconds.into());
    if settings.workers > 0 {
        server = server.workers(settings.workers);
    }
    let running = server.listen(listener).map_err(StartError::Http)?.run();
    let handle = running.handle();
    Ok((address, handle, tokio::spawn(running)))
}

impl RunningServer {
    /// Where requests are answered, such as `http://127.0.0.1:8080`. An address that stands for all of them is
    /// given as the loopback one.
    #[must_use]
    pub fn base_url(&self) -> String {
        let ip = match self.address.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::from(std::net::Ipv4Addr::LOCALHOST),
            IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::from(std::net::Ipv6Addr::LOCALHOST),
            ip => ip,
        };
        format!("http://{}", SocketAddr::new(ip, self.address.port()))
    }

    /// The address that is listened on.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Who places the calls.
    #[must_use]
    pub const fn telephony(&self) -> TelephonyKind {
        self.kind
    }

    /// The ports that everything runs on.
    #[must_use]
    pub const fn ports(&self) -> &Ports {
        &self.ports
    }

    /// The engine's state, and a way to wake it.
    #[must_use]
    pub const fn engine(&self) -> &EngineHandle {
        &self.engine
    }

    /// A token that this program accepts, for its usual lifetime.
    ///
    /// # Errors
    /// [`MintError::Signing`].
    pub fn token(&self, who: Principal) -> Result<String, MintError> {
        self.token_for(who, LocalTokens::LIFETIME)
    }

    /// A token that this program accepts for `lifetime`.
    ///
    /// # Errors
    /// [`MintError`].
    pub fn token_for(&self, who: Principal, lifetime: Duration) -> Result<String, MintError> {
        self.tokens.mint(who, self.ports.clock.now(), lifetime)
    }

    /// Returns only when a part of the program has ended that should not have, with its name.
    pub async fn broke_down(&mut self) -> &'static str {
        tokio::select! {
            _ = &mut self.engine_task => "the dialing engine",
            _ = &mut self.imports_task => "the runner of imports",
            _ = &mut self.collector_task => "the collector of recordings",
            _ = &mut self.http_task => "the HTTP server",
        }
    }

    /// Stops in order: the engine claims nothing more and waits a moment for answers to its dials, imports store the rows
    /// that they have read, requests under way are answered, the database is closed. Calls in progress go on; the next start follows them.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        if let Err(error) = self.engine_task.await {
            tracing::error!(error = cause(&error), "the engine did not stop in order");
        }
        if let Err(error) = self.rules_task.await {
            tracing::error!(error = cause(&error), "the follower of rules did not stop in order");
        }
        if let Err(error) = self.imports_task.await {
            tracing::error!(error = cause(&error), "imports did not stop in order");
        }
        if let Some(Err(error)) = OptionFuture::from(self.live_task).await {
            tracing::error!(error = cause(&error), "live events did not stop in order");
        }
        if let Some(Err(error)) = OptionFuture::from(self.wakes_task).await {
            tracing::error!(error = cause(&error), "listening to other nodes did not stop in order");
        }
        if let Err(error) = self.collector_task.await {
            tracing::error!(error = cause(&error), "the collector of recordings did not stop in order");
        }
        self.http.stop(true).await;
        match self.http_task.await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(error = cause(&error), "HTTP did not stop in order"),
            Err(error) => tracing::error!(error = cause(&error), "HTTP did not stop in order"),
        }
        // The ports hold the database too; closing waits for their connections to be idle.
        drop(self.ports);
        self.database.close().await;
    }
}
