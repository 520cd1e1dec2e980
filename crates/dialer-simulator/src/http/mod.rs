//! The simulated carrier behind `VoIPstudio`'s HTTP API, on a real socket.

mod answer;
mod calls;
mod cdrs;
mod contacts;
mod control;
mod conversations;
mod directory;
mod from_outside;
mod listing;
pub(crate) mod log;
mod monitors;
pub(crate) mod mp3;
mod parties;
mod placing;
mod provider;
mod queues;
mod server;
mod session;
pub(crate) mod settings;
mod sms;
mod stamp;
mod tokens;
mod voicemail;
pub(crate) mod webhooks;

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, mpsc};

use actix_web::dev::ServerHandle;
use actix_web::web;
use dialer_domain::Clock;
use tokio::sync::{oneshot, watch};

pub use self::from_outside::{NotConnected, UnknownUser};
use self::log::RequestLogEntry;
use self::provider::Provider;
use self::settings::ProviderDoubleSettings;
use self::webhooks::WebhookDelivery;
use crate::carrier::settings::SettingsError;
use crate::knobs::KnobsHandle;
use crate::ledger::Ledger;
use crate::sip::{self, SipTally};

/// A provider that answers as `VoIPstudio` does, without calling anybody.
///
/// It serves on a thread of its own until [`Self::stop`] or drop, so any runtime may use it. All its waiting
/// goes through the clock it was given, which therefore has to be one that works on any thread: a
/// [`crate::ScaledClock`] made outside paused time, or a clock that tests turn by hand.
pub struct ProviderDouble {
    address: SocketAddr,
    sip_address: SocketAddr,
    provider: web::Data<Provider>,
    server: ServerHandle,
    stopped: oneshot::Receiver<()>,
}

/// Why a double does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A setting makes no sense.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The address cannot be listened on.
    #[error("cannot listen on {address}")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
    /// The server's thread did not come up.
    #[error("the simulated provider's server did not start")]
    Server(#[source] io::Error),
}

fn listen(bind: SocketAddr) -> Result<(TcpListener, SocketAddr), StartError> {
    let bound = |source| StartError::Bind { address: bind, source };
    let listener = TcpListener::bind(bind).map_err(bound)?;
    let address = listener.local_addr().map_err(bound)?;
    Ok((listener, address))
}

impl ProviderDouble {
    /// Starts serving. When this returns, requests are accepted.
    ///
    /// # Errors
    /// [`StartError`] says what is in the way.
    pub fn start(settings: ProviderDoubleSettings, clock: Arc<dyn Clock>) -> Result<Self, StartError> {
        let (bind, sip_bind) = (settings.bind, settings.sip_bind);
        let provider = web::Data::new(Provider::new(settings, clock)?);
        let (listener, address) = listen(bind)?;
        let (sip_listener, sip_address) = listen(sip_bind)?;
        let (started, starting) = mpsc::sync_channel(1);
        let (stopping, stopped) = oneshot::channel();
        let shared = provider.clone();
        let run = move || {
            actix_web::rt::System::new().block_on(async move {
                match server::serve(listener, shared.clone()) {
                    Ok(server) => {
                        // They end with their runtime, which lasts as long as the server.
                        drop(actix_web::rt::spawn(Arc::clone(&shared.webhooks).run()));
                        drop(actix_web::rt::spawn(sip::serve(sip_listener, Arc::clone(&shared.sip))));
                        if started.send(Ok(server.handle())).is_ok()
                            && let Err(error) = server.await
                        {
                            tracing::error!(%error, "the simulated provider's server failed");
                        }
                    }
                    Err(error) => drop(started.send(Err(error))),
                }
            });
            // Nobody listens when the double was dropped instead of stopped.
            let _ = stopping.send(());
        };
        std::thread::Builder::new().name("provider-double".to_owned()).spawn(run).map_err(StartError::Server)?;
        let server = starting
            .recv()
            .unwrap_or_else(|_| Err(io::Error::other("its thread ended")))
            .map_err(StartError::Server)?;
        tracing::debug!(%address, "the simulated provider listens");
        Ok(Self { address, sip_address, provider, server, stopped })
    }

    /// Where the double itself is asked: its ledger, knobs and webhooks. Without a slash at its end.
    #[must_use]
    pub fn control_url(&self) -> String {
        format!("http://{}{}", self.address, control::BASE)
    }

    /// Where the SIP server is, in a WebSocket; the real one is found by the SIP domain instead.
    #[must_use]
    pub fn sip_url(&self) -> String {
        format!("ws://{}", self.sip_address)
    }

    /// What the SIP server has done so far, as it goes on.
    #[must_use]
    pub fn sip_tally(&self) -> watch::Receiver<SipTally> {
        self.provider.sip.tally.subscribe()
    }

    /// The API's base URL, without a slash at its end.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("http://{}{}", self.address, provider::BASE)
    }

    /// Every call that was ever placed. Stays readable after the double has stopped.
    #[must_use]
    pub fn ledger(&self) -> Ledger {
        Ledger::new(Arc::clone(&self.provider.carrier))
    }

    /// The knobs, to be turned at any time.
    #[must_use]
    pub fn knobs(&self) -> KnobsHandle {
        self.provider.knobs.clone()
    }

    /// Every request so far, in the order of arrival.
    #[must_use]
    pub fn requests(&self) -> Vec<RequestLogEntry> {
        self.provider.log.entries()
    }

    /// Every event for every webhook so far, in the order in which they came to pass.
    #[must_use]
    pub fn webhook_deliveries(&self) -> Vec<WebhookDelivery> {
        self.provider.webhooks.entries()
    }

    /// Returns when every event that has come to pass and whose time to be sent has come is delivered, lost, given up,
    /// or put off until another try.
    pub async fn deliver_due(&self) {
        self.provider.webhooks.settled(false).await;
    }

    /// Returns when every event that has come to pass is delivered, lost or given up. What is held back or is to be
    /// tried again has to come due meanwhile: somebody has to turn the clock, unless it goes by itself.
    pub async fn deliver_all(&self) {
        self.provider.webhooks.settled(true).await;
    }

    /// The most requests that arrived within any 60 seconds, refused ones included.
    #[must_use]
    pub fn busiest_minute(&self) -> usize {
        log::busiest_minute(&self.requests())
    }

    /// Closes the socket and all connections, and returns when the server is gone. Calls go on without it, as
    /// they would when the real provider's API is down.
    pub async fn stop(mut self) {
        self.server.stop(false).await;
        // An error means that the thread is gone already.
        let _ = (&mut self.stopped).await;
    }
}

impl Drop for ProviderDouble {
    fn drop(&mut self) {
        // The command is sent by the call; the future only waits for its end.
        drop(self.server.stop(false));
    }
}
