//! `dialer doctor`: looks at everything an installation needs, and says what to mend.

mod account;
mod checks;
mod provider;
mod trial;

use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use dialer_app::SystemClock;
use dialer_domain::phone::PhoneNumber;
use serde::Serialize;

use super::{Installation, say};
use crate::settings::Settings;
use crate::telephony::{Network, TelephonyKind};

const EXAMPLES: &str = "\
Examples:
  dialer doctor
  dialer doctor --provider                              what the VoIPstudio account offers
  dialer doctor --provider --call-me +442079460001      one call to your own phone, watched to its end
  dialer doctor --json | jq '.checks[] | select(.status != \"ok\")'

Each line begins with ok, warn or fail. Exits with 1 when something fails. Nothing is changed, and nobody is called
without --call-me.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct DoctorArgs {
    /// Print JSON.
    #[arg(long)]
    json: bool,
    /// Look at the provider account alone, and more closely.
    #[arg(long)]
    provider: bool,
    /// Call this number, your own, and tell how the provider behaves; the call costs what a call costs.
    #[arg(long, value_name = "NUMBER", requires = "provider")]
    call_me: Option<String>,
    #[command(flatten)]
    installation: Installation,
}

/// How a check came out, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
enum Status {
    Ok,
    Warn,
    Fail,
}

/// What was looked at, and what was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Check {
    name: &'static str,
    status: Status,
    detail: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    advice: Option<String>,
}

impl Check {
    fn ok(name: &'static str, detail: impl Into<String>) -> Self {
        Self { name, status: Status::Ok, detail: detail.into(), advice: None }
    }

    fn warn(name: &'static str, detail: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { name, status: Status::Warn, detail: detail.into(), advice: Some(advice.into()) }
    }

    fn fail(name: &'static str, detail: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { name, status: Status::Fail, detail: detail.into(), advice: Some(advice.into()) }
    }

    fn line(&self) -> String {
        let word = match self.status {
            Status::Ok => "ok",
            Status::Warn => "warn",
            Status::Fail => "fail",
        };
        let advice = self.advice.as_ref().map(|advice| format!("\n{:19}-> {advice}", "")).unwrap_or_default();
        format!("{word:<5}{:<14}{}{advice}", self.name, self.detail.replace('\n', &format!("\n{:19}", "")))
    }
}

#[derive(Serialize)]
struct Report {
    status: Status,
    checks: Vec<Check>,
}

pub(super) async fn run(args: &DoctorArgs) -> anyhow::Result<ExitCode> {
    let checks = if args.provider {
        examine_provider(&args.installation, args.call_me.as_deref()).await
    } else {
        examine(&args.installation).await
    };
    let status = checks.iter().map(|check| check.status).max().unwrap_or(Status::Ok);
    if args.json {
        say(serde_json::to_string_pretty(&Report { status, checks })?)?;
    } else {
        for check in &checks {
            say(check.line())?;
        }
    }
    Ok(if status == Status::Fail { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

async fn examine_provider(installation: &Installation, call_me: Option<&str>) -> Vec<Check> {
    let settings = match installation.settings() {
        Ok(settings) => settings,
        Err(error) => return vec![unusable(&error)],
    };
    let mut checks = provider::checks(&settings).await;
    if TelephonyKind::of(&settings.telephony) == TelephonyKind::VoipStudio {
        checks.extend(account::checks(&settings).await);
    }
    if let Some(number) = call_me.filter(|_| checks.iter().all(|check| check.status < Status::Fail)) {
        checks.extend(call(&settings, number).await);
    }
    checks
}

/// Calls a number on the network that the settings choose.
async fn call(settings: &Settings, number: &str) -> Vec<Check> {
    let clock = Arc::new(SystemClock);
    let to = PhoneNumber::parse(number, settings.numbers.default_region);
    match (to, Network::choose(settings, clock.clone())) {
        (Ok(to), Ok(network)) => {
            let agent = network.default_line.or_else(|| network.agents.first().cloned());
            trial::call(network.telephony.as_ref(), clock.as_ref(), to, agent).await
        }
        (Err(error), _) => vec![Check::fail("trial call", error.to_string(), "write it as +442079460001")],
        (_, Err(error)) => vec![Check::fail("trial call", error.to_string(), "mend the settings")],
    }
}

async fn examine(installation: &Installation) -> Vec<Check> {
    let settings = match installation.settings() {
        Ok(settings) => settings,
        Err(error) => return vec![unusable(&error)],
    };
    let mut checks = vec![checks::settings(&settings, &Settings::environment())];
    checks.extend(checks::data_folder(&installation.data_dir, &settings));
    checks.push(checks::database(&installation.data_dir, &settings).await);
    checks.push(checks::sign_in(&settings));
    checks.extend(checks::published_keys(&settings).await);
    checks.push(checks::zones(&settings));
    checks.push(checks::numbers(&settings));
    checks.extend(provider::checks(&settings).await);
    checks.extend(checks::inbound(&settings));
    checks
}

fn unusable(error: &impl std::fmt::Display) -> Check {
    Check::fail("settings", error.to_string(), "mend these first; config/default.toml explains every setting")
}

#[cfg(test)]
mod tests;
