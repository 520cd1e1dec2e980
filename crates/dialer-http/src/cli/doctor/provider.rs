//! The provider, its users, and the agents that the settings name.

use std::sync::Arc;

use dialer_app::SystemClock;
use dialer_domain::telephony::{AgentLine, ProviderUser, TelephonyError};

use super::Check;
use crate::settings::Settings;
use crate::telephony::{Network, TelephonyKind};

const NAME: &str = "provider";

pub(super) async fn checks(settings: &Settings) -> Vec<Check> {
    let network = match Network::choose(settings, Arc::new(SystemClock)) {
        Ok(network) => network,
        Err(error) => return vec![Check::fail(NAME, error.to_string(), "mend the settings")],
    };
    look_at(&network).await
}

pub(super) async fn look_at(network: &Network) -> Vec<Check> {
    if let Err(error) = network.telephony.health().await {
        return vec![Check::fail(NAME, error.to_string(), advice(&error))];
    }
    let users = match network.telephony.users().await {
        Ok(users) => users,
        Err(error) => {
            return vec![
                Check::ok(NAME, "answers and accepts the credentials"),
                Check::fail("users", error.to_string(), advice(&error)),
            ];
        }
    };
    let mut found = vec![match network.kind {
        TelephonyKind::Simulator => Check::warn(
            NAME,
            "the simulator: nobody is called",
            "set VOIPSTUDIO_API_KEY and VOIPSTUDIO_USERNAME to place real calls",
        ),
        TelephonyKind::VoipStudio => {
            Check::ok(NAME, format!("VoIPstudio, accepts the API key, has {} users", users.len()))
        }
    }];
    if network.agents.is_empty() {
        found.push(Check::warn(
            "agents",
            "none: campaigns will not dial",
            "set DIALER__ENGINE__AGENTS, or VOIPSTUDIO_USERNAME, to ids of users of the provider account",
        ));
    }
    found.extend(network.agents.iter().map(|agent| look_at_agent(agent, &users)));
    if let Some(line) = network.default_line.as_ref().filter(|line| !network.agents.contains(line)) {
        found.push(look_at_agent(line, &users));
    }
    found
}

fn look_at_agent(agent: &AgentLine, users: &[ProviderUser]) -> Check {
    const NAME: &str = "agent";
    match users.iter().find(|user| user.line == *agent) {
        None => {
            let mut known: Vec<&str> = users.iter().map(|user| user.line.as_str()).take(20).collect();
            known.sort_unstable();
            Check::fail(
                NAME,
                format!("{agent} is no user of the provider account"),
                format!("use user ids, not extensions or log-in names; the account has {}", known.join(", ")),
            )
        }
        Some(user) if !user.active => Check::fail(
            NAME,
            format!("{agent} is not active in the provider account"),
            "activate the user there, or name another one",
        ),
        Some(ProviderUser { devices: Some(0), .. }) => Check::warn(
            NAME,
            format!("{agent} has no phone configured, so calls for this agent fail"),
            "add a phone to the user in the provider's dashboard, or sign in to the provider's app",
        ),
        Some(ProviderUser { devices: Some(1), .. }) => Check::ok(NAME, format!("{agent}, active, 1 phone")),
        Some(ProviderUser { devices: Some(count), .. }) => Check::ok(NAME, format!("{agent}, active, {count} phones")),
        Some(ProviderUser { devices: None, .. }) => Check::ok(NAME, format!("{agent}, active")),
    }
}

pub(super) fn advice(error: &TelephonyError) -> &'static str {
    match error {
        TelephonyError::Unauthorized { .. } => {
            "make a new API key in the provider's dashboard, one that does not expire, and set VOIPSTUDIO_API_KEY"
        }
        TelephonyError::Throttled { .. } => "wait a minute, and lower telephony.requests_per_minute if this comes back",
        TelephonyError::Unavailable { .. } | TelephonyError::OutcomeUnknown { .. } => {
            "check VOIPSTUDIO_BASE_URL and this machine's way to the internet; the provider may also be down"
        }
        TelephonyError::Misconfigured { .. } => "mend the provider account as it says",
        TelephonyError::Refused { .. } | TelephonyError::AgentUnreachable { .. } | TelephonyError::NoSuchCall => {
            "this is not an answer that was expected; check VOIPSTUDIO_BASE_URL"
        }
    }
}
