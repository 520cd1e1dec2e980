//! Whose calls are watched, where, and with which credentials.

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use dialer_domain::telephony::AgentLine;
use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};

use crate::wire;

/// The account's own SIP credentials, as `GET /me` tells them. `Debug` shows no password.
#[derive(Clone)]
pub struct SipAccount {
    /// The provider's id of the user, which is the SIP user too.
    pub user_id: String,
    /// The account's SIP domain, which is also the host of its server.
    pub domain: String,
    /// The user's SIP password.
    pub password: SecretString,
}

impl fmt::Debug for SipAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SipAccount")
            .field("user_id", &self.user_id)
            .field("domain", &self.domain)
            .finish_non_exhaustive()
    }
}

/// What is watched, and how. [`LiveSettings::new`] fills in everything but the agents.
#[derive(Debug, Clone)]
pub struct LiveSettings {
    /// Whose calls are watched: the provider's user ids.
    pub agents: Vec<AgentLine>,
    /// The server's address, `wss://…`, or `ws://…` on this machine. `None` takes the account's SIP domain, port 443.
    pub url: Option<String>,
    /// Longest wait for a connection, TLS and the WebSocket's beginning included. Real time.
    pub connect_timeout: Duration,
}

impl LiveSettings {
    /// The account's own server, and a wait that suits it.
    #[must_use]
    pub fn new(agents: Vec<AgentLine>) -> Self {
        Self { agents, url: None, connect_timeout: Duration::from_secs(15) }
    }

    /// Checks what can be checked without the account.
    pub(super) fn validate(&self) -> Result<(), LiveSettingsError> {
        if self.agents.is_empty() {
            return Err(LiveSettingsError::NoAgents);
        }
        if let Some(agent) = self.agents.iter().find(|agent| !wire::is_id(agent.as_str())) {
            return Err(LiveSettingsError::Agent { agent: agent.clone() });
        }
        if let Some(url) = &self.url {
            server(url)?;
        }
        if !(Duration::from_millis(1)..=Duration::from_mins(10)).contains(&self.connect_timeout) {
            return Err(LiveSettingsError::ConnectTimeout { given: self.connect_timeout });
        }
        Ok(())
    }
}

/// Why live events cannot be had this way.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LiveSettingsError {
    /// Nobody is to be watched.
    #[error("agents: live events need at least one agent to watch")]
    NoAgents,
    /// No SIP address can be made of the agent's name.
    #[error("agents: `{agent}` is no user id of the provider; those are whole numbers, such as 10021")]
    Agent {
        /// The agent.
        agent: AgentLine,
    },
    /// The server's address cannot be used.
    #[error("url: {reason}")]
    Url {
        /// What to mend.
        reason: &'static str,
    },
    /// The wait is zero or endless.
    #[error("connect_timeout: {given:?} is not between 1 ms and 10 minutes")]
    ConnectTimeout {
        /// Its value.
        given: Duration,
    },
    /// The account's user id or domain cannot stand in a SIP address.
    #[error("the account has no usable {what}")]
    Account {
        /// Which part.
        what: &'static str,
    },
}

/// Checks an address of the server.
pub(super) fn server(text: &str) -> Result<Url, LiveSettingsError> {
    let refused = |reason| LiveSettingsError::Url { reason };
    let url = Url::parse(text.trim()).map_err(|_| refused("it is not a URL; it looks like wss://host"))?;
    let host = url.host_str().filter(|host| !host.is_empty()).ok_or(refused("it names no host"))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(refused("it must not hold a user name or password"));
    }
    match url.scheme() {
        "wss" => Ok(url),
        "ws" if is_this_machine(host) => Ok(url),
        "ws" => Err(refused("it must start with wss://, or numbers would travel in the clear")),
        _ => Err(refused("it must start with wss://")),
    }
}

fn is_this_machine(host: &str) -> bool {
    host == "localhost" || host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

impl SipAccount {
    /// The address to connect to: `url` where it is given, else the account's own server.
    pub(super) fn server(&self, url: Option<&str>) -> Result<Url, LiveSettingsError> {
        if !wire::is_id(&self.user_id) {
            return Err(LiveSettingsError::Account { what: "user id" });
        }
        let domain = &self.domain;
        let known = domain.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'));
        if domain.is_empty() || !known {
            return Err(LiveSettingsError::Account { what: "SIP domain" });
        }
        if self.password.expose_secret().is_empty() {
            return Err(LiveSettingsError::Account { what: "SIP password" });
        }
        match url {
            Some(url) => server(url),
            None => server(&format!("wss://{domain}:443/")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn account(user_id: &str, domain: &str, password: &str) -> SipAccount {
        SipAccount { user_id: user_id.to_owned(), domain: domain.to_owned(), password: SecretString::from(password) }
    }

    #[test]
    fn the_server_is_the_account_s_domain_unless_the_settings_say_otherwise() {
        let account = account("10021", "sip.example.com", "hunter2");
        assert_eq!(account.server(None).unwrap().as_str(), "wss://sip.example.com/");
        assert_eq!(account.server(Some("ws://127.0.0.1:9001")).unwrap().as_str(), "ws://127.0.0.1:9001/");
        assert!(!format!("{account:?}").contains("hunter2"));
    }

    #[rstest]
    #[case("sip.example.com", "not a URL")]
    #[case("https://sip.example.com", "wss://")]
    #[case("ws://sip.example.com", "in the clear")]
    #[case("ws://192.168.1.20", "in the clear")]
    #[case("ws://localhost.example.com", "in the clear")]
    #[case("wss://ana:secret@sip.example.com", "user name or password")]
    fn an_address_that_cannot_work_is_refused_with_a_reason(#[case] url: &str, #[case] reason: &str) {
        let settings = LiveSettings { url: Some(url.to_owned()), ..LiveSettings::new(vec![AgentLine::new("10021")]) };
        let error = settings.validate().unwrap_err().to_string();
        assert!(error.starts_with("url: ") && error.contains(reason), "{error}");
        assert!(!error.contains("secret"));
    }

    #[rstest]
    #[case("ws://localhost:9001")]
    #[case("ws://[::1]:9001/")]
    #[case("wss://sip.example.com:8443/ws")]
    fn an_address_over_tls_or_on_this_machine_is_accepted(#[case] url: &str) {
        assert!(server(url).is_ok());
    }

    #[rstest]
    #[case("", "sip.example.com", "pw", "user id")]
    #[case("10021>", "sip.example.com", "pw", "user id")]
    #[case("10021", "", "pw", "SIP domain")]
    #[case("10021", "sip.example.com/x?y", "pw", "SIP domain")]
    #[case("10021", "sip.example.com\r\nX: y", "pw", "SIP domain")]
    #[case("10021", "sip.example.com", "", "SIP password")]
    fn an_account_that_cannot_stand_in_an_address_is_refused(
        #[case] user: &str,
        #[case] domain: &str,
        #[case] password: &str,
        #[case] what: &'static str,
    ) {
        assert_eq!(account(user, domain, password).server(None).unwrap_err(), LiveSettingsError::Account { what });
    }

    #[rstest]
    #[case(&[])]
    #[case(&["10021", "sip:10022@x"])]
    fn agents_that_have_no_sip_address_are_refused(#[case] agents: &[&str]) {
        let agents = agents.iter().map(|agent| AgentLine::new(*agent)).collect();
        assert!(LiveSettings::new(agents).validate().is_err());
    }
}
