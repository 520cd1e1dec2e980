//! The sections, as Rust sees them. What each key means is written in `config/default.toml`.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use dialer_app::{CollectorSettings, EngineSettings, ImportSettings, Keeping};
use dialer_domain::agents::PauseCode;
use dialer_domain::ids::UserId;
use dialer_domain::phone::Region;
use dialer_domain::rules::Purpose;
use dialer_domain::schedule::Zone;
use dialer_domain::telephony::AgentLine;
use dialer_simulator::CarrierSettings;
use dialer_voipstudio::{CallRoute, ConnectTo, WaitingPlace};
use secrecy::SecretString;
use serde::de::{Deserialize, Deserializer, Error, SeqAccess, Visitor};
use time::Duration;

/// Where and how HTTP is served.
#[derive(Debug, Clone, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerSettings {
    /// Address to listen on.
    #[serde(deserialize_with = "from_text")]
    pub bind: IpAddr,
    /// Port to listen on; 0 takes a free one.
    pub port: u16,
    /// Threads that speak HTTP; 0 takes one for each processor.
    pub workers: usize,
    /// How long a stop waits for requests under way, in seconds.
    pub shutdown_timeout_seconds: u16,
    /// Whether a proxy in front speaks TLS.
    pub tls_in_front: bool,
}

/// Other sites whose scripts may call.
#[derive(Debug, Clone, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CorsSettings {
    /// Their origins; `*` for any.
    #[serde(deserialize_with = "comma_separated")]
    pub allowed_origins: Vec<String>,
    /// How long a browser may remember the permission, in seconds.
    pub max_age_seconds: u32,
}

/// Who may read the figures for Prometheus.
#[derive(Debug, Clone, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MetricsSettings {
    /// Whether there are any.
    pub enabled: bool,
    /// Whether only this machine may.
    pub loopback_only: bool,
    /// The bearer token that is asked for; empty for none.
    pub token: SecretString,
}

/// Where data is kept.
#[derive(Debug, Clone, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatabaseSettings {
    /// Address with credentials; empty for SQLite in the data folder.
    pub url: SecretString,
    /// Connections kept at most.
    pub max_connections: u32,
}

/// Whose tokens are accepted.
#[derive(Debug, Clone, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuthSettings {
    /// What local tokens are signed with; empty for the data folder's key.
    pub signing_key: SecretString,
    /// How far the issuers' clocks may be off, in seconds.
    pub leeway_seconds: u16,
    /// Supabase's JWT secret; empty when its tokens are not accepted.
    pub supabase_jwt_secret: SecretString,
    /// The Supabase project's address; empty when any issuer will do.
    pub supabase_url: String,
    /// Where the project publishes its keys; empty for the usual place.
    pub supabase_jwks_url: String,
    /// How long published keys are believed, in seconds.
    pub jwks_max_age_seconds: u32,
}

/// How often callers may ask. Each process counts for itself.
#[derive(Debug, Clone, Copy, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitSettings {
    /// Requests a minute of one user; 0 for any number.
    pub user_requests_per_minute: u32,
    /// Requests of one user at once.
    pub user_burst: u32,
    /// Refused requests a minute from one address without a valid token or key; 0 for any number.
    pub address_requests_per_minute: u32,
    /// Such requests at once.
    pub address_burst: u32,
}

/// Who places the calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Provider {
    /// VoIPstudio when there is an API key, else the simulator.
    Auto,
    /// VoIPstudio's REST API.
    VoipStudio,
    /// A carrier that is not there.
    Simulator,
}

/// The telephone network.
#[derive(Debug, Clone, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TelephonySettings {
    /// Who places the calls.
    pub provider: Provider,
    /// The user whose the calls are that come in; none leaves them out of the log.
    #[serde(deserialize_with = "from_text_or_empty")]
    pub inbound_owner: Option<UserId>,
    /// Requests in any 60 seconds.
    pub requests_per_minute: u32,
    /// Longest wait for a connection, in seconds.
    pub connect_timeout_seconds: u32,
    /// Longest wait for an answer, in seconds.
    pub request_timeout_seconds: u32,
    /// Longest wait for the answer to a dial, in seconds.
    pub dial_timeout_seconds: u32,
    /// Longest wait for a turn under the request budget, in seconds.
    pub longest_wait_seconds: u32,
    /// VoIPstudio.
    pub voipstudio: VoipStudioSection,
    /// The simulator.
    pub simulator: SimulatorSettings,
}

/// VoIPstudio.
#[derive(Debug, Clone, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VoipStudioSection {
    /// The account's API key; empty when there is none.
    pub api_key: SecretString,
    /// The user whose phone rings for people's calls; empty when not set.
    pub username: String,
    /// Where the API lives.
    pub base_url: String,
    /// The account's SIP server, for phones.
    pub server: String,
    /// Whose phone rings first, and by which request.
    pub route: RouteWord,
    /// Whom a web call connects the customer to: an extension; empty for the agent's own.
    pub web_call_extension: String,
    /// What a lead call speaks.
    pub lead_call_text: String,
    /// The extension where customers wait who answer ahead of agents; empty where no calls are placed ahead.
    pub waiting_extension: String,
    /// The extension that plays the message for customers for whom no agent was there; empty for none.
    pub message_extension: String,
    /// Where the provider delivers events.
    pub webhook: WebhookSettings,
    /// How agents' calls are followed as they happen, beside webhooks.
    pub live_events: LiveEventsFrom,
    /// The SIP server that tells them; empty for the account's own.
    pub live_events_url: String,
}

/// How agents' calls are followed as they happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LiveEventsFrom {
    /// Not at all.
    Off,
    /// By subscribing to the agents' phones over SIP.
    Sip,
}

/// Which request of VoIPstudio places calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RouteWord {
    /// The agent's phone rings first.
    AgentFirst,
    /// The customer's rings first, then somebody of the account.
    WebCall,
    /// The customer's rings, and hears a text.
    LeadCall,
}

impl VoipStudioSection {
    /// Where customers wait who are called ahead of agents.
    #[must_use]
    pub fn waiting_place(&self) -> Option<WaitingPlace> {
        let named = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let extension = named(&self.waiting_extension)?;
        Some(WaitingPlace { extension, message: named(&self.message_extension) })
    }

    /// The request that places calls.
    #[must_use]
    pub fn call_route(&self) -> CallRoute {
        let extension = self.web_call_extension.trim();
        match self.route {
            RouteWord::AgentFirst => CallRoute::AgentFirst,
            RouteWord::WebCall if extension.is_empty() => CallRoute::WebCall { connect_to: ConnectTo::Agent },
            RouteWord::WebCall => CallRoute::WebCall { connect_to: ConnectTo::Extension(extension.to_owned()) },
            RouteWord::LeadCall => CallRoute::LeadCall { text: self.lead_call_text.trim().to_owned() },
        }
    }
}

/// Who may deliver events of the provider.
#[derive(Debug, Clone, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebhookSettings {
    /// The last part of the address; empty when nobody may.
    pub secret: SecretString,
    /// The name that is asked for; empty for none.
    pub username: String,
    /// The password that is asked for.
    pub password: SecretString,
}

/// The simulator.
#[derive(Debug, Clone, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SimulatorSettings {
    /// The same seed makes the same calls.
    pub seed: u64,
    /// Simulated users when no agent is named.
    pub agents: u32,
    /// How callees, agents' phones and the network behave.
    pub carrier: CarrierSettings,
}

/// The dialing engine.
#[derive(Debug, Clone, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EngineSection {
    /// The provider's user ids of the campaign agents.
    #[serde(deserialize_with = "comma_separated")]
    pub agents: Vec<String>,
    /// Rest after a conversation, in seconds.
    pub wrap_up_seconds: u32,
    /// Rest of an agent whose phone could not be reached, in seconds.
    pub agent_rest_seconds: u32,
    /// Contacts kept ready for each campaign.
    pub horizon: usize,
    /// How late the call to a follow-up may be, in minutes.
    pub follow_up_tolerance_minutes: u32,
    /// Whether calls to numbers that are suppressed while they ring are hung up.
    pub hang_up_suppressed: bool,
    /// Wait between two rounds, in milliseconds.
    pub tick_milliseconds: u32,
    /// Wait between two looks at live calls, in seconds.
    pub sweep_seconds: u32,
    /// How long a call's record may take, in seconds.
    pub record_wait_seconds: u32,
    /// How long a lost answer may turn up, in seconds.
    pub answer_wait_seconds: u32,
    /// How long a call may last, in minutes.
    pub longest_call_minutes: u32,
    /// How long late records may correct, in seconds.
    pub correct_for_seconds: u32,
    /// How long a stop waits for answers, in seconds.
    pub drain_seconds: u32,
    /// How long campaigns wait for another node when theirs is gone, in seconds.
    pub lease_seconds: u32,
}

impl EngineSection {
    /// What the engine is told, with these phones and agents who work like that.
    #[must_use]
    pub fn with_agents(&self, agents: Vec<AgentLine>, desk: &AgentSection) -> EngineSettings {
        let seconds = |count: u32| Duration::seconds(count.into());
        EngineSettings {
            agents,
            inbound_owner: None,
            wrap_up: seconds(self.wrap_up_seconds),
            agent_rest: seconds(self.agent_rest_seconds),
            offer_for: seconds(desk.offer_seconds),
            agent_grace: seconds(desk.grace_seconds),
            horizon: self.horizon,
            follow_up_tolerance: Duration::minutes(self.follow_up_tolerance_minutes.into()),
            hang_up_suppressed: self.hang_up_suppressed,
            tick: Duration::milliseconds(self.tick_milliseconds.into()),
            sweep_every: seconds(self.sweep_seconds),
            record_wait: seconds(self.record_wait_seconds),
            answer_wait: seconds(self.answer_wait_seconds),
            longest_call: Duration::minutes(self.longest_call_minutes.into()),
            correct_for: seconds(self.correct_for_seconds),
            drain: seconds(self.drain_seconds),
            lease: seconds(self.lease_seconds),
        }
    }
}

/// How agents work.
#[derive(Debug, Clone, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgentSection {
    /// How long an agent may look at a contact, in seconds.
    pub offer_seconds: u32,
    /// How long an agent's client may be silent, in seconds; 0 is for ever.
    pub grace_seconds: u32,
    /// Why agents may pause.
    #[serde(deserialize_with = "pause_codes")]
    pub pause_codes: Vec<PauseCode>,
}

/// How numbers are read.
#[derive(Debug, Clone, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NumberSettings {
    /// The region of numbers without a country code.
    #[serde(deserialize_with = "from_text_or_empty")]
    pub default_region: Option<Region>,
}

/// What campaigns get that do not say otherwise.
#[derive(Debug, Clone, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DialingSettings {
    /// The zone of active hours.
    #[serde(deserialize_with = "from_text")]
    pub default_timezone: Zone,
}

/// The rules by which contacts may be called.
#[derive(Debug, Clone, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleSettings {
    /// A folder with packs of one's own.
    pub folder: String,
    /// Whether every place may be called at any hour. Only where no phone rings.
    pub open: bool,
    /// What campaigns are for that do not say.
    pub default_purpose: Purpose,
    /// Longest ringing, in seconds.
    pub longest_ring_seconds: u32,
    /// Whether calls that might ring beyond a window's end are not started.
    pub strict_window_end: bool,
}

/// Imports of contact lists.
#[derive(Debug, Clone, Copy, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImportSection {
    /// Longest list, in bytes.
    pub max_file_bytes: u64,
    /// Rows stored in one transaction.
    pub batch_rows: u32,
    /// Imports that run at once.
    pub parallel: usize,
}

impl ImportSection {
    /// What the runner is told.
    #[must_use]
    pub const fn for_runner(&self) -> ImportSettings {
        ImportSettings { batch_rows: self.batch_rows, parallel: self.parallel }
    }
}

/// What audio is taken in.
#[derive(Debug, Clone, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AudioSettings {
    /// Largest recording or voicemail drop, in MiB.
    pub upload_limit_mib: u32,
    /// What becomes of the provider's recordings.
    pub provider_recordings: ProviderRecordings,
    /// How often they are looked for, in seconds.
    pub collect_seconds: u32,
    /// How long they are waited for after a call, in minutes.
    pub collect_for_minutes: u32,
}

/// What becomes of the provider's recordings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ProviderRecordings {
    /// Copied into the data folder.
    Store,
    /// Left with the provider.
    Link,
    /// Not looked for.
    Off,
}

impl AudioSettings {
    /// The largest one in bytes.
    #[must_use]
    pub fn upload_limit(&self) -> u64 {
        u64::from(self.upload_limit_mib) * 1024 * 1024
    }

    /// What the collector of recordings is told.
    #[must_use]
    pub fn for_collector(&self) -> CollectorSettings {
        CollectorSettings {
            keeping: match self.provider_recordings {
                ProviderRecordings::Store => Keeping::Store,
                ProviderRecordings::Link => Keeping::Link,
                ProviderRecordings::Off => Keeping::Nothing,
            },
            every: Duration::seconds(self.collect_seconds.into()),
            patience: Duration::minutes(self.collect_for_minutes.into()),
        }
    }
}

/// What is logged.
#[derive(Debug, Clone, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogSettings {
    /// By level and module.
    pub filter: String,
    /// Whether each line is a JSON object.
    pub json: bool,
}

fn from_text<'de, D: Deserializer<'de>, T: FromStr<Err: fmt::Display>>(deserializer: D) -> Result<T, D::Error> {
    String::deserialize(deserializer)?.trim().parse().map_err(Error::custom)
}

fn from_text_or_empty<'de, D: Deserializer<'de>, T: FromStr<Err: fmt::Display>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    match String::deserialize(deserializer)?.trim() {
        "" => Ok(None),
        text => text.parse().map(Some).map_err(Error::custom),
    }
}

/// A list, or one text with commas, as the environment gives it.
fn pause_codes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<PauseCode>, D::Error> {
    let code = |text: String| {
        PauseCode::parse(&text)
            .ok_or_else(|| Error::custom(format!("`{text}` is no pause code; use 1 to 40 of a to z, 0 to 9 and -")))
    };
    comma_separated(deserializer)?.into_iter().map(code).collect()
}

fn comma_separated<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    struct Texts;

    impl<'de> Visitor<'de> for Texts {
        type Value = Vec<String>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list, or texts separated by commas")
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
            Ok(text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect())
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
            let mut texts = Vec::new();
            while let Some(text) = list.next_element::<String>()? {
                texts.push(text);
            }
            Ok(texts)
        }
    }

    deserializer.deserialize_any(Texts)
}
