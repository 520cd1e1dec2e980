//! Which telephone network the program is on: chosen by the settings, or handed in.

use std::sync::Arc;
use std::time::Duration;

use dialer_app::SystemIds;
use dialer_domain::clock::Clock;
use dialer_domain::telephony::{AgentLine, Telephony};
use dialer_simulator::{SettingsError as SimulatorError, SimulatedTelephony, SimulatedUser};
use dialer_voipstudio::{
    LiveEvents, LiveSettings, LiveSettingsError, SettingsError as VoipStudioError, VoipStudio, VoipStudioSettings,
};
use secrecy::ExposeSecret;
use serde::Serialize;
use utoipa::ToSchema;

use crate::settings::{LiveEventsFrom, Provider, Settings, TelephonySettings};

/// Who places the calls. Every answer of the API says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum TelephonyKind {
    /// A carrier that is not there: nobody is called.
    Simulator,
    /// VoIPstudio.
    VoipStudio,
}

impl TelephonyKind {
    /// What the settings choose.
    #[must_use]
    pub fn of(settings: &TelephonySettings) -> Self {
        match settings.provider {
            Provider::Simulator => Self::Simulator,
            Provider::Auto if settings.voipstudio.api_key.expose_secret().trim().is_empty() => Self::Simulator,
            Provider::Auto | Provider::VoipStudio => Self::VoipStudio,
        }
    }

    /// The word for it in settings, headers and answers.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Simulator => "simulator",
            Self::VoipStudio => "voipstudio",
        }
    }
}

/// Why the chosen network cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum NetworkError {
    /// VoIPstudio's settings.
    #[error("{0}; mend VOIPSTUDIO_API_KEY, VOIPSTUDIO_BASE_URL or the section `telephony`")]
    VoipStudio(#[from] VoipStudioError),
    /// The simulator's settings.
    #[error("the simulator cannot be set up: {0}; mend the section `telephony.simulator`")]
    Simulator(#[from] SimulatorError),
    /// Live events.
    #[error(
        "live events cannot be had: {0}; mend `telephony.voipstudio.live_events_url` or `engine.agents`, or turn `telephony.voipstudio.live_events` off"
    )]
    Live(#[from] LiveSettingsError),
    /// An agent that cannot be one.
    #[error("the agent `{0}` is no user id of the provider; those are whole numbers, such as 10021")]
    Agent(AgentLine),
}

/// A telephone network with the agents on it.
#[derive(Clone)]
pub struct Network {
    /// The port to it.
    pub telephony: Arc<dyn Telephony>,
    /// What to call it in answers.
    pub kind: TelephonyKind,
    /// The agents who take campaign calls.
    pub agents: Vec<AgentLine>,
    /// Whose phone rings for calls that people place; `None` leaves it to the provider.
    pub default_line: Option<AgentLine>,
    /// Tells of the agents' calls as they happen, where the settings want it.
    pub live: Option<Arc<LiveEvents>>,
    /// Whose request budget nodes may share.
    pub budget: Option<VoipStudio>,
}

impl Network {
    /// The network that the settings choose.
    ///
    /// # Errors
    /// What is wrong with the settings of that network.
    pub fn choose(settings: &Settings, clock: Arc<dyn Clock>) -> Result<Self, NetworkError> {
        let kind = TelephonyKind::of(&settings.telephony);
        match kind {
            TelephonyKind::VoipStudio => voipstudio(settings, clock),
            TelephonyKind::Simulator => simulator(settings, clock),
        }
    }
}

/// `engine.agents`, else the one user named for VoIPstudio.
fn named_agents(settings: &Settings) -> Vec<AgentLine> {
    let username = settings.telephony.voipstudio.username.trim();
    if settings.engine.agents.is_empty() && !username.is_empty() {
        return vec![AgentLine::new(username)];
    }
    settings.engine.agents.iter().map(|agent| AgentLine::new(agent.trim())).collect()
}

fn default_line(settings: &Settings) -> Option<AgentLine> {
    let username = settings.telephony.voipstudio.username.trim();
    (!username.is_empty()).then(|| AgentLine::new(username))
}

/// VoIPstudio as the settings have it.
///
/// # Errors
/// What is wrong with the settings.
pub(crate) fn voipstudio_adapter(settings: &Settings, clock: Arc<dyn Clock>) -> Result<VoipStudio, NetworkError> {
    // Only the first call does something; the provider's client needs one to be installed.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let telephony = &settings.telephony;
    let seconds = |count: u32| Duration::from_secs(count.into());
    Ok(VoipStudio::new(
        VoipStudioSettings {
            base_url: telephony.voipstudio.base_url.clone(),
            connect_timeout: seconds(telephony.connect_timeout_seconds),
            request_timeout: seconds(telephony.request_timeout_seconds),
            dial_timeout: seconds(telephony.dial_timeout_seconds),
            longest_wait: seconds(telephony.longest_wait_seconds),
            requests_per_minute: telephony.requests_per_minute,
            route: telephony.voipstudio.call_route(),
            ahead: telephony.voipstudio.waiting_place(),
            ..VoipStudioSettings::new(telephony.voipstudio.api_key.clone())
        },
        clock,
    )?)
}

fn voipstudio(settings: &Settings, clock: Arc<dyn Clock>) -> Result<Network, NetworkError> {
    let adapter = voipstudio_adapter(settings, Arc::clone(&clock))?;
    let agents = named_agents(settings);
    Ok(Network {
        live: live_events(settings, &adapter, &agents, clock)?,
        budget: Some(adapter.clone()),
        telephony: Arc::new(adapter),
        kind: TelephonyKind::VoipStudio,
        agents,
        default_line: default_line(settings),
    })
}

fn live_events(
    settings: &Settings,
    adapter: &VoipStudio,
    agents: &[AgentLine],
    clock: Arc<dyn Clock>,
) -> Result<Option<Arc<LiveEvents>>, LiveSettingsError> {
    let TelephonySettings { voipstudio, connect_timeout_seconds, .. } = &settings.telephony;
    if voipstudio.live_events == LiveEventsFrom::Off {
        return Ok(None);
    }
    let url = voipstudio.live_events_url.trim();
    let watched = LiveSettings {
        url: (!url.is_empty()).then(|| url.to_owned()),
        connect_timeout: Duration::from_secs((*connect_timeout_seconds).into()),
        ..LiveSettings::new(agents.to_vec())
    };
    Ok(Some(Arc::new(LiveEvents::new(adapter.clone(), watched, clock, Arc::new(SystemIds))?)))
}

fn simulator(settings: &Settings, clock: Arc<dyn Clock>) -> Result<Network, NetworkError> {
    let section = &settings.telephony.simulator;
    let named = named_agents(settings);
    let users = simulated_users(&named, section.agents)?;
    let lines: Vec<AgentLine> = users.iter().map(|user| AgentLine::new(user.id.to_string())).collect();
    let telephony = SimulatedTelephony::new(section.carrier.clone(), section.seed, users, clock)?;
    Ok(Network {
        telephony: Arc::new(telephony),
        kind: TelephonyKind::Simulator,
        default_line: default_line(settings).or_else(|| lines.first().cloned()),
        agents: if named.is_empty() { lines } else { named },
        live: None,
        budget: None,
    })
}

/// The simulated account has the users that the settings name, else as many as they ask for.
fn simulated_users(named: &[AgentLine], count: u32) -> Result<Vec<SimulatedUser>, NetworkError> {
    if named.is_empty() {
        return Ok(SimulatedUser::crew(count));
    }
    let crew = SimulatedUser::crew(u32::try_from(named.len()).unwrap_or(u32::MAX));
    named
        .iter()
        .zip(crew)
        .map(|(line, user)| {
            let id = line.as_str().parse().map_err(|_| NetworkError::Agent(line.clone()))?;
            Ok(SimulatedUser { id, ..user })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use dialer_app::SystemClock;

    use super::*;
    use crate::settings::Environment;

    const KEY: (&str, &str) = ("VOIPSTUDIO_API_KEY", "0123456789abcdef0123456789abcdef01234567");

    fn choose(pairs: &[(&str, &str)]) -> Result<Network, NetworkError> {
        let environment: Environment = pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        Network::choose(&Settings::load(None, &environment).unwrap(), Arc::new(SystemClock))
    }

    fn lines(lines: &[AgentLine]) -> Vec<&str> {
        lines.iter().map(AgentLine::as_str).collect()
    }

    #[test]
    fn an_api_key_makes_the_calls_real_unless_the_simulator_is_asked_for() {
        assert_eq!(choose(&[]).unwrap().kind, TelephonyKind::Simulator);
        assert_eq!(choose(&[KEY]).unwrap().kind, TelephonyKind::VoipStudio);
        let simulated = choose(&[KEY, ("DIALER__TELEPHONY__PROVIDER", "simulator")]).unwrap();
        assert_eq!(simulated.kind, TelephonyKind::Simulator);
    }

    #[test]
    fn campaign_agents_are_those_named_else_the_one_user_else_the_simulated_crew() {
        let named = [KEY, ("VOIPSTUDIO_USERNAME", "10021"), ("DIALER__ENGINE__AGENTS", "10022,10023")];
        let network = choose(&named).unwrap();
        assert_eq!(lines(&network.agents), ["10022", "10023"]);
        assert_eq!(network.default_line, Some(AgentLine::new("10021")));
        let network = choose(&named[..2]).unwrap();
        assert_eq!(lines(&network.agents), ["10021"]);
        let network = choose(&[KEY]).unwrap();
        assert_eq!((lines(&network.agents).len(), network.default_line), (0, None));
        let network = choose(&[]).unwrap();
        assert_eq!(lines(&network.agents), ["10001", "10002", "10003"]);
        assert_eq!(network.default_line, Some(AgentLine::new("10001")));
    }

    #[test]
    fn live_events_are_off_unless_they_are_asked_for_and_need_agents_and_a_safe_address() {
        const ON: (&str, &str) = ("DIALER__TELEPHONY__VOIPSTUDIO__LIVE_EVENTS", "sip");
        const AGENTS: (&str, &str) = ("DIALER__ENGINE__AGENTS", "10022");
        const URL: &str = "DIALER__TELEPHONY__VOIPSTUDIO__LIVE_EVENTS_URL";
        assert!(choose(&[KEY, AGENTS]).unwrap().live.is_none());
        assert!(choose(&[KEY, AGENTS, ON]).unwrap().live.is_some());
        assert!(choose(&[ON]).unwrap().live.is_none(), "the simulator has none");
        let error = choose(&[KEY, ON]).err().unwrap().to_string();
        assert!(error.contains("at least one agent") && error.contains("`engine.agents`"), "{error}");
        let error = choose(&[KEY, AGENTS, ON, (URL, "ws://sip.example.com")]).err().unwrap().to_string();
        assert!(error.contains("in the clear") && error.contains("live_events_url"), "{error}");
    }

    #[tokio::test]
    async fn the_simulated_account_has_the_users_that_the_settings_name() {
        let network = choose(&[("DIALER__ENGINE__AGENTS", "10022,10023")]).unwrap();
        let users = network.telephony.users().await.unwrap();
        let known: Vec<&str> = users.iter().map(|user| user.line.as_str()).collect();
        assert_eq!(known, ["10022", "10023"]);
        let error = choose(&[("DIALER__ENGINE__AGENTS", "reception")]).err().unwrap();
        assert!(error.to_string().contains("`reception` is no user id"), "{error}");
    }
}
