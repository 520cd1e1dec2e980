//! What a provider double is made of.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};

use crate::carrier::settings::CarrierSettings;
use crate::knobs::Knobs;
use crate::users::SimulatedUser;

/// Settings of a [`crate::ProviderDouble`].
#[derive(Clone)]
pub struct ProviderDoubleSettings {
    /// Where to listen; port 0 takes a free one.
    pub bind: SocketAddr,
    /// Where the SIP server listens, in a WebSocket; port 0 takes a free one.
    pub sip_bind: SocketAddr,
    /// API keys that are accepted. They belong to the first user.
    pub tokens: Vec<String>,
    /// The password of every user, for `POST /login`.
    pub password: String,
    /// The code that `POST /login2fa` wants, where the knobs ask for one.
    pub two_factor_code: String,
    /// What `GET /me` tells a phone in a browser to log in with.
    pub sip_password: String,
    /// Where that phone logs in.
    pub sip_domain: String,
    /// The account's users. A call that names no `from` rings the user that the token belongs to.
    pub users: Vec<SimulatedUser>,
    /// The account's queues.
    pub queues: Vec<SimulatedQueue>,
    /// The account's own numbers, as digits without `+`.
    pub ddis: Vec<String>,
    /// Who is told of events.
    pub webhooks: Vec<SimulatedWebhook>,
    /// The seed of all chance.
    pub seed: u64,
    /// How callees, agents' phones and the network behave.
    pub carrier: CarrierSettings,
    /// How the knobs stand at the start.
    pub knobs: Knobs,
}

/// Where events are posted to. `Debug` shows no URL, which may hold credentials.
#[derive(Clone, PartialEq, Eq)]
pub struct SimulatedWebhook {
    /// `http` or `https`. A user name and a password in it are sent as Basic authentication.
    pub url: String,
    /// Names of the events that it is told of, such as `call.hangup`; all where there are none.
    pub events: Vec<String>,
}

impl SimulatedWebhook {
    /// One that is told of everything.
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        Self { url: url.into(), events: Vec::new() }
    }
}

impl fmt::Debug for SimulatedWebhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SimulatedWebhook").field("events", &self.events).finish_non_exhaustive()
    }
}

/// A queue of the account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SimulatedQueue {
    /// The provider's id of it.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// Its extension.
    pub number: String,
    /// Ids of the users in it.
    pub users: Vec<u64>,
}

impl Default for ProviderDoubleSettings {
    /// Ten users with ids from 10001, all in one queue, on a free port of the loopback interface.
    fn default() -> Self {
        let users = SimulatedUser::crew(10);
        let queue = SimulatedQueue {
            id: 20_001,
            name: "Simulated queue".to_owned(),
            number: "600".to_owned(),
            users: users.iter().map(|user| user.id).collect(),
        };
        Self {
            bind: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            sip_bind: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            tokens: vec!["simulated-token-not-a-secret".to_owned()],
            password: "simulated-password-not-a-secret".to_owned(),
            two_factor_code: "123456".to_owned(),
            sip_password: "simulated-sip-password-not-a-secret".to_owned(),
            sip_domain: "sip.simulated.example".to_owned(),
            users,
            queues: vec![queue],
            ddis: vec!["442079460001".to_owned(), "12025550100".to_owned()],
            webhooks: Vec::new(),
            seed: 1,
            carrier: CarrierSettings::default(),
            knobs: Knobs::default(),
        }
    }
}
