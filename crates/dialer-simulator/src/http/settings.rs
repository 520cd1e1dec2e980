//! What a provider double is made of.

use std::net::{Ipv4Addr, SocketAddr};

use crate::carrier::settings::CarrierSettings;
use crate::knobs::Knobs;
use crate::users::SimulatedUser;

/// Settings of a [`crate::ProviderDouble`].
#[derive(Clone)]
pub struct ProviderDoubleSettings {
    /// Where to listen; port 0 takes a free one.
    pub bind: SocketAddr,
    /// API keys that are accepted. They belong to the first user.
    pub tokens: Vec<String>,
    /// The password of every user, for `POST /login`.
    pub password: String,
    /// The account's users. A call that names no `from` rings the user that the token belongs to.
    pub users: Vec<SimulatedUser>,
    /// The account's queues.
    pub queues: Vec<SimulatedQueue>,
    /// The account's own numbers, as digits without `+`.
    pub ddis: Vec<String>,
    /// The seed of all chance.
    pub seed: u64,
    /// How callees, agents' phones and the network behave.
    pub carrier: CarrierSettings,
    /// How the knobs stand at the start.
    pub knobs: Knobs,
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
            tokens: vec!["simulated-token-not-a-secret".to_owned()],
            password: "simulated-password-not-a-secret".to_owned(),
            users,
            queues: vec![queue],
            ddis: vec!["442079460001".to_owned(), "12025550100".to_owned()],
            seed: 1,
            carrier: CarrierSettings::default(),
            knobs: Knobs::default(),
        }
    }
}
