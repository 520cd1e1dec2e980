//! `dialer doctor`: looks at everything an installation needs, and says what to mend.

mod checks;
mod provider;

use std::process::ExitCode;

use clap::Args;
use serde::Serialize;

use super::{Installation, say};
use crate::settings::Settings;

const EXAMPLES: &str = "\
Examples:
  dialer doctor
  dialer doctor --json | jq '.checks[] | select(.status != \"ok\")'

Each line begins with ok, warn or fail. Exits with 1 when something fails. Nothing is changed and nobody is called.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct DoctorArgs {
    /// Print JSON.
    #[arg(long)]
    json: bool,
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
    let checks = examine(&args.installation).await;
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

async fn examine(installation: &Installation) -> Vec<Check> {
    let settings = match installation.settings() {
        Ok(settings) => settings,
        Err(error) => {
            let advice = "mend these first; config/default.toml explains every setting";
            return vec![Check::fail("settings", error.to_string(), advice)];
        }
    };
    let mut checks = vec![checks::settings(&settings, &Settings::environment())];
    checks.extend(checks::data_folder(&installation.data_dir, &settings));
    checks.push(checks::database(&installation.data_dir, &settings).await);
    checks.push(checks::sign_in(&settings));
    checks.extend(checks::published_keys(&settings).await);
    checks.push(checks::zones(&settings));
    checks.push(checks::numbers(&settings));
    checks.extend(provider::checks(&settings).await);
    checks
}

#[cfg(test)]
mod tests;
