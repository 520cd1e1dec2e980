//! How to reach the provider, and how long to wait for it.

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};

use crate::route::{CallRoute, ConnectTo, is_extension};

/// The provider's address, version 1.2 of the API.
pub const DEFAULT_BASE_URL: &str = "https://l7api.com/v1.2/voipstudio";

const TIMEOUTS: std::ops::RangeInclusive<Duration> = Duration::from_millis(1)..=Duration::from_mins(10);
const REQUESTS_PER_MINUTE: std::ops::RangeInclusive<u32> = 1..=6000;
const PAGE_LIMIT: std::ops::RangeInclusive<u32> = 1..=1000;

/// Settings of the adapter. [`VoipStudioSettings::new`] fills in everything but the API key.
#[derive(Clone)]
pub struct VoipStudioSettings {
    /// Where the API lives, up to and including its version and name.
    pub base_url: String,
    /// The account's API key, sent as `X-Auth-Token`.
    pub api_key: SecretString,
    /// Longest wait for a connection, TLS included; shorter than the other two, so that a request which never left
    /// is known as one. Real time.
    pub connect_timeout: Duration,
    /// Longest wait for a whole answer. Real time.
    pub request_timeout: Duration,
    /// Longest wait for the answer to `POST /calls`, which the provider holds back until the agent has picked
    /// up. Real time.
    pub dial_timeout: Duration,
    /// Requests allowed in any 60 seconds of the dialer's clock. The provider documents no number.
    pub requests_per_minute: u32,
    /// Longest wait for a turn when that budget is short, by the dialer's clock. After it the request is given up
    /// unsent, as throttled.
    pub longest_wait: Duration,
    /// Call records asked for at a time.
    pub cdr_page_limit: u32,
    /// Which request places calls. Other routes than the agent-first one work once a probe has found them.
    pub route: CallRoute,
    /// Where customers wait who are called ahead of agents; `None` where none are. Only with the agent-first route, by which
    /// calls go that an agent takes for sure.
    pub ahead: Option<WaitingPlace>,
}

/// Where a customer who answered waits until they are handed to an agent. Calls ahead of agents are web calls
/// ([`CallRoute::WebCall`]), and work once a probe has found that route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingPlace {
    /// The extension that the customer is connected to, 3 to 17 digits: a queue that nobody is in, or a menu without a choice.
    pub extension: String,
    /// The extension that plays the message for whom no agent was there, and hangs up; `None` hangs up without a word.
    pub message: Option<String>,
}

impl VoipStudioSettings {
    /// The provider's public address, and waits that suit it.
    #[must_use]
    pub fn new(api_key: SecretString) -> Self {
        Self {
            base_url: DEFAULT_BASE_URL.to_owned(),
            api_key,
            connect_timeout: Duration::from_secs(5),
            request_timeout: Duration::from_secs(20),
            dial_timeout: Duration::from_secs(75),
            requests_per_minute: 100,
            longest_wait: Duration::from_secs(30),
            cdr_page_limit: 100,
            route: CallRoute::AgentFirst,
            ahead: None,
        }
    }

    /// The customer-first route that calls take, all of them or those ahead of agents.
    pub(crate) fn customer_first(&self) -> Option<CallRoute> {
        let ahead = self
            .ahead
            .as_ref()
            .map(|place| CallRoute::WebCall { connect_to: ConnectTo::Extension(place.extension.clone()) });
        if self.route.customer_first().is_some() { Some(self.route.clone()) } else { ahead }
    }

    /// Checks everything and returns the base URL.
    pub(crate) fn validate(&self) -> Result<Url, SettingsError> {
        let mut problems = Vec::new();
        let url = base_url(&self.base_url).map_err(|reason| problems.push(SettingsProblem::BaseUrl { reason })).ok();
        if let Err(reason) = check_key(self.api_key.expose_secret()) {
            problems.push(SettingsProblem::ApiKey { reason });
        }
        let waits = [
            ("connect_timeout", self.connect_timeout),
            ("request_timeout", self.request_timeout),
            ("dial_timeout", self.dial_timeout),
            ("longest_wait", self.longest_wait),
        ];
        for (field, given) in waits {
            if !TIMEOUTS.contains(&given) {
                problems.push(SettingsProblem::Wait { field, given });
            }
        }
        // A connection that takes as long as the request may take would look like a request that was sent.
        if self.connect_timeout >= self.request_timeout.min(self.dial_timeout) {
            problems.push(SettingsProblem::ConnectTooLong);
        }
        let numbers = [
            ("requests_per_minute", self.requests_per_minute, REQUESTS_PER_MINUTE),
            ("cdr_page_limit", self.cdr_page_limit, PAGE_LIMIT),
        ];
        for (field, given, range) in numbers {
            if !range.contains(&given) {
                problems.push(SettingsProblem::Number { field, given, least: *range.start(), most: *range.end() });
            }
        }
        if let Err(problem) = self.route.validate() {
            problems.push(problem);
        }
        if let Some(place) = &self.ahead {
            problems.extend(self.check_ahead(place));
        }
        match url {
            Some(url) if problems.is_empty() => Ok(url),
            _ => Err(SettingsError { problems }),
        }
    }
}

impl VoipStudioSettings {
    fn check_ahead(&self, place: &WaitingPlace) -> Option<SettingsProblem> {
        let reason = if self.route.customer_first().is_some() {
            "a waiting place goes with the agent-first route, by which calls go that an agent takes for sure"
        } else if !is_extension(&place.extension) {
            "the extension where customers wait must have 3 to 17 digits"
        } else if place.message.as_deref().is_some_and(|message| !is_extension(message)) {
            "the extension of the message must have 3 to 17 digits"
        } else {
            return None;
        };
        Some(SettingsProblem::Route { reason })
    }
}

impl fmt::Debug for VoipStudioSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // An address with credentials in it is refused, but may be printed before it is.
        let base_url = self.base_url.rsplit('@').next().unwrap_or_default();
        f.debug_struct("VoipStudioSettings")
            .field("base_url", &base_url)
            .field("api_key", &self.api_key)
            .field("connect_timeout", &self.connect_timeout)
            .field("request_timeout", &self.request_timeout)
            .field("dial_timeout", &self.dial_timeout)
            .field("requests_per_minute", &self.requests_per_minute)
            .field("longest_wait", &self.longest_wait)
            .field("cdr_page_limit", &self.cdr_page_limit)
            .field("route", &self.route)
            .field("ahead", &self.ahead)
            .finish()
    }
}

fn base_url(text: &str) -> Result<Url, &'static str> {
    let url = Url::parse(text.trim()).map_err(|_| "it is not a URL; it looks like https://host/v1.2/voipstudio")?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err("it must start with https://");
    }
    let host = url.host_str().filter(|host| !host.is_empty()).ok_or("it names no host")?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err("it must not hold a user name or password; the API key has its own setting");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("it must end with the path, without ? or #");
    }
    if url.scheme() == "http" && !is_nearby(host) {
        return Err("it must start with https://, or the API key would travel in the clear");
    }
    Ok(url)
}

/// Whether a host is this machine or one of a private network, where a stand-in for the provider may run
/// without TLS.
fn is_nearby(host: &str) -> bool {
    match host.trim_matches(['[', ']']).parse::<IpAddr>() {
        Ok(IpAddr::V4(ip)) => ip.is_loopback() || ip.is_private(),
        Ok(IpAddr::V6(ip)) => ip.is_loopback() || ip.is_unique_local(),
        Err(_) => !host.contains('.'),
    }
}

fn check_key(key: &str) -> Result<(), &'static str> {
    if key.trim().is_empty() {
        return Err("it is empty");
    }
    if !key.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err("it holds white space or characters that no key has; copy it once more");
    }
    Ok(())
}

/// Settings that cannot be worked with: every problem found.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the VoIPstudio settings cannot be used: {}", list(problems))]
pub struct SettingsError {
    /// What is wrong, at least one thing.
    pub problems: Vec<SettingsProblem>,
}

impl From<SettingsProblem> for SettingsError {
    fn from(problem: SettingsProblem) -> Self {
        Self { problems: vec![problem] }
    }
}

fn list(problems: &[SettingsProblem]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// One thing that is wrong with the settings. Never shows the API key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingsProblem {
    /// The address cannot be used.
    #[error("base_url: {reason}")]
    BaseUrl {
        /// What to mend.
        reason: &'static str,
    },
    /// There is no API key, or none that can be sent.
    #[error("api_key: {reason}")]
    ApiKey {
        /// What to mend.
        reason: &'static str,
    },
    /// A wait is zero or endless.
    #[error("{field}: {given:?} is not between 1 ms and 10 minutes")]
    Wait {
        /// The setting.
        field: &'static str,
        /// Its value.
        given: Duration,
    },
    /// Connecting may take as long as the whole request.
    #[error("connect_timeout: it must be shorter than request_timeout and dial_timeout")]
    ConnectTooLong,
    /// A number is out of range.
    #[error("{field}: {given} is not between {least} and {most}")]
    Number {
        /// The setting.
        field: &'static str,
        /// Its value.
        given: u32,
        /// The least that is allowed.
        least: u32,
        /// The most that is allowed.
        most: u32,
    },
    /// Calls cannot be placed by the route as it is set.
    #[error("route: {reason}")]
    Route {
        /// What to mend.
        reason: &'static str,
    },
    /// This machine cannot make HTTPS requests, for one because it has no root certificates.
    #[error("HTTPS cannot be set up ({reason}); it needs the system's root certificates, package ca-certificates")]
    Client {
        /// What the HTTP library says.
        reason: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    const KEY: &str = "0123456789abcdef0123456789abcdef01234567";

    fn settings() -> VoipStudioSettings {
        VoipStudioSettings::new(SecretString::from(KEY))
    }

    fn problems(settings: &VoipStudioSettings) -> Vec<String> {
        settings.validate().unwrap_err().problems.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_key_is_all_that_has_to_be_given() {
        assert_eq!(settings().validate().unwrap().as_str(), DEFAULT_BASE_URL);
    }

    #[rstest]
    #[case("http://127.0.0.1:8080/v1.2/voipstudio")]
    #[case("http://localhost:8080")]
    #[case("http://[::1]:8080/")]
    #[case("http://provider:8080/v1.2/voipstudio")]
    #[case("http://192.168.1.20/api")]
    #[case("https://api.example.com/v2/")]
    fn an_address_over_https_or_close_by_is_accepted(#[case] url: &str) {
        assert!(VoipStudioSettings { base_url: url.to_owned(), ..settings() }.validate().is_ok());
    }

    #[rstest]
    #[case("", "not a URL")]
    #[case("l7api.com/v1.2", "not a URL")]
    #[case("ftp://l7api.com/", "https://")]
    #[case("http://l7api.com/v1.2/voipstudio", "in the clear")]
    #[case("http://203.0.113.7/v1.2", "in the clear")]
    #[case("https://ana:secret@l7api.com/", "user name or password")]
    #[case("https://l7api.com/?page=1", "without ?")]
    fn an_address_that_cannot_work_is_refused_with_a_reason(#[case] url: &str, #[case] reason: &str) {
        let found = problems(&VoipStudioSettings { base_url: url.to_owned(), ..settings() });
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].starts_with("base_url: ") && found[0].contains(reason), "{found:?}");
    }

    #[rstest]
    #[case("")]
    #[case("   ")]
    #[case("0123456789abcdef\n")]
    #[case("key with spaces")]
    #[case("clé")]
    fn a_key_that_cannot_be_sent_is_refused_and_not_shown(#[case] key: &str) {
        let settings = VoipStudioSettings { api_key: SecretString::from(key), ..settings() };
        let found = problems(&settings);
        assert!(found[0].starts_with("api_key: "), "{found:?}");
        assert!(key.trim().is_empty() || !found[0].contains(key.trim()));
    }

    #[test]
    fn every_problem_is_told_at_once() {
        let wrong = VoipStudioSettings {
            base_url: "nowhere".to_owned(),
            api_key: SecretString::from(""),
            connect_timeout: Duration::from_secs(30),
            dial_timeout: Duration::ZERO,
            requests_per_minute: 0,
            cdr_page_limit: 5000,
            ..settings()
        };
        let found = problems(&wrong);
        for field in ["base_url", "api_key", "dial_timeout", "connect_timeout", "requests_per_minute", "cdr_page_limit"]
        {
            assert!(found.iter().any(|problem| problem.starts_with(field)), "{field} is missing from {found:?}");
        }
        assert!(wrong.validate().unwrap_err().to_string().contains("between 1 and 6000"));
    }

    #[test]
    fn printed_settings_show_no_secret() {
        let shown =
            format!("{:?}", VoipStudioSettings { base_url: "https://ana:hunter2@l7api.com/".to_owned(), ..settings() });
        assert!(!shown.contains(KEY) && !shown.contains("hunter2"), "{shown}");
        assert!(shown.contains("l7api.com"));
    }
}
