//! Live events without a public address: the dialogs of agents' phones, over SIP in a WebSocket.
//!
//! This is the way of the vendor's own browser connector: connect to the account's SIP domain, register nothing, and
//! subscribe to the event package `dialog` of each agent (RFC 4235, 6665, 7118). The server then tells each change of
//! the agents' calls.
//!
//! What the news mean:
//! - A leg is named by the live call's id, and is as far as its farthest device: `early` is ringing, `confirmed`
//!   connected, and on hold when nothing is rendered.
//! - `Connected` is what the agent's phone says. It carries no instant of connection, because whether the customer has
//!   answered too is for the list of live calls to say.
//! - The end of a dialog, or its absence from a full list, is `HangUp` with neither `last` nor `result`: that an agent's
//!   phone is free again says nothing about how the call ended. Records tell.
//! - Each state is told once, across broken connections too. What happened while there was no connection shows as
//!   the change from before to after.

mod account;
mod backoff;
mod book;
mod dialog_info;
mod digest;
mod message;
mod session;
mod subscription;
mod watch;

#[cfg(test)]
mod tests;

use std::fmt;
use std::pin::pin;
use std::sync::Arc;

use dialer_domain::clock::Clock;
use dialer_domain::ids::IdSource;
use dialer_domain::telephony::{ProviderEvent, TelephonyError};
use secrecy::ExposeSecret;
use tokio::sync::mpsc;

use crate::VoipStudio;
pub use account::{LiveSettings, LiveSettingsError, SipAccount};

use backoff::Backoff;
use message::Identity;
use session::{Ended, Session, Stop};
use subscription::Asker;
use watch::{Known, Watch};

/// Where the credentials come from.
enum Account {
    Given(SipAccount),
    /// Asked for with each connection, as a password may change.
    Asked(VoipStudio),
}

/// Watches agents' calls and tells what changes.
///
/// An optional source beside webhooks: nothing rests on it, and what it loses the sweep of live calls finds.
pub struct LiveEvents {
    account: Account,
    settings: LiveSettings,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
}

impl LiveEvents {
    /// With the credentials of the API key's user, which `provider` is asked for with each connection. Checks the
    /// settings; connects to nothing.
    ///
    /// Renewals and waits between tries go by `clock`; `ids` names SIP dialogs, and spreads the waits.
    ///
    /// # Errors
    /// [`LiveSettingsError`] with the first problem found.
    pub fn new(
        provider: VoipStudio,
        settings: LiveSettings,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdSource>,
    ) -> Result<Self, LiveSettingsError> {
        settings.validate()?;
        Ok(Self { account: Account::Asked(provider), settings, clock, ids })
    }

    /// With credentials that are known already. Otherwise as [`Self::new`].
    ///
    /// # Errors
    /// [`LiveSettingsError`] with the first problem found, of the account too.
    pub fn with_account(
        account: SipAccount,
        settings: LiveSettings,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdSource>,
    ) -> Result<Self, LiveSettingsError> {
        settings.validate()?;
        account.server(settings.url.as_deref())?;
        Ok(Self { account: Account::Given(account), settings, clock, ids })
    }

    /// Tells `events` each change, until `stop` resolves or nobody receives events any more.
    ///
    /// A broken connection is taken up again after 1 s, then 2, 4, up to a minute; refused credentials are told once
    /// and tried again every quarter of an hour. A receiver that is slow slows the reading; nothing is dropped.
    pub async fn run(&self, events: mpsc::Sender<ProviderEvent>, stop: impl Future<Output = ()> + Send) {
        let stop = async {
            tokio::select! {
                () = stop => {}
                () = events.closed() => {}
            }
        };
        let mut stop: Stop<'_> = pin!(stop);
        let mut known: Vec<Known> = self.settings.agents.iter().cloned().map(Known::new).collect();
        let mut backoff = Backoff::default();
        let mut told = Told::default();
        loop {
            let ended = self.watch(&mut known, &events, &mut backoff, &mut told, &mut stop).await;
            let chance = backoff::chance(self.ids.as_ref());
            let wait = match ended {
                Ended::Stopped => return,
                Ended::Broken(reason) => {
                    told.broken(&reason);
                    backoff.next(chance)
                }
                Ended::CredentialsRefused => {
                    told.refused();
                    backoff::after_refusal(chance)
                }
            };
            tokio::select! {
                () = &mut stop => return,
                () = self.clock.sleep(wait) => {}
            }
        }
    }

    /// The credentials to connect with.
    async fn account(&self) -> Result<SipAccount, Ended> {
        let provider = match &self.account {
            Account::Given(account) => return Ok(account.clone()),
            Account::Asked(provider) => provider,
        };
        let me = provider.client.me().await.map_err(|error| match error {
            TelephonyError::Unauthorized { .. } => Ended::CredentialsRefused,
            error => Ended::Broken(error.to_string()),
        })?;
        let missing = || Ended::Broken("the account tells no SIP domain and password".to_owned());
        let (domain, password) = me.sip_domain.zip(me.sip_password).ok_or_else(missing)?;
        Ok(SipAccount { user_id: me.id, domain, password })
    }

    /// One connection.
    async fn watch(
        &self,
        known: &mut [Known],
        events: &mpsc::Sender<ProviderEvent>,
        backoff: &mut Backoff,
        told: &mut Told,
        stop: &mut Stop<'_>,
    ) -> Ended {
        let opened = async {
            let account = self.account().await?;
            let server = account.server(self.settings.url.as_deref());
            let server = server.map_err(|error| Ended::Broken(error.to_string()))?;
            let socket = session::connect(&server, self.settings.connect_timeout).await.map_err(Ended::Broken)?;
            Ok((account, server, socket))
        };
        let opened = tokio::select! {
            () = &mut *stop => Err(Ended::Stopped),
            opened = opened => opened,
        };
        let (account, server, socket) = match opened {
            Ok(opened) => opened,
            Err(ended) => return ended,
        };
        let identity = Identity {
            user: account.user_id.clone(),
            domain: account.domain.clone(),
            transport: if server.scheme() == "wss" { "WSS" } else { "WS" },
            host: format!("{}.invalid", self.ids.next_uuid().simple()),
        };
        let password = account.password.expose_secret();
        let asker = Asker { identity: &identity, password, ids: self.ids.as_ref() };
        let watch = Watch::new(asker, known, self.clock.now());
        let mut session = Session::new(socket, watch, self.clock.as_ref(), events);
        let ended = session.run(stop).await;
        if session.is_useful() {
            backoff.succeeded();
            told.restored();
        }
        ended
    }
}

impl fmt::Debug for LiveEvents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LiveEvents").field("settings", &self.settings).finish_non_exhaustive()
    }
}

/// What the log says already.
#[derive(Default)]
struct Told {
    broken: bool,
    refused: bool,
}

impl Told {
    fn broken(&mut self, reason: &str) {
        if self.broken {
            tracing::debug!(reason, "live events still have no connection");
        } else {
            tracing::warn!(reason, "live events have lost their connection, and are taken up again");
            self.broken = true;
        }
    }

    fn refused(&mut self) {
        if !self.refused {
            tracing::error!("the provider refuses the credentials for live events; they are off until it accepts them");
            self.refused = true;
        }
    }

    /// The last connection was a good one: the next failure is news.
    fn restored(&mut self) {
        *self = Self::default();
    }
}
